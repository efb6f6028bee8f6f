//! References to evidence, and the list that they lead to. Must not know: what refers to it.

use std::collections::BTreeMap;

use bench_model::assessment::Evidence;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::words::{count, thousands};
use serde::Serialize;

use crate::visible::shown;

/// A reference to a line of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Ref {
    /// As people read it, such as `E12`.
    id: String,
    /// Where in the list it leads, counted from 1; absent when the list does not have it.
    place: Option<usize>,
}

/// Where each id stands in the list of evidence.
pub(super) struct Refs<'a> {
    places: BTreeMap<&'a str, usize>,
}

/// A line of the ledger that something rests on.
#[derive(Debug, Serialize)]
pub(super) struct EvidenceRow {
    place: usize,
    id: String,
    seq: String,
    line: String,
    time: String,
    age: String,
    old: bool,
    run_id: String,
    commit: Option<String>,
    dirty: bool,
    shortened: bool,
    epoch: String,
    level: String,
    status: String,
    what: String,
}

impl<'a> Refs<'a> {
    pub(super) fn of(evidence: &'a [Evidence]) -> Self {
        let mut places = BTreeMap::new();
        for (at, line) in evidence.iter().enumerate() {
            places.entry(line.id.as_str()).or_insert(at + 1);
        }
        Self { places }
    }

    pub(super) fn one(&self, id: &str) -> Ref {
        Ref { id: shown(id), place: self.places.get(id).copied() }
    }

    pub(super) fn all(&self, ids: &[String]) -> Vec<Ref> {
        ids.iter().map(|id| self.one(id)).collect()
    }

    pub(super) fn rows(&self, evidence: &[Evidence]) -> Vec<EvidenceRow> {
        let row = |(at, line): (usize, &Evidence)| EvidenceRow {
            place: at + 1,
            id: shown(&line.id),
            seq: thousands(line.seq),
            line: line.line.to_string(),
            time: second(line.time),
            age: count(line.age_days, "day", "days"),
            old: line.old,
            run_id: shown(line.run_id.as_str()),
            commit: line.commit.as_ref().map(|commit| commit.short().to_owned()),
            dirty: line.dirty,
            shortened: line.mode == Mode::Quick,
            epoch: shown(&line.epoch.0),
            level: line.evidence_level.as_str().replace('_', " "),
            status: line.status.to_string(),
            what: shown(&line.what),
        };
        evidence.iter().enumerate().map(row).collect()
    }
}

/// `2026-11-21 05:00 UTC`.
pub(super) fn second(time: Timestamp) -> String {
    let exact = time.to_string();
    format!("{} UTC", exact.get(..16).unwrap_or(&exact).replace('T', " "))
}
