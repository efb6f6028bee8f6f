//! The custom JSON of github-action-benchmark: one list, of which all is better when larger, or all when smaller.

use bench_model::Finite;
use bench_model::perf::{IntervalSource, Metric};
use bench_model::unit::significant;
use serde::Serialize;

#[derive(Serialize)]
struct Line<'m> {
    name: &'m str,
    unit: &'static str,
    value: Finite,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

pub(super) fn text(metrics: &[&Metric]) -> Result<String, serde_json::Error> {
    let lines: Vec<_> = metrics.iter().map(|metric| line(metric)).collect();
    Ok(serde_json::to_string_pretty(&lines)? + "\n")
}

fn line(metric: &Metric) -> Line<'_> {
    let value = metric.value.get();
    let mut extra = format!("rounds: {}\nsamples: {}", metric.rounds.len(), metric.samples);
    if let Some(interval) = &metric.interval {
        let (lower, upper, level) =
            (interval.lower.get(), interval.upper.get(), (interval.level.get() * 1e6).round() / 1e4);
        let from = match interval.from {
            IntervalSource::Rounds => "rounds",
            IntervalSource::Samples => "samples",
        };
        extra.push_str(&format!("\n{level} % interval over {from}: {lower} to {upper}"));
    }
    // One number for both sides there, so it is the longer one.
    let range = metric
        .interval
        .map(|interval| format!("± {}", significant((interval.upper.get() - value).max(value - interval.lower.get()))));
    Line { name: metric.name.as_str(), unit: metric.unit.symbol(), value: metric.value, range, extra }
}
