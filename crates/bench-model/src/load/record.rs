//! `run.json`'s part for load: what was planned, what was sent, and what came back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Buckets, Distribution};
use crate::{Finite, Sha256};

/// The tag of a series that counts again what others count: a row that a tool made of all its requests, or of those that a selector
/// chooses. Its value is the selector it answers for, such as `scenario:x`, or `all` for everything together; it answers for no
/// other, and is never added up with others. Its `sent` is 0 where the tool does not tell how many there were.
pub const VIEW: &str = "view";
/// The request of a series that holds what an engine counts by iteration and not by request: checks, and dropped iterations as
/// `unsent`. It is added up with the others and is no request.
pub const ITERATIONS: &str = "(iterations)";

/// A load run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Load {
    /// The scenario's name, such as `trust-engine-smoke`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub scenario: String,
    /// SHA-256 of what the scenario sends and when (thresholds and texts left out), when it is known. Part of the epoch: values of
    /// two plans are never compared silently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_sha256: Option<Sha256>,
    /// What generated the load.
    pub engine: Engine,
    /// Where it went: scheme, host and port, nothing else. Absent when a tool did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How phases were shortened: 1 is the scenario's own lengths.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
    pub time_scale: Finite,
    /// The seed of every random choice, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Phases in order.
    pub phases: Vec<LoadPhase>,
    /// One entry per request, phase and set of tags.
    pub series: Vec<Series>,
    /// The length of a window, in seconds.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
    pub window_s: Finite,
    /// Windows in order of time, all requests together (per region where the scenario has regions: those are never pooled).
    pub windows: Vec<Window>,
    /// What the service and the generator used, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<Usage>,
    /// What the service, or a Prometheus server, said about itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gauges: Vec<Gauge>,
    /// Thresholds that the scenario sets, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<ThresholdText>,
    /// What another engine said about its own thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engine_thresholds: Vec<EngineThreshold>,
    /// Why the run ended before its plan did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// How late the generator's own timer was: from the moment a request was due to the moment the pacer woke for it, before any wait
    /// for a connection, warm-up left out, in ns. A service that stalls makes a request's `lag` long, and never this one; a
    /// generator that does not get the processor makes both long. Absent where an engine does not measure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick_lag: Option<Buckets>,
    /// Why all latencies are only lower bounds, each in a sentence: iterations were dropped, data are lost, requests without an answer
    /// count as 0 ms, a closed loop did not hold the rate that was asked for. Plain remarks are warnings of the run, and that latency
    /// begins at the send is said by `engine.times_from_due`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// What generated the load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Engine {
    /// `perfledger`, `k6`, `locust`, `vegeta`, `oha`, `wrk`, `wrk2`, `hey`.
    pub name: String,
    /// Its version, when it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Worker processes, where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// Whether it times a request from when it was due, and not from when it was sent at last.
    pub times_from_due: bool,
}

/// Worker processes of a distributed engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workers {
    /// How many were asked for.
    pub expected: u32,
    /// How many were ready when load began.
    pub ready: u32,
    /// How many were lost while it ran.
    pub lost: u32,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoadPhase {
    /// Its name, such as `steady`.
    pub name: String,
    /// When it began, in seconds since the first phase did.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub start_s: Finite,
    /// How long it was to last, in seconds; absent where an engine does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_s: Option<Finite>,
    /// How long it lasted, in seconds.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub measured_s: Finite,
    /// Who decides when a request is due.
    pub model: LoadModel,
    /// Whether it only prepares: its requests are shown, and count for no threshold that does not name it.
    pub warm_up: bool,
    /// Requests (open) that were due; absent for a closed model, where nothing is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<u64>,
}

/// Who decides when a request is due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LoadModel {
    /// A schedule: arrivals do not wait for answers.
    Open {
        /// Requests per second at the beginning.
        from: Finite,
        /// Requests per second at the end; linear between.
        to: Finite,
        /// Whether gaps are exponential (Poisson arrivals) instead of even.
        poisson: bool,
    },
    /// Users: each sends when the answer before it is there.
    Closed {
        /// Users at the beginning.
        from: u32,
        /// Users at the end; linear between.
        to: u32,
    },
    /// An engine did not say.
    Unknown,
}

