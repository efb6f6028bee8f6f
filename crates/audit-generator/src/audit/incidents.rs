//! Incidents with their begin and end, and the waivers that permitted some of them.
//! Must not know: what makes an incident.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bench_model::audit::{IncidentEnd, IncidentRecord, WaiverRecord};
use bench_model::ledger::{CarriedIncident, Entry, Incident, IncidentState, Waiver, WaiverEntry};
use bench_model::time::Timestamp;
use bench_model::{Finite, MetricName, RunId};

use crate::Months;

/// The incidents seen so far.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    open: BTreeMap<u64, CarriedIncident>,
    ended: Vec<(CarriedIncident, IncidentEnd)>,
    unopened: Vec<u64>,
    permits: BTreeMap<(RunId, MetricName), Waiver>,
    waivers: Vec<WaiverRecord>,
}

/// What the lines say of incidents and waivers.
pub(super) struct Found {
    /// Open ones first, the newest first; then those that ended last.
    pub(super) incidents: Vec<IncidentRecord>,
    /// Those that began in the period.
    pub(super) opened: u64,
    /// Lines that end an incident whose own line is gone.
    pub(super) unopened: Vec<u64>,
    /// Oldest first.
    pub(super) waivers: Vec<WaiverRecord>,
}

impl Incidents {
    /// Takes an incident's line that is not behind the period.
    pub(super) fn line(&mut self, entry: &Entry, incident: &Incident, period: Months) {
        let Entry { seq, time, .. } = *entry;
        let state = incident.state;
        match state {
            IncidentState::Opened => {
                self.open.insert(seq, CarriedIncident { seq, time, incident: incident.clone() });
            }
            IncidentState::Recovered | IncidentState::Waived | IncidentState::Accepted => {
                let (run_id, commit) = (incident.run_id.clone(), incident.commit.clone());
                match incident.opened.and_then(|opened| self.open.remove(&opened)) {
                    Some(opened) if time >= period.start() => {
                        self.ended.push((opened, IncidentEnd { state, seq, time, run_id, commit }));
                    }
                    None if time >= period.start() => self.unopened.push(seq),
                    Some(_) | None => {}
                }
            }
        }
    }

    /// Takes an incident that a retention marker carries because it was still open.
    pub(super) fn carry(&mut self, carried: &CarriedIncident, period: Months) {
        // The marker may stand behind the period; what began there does not count.
        if carried.time < period.end() {
            self.open.insert(carried.seq, carried.clone());
        }
    }

    /// Takes a waiver's line that is not behind the period.
    pub(super) fn permit(&mut self, seq: u64, entry: &WaiverEntry, in_period: bool) {
        let WaiverEntry { run_id, waiver, change, .. } = entry;
        self.permits.insert((run_id.clone(), waiver.metric.clone()), waiver.clone());
        if !in_period {
            return;
        }
        let loss = Finite::try_from(change.get().abs()).unwrap_or(*change);
        match self.waivers.iter_mut().find(|known| known.waiver == *waiver) {
            Some(known) => {
                known.last_seq = seq;
                known.runs += 1;
                if loss > known.largest {
                    known.largest = loss;
                }
            }
            None => {
                let waiver = waiver.clone();
                self.waivers.push(WaiverRecord { waiver, first_seq: seq, last_seq: seq, runs: 1, largest: loss });
            }
        }
    }

    /// What there is of them. An open one lasts to `newest`, the time of the ledger's last line, or to the period's end where
    /// that is earlier.
    pub(super) fn finish(mut self, period: Months, newest: Timestamp) -> Found {
        self.ended.sort_by_key(|(_, end)| Reverse(end.seq));
        let until = newest.min(period.end());
        let open = self.open.into_values().rev().map(|opened| (opened, None));
        let ended = self.ended.into_iter().map(|(opened, end)| (opened, Some(end)));
        let incidents: Vec<_> =
            open.chain(ended).map(|(opened, end)| record(opened, end, until, &self.permits)).collect();
        let opened = incidents.iter().filter(|incident| period.contains(incident.opened)).count() as u64;
        Found { incidents, opened, unopened: self.unopened, waivers: self.waivers }
    }
}

fn record(
    opened: CarriedIncident,
    end: Option<IncidentEnd>,
    until: Timestamp,
    permits: &BTreeMap<(RunId, MetricName), Waiver>,
) -> IncidentRecord {
    let CarriedIncident { seq, time, incident } = opened;
    let waived = end.as_ref().filter(|end| end.state == IncidentState::Waived);
    let waiver = waived.and_then(|end| permits.get(&(end.run_id.clone(), incident.metric.clone())).cloned());
    let until = end.as_ref().map_or(until, |end| end.time);
    IncidentRecord {
        metric: incident.metric,
        epoch: incident.epoch,
        mode: incident.mode,
        seq,
        opened: time,
        run_id: incident.run_id,
        commit: incident.commit,
        good: incident.good,
        change: incident.change,
        end,
        duration_s: u64::try_from(until.unix() - time.unix()).unwrap_or(0),
        waiver,
    }
}
