//! The samples of a metric's rounds, in the metric's unit.
//! Must not know: what they are shown in.

use bench_model::Unit;
use bench_model::perf::Metric;
use bench_model::run::{Benchmark, Round, Run, Throughput};

use crate::chart::RoundSamples;

/// Each round's value as the report has it, with its samples where the run is at hand.
pub(super) fn rounds(run: Option<&Run>, metric: &Metric) -> Vec<RoundSamples> {
    let benchmark = run.and_then(|run| run.benchmarks.iter().find(|benchmark| benchmark.id == metric.benchmark));
    let mut samples: Vec<Vec<f64>> = benchmark
        .map(|benchmark| {
            let per_iteration = amount(benchmark, metric);
            benchmark.rounds.iter().map(|round| samples(round, per_iteration)).collect()
        })
        .unwrap_or_default();
    // Rounds that did not yield this metric leave no value, and then one cannot tell which samples belong to which.
    if samples.len() != metric.rounds.len() {
        samples = vec![Vec::new(); metric.rounds.len()];
    }
    let rounds = metric.rounds.iter().zip(samples);
    rounds.map(|(typical, samples)| RoundSamples { typical: typical.get(), samples }).collect()
}

/// What turns a time into the metric.
#[derive(Clone, Copy)]
enum Per {
    /// The time itself.
    Time,
    /// So much is done in that time.
    Amount(f64),
    /// Not made of times.
    Neither,
}

fn amount(benchmark: &Benchmark, metric: &Metric) -> Per {
    match (metric.unit, benchmark.throughput) {
        (Unit::Nanoseconds, _) if metric.measure == "time" => Per::Time,
        (
            Unit::BytesPerSecond,
            Some(Throughput::Bytes(amount) | Throughput::ElementsAndBytes { bytes: amount, .. }),
        )
        | (
            Unit::PerSecond,
            Some(Throughput::Elements(amount) | Throughput::ElementsAndBytes { elements: amount, .. }),
        )
        | (Unit::BitsPerSecond, Some(Throughput::Bits(amount))) => Per::Amount(amount as f64),
        (
            Unit::Nanoseconds
            | Unit::Bytes
            | Unit::BytesPerSecond
            | Unit::BitsPerSecond
            | Unit::PerSecond
            | Unit::Count
            | Unit::Ratio,
            _,
        ) => Per::Neither,
    }
}

fn samples(round: &Round, per: Per) -> Vec<f64> {
    let Some(timing) = &round.timing else { return Vec::new() };
    let times = timing.iters.iter().zip(&timing.times).map(|(iterations, time)| time / iterations);
    match per {
        Per::Time => times.collect(),
        Per::Amount(amount) => times.map(|time| amount / time * 1e9).collect(),
        Per::Neither => Vec::new(),
    }
}
