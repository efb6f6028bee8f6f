//! oha: `--output-format json`. Times are seconds, but milliseconds in `metrics.latency_ms` (since 1.15).

use std::collections::BTreeMap;

use bench_model::load::LoadModel;
use serde_json::Value;

use super::draft::{ALL, Draft, add, printed, series, unanswered};
use super::fault::Fault;
use super::kind::{is_accepted, of_text};

/// A report as a record.
pub(super) fn report(value: &Value) -> Result<Draft, Fault> {
    let mut draft = Draft::new("oha");
    draft.warnings.push(
        "the file does not say whether --latency-correction was on: its latencies are taken as timed from the send"
            .to_owned(),
    );
    let mut all = series(ALL);
    for (status, count) in counts(value, "statusCodeDistribution")? {
        all.completed = all.completed.saturating_add(count);
        if !status.parse().is_ok_and(is_accepted) {
            all.failed = all.failed.saturating_add(count);
            add(all.errors.entry("status".to_owned()).or_default(), count);
        }
        all.statuses.insert(status.chars().take(10).collect(), count);
    }
    let mut lost = 0_u64;
    for (error, count) in counts(value, "errorDistribution")? {
        if error.contains("aborted due to deadline") {
            all.in_flight = all.in_flight.saturating_add(count);
        } else {
            all.failed = all.failed.saturating_add(count);
            add(all.errors.entry(of_text(&error).to_owned()).or_default(), count);
            lost = lost.saturating_add(count);
        }
    }
    all.open = unanswered(all.in_flight.saturating_add(lost));
    all.sent = all.completed.saturating_add(lost).saturating_add(all.in_flight);
    let seconds = |pointer: &str| value.pointer(pointer).and_then(Value::as_f64);
    all.received_bytes = value.pointer("/summary/totalData").and_then(Value::as_u64);
    let figures = ["/summary/fastest", "/summary/average", "/summary/slowest"].map(seconds);
    let percentiles: Vec<(f64, f64)> = members(value, "latencyPercentiles");
    all.latency = match percentiles.is_empty() {
        false => printed(1e9, Some(all.completed), figures, percentiles),
        true => {
            let millis = |key: &str| value.pointer(&format!("/metrics/latency_ms/{key}")).and_then(Value::as_f64);
            let percentiles: Vec<_> = [(50.0, "p50"), (95.0, "p95"), (99.0, "p99")]
                .into_iter()
                .filter_map(|(p, key)| Some((p, millis(key)?)))
                .collect();
            printed(1e6, Some(all.completed), [millis("min"), millis("mean"), None], percentiles)
        }
    }
    .filter(|_| all.completed > 0);
    draft.load.series.push(all);
    draft.one_phase(seconds("/summary/total"), LoadModel::Unknown);
    if value.pointer("/summary").is_none() && draft.load.series.iter().all(|series| series.latency.is_none()) {
        return Err(Fault::new("expected oha's `summary` and `latencyPercentiles`"));
    }
    Ok(draft)
}

/// Counts by name; a member that is missing has none.
fn counts(value: &Value, key: &str) -> Result<BTreeMap<String, u64>, Fault> {
    let Some(members) = value.get(key).and_then(Value::as_object) else { return Ok(BTreeMap::new()) };
    members
        .iter()
        .map(|(name, count)| {
            let count = count.as_u64().ok_or_else(|| Fault::new(format!("expected whole numbers in `{key}`")))?;
            Ok((name.clone(), count))
        })
        .collect()
}

/// `p95` to its value; one that is null was not measured.
fn members(value: &Value, key: &str) -> Vec<(f64, f64)> {
    let members = value.get(key).and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.strip_prefix('p')?.parse().ok()?, value.as_f64()?)))
        .collect()
}
