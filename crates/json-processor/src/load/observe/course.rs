//! A figure of what was read over time, and of the time that the service took to come back. Must not know: single requests.

use bench_model::load::{Load, Statistic, Threshold};
use bench_stats::Recovered;

use super::{Found, at_least, known, per_second};
use crate::load::windows::{falling, recovery};
use crate::load::{Facts, gauges, own, phases, usage};

const NS_PER_S: f64 = 1e9;

/// A figure of something read now and then.
pub(super) fn course(facts: &Facts<'_>, threshold: &Threshold) -> Found {
    if let Some(found) = own::figure(facts, threshold) {
        return found;
    }
    let (points, counter) = usage::points(facts, &threshold.selector)?;
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let (first, last) = (points.first().copied().unwrap_or_default(), points.last().copied().unwrap_or_default());
    let grown = || gauges::grown(&points);
    match &threshold.statistic {
        Statistic::Value => known(last.1),
        Statistic::Count if counter => known(grown()),
        Statistic::Rate if counter => per_second(grown(), last.0 - first.0),
        Statistic::Rate | Statistic::Count => known(last.1),
        _ if counter => Err("it only grows: ask for its rate or count".into()),
        Statistic::Average => known(usage::mean(&values).ok_or("there are no readings")?),
        statistic => {
            values.sort_by(f64::total_cmp);
            let percent = match statistic {
                Statistic::Min => 0.0,
                Statistic::Median => 50.0,
                Statistic::Percentile(percent) => *percent,
                _ => 100.0,
            };
            let rank = (percent / 100.0 * values.len() as f64 - 1e-9).ceil().max(1.0) as usize;
            known(values.get(rank - 1).copied().ok_or("there are no readings")?)
        }
    }
}

pub(super) fn users(load: &Load, statistic: &Statistic, phase: Option<&str>) -> Found {
    let windows = load.windows.iter().filter(|window| phases::counts(load, phase, window.at_s.get()));
    let users: Vec<f64> = windows.filter_map(|window| window.users).map(|users| users as f64).collect();
    let found = match statistic {
        Statistic::Min => users.iter().copied().reduce(f64::min),
        Statistic::Average => usage::mean(&users),
        Statistic::Value => users.last().copied(),
        Statistic::Max => users.iter().copied().reduce(f64::max),
        _ => return Err(format!("users have no {statistic}")),
    };
    known(found.ok_or("users were not recorded")?)
}

/// How long the service took to come back: after the named phase's beginning, or after the worst burst.
pub(super) fn recovered(load: &Load, phase: Option<&str>) -> Found {
    let phases = match phase {
        Some(name) => {
            let named = |(index, phase): (usize, &bench_model::load::LoadPhase)| (phase.name == name).then_some(index);
            load.phases.iter().enumerate().filter_map(named).collect()
        }
        None => falling(load),
    };
    if phases.is_empty() {
        return Err(match phase {
            Some(name) => format!("no series has the tag `phase:{name}`"),
            None => "no phase has a lower load than the one before it".into(),
        });
    }
    let mut worst: Option<Recovered> = None;
    for phase in phases {
        worst = Some(match (worst, recovery(load, phase)?.found.recovered) {
            (Some(Recovered::NotWithin(one)), Recovered::NotWithin(other)) => Recovered::NotWithin(one.max(other)),
            (Some(Recovered::NotWithin(one)), _) => Recovered::NotWithin(one),
            (_, Recovered::NotWithin(other)) => Recovered::NotWithin(other),
            (Some(Recovered::After(one)), Recovered::After(other)) => Recovered::After(one.max(other)),
            (None, found) => found,
        });
    }
    match worst.ok_or("there is no burst")? {
        Recovered::After(seconds) => known(seconds * NS_PER_S),
        Recovered::NotWithin(seconds) => at_least(seconds * NS_PER_S),
    }
}
