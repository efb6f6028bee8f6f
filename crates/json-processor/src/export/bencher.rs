//! Bencher Metric Format: benchmark, then measure, then value with its bounds, in base units.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::perf::Metric;
use serde::Serialize;

#[derive(Serialize)]
struct Value {
    value: Finite,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<Finite>,
}

pub(super) fn text(metrics: &[&Metric]) -> Result<String, serde_json::Error> {
    let mut all = BTreeMap::<String, BTreeMap<&str, Value>>::new();
    for metric in metrics {
        // What it calls latency is a time in ns; its word for a rate is ours.
        let measure = if metric.measure == "time" { "latency" } else { metric.measure.as_str() };
        let value = Value {
            value: metric.value,
            lower_value: metric.interval.map(|interval| interval.lower),
            upper_value: metric.interval.map(|interval| interval.upper),
        };
        all.entry(metric.benchmark.to_string()).or_default().insert(measure, value);
    }
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}
