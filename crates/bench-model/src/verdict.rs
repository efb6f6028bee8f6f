//! `verdict.json`: what the judge decided, and for each metric by which rule and why.

mod gate;
mod load;
mod rule;

use std::fmt;

pub use gate::{GateCheck, GateJudgement, GateOutcome, PreviousValue, Slide};
pub use load::{JudgedThreshold, LoadJudgement, LoadRegression, Severity, ThresholdOutcome};
pub use rule::Rule;
use serde::{Deserialize, Serialize};

use crate::ledger::{NoiseMetric, Waiver};
use crate::perf::{Headline, Interval};
use crate::provenance::Epoch;
use crate::run::{BenchSource, Purpose};
use crate::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

/// The schema name of this version of `verdict.json`.
pub const SCHEMA: &str = "perfledger/verdict/1";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judgement {
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The run that was judged.
    pub run_id: RunId,
    /// SHA-256 of the `perf.json` that was judged.
    pub perf_sha256: Sha256,
    /// The status of the run.
    pub status: Status,
    /// The one line for people.
    pub summary: String,
    /// Why the status is what it is, most serious first; empty for a plain pass.
    pub reasons: Vec<String>,
    /// What was compared with; absent when there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineRef>,
    /// The anchor: a frozen baseline that catches slow drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<BaselineRef>,
    /// The other side, when base and head were measured in turns on one machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// Many metrics moved together: one finding, and not one for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<Together>,
    /// What a comparison of head with head says about noise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<NoiseMetric>,
    /// Whether a planted delay was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plant: Option<PlantCheck>,
    /// Waivers that bear on this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverUse>,
    /// What stands at the top.
    pub headline: Vec<Headline>,
    /// What to know before trusting the verdict.
    pub warnings: Vec<String>,
    /// Floors that were not met and required metrics that are missing.
    pub violations: Vec<Violation>,
    /// Every judged metric, worst first.
    pub metrics: Vec<JudgedMetric>,
    /// What was decided on a load run's thresholds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Box<LoadJudgement>>,
    /// What a run of proven work kept of the entry before it, when the project has a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Box<GateJudgement>>,
}

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Status {
    /// Every floor met, nothing regressed.
    Pass,
    /// Degraded, or not decidable, but above every floor.
    Warn,
    /// Below a floor, or missing where it is required.
    Fail,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}

/// The verdict on one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Verdict {
    /// Expected, and did not report.
    Missing,
    /// Worse, beyond noise and beyond the threshold.
    Regressed,
    /// Could not tell.
    Inconclusive,
    /// There is nothing to compare it with.
    New,
    /// No difference that would matter.
    Unchanged,
    /// Better, beyond noise and beyond the threshold.
    Improved,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Improved => "improved",
        })
    }
}

/// The baseline that a run was compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaselineRef {
    /// The run that was promoted.
    pub run_id: RunId,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Its epoch.
    pub epoch: Epoch,
    /// The ledger's head when the baseline was read.
    pub ledger_head: Sha256,
}

/// The other side of a comparison on one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Against {
    /// What the comparison was for.
    pub purpose: Purpose,
    /// The base as it was asked for.
    pub reference: String,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The base side's run.
    pub run_id: RunId,
    /// SHA-256 of the base side's `perf.json`.
    pub perf_sha256: Sha256,
    /// The most rounds that a metric has on each side.
    pub pairs: u32,
    /// How often the evidence was looked at.
    pub looks: u32,
    /// Where the source of the base side's benches came from.
    pub bench_source: BenchSource,
}

/// Many metrics that moved the same way by about the same share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Together {
    /// How many moved.
    pub metrics: u32,
    /// Of how many that were compared.
    pub of: u32,
    /// The median loss, as a ratio; below 0 for a gain.
    pub loss: Finite,
}

/// Whether a planted delay was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlantCheck {
    /// The delay asked for, as a ratio of the time.
    pub asked: Finite,
    /// The delay measured.
    pub measured: Finite,
    /// Metrics that were compared.
    pub metrics: u32,
    /// Those that came out regressed.
    pub found: u32,
    /// Those whose interval holds the measured delay: not the interval that is shown, but the one that the verdict was made
    /// from, at the verdict's level and widened by what the looks at the evidence cost.
    pub held: u32,
}

/// A waiver that bears on a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaiverUse {
    /// What is permitted.
    pub waiver: Waiver,
    /// The change that it was held against; absent when there was nothing to permit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// What came out.
    pub outcome: WaiverOutcome,
}

/// What a waiver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum WaiverOutcome {
    /// It permits a regression.
    Used,
    /// The regression is larger than it permits.
    Exceeded,
    /// There is a regression, and its last day has passed.
    Expired,
    /// Nothing regressed that it could permit.
    Unused,
}

/// The verdict on one metric, with everything it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgedMetric {
    /// The metric.
    pub name: MetricName,
    /// The verdict.
    pub verdict: Verdict,
    /// The base unit of every value here.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The measured value; absent when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Finite>,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Rounds behind the value.
    pub rounds: u32,
    /// The value compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Finite>,
    /// `value / baseline - 1`, with its interval, as ratios; whatever the direction, above 0 is "more".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// How large a change must be to matter, as a ratio.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub threshold: Finite,
    /// The floor (for a metric where lower is better: the ceiling).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Finite>,
    /// What is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Finite>,
    /// How many times over the floor is met; below 1 it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Finite>,
    /// The rule that decided the verdict.
    pub rule: Rule,
    /// In one sentence, why.
    pub why: String,
    /// What a second, independent pass said about a regression or an improvement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// The smallest change that could be told from noise when noise was last measured here, as a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_floor: Option<Finite>,
    /// What earlier runs of this environment say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryFinding>,
    /// `value / anchor - 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Change>,
    /// Whether a waiver in force permits this regression.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waived: bool,
    /// How many more rounds on each side would probably decide, when the verdict is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_rounds: Option<u32>,
}

/// A relative change with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// The point.
    pub value: Finite,
    /// The interval, when rounds allow one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// What a second pass said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Confirmation {
    /// What it said.
    pub outcome: SecondPass,
    /// The change it saw, when there was one to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// Rounds of the second pass.
    pub rounds: u32,
}

/// The outcome of a second pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SecondPass {
    /// The same verdict.
    Agreed,
    /// Enough rounds, and no such change.
    Refuted,
    /// Too few rounds, or none: it was cut short, or could not run.
    CutShort,
}

/// The newest value against the last stable segment of earlier runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryFinding {
    /// Earlier runs there are.
    pub runs: u32,
    /// Runs of the last stable segment.
    pub segment: u32,
    /// The typical value of that segment.
    pub level: Finite,
    /// The run whose value began the segment.
    pub since: RunId,
    /// `value / level - 1`, its interval the one that a single further value of the segment would keep.
    pub change: Change,
    /// What the whole series looks like, this run included.
    pub state: HistoryState,
}

/// What a history looks like at its newest end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum HistoryState {
    /// Nothing new.
    Stable,
    /// The newest one or two values differ: measure again.
    Suspect,
    /// The level changed within the newest values.
    Changed,
    /// A slow trend, without a commit to blame.
    Drift,
}

/// A floor that was not met, or a required metric that is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// The metric.
    pub metric: MetricName,
    /// What is demanded and what was found.
    pub message: String,
    /// What was found, absent when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Finite>,
    /// What was demanded, absent when only presence was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Finite>,
    /// The base unit of both.
    pub unit: Unit,
}
