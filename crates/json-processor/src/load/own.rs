//! What an engine measured under names of its own: k6's metrics that are no request's, with a script's own ones. Rates and trends
//! are told as figures, a gauge for each. Must not know: what a service said.

use bench_model::Unit;
use bench_model::load::{Gauge, Limit, Measured, Selector, Statistic, Threshold};

use super::Facts;
use super::observe::known;
use super::select::seconds;

const NS_PER_MS: f64 = 1e6;

/// The figure that an engine has for a threshold on a metric of its own; `None` when it has no such metric.
pub(super) fn figure(facts: &Facts<'_>, threshold: &Threshold) -> Option<Result<Measured, String>> {
    let Threshold { selector, statistic, .. } = threshold;
    let engine = format!("{} ", facts.load.engine.name);
    let mine = || facts.load.gauges.iter().filter(|gauge| gauge.from.starts_with(&engine));
    let of_figure = |gauge: &&Gauge| {
        let Some((metric, figure)) = split(&gauge.name) else { return false };
        is(figure, statistic) && Selector::read(metric).as_ref() == Ok(selector)
    };
    if let Some(gauge) = mine().find(of_figure) {
        return Some(converted(threshold, last(gauge)));
    }
    let whole = mine().find(|gauge| Selector::read(&gauge.name).as_ref() == Ok(selector))?;
    let value = match statistic {
        // An engine's own counter begins at 0 with the run.
        Statistic::Count if whole.counter => last(whole),
        Statistic::Rate if whole.counter => last(whole).and_then(|count| {
            let seconds = seconds(facts.load, None);
            if seconds > 0.0 { Ok(count / seconds) } else { Err("no time passed".into()) }
        }),
        Statistic::Value if !whole.counter => last(whole),
        // What was read over time is told by its readings.
        _ => return None,
    };
    Some(converted(threshold, value))
}

/// The metric and the figure of a gauge's name, `queue_wait.p(99.9)`: the dot before the figure is the last one outside its parentheses.
fn split(name: &str) -> Option<(&str, &str)> {
    let end = name.rfind(".p(").or_else(|| name.rfind('.'))?;
    Some((name.get(..end)?, name.get(end + 1..)?))
}

/// Whether a gauge's figure is the one asked for; a percentile may be written as `p(99.90)`, too.
fn is(figure: &str, statistic: &Statistic) -> bool {
    let percent = figure.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'));
    let percent = percent.and_then(|text| text.trim().parse().ok()).map(Statistic::Percentile);
    let written = percent.and_then(|percentile| percentile.k6_name()).unwrap_or_else(|| figure.to_owned());
    statistic.k6_name() == Some(written)
}

/// An engine's times are milliseconds. Of a metric that may be anything it does not tell the unit, so a limit cannot have one.
fn converted(threshold: &Threshold, value: Result<f64, String>) -> Result<Measured, String> {
    let unit = threshold.unit();
    let limit = match &threshold.limit {
        Limit::Quantity(_, unit) => Some(*unit),
        Limit::OfPhase(of) => of.or.map(|(_, unit)| unit),
        Limit::Number(_) | Limit::OfBaseline(_) => None,
    };
    let plain = |unit: Unit| matches!(unit, Unit::Count | Unit::Ratio);
    match (unit, limit) {
        (Some(Unit::Nanoseconds), _) => known(value? * NS_PER_MS),
        (None, Some(unit)) if !plain(unit) => {
            Err("the engine does not tell the unit of its metric: give the limit as a bare number in that unit".into())
        }
        (Some(_) | None, _) => known(value?),
    }
}

fn last(gauge: &Gauge) -> Result<f64, String> {
    gauge.points.last().map(|(_, value)| value.get()).ok_or_else(|| "it has no value".into())
}
