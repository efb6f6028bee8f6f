//! A ledger as one pass leaves it: what is in force, and in which lines.
//! Must not know: how lines are read.

use std::collections::BTreeMap;

use bench_model::ledger::{CarriedIncident, Digests, OtherBaseline, Promotion, Summary};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{MetricName, Sha256};

use crate::noise::Noise;
use crate::segment::Segment;

/// A ledger after one pass: checked, and what it amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The chain: head, lines, first line.
    pub summary: Summary,
    /// The promotion in force of each epoch and mode.
    pub promotions: BTreeMap<(Epoch, Mode), Held<Promotion>>,
    /// The newest anchor of each epoch and mode; it may be the promotion in force as well.
    pub anchors: BTreeMap<(Epoch, Mode), Held<Promotion>>,
    /// The noise measured last.
    pub noise: Noise,
    /// Incidents that are open.
    pub incidents: BTreeMap<(Epoch, Mode, MetricName), OpenIncident>,
    /// Lines of each kind.
    pub counts: Counts,
    /// Retention lines, oldest first.
    pub markers: Vec<Marker>,
    /// The segments, oldest first.
    pub segments: Vec<SegmentRange>,
    /// The run that was looked for.
    pub watched: Option<Known>,
}

impl Ledger {
    /// An empty ledger.
    pub(crate) fn empty() -> Self {
        Self {
            summary: Summary { head: Sha256::zero(), last_seq: 0, lines: 0, first_seq: 1 },
            promotions: BTreeMap::new(),
            anchors: BTreeMap::new(),
            noise: Noise::default(),
            incidents: BTreeMap::new(),
            counts: Counts::default(),
            markers: Vec::new(),
            segments: Vec::new(),
            watched: None,
        }
    }

    /// The promotion in force of an epoch and mode.
    pub(crate) fn promotion(&self, epoch: &Epoch, mode: Mode) -> Option<&Held<Promotion>> {
        self.promotions.get(&(epoch.clone(), mode))
    }

    /// Every other epoch and mode that has a promotion in force, ordered.
    pub(crate) fn other_baselines(&self, epoch: &Epoch, mode: Mode) -> Vec<OtherBaseline> {
        let all = self.promotions.keys().cloned().map(|(epoch, mode)| OtherBaseline { epoch, mode });
        all.filter(|other| other.epoch != *epoch || other.mode != mode).collect()
    }
}

/// Something in force, with the lines it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<T> {
    /// The line that said it first.
    pub seq: u64,
    /// The line that holds it now: the same, or a retention line that carries it.
    pub line: u64,
    /// What it says.
    pub value: T,
}

/// An incident that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenIncident {
    /// The line that holds it now: the one that opened it, or a retention line that carries it.
    pub line: u64,
    /// What opened it, where and when.
    pub opened: CarriedIncident,
}

/// Lines of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Runs.
    pub runs: u64,
    /// Promotions.
    pub promotions: u64,
    /// Uses of waivers.
    pub waivers: u64,
    /// Noise that was measured.
    pub noise: u64,
    /// Incidents that opened or closed.
    pub incidents: u64,
    /// Retention markers.
    pub retentions: u64,
}

/// A retention line.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Marker {
    /// The line it stands in.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
    /// The last line that was removed.
    pub last_seq: u64,
    /// The SHA-256 of that line.
    pub last_line: Sha256,
    /// Who removed the lines.
    pub author: String,
}

/// The lines of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRange {
    /// The segment.
    pub segment: Segment,
    /// Its last line with that line's digest; absent for a segment without lines.
    pub last: Option<(u64, Sha256)>,
}

/// What a ledger holds of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The line of the run.
    pub seq: u64,
    /// The files it was made from.
    pub digests: Digests,
    /// The line that promoted it last, when one did.
    pub promoted: Option<u64>,
}
