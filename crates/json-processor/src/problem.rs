//! What can be wrong inside a record although each member has the right type. Must not know files.

use std::collections::BTreeMap;

use bench_model::BenchmarkId;
use bench_model::run::{Benchmark, Round, Run, Timing};
use serde::Serialize;

/// Something wrong at a place of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The place, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What was expected and what was found.
    pub message: String,
}

impl Problem {
    pub(crate) fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }

    /// The same problem of a part that stands at `prefix`.
    pub(crate) fn below(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// Every problem of a benchmark, with pointers inside it.
pub(crate) fn of_benchmark(benchmark: &Benchmark) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(error) = benchmark.id.metric("time") {
        problems.push(Problem::at("/id", error.to_string()));
    }
    let mut before = 0;
    let mut kinds = BTreeMap::new();
    for (index, round) in benchmark.rounds.iter().enumerate() {
        let mut add = |rest: &str, message: String| {
            problems.push(Problem::at(format!("/rounds/{index}{rest}"), message));
        };
        if round.round <= before {
            add("/round", format!("expected a round after {before}, found {}", round.round));
        }
        before = before.max(round.round);
        if let Some(timing) = &round.timing {
            for problem in of_timing(timing) {
                add(&format!("/timing{}", problem.pointer), problem.message);
            }
        }
        for (place, message) in of_readings(round, &mut kinds) {
            add(&format!("/readings/{place}"), message);
        }
    }
    problems
}

/// Every problem of a run's benchmarks, with pointers into the run.
pub(crate) fn of_run(run: &Run) -> Vec<Problem> {
    let mut ids = BTreeMap::<&BenchmarkId, usize>::new();
    let mut problems = Vec::new();
    for (index, benchmark) in run.benchmarks.iter().enumerate() {
        let prefix = format!("/benchmarks/{index}");
        problems.extend(of_benchmark(benchmark).into_iter().map(|problem| problem.below(&prefix)));
        if let Some(first) = ids.insert(&benchmark.id, index) {
            problems.push(Problem::at(prefix + "/id", format!("`{}` stands at /benchmarks/{first} too", benchmark.id)));
        }
    }
    if let Some(load) = &run.load {
        problems.extend(crate::load::of_load(load).into_iter().map(|problem| problem.below("/load")));
    }
    problems.extend(run.scale.as_deref().and_then(crate::scale::problem).map(|problem| problem.below("/scale")));
    problems
}

fn of_timing(timing: &Timing) -> Vec<Problem> {
    let mut problems = Vec::new();
    if timing.times.len() != timing.iters.len() {
        let message =
            format!("expected {} samples, as many as `iters`, found {}", timing.iters.len(), timing.times.len());
        problems.push(Problem::at("/times", message));
    }
    if timing.times.is_empty() {
        problems.push(Problem::at("/times", "expected at least one sample"));
    }
    let first = |values: &[f64], bad: fn(f64) -> bool| values.iter().position(|value| bad(*value));
    if let Some(at) = first(&timing.iters, |value| !(value.is_finite() && value > 0.0)) {
        problems.push(Problem::at(format!("/iters/{at}"), "expected a number above 0"));
    }
    if let Some(at) = first(&timing.times, |value| !(value.is_finite() && value >= 0.0)) {
        problems.push(Problem::at(format!("/times/{at}"), "expected a number of at least 0"));
    }
    let typical = &timing.typical;
    if typical.value.get() < 0.0 {
        problems.push(Problem::at("/typical/value", format!("expected at least 0, found {}", typical.value.get())));
    }
    if typical.lower > typical.upper {
        let message = format!("expected at most `upper` {}, found {}", typical.upper.get(), typical.lower.get());
        problems.push(Problem::at("/typical/lower", message));
    }
    if !(typical.level.get() > 0.0 && typical.level.get() < 1.0) {
        let message = format!("expected a level between 0 and 1, found {}", typical.level.get());
        problems.push(Problem::at("/typical/level", message));
    }
    problems
}

type Kinds<'a> = BTreeMap<&'a str, (bench_model::Unit, bench_model::Direction)>;

fn of_readings<'a>(round: &'a Round, kinds: &mut Kinds<'a>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for (index, reading) in round.readings.iter().enumerate() {
        let measure = reading.measure.as_str();
        let twice = round.readings.iter().take(index).any(|other| other.measure == measure);
        if twice || (measure == "time" && round.timing.is_some()) {
            problems.push((format!("{index}/measure"), format!("`{measure}` was measured twice in this round")));
        }
        if measure.is_empty() || measure.chars().any(char::is_control) {
            problems.push((format!("{index}/measure"), "expected a name without control characters".to_owned()));
        }
        let kind = (reading.unit, reading.direction);
        if *kinds.entry(measure).or_insert(kind) != kind {
            let message = format!("`{measure}` has another unit or direction than in an earlier round");
            problems.push((format!("{index}/unit"), message));
        }
    }
    problems
}
