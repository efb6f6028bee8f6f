//! A scenario, as its file says it, checked. Must not know: how requests are sent.

mod digest;
mod file;
mod item;
mod model;
mod plan;
mod read;
mod request;
mod template;
mod threshold;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bench_model::load::ThresholdText;
use serde::Serialize;

pub use read::Overrides;
pub use template::{Draw, Piece, Secret, Template};

/// A scenario, ready to run: variables resolved, phases scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name, the file's stem.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// Where requests go: scheme, host, port and an optional path prefix.
    pub base_url: String,
    /// The version of HTTP.
    pub protocol: Protocol,
    /// How long an answer may take, from its send.
    pub timeout: Duration,
    /// Connections at most; requests that are due and find none free wait, and their wait counts.
    pub connections: u32,
    /// Headers of every request, names in lower case. May hold secrets.
    pub headers: Vec<(String, Template)>,
    /// Values that requests draw from, by name: fetched once before the first phase.
    pub data: BTreeMap<String, DataSource>,
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Requests, in the file's order.
    pub requests: Vec<Request>,
    /// Regions with their added delay; empty for none. Every request is sent from each in turn, and their series are never pooled.
    pub regions: Vec<Region>,
    /// What is posted to the service at the beginning of a phase, such as a cut of its dependency.
    pub events: Vec<Event>,
    /// Thresholds as written, each checked against metrics, tags, requests and phases of this scenario.
    pub thresholds: Vec<ThresholdText>,
    /// What the default service is started with, and whether it needs a dependency behind a proxy.
    pub service: Service,
    /// Which samples of `/metrics` become gauges.
    pub scrape: Vec<Scrape>,
    /// How phases were shortened.
    pub time_scale: f64,
}

/// The version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Protocol {
    /// HTTP/1.1, one request at a time on each connection.
    Http1,
    /// HTTP/2, many on each; over cleartext by prior knowledge.
    Http2,
}

/// A stretch of time with one kind of load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phase {
    /// Its name, such as `steady`.
    pub name: String,
    /// How long, scaled.
    pub duration: Duration,
    /// The shortest length that the time scale may give it: what its thresholds need to be decided.
    pub at_least: Duration,
    /// Whether it only prepares: it counts for no threshold that does not name it.
    pub warm_up: bool,
    /// Who decides when a request is due.
    pub model: Model,
    /// Weights that differ from the requests' own in this phase, by request name.
    pub weights: BTreeMap<String, f64>,
}

/// Who decides when a request is due. The two cannot be mixed in one phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Model {
    /// A schedule.
    Open(Arrivals),
    /// Users.
    Closed(Users),
}

/// Arrivals that do not wait for answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Arrivals {
    /// Requests per second at the beginning, above 0 or both.
    pub from: f64,
    /// Requests per second at the end; linear between.
    pub to: f64,
    /// How gaps are drawn.
    pub spacing: Spacing,
}

/// How the gaps between arrivals are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Spacing {
    /// As even as the rate permits.
    Even,
    /// Exponential, seeded.
    Poisson,
}

/// Users that wait for each answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Users {
    /// Users at the beginning.
    pub from: u32,
    /// Users at the end; linear between.
    pub to: u32,
    /// The pause after an answer, drawn evenly between both; zero for none.
    pub think_time: (Duration, Duration),
    /// How many requests all users send together before the phase ends early; none for the duration alone.
    pub iterations: Option<u64>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// Its name in series and thresholds.
    pub name: String,
    /// How often it is drawn, relative to the others; 0 for never unless a phase says so.
    pub weight: f64,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: Template,
    /// Further headers.
    pub headers: Vec<(String, Template)>,
    /// The body, when there is one.
    pub body: Option<Body>,
    /// Statuses that are no failure; `2xx` and `3xx` when the file says nothing.
    pub accept: Vec<StatusPattern>,
    /// What an answer must satisfy.
    pub checks: Vec<Check>,
    /// Values taken from the answer, by variable name: JSON pointers. Drawn from by later requests; the last 1,000 are kept.
    pub capture: BTreeMap<String, String>,
    /// Further tags of its series.
    pub tags: BTreeMap<String, String>,
}

/// A body.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Body {
    /// JSON.
    Json(JsonTemplate),
    /// Text.
    Text(Template),
}

/// JSON whose strings are templates. A string that is nothing but one placeholder becomes the drawn value, whatever its type; keys
/// take no placeholders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum JsonTemplate {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    String(Template),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object.
    Object(BTreeMap<String, JsonTemplate>),
}

/// `200`, or a class such as `4xx` by its hundreds digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StatusPattern {
    /// One status.
    Exact(u16),
    /// A class, 1 to 5.
    Class(u16),
}

/// What an answer must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Its name in series and thresholds.
    pub name: String,
    /// The demand.
    pub demand: Demand,
}

/// A demand on an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Demand {
    /// The status is this.
    Status(StatusPattern),
    /// There is a value at this JSON pointer.
    Exists(String),
    /// The value at this JSON pointer equals this, filled as the request's own placeholders were.
    Equals(String, JsonTemplate),
    /// The value at this JSON pointer, as text, matches this regular expression.
    Matches(String, String),
    /// The number at this JSON pointer lies between both, ends included; no end is no bound.
    Within(String, Option<f64>, Option<f64>),
}

/// Where drawn values come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum DataSource {
    /// A JSON Lines file beside the scenario.
    File(PathBuf),
    /// A path of the service and the JSON pointer of the list in its answer.
    Get(String, String),
}

/// A region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Region {
    /// Its name, the value of the tag `region`.
    pub name: String,
    /// Delay added to each direction's first byte by a proxy: the round trip grows by this.
    pub delay: Duration,
    /// The share of chunks delayed by a retransmission's time, as on a lossy path.
    pub loss: f64,
}

/// Something posted at the beginning of a phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// The phase.
    pub phase: String,
    /// What happens.
    pub action: Action,
}

/// What happens at the beginning of a phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Action {
    /// A JSON body posted to a path of the service.
    Post(String, serde_json::Value),
    /// The proxy before the service's dependency is cut.
    CutDependency,
    /// It is healed.
    HealDependency,
}

/// How the default service is started for this scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Service {
    /// Further arguments.
    pub args: Vec<String>,
    /// Whether a second instance behind a proxy serves as its dependency (`--upstream`).
    pub dependency: bool,
    /// What it may use at most.
    pub limits: Limits,
}

/// What the default service may use at most; absent is: whatever there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Limits {
    /// Processors.
    pub cpus: Option<u32>,
    /// Open file descriptors.
    pub descriptors: Option<u64>,
    /// Address space, in bytes.
    pub memory: Option<u64>,
}

/// A sample of `/metrics` that becomes a gauge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scrape {
    /// The gauge's name in thresholds.
    pub name: String,
    /// What it is.
    pub expression: ScrapeExpression,
}

/// What a scraped gauge is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum ScrapeExpression {
    /// A sample as it is: name with an optional label selector; several that match are summed.
    Sample(String),
    /// `share(a, b, …)`: the growth of the first by the growth of all since the run began: hits and misses to a hit ratio.
    Share(Vec<String>),
    /// `ratio(a, b)`: the first by the second as they are: connections in use by the pool's size.
    Ratio(String, String),
    /// `per_hour(a)`: what a counter grew by over the measured time, for an hour of it.
    PerHour(String),
    /// `mean(a)`: what a histogram or summary counted over the measured time, on average: the growth of `a_sum` by that of `a_count`.
    Mean(String),
    /// `by(label, a)`: one gauge of this name for each value that the label has, told apart by the label as a tag.
    By(String, String),
}
