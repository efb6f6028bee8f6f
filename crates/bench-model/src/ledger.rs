//! The ledger's lines and their chain: what a line holds, how it is sealed, and how a chain is checked.
//!
//! A line is canonical JSON (RFC 8785) with the members `body`, `hash`, `kind`, `prev`, `seq`, `time`. `hash` is
//! the SHA-256 of the line without its `hash` member; `prev` is the SHA-256 of the whole line before,
//! without its newline (64 zeros before the first). The SHA-256 of the last line is the head.
//! Must not know where a project keeps its ledger or who may write it: `baseline-manager` is the only writer.

mod chain;
mod entry;
mod lines;
mod read;

pub use chain::{Chain, ChainError, ChainProblem, Summary, parse_line, seal};
pub use entry::{
    Account, Body, CarriedIncident, CarriedPromotion, Digests, Entry, Incident, IncidentState, LedgerMetric,
    NoiseEntry, NoiseMetric, ObservedMetric, Promotion, Retention, RunEntry, Waiver, WaiverEntry,
};
pub use lines::{BadLine, CheckedLines, Line, MAX_LINE, read_line};
pub use read::{Broken, ReadLedger, read_ledger};

use serde::{Deserialize, Serialize};

use crate::perf::EvidenceLevel;
use crate::provenance::Epoch;
use crate::run::Mode;
use crate::time::Timestamp;
use crate::verdict::Verdict;
use crate::{Commit, Finite, MetricName, RunId, Sha256, Unit};

/// The schema name of this version of `baseline.json`.
pub const BASELINE_SCHEMA: &str = "perfledger/baseline/2";

/// `baseline.json`: what the ledger, as earlier runs left it, holds for judging one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Baseline {
    /// Always [`BASELINE_SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = BASELINE_SCHEMA)))]
    pub schema: String,
    /// The ledger's head when this was read.
    pub ledger_head: Sha256,
    /// The promotion in force for the run's own epoch and mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
    /// Other epochs and modes that have a promotion in force, ordered.
    pub others: Vec<OtherBaseline>,
    /// Whether the main branch was measured before, but only in other epochs or modes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured_elsewhere: bool,
    /// The newest anchor of the run's own epoch and mode: a promotion that later ones do not replace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Promotion>,
    /// The noise measured last in the run's own epoch and mode, ordered by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<NoiseMetric>,
    /// Earlier values of the run's own epoch and mode, from runs of the main branch, ordered by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<MetricHistory>,
}

/// The earlier values of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricHistory {
    /// The metric.
    pub name: MetricName,
    /// The base unit of its values.
    pub unit: Unit,
    /// One for each run that measured it, oldest first.
    pub points: Vec<HistoryPoint>,
}

/// A metric's value in an earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryPoint {
    /// The run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// When its line was appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The typical value over its rounds, in the metric's unit.
    pub value: Finite,
    /// How much the run's numbers prove, where it gave an account of its work; without one they are a benchmark's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_level: Option<EvidenceLevel>,
    /// What it worked on ([`inputs`](crate::proof::inputs)); empty where it gave no account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Sha256>,
    /// What was decided on it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Whether the run became a baseline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promoted: bool,
}

/// A baseline that a run of another epoch or mode is not compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherBaseline {
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
}

impl std::fmt::Display for OtherBaseline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {} mode", self.epoch, self.mode.as_str())
    }
}
