//! What was measured of a metric, with its interval and what is in doubt about it.
//! Must not know: limits.

use std::rc::Rc;

use bench_model::assessment::{Amount, AmountUnit};
use bench_model::perf::{Interval, IntervalSource};
use bench_model::scale::{Law, Peak, ScaleLevel, ScaleSummary};
use bench_model::unit::nearest;
use bench_model::words::{count, unsigned_percent};
use bench_model::{Direction, Finite, MetricName, Unit};
use bench_stats::summarise;

use super::bottleneck::{BUSY, busy};
use super::carried::{Capacity, capacity, generator, no_evidence, scaled};
use super::config::ServiceLevel;
use super::facts::{Facts, Line};
use super::names::ScaleName;

/// Rounds that an interval needs.
const LEAST_ROUNDS: usize = 3;
/// The level of every interval that is worked out here.
pub(super) const LEVEL: f64 = 0.95;

/// A value of the ledger.
pub(super) struct Measured<'a> {
    pub(super) line: &'a Rc<Line>,
    pub(super) value: Finite,
    pub(super) unit: Unit,
    pub(super) direction: Direction,
    /// Its interval, where its run has one, or its rounds give one.
    pub(super) interval: Option<Interval>,
    /// Why the service may do more than that, when it may.
    pub(super) more: Option<String>,
    measure: &'a str,
    /// The scalability run that it belongs to, and the size, where it is that of one.
    of: Option<(&'a ScaleSummary, Option<&'a ScaleLevel>)>,
}

/// Why there is no value.
pub(super) enum Lack<'a> {
    /// Nothing measured it.
    NotRun(String),
    /// A run that measures it could not say.
    NotKnown(&'a Rc<Line>, Doubt),
}

impl Lack<'_> {
    pub(super) fn why(&self) -> &str {
        match self {
            Self::NotRun(why) => why,
            Self::NotKnown(_, doubt) => doubt.why(),
        }
    }
}

/// Why a value decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The work behind it was not all done and checked.
    Unproven(String),
    /// What was measured is no measurement of it.
    NoEvidence(String),
    /// The run was shortened.
    Shortened(String),
    /// The generator was the limit.
    Generator(String),
    /// There may be more than what was measured.
    AtLeast(String),
    /// The machine's processors were the limit.
    Processors(String),
    /// The limit lies within the interval.
    Interval(String),
    /// The prices behind it are examples.
    Prices(String),
    /// It cannot be compared, or is not known.
    Other(String),
}

impl Doubt {
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Unproven(why)
            | Self::NoEvidence(why)
            | Self::Shortened(why)
            | Self::Generator(why)
            | Self::AtLeast(why)
            | Self::Processors(why)
            | Self::Interval(why)
            | Self::Prices(why)
            | Self::Other(why) => why,
        }
    }
}

/// A value of a record.
pub(super) fn amount(value: Finite, unit: Unit) -> Amount {
    Amount { value, unit: AmountUnit::Base(unit) }
}

/// Why nothing of a run decides anything.
pub(super) fn of_line(line: &Line) -> Option<Doubt> {
    if let Some(why) = &line.unproven {
        return Some(Doubt::Unproven(format!("the work of that run is not proven: {why}")));
    }
    let why = "that run was shortened, and decides nothing: run it at full length";
    line.shortened().then(|| Doubt::Shortened(why.to_owned()))
}

/// Whether a value and all of its interval lie within something: all, nothing, or (`None`) only a part.
pub(super) fn side(value: Finite, interval: Option<Interval>, within: impl Fn(f64) -> bool) -> Option<bool> {
    let kept = within(value.get());
    let ends = interval.into_iter().flat_map(|interval| [interval.lower, interval.upper]);
    ends.into_iter().all(|end| within(end.get()) == kept).then_some(kept)
}

/// The value of a metric that counts first, or why there is none.
pub(super) fn measured<'a>(facts: &'a Facts, name: &'a MetricName) -> Result<Measured<'a>, Lack<'a>> {
    let place = ScaleName::place(name);
    let run = place.as_ref().and_then(|(scale, at)| Some((facts.scales.get(scale)?, *at)));
    let Some(found) = facts.value(name) else {
        return Err(match run {
            Some((run, at)) => lacking(&run.line, &run.summary, at, name.measure()),
            None => {
                let near = nearest(name.as_str(), facts.metrics.keys().map(MetricName::as_str));
                let near = near.map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
                Lack::NotRun(format!("no run of the ledger measured it{near}"))
            }
        });
    };
    let of = run.filter(|(run, _)| run.line.seq == found.line.seq).map(|(run, at)| {
        let level = at.parse().ok().and_then(|at: u32| run.summary.levels.iter().find(|level| level.at == at));
        (&run.summary, level)
    });
    Ok(Measured {
        line: &found.line,
        value: found.value,
        unit: found.unit,
        direction: found.direction,
        interval: match of {
            Some((summary, level)) => interval(summary, level, name.measure()),
            None => over_rounds(&found.rounds),
        },
        more: None,
        measure: name.measure(),
        of,
    })
}

/// The most throughput that keeps the service level, or why there is none.
pub(super) fn most<'a>(facts: &'a Facts, name: &ScaleName, level: &ServiceLevel) -> Result<Measured<'a>, Lack<'a>> {
    let run = scaled(facts, name).map_err(Lack::NotRun)?;
    let Capacity { best, more } = capacity(run, level).map_err(|doubt| Lack::NotKnown(&run.line, doubt))?;
    Ok(Measured {
        line: &run.line,
        value: best.throughput.value,
        unit: Unit::PerSecond,
        direction: Direction::HigherIsBetter,
        interval: best.throughput.interval,
        more,
        measure: "throughput",
        of: Some((&run.summary, Some(best))),
    })
}

