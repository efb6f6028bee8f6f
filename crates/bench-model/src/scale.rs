//! A scalability run: the same load at several sizes of one thing, each size several times, in an order that drift does not favour.
//! Raw points in `run.json` ([`Scale`]), and what they say in `perf.json` ([`ScaleSummary`]).
//! Must not know: how a law is fitted, or what is made of it.

use serde::{Deserialize, Serialize};

use crate::perf::Interval;
use crate::{Finite, Sha256};

/// What is varied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Axis {
    /// Processes of the service that share one address.
    Processes,
    /// Threads of one process of the service.
    Threads,
    /// Connections of the service to its database.
    Pool,
    /// Connections to the service, each with one request at a time.
    Connections,
}

impl Axis {
    /// The axis as written in files and flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Threads => "threads",
            Self::Pool => "pool",
            Self::Connections => "connections",
        }
    }

    /// So many of what is varied, in words: `1 process`, `3 pooled connections`.
    pub fn counted(self, number: u32) -> String {
        let (one, many) = self.names();
        crate::words::count(number, one, many)
    }

    /// Whether each of what is varied wants a processor of its own to do its work. A connection waits most of the time, for its client or
    /// for a database.
    pub const fn takes_processors(self) -> bool {
        match self {
            Self::Processes | Self::Threads => true,
            Self::Pool | Self::Connections => false,
        }
    }

    /// What one and what several of what is varied are called.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Processes => ("process", "processes"),
            Self::Threads => ("thread", "threads"),
            Self::Pool => ("pooled connection", "pooled connections"),
            Self::Connections => ("connection", "connections"),
        }
    }
}

impl std::fmt::Display for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All points of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scale {
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of what is sent and when.
    pub plan_sha256: Sha256,
    /// What was varied.
    pub axis: Axis,
    /// The machine's processors, which service and generator shared.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub cores: u32,
    /// How many times each size was to be measured.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub repeats: u32,
    /// The points, in the order in which they were measured.
    pub points: Vec<ScalePoint>,
}

/// One size, measured once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalePoint {
    /// The size.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub at: u32,
    /// Which time it was measured, from 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub round: u32,
    /// How long load was sent, warm-up left out, in seconds.
    pub seconds: Finite,
    /// Requests answered without failure.
    pub completed: u64,
    /// Requests that failed, or that nobody answered.
    pub failed: u64,
    /// Requests answered without failure per second.
    pub throughput: Finite,
    /// Latency, in ns; absent when nothing was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<ScaleLatency>,
    /// How long a request waited for a database connection in the mean, in ns, where the service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_wait: Option<Finite>,
    /// Processors that the service kept busy in the mean: 1.5 is one and a half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_cpu: Option<Finite>,
    /// The service's largest resident memory, in bytes, all its processes together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_memory: Option<Finite>,
    /// Processors that the generator kept busy in the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_cpu: Option<Finite>,
    /// Why the point does not say what the service can do at this size, when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<Limited>,
}

/// Why a point does not say what the service can do at its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limited {
    /// What kept it from that.
    pub by: LimitedBy,
    /// How, in words.
    pub why: String,
}

/// What keeps a point from saying what the service can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LimitedBy {
    /// The generator was busy: the service did this much, and nothing is known of what it could have done beyond.
    Generator,
    /// The point is no measurement of this size: a process of the service ended, hardly anything was answered, or most of it failed.
    NoEvidence,
}

/// Latency of one point, in ns, from when a request was due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScaleLatency {
    /// The median.
    pub p50: Finite,
    /// The 95th percentile.
    pub p95: Finite,
    /// The 99th percentile.
    pub p99: Finite,
}

