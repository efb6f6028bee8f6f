//! What a point says, from what the engine counted and what was seen of the processes. Must not know: how either was got.

use bench_model::load::{Buckets, Distribution, LoadPhase, Quantile, Series, Source, Usage};
use bench_model::scale::{Limited, LimitedBy, ScaleLatency, ScalePoint};
use bench_model::words::unsigned_percent;
use bench_model::{Finite, words};

use crate::engine::Outcome;
use crate::observe::Observed;

/// The name of the gauge with the mean wait for a connection of the pool, in seconds.
pub(super) const POOL_WAIT: &str = "db_pool_wait";
/// A generator that keeps its threads busier than this has no time left to send more.
const BUSY: f64 = 0.9;
/// Others may have this share of the machine, unsaid.
const OTHERS: f64 = 0.1;
/// The fewest answers that are a measurement, as for every load run.
const ANSWERS: u64 = 30;
/// A service that fails more than this share was not doing the work that is measured.
const FAILING: f64 = 0.5;

/// The point, from the one phase that is measured; `None` where it did not begin.
pub(super) fn point(at: u32, round: u32, outcome: &Outcome, observed: &Observed, threads: u16) -> Option<ScalePoint> {
    let phase = outcome.phases.iter().find(|phase| !phase.warm_up)?;
    let series: Vec<&Series> =
        outcome.series.iter().filter(|series| series.phase.as_ref() == Some(&phase.name)).collect();
    let sum = |figure: fn(&Series) -> u64| series.iter().map(|series| figure(series)).fold(0, u64::saturating_add);
    let (sent, answered, in_flight) = (sum(|s| s.sent), sum(|s| s.completed), sum(|s| s.in_flight));
    let failed = sum(|s| s.failed);
    // Of those that failed, the ones without an answer are not among the answered.
    let unanswered = sent.saturating_sub(answered).saturating_sub(in_flight);
    let completed = answered.saturating_sub(failed.saturating_sub(unanswered));
    let failed = failed.saturating_add(in_flight);
    let seconds = phase.measured_s.get();
    let generator_cpu = mean_cpu(observed, Source::Generator, phase);
    let finite = |value: f64| Finite::try_from(value).ok();
    Some(ScalePoint {
        at,
        round,
        seconds: phase.measured_s,
        completed,
        failed,
        throughput: finite(completed as f64 / seconds).filter(|_| seconds > 0.0)?,
        latency: latency(&series),
        pool_wait: last(observed, POOL_WAIT).and_then(|seconds| finite(seconds * 1e9)),
        service_cpu: mean_cpu(observed, Source::Service, phase).and_then(finite),
        service_memory: most_memory(observed, phase).and_then(|bytes| finite(bytes as f64)),
        generator_cpu: generator_cpu.and_then(finite),
        limited: no_evidence(completed, failed, observed)
            .map(|why| Limited { by: LimitedBy::NoEvidence, why })
            .or_else(|| Some(Limited { by: LimitedBy::Generator, why: busy_generator(generator_cpu, threads)? })),
    })
}

/// Processors that neither service nor generator kept busy, in the mean; what they cannot have.
pub(super) fn busy_others(outcome: &Outcome, observed: &Observed) -> Option<f64> {
    let phase = outcome.phases.iter().find(|phase| !phase.warm_up)?;
    let cpu = |of| mean_cpu(observed, of, phase);
    Some(cpu(Source::Machine)? - cpu(Source::Service)? - cpu(Source::Generator)?)
}

/// What others on the machine mean for the points, in a sentence, where they had more than a tenth of it.
pub(super) fn others(points: &[f64], cores: u32) -> Option<String> {
    let share = |busy: &&f64| **busy > OTHERS * f64::from(cores);
    let most = points.iter().copied().fold(0.0, f64::max);
    let number = points.iter().filter(share).count();
    let told = || {
        format!(
            "at {number} of {} something else kept up to {most:.1} of {cores} processors busy: a database on this machine, or what else runs on it",
            words::count(points.len(), "point", "points")
        )
    };
    (number > 0).then(told)
}