/// Why a scalability run lacks a value.
fn lacking<'a>(line: &'a Rc<Line>, summary: &ScaleSummary, at: &str, measure: &str) -> Lack<'a> {
    if at != "law" {
        let (scenario, axis) = (&summary.scenario, summary.axis);
        let Some(level) = summary.levels.iter().find(|level| level.at.to_string() == at) else {
            let sizes: Vec<String> = summary.levels.iter().map(|level| level.at.to_string()).collect();
            return Lack::NotRun(format!("the newest run of {scenario} over {axis} measured {}", sizes.join(", ")));
        };
        return match (no_evidence(level), generator(level)) {
            (Some(why), _) => Lack::NotKnown(line, Doubt::NoEvidence(why)),
            (None, Some(why)) => Lack::NotKnown(line, Doubt::Generator(format!("{why}: this is not known"))),
            (None, None) => Lack::NotRun(format!("the newest run of {scenario} over {axis} has none at {at}")),
        };
    }
    let why = match (&summary.law, &measure) {
        (_, &"memory_per_thousand") => "its memory is no straight line over the sizes measured",
        (Law::Refused { why }, _) => why,
        (Law::Fitted(law), _) => match &law.peak {
            Peak::Unknown { why } => why,
            Peak::At { .. } => "the law has no such number",
        },
    };
    Lack::NotKnown(line, Doubt::Other(why.to_owned()))
}

fn interval(summary: &ScaleSummary, level: Option<&ScaleLevel>, measure: &str) -> Option<Interval> {
    if let Some(level) = level {
        let of = match measure {
            "throughput" => Some(level.throughput),
            "latency_p95" => level.p95,
            "pool_wait" => level.pool_wait,
            "service_cpu" => level.service_cpu,
            "service_memory" => level.service_memory,
            "efficiency" => level.efficiency,
            _ => None,
        };
        return of?.interval;
    }
    if measure == "memory_per_thousand" {
        return summary.memory_per_thousand?.interval;
    }
    let Law::Fitted(law) = &summary.law else { return None };
    match (measure, &law.peak) {
        ("contention", _) => law.contention.interval,
        ("coherency", _) => law.coherency.interval,
        ("peak_size", Peak::At { size, .. }) => size.interval,
        ("peak_throughput", Peak::At { throughput, .. }) => throughput.interval,
        _ => None,
    }
}

/// The interval of a typical value, where there are rounds enough.
fn over_rounds(rounds: &[Finite]) -> Option<Interval> {
    if rounds.len() < LEAST_ROUNDS {
        return None;
    }
    let values: Vec<f64> = rounds.iter().map(|round| round.get()).collect();
    let (lower, upper) = summarise(&values, LEVEL)?.interval?;
    let finite = |value: f64| Finite::try_from(value).ok();
    Some(Interval { lower: finite(lower)?, upper: finite(upper)?, level: finite(LEVEL)?, from: IntervalSource::Rounds })
}

impl Measured<'_> {
    /// The size that it is of, where it is that of one.
    pub(super) fn at(&self) -> Option<u32> {
        Some(self.of?.1?.at)
    }

    pub(super) fn amount(&self) -> Amount {
        amount(self.value, self.unit)
    }

    /// Why it decides nothing, good or bad.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        if let Some(doubt) = of_line(self.line) {
            return Some(doubt);
        }
        let (summary, Some(level)) = self.of? else {
            let why = format!("the law gives its {} without an interval", self.measure.replace('_', " "));
            return (self.of.is_some() && self.interval.is_none()).then_some(Doubt::Interval(why));
        };
        if let Some(why) = no_evidence(level) {
            return Some(Doubt::NoEvidence(why));
        }
        let why = generator(level)?;
        // What was reached was reached; what else holds at less load than there was to be, nobody knows at that.
        let reached = match self.measure {
            "throughput" | "latency_p95" => true,
            // The size that it is held against has to be the service's own.
            "efficiency" => summary.levels.iter().any(|one| one.at == 1 && generator(one).is_none()),
            _ => false,
        };
        (!reached).then(|| Doubt::Generator(format!("{why}: at the whole load this is not known")))
    }

    /// Why it says nothing of the service when it is bad: the generator, or the machine's processors, were the limit.
    pub(super) fn excuse(&self) -> Option<Doubt> {
        let (summary, level) = self.of?;
        if let Some(why) = level.and_then(generator) {
            return Some(Doubt::Generator(format!("{why}: this says nothing of the service")));
        }
        if let Some(more) = &self.more {
            return Some(Doubt::AtLeast(format!("there may be more than that: {more}")));
        }
        if !summary.axis.takes_processors() {
            return None;
        }
        let processors = count(summary.cores, "processor", "processors");
        let why = match (self.measure, level) {
            ("efficiency", Some(level)) if level.at > summary.cores => {
                format!("{} shared {processors}", summary.axis.counted(level.at))
            }
            ("efficiency", Some(level)) => {
                let share = busy(level)? / f64::from(summary.cores);
                if share < BUSY {
                    return None;
                }
                format!("{processors} were {} busy, service and generator together", unsigned_percent(share))
            }
            ("contention" | "coherency", _) => {
                let Law::Fitted(law) = &summary.law else { return None };
                if law.most <= summary.cores {
                    return None;
                }
                format!("the law is of up to {} on {processors}", summary.axis.counted(law.most))
            }
            _ => return None,
        };
        Some(Doubt::Processors(format!("{why}: a machine of more is needed to decide")))
    }
}
