//! What was measured of a metric, with its interval and what is in doubt about it.
//! Must not know: limits.

use std::rc::Rc;

use bench_model::assessment::{Amount, AmountUnit};
use bench_model::perf::Interval;
use bench_model::scale::{Axis, Law, Peak, ScaleLevel, ScaleSummary};
use bench_model::unit::nearest;
use bench_model::words::{count, unsigned_percent};
use bench_model::{Finite, MetricName, Unit};

use super::bottleneck::{BUSY, busy};
use super::carried::{capacity, scaled, size};
use super::config::ServiceLevel;
use super::facts::{Facts, Line};
use super::names::ScaleName;

/// A value of the ledger.
pub(super) struct Measured<'a> {
    pub(super) line: &'a Rc<Line>,
    pub(super) value: Finite,
    pub(super) unit: Unit,
    /// Its interval, where the scalability run has one.
    pub(super) interval: Option<Interval>,
    measure: &'a str,
    /// The scalability run that it belongs to, and the size, where it is that of one.
    of: Option<(&'a ScaleSummary, Option<&'a ScaleLevel>)>,
}

/// Why there is no value.
pub(super) enum Lack<'a> {
    /// Nothing measured it.
    NotRun(String),
    /// A run that measures it could not say.
    NotKnown(&'a Rc<Line>, String),
}

impl Lack<'_> {
    pub(super) fn why(&self) -> &str {
        match self {
            Self::NotRun(why) | Self::NotKnown(_, why) => why,
        }
    }
}

/// Why a value decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The work behind it was not all done and checked.
    Unproven(String),
    /// The generator was the limit.
    Generator(String),
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
            | Self::Generator(why)
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

/// The newest value of a metric, or why there is none.
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
    let interval = of.and_then(|(summary, level)| interval(summary, level, name.measure()));
    Ok(Measured { line: &found.line, value: found.value, unit: found.unit, interval, measure: name.measure(), of })
}

/// The most throughput that keeps the service level, or why there is none.
pub(super) fn most<'a>(facts: &'a Facts, name: &ScaleName, level: &ServiceLevel) -> Result<Measured<'a>, Lack<'a>> {
    let run = scaled(facts, name).map_err(Lack::NotRun)?;
    let best = capacity(run, level).map_err(|why| Lack::NotKnown(&run.line, why))?;
    Ok(Measured {
        line: &run.line,
        value: best.throughput.value,
        unit: Unit::PerSecond,
        interval: best.throughput.interval,
        measure: "throughput",
        of: Some((&run.summary, Some(best))),
    })
}

/// Why a scalability run lacks a value.
fn lacking<'a>(line: &'a Rc<Line>, summary: &ScaleSummary, at: &str, measure: &str) -> Lack<'a> {
    if at != "law" {
        let sizes: Vec<String> = summary.levels.iter().map(|level| level.at.to_string()).collect();
        let why = match summary.levels.iter().any(|level| level.at.to_string() == at) {
            true => format!("the newest run of {} over {} has none at {at}", summary.scenario, summary.axis),
            false => {
                format!("the newest run of {} over {} measured {}", summary.scenario, summary.axis, sizes.join(", "))
            }
        };
        return Lack::NotRun(why);
    }
    let why = match (&summary.law, &measure) {
        (_, &"memory_per_thousand") => "its memory is no straight line over the sizes measured",
        (Law::Refused { why }, _) => why,
        (Law::Fitted(law), _) => match &law.peak {
            Peak::Unknown { why } => why,
            Peak::At { .. } => "the law has no such number",
        },
    };
    Lack::NotKnown(line, why.to_owned())
}

fn interval(summary: &ScaleSummary, level: Option<&ScaleLevel>, measure: &str) -> Option<Interval> {
    if let Some(level) = level {
        return (measure == "throughput").then_some(level.throughput.interval).flatten();
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

impl Measured<'_> {
    pub(super) fn amount(&self) -> Amount {
        amount(self.value, self.unit)
    }

    /// Why it decides nothing, good or bad.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        let why = self.line.unproven.as_ref()?;
        Some(Doubt::Unproven(format!("the work of that run is not proven: {why}")))
    }

    /// Why it says nothing of the service when it is bad: the generator, or the machine's processors, were the limit.
    pub(super) fn excuse(&self) -> Option<Doubt> {
        let (summary, level) = self.of?;
        if let Some(level) = level.filter(|level| level.limited_rounds > 0)
            && matches!(self.measure, "throughput" | "efficiency" | "latency_p95")
        {
            let rounds = count(level.limited_rounds, "round", "rounds");
            let why = format!("the generator was the limit in {rounds}: this says nothing of the service");
            return Some(Doubt::Generator(why));
        }
        match summary.axis {
            Axis::Processes | Axis::Threads => {}
            // These wait for something else than a processor of their own.
            Axis::Pool | Axis::Connections => return None,
        }
        let processors = count(summary.cores, "processor", "processors");
        let why = match (self.measure, level) {
            ("efficiency", Some(level)) if level.at > summary.cores => {
                format!("{} shared {processors}", size(level.at, summary.axis))
            }
            ("efficiency", Some(level)) => {
                let share = busy(level)? / f64::from(summary.cores);
                if share < BUSY {
                    return None;
                }
                format!("{processors} were {} busy, service and generator together", unsigned_percent(share))
            }
            ("contention" | "coherency", _) => {
                let largest = summary.levels.iter().map(|level| level.at).max().filter(|at| *at > summary.cores)?;
                format!("the law is of up to {} on {processors}", size(largest, summary.axis))
            }
            _ => return None,
        };
        Some(Doubt::Processors(format!("{why}: a machine of more is needed to decide")))
    }
}
