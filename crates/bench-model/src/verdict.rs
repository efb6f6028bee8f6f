//! `verdict.json`: what the judge decided, and for each metric by which rule and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::perf::{Headline, Interval};
use crate::provenance::Epoch;
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
    /// What stands at the top.
    pub headline: Vec<Headline>,
    /// What to know before trusting the verdict.
    pub warnings: Vec<String>,
    /// Floors that were not met and required metrics that are missing.
    pub violations: Vec<Violation>,
    /// Every judged metric, worst first.
    pub metrics: Vec<JudgedMetric>,
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

/// The rule that decided a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Rule {
    /// Expected but not reported.
    Expected,
    /// No baseline holds this metric.
    NoBaseline,
    /// The baseline belongs to another environment.
    OtherEpoch,
    /// The baseline was measured in another mode.
    OtherMode,
    /// Too few rounds for an interval.
    TooFewRounds,
    /// The interval of the change against zero and the threshold.
    Interval,
    /// Values without spread are compared exactly.
    Exact,
    /// A relative change of this value is not defined.
    NotComparable,
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
