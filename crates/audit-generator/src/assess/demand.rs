//! Where each demand is heading, and whether there is to be more or less of what carries it.
//! Must not know: what anything costs.

use bench_model::assessment::{Amount, DecisionKind, Demand, Forecast, Reached, ScalingDecision, Source};
use bench_model::perf::{Interval, IntervalSource};
use bench_model::scale::Estimated;
use bench_model::{Finite, Unit};
use bench_stats::{Decision, Estimate, NoForecast, Towards, Until, decision, forecast};

use super::carried::{capacity, keeps, scaled, size};
use super::config::{AssessConfig, DemandOf};
use super::facts::Facts;
use super::measured::amount;

/// The level of every interval of a forecast.
const LEVEL: f64 = 0.95;

/// Every demand: where it is heading, and what to do about it.
pub(super) fn demands(facts: &Facts, config: &AssessConfig) -> (Vec<Forecast>, Vec<ScalingDecision>) {
    config
        .demands
        .iter()
        .map(|demand| {
            let found = heading(facts, config, demand);
            let decided = decided(facts, config, demand, &found);
            (found.forecast, decided)
        })
        .unzip()
}

/// A forecast, and the largest value that the trend has until the horizon.
struct Heading {
    forecast: Forecast,
    peak: Option<Finite>,
}

fn heading(facts: &Facts, config: &AssessConfig, demand: &DemandOf) -> Heading {
    let history = facts.history(&demand.metric);
    let ends: Vec<_> = history.first().into_iter().chain(history.last()).map(|value| facts.cite(&value.line)).collect();
    let mut found = Forecast {
        name: demand.name.clone(),
        metric: demand.metric.clone(),
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
        found.why = format!("no run of the ledger measured {}", demand.metric);
        return Heading { forecast: found, peak: None };
    };
    let unit = last.unit;
    if unit != Unit::PerSecond {
        found.why = format!("it is measured in {unit}, and what carries it in {}", Unit::PerSecond);
        return Heading { forecast: found, peak: None };
    }
    let days = |value: &&super::facts::Value| bench_stats::Demand {
        day: (value.line.time.unix() - last.line.time.unix()) as f64 / 86_400.0,
        value: value.value.get(),
    };
    let moments: Vec<_> = history.iter().map(days).collect();
    let horizon = demand.horizon_days.get();
    let line = forecast(&moments);
    let ahead = line
        .as_ref()
        .map_err(|none| *none)
        .and_then(|line| Ok((line, line.at(horizon)?, line.trend_at(0.0)?, line.trend_at(horizon)?)));
    let (line, value, now, then) = match ahead {
        Ok(ahead) => ahead,
        Err(none) => {
            found.why = refused(none);
            return Heading { forecast: found, peak: None };
        }
    };
    found.value = estimated(value);
    found.per_day = estimated(line.per_day);
    let carried = scaled(facts, &demand.capacity).and_then(|run| Ok((run, capacity(run, &config.service_level)?)));
    found.why = match carried {
        Ok((run, best)) => {
            let level = best.throughput.value;
            found.evidence = ordered(found.evidence.into_iter().chain([facts.cite(&run.line)]).collect());
            found.reached = line.time_until(level.get(), Towards::Rising, horizon).ok().and_then(reached);
            let when = found.reached.as_ref().map_or("not known".to_owned(), told);
            format!("{} is reached {when}", amount(level, unit))
        }
        Err(why) => format!("when the capacity is reached is not known: {why}"),
    };
    let peak = Finite::try_from(now.value.max(then.value).max(0.0)).ok();
    Heading { forecast: found, peak }
}

fn refused(none: NoForecast) -> String {
    match none {
        NoForecast::Unusable => "no forecast: the history holds numbers that cannot be used".into(),
        NoForecast::TooShort { moments, least } => {
            format!("no forecast: the history has {moments} moments, where {least} are the least")
        }
        NoForecast::TooFar { horizon, span } => {
            format!("no forecast: {horizon:.0} days ahead are more than the {span:.1} days that the history spans")
        }
    }
}

