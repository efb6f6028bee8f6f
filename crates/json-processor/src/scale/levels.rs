//! Single sizes: all rounds of one together. Must not know: laws.

use std::collections::BTreeMap;

use bench_model::perf::{Interval, IntervalSource, Metric};
use bench_model::scale::{Estimated, Limited, LimitedBy, Scale, ScaleLevel, ScalePoint as Point};
use bench_model::{Direction, Finite, Unit};
use bench_stats::{ScalePoint, Summary, ratio, summarise};

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

/// Why a point is no evidence of its size. One in which nothing was answered is none, whatever its record says: that is no small throughput.
pub(super) fn no_evidence(point: &Point) -> Option<&str> {
    match &point.limited {
        Some(Limited { by: LimitedBy::NoEvidence, why }) => Some(why),
        Some(Limited { by: LimitedBy::Generator, .. }) | None => {
            (point.throughput.get() <= 0.0).then_some("nothing was answered without failure")
        }
    }
}

/// How many reasons there are, and the first.
fn counted<'a>(mut reasons: impl Iterator<Item = &'a str>) -> Option<(u32, &'a str)> {
    let first = reasons.next()?;
    Some((u32::try_from(reasons.count() + 1).unwrap_or(u32::MAX), first))
}

impl Group<'_> {
    /// The size.
    pub(super) const fn at(&self) -> u32 {
        self.at
    }

    /// In how many rounds the generator was the limit, and how in the first of them.
    pub(super) fn limited(&self) -> Option<(u32, &str)> {
        counted(self.points.iter().filter_map(|point| match &point.limited {
            Some(Limited { by: LimitedBy::Generator, why }) => Some(why.as_str()),
            Some(Limited { by: LimitedBy::NoEvidence, .. }) | None => None,
        }))
    }

    /// How many rounds are no evidence of the size, and why the first of them is not.
    pub(super) fn unusable(&self) -> Option<(u32, &str)> {
        counted(self.points.iter().copied().filter_map(no_evidence))
    }

    /// For the law; none where a round is no evidence.
    pub(super) fn point(&self) -> Option<ScalePoint> {
        let generator_limited = self.limited().is_some();
        self.unusable().is_none().then(|| ScalePoint {
            workers: self.at,
            throughputs: self.throughputs(),
            generator_limited,
        })
    }

    fn throughputs(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.throughput.get()).collect()
    }

    /// Memory of each round, by size; none where a round is no evidence.
    pub(super) fn memory(&self) -> Vec<(f64, f64)> {
        self.measured(|point| point.service_memory).iter().map(|bytes| (f64::from(self.at), bytes.get())).collect()
    }

    fn read(&self, what: impl Fn(&Point) -> Option<Finite>) -> Vec<Finite> {
        self.points.iter().filter_map(|point| what(point)).collect()
    }

    /// What rounds measured of the size; nothing where one is no evidence of it.
    fn measured(&self, what: impl Fn(&Point) -> Option<Finite>) -> Vec<Finite> {
        if self.unusable().is_some() { Vec::new() } else { self.read(what) }
    }

    /// `one` is the size 1, where it has a say.
    pub(super) fn level(&self, scale: &Scale, one: Option<&Self>, confidence: f64) -> Result<ScaleLevel, Problem> {
        let (failed, answered) = self.points.iter().fold((0.0, 0.0), |(failed, answered), point| {
            (failed + point.failed as f64, answered + point.completed as f64)
        });
        let share = if failed + answered > 0.0 { failed / (failed + answered) } else { 1.0 };
        let unusable = self.unusable();
        let throughput = typical(&self.read(|point| Some(point.throughput)), confidence)
            .ok_or_else(|| Problem::at("/points", format!("size {} has no usable throughput", self.at)))?;
        let typical = |what: fn(&Point) -> Option<Finite>| typical(&self.measured(what), confidence);
        Ok(ScaleLevel {
            at: self.at,
            rounds: u32::try_from(self.points.len()).unwrap_or(u32::MAX),
            throughput: Estimated { interval: throughput.interval.filter(|_| unusable.is_none()), ..throughput },
            p95: typical(|point| point.latency.map(|latency| latency.p95)),
            pool_wait: typical(|point| point.pool_wait),
            service_cpu: typical(|point| point.service_cpu),
            generator_cpu: typical(|point| point.generator_cpu).map(|it| it.value),
            service_memory: typical(|point| point.service_memory),
            efficiency: one.and_then(|one| self.efficiency(one, confidence)),
            error_rate: Finite::try_from(share).unwrap_or_default(),
            beyond_cores: scale.axis.takes_processors() && self.at > scale.cores,
            limited_rounds: self.limited().map_or(0, |(rounds, _)| rounds),
            unusable_rounds: unusable.map_or(0, |(rounds, _)| rounds),
            unusable_why: unusable.map(|(_, why)| words::shown(why)),
        })
    }

    /// Throughput by what as many times `one` would give.
    fn efficiency(&self, one: &Self, confidence: f64) -> Option<Estimated> {
        if self.unusable().is_some() {
            return None;
        }
        if self.at == one.at {
            return Some(Estimated { value: Finite::try_from(1.0).ok()?, interval: None });
        }
        let times = ratio(&self.throughputs(), &one.throughputs(), confidence)?;
        let each = |value: f64| value / f64::from(self.at);
        let interval = times.interval.map(|(lower, upper)| (each(lower), each(upper)));
        estimated(&Summary { value: each(times.value), interval, n: times.n }, confidence)
    }
}