/// What the points of a run say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScaleSummary {
    /// The scenario's name.
    pub scenario: String,
    /// What was varied.
    pub axis: Axis,
    /// The machine's processors, which service and generator shared.
    pub cores: u32,
    /// Each size, ascending.
    pub levels: Vec<ScaleLevel>,
    /// The law that describes them, or why none does.
    pub law: Law,
    /// What each further thousand connections cost the service in memory, in bytes, where that is a straight line; of no other axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_per_thousand: Option<Estimated>,
    /// What to know before trusting the law, each in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One size, all its rounds together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScaleLevel {
    /// The size.
    pub at: u32,
    /// How many rounds measured it.
    pub rounds: u32,
    /// Requests answered without failure per second. With rounds that are no evidence ([`Self::unusable_rounds`]) it is what was answered,
    /// without an interval, and no measurement of the size.
    pub throughput: Estimated,
    /// The typical value (geometric mean over rounds) of the 95th percentile of latency, in ns. As all that follows, absent with rounds
    /// that are no evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<Estimated>,
    /// The typical value (geometric mean over rounds) of the mean wait for a database connection, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_wait: Option<Estimated>,
    /// The typical value (geometric mean over rounds) of the processors that the service kept busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_cpu: Option<Estimated>,
    /// The typical value (geometric mean over rounds) of the processors that the generator kept busy: what the service could not have on
    /// one machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_cpu: Option<Finite>,
    /// The typical value (geometric mean over rounds) of the service's largest resident memory, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_memory: Option<Estimated>,
    /// Throughput by what as many times size 1 would give: 1 is linear. Absent where size 1 was not measured, and where one of the two
    /// sizes has no say; without an interval at size 1 itself, which is 1 by what it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficiency: Option<Estimated>,
    /// Failed requests by all.
    pub error_rate: Finite,
    /// Whether it is larger than the machine has processors.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond_cores: bool,
    /// Rounds in which the generator was the limit: nothing is known of the service beyond. A level with any has no say in the law.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limited_rounds: u32,
    /// Rounds that are no evidence of the size. A level with any has no say in the law, and no figures but what was answered and failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unusable_rounds: u32,
    /// Why the first of those rounds is none; present where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable_why: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A value with its interval, where there is evidence for one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimated {
    /// The value.
    pub value: Finite,
    /// Its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// How throughput follows size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fit", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Law {
    /// A law describes the points.
    Fitted(Box<FittedLaw>),
    /// None does, or there are too few points to say.
    Refused {
        /// Why.
        why: String,
    },
}

/// The Universal Scalability Law, X(N) = λN / (1 + σ(N - 1) + κN(N - 1)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FittedLaw {
    /// Which of its two terms the points show.
    pub kind: LawKind,
    /// The smallest size with a say in it.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub fewest: u32,
    /// The largest size with a say in it: what the law gives beyond, nobody measured.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub most: u32,
    /// λ: requests per second of one.
    pub rate: Estimated,
    /// σ: the share that cannot be done side by side.
    pub contention: Estimated,
    /// κ: what keeping each in step with each other costs.
    pub coherency: Estimated,
    /// The share of the points' variance that the law explains; absent where they do not vary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_squared: Option<Finite>,
    /// The standard deviation of points around the law, as a ratio.
    pub residual: Finite,
    /// Amdahl's law alone through the same points, for comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amdahl: Option<AmdahlFit>,
    /// Where throughput is largest, or why that is not known.
    pub peak: Peak,
}

/// Amdahl's law, X(N) = λN / (1 + σ(N - 1)), as it suits the points best: κ is held at 0, whether the points bear that or not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AmdahlFit {
    /// λ: requests per second of one.
    pub rate: Finite,
    /// σ: the share that cannot be done side by side.
    pub contention: Finite,
    /// The standard deviation of points around this law, as a ratio.
    pub residual: Finite,
}

/// Which terms of the law the points show, beyond what accident explains. The parameters are the whole law's, whichever it is: a term that
/// is not shown is known by its interval alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LawKind {
    /// Neither: nothing speaks against as much from each as from one.
    Linear,
    /// Contention and not coherency, as in Amdahl's law (κ = 0): throughput levels off and does not fall.
    Amdahl,
    /// Coherency: throughput falls from some size on.
    Universal,
}

/// Where throughput is largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "known", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Peak {
    /// Within what the points support.
    At {
        /// √((1 - σ) / κ).
        size: Estimated,
        /// Requests per second there.
        throughput: Estimated,
    },
    /// Not within it.
    Unknown {
        /// Why.
        why: String,
    },
}
