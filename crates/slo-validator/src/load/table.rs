//! Thresholds and regressions as people read them in a terminal.

use bench_cli::{Cell, Column, Tone, named_table, printable, wrapped};
use bench_model::Finite;
use bench_model::load::Measured;
use bench_model::verdict::{JudgedThreshold, LoadJudgement, LoadRegression, Severity, ThresholdOutcome};

use super::{severity, shown, written};

/// The table of a load run: every threshold with what was observed, its limit and its outcome; guards only where they are not met;
/// then what became worse.
pub(crate) fn render(load: &LoadJudgement, width: usize, colour: bool) -> String {
    let rows: Vec<&JudgedThreshold> =
        load.thresholds.iter().filter(|row| !row.guard || row.outcome != ThresholdOutcome::Met).collect();
    let mut text = String::new();
    if !rows.is_empty() {
        let names: Vec<String> = rows.iter().map(|row| printable(&written(row))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let columns = vec![
            Column::right("observed", rows.iter().map(|row| observed(row))),
            Column::right("limit", rows.iter().map(|row| limit(row))),
            Column::left("outcome", rows.iter().map(|row| outcome(row))),
        ];
        text.push_str(&named_table(&names, columns, width, colour));
    }
    let guards = load.thresholds.iter().filter(|row| row.guard);
    let (met, all) =
        guards.fold((0, 0), |(met, all), row| (met + usize::from(row.outcome == ThresholdOutcome::Met), all + 1));
    text.push_str(&wrapped(&format!("{met} of {all} guards met."), width, "", ""));
    text.push('\n');
    if !load.regressions.is_empty() {
        text.push_str("Losses:\n");
        for regression in &load.regressions {
            text.push_str(&wrapped(&line(regression), width, "- ", "  "));
        }
        text.push('\n');
    }
    text
}

fn line(regression: &LoadRegression) -> String {
    let waived = match (regression.waived, regression.severity) {
        (true, Severity::Critical) => ", waived, which does not hold for what is critical",
        (true, _) => ", waived",
        (false, _) => "",
    };
    format!("{}{waived}: `{}`: {}", severity(regression.severity), regression.metric, regression.why)
}

fn observed(row: &JudgedThreshold) -> String {
    let figure = |value: &Finite| shown(*value, row.observed.unit);
    match &row.observed.observed {
        Measured::Known(value) => figure(value),
        Measured::AtLeast(value) => format!(">= {}", figure(value)),
        Measured::NotKnown(_) => "not known".into(),
    }
}

fn limit(row: &JudgedThreshold) -> String {
    row.limit.map_or(String::new(), |limit| format!("{} {}", row.observed.operator, shown(limit, row.observed.unit)))
}

fn outcome(row: &JudgedThreshold) -> Cell {
    match (row.outcome, row.guard) {
        (ThresholdOutcome::Met, _) => Cell::new("met", Tone::Good),
        (ThresholdOutcome::NotMet, false) => Cell::new("not met", Tone::Bad),
        (ThresholdOutcome::NotMet, true) => Cell::new("guard not met", Tone::Warn),
        (ThresholdOutcome::NotEvaluable, _) => Cell::new("not evaluable", Tone::Warn),
        (ThresholdOutcome::NothingToCompare, _) => Cell::new("no baseline", Tone::Faint),
    }
}
