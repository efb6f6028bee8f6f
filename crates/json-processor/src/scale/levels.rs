//! Single sizes: all rounds of one together. Must not know: laws.

use std::collections::BTreeMap;

use bench_model::perf::{Interval, IntervalSource, Metric};
use bench_model::scale::{Estimated, Scale, ScaleLevel, ScalePoint as Point};
use bench_model::{Direction, Finite, Unit};
use bench_stats::{ScalePoint, standings, summarise};

use super::{Figure, id, metric, words};
use crate::Problem;

/// All rounds of one size, as measured.
pub(super) struct Group<'a> {
    at: u32,
    points: Vec<&'a Point>,
}

/// Sizes and rounds that cannot be.
pub(super) fn check(scale: &Scale) -> Result<(), Problem> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, point) in scale.points.iter().enumerate() {
        let wrong = |member: &str, message: String| Err(Problem::at(format!("/points/{index}/{member}"), message));
        if point.at == 0 || point.round == 0 {
            return wrong(if point.at == 0 { "at" } else { "round" }, "expected 1 or more".into());
        }
        if point.round > scale.repeats {
            return wrong("round", format!("expected at most {}, as planned, found {}", scale.repeats, point.round));
        }
        if !seen.insert((point.at, point.round)) {
            return wrong("round", format!("size {} has a round {} already", point.at, point.round));
        }
        if point.seconds.get() <= 0.0 {
            return wrong("seconds", "expected more than 0".into());
        }
        if point.throughput.get() < 0.0 {
            return wrong("throughput", "expected 0 or more".into());
        }
    }
    Ok(())
}

/// By size, ascending.
pub(super) fn groups(scale: &Scale) -> Vec<Group<'_>> {
    let mut all: BTreeMap<u32, Vec<&Point>> = BTreeMap::new();
    for point in &scale.points {
        all.entry(point.at).or_default().push(point);
    }
    all.into_iter().map(|(at, points)| Group { at, points }).collect()
}

impl Group<'_> {
    /// The size.
    pub(super) const fn at(&self) -> u32 {
        self.at
    }

    /// How many rounds are no evidence of the service, and why the first of them is not.
    pub(super) fn limited(&self) -> Option<(usize, &str)> {
        let mut reasons = self.points.iter().filter_map(|point| point.limited.as_deref());
        let first = reasons.next()?;
        Some((reasons.count() + 1, first))
    }

    /// For the law; none where nothing was answered, which is no small throughput.
    pub(super) fn point(&self) -> Option<ScalePoint> {
        let throughputs: Vec<f64> = self.points.iter().map(|point| point.throughput.get()).collect();
        let generator_limited = self.points.iter().any(|point| point.limited.is_some());
        throughputs.iter().all(|throughput| *throughput > 0.0).then_some(ScalePoint {
            workers: self.at,
            throughputs,
            generator_limited,
        })
    }

    /// Memory of each round, by size.
    pub(super) fn memory(&self) -> Vec<(f64, f64)> {
        self.read(|point| point.service_memory).iter().map(|bytes| (f64::from(self.at), bytes.get())).collect()
    }

    fn read(&self, what: impl Fn(&Point) -> Option<Finite>) -> Vec<Finite> {
        self.points.iter().filter_map(|point| what(point)).collect()
    }

    pub(super) fn level(&self, scale: &Scale, all: &[ScalePoint], confidence: f64) -> Result<ScaleLevel, Problem> {
        let (failed, answered) = self.points.iter().fold((0.0, 0.0), |(failed, answered), point| {
            (failed + point.failed as f64, answered + point.completed as f64)
        });
        let share = if failed + answered > 0.0 { failed / (failed + answered) } else { 1.0 };
        Ok(ScaleLevel {
            at: self.at,
            rounds: u32::try_from(self.points.len()).unwrap_or(u32::MAX),
            throughput: typical(&self.read(|point| Some(point.throughput)), confidence)
                .ok_or_else(|| Problem::at("/points", format!("size {} has no usable throughput", self.at)))?,
            p95: value(&self.read(|point| point.latency.map(|latency| latency.p95)), confidence),
            pool_wait: value(&self.read(|point| point.pool_wait), confidence),
            service_cpu: value(&self.read(|point| point.service_cpu), confidence),
            generator_cpu: value(&self.read(|point| point.generator_cpu), confidence),
            service_memory: value(&self.read(|point| point.service_memory), confidence),
            efficiency: self.efficiency(all),
            error_rate: Finite::try_from(share).unwrap_or_default(),
            beyond_cores: words::takes_processors(scale.axis) && self.at > scale.cores,
            limited_rounds: self.limited().map_or(0, |(rounds, _)| u32::try_from(rounds).unwrap_or(u32::MAX)),
        })
    }

    fn efficiency(&self, all: &[ScalePoint]) -> Option<Finite> {
        let mine = standings(all, None).into_iter().find(|standing| standing.workers == self.at)?;
        Finite::try_from(mine.efficiency?).ok()
    }
}

/// The typical value over rounds with its interval.
fn typical(values: &[Finite], confidence: f64) -> Option<Estimated> {
    let values: Vec<f64> = values.iter().map(|value| value.get()).collect();
    let found = summarise(&values, confidence)?;
    let finite = |value: f64| Finite::try_from(value).ok();
    let interval = found.interval.and_then(|(lower, upper)| {
        let (lower, upper, level) = (finite(lower)?, finite(upper)?, finite(confidence)?);
        Some(Interval { lower, upper, level, from: IntervalSource::Rounds })
    });
    Some(Estimated { value: finite(found.value)?, interval })
}

fn value(values: &[Finite], confidence: f64) -> Option<Finite> {
    typical(values, confidence).map(|found| found.value)
}

/// The metrics of every size. Judged is throughput.
pub(super) fn metrics(
    scale: &Scale,
    groups: &[Group<'_>],
    all: &[ScalePoint],
    confidence: f64,
) -> Result<Vec<Metric>, Problem> {
    let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
    let mut metrics = Vec::new();
    for group in groups {
        let read = [
            ("throughput", Unit::PerSecond, higher, group.read(|point| Some(point.throughput)), true),
            ("latency_p95", Unit::Nanoseconds, lower, group.read(|point| point.latency.map(|it| it.p95)), false),
            ("pool_wait", Unit::Nanoseconds, lower, group.read(|point| point.pool_wait), false),
            ("service_cpu", Unit::Count, lower, group.read(|point| point.service_cpu), false),
            ("service_memory", Unit::Bytes, lower, group.read(|point| point.service_memory), false),
            ("error_rate", Unit::Ratio, lower, group.read(error_rate), false),
            ("efficiency", Unit::Ratio, higher, group.efficiency(all).into_iter().collect(), false),
        ];
        for (measure, unit, direction, rounds, primary) in read {
            if let Some(value) = typical(&rounds, confidence) {
                let figure = Figure { measure, unit, direction, rounds, value, primary };
                metrics.push(metric(id(scale, &group.at.to_string()), figure)?);
            }
        }
    }
    Ok(metrics)
}

fn error_rate(point: &Point) -> Option<Finite> {
    let (failed, all) = (point.failed as f64, point.completed as f64 + point.failed as f64);
    (all > 0.0).then(|| Finite::try_from(failed / all).ok()).flatten()
}
