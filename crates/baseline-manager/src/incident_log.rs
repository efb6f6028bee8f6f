//! The incidents of a ledger with their begin and end, in one pass. Pure.
//! Must not know: what makes an incident.

use std::collections::{BTreeMap, VecDeque};

use bench_model::ledger::{Body, CarriedIncident, Entry, Incident, IncidentState};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{Commit, Finite, MetricName, RunId};
use serde::Serialize;

/// An incident with its begin and end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentRow {
    /// The metric.
    pub metric: MetricName,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// `opened` while it is open, else how it ended.
    pub state: IncidentState,
    /// The line that opened it.
    pub opened_seq: u64,
    /// The line that opened it in full; absent when it was pruned after the incident had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Begin>,
    /// The line that closed it; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<End>,
    /// From the line that opened it to the one that closed it, in seconds; to the newest line while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<i64>,
}

/// Where an incident began.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Begin {
    /// When.
    pub time: Timestamp,
    /// The run that showed it.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// The last commit known to be good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good: Option<Commit>,
    /// Its size: `value / baseline - 1` in that run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
}

/// Where an incident ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct End {
    /// The line.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// The run that showed it.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// `value / baseline - 1` in that run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
}

/// The incidents seen so far.
#[derive(Debug, Default)]
pub(crate) struct IncidentLog {
    open: BTreeMap<u64, CarriedIncident>,
    closed: VecDeque<(Option<CarriedIncident>, u64, Timestamp, Incident)>,
    newest: Option<Timestamp>,
}

impl IncidentLog {
    /// Looks at a line.
    pub(crate) fn visit(&mut self, entry: &Entry) {
        self.newest = Some(entry.time);
        match &entry.body {
            Body::Incident(incident) => match incident.state {
                IncidentState::Opened => {
                    let opened = CarriedIncident { seq: entry.seq, time: entry.time, incident: incident.clone() };
                    self.open.insert(entry.seq, opened);
                }
                IncidentState::Recovered | IncidentState::Waived | IncidentState::Accepted => {
                    let opened = incident.opened.and_then(|seq| self.open.remove(&seq));
                    self.closed.push_back((opened, entry.seq, entry.time, incident.clone()));
                }
            },
            Body::Retention(marker) => {
                self.open.extend(marker.incidents.iter().map(|opened| (opened.seq, opened.clone())));
            }
            Body::Run(_) | Body::Promotion(_) | Body::Waiver(_) | Body::Noise(_) => {}
        }
    }

    /// The incidents of the metrics wanted: every open one, newest first, then those that ended last, at most `limit` (0: all).
    pub(crate) fn finish(self, limit: usize, is_wanted: impl Fn(&MetricName) -> bool) -> Vec<IncidentRow> {
        let Self { open, closed, newest } = self;
        let still_open = open.into_values().rev().map(|opened| {
            let (incident, time) = (opened.incident.clone(), newest.unwrap_or(opened.time));
            row(Some(opened), None, time, incident)
        });
        let ended =
            closed.into_iter().rev().map(|(opened, seq, time, incident)| row(opened, Some(seq), time, incident));
        let most = if limit == 0 { usize::MAX } else { limit };
        let ended = ended.filter(|row| is_wanted(&row.metric)).take(most);
        still_open.filter(|row| is_wanted(&row.metric)).chain(ended).collect()
    }
}

/// A row of an incident that ended with the line `closed`, or is open at `time`.
fn row(opened: Option<CarriedIncident>, closed: Option<u64>, time: Timestamp, last: Incident) -> IncidentRow {
    let Incident { metric, state, epoch, mode, run_id, commit, change, opened: opened_by, .. } = last;
    let opened_seq = opened.as_ref().map(|opened| opened.seq).or(opened_by).unwrap_or_default();
    IncidentRow {
        metric,
        epoch,
        mode,
        state,
        opened_seq,
        duration_s: opened.as_ref().map(|opened| time.unix() - opened.time.unix()),
        opened: opened.map(|CarriedIncident { time, incident, .. }| Begin {
            time,
            run_id: incident.run_id,
            commit: incident.commit,
            good: incident.good,
            change: incident.change,
        }),
        closed: closed.map(|seq| End { seq, time, run_id, commit, change }),
    }
}
