//! The ledger's lines and their chain: what a line holds, how it is sealed, and how a chain is checked.
//!
//! A line is canonical JSON (RFC 8785) with the members `body`, `hash`, `kind`, `prev`, `seq`, `time`. `hash` is
//! the SHA-256 of the line without its `hash` member; `prev` is the SHA-256 of the whole line before,
//! without its newline (64 zeros before the first). The SHA-256 of the last line is the head.
//! Must not know where lines are stored or who may write them: `baseline-manager` is the only writer.

mod chain;
mod entry;

pub use chain::{Chain, ChainError, ChainProblem, Summary, parse_line, seal};
pub use entry::{
    Body, CarriedPromotion, Digests, Entry, LedgerMetric, Promotion, Retention, RunEntry, Waiver, WaiverError,
};

use serde::{Deserialize, Serialize};

use crate::Sha256;
use crate::provenance::Epoch;
use crate::run::Mode;

/// The schema name of this version of `baseline.json`.
pub const BASELINE_SCHEMA: &str = "perfledger/baseline/1";

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
    /// Waivers not expired on the day this was read, oldest first.
    pub waivers: Vec<Waiver>,
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
