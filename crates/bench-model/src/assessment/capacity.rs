//! How much there is, how much will be wanted, what it uses and what it costs.

use serde::{Deserialize, Serialize};

use super::Amount;
use crate::perf::Interval;
use crate::scale::{Axis, Estimated, ScaleSummary};
use crate::time::Timestamp;
use crate::{Finite, MetricName};

/// A scalability run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalingRun {
    /// The evidence, by id.
    pub evidence: String,
    /// What the run says, as its line holds it.
    pub summary: ScaleSummary,
}

/// What the service used at each size of a scalability run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResourceProfile {
    /// The scenario.
    pub scenario: String,
    /// What was varied.
    pub axis: Axis,
    /// The evidence, by id.
    pub evidence: String,
    /// Each size, ascending.
    pub levels: Vec<ResourceLevel>,
    /// What each further thousand of the axis costs in memory, in bytes, such as 1,000 connections; absent where that is no straight line,
    /// or was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_per_thousand: Option<Estimated>,
}

/// What the service used at one size. A size with rounds that are no evidence of it has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResourceLevel {
    /// The size.
    pub at: u32,
    /// Requests answered without failure per second.
    pub throughput: Finite,
    /// Processors kept busy in the mean: 1.5 is one and a half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Finite>,
    /// Processor time for one request, in ns; absent without `cpu`, or when nothing was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_per_request: Option<Finite>,
    /// Resident memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Finite>,
}

/// A load that is predicted, and where the number comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Demand {
    /// How much.
    pub amount: Amount,
    /// Its 95 % prediction interval, in the unit of `amount`; absent where it was configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Where it comes from.
    pub source: Source,
    /// The evidence, by id, ordered; empty where it was configured.
    pub evidence: Vec<String>,
}

/// Where a predicted load comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Source {
    /// The forecast of the ledger's history.
    Forecast,
    /// The configuration says so.
    Configured,
    /// The configuration gives it as an example: it is nobody's real demand.
    Example,
}

/// Whether there is to be more or less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalingDecision {
    /// What is demanded, as the configuration names it.
    pub name: String,
    /// What to do.
    pub decision: DecisionKind,
    /// `predicted_peak x safety_margin / capacity`; absent when undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Finite>,
    /// The ratio at the ends of the interval of peak or capacity; absent without a ratio, and where neither of them has an interval or both
    /// do: `why` then has the ends of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_interval: Option<Interval>,
    /// The largest load expected within the horizon; absent when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_peak: Option<Demand>,
    /// The factor by which more is to be there than is expected; at least 1.
    pub safety_margin: Finite,
    /// The largest throughput measured at a size that keeps the service level; absent when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Amount>,
    /// Whether there may be more of it than that: something else than the service was the limit at some size, or it is not known there.
    pub capacity_at_least: bool,
    /// The size with that throughput, such as `3 processes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_at: Option<String>,
    /// The smallest measured size that carries the predicted peak with its margin and keeps the service level, such as `2 processes`;
    /// absent when none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<String>,
    /// The evidence, by id, ordered.
    pub evidence: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// What to do about capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum DecisionKind {
    /// More is needed: the ratio is above 1.2, at both ends of its interval.
    Up,
    /// Less suffices: the ratio is below 0.8, at both ends of its interval.
    Down,
    /// Leave it: the ratio lies between, both ends of its interval included.
    Hold,
    /// The peak or the capacity is not known (a peak that is an example is not), the ends of the interval do not agree, or the capacity is
    /// at least so much, and more of it could lead to another decision.
    Undecided,
}

/// Where a demand is heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forecast {
    /// What is demanded, as the configuration names it.
    pub name: String,
    /// The metric whose history it is.
    pub metric: MetricName,
    /// How far ahead, in days from when the assessment was made.
    pub horizon_days: Finite,
    /// Moments in the history.
    pub moments: u32,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// The last value, in the metric's unit; absent without a history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Amount>,
    /// The value at the horizon, in the unit of `newest`, with its 95 % prediction interval, cut at 0; absent when there is no forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Estimated>,
    /// The change per day, in the unit of `newest`, with its 95 % confidence interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Estimated>,
    /// When the measured capacity is reached; absent when there is no forecast or no capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
    /// The evidence, by id, ordered: at most the first and the last line of the history.
    pub evidence: Vec<String>,
    /// What the forecast says in a sentence, or why there is none.
    pub why: String,
}

/// When a demand reaches the capacity. Days count from when the assessment was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Reached {
    /// The trend has reached it.
    Already,
    /// Within the horizon.
    Within {
        /// When the trend does.
        days: Finite,
        /// The earliest that its 95 % interval allows.
        earliest: Finite,
        /// The latest; absent when that lies beyond the horizon.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latest: Option<Finite>,
    },
    /// Not within the horizon.
    NotWithin {
        /// The earliest that the interval allows; absent when that lies beyond the horizon, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        earliest: Option<Finite>,
    },
    /// The trend leads away from it, beyond doubt.
    Never,
}

/// What requests cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Economics {
    /// What is paid; absent when the configuration has no prices, and then nothing has a cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
    /// What keeps the service level, in words: `p95 at most 100 ms, errors at most 0.1 %`.
    pub service_level: String,
    /// Each size of each scalability run over processes or threads, ordered by scenario, axis and size.
    pub costs: Vec<Cost>,
    /// The place in `costs` of the cheapest size that keeps the service level, counted from 0; absent when none does, and when there are
    /// several scenarios, which are not the same work: `why` then names the cheapest of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cheapest: Option<u32>,
    /// Why that one is the cheapest, or why there is none.
    pub why: String,
}

/// What is paid, as the configuration says. Each is for one hour; absent when nothing is paid for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prices {
    /// The currency, such as `EUR`.
    pub currency: String,
    /// Whether they are examples, and nobody's real prices.
    pub example: bool,
    /// For each process that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_hour: Option<Finite>,
    /// For each processor kept busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_hour: Option<Finite>,
    /// For each GiB (2^30 bytes) of resident memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gib_hour: Option<Finite>,
}

/// What a size costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cost {
    /// The scenario.
    pub scenario: String,
    /// What was varied.
    pub axis: Axis,
    /// The size.
    pub at: u32,
    /// Requests answered without failure per second.
    pub throughput: Finite,
    /// An hour at that load, in the currency; absent where something that has a price was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<Finite>,
    /// A million requests, in the currency; absent as `per_hour`, and where nothing was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_million: Option<Finite>,
    /// Whether the size keeps the service level; absent when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_level: Option<bool>,
    /// What there is to say: what breaks the service level, or was not measured, or that the generator was the limit. Empty when nothing.
    pub why: String,
    /// The evidence, by id.
    pub evidence: String,
}

/// What single operations of a server take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationTable {
    /// The server, such as `Redis`.
    pub server: String,
    /// Its operations, ordered by name; empty when none was measured.
    pub rows: Vec<OperationRow>,
    /// Why there are none; empty when there are.
    pub why: String,
}

/// What an operation takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationRow {
    /// The operation, such as `get`.
    pub operation: String,
    /// Operations per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Finite>,
    /// The median time of one, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<Finite>,
    /// The 95th percentile, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<Finite>,
    /// The 99th percentile, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Finite>,
    /// The evidence, by id.
    pub evidence: String,
}
