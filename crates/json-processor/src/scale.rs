//! What a scalability run says: each size in figures, the law that they follow, and metrics of both.
//! Must not know: how points were measured, or what passes.

mod law;
mod levels;
mod notes;
#[cfg(test)]
mod tests;
mod words;

use bench_model::perf::{Interval, IntervalSource, Metric};
use bench_model::scale::{Axis, Estimated, Scale, ScaleSummary};
use bench_model::{BenchmarkId, Direction, Finite, Unit};
use bench_stats::{Estimate, ScalePoint, resource_line};

use crate::Problem;

/// The level of every interval of a law.
const LEVEL: f64 = 0.95;

/// A summary, and the metrics of it.
pub(crate) struct Summarised {
    pub(crate) summary: ScaleSummary,
    pub(crate) metrics: Vec<Metric>,
}

/// What in a record has no sense; nothing, when it has.
pub(crate) fn problem(scale: &Scale) -> Option<Problem> {
    levels::check(scale).err()
}

/// Makes figures of points. `confidence` is that of the intervals of single sizes.
///
/// # Errors
/// Where a record that has the right shape has no sense, with its place.
pub(crate) fn summarise(scale: &Scale, confidence: f64) -> Result<Summarised, Problem> {
    levels::check(scale)?;
    let groups = levels::groups(scale);
    let points: Vec<ScalePoint> = groups.iter().filter_map(levels::Group::point).collect();
    let fitted = law::fit(&points, scale);
    let law = law::told(&fitted, &points, scale);
    let memory: Vec<(f64, f64)> = groups.iter().flat_map(levels::Group::memory).collect();
    // Nobody runs a thousand processes; what a few cost stands at each size.
    let by_thousands = scale.axis == Axis::Connections;
    let line = by_thousands.then(|| resource_line(&memory).ok()).flatten();
    let per_thousand = line.and_then(|line| estimated(line.slope.times(1_000.0)));
    let one = levels::one(&groups);
    let levels: Vec<_> = groups.iter().map(|group| group.level(scale, one, confidence)).collect::<Result<_, _>>()?;
    let mut notes: Vec<String> = fitted.iter().flat_map(|found| notes::of_law(found, scale)).collect();
    notes.extend(notes::of_points(scale, &groups, &levels));
    let mut metrics = levels::metrics(scale, &groups, &levels, confidence)?;
    metrics.extend(law::metrics(scale, &law, per_thousand.as_ref())?);
    let summary = ScaleSummary {
        scenario: scale.scenario.clone(),
        axis: scale.axis,
        cores: scale.cores,
        levels,
        law,
        memory_per_thousand: per_thousand,
        notes,
    };
    Ok(Summarised { summary, metrics })
}

/// The benchmark of a place on the axis: a size, or the law.
fn id(scale: &Scale, place: &str) -> BenchmarkId {
    let plain = scale.scenario.replace(char::is_control, "?");
    BenchmarkId { harness: "scale".into(), target: plain, id: format!("{}/{place}", scale.axis) }
}

/// A number of statistics as a number of a record; an end that nothing bounds makes it one without an interval.
fn estimated(estimate: Estimate) -> Option<Estimated> {
    let finite = |value: f64| Finite::try_from(value).ok();
    let interval = (|| {
        let (lower, upper, level) = (finite(estimate.lower)?, finite(estimate.upper)?, finite(LEVEL)?);
        Some(Interval { lower, upper, level, from: IntervalSource::Rounds })
    })();
    Some(Estimated { value: finite(estimate.value)?, interval })
}

/// One value of a measure, over rounds.
struct Figure {
    measure: &'static str,
    unit: Unit,
    direction: Direction,
    rounds: Vec<Finite>,
    value: Estimated,
    primary: bool,
}

fn metric(benchmark: BenchmarkId, figure: Figure) -> Result<Metric, Problem> {
    let Figure { measure, unit, direction, rounds, value: Estimated { value, interval }, primary } = figure;
    let name = benchmark.metric(measure).map_err(|error| Problem::at("/scenario", error.to_string()))?;
    let (measure, samples) = (measure.to_owned(), rounds.len() as u64);
    Ok(Metric { name, benchmark, measure, value, unit, direction, interval, rounds, samples, primary })
}
