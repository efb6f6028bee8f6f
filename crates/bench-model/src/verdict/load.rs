//! What was decided on a load run: its guards, its thresholds, and how it compares with its baseline.

use serde::{Deserialize, Serialize};

use crate::load::ObservedThreshold;
use crate::{Finite, MetricName};

/// The decisions on a load run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoadJudgement {
    /// The scenario.
    pub scenario: String,
    /// Whether every guard was met, and every threshold could be decided (those that had no baseline to be held against left
    /// out). A run that is not evaluable is never a pass.
    pub evaluable: bool,
    /// Guards and thresholds, those not met first, then those not evaluable.
    pub thresholds: Vec<JudgedThreshold>,
    /// What became worse than the baseline, or grew, worst first: see [`Severity`].
    pub regressions: Vec<LoadRegression>,
}

/// A threshold, decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgedThreshold {
    /// The threshold and what was observed.
    pub observed: ObservedThreshold,
    /// Whether it is a guard: one that every run must keep to be evidence at all.
    pub guard: bool,
    /// The limit that it was held against, in the base unit; absent when there was none, such as no baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Finite>,
    /// What was decided.
    pub outcome: ThresholdOutcome,
    /// In one sentence, why.
    pub why: String,
}

/// What was decided on a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ThresholdOutcome {
    /// Not met.
    NotMet,
    /// Could not tell.
    NotEvaluable,
    /// Its limit is a share of the baseline's value, and no baseline holds one: a first run must be able to become the first
    /// baseline. It counts neither for nor against the run, and is said.
    NothingToCompare,
    /// Met.
    Met,
}

/// How serious a loss against the baseline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Severity {
    /// Blocks: FAIL.
    Critical,
    /// Needs somebody's approval: FAIL, until a waiver permits it.
    High,
    /// Opens an incident: WARN.
    Medium,
    /// Is written down.
    Low,
}

/// A loss against the baseline, or beyond what the policy permits by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoadRegression {
    /// The metric.
    pub metric: MetricName,
    /// How serious it is.
    pub severity: Severity,
    /// The baseline's value, in the metric's unit; absent for what is held against no baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Finite>,
    /// The value now.
    pub value: Finite,
    /// In one sentence, what became worse and what the policy permits.
    pub why: String,
    /// Whether a waiver in force permits it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waived: bool,
}
