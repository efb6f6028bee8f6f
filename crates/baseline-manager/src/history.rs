//! The newest runs of a ledger, in one pass and holding no more of them than are shown.
//! Must not know: how they are shown.

use std::collections::{BTreeMap, VecDeque};

use bench_model::ledger::{Body, RunEntry};
use bench_model::time::Timestamp;
use bench_model::{Finite, MetricName};
use serde::Serialize;

use crate::trends::ratio;
use crate::{Error, MetricNames, Store};

/// A run in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryRow {
    /// The line.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
    /// Whether it became a baseline.
    pub promoted: bool,
    /// With one metric: its change since the run before of the same environment and mode, as a ratio; absent for the
    /// first, and where it is not defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// The run; with one metric only when one was asked for.
    #[serde(flatten)]
    pub run: RunEntry,
}

/// The newest runs first, at most `limit` (0: all), and with `metric` (a headline's name or a full one) only those that
/// measured it. `names` learns every metric on the way.
///
/// # Errors
/// [`Error::UnknownMetric`], [`Error::Broken`], and what reading can fail with.
pub fn newest_runs(
    store: &Store,
    now: Timestamp,
    names: &mut MetricNames<'_>,
    metric: Option<&str>,
    limit: usize,
) -> Result<Vec<HistoryRow>, Error> {
    let wanted = metric.map(|text| names.full(text).to_owned());
    let is_wanted = |name: &MetricName| wanted.as_deref().is_none_or(|wanted| name.as_str() == wanted);
    let mut before = BTreeMap::new();
    let mut rows: VecDeque<HistoryRow> = VecDeque::new();
    store.read(now, None, &mut |entry| {
        names.learn(entry);
        match &entry.body {
            Body::Run(run) if wanted.is_none() || run.metrics.iter().any(|metric| is_wanted(&metric.name)) => {
                if limit > 0 && rows.len() == limit {
                    rows.pop_front();
                }
                let mut run = run.clone();
                run.metrics.retain(|metric| is_wanted(&metric.name));
                let change = wanted.as_ref().and(run.metrics.first()).and_then(|metric| {
                    let earlier = before.insert((run.epoch.clone(), run.mode, metric.unit), metric.value)?;
                    ratio(metric.value, earlier)
                });
                rows.push_back(HistoryRow { seq: entry.seq, time: entry.time, promoted: false, change, run });
            }
            Body::Promotion(promotion) => {
                if let Some(row) = rows.iter_mut().rev().find(|row| row.run.run_id == promotion.run_id) {
                    row.promoted = true;
                }
            }
            Body::Run(_) | Body::Waiver(_) | Body::Retention(_) => {}
        }
    })?;
    if let Some(text) = metric {
        names.resolve(text)?;
    }
    Ok(rows.into_iter().rev().collect())
}
