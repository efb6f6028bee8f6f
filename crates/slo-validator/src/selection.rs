//! Which metrics are judged, with which limits, and which of them are absent. Must not know verdicts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bench_model::config::{MetricThreshold, Resolved, Thresholds};
use bench_model::ledger::{LedgerMetric, Promotion};
use bench_model::perf::{Metric, Report};
use bench_model::unit::WrittenUnit;
use bench_model::{Direction, MetricName, Quantity, Unit};

use crate::error::ThresholdProblem;

/// One metric to judge.
pub(crate) struct Subject<'a> {
    pub(crate) name: Cow<'a, MetricName>,
    pub(crate) unit: Unit,
    pub(crate) direction: Direction,
    /// `None` when it had to report and did not.
    pub(crate) measured: Option<&'a Metric>,
    pub(crate) promoted: Option<&'a LedgerMetric>,
    pub(crate) limits: Resolved,
    /// Who demands it, when it is absent.
    pub(crate) demanded_by: &'static str,
}

/// Everything to judge, and what cannot be.
pub(crate) struct Selection<'a> {
    pub(crate) subjects: Vec<Subject<'a>>,
    /// Left out of a filtered or partial run, ordered.
    pub(crate) left_out: BTreeSet<String>,
    /// Those of them with a floor or required.
    pub(crate) left_out_gates: BTreeSet<String>,
    /// Headlines and optional floors without a measurement, in a run that left nothing out.
    pub(crate) unchecked: Vec<String>,
    /// Entries of the thresholds that name nothing.
    pub(crate) stray: Vec<String>,
    pub(crate) problems: Vec<ThresholdProblem>,
}

/// A metric that did not report.
struct Absent<'a> {
    benchmark: &'a str,
    promoted: Option<&'a LedgerMetric>,
    demanded_by: &'static str,
}

