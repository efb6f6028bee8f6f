//! The appendix: each line of the ledger that the page speaks of, once, so that every mention can link to it.
//! Must not know: what the sections look like.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::time::Timestamp;
use serde::Serialize;

use super::words::Moment;

/// The lines mentioned so far.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<u64, Mention>);

#[derive(Debug, Default)]
struct Mention {
    time: Option<Timestamp>,
    says: Vec<String>,
    below: BTreeSet<usize>,
    shows: BTreeSet<String>,
}

/// A line of the ledger with all that the page says of it.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    seq: u64,
    time: Option<Moment>,
    /// What the line says.
    says: Vec<String>,
    /// Numbers of the metrics that did not meet their floor in it.
    below: Vec<usize>,
    /// Requirements that it is evidence for.
    shows: Vec<String>,
}

impl Lines {
    /// A line that says something.
    pub(super) fn say(&mut self, seq: u64, time: Option<Timestamp>, says: String) {
        let mention = self.0.entry(seq).or_default();
        mention.time = mention.time.or(time);
        if !mention.says.contains(&says) {
            mention.says.push(says);
        }
    }

    /// A line of a run in which the metric with that number did not meet its floor.
    pub(super) fn below(&mut self, seq: u64, metric: usize) {
        self.0.entry(seq).or_default().below.insert(metric);
    }

    /// A line that is evidence for a requirement.
    pub(super) fn shows(&mut self, seq: u64, requirement: &str) {
        self.0.entry(seq).or_default().shows.insert(requirement.to_owned());
    }

    /// When a line that was mentioned is from.
    pub(super) fn date(&mut self, seq: u64, time: Timestamp) {
        if let Some(mention) = self.0.get_mut(&seq) {
            mention.time.get_or_insert(time);
        }
    }

    /// All of them in the ledger's order.
    pub(super) fn finish(self) -> Vec<Line> {
        let line = |(seq, mention): (u64, Mention)| Line {
            seq,
            time: mention.time.map(Moment::from),
            says: mention.says,
            below: mention.below.into_iter().collect(),
            shows: mention.shows.into_iter().collect(),
        };
        self.0.into_iter().map(line).collect()
    }
}
