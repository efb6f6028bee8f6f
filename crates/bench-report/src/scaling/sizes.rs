//! Single sizes as rows of a table. Must not know: laws.

use bench_model::scale::{Axis, Estimated, ScaleLevel};
use bench_model::unit::rounded;
use bench_model::words::amount;
use bench_model::{Finite, Unit};
use serde::Serialize;

use crate::chart::no_evidence;
use crate::visible::shown;

/// A size, all its rounds together. What was not measured is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeRow {
    /// The size.
    pub at: u32,
    /// How many rounds measured it.
    pub rounds: u32,
    /// Requests answered without failure per second, or `no evidence`.
    pub throughput: String,
    /// Its interval, such as `4240 to 4500`.
    pub interval: Option<String>,
    /// The 95th percentile of latency.
    pub p95: Option<String>,
    /// Its interval.
    pub p95_interval: Option<String>,
    /// How long a request waited for a database connection in the mean.
    pub pool_wait: Option<String>,
    /// Its interval.
    pub pool_wait_interval: Option<String>,
    /// Processors that the service kept busy.
    pub cpu: Option<String>,
    /// Processors that the generator kept busy.
    pub generator_cpu: Option<String>,
    /// The service's memory.
    pub memory: Option<String>,
    /// Throughput by what as many of size 1 would give.
    pub efficiency: Option<String>,
    /// Its interval.
    pub efficiency_interval: Option<String>,
    /// Failed requests by all.
    pub failed: String,
    /// What keeps the figures from being the service's alone.
    pub notes: Vec<String>,
}

pub(super) fn row(level: &ScaleLevel, axis: Axis) -> SizeRow {
    let rate = |rate: Finite| rounded(rate.get(), 4);
    let time = |time: Finite| amount(time, Unit::Nanoseconds);
    let share = |share: Finite| amount(share, Unit::Ratio);
    let processors = |busy: Finite| format!("{:.2}", busy.get());
    let mut notes = Vec::new();
    if level.beyond_cores && axis.takes_processors() {
        notes.push("more than processors".to_owned());
    }
    let unusable = no_evidence(level).map(|text| shown(&text));
    match (level.limited_rounds, level.rounds) {
        (0, _) => {}
        // Nothing is known of this size: what the limit was, does not matter.
        (_, _) if unusable.is_some() => {}
        (limited, rounds) if limited >= rounds => notes.push("the generator was the limit".to_owned()),
        (limited, rounds) => notes.push(format!("the generator was the limit in {limited} of {rounds} rounds")),
    }
    let throughput = match &unusable {
        Some(_) => "no evidence".to_owned(),
        None => rate(level.throughput.value),
    };
    notes.extend(unusable);
    SizeRow {
        at: level.at,
        rounds: level.rounds,
        throughput,
        interval: interval(Some(&level.throughput), rate),
        p95: level.p95.map(|p95| time(p95.value)),
        p95_interval: interval(level.p95.as_ref(), time),
        pool_wait: level.pool_wait.map(|wait| time(wait.value)),
        pool_wait_interval: interval(level.pool_wait.as_ref(), time),
        cpu: level.service_cpu.map(|cpu| processors(cpu.value)),
        generator_cpu: level.generator_cpu.map(processors),
        memory: level.service_memory.map(|memory| amount(memory.value, Unit::Bytes)),
        efficiency: level.efficiency.map(|efficiency| share(efficiency.value)),
        efficiency_interval: interval(level.efficiency.as_ref(), share),
        failed: share(level.error_rate),
        notes,
    }
}

/// `4240 to 4500`.
fn interval(it: Option<&Estimated>, shown: impl Fn(Finite) -> String) -> Option<String> {
    let interval = it?.interval?;
    Some(format!("{} to {}", shown(interval.lower), shown(interval.upper)))
}
