//! Which limits hold for a metric, by whatever name the thresholds mean it.

use std::collections::BTreeMap;

use bench_model::config::{MetricThreshold, Resolved, Thresholds};
use bench_model::perf::Report;
use bench_model::unit::WrittenUnit;
use bench_model::{Direction, MetricName, Quantity, Unit};

use crate::error::ThresholdProblem;

/// The thresholds by full metric name.
pub(super) fn entries<'a>(
    report: &'a Report,
    thresholds: &'a Thresholds,
    problems: &mut Vec<ThresholdProblem>,
) -> BTreeMap<&'a str, &'a MetricThreshold> {
    let mut entries: BTreeMap<&str, &MetricThreshold> = BTreeMap::new();
    for entry in &thresholds.metrics {
        let headline = report.headline.iter().find(|headline| headline.name == entry.name);
        let full = headline.map_or(entry.name.as_str(), |headline| headline.metric.as_str());
        match (entries.get(full), full.parse::<MetricName>()) {
            (_, Err(_)) => problems.push(ThresholdProblem::Name { name: full.to_owned() }),
            (Some(first), Ok(metric)) => {
                let (first, second) = (first.name.clone(), entry.name.clone());
                problems.push(ThresholdProblem::Twice { metric, first, second });
            }
            (None, Ok(_)) => {
                entries.insert(full, entry);
            }
        }
    }
    entries
}

/// What holds for a metric; a floor or target in another unit is a problem and does not hold.
pub(super) fn limits(
    name: &MetricName,
    unit: Unit,
    entry: Option<&MetricThreshold>,
    thresholds: &Thresholds,
    problems: &mut Vec<ThresholdProblem>,
) -> Resolved {
    let mut fitting = |what, limit: Option<Quantity>| {
        limit.filter(|limit| {
            let fits = limit.unit == unit;
            if !fits {
                let (metric, found) = (name.clone(), limit.unit);
                problems.push(ThresholdProblem::Unit { metric, what, found, metric_unit: unit });
            }
            fits
        })
    };
    Resolved {
        floor: fitting("floor", entry.and_then(|entry| entry.floor)),
        target: fitting("target", entry.and_then(|entry| entry.target)),
        regression: entry.and_then(|entry| entry.regression).unwrap_or(thresholds.regression),
        required: entry.is_some_and(|entry| entry.required),
    }
}

/// The benchmark part of a metric's name.
pub(super) fn benchmark_of(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(benchmark, _)| benchmark)
}

/// The unit of a metric that nobody measured: as its headline shows it, as its floor is written, or a time.
pub(super) fn unit_of(name: &str, entry: Option<&MetricThreshold>, report: &Report) -> Unit {
    let headline = report.headline.iter().find(|headline| headline.metric.as_str() == name);
    headline
        .and_then(|headline| headline.unit.parse::<WrittenUnit>().ok())
        .map(WrittenUnit::base)
        .or_else(|| entry?.floor.or(entry?.target).map(|limit| limit.unit))
        .unwrap_or(Unit::Nanoseconds)
}

/// Which way a metric improves that nobody measured.
pub(super) fn usual_direction(unit: Unit) -> Direction {
    match unit {
        Unit::BytesPerSecond | Unit::BitsPerSecond | Unit::PerSecond | Unit::Ratio => Direction::HigherIsBetter,
        Unit::Nanoseconds | Unit::Bytes | Unit::Count => Direction::LowerIsBetter,
    }
}
