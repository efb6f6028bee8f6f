//! What the service, the generator and the machine used, and what the service says about itself, as series over time.

use bench_model::load::{Gauge, Load, SERVICE_MEMORY_GROWTH, Selector, Source, Subject, Usage, UsageSummary};
use bench_model::perf::{Interval, IntervalSource, Metric};
use bench_model::{Direction, Finite, Unit};

use super::growth::growth;
use super::phases::counts;
use super::{Facts, metrics};
use crate::Problem;

/// What is read, by its name in thresholds.
const READ: [(&str, Unit); 9] = [
    ("cpu", Unit::Ratio),
    ("io_wait", Unit::Ratio),
    ("memory", Unit::Bytes),
    ("descriptors", Unit::Count),
    ("threads", Unit::Count),
    ("received", Unit::BytesPerSecond),
    ("transmitted", Unit::BytesPerSecond),
    ("read", Unit::BytesPerSecond),
    ("written", Unit::BytesPerSecond),
];
const SOURCES: [(&str, Source); 3] =
    [("service", Source::Service), ("generator", Source::Generator), ("machine", Source::Machine)];

/// The confidence of a growth's interval, as the leak test makes it.
const LEVEL: f64 = 0.95;

/// `[seconds, value]`, ascending in time.
pub(super) type Points = Vec<(f64, f64)>;

fn value(usage: &Usage, what: &str) -> Option<f64> {
    match what {
        "cpu" => usage.cpu.map(Finite::get),
        "io_wait" => usage.io_wait.map(Finite::get),
        "memory" => usage.memory.map(|bytes| bytes as f64),
        "descriptors" => usage.descriptors.map(|count| count as f64),
        "threads" => usage.threads.map(|count| count as f64),
        "received" => usage.received.map(Finite::get),
        "transmitted" => usage.transmitted.map(Finite::get),
        "read" => usage.read.map(Finite::get),
        "written" => usage.written.map(Finite::get),
        "restarts" => usage.restarts.map(f64::from),
        _ => None,
    }
}

/// The readings of one thing, warm-up left out unless its phase is named.
pub(super) fn readings(load: &Load, of: Source, what: &str, phase: Option<&str>) -> Points {
    let mine = load.usage.iter().filter(|usage| usage.of == of && counts(load, phase, usage.at_s.get()));
    mine.filter_map(|usage| Some((usage.at_s.get(), value(usage, what)?))).collect()
}

/// The readings behind a threshold's metric, and whether they only grow.
///
/// # Errors
/// In a sentence, why there are none.
pub(super) fn points(facts: &Facts<'_>, selector: &Selector) -> Result<(Points, bool), String> {
    let phase = selector.tags.get("phase").map(String::as_str);
    match &selector.subject {
        Subject::Usage(name) => {
            if let Some(key) = selector.tags.keys().find(|key| *key != "phase") {
                return Err(format!("what is in use has no tag `{key}`"));
            }
            used(facts, name, phase).map(|points| (points, false))
        }
        Subject::Other(name) => told(facts.load, name, selector),
        _ => used(facts, "service_memory", phase).map(|points| (points, false)),
    }
}

fn used(facts: &Facts<'_>, name: &str, phase: Option<&str>) -> Result<Points, String> {
    let (source, what) = name.split_once('_').unwrap_or((name, ""));
    let of = SOURCES.iter().find(|(known, _)| *known == source).map(|(_, of)| *of);
    let Some(of) = of else { return Err(format!("nothing is called `{name}`")) };
    let points = match what {
        "memory_share" => {
            let whole = facts.machine.memory_bytes as f64;
            if whole <= 0.0 {
                return Err("the machine's memory is not known".into());
            }
            readings(facts.load, of, "memory", phase).into_iter().map(|(at, used)| (at, used / whole)).collect()
        }
        _ if what == "restarts" || READ.iter().any(|(known, _)| *known == what) => {
            readings(facts.load, of, what, phase)
        }
        _ => return Err(format!("nothing is called `{name}`")),
    };
    if points.is_empty() { Err(format!("`{name}` was not recorded")) } else { Ok(points) }
}

