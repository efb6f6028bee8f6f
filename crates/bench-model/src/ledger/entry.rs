//! What a ledger line says: the kinds of body and the members around it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::perf::EvidenceLevel;
use crate::provenance::Epoch;
use crate::run::Mode;
use crate::time::Timestamp;
use crate::verdict::{Status, Verdict};
use crate::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

/// One line of the ledger, checked and read.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Counted from 1, without gaps.
    pub seq: u64,
    /// The SHA-256 of the line before.
    pub prev: Sha256,
    /// When it was appended.
    pub time: Timestamp,
    /// What it says.
    pub body: Body,
    /// The SHA-256 of this whole line: the head, while it is the last.
    pub digest: Sha256,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A run happened.
    Run(RunEntry),
    /// A run became the baseline of its epoch and mode.
    Promotion(Promotion),
    /// A metric may be worse for a while.
    Waiver(Waiver),
    /// Old lines were removed.
    Retention(Retention),
}

impl Body {
    /// The line's `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Promotion(_) => "promotion",
            Self::Waiver(_) => "waiver",
            Self::Retention(_) => "retention",
        }
    }
}

/// A judged run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunEntry {
    /// The run.
    pub run_id: RunId,
    /// The commit measured, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The branch, when it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it measured.
    pub mode: Mode,
    /// Whether every asked round ended by itself.
    pub complete: bool,
    /// Whether flags left out a part of what the project's configuration selects.
    pub partial: bool,
    /// The status it got.
    pub status: Status,
    /// How much its numbers prove.
    pub evidence_level: EvidenceLevel,
    /// The files it was made from.
    pub digests: Digests,
    /// Its judged metrics, ordered by name.
    pub metrics: Vec<LedgerMetric>,
}

/// Digests of a run's files, so that a report can be tied to its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Digests {
    /// SHA-256 of `perf.json`.
    pub perf: Sha256,
    /// SHA-256 of `verdict.json`.
    pub verdict: Sha256,
}

/// A metric as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerMetric {
    /// The metric.
    pub name: MetricName,
    /// The typical value over rounds, in `unit`.
    pub value: Finite,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The typical value of each round.
    pub rounds: Vec<Finite>,
    /// What was decided on it.
    pub verdict: Verdict,
}

/// A run that became the baseline of its epoch and mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Promotion {
    /// The run promoted.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it measured: a run of another mode is not compared with it.
    pub mode: Mode,
    /// The files it was made from.
    pub digests: Digests,
    /// The promotion it replaces, by `seq`; absent for the first of its epoch and mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u64>,
    /// Each criterion with the evidence that met it.
    pub criteria: Vec<String>,
    /// Its judged metrics, ordered by name.
    pub metrics: Vec<LedgerMetric>,
}

/// A reviewed, expiring permission for one metric to be worse than its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waiver {
    /// The exact metric.
    pub metric: MetricName,
    /// The largest loss that is permitted, as a ratio above 0: 0.1 permits a value 10 % worse.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
    pub ceiling: Finite,
    /// The last day it is in force, UTC, such as `2026-12-31`.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    pub expires: String,
    /// The issue that tracks the loss.
    pub issue: String,
    /// Why the loss is accepted.
    pub reason: String,
    /// Who accepts it.
    pub author: String,
}

/// Why a waiver is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiverError {
    /// The ceiling permits nothing, or everything.
    #[error("a waiver's ceiling lies above 0 % and below 100 %")]
    Ceiling,
    /// The date cannot be read.
    #[error("`{0}` is not a date; write it as 2026-12-31")]
    Date(String),
    /// A text that a reviewer needs is empty.
    #[error("a waiver needs {0}")]
    Empty(&'static str),
    /// It would never be in force.
    #[error("the waiver expired on {0}")]
    Expired(String),
}

impl Waiver {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// The first [`WaiverError`] there is.
    pub fn check(&self, today: Timestamp) -> Result<(), WaiverError> {
        if !(self.ceiling.get() > 0.0 && self.ceiling.get() < 1.0) {
            return Err(WaiverError::Ceiling);
        }
        for (text, what) in [(&self.issue, "an issue"), (&self.reason, "a reason"), (&self.author, "an author")] {
            if text.trim().is_empty() {
                return Err(WaiverError::Empty(what));
            }
        }
        match self.expires.parse::<Date>() {
            Err(_) => Err(WaiverError::Date(self.expires.clone())),
            Ok(_) if !self.in_force(today) => Err(WaiverError::Expired(self.expires.clone())),
            Ok(_) => Ok(()),
        }
    }

    /// Whether it still holds at a time. The last day counts in full.
    pub fn in_force(&self, at: Timestamp) -> bool {
        // Both are written year first, so the order of the texts is the order of the days.
        self.expires.as_str() >= at.to_string().get(..10).unwrap_or_default()
    }
}

/// Old lines were removed. The marker stays in the chain, signed off by name, and carries what is still in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retention {
    /// The last line removed, by `seq`; all before it are gone, too.
    pub last_seq: u64,
    /// The SHA-256 of that line: the `prev` of the first line that is kept.
    pub last_line: Sha256,
    /// How many months are kept.
    pub keep_months: u32,
    /// Who removed them.
    pub author: String,
    /// Promotions among the removed lines that were still in force.
    pub promotions: Vec<CarriedPromotion>,
    /// Waivers among the removed lines that were still in force.
    pub waivers: Vec<Waiver>,
}

/// A promotion that outlives its line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CarriedPromotion {
    /// The line it stood in.
    pub seq: u64,
    /// What it said.
    pub promotion: Promotion,
}
