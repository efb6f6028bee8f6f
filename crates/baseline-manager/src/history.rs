//! The newest runs of a ledger and its incidents, in one pass and holding no more runs than are shown.
//! Must not know: how they are shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bench_model::ledger::{Body, Promotion, RunEntry};
use bench_model::time::Timestamp;
use bench_model::{Finite, MetricName};
use serde::Serialize;

use crate::changes::{Findings, LevelChange, find_changes};
use crate::incident_log::{IncidentLog, IncidentRow};
use crate::series::{Collector, Past, Series, SeriesKey};
use crate::trends::ratio;
use crate::{Error, Mainline, MetricNames, NoiseSummary, Store};

/// A run in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryRow {
    /// The line.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
    /// Whether it became a baseline.
    pub promoted: bool,
    /// What it stands for, when it became an anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// What was said of its promotions, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Statement>,
    /// With one metric: its change since the run before of the same environment and mode, as a ratio; absent for the
    /// first, and where it is not defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// With one metric: the change of level that begins with this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_point: Option<LevelChange>,
    /// The run; with one metric only when one was asked for.
    #[serde(flatten)]
    pub run: RunEntry,
}

/// What was said of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The line of the promotion.
    pub seq: u64,
    /// What that made the run stand for, when it made it an anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Who promoted, as they said themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What there is to show of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The newest runs first.
    pub runs: Vec<HistoryRow>,
    /// Incidents: open ones first, then those that ended last.
    pub incidents: Vec<IncidentRow>,
    /// The noise in force of each epoch and mode, with one metric only of that.
    pub noise: Vec<NoiseSummary>,
    /// With one metric: what each of its series says, the one with the newest run first.
    pub findings: Vec<(SeriesKey, Series, Findings)>,
}

/// The newest runs first, at most `limit` (0: all), and with `metric` (a headline's name or a full one) only those that
/// measured it; every open incident, and at most `limit` that ended; the noise in force. `names` learns every metric on the way.
///
/// # Errors
/// [`Error::UnknownMetric`], [`Error::Broken`], and what reading can fail with.
pub fn newest_runs(
    store: &Store,
    names: &mut MetricNames<'_>,
    metric: Option<&str>,
    limit: usize,
    main: Mainline<'_>,
) -> Result<Shown, Error> {
    let wanted = metric.map(|text| names.full(text).to_owned());
    let is_wanted = |name: &MetricName| wanted.as_deref().is_none_or(|wanted| name.as_str() == wanted);
    let mut collector = wanted.as_ref().map(|wanted| Collector::new(main, BTreeSet::from([wanted.clone()])));
    let mut log = IncidentLog::default();
    let mut before = BTreeMap::new();
    let mut rows: VecDeque<HistoryRow> = VecDeque::new();
    let ledger = store.read(None, &mut |entry| {
        names.learn(entry);
        log.visit(entry);
        if let Some(collector) = &mut collector {
            collector.visit(entry);
        }
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
                let (seq, time) = (entry.seq, entry.time);
                let (promoted, anchor, said) = (false, None, Vec::new());
                rows.push_back(HistoryRow { seq, time, promoted, anchor, said, change, change_point: None, run });
            }
            Body::Promotion(promotion) => note_promotion(&mut rows, entry.seq, promotion),
            Body::Retention(marker) => {
                // A run whose promotion was pruned is still known to be one.
                for carried in &marker.promotions {
                    note_promotion(&mut rows, carried.seq, &carried.promotion);
                }
            }
            Body::Run(_) | Body::Waiver(_) | Body::Noise(_) | Body::Incident(_) => {}
        }
    })?;
    if let Some(text) = metric {
        names.resolve(text)?;
    }
    let past = collector.map(|collector| collector.finish(&ledger)).unwrap_or_default();
    let findings = findings(past);
    for change in findings.iter().flat_map(|(_, _, findings)| &findings.changes) {
        if let Some(row) = rows.iter_mut().rev().find(|row| row.run.run_id == change.run_id) {
            row.change_point = Some(change.clone());
        }
    }
    let runs = rows.into_iter().rev().collect();
    let noise = ledger.noise.summaries(is_wanted);
    Ok(Shown { runs, incidents: log.finish(limit, is_wanted), noise, findings })
}

fn note_promotion(rows: &mut VecDeque<HistoryRow>, seq: u64, promotion: &Promotion) {
    if let Some(row) = rows.iter_mut().rev().find(|row| row.run.run_id == promotion.run_id) {
        row.promoted = true;
        if promotion.anchor.is_some() {
            row.anchor.clone_from(&promotion.anchor);
        }
        let Promotion { anchor, author, reason, .. } = promotion.clone();
        // A marker may carry what still stands in its own line.
        if (author.is_some() || reason.is_some()) && row.said.iter().all(|said| said.seq != seq) {
            row.said.push(Statement { seq, anchor, author, reason });
        }
    }
}

fn findings(past: Past) -> Vec<(SeriesKey, Series, Findings)> {
    let found: Vec<_> = past.series.values().map(|series| find_changes(&past, series)).collect();
    let all = past.series.into_iter().zip(found).map(|((key, series), found)| (key, series, found));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, series, _)| Reverse(series.points.last().map(|point| point.run)));
    all
}
