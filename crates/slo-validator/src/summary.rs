//! The one line for people.

use bench_cli::words::{amount, count, percent, thousands};
use bench_model::perf::{Headline, Metric, Report};
use bench_model::unit::{WrittenUnit, rounded};
use bench_model::verdict::{JudgedMetric, Status, Verdict};

use crate::floors::{FloorOutcome, floor_outcome};

/// `Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]`, as the specification writes it; without
/// headlines the counts: `Performance Report: 14 metrics, 1 regressed (`parse/large#time` +9.8 %) [WARN]`.
/// `metrics` are ordered worst first.
pub(crate) fn summarise_in_one_line(report: &Report, metrics: &[JudgedMetric], status: Status) -> String {
    let content = if report.headline.is_empty() {
        counts(metrics)
    } else {
        let shown = report.headline.iter().map(|headline| {
            let value = report.metrics.iter().find(|metric| metric.name == headline.metric);
            format!("{}: {}", headline.label, value.map_or("not measured".into(), |metric| shown(headline, metric)))
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    format!("Performance Report: {content} [{status}]")
}

/// A headline's value in the headline's unit, three significant digits.
fn shown(headline: &Headline, metric: &Metric) -> String {
    match headline.unit.parse::<WrittenUnit>() {
        Ok(unit) if unit.base() == metric.unit => {
            format!("{} {}", rounded(metric.value.get() / unit.scale(), 3), unit.text())
        }
        _ => amount(metric.value, metric.unit),
    }
}

fn counts(metrics: &[JudgedMetric]) -> String {
    let number = |verdict| metrics.iter().filter(|metric| metric.verdict == verdict).count();
    let below = metrics.iter().filter(|metric| floor_outcome(metric) == Some(FloorOutcome::Violated)).count();
    let worst = metrics.iter().find(|metric| metric.verdict == Verdict::Regressed).and_then(|metric| {
        let change = metric.change?;
        Some(format!(" (`{}` {})", metric.name, percent(change.value.get())))
    });
    let mut counted = vec![
        (number(Verdict::Missing), "missing".to_owned()),
        (below, "beyond the floor".to_owned()),
        (number(Verdict::Regressed), format!("regressed{}", worst.unwrap_or_default())),
        (number(Verdict::Inconclusive), "inconclusive".to_owned()),
        (number(Verdict::New), "new".to_owned()),
        (number(Verdict::Improved), "improved".to_owned()),
    ];
    counted.retain(|(number, _)| *number > 0);
    if counted.is_empty() && !metrics.is_empty() {
        counted.push((metrics.len(), "unchanged".to_owned()));
    }
    let parts = counted.into_iter().map(|(number, text)| format!("{} {text}", thousands(number)));
    [count(metrics.len(), "metric", "metrics")].into_iter().chain(parts).collect::<Vec<_>>().join(", ")
}
