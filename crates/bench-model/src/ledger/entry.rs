//! What a ledger line says: the kinds of body and the members around it.

use serde::{Deserialize, Serialize};

use crate::perf::EvidenceLevel;
use crate::proof::{Proof, borne_out_by_run};
use crate::provenance::Epoch;
use crate::run::Mode;
use crate::scale::ScaleSummary;
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
    /// A waiver permitted a regression.
    Waiver(WaiverEntry),
    /// Noise was measured.
    Noise(NoiseEntry),
    /// A regression began or ended.
    Incident(Incident),
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
            Self::Noise(_) => "noise",
            Self::Incident(_) => "incident",
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
    /// Metrics that were expected and did not report, ordered by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MetricName>,
    /// What a run of work that gave an account of itself, or of scalability, holds beyond its judged metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Box<Account>>,
}

impl RunEntry {
    /// The accounts of what was done.
    pub fn proofs(&self) -> &[Proof] {
        self.account.as_ref().map_or(&[], |account| &account.proofs)
    }

    /// How much its numbers prove: what the accounts bear out, and not the word of whoever wrote the line.
    pub fn evidence(&self) -> EvidenceLevel {
        borne_out_by_run(self.evidence_level, self.complete, self.proofs())
    }
}

/// What makes the ledger's line enough to report work and scaling from, when the run's own files are gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// When measuring began.
    pub started: Timestamp,
    /// How long it took, in seconds of the monotonic clock.
    pub duration_s: Finite,
    /// What was done, one for each round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Proof>,
    /// What a scalability run says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Box<ScaleSummary>>,
    /// Metrics that are not judged, ordered by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<ObservedMetric>,
}

/// A metric that was measured, and that nothing was decided on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObservedMetric {
    /// The metric.
    pub name: MetricName,
    /// The typical value over rounds, in `unit`.
    pub value: Finite,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
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
    /// The floor that it was held against then (for a metric where lower is better: the ceiling), in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Finite>,
    /// What was wanted then, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Finite>,
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
    /// The name of the release that it stands for, when it is frozen as an anchor: later promotions do not replace it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Who promoted it, as they said themselves; nothing is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why, when somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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

/// A run in which a waiver permitted a regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaiverEntry {
    /// The run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// `value / baseline - 1`.
    pub change: Finite,
    /// What permitted it.
    pub waiver: Waiver,
}

/// What a comparison of head with head said about noise, for its epoch and mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoiseEntry {
    /// The head side's run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it measured.
    pub mode: Mode,
    /// The files it was made from.
    pub digests: Digests,
    /// What was found, ordered by name.
    pub metrics: Vec<NoiseMetric>,
}

/// The noise of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoiseMetric {
    /// The metric.
    pub name: MetricName,
    /// The smallest change that `rounds` rounds a side can tell from noise, as a ratio: the half width of the interval.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub floor: Finite,
    /// The rounds a side that the floor and the comparisons are for.
    pub rounds: u32,
    /// Comparisons of that many rounds that were made.
    pub comparisons: u32,
    /// Those that came out as a change although there was none.
    pub alarms: u32,
}

/// A regression on the main branch that began, or ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Incident {
    /// The metric.
    pub metric: MetricName,
    /// Whether it begins or ends here.
    pub state: IncidentState,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The run that showed it.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// The last commit known to be good (when it begins).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Commit>,
    /// `value / baseline - 1` in that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// The line that opened it (when it ends), by `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<u64>,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum IncidentState {
    /// A confirmed regression.
    Opened,
    /// The metric is as good as its baseline again.
    Recovered,
    /// A waiver permits it.
    Waived,
    /// A slower baseline was promoted knowingly.
    Accepted,
}

impl Waiver {
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
    /// Noise among the removed lines that nothing has replaced since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<NoiseEntry>,
    /// Incidents among the removed lines that are still open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<CarriedIncident>,
}

/// An open incident that outlives its line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CarriedIncident {
    /// The line it stood in.
    pub seq: u64,
    /// When that line was appended.
    pub time: Timestamp,
    /// What it said.
    pub incident: Incident,
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
