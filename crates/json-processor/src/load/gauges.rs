//! What the service, or an engine, said of itself, in figures.

use bench_model::Finite;
use bench_model::load::{Gauge, GaugeSummary, Load, Told};

use super::phases::counts;
use super::usage::{Points, mean};

/// Every gauge, warm-up left out. One without a reading outside it is left out.
pub(super) fn summaries(load: &Load) -> Vec<GaugeSummary> {
    let summary = |gauge: &Gauge| {
        let told = told(load, gauge)?;
        Some(GaugeSummary { name: gauge.name.clone(), from: gauge.from.clone(), told })
    };
    load.gauges.iter().filter_map(summary).collect()
}

fn told(load: &Load, gauge: &Gauge) -> Option<Told> {
    // An engine gives a total; of a service's counter only the growth is the run's.
    let is_whole = !gauge.counter || gauge.from.starts_with(&format!("{} ", load.engine.name));
    if let ([(_, value)], true) = (gauge.points.as_slice(), is_whole) {
        return Some(Told::Once(*value));
    }
    let points = gauge.points.iter().map(|(at, value)| (at.get(), value.get()));
    let points: Points = points.filter(|(at, _)| counts(load, None, *at)).collect();
    let finite = |value: f64| Finite::try_from(value).ok();
    if gauge.counter {
        return (points.len() > 1).then(|| finite(grown(&points)).map(Told::Grown)).flatten();
    }
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    Some(Told::Value {
        mean: mean(&values).and_then(finite)?,
        max: values.iter().copied().reduce(f64::max).and_then(finite)?,
        last: values.last().copied().and_then(finite)?,
    })
}

/// What a counter grew by. One that falls began again at 0.
pub(super) fn grown(points: &Points) -> f64 {
    let steps = points.iter().zip(points.iter().skip(1));
    steps.map(|((_, before), (_, after))| if after < before { *after } else { after - before }).sum()
}
