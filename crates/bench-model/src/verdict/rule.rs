//! The rules that decide verdicts.

use serde::{Deserialize, Serialize};

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
    /// Fewer than five rounds on a side.
    TooFewRounds,
    /// The interval of the ratio of rounds that ran in turns.
    Paired,
    /// The last stable segment of earlier runs.
    History,
    /// Beyond chance for one metric, and not among as many as were looked at.
    FalseDiscovery,
    /// A second pass did not show it.
    Unconfirmed,
    /// A second pass that was wanted had too few rounds, or none.
    SecondPassMissing,
    /// The threshold lies below the measured noise.
    BelowNoise,
    /// It moved together with most others: one finding for all.
    MovedTogether,
    /// The interval of the change against zero and the threshold.
    Interval,
    /// What the policy for load runs permits: a load run is one round, so there is no interval between rounds.
    Policy,
    /// Values without spread are compared exactly.
    Exact,
    /// A relative change of this value is not defined.
    NotComparable,
}
