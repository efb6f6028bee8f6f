//! `run.json`: the raw measurement, every round and every sample, as a runner wrote it.

use serde::{Deserialize, Serialize};

use crate::load::Load;
use crate::proof::Proof;
use crate::provenance::Provenance;
use crate::scale::Scale;
use crate::{BenchmarkId, Diagnostic, Direction, Finite, RunId, Unit};

/// The schema name of this version of `run.json`.
pub const SCHEMA: &str = "perfledger/run/1";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The run's id.
    pub run_id: RunId,
    /// Where it comes from.
    pub provenance: Provenance,
    /// How it was asked for.
    pub plan: Plan,
    /// Whether every asked round ended by itself. `false` after a timeout, an interrupt or a failure.
    pub complete: bool,
    /// What noisy or unfit conditions mean for the numbers, and what was skipped.
    pub warnings: Vec<String>,
    /// What could not be measured or read.
    pub errors: Vec<Diagnostic>,
    /// What was measured, ordered by id.
    pub benchmarks: Vec<Benchmark>,
    /// The load that was sent and what came back, for a load run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Box<Load>>,
    /// The sizes that were measured, for a scalability run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Box<Scale>>,
}

/// How a run was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// Quick or full.
    pub mode: Mode,
    /// Rounds asked for.
    pub rounds: u32,
    /// The filter given to the harness, when it is not the one that the project's configuration has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Whether a flag or a variable named other packages, targets, features or arguments than the project's configuration does.
    pub partial: bool,
    /// The benchmarks that were to be measured, as their metrics' names begin, where that is known before they report; ordered. A run
    /// in which none did is then still known to be one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// The comparison that the run is a side of, when two sides were measured in turns on one machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
}

impl Plan {
    /// Whether the run was to measure the benchmark that has this metric, whatever came of it.
    pub fn asks_for(&self, metric: &str) -> bool {
        let benchmark = metric.rsplit_once('#').map_or(metric, |(benchmark, _)| benchmark);
        self.asked.iter().any(|asked| asked == benchmark)
    }
}

/// One side of a comparison: base and head, run in turns on one machine. Round n of both sides shared a moment; the rounds
/// of a benchmark that both sides measured stand in the same order on both, as many here as there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pairing {
    /// Which side this is.
    pub side: Side,
    /// What both sides and both passes share: the id of the head side's run in the first pass.
    pub comparison: RunId,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether this is the first pass, or the one that confirms it.
    pub pass: Pass,
    /// The base as it was asked for: a git revision.
    pub against: String,
    /// After which rounds the evidence was looked at to decide whether more is needed, ascending, and the next such round
    /// that was planned. Each look costs level; a single one means a size that was fixed beforehand, which costs nothing.
    pub looks: Vec<u32>,
    /// Where the source of the benches themselves came from.
    pub bench_source: BenchSource,
    /// The delay that was planted on the head side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<Planted>,
}

/// A side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Side {
    /// What is compared with.
    Base,
    /// What is judged.
    Head,
}

/// What a comparison is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Purpose {
    /// Judging a change.
    Change,
    /// The same code on both sides: learning what noise looks like.
    Noise,
    /// The same code on both sides, the head slowed down by a known share: checking that it is found.
    Plant,
}

/// A pass of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Pass {
    /// The pass that finds.
    First,
    /// The independent second pass over what the first one found.
    Confirm,
}

/// Where the source of the benches of the base side came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum BenchSource {
    /// From the head: both sides run the same benches.
    Head,
    /// Each side has its own, because head's benches do not compile against the base.
    Own,
}

/// A delay planted from outside: the process was stopped for short slices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Planted {
    /// The delay asked for: 0.05 makes a time 5 % longer.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
    pub asked: Finite,
    /// The delay measured: stopped time over running time.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub measured: Finite,
}

/// How thoroughly a harness measures in each round. Values of two modes are never compared silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Mode {
    /// Short rounds.
    Quick,
    /// The harness's own lengths, with `PERF=1` set.
    Full,
    /// Results that existed before, or a harness without the distinction.
    AsFound,
}

impl Mode {
    /// The mode as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
            Self::AsFound => "as_found",
        }
    }
}

/// One benchmark with its rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Benchmark {
    /// What was measured.
    pub id: BenchmarkId,
    /// What one iteration processes, when the benchmark declares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// One entry per process that measured it, in order.
    pub rounds: Vec<Round>,
}

/// What one iteration processes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Throughput {
    /// Bytes (whether the harness prints them with decimal or binary prefixes).
    Bytes(u64),
    /// Elements.
    Elements(u64),
    /// Bits.
    Bits(u64),
    /// Both elements and bytes.
    ElementsAndBytes {
        /// Elements per iteration.
        elements: u64,
        /// Bytes per iteration.
        bytes: u64,
    },
}

/// One process execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Round {
    /// Counted from 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub round: u32,
    /// Time samples, when the harness takes samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    /// Single readings, when it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// What the program said that it did, when it gave an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Box<Proof>>,
}

/// Samples of a sampling harness, with its own estimate of the typical iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timing {
    /// How iterations were spread over samples.
    pub sampling: Sampling,
    /// Iterations of each sample.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), extend("items" = { "type": "number", "exclusiveMinimum": 0 })))]
    pub iters: Vec<f64>,
    /// Total time of each sample, in ns; as long as `iters`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), extend("items" = { "type": "number", "minimum": 0 })))]
    pub times: Vec<f64>,
    /// The harness's estimate for one iteration, in ns: the slope, or the mean where there is none.
    pub typical: Estimate,
}

/// How iterations were spread over samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Sampling {
    /// Growing counts: the slope is the estimate.
    Linear,
    /// Equal counts: the mean is the estimate.
    Flat,
}

/// A point with the harness's own confidence interval over samples of one process.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    /// The point estimate, in ns.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub value: Finite,
    /// The interval's lower end, in ns.
    pub lower: Finite,
    /// The interval's upper end, in ns.
    pub upper: Finite,
    /// The interval's confidence level, between 0 and 1.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
    pub level: Finite,
}

/// One value of one process execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reading {
    /// What was read, such as `wall` or `peak_rss`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub measure: String,
    /// The value, in `unit`.
    pub value: Finite,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
}
