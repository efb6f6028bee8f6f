//! Single sizes as rows of a table. Must not know: laws.

use bench_model::scale::{Axis, ScaleLevel};
use bench_model::unit::rounded;
use bench_model::words::amount;
use bench_model::{Finite, Unit};
use serde::Serialize;

use crate::chart::wants_processors;

/// A size, all its rounds together. What was not measured is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeRow {
    /// The size.
    pub at: u32,
    /// How many rounds measured it.
    pub rounds: u32,
    /// Requests answered without failure per second.
    pub throughput: String,
    /// Its interval, such as `4240 to 4500`.
    pub interval: Option<String>,
    /// The 95th percentile of latency.
    pub p95: Option<String>,
    /// How long a request waited for a database connection in the mean.
    pub pool_wait: Option<String>,
    /// Processors that the service kept busy.
    pub cpu: Option<String>,
    /// Processors that the generator kept busy.
    pub generator_cpu: Option<String>,
    /// The service's memory.
    pub memory: Option<String>,
    /// Throughput by what as many of size 1 would give.
    pub efficiency: Option<String>,
    /// Failed requests by all.
    pub failed: String,
    /// What keeps the figures from being the service's alone.
    pub notes: Vec<String>,
}

pub(super) fn row(level: &ScaleLevel, axis: Axis) -> SizeRow {
    let rate = |rate: Finite| rounded(rate.get(), 4);
    let time = |time: Option<Finite>| time.map(|time| amount(time, Unit::Nanoseconds));
    let share = |share: Finite| amount(share, Unit::Ratio);
    let processors = |busy: Finite| format!("{:.2}", busy.get());
    let mut notes = Vec::new();
    if level.beyond_cores && wants_processors(axis) {
        notes.push("more than processors".to_owned());
    }
    match (level.limited_rounds, level.rounds) {
        (0, _) => {}
        (limited, rounds) if limited >= rounds => notes.push("the generator was the limit".to_owned()),
        (limited, rounds) => notes.push(format!("the generator was the limit in {limited} of {rounds} rounds")),
    }
    SizeRow {
        at: level.at,
        rounds: level.rounds,
        throughput: rate(level.throughput.value),
        interval: level
            .throughput
            .interval
            .map(|interval| format!("{} to {}", rate(interval.lower), rate(interval.upper))),
        p95: time(level.p95),
        pool_wait: time(level.pool_wait),
        cpu: level.service_cpu.map(processors),
        generator_cpu: level.generator_cpu.map(processors),
        memory: level.service_memory.map(|memory| amount(memory, Unit::Bytes)),
        efficiency: level.efficiency.map(share),
        failed: share(level.error_rate),
        notes,
    }
}
