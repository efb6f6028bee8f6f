//! Rounds put together, a benchmark each. Must not know: where a round's results come from.

use std::collections::BTreeMap;

use bench_model::run::{Benchmark, Round};
use bench_model::{BenchmarkId, Diagnostic, Failure};

use super::Found;
use crate::RunnerError;

/// Adds what one round found. A round in which a benchmark declares another throughput than in its first is dropped for
/// this benchmark, because rates of the two cannot be compared: each such round is an error.
pub(crate) fn add_round(
    benchmarks: &mut BTreeMap<BenchmarkId, Benchmark>,
    round: u32,
    found: Vec<Found>,
) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for Found { id, throughput, timing } in found {
        let entry = benchmarks.entry(id.clone()).or_insert_with(|| Benchmark { id, throughput, rounds: Vec::new() });
        if entry.throughput == throughput {
            entry.rounds.push(Round { round, timing: Some(timing), readings: Vec::new(), proof: None });
        } else {
            errors.push(RunnerError::Throughput { benchmark: entry.id.to_string(), round }.diagnostic());
        }
    }
    errors
}