/// The size 1, where it has a say.
pub(super) fn one<'a, 'b>(groups: &'b [Group<'a>]) -> Option<&'b Group<'a>> {
    groups.iter().find(|group| group.at == 1 && group.unusable().is_none() && group.limited().is_none())
}

/// The typical value over rounds with its interval.
fn typical(values: &[Finite], confidence: f64) -> Option<Estimated> {
    let values: Vec<f64> = values.iter().map(|value| value.get()).collect();
    estimated(&summarise(&values, confidence)?, confidence)
}

fn estimated(found: &Summary, confidence: f64) -> Option<Estimated> {
    let finite = |value: f64| Finite::try_from(value).ok();
    let interval = found.interval.and_then(|(lower, upper)| {
        let (lower, upper, level) = (finite(lower)?, finite(upper)?, finite(confidence)?);
        Some(Interval { lower, upper, level, from: IntervalSource::Rounds })
    });
    Some(Estimated { value: finite(found.value)?, interval })
}

/// The metrics of every size. Judged is throughput. Of a size with a round that is no evidence there is the share that failed, and nothing
/// else: what is no measurement does not exist.
pub(super) fn metrics(
    scale: &Scale,
    groups: &[Group<'_>],
    levels: &[ScaleLevel],
    confidence: f64,
) -> Result<Vec<Metric>, Problem> {
    let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
    let mut metrics = Vec::new();
    for (group, level) in groups.iter().zip(levels) {
        let throughput = (level.unusable_rounds == 0).then_some(level.throughput);
        let rounds = |what: fn(&Point) -> Option<Finite>| group.measured(what);
        let errors = group.read(error_rate);
        let rate = typical(&errors, confidence);
        // A ratio of two sizes has no rounds of its own.
        let ratio = level.efficiency.iter().map(|efficiency| efficiency.value).collect();
        let all = [
            ("throughput", Unit::PerSecond, higher, throughput, rounds(|point| Some(point.throughput)), true),
            ("latency_p95", Unit::Nanoseconds, lower, level.p95, rounds(|point| point.latency.map(|it| it.p95)), false),
            ("pool_wait", Unit::Nanoseconds, lower, level.pool_wait, rounds(|point| point.pool_wait), false),
            ("service_cpu", Unit::Count, lower, level.service_cpu, rounds(|point| point.service_cpu), false),
            ("service_memory", Unit::Bytes, lower, level.service_memory, rounds(|point| point.service_memory), false),
            ("error_rate", Unit::Ratio, lower, rate, errors, false),
            ("efficiency", Unit::Ratio, higher, level.efficiency, ratio, false),
        ];
        for (measure, unit, direction, value, rounds, primary) in all {
            if let Some(value) = value {
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