/// Why a point is no measurement of its size. A service that lost a process on the way is not of the size that it is called.
fn no_evidence(completed: u64, failed: u64, observed: &Observed) -> Option<String> {
    let gone = |usage: &Usage| usage.of == Source::Service && usage.restarts.is_some_and(|gone| gone > 0);
    if observed.usage.iter().any(gone) {
        return Some("a process of the service ended while it was measured".into());
    }
    if completed < ANSWERS {
        return Some(format!("{} in all, where {ANSWERS} are the least", words::count(completed, "answer", "answers")));
    }
    let share = failed as f64 / completed.saturating_add(failed) as f64;
    (share > FAILING).then(|| format!("{} of requests failed", unsigned_percent(share)))
}

/// How the generator was the limit. A closed load has no schedule that it could be late for: it shows in its processors alone.
fn busy_generator(cpu: Option<f64>, threads: u16) -> Option<String> {
    let busy = cpu.filter(|cpu| *cpu > BUSY * f64::from(threads))?;
    let threads = words::count(threads, "thread", "threads");
    Some(format!("the generator kept {busy:.2} processors busy with {threads}, and could not have sent more"))
}

fn latency(series: &[&Series]) -> Option<ScaleLatency> {
    let all = series.iter().filter_map(|series| match &series.latency {
        Some(Distribution::Buckets(buckets)) => Some(buckets.clone()),
        Some(Distribution::Summary(_)) | None => None,
    });
    let all = all.reduce(|all, next| all.merged(&next))?;
    let open = series.iter().filter_map(|series| series.open.clone()).reduce(|all: Buckets, next| all.merged(&next));
    let at = |percent| match all.percentile_beside(percent, open.as_ref())? {
        Quantile::Known(value) => Some(value),
        Quantile::AtLeast(_) => None,
    };
    Some(ScaleLatency { p50: at(50.0)?, p95: at(95.0)?, p99: at(99.0)? })
}

fn within(phase: &LoadPhase, at: Finite) -> bool {
    let (start, at) = (phase.start_s.get(), at.get());
    (start..=start + phase.measured_s.get()).contains(&at)
}

fn readings<'a>(observed: &'a Observed, of: Source, phase: &LoadPhase) -> Vec<&'a Usage> {
    observed.usage.iter().filter(|usage| usage.of == of && within(phase, usage.at_s)).collect()
}

/// Processors in the mean between the first and the last reading of the phase: each reading's rate counts from the one before it.
fn mean_cpu(observed: &Observed, of: Source, phase: &LoadPhase) -> Option<f64> {
    let readings = readings(observed, of, phase);
    let (mut used, mut time) = (0.0, 0.0);
    for both in readings.windows(2) {
        let [before, after] = both else { continue };
        let passed = after.at_s.get() - before.at_s.get();
        if let Some(cpu) = after.cpu {
            used += cpu.get() * passed;
            time += passed;
        }
    }
    (time > 0.0).then(|| used / time)
}

fn most_memory(observed: &Observed, phase: &LoadPhase) -> Option<u64> {
    readings(observed, Source::Service, phase).iter().filter_map(|usage| usage.memory).max()
}

fn last(observed: &Observed, name: &str) -> Option<f64> {
    let gauge = observed.gauges.iter().find(|gauge| gauge.name == name)?;
    gauge.points.last().map(|(_, value)| value.get())
}

/// A line for people.
pub(super) fn line(point: &ScalePoint) -> String {
    let time = |value: Finite| words::amount(value, bench_model::Unit::Nanoseconds);
    let mut line = format!("{} req/s", words::thousands(format!("{:.0}", point.throughput.get())));
    let mut add = |more: String| line.push_str(&more);
    if let Some(latency) = &point.latency {
        add(format!(", p95 {}", time(latency.p95)));
    }
    if let Some(wait) = point.pool_wait {
        add(format!(", pool wait {}", time(wait)));
    }
    for (who, cpu) in [("service", point.service_cpu), ("generator", point.generator_cpu)] {
        if let Some(cpu) = cpu {
            add(format!(", {who} {:.2} CPU", cpu.get()));
        }
    }
    if point.failed > 0 {
        add(format!(", {} failed", words::thousands(point.failed)));
    }
    match &point.limited {
        None => {}
        Some(Limited { by: LimitedBy::Generator, why }) => add(format!(" (no say: {why})")),
        Some(Limited { by: LimitedBy::NoEvidence, why }) => add(format!(" (no evidence: {why})")),
    }
    line
}

#[cfg(test)]
mod tests;
