//! Violations: floors that were not met, and metrics that had to report and did not.

use bench_cli::words::{amount, times};
use bench_model::verdict::{JudgedMetric, Rule, Verdict, Violation};
use bench_model::{Code, Diagnostic, Direction};

use crate::floors::{FloorOutcome, floor_outcome};

/// The violations among judged metrics, in their order. A metric that is demanded and `missing` is always one; what only the
/// base side of a comparison reported is demanded by nobody.
pub fn detect_slo_violations(metrics: &[JudgedMetric]) -> Vec<Violation> {
    metrics.iter().filter_map(violation).collect()
}

fn violation(metric: &JudgedMetric) -> Option<Violation> {
    let message = if metric.verdict == Verdict::Missing && metric.rule == Rule::Expected {
        format!("`{}` is missing: {}", metric.name, metric.why)
    } else if floor_outcome(metric) == Some(FloorOutcome::Violated) {
        let (relation, floor) = match metric.direction {
            Direction::HigherIsBetter => ("below its floor of", metric.floor?),
            Direction::LowerIsBetter => ("above its ceiling of", metric.floor?),
        };
        let margin = metric.margin.map(|margin| format!(" ({} of it)", times(margin.get()))).unwrap_or_default();
        let (value, floor) = (amount(metric.value?, metric.unit), amount(floor, metric.unit));
        format!("`{}` is {value}, {relation} {floor}{margin}", metric.name)
    } else {
        return None;
    };
    Some(Violation {
        metric: metric.name.clone(),
        message,
        value: metric.value,
        floor: metric.floor,
        unit: metric.unit,
    })
}

/// A report for people on each violation, in their order: code `CBKB005`, what is violated, and what to do next.
pub fn generate_violation_reports(violations: &[Violation]) -> Vec<Diagnostic> {
    violations
        .iter()
        .map(|violation| Diagnostic {
            code: Code::Slo,
            message: violation.message.clone(),
            location: None,
            hint: match violation.value {
                Some(_) => "find what made it slow since it last passed, or correct its threshold".into(),
                None => "find why it did not run (the harness log has its output), or take it out of what must report"
                    .into(),
            },
        })
        .collect()
}
