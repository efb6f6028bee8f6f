//! What a comment says of a load run's thresholds, as a table. Must not know: how they were decided.

use bench_model::load::Measured;
use bench_model::verdict::{JudgedThreshold, Judgement, ThresholdOutcome};

use super::figures::amount;
use super::markdown::code;
use super::part::Part;

/// How many characters of a threshold a table shows.
const TEXT: usize = 100;

/// Thresholds, and those guards that were not met: what every run keeps is no news.
pub(super) fn thresholds(judgement: &Judgement) -> Part {
    let rows = judgement.load.iter().flat_map(|load| &load.thresholds);
    let news = rows.filter(|row| !row.guard || row.outcome != ThresholdOutcome::Met);
    Part::new("| threshold | observed | outcome |\n|---|--:|---|".to_owned(), news.map(row))
}

fn row(row: &JudgedThreshold) -> String {
    let threshold = &row.observed.threshold;
    let text = match threshold.metric.as_str() {
        "" => threshold.expression.clone(),
        metric => format!("{metric}: {}", threshold.expression),
    };
    let observed = match &row.observed.observed {
        Measured::Known(value) => amount(*value, row.observed.unit),
        Measured::AtLeast(value) => format!("at least {}", amount(*value, row.observed.unit)),
        Measured::NotKnown(_) => "not known".into(),
    };
    let outcome = match row.outcome {
        ThresholdOutcome::Met => "met",
        ThresholdOutcome::NotMet => "**not met**",
        // Why is among the reasons, which stand before the table.
        ThresholdOutcome::NotEvaluable => "**not evaluable**",
        ThresholdOutcome::NothingToCompare => "nothing to compare with",
    };
    let guard = if row.guard { "guard: " } else { "" };
    format!("| {guard}{} | {observed} | {outcome} |", code(&text, TEXT))
}
