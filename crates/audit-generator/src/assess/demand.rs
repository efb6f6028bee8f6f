//! Where each demand is heading, and whether there is to be more or less of what carries it.
//! Must not know: what anything costs.

use bench_model::assessment::{Amount, DecisionKind, Demand, Forecast, Reached, ScalingDecision, Source};
use bench_model::perf::{Interval, IntervalSource};
use bench_model::scale::Estimated;
use bench_model::time::Timestamp;
use bench_model::unit::rounded;
use bench_model::{Finite, MetricName, Unit};
use bench_stats::{Decision, Estimate, NoForecast, Towards, Until, decision, forecast};

use super::carried::{self, capacity, keeps, scaled};
use super::config::{AssessConfig, DemandOf};
use super::facts::{Facts, Scaled, Value};
use super::measured::{LEVEL, amount};

/// A day.
const SECONDS: f64 = 86_400.0;

/// Every demand: where it is heading, and what to do about it.
pub(super) fn demands(
    facts: &Facts,
    config: &AssessConfig,
    generated: Timestamp,
) -> (Vec<Forecast>, Vec<ScalingDecision>) {
    let (mut forecasts, mut decisions) = (Vec::new(), Vec::new());
    for demand in &config.demands {
        let found = demand.metric.as_ref().map(|metric| heading(facts, config, demand, metric, generated));
        decisions.push(decided(facts, config, demand, found.as_ref()));
        forecasts.extend(found.map(|found| found.forecast));
    }
    (forecasts, decisions)
}

/// A forecast, and the largest value from now until the horizon.
struct Heading {
    forecast: Forecast,
    peak: Option<Estimate>,
}

/// Which days are asked for, in days after the last moment of a history.
#[derive(Clone, Copy)]
struct Days {
    /// When the assessment was made.
    now: f64,
    horizon: f64,
}

fn heading(
    facts: &Facts,
    config: &AssessConfig,
    demand: &DemandOf,
    metric: &MetricName,
    generated: Timestamp,
) -> Heading {
    let history = facts.history(metric);
    let ends: Vec<_> = history.first().into_iter().chain(history.last()).map(|value| facts.cite(&value.line)).collect();
    let mut found = Forecast {
        name: demand.name.clone(),
        metric: metric.clone(),
        horizon_days: demand.horizon_days,
        moments: u32::try_from(history.len()).unwrap_or(u32::MAX),
        first: history.first().map(|value| value.line.time),
        last: history.last().map(|value| value.line.time),
        newest: history.last().map(|value| amount(value.value, value.unit)),
        value: None,
        per_day: None,
        reached: None,
        evidence: ordered(ends),
        why: String::new(),
    };
    let Some(last) = history.last() else {
        found.why = format!("no run of the ledger measured {metric}");
        return Heading { forecast: found, peak: None };
    };
    let unit = last.unit;
    if unit != Unit::PerSecond {
        found.why = format!("it is measured in {unit}, and what carries it in {}", Unit::PerSecond);
        return Heading { forecast: found, peak: None };
    }
    let now = (generated.unix() - last.line.time.unix()).max(0) as f64 / SECONDS;
    let days = Days { now, horizon: now + demand.horizon_days.get() };
    let (line, then, peak) = match ahead(&history, last, days) {
        Ok(ahead) => ahead,
        Err(why) => {
            found.why = why;
            return Heading { forecast: found, peak: None };
        }
    };
    found.value = estimated(cut(then));
    found.per_day = estimated(line.per_day);
    let carried = scaled(facts, &demand.capacity).and_then(|run| Ok((run, carries(run, config)?)));
    found.why = match carried {
        Ok((run, found_at)) => {
            let level = found_at.best.throughput.value;
            found.evidence = ordered(found.evidence.into_iter().chain([facts.cite(&run.line)]).collect());
            let until = line.time_until(level.get(), Towards::Rising, days.horizon).ok();
            found.reached = until.and_then(|until| reached(until, days.now));
            let when = found.reached.as_ref().map_or("not known".to_owned(), told);
            let more = if found_at.more.is_some() { ", and there may be more than that," } else { "" };
            format!("{}{more} is reached {when}", amount(level, unit))
        }
        Err(why) => format!("when the capacity is reached is not known: {why}"),
    };
    if then.lower < 0.0 {
        found.why = format!("{}; the forecast is cut at 0, for no demand is below that", found.why);
    }
    Heading { forecast: found, peak: Some(cut(peak)) }
}

