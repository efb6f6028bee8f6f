//! `perf.json`'s part for load: percentiles, thresholds with what was observed for each, and analyses. Made from a
//! [`Load`](super::Load), judged by another stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CheckCount, Cut, Engine, LoadModel, Operator, Quantile, Source, ThresholdText};
use crate::{Finite, MetricName, Sha256, Unit};

/// The measure of the metric that says how much the service's memory grows in two hours, as a ratio of the level where it began. It is
/// held against a limit of its own, and against no baseline: a leak is one in the first run, too.
pub const SERVICE_MEMORY_GROWTH: &str = "service_memory_growth";

/// A load run in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoadSummary {
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of the plan, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_sha256: Option<Sha256>,
    /// What generated the load.
    pub engine: Engine,
    /// Where it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How phases were shortened.
    pub time_scale: Finite,
    /// Why the run ended before its plan did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// Phases in order.
    pub phases: Vec<PhaseSummary>,
    /// Everything together (first, without request and phase; warm-up phases left out), each request over all phases, and each
    /// request in each phase. Regions are kept apart: with regions there is one such set for each, after everything together with
    /// its counts alone: latencies of regions are never pooled.
    pub series: Vec<SeriesSummary>,
    /// What was in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<UsageSummary>,
    /// What the service, or an engine, says of itself, ordered as recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gauges: Vec<GaugeSummary>,
    /// What every run must keep to be evidence at all: samples, achieved rate, lag, workers, nothing unsent.
    pub guards: Vec<ObservedThreshold>,
    /// The scenario's thresholds.
    pub thresholds: Vec<ObservedThreshold>,
    /// Breaking point, recovery, leaks, stability, resource limits.
    pub analyses: Vec<Analysis>,
    /// Where another engine's own verdict on a threshold differs from what was observed, each in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<String>,
}

/// A phase in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhaseSummary {
    /// Its name.
    pub name: String,
    /// When it began, in seconds since the first phase did.
    pub start_s: Finite,
    /// How long it lasted, in seconds.
    pub measured_s: Finite,
    /// Who decided when a request was due.
    pub model: LoadModel,
    /// Whether it only prepares.
    pub warm_up: bool,
    /// Its figures, all requests (and regions' counts) together; latencies are absent where regions differ.
    pub figures: SeriesSummary,
}

/// A series in figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesSummary {
    /// The request; absent for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The phase; absent for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The region, where there are regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Over how many seconds.
    pub seconds: Finite,
    /// Requests that were due; absent in a closed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<u64>,
    /// Requests sent.
    pub sent: u64,
    /// Requests answered.
    pub completed: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Requests that were due and never sent.
    pub unsent: u64,
    /// Requests unanswered at the end.
    pub in_flight: u64,
    /// Requests answered without failure per second; absent when no time passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rps: Option<Finite>,
    /// Failed requests by all that were sent; absent when there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<Finite>,
    /// Failures by kind.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Answers by status code.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, u64>,
    /// Checks by name.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, CheckCount>,
    /// Bytes received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_bytes: Option<u64>,
    /// Latency figures by name, in ns: `min`, `mean`, `p50`, `p75`, `p90`, `p95`, `p99`, `p99.9`, `max`. One that is not known is absent.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub latency: BTreeMap<String, Quantile>,
    /// As `latency`, from the send.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub service: BTreeMap<String, Quantile>,
    /// As `latency`, from due to sent.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub lag: BTreeMap<String, Quantile>,
    /// Figures of parts (`dns`, `connect`, `tls`, `first_byte`) and of the service's stages (`operation parsing`), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, BTreeMap<String, Quantile>>,
}

/// What something used over the run, warm-up left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageSummary {
    /// Whose.
    pub of: Source,
    /// What, as in thresholds: `cpu`, `memory`, `descriptors`, `threads`, `received`, `transmitted`, `read`, `written`, `io_wait`.
    pub what: String,
    /// The base unit.
    pub unit: Unit,
    /// The mean over readings.
    pub mean: Finite,
    /// The largest reading.
    pub max: Finite,
    /// The last reading.
    pub last: Finite,
}

/// What the service, or an engine, said of itself over the run, warm-up left out. Units are those of who said it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GaugeSummary {
    /// Its name in thresholds.
    pub name: String,
    /// Where it came from.
    pub from: String,
    /// What it says.
    pub told: Told,
}

/// What readings over time come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Told {
    /// One figure for the whole run.
    Once(Finite),
    /// By how much a counter grew.
    Grown(Finite),
    /// A value that goes up and down.
    Value {
        /// The mean over readings.
        mean: Finite,
        /// The largest reading.
        max: Finite,
        /// The last reading.
        last: Finite,
    },
}

/// A figure as far as it was measured, in a base unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Measured {
    /// Its value.
    Known(Finite),
    /// It is not below this.
    AtLeast(Finite),
    /// It is not known, and why.
    NotKnown(String),
}

/// A threshold with what was observed for it. Nothing is judged here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObservedThreshold {
    /// The threshold as written.
    pub threshold: ThresholdText,
    /// What it is about, in words: `p95 of the latency in phase burst`.
    pub about: String,
    /// The base unit of the figure and the limit.
    pub unit: Unit,
    /// The figure.
    pub observed: Measured,
    /// How it is to compare.
    pub operator: Operator,
    /// The limit in the base unit; absent when it is a share of the baseline, or of a phase whose figure is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Finite>,
    /// The share of the baseline's value that is the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_baseline: Option<Finite>,
    /// The metric of this report that the baseline is asked for, when the limit is a share of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<MetricName>,
}

/// What an analysis found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Analysis {
    /// `breaking_point`, `recovery`, `leak`, `stability`, `resources`.
    pub name: String,
    /// The phase or what it is about: `recovery`, `service_memory`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What came out.
    pub outcome: AnalysisOutcome,
    /// In a sentence or two, for people, with figures.
    pub text: String,
    /// Its figures by name, each in a base unit with its symbol.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, (Finite, Unit)>,
}

/// What an analysis came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AnalysisOutcome {
    /// Nothing is wrong.
    Fine,
    /// What it looks for is there: a leak, no recovery, an unstable rate, a breaking point.
    Found,
    /// The data could not tell.
    NotEvaluable,
}
