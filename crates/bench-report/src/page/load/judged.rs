//! What was asked of a load run, and what came out: thresholds, guards, the change against the baseline, analyses.
//! Must not know: how a threshold was decided.

use bench_model::load::{Analysis, AnalysisOutcome, LoadSummary, Measured, ObservedThreshold};
use bench_model::verdict::{JudgedThreshold, LoadJudgement, Severity, ThresholdOutcome};
use serde::Serialize;

use super::super::words::{Said, said, shown};
use super::figure;

/// The analysis whose figures the tables of requests and phases hold already.
const IN_TABLES: &str = "percentiles";
const MET: &str = "met";

#[derive(Debug, Serialize)]
pub(super) struct ThresholdRow {
    outcome: &'static str,
    class: &'static str,
    metric: String,
    expression: String,
    why: Vec<Said>,
    observed: String,
}

impl ThresholdRow {
    pub(super) fn met(&self) -> bool {
        self.outcome == MET
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RegressionRow {
    severity: &'static str,
    class: &'static str,
    metric: String,
    why: Vec<Said>,
    waived: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct AnalysisRow {
    name: String,
    outcome: &'static str,
    class: &'static str,
    text: Vec<Said>,
}

/// Guards, and thresholds: as judged, or as observed where nobody judged.
pub(super) fn thresholds(
    summary: &LoadSummary,
    judged: Option<&LoadJudgement>,
) -> (Vec<ThresholdRow>, Vec<ThresholdRow>) {
    match judged {
        Some(judged) => {
            let (guards, thresholds): (Vec<_>, Vec<_>) = judged.thresholds.iter().partition(|row| row.guard);
            (guards.into_iter().map(judged_row).collect(), thresholds.into_iter().map(judged_row).collect())
        }
        None => {
            let rows =
                |list: &[ObservedThreshold]| list.iter().map(|row| threshold_row(row, "not judged", "", "")).collect();
            (rows(&summary.guards), rows(&summary.thresholds))
        }
    }
}

fn judged_row(row: &JudgedThreshold) -> ThresholdRow {
    let (outcome, class) = match row.outcome {
        ThresholdOutcome::Met => (MET, "pass"),
        ThresholdOutcome::NotMet => ("not met", "fail"),
        ThresholdOutcome::NotEvaluable => ("not evaluable", "warn"),
        ThresholdOutcome::NothingToCompare => ("nothing to compare", ""),
    };
    threshold_row(&row.observed, outcome, class, &row.why)
}

fn threshold_row(row: &ObservedThreshold, outcome: &'static str, class: &'static str, why: &str) -> ThresholdRow {
    ThresholdRow {
        outcome,
        class,
        metric: shown(&row.threshold.metric),
        expression: shown(&row.threshold.expression),
        observed: match &row.observed {
            Measured::Known(value) => figure(*value, row.unit),
            Measured::AtLeast(value) => format!("at least {}", figure(*value, row.unit)),
            Measured::NotKnown(_) => "not known".into(),
        },
        // The judge's sentence begins with what it is about.
        why: if why.starts_with(&row.about) { said(why) } else { said(&about(&row.about, why)) },
    }
}

fn about(about: &str, why: &str) -> String {
    if why.is_empty() { about.to_owned() } else { format!("{about}: {why}") }
}

pub(super) fn regressions(judged: &LoadJudgement) -> Vec<RegressionRow> {
    let row = |regression: &bench_model::verdict::LoadRegression| RegressionRow {
        severity: match regression.severity {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        },
        class: match regression.severity {
            Severity::Critical | Severity::High => "fail",
            Severity::Medium => "warn",
            Severity::Low => "",
        },
        metric: shown(regression.metric.as_str()),
        why: said(&regression.why),
        waived: regression.waived,
    };
    judged.regressions.iter().map(row).collect()
}

/// What was found; and, to be folded, what the run could not show.
pub(super) fn analyses(summary: &LoadSummary) -> (Vec<AnalysisRow>, Vec<AnalysisRow>) {
    let shown = summary.analyses.iter().filter(|analysis| analysis.name != IN_TABLES);
    let (open, told): (Vec<_>, Vec<_>) = shown.partition(|analysis| analysis.outcome == AnalysisOutcome::NotEvaluable);
    (told.into_iter().map(analysis_row).collect(), open.into_iter().map(analysis_row).collect())
}

fn analysis_row(analysis: &Analysis) -> AnalysisRow {
    let name = analysis.name.replace('_', " ");
    // An analysis decides nothing unless a threshold asks, so none of them looks like a verdict.
    let (outcome, class) = match analysis.outcome {
        AnalysisOutcome::Fine => ("fine", "pass"),
        AnalysisOutcome::Found => ("found", "warn"),
        AnalysisOutcome::NotEvaluable => ("not evaluable", ""),
    };
    AnalysisRow {
        name: match &analysis.about {
            Some(about) if *about != name => shown(&format!("{name}: {}", about.replace('_', " "))),
            Some(_) | None => shown(&name),
        },
        outcome,
        class,
        text: said(&analysis.text),
    }
}