/// The line, its value at the horizon, and the largest one from now on until then; or why there is no forecast.
fn ahead(history: &[&Value], last: &Value, days: Days) -> Result<(bench_stats::Forecast, Estimate, Estimate), String> {
    let moment = |value: &&Value| bench_stats::Demand {
        day: (value.line.time.unix() - last.line.time.unix()) as f64 / SECONDS,
        value: value.value.get(),
    };
    let line = forecast(&history.iter().map(moment).collect::<Vec<_>>()).map_err(|none| refused(none, days))?;
    if days.now > line.span {
        let (ago, span) = (days.now, line.span);
        return Err(format!("no forecast: the history ended {ago:.1} days ago, and spans no more than {span:.1} days"));
    }
    let at = |day: f64| line.at(day).map_err(|none| refused(none, days));
    let (now, then) = (at(days.now)?, at(days.horizon)?);
    let largest = |of: fn(&Estimate) -> f64| of(&now).max(of(&then));
    let peak = Estimate { value: largest(|it| it.value), lower: largest(|it| it.lower), upper: largest(|it| it.upper) };
    Ok((line, then, peak))
}

/// No demand is below 0.
const fn cut(of: Estimate) -> Estimate {
    Estimate { value: of.value.max(0.0), lower: of.lower.max(0.0), upper: of.upper.max(0.0) }
}

fn carries<'a>(run: &'a Scaled, config: &AssessConfig) -> Result<carried::Capacity<'a>, String> {
    capacity(run, &config.service_level).map_err(|doubt| doubt.why().to_owned())
}

fn refused(none: NoForecast, days: Days) -> String {
    match none {
        NoForecast::Unusable => "no forecast: the history holds numbers that cannot be used".into(),
        NoForecast::TooShort { moments, least } => {
            format!("no forecast: the history has {moments} moments, where {least} are the least")
        }
        NoForecast::TooFar { span, .. } => {
            let (asked, last) = (days.horizon - days.now, days.horizon);
            format!(
                "no forecast: {asked:.0} days ahead are {last:.1} from the end of the history, more than the {span:.1} days that it spans"
            )
        }
    }
}

/// In days from now.
fn reached(until: Until, now: f64) -> Option<Reached> {
    let from_now = |day: f64| Finite::try_from((day - now).max(0.0)).ok();
    Some(match until {
        Until::Already => Reached::Already,
        Until::Never => Reached::Never,
        Until::Within { days, .. } if days <= now => Reached::Already,
        Until::Within { days, earliest, latest } => {
            Reached::Within { days: from_now(days)?, earliest: from_now(earliest)?, latest: latest.and_then(from_now) }
        }
        Until::NotWithin { earliest, .. } => Reached::NotWithin { earliest: earliest.and_then(from_now) },
    })
}

fn told(reached: &Reached) -> String {
    match reached {
        Reached::Already => "already".into(),
        Reached::Within { days, earliest, latest } => {
            let latest = latest.map_or("beyond the horizon".to_owned(), |latest| format!("{:.0}", latest.get()));
            format!("in {:.0} days (95 %: {:.0} to {latest})", days.get(), earliest.get())
        }
        Reached::NotWithin { earliest: Some(earliest) } => {
            format!("not within the horizon; the interval allows it from day {:.0} on", earliest.get())
        }
        Reached::NotWithin { earliest: None } => "not within the horizon".into(),
        Reached::Never => "never, as the trend goes".into(),
    }
}

