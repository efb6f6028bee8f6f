//! The one line for people.

use bench_cli::words::{amount, count, percent, thousands};
use bench_model::perf::{Headline, Metric, Report};
use bench_model::unit::{WrittenUnit, rounded};
use bench_model::verdict::{Against, JudgedMetric, Status, Verdict};

use crate::floors::{FloorOutcome, floor_outcome};

/// `Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]`, as the specification writes it; without
/// headlines the counts: `Performance Report: 14 metrics, 1 regressed (`parse/large#time` +9.8 %) [WARN]`. With another side
/// both: `Performance Report: DISPLAY: 4.22 GiB/s against main (abc1234): 1 regressed, 11 unchanged [WARN]`.
/// `metrics` are ordered worst first.
pub(crate) fn summarise_in_one_line(
    report: &Report,
    against: Option<&Against>,
    metrics: &[JudgedMetric],
    status: Status,
) -> String {
    let all = count(metrics.len(), "metric", "metrics");
    let content = if report.headline.is_empty() {
        if against.is_some() { all } else { [vec![all], counts(metrics, false)].concat().join(", ") }
    } else {
        let shown = report.headline.iter().map(|headline| {
            let value = report.metrics.iter().find(|metric| metric.name == headline.metric);
            format!("{}: {}", headline.label, value.map_or("not measured".into(), |metric| shown(headline, metric)))
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let against = against.map_or(String::new(), |against| {
        let commit = against.commit.as_ref().map_or(String::new(), |commit| format!(" ({})", commit.short()));
        let counts = match counts(metrics, true) {
            counts if counts.is_empty() => "nothing judged".to_owned(),
            counts => counts.join(", "),
        };
        format!(" against {}{commit}: {counts}", against.reference)
    });
    format!("Performance Report: {content}{against} [{status}]")
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

/// Metrics counted by verdict: `all` of them and no names, or without those unchanged, where there are others, and with the
/// name of the worst.
fn counts(metrics: &[JudgedMetric], all: bool) -> Vec<String> {
    let number = |verdict| metrics.iter().filter(|metric| metric.verdict == verdict).count();
    let below = metrics.iter().filter(|metric| floor_outcome(metric) == Some(FloorOutcome::Violated)).count();
    let worst = metrics.iter().find(|metric| !all && metric.verdict == Verdict::Regressed).and_then(|metric| {
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
    let unchanged = number(Verdict::Unchanged);
    if unchanged > 0 && (all || counted.is_empty()) {
        counted.push((unchanged, "unchanged".to_owned()));
    }
    counted.into_iter().map(|(number, text)| format!("{} {text}", thousands(number))).collect()
}