/// One request in one phase (and region, and other tags).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// The request's name.
    pub request: String,
    /// The phase's name; absent when an engine does not tell phases apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Further tags, such as `region`.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Requests that were due; absent in a closed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<u64>,
    /// Requests sent.
    pub sent: u64,
    /// Requests answered, whatever the status.
    pub completed: u64,
    /// Requests that failed: no answer, a status or a check that the scenario does not accept. Those without answer are in here, too.
    pub failed: u64,
    /// Requests that were due and never sent.
    #[serde(default)]
    pub unsent: u64,
    /// Requests sent and unanswered when the run ended.
    #[serde(default)]
    pub in_flight: u64,
    /// Failures by kind: `connect`, `timeout`, `tls`, `dns`, `closed`, `protocol`, `status`, `check`, or as an engine names them.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Answers by status code.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, u64>,
    /// Checks by name.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, CheckCount>,
    /// Bytes of answers' bodies; absent where an engine does not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_bytes: Option<u64>,
    /// Bytes of requests' bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_bytes: Option<u64>,
    /// From when a request was due to its whole answer: what a user waits. For an engine that does not time from there, from the send.
    /// Failed requests that got no answer are not in it, but in `errors`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Distribution>,
    /// Requests without an answer at the end of the run (unsent or in flight) and those that ran into their timeout, by how long they had
    /// lasted: their latencies are at least that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Buckets>,
    /// From the send to the whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Buckets>,
    /// From due to sent: the generator's own delay, and the wait for a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Buckets>,
    /// Parts of a request's time by name: `dns`, `connect`, `tls`, `first_byte`.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, Buckets>,
    /// The service's own stages by name, as its `Server-Timing` header tells them.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, Buckets>,
}

/// How often a check held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckCount {
    /// It held.
    pub passed: u64,
    /// It did not.
    pub failed: u64,
}

/// What happened in one window of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// Its beginning, in seconds since the first phase began.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub at_s: Finite,
    /// The phase it began in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The region, where the scenario has regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Requests that were due in it; absent in a closed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<u64>,
    /// Requests sent in it.
    pub sent: u64,
    /// Requests whose answer ended in it.
    pub completed: u64,
    /// Requests that failed in it.
    pub failed: u64,
    /// Requests in flight, or users, at its end; absent where an engine does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u64>,
    /// Users at its end, in a closed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Failures by kind.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Answers by status code.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, u64>,
    /// The latency of requests that were due in this window (not: answered), in ns. Absent where none was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<Finite>,
    /// As `p50`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<Finite>,
    /// As `p50`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Finite>,
}

/// Who used what a reading tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Source {
    /// The service under load, with its child processes.
    Service,
    /// The process that generates the load.
    Generator,
    /// The whole machine.
    Machine,
}

/// What was in use at one moment. Absent is: not told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// When, in seconds since the first phase began.
    pub at_s: Finite,
    /// Whose.
    pub of: Source,
    /// Processor time since the reading before, as a ratio of one processor's time: 2 is two busy ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Finite>,
    /// Time waited for disks since the reading before, as a ratio of all processors' time; the machine's only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_wait: Option<Finite>,
    /// Resident memory, in bytes (of the machine: in use).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Open file descriptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
    /// Threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u64>,
    /// Bytes per second received by its network namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Finite>,
    /// Bytes per second sent by its network namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmitted: Option<Finite>,
    /// Bytes per second read from disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Finite>,
    /// Bytes per second written to disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Finite>,
    /// How often it was found restarted (or gone) up to now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u32>,
}

/// A value over time that the service or a Prometheus server told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gauge {
    /// Its name in thresholds, such as `cache_hit_ratio`. An engine's own rates and trends are one gauge for each figure, called as
    /// the metric with its tags, a dot and the figure: `queue_wait.p(95)`, `cache_hit{scenario:x}.rate`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub name: String,
    /// Where it came from: the sample's name and labels, or the query. What an engine measured itself begins with the engine's name
    /// and a blank, as in `k6 trend queue_wait`: its times are in the engine's unit, for k6 ms.
    pub from: String,
    /// Whether it only grows: its rate is what tells.
    pub counter: bool,
    /// `[seconds since the first phase began, value]`, ascending in time.
    pub points: Vec<(Finite, Finite)>,
}

/// A threshold, as written: k6's metric with its tags, and the expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThresholdText {
    /// Such as `http_req_duration{phase:burst}`.
    pub metric: String,
    /// Such as `p(95)<200`.
    pub expression: String,
}

/// What another engine said about one of its thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EngineThreshold {
    /// The threshold.
    pub threshold: ThresholdText,
    /// Whether the engine called it met.
    pub passed: bool,
}

/// Why a run ended before its plan did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cut {
    /// When, in seconds since the first phase began.
    pub at_s: Finite,
    /// Why, in a sentence.
    pub reason: String,
}