fn interval(of: Estimate) -> Option<Interval> {
    let finite = |value: f64| Finite::try_from(value).ok();
    let (lower, upper, level) = (finite(of.lower)?, finite(of.upper)?, finite(LEVEL)?);
    Some(Interval { lower, upper, level, from: IntervalSource::Rounds })
}

fn estimated(of: Estimate) -> Option<Estimated> {
    Some(Estimated { value: Finite::try_from(of.value).ok()?, interval: interval(of) })
}

/// A peak, and what is to be known of it.
struct Peak {
    demand: Demand,
    range: Estimate,
}

/// The largest load that is expected: what the history says, or else the configuration.
fn expected(demand: &DemandOf, heading: Option<&Heading>) -> Option<Peak> {
    if let Some((peak, heading)) = heading.and_then(|heading| Some((heading.peak?, heading))) {
        let amount = Amount::base(peak.value, Unit::PerSecond)?;
        let evidence = heading.forecast.evidence.clone();
        let demand = Demand { amount, interval: interval(peak), source: Source::Forecast, evidence };
        return Some(Peak { demand, range: peak });
    }
    let peak = demand.expected?;
    let source = if demand.example { Source::Example } else { Source::Configured };
    let (value, lower, upper) = (peak.get(), peak.get(), peak.get());
    let demand = Demand { amount: amount(peak, Unit::PerSecond), interval: None, source, evidence: Vec::new() };
    Some(Peak { demand, range: Estimate { value, lower, upper } })
}

fn decided(facts: &Facts, config: &AssessConfig, demand: &DemandOf, heading: Option<&Heading>) -> ScalingDecision {
    let margin = config.safety_margin;
    let peak = expected(demand, heading);
    let carried = scaled(facts, &demand.capacity).and_then(|run| Ok((run, carries(run, config)?)));
    let (kind, ratios, why) = match (&peak, &carried) {
        (None, found) => {
            let unknown = heading.map_or("it is not configured", |heading| &heading.forecast.why);
            let why = match found {
                Err(why) => format!("neither the peak is known ({unknown}) nor the capacity ({why})"),
                Ok(_) => format!("the peak is not known: {unknown}"),
            };
            (DecisionKind::Undecided, None, why)
        }
        (Some(_), Err(why)) => (DecisionKind::Undecided, None, format!("the capacity is not known: {why}")),
        (Some(peak), Ok((_, found))) => weighed(peak, margin, found),
    };
    // Nobody expects an example: it shows the arithmetic and decides nothing.
    let example = peak.as_ref().is_some_and(|peak| peak.demand.source == Source::Example);
    let kind = if example { DecisionKind::Undecided } else { kind };
    let ratios = ratios.filter(|_| !example);
    // A range needs what its upper end does, and a size is only known to carry what its lower end does.
    let needed = peak.as_ref().filter(|_| !example).map(|peak| peak.range.upper * margin.get());
    let enough = carried.as_ref().ok().zip(needed).and_then(|((run, _), needed)| {
        let mut levels = run.summary.levels.iter();
        let level = levels.find(|level| {
            ends(level.throughput).lower >= needed && matches!(keeps(level, &config.service_level), Ok(Ok(())))
        })?;
        Some(run.summary.axis.counted(level.at))
    });
    let best = carried.as_ref().ok();
    let cited = best.map(|(run, _)| facts.cite(&run.line));
    // The ends of two intervals make none of a known level.
    let one_ranges = heading.is_some_and(|heading| heading.peak.is_some())
        != best.is_some_and(|(_, found)| found.best.throughput.interval.is_some());
    let evidence = peak.iter().flat_map(|peak| peak.demand.evidence.clone()).chain(cited).collect();
    ScalingDecision {
        name: demand.name.clone(),
        decision: kind,
        ratio: ratios.filter(|_| kind != DecisionKind::Undecided).and_then(|it| Finite::try_from(it.value).ok()),
        ratio_interval: ratios.filter(|_| one_ranges).and_then(interval),
        predicted_peak: peak.map(|peak| peak.demand),
        safety_margin: margin,
        capacity: best.map(|(_, found)| amount(found.best.throughput.value, Unit::PerSecond)),
        capacity_at_least: best.is_some_and(|(_, found)| found.more.is_some()),
        capacity_at: best.map(|(run, found)| run.summary.axis.counted(found.best.at)),
        enough,
        evidence: ordered(evidence),
        why,
    }
}

