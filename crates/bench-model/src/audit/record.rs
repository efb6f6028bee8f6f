//! What an audit takes from the ledger. Each item names the `seq` of the line that it comes from.

use serde::{Deserialize, Serialize};

use crate::ledger::{IncidentState, NoiseMetric, Waiver};
use crate::provenance::Epoch;
use crate::run::Mode;
use crate::time::Timestamp;
use crate::verdict::Status;
use crate::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

/// Whole months in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Period {
    /// The first month, such as `2026-11`.
    pub first: String,
    /// The last month, itself included.
    pub last: String,
}

/// A promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaselineRecord {
    /// Its line.
    pub seq: u64,
    /// The SHA-256 of that line; absent when the line was pruned and a retention marker carries what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Sha256>,
    /// When; absent when the line was pruned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Whether its line lies in the period. Otherwise it was in force when the period began, or, where lines of the period were
    /// pruned, when the first one that is kept was written.
    pub in_period: bool,
    /// The run.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it measured.
    pub mode: Mode,
    /// The release that it stands for, when it is frozen as an anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// The line that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u64>,
    /// Who promoted it, as they said themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why, when somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Each criterion with the evidence that met it.
    pub criteria: Vec<String>,
    /// How many metrics it holds.
    pub metrics: u32,
}

/// How a metric kept its floor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricCompliance {
    /// The metric.
    pub metric: MetricName,
    /// The base unit of its values.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// Month by month, oldest first; months in which it was neither measured nor expected are left out.
    pub months: Vec<MonthCompliance>,
}

/// How a metric kept its floor in one month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MonthCompliance {
    /// The month, such as `2026-11`.
    pub month: String,
    /// Runs that measured it.
    pub runs: u32,
    /// Runs in which it was expected and did not report.
    pub missing: u32,
    /// Those of `runs` that held it against a floor.
    pub judged: u32,
    /// Those of `judged` that did not meet it.
    pub violations: u32,
    /// Lines of runs with a violation, by `seq`; at most the first ten.
    pub violating_lines: Vec<u64>,
    /// The share of time in which the newest judged value met its floor, over all environments and modes. A value stands until the
    /// next judged one of its environment and mode, at the longest to the end of the month or the ledger's last line, at the least
    /// one second. Absent without a judged value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_met: Option<Finite>,
    /// The lowest margin: value over floor, or floor over value where lower is better; below 1 the floor was not met. Absent where
    /// none is a finite number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest_margin: Option<Finite>,
    /// The lowest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Finite>,
    /// The median value; of an even number the mean of the middle two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<Finite>,
    /// The highest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<Finite>,
}

/// A regression on the main branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IncidentRecord {
    /// The metric.
    pub metric: MetricName,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The line that opened it.
    pub seq: u64,
    /// When that was.
    pub opened: Timestamp,
    /// The run that showed it.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// The last commit known to be good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Commit>,
    /// `value / baseline - 1` in that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// How it ended; absent while it is open at the period's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<IncidentEnd>,
    /// From opening to its end, or to the period's end (or the last line, where that is earlier), in seconds.
    pub duration_s: u64,
    /// The waiver that permits it, when it ended as `waived`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IncidentEnd {
    /// Recovered, waived or accepted.
    pub state: IncidentState,
    /// The line.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// The run that showed it.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
}

/// A waiver that permitted a regression in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaiverRecord {
    /// The waiver.
    pub waiver: Waiver,
    /// The first line of the period in which it permitted something.
    pub first_seq: u64,
    /// The last such line.
    pub last_seq: u64,
    /// How many runs it permitted.
    pub runs: u32,
    /// The largest loss it permitted, as a ratio above 0.
    pub largest: Finite,
}

/// Noise, as a comparison of head with head measured it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoiseRecord {
    /// Its line.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// What was found, ordered by name.
    pub metrics: Vec<NoiseMetric>,
}

/// A released commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Release {
    /// The tag.
    pub name: String,
    /// The commit.
    pub commit: Commit,
    /// When it was tagged; of a tag without a date of its own, the commit's date.
    pub time: Timestamp,
    /// Its best evidence: of complete runs of a clean tree that left nothing out, in or outside the period, the one with the best
    /// status, of these the newest; absent when no run of the ledger measured that commit so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ReleaseEvidence>,
}

/// The run that stands for a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReleaseEvidence {
    /// Its line.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Its status.
    pub status: Status,
    /// Whether it became a baseline.
    pub promoted: bool,
}

/// The values of a metric in one environment and mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// The metric.
    pub metric: MetricName,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// Oldest first. Where there are more than 400 runs, neighbours share a point, as many in each but the last.
    pub points: Vec<SeriesPoint>,
}

/// One run, or several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesPoint {
    /// Of the last run.
    pub time: Timestamp,
    /// The line of the last run.
    pub seq: u64,
    /// How many runs.
    pub runs: u32,
    /// The lowest value.
    pub lowest: Finite,
    /// The median value; of an even number the mean of the middle two.
    pub median: Finite,
    /// The highest value.
    pub highest: Finite,
    /// The floor of the last run, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Finite>,
    /// The target of the last run, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Finite>,
    /// Whether one of them became a baseline.
    pub promoted: bool,
    /// Whether one of them regressed.
    pub regressed: bool,
}
