//! What a run of proven work kept of the entry before it.

use serde::{Deserialize, Serialize};

use crate::perf::EvidenceLevel;
use crate::{Finite, MetricName, RunId, Unit};

/// The gate's decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateJudgement {
    /// What the run's numbers prove.
    pub evidence: EvidenceLevel,
    /// What they must prove at least.
    pub wanted: EvidenceLevel,
    /// Each metric that is to be kept, in the order of the configuration.
    pub checks: Vec<GateCheck>,
}

/// What was kept of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateCheck {
    /// The metric.
    pub metric: MetricName,
    /// Its base unit, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Its value, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Finite>,
    /// The entry before, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousValue>,
    /// What the value must reach (for a metric where lower is better: not exceed), when there is an entry before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Finite>,
    /// What was decided.
    pub outcome: GateOutcome,
    /// Why, in a sentence.
    pub why: String,
    /// A loss over many entries that no single step shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<Slide>,
}

/// The value of an earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreviousValue {
    /// The run.
    pub run_id: RunId,
    /// Its value, in the metric's base unit.
    pub value: Finite,
}

/// What a gate decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum GateOutcome {
    /// It was kept.
    Met,
    /// It was not.
    NotMet,
    /// There is no entry before: no verdict.
    NoPrevious,
}

/// A loss against the best that earlier entries held, which holding a value against the entry before does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slide {
    /// The best median of three entries in a row, or where the entry before fell too far itself what that one fell from; in the
    /// metric's base unit.
    pub best: Finite,
    /// The value by it, as a ratio; of a metric where lower is better the inverse.
    pub share: Finite,
    /// How many entries ago that was, counted from the middle one.
    pub entries: u32,
    /// The first entry since then that lost more in one step than it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<PreviousValue>,
}