/// What the service said under a name; a tag must stand in where it came from.
fn told(load: &Load, name: &str, selector: &Selector) -> Result<(Points, bool), String> {
    let labelled = |gauge: &&Gauge| {
        let others = selector.tags.iter().filter(|(key, _)| *key != "phase");
        others.into_iter().all(|(key, value)| gauge.from.contains(&format!("{key}=\"{value}\"")))
    };
    let all: Vec<&Gauge> = load.gauges.iter().filter(|gauge| gauge.name == name).collect();
    let found: Vec<&Gauge> = all.iter().copied().filter(labelled).collect();
    let gauge = match (found.as_slice(), all.is_empty()) {
        ([gauge], _) => gauge,
        (_, true) => return Err(format!("`{name}` was not recorded")),
        ([], false) => return Err(format!("no `{name}` has the tags {}", selector.tags_text())),
        (several, _) => return Err(format!("{} series are called `{name}`: name a tag of one", several.len())),
    };
    let phase = selector.tags.get("phase").map(String::as_str);
    let points: Points = gauge.points.iter().map(|(at, value)| (at.get(), value.get())).collect();
    // A summary has one value and no time worth the name.
    let points = if points.len() == 1 && phase.is_none() {
        points
    } else {
        points.into_iter().filter(|(at, _)| counts(load, phase, *at)).collect()
    };
    if points.is_empty() { Err(format!("`{name}` was not recorded in that time")) } else { Ok((points, gauge.counter)) }
}

/// What was in use, in figures.
pub(super) fn summaries(facts: &Facts<'_>) -> Vec<UsageSummary> {
    let mut all = Vec::new();
    for (_, of) in SOURCES {
        for (what, unit) in READ {
            let values: Vec<f64> = readings(facts.load, of, what, None).into_iter().map(|(_, value)| value).collect();
            let finite = |value: f64| Finite::try_from(value).ok();
            let (Some(mean), Some(max), Some(last)) = (
                mean(&values).and_then(finite),
                values.iter().copied().reduce(f64::max).and_then(finite),
                values.last().copied().and_then(finite),
            ) else {
                continue;
            };
            all.push(UsageSummary { of, what: what.to_owned(), unit, mean, max, last });
        }
    }
    all
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// `service_memory_max` and `service_cpu_mean` as metrics, where they were recorded; with them [`SERVICE_MEMORY_GROWTH`], which alone
/// is judged, where memory was watched long enough to tell growth.
pub(super) fn metrics(facts: &Facts<'_>) -> Result<Vec<Metric>, Problem> {
    let values = |what| -> Vec<f64> {
        readings(facts.load, Source::Service, what, None).into_iter().map(|(_, value)| value).collect()
    };
    let (memory, cpu) = (values("memory"), values("cpu"));
    let largest = memory.iter().copied().reduce(f64::max);
    let lower = Direction::LowerIsBetter;
    let found = [
        ("service_memory_max", largest, Unit::Bytes, memory.len()),
        ("service_cpu_mean", mean(&cpu), Unit::Ratio, cpu.len()),
    ];
    let make = |(measure, value, unit, samples): (&str, Option<f64>, Unit, usize)| {
        let value = Finite::try_from(value?).ok()?;
        let id = metrics::id(facts.load, "all/all".into());
        Some(metrics::metric(id, measure, value, unit, lower, samples as u64, false))
    };
    found.into_iter().filter_map(make).chain(memory_growth(facts)).collect()
}

/// How much the service's memory grows in two hours, as a ratio of the level where it began; below 0 where it shrinks.
fn memory_growth(facts: &Facts<'_>) -> Option<Result<Metric, Problem>> {
    let points = readings(facts.load, Source::Service, "memory", None);
    let (value, ends) = growth(&points).ok()?.standing();
    let finite = |value: f64| Finite::try_from(value).ok();
    let (value, id) = (finite(value)?, metrics::id(facts.load, "all/all".into()));
    let interval = ends.and_then(|(lower, upper)| {
        let (lower, upper, level) = (finite(lower)?, finite(upper)?, finite(LEVEL)?);
        Some(Interval { lower, upper, level, from: IntervalSource::Samples })
    });
    let (lower, samples) = (Direction::LowerIsBetter, points.len() as u64);
    let metric = metrics::metric(id, SERVICE_MEMORY_GROWTH, value, Unit::Ratio, lower, samples, true);
    Some(metric.map(|metric| Metric { interval, ..metric }))
}