/// Chooses what is judged: primary metrics, those with thresholds, headlines, and what the baseline holds.
///
/// In a filtered or partial run, a benchmark of which nothing reported was left out on purpose: the filter is
/// the harness's and is not evaluated again here. A benchmark of which something reported was selected, so that a
/// measure of it that is gone is missing even then.
pub(crate) fn select<'a>(
    report: &'a Report,
    promotion: Option<&'a Promotion>,
    thresholds: &'a Thresholds,
) -> Selection<'a> {
    let mut problems = Vec::new();
    let entries = entries(report, thresholds, &mut problems);
    let headlines: BTreeSet<&str> = report.headline.iter().map(|headline| headline.metric.as_str()).collect();
    let promoted: BTreeMap<&str, &LedgerMetric> =
        promotion.into_iter().flat_map(|p| &p.metrics).map(|metric| (metric.name.as_str(), metric)).collect();
    let measured: BTreeSet<&str> = report.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let reported: BTreeSet<String> = report.metrics.iter().map(|metric| metric.benchmark.to_string()).collect();

    let mut subjects: Vec<Subject<'a>> = Vec::new();
    for metric in &report.metrics {
        let name = metric.name.as_str();
        let (entry, promoted) = (entries.get(name).copied(), promoted.get(name).copied());
        if metric.primary || entry.is_some() || promoted.is_some() || headlines.contains(name) {
            let limits = limits(&metric.name, metric.unit, entry, thresholds, &mut problems);
            let (unit, direction) = (metric.unit, metric.direction);
            let name = Cow::Borrowed(&metric.name);
            subjects.push(Subject { name, unit, direction, measured: Some(metric), promoted, limits, demanded_by: "" });
        }
    }

    let mut absent: BTreeMap<&'a str, Absent<'a>> = BTreeMap::new();
    for (&name, metric) in promoted.iter().filter(|(name, _)| !measured.contains(**name)) {
        let (benchmark, promoted, demanded_by) = (benchmark_of(name), Some(*metric), "the baseline holds it");
        absent.insert(name, Absent { benchmark, promoted, demanded_by });
    }
    for (&name, _) in entries.iter().filter(|(name, entry)| entry.required && !measured.contains(**name)) {
        let benchmark = benchmark_of(name);
        absent.entry(name).or_insert(Absent { benchmark, promoted: None, demanded_by: "" }).demanded_by =
            "the thresholds require it";
    }
    let covered: BTreeSet<&str> = absent.values().map(|absent| absent.benchmark).collect();
    for benchmark in &report.expected {
        if !reported.contains(benchmark) && !covered.contains(benchmark.as_str()) {
            let demanded_by = "the settings expect its benchmark";
            absent.insert(benchmark, Absent { benchmark, promoted: None, demanded_by });
        }
    }

    let selective = report.plan.partial || report.plan.filter.is_some();
    let was_left_out = |benchmark: &str| selective && !reported.contains(benchmark);
    let (mut left_out, mut left_out_gates) = (BTreeSet::new(), BTreeSet::new());
    for (&name, absent) in &absent {
        let entry = entries.get(name).copied();
        if was_left_out(absent.benchmark) {
            left_out.insert(name.to_string());
            if entry.is_some_and(|entry| entry.required || entry.floor.is_some()) {
                left_out_gates.insert(name.to_string());
            }
            continue;
        }
        let Ok(metric_name) = name.parse::<MetricName>() else {
            problems.push(ThresholdProblem::Name { name: name.to_string() });
            continue;
        };
        let unit = absent.promoted.map(|metric| metric.unit).unwrap_or_else(|| unit_of(name, entry, report));
        let direction = absent.promoted.map_or(usual_direction(unit), |metric| metric.direction);
        let limits = limits(&metric_name, unit, entry, thresholds, &mut problems);
        let (name, promoted, demanded_by) = (Cow::Owned(metric_name), absent.promoted, absent.demanded_by);
        subjects.push(Subject { name, unit, direction, measured: None, promoted, limits, demanded_by });
    }

    let (mut unchecked, mut stray) = (Vec::new(), Vec::new());
    for headline in &report.headline {
        let name = headline.metric.as_str();
        if measured.contains(name) || absent.contains_key(name) {
            continue;
        }
        if was_left_out(benchmark_of(name)) {
            left_out.insert(name.to_owned());
        } else {
            unchecked.push(format!("the headline {} (`{name}`) was not measured", headline.label));
        }
    }
    for (name, entry) in entries {
        if measured.contains(name) || absent.contains_key(name) {
            continue;
        }
        match (entry.floor, was_left_out(benchmark_of(name))) {
            (Some(_), true) => {
                left_out.insert(name.to_owned());
                left_out_gates.insert(name.to_owned());
            }
            (Some(_), false) => {
                unchecked.push(format!("the floor of `{}` was not checked: it was not measured", entry.name))
            }
            (None, true) => {}
            (None, false) if headlines.contains(name) => {}
            (None, false) => {
                stray.push(format!("the thresholds name `{}`, which is no metric of this run", entry.name))
            }
        }
    }
    Selection { subjects, left_out, left_out_gates, unchecked, stray, problems }
}

/// The thresholds by full metric name.
fn entries<'a>(
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
fn limits(
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
fn benchmark_of(name: &str) -> &str {
    name.rsplit_once('#').map_or(name, |(benchmark, _)| benchmark)
}

/// The unit of a metric that nobody measured: as its headline shows it, as its floor is written, or a time.
fn unit_of(name: &str, entry: Option<&MetricThreshold>, report: &Report) -> Unit {
    let headline = report.headline.iter().find(|headline| headline.metric.as_str() == name);
    headline
        .and_then(|headline| headline.unit.parse::<WrittenUnit>().ok())
        .map(WrittenUnit::base)
        .or_else(|| entry?.floor.or(entry?.target).map(|limit| limit.unit))
        .unwrap_or(Unit::Nanoseconds)
}

/// Which way a metric improves that nobody measured.
fn usual_direction(unit: Unit) -> Direction {
    match unit {
        Unit::BytesPerSecond | Unit::BitsPerSecond | Unit::PerSecond | Unit::Ratio => Direction::HigherIsBetter,
        Unit::Nanoseconds | Unit::Bytes | Unit::Count => Direction::LowerIsBetter,
    }
}