fn reached(until: Until) -> Option<Reached> {
    let finite = |value: f64| Finite::try_from(value).ok();
    Some(match until {
        Until::Already => Reached::Already,
        Until::Never => Reached::Never,
        Until::Within { days, earliest, latest } => {
            Reached::Within { days: finite(days)?, earliest: finite(earliest)?, latest: latest.and_then(finite) }
        }
        Until::NotWithin { earliest, .. } => Reached::NotWithin { earliest: earliest.and_then(finite) },
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

fn estimated(estimate: Estimate) -> Option<Estimated> {
    let finite = |value: f64| Finite::try_from(value).ok();
    let interval = (|| {
        let (lower, upper, level) = (finite(estimate.lower)?, finite(estimate.upper)?, finite(LEVEL)?);
        Some(Interval { lower, upper, level, from: IntervalSource::Rounds })
    })();
    Some(Estimated { value: finite(estimate.value)?, interval })
}

fn decided(facts: &Facts, config: &AssessConfig, demand: &DemandOf, heading: &Heading) -> ScalingDecision {
    let forecast = &heading.forecast;
    let configured = demand.expected.map(|expected| Demand {
        amount: amount(expected, Unit::PerSecond),
        source: if demand.example { Source::Example } else { Source::Configured },
        evidence: Vec::new(),
    });
    let predicted = heading.peak.map(|peak| Demand {
        amount: amount(peak, Unit::PerSecond),
        source: Source::Forecast,
        evidence: forecast.evidence.clone(),
    });
    let predicted = predicted.or(configured);
    let carried = scaled(facts, &demand.capacity).and_then(|run| Ok((run, capacity(run, &config.service_level)?)));
    let margin = config.safety_margin;
    let peak = predicted.as_ref().map(|peak| peak.amount.value.get());
    let carries = carried.as_ref().ok().map(|(_, best)| best.throughput.value.get());
    let (kind, ratio) = match decision(peak, margin.get(), carries) {
        Decision::Up(ratio) => (DecisionKind::Up, Some(ratio)),
        Decision::Down(ratio) => (DecisionKind::Down, Some(ratio)),
        Decision::Hold(ratio) => (DecisionKind::Hold, Some(ratio)),
        Decision::Undefined => (DecisionKind::Undecided, None),
    };
    // Nobody expects an example: it shows the arithmetic and decides nothing.
    let example = predicted.as_ref().is_some_and(|peak| peak.source == Source::Example);
    let decided = if example { DecisionKind::Undecided } else { kind };
    let needed = peak.map(|peak| peak * margin.get());
    let enough = carried.as_ref().ok().zip(needed).and_then(|((run, _), needed)| {
        let mut levels = run.summary.levels.iter();
        let level = levels.find(|level| {
            level.throughput.value.get() >= needed && matches!(keeps(level, &config.service_level), Ok(Ok(())))
        })?;
        Some(size(level.at, run.summary.axis))
    });
    let why = match (&predicted, &carried, ratio) {
        (None, Err(why), _) => format!("neither the peak is known ({}) nor the capacity ({why})", forecast.why),
        (None, Ok(_), _) => format!("the peak is not known: {}", forecast.why),
        (Some(_), Err(why), _) => format!("the capacity is not known: {why}"),
        (Some(peak), Ok((_, best)), Some(ratio)) => format!(
            "{}{}{} x {} / {} = {}: {}",
            if example { "the peak is not known; with an example: " } else { "" },
            peak.amount,
            match peak.source {
                Source::Forecast | Source::Example => "",
                Source::Configured => " (as configured)",
            },
            margin.get(),
            amount(best.throughput.value, Unit::PerSecond),
            bench_model::unit::rounded(ratio, 3),
            match kind {
                DecisionKind::Up => "above 1.2, so more is needed",
                DecisionKind::Down => "below 0.8, so less suffices",
                DecisionKind::Hold | DecisionKind::Undecided => "between 0.8 and 1.2, so it stays as it is",
            }
        ),
        (Some(_), Ok(_), None) => "the numbers give no ratio".into(),
    };
    let capacity: Option<Amount> = carries.and_then(|value| Amount::base(value, Unit::PerSecond));
    let cited = carried.as_ref().ok().map(|(run, _)| facts.cite(&run.line));
    let evidence = predicted.iter().flat_map(|peak| peak.evidence.clone()).chain(cited).collect();
    ScalingDecision {
        name: demand.name.clone(),
        decision: decided,
        ratio: ratio.filter(|_| !example).and_then(|ratio| Finite::try_from(ratio).ok()),
        predicted_peak: predicted,
        safety_margin: margin,
        capacity,
        capacity_at: carried.as_ref().ok().map(|(run, best)| size(best.at, run.summary.axis)),
        enough: enough.filter(|_| !example),
        evidence: ordered(evidence),
        why,
    }
}

/// Ids of evidence by their lines, each once.
pub(super) fn ordered(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_by_key(|id| id.get(1..).and_then(|seq| seq.parse::<u64>().ok()));
    ids.dedup();
    ids
}
