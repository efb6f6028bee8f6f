//! `audit.json`: what a ledger proves about a period. The HTML and PDF reports are made from it and hold nothing else.
//!
//! It states evidence and certifies nothing. What a line of the ledger says is copied; nothing is judged again.

mod control;
mod record;

use serde::{Deserialize, Serialize};

pub use control::{Control, ControlFinding, Controls, Coverage, EvidenceFinding, EvidenceKind};
pub use record::{
    BaselineRecord, IncidentEnd, IncidentRecord, MetricCompliance, MonthCompliance, NoiseRecord, Period, Release,
    ReleaseEvidence, Series, SeriesPoint, WaiverRecord,
};

use crate::Sha256;
use crate::time::Timestamp;

/// The schema name of this version of `audit.json`.
pub const SCHEMA: &str = "perfledger/audit/1";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Audit {
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The tool that made it, with its version.
    pub tool: String,
    /// What was audited, such as the project's name.
    pub subject: String,
    /// The months that it covers.
    pub period: Period,
    /// When it was made. For a period that is over, it is the only difference that equal inputs make.
    pub generated: Timestamp,
    /// Whether the ledger can be trusted.
    pub integrity: Integrity,
    /// The period in numbers.
    pub overview: Overview,
    /// What somebody should look at, most serious first; empty when there is nothing.
    pub attention: Vec<String>,
    /// Every promotion of the period, and those in force when it began, anchors among them; oldest first.
    pub baselines: Vec<BaselineRecord>,
    /// Floors, by metric and month; ordered by name.
    pub compliance: Vec<MetricCompliance>,
    /// Regressions that were open at some time in the period; open ones first, then those that ended last.
    pub incidents: Vec<IncidentRecord>,
    /// Waivers that permitted something in the period, oldest first.
    pub waivers: Vec<WaiverRecord>,
    /// Noise as it was measured in the period, oldest first.
    pub noise: Vec<NoiseRecord>,
    /// Released commits of the period and their evidence, oldest first; absent when no repository could tell them, and `attention`
    /// says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<Vec<Release>>,
    /// What the configured standards ask for, and the evidence for it here; in the order of the mapping.
    pub controls: Vec<ControlFinding>,
    /// The values of the period, for charts: at most 400 points a series.
    pub series: Vec<Series>,
}

/// Whether the ledger's chain holds, and what it leaves out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Integrity {
    /// Whether every line holds. When it does not, nothing behind the first bad line is in this report; where only lines before the
    /// first one are gone and nobody signed for it, every line there is.
    pub verified: bool,
    /// The first line that does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<BadLine>,
    /// The SHA-256 of the last good line; 64 zeros for an empty ledger.
    pub head: Sha256,
    /// Good lines.
    pub lines: u64,
    /// The `seq` of the first line present; above 1 when older ones were pruned, 0 for an empty ledger.
    pub first_seq: u64,
    /// The `seq` of the last good line; 0 for an empty ledger.
    pub last_seq: u64,
    /// Days of the period without a run, where there are seven or more in a row, oldest first. Days before the ledger's first run do
    /// not count, nor does the day on which the audit was made, or any behind it.
    pub gaps: Vec<Gap>,
    /// Where old lines were removed, over the whole ledger.
    pub retention: Vec<RetentionRecord>,
}

/// The first line of a ledger that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BadLine {
    /// The `seq` that was due there.
    pub seq: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// Days without a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gap {
    /// The first such day, such as `2026-11-03`.
    pub first: String,
    /// The last.
    pub last: String,
    /// How many.
    pub days: u32,
}

/// Where old lines were removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetentionRecord {
    /// The marker's line.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// The last line removed.
    pub last_seq: u64,
    /// How many months were kept.
    pub keep_months: u32,
    /// Who removed them, as they said themselves.
    pub author: String,
}

/// The period in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overview {
    /// Runs.
    pub runs: u64,
    /// Those with status PASS.
    pub passed: u64,
    /// Those with status WARN.
    pub warned: u64,
    /// Those with status FAIL.
    pub failed: u64,
    /// Metrics with a value.
    pub metrics: u64,
    /// Values in all runs.
    pub values: u64,
    /// Values that did not meet their floor.
    pub violations: u64,
    /// Runs in which an expected metric did not report.
    pub incomplete: u64,
    /// Promotions.
    pub promotions: u64,
    /// Incidents that began.
    pub incidents_opened: u64,
    /// Incidents open at the period's end.
    pub incidents_open: u64,
    /// Different waivers that permitted something.
    pub waivers: u64,
    /// Released commits; absent when no repository could tell them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<u64>,
    /// Those whose best run (see [`Release::evidence`]) has not PASS or WARN, or that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases_without_evidence: Option<u64>,
}