/// A value and its ends; without an interval both ends are the value.
fn ends(of: Estimated) -> Estimate {
    let end = |end: fn(Interval) -> Finite| of.interval.map_or(of.value, end).get();
    Estimate { value: of.value.get(), lower: end(|it| it.lower), upper: end(|it| it.upper) }
}

/// What a peak means for a capacity, the ratios of both, and the arithmetic in words.
fn weighed(peak: &Peak, margin: Finite, found: &carried::Capacity<'_>) -> (DecisionKind, Option<Estimate>, String) {
    let carried = ends(found.best.throughput);
    let carrying = match found.more {
        Some(_) => bench_stats::Capacity::AtLeast(carried.value),
        None => bench_stats::Capacity::Exactly(carried.value),
    };
    // The most that may come on the least that is carried, and the other way round, in terms of the capacity's value.
    let against = |peak: f64, end: f64| peak * (carried.value / end);
    let (lower, upper) = (against(peak.range.lower, carried.upper), against(peak.range.upper, carried.lower));
    let (kind, ratios) = match decision(Estimate { lower, upper, ..peak.range }, margin.get(), carrying) {
        Decision::Up(ratios) => (DecisionKind::Up, ratios),
        Decision::Down(ratios) => (DecisionKind::Down, ratios),
        Decision::Hold(ratios) => (DecisionKind::Hold, ratios),
        Decision::Open(ratios) => (DecisionKind::Undecided, ratios),
        Decision::Undefined => return (DecisionKind::Undecided, None, "the numbers give no ratio".into()),
    };
    let known = |of: Estimate| of.lower >= of.upper;
    let shown = |of: Estimate, ends: &str, write: fn(f64) -> String| match known(of) {
        true => write(of.value),
        false => format!("{} ({ends}: {} to {})", write(of.value), write(of.lower), write(of.upper)),
    };
    let per_second = |value: f64| Amount::base(value, Unit::PerSecond).map(|it| it.to_string()).unwrap_or_default();
    let both = if known(peak.range) || known(carried) { "95 %" } else { "from the ends of both" };
    let ratio = shown(ratios, both, |ratio| rounded(ratio, 3));
    let (amount_of, carries) = (shown(peak.range, "95 %", per_second), shown(carried, "95 %", per_second));
    let outcome = match (kind, &found.more) {
        (DecisionKind::Up, _) => "above 1.2, so more is needed".to_owned(),
        (DecisionKind::Down, _) => "below 0.8, so less suffices".to_owned(),
        (DecisionKind::Hold, _) => "between 0.8 and 1.2, so it stays as it is".to_owned(),
        (DecisionKind::Undecided, Some(more)) => format!("or less, for there may be more capacity: {more}"),
        (DecisionKind::Undecided, None) => "the ends of the interval do not lead to the same decision".to_owned(),
    };
    let before = match peak.demand.source {
        Source::Example => "the peak is not known; with an example: ",
        Source::Forecast | Source::Configured => "",
    };
    let behind = if peak.demand.source == Source::Configured { " (as configured)" } else { "" };
    let (margin, least) = (margin.get(), if found.more.is_some() { "at least " } else { "" });
    let why = format!("{before}{amount_of}{behind} x {margin} / {least}{carries} = {ratio}: {outcome}");
    (kind, Some(ratios), why)
}

/// Ids of evidence by their lines, each once.
pub(super) fn ordered(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_by_key(|id| id.get(1..).and_then(|seq| seq.parse::<u64>().ok()));
    ids.dedup();
    ids
}
