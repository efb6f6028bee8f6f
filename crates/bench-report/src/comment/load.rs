//! What a comment says of a load run's thresholds, as a table. Must not know: how they were decided.

use bench_model::load::Measured;
use bench_model::verdict::{JudgedThreshold, Judgement, ThresholdOutcome};

use super::figures::amount;
use super::markdown::{code, prose};
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
        ThresholdOutcome::Met => "met".to_owned(),
        ThresholdOutcome::NotMet => "**not met**".to_owned(),
        ThresholdOutcome::NotEvaluable => format!("**not evaluable**<br>{}", prose(&row.why)),
        ThresholdOutcome::NothingToCompare => "nothing to compare with".to_owned(),
    };
    let guard = if row.guard { "guard: " } else { "" };
    // A bar in a sentence would end its cell.
    format!("| {guard}{} | {observed} | {} |", code(&text, TEXT), outcome.replace('|', "&#124;"))
}
