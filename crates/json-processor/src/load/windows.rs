//! What the course over time shows: recovery, the breaking point, stability.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::load::{Load, LoadModel, LoadPhase, Window};
use bench_stats::{
    BreakingPoint, BreakingRule, Broken, Moment, Recovered, Recovery, RecoveryRule, Step, breaking_point as find,
    recovery as recover, relative_variance, variance,
};

use super::Facts;
use super::phases::{at, end, is_level, load_at, planned};

/// How many seconds must be good in a row, in the scenario's own time, and how many windows at least.
const GOOD_SECONDS: f64 = 10.0;
const FEWEST_WINDOWS: usize = 3;
/// Loads within this factor count as alike.
const ALIKE: f64 = 1.2;
/// A phase whose load is below this share of the end of the one before comes after a burst.
const FALLS: f64 = 0.9;

/// Where the service broke, with the load then.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Breaking {
    /// At a moment, with the requests per second offered (or sent, in a closed model) and the users then.
    At { time: f64, rate: f64, users: Option<f64>, by: Broken },
    /// Not up to this rate.
    Above { rate: f64 },
    /// Why it cannot be told.
    NotKnown(String),
}

/// Recovery after a burst, in the worst region.
pub(super) struct AfterBurst {
    pub(super) found: Recovery,
    /// The phase whose level was the measure.
    pub(super) before: String,
    pub(super) region: Option<String>,
}

fn is_whole(load: &Load, window: &Window) -> bool {
    at(load, window.at_s.get()).is_none_or(|phase| window.at_s.get() + 0.99 * load.window_s.get() <= end(phase))
}

/// Whole windows of one region whose beginning lies in a stretch of time, without idle ones. One in which users or requests only wait is not
/// idle: that is how a service looks that stands still.
fn within<'a>(load: &'a Load, region: Option<&str>, from: f64, to: f64) -> Vec<&'a Window> {
    let inside = |window: &&Window| (from..to).contains(&window.at_s.get()) && is_whole(load, window);
    let some = |count: Option<u64>| count.is_some_and(|count| count > 0);
    let busy = |window: &&Window| {
        let waits = some(window.offered) || some(window.in_flight) || some(window.users);
        window.sent > 0 || window.completed > 0 || waits
    };
    load.windows.iter().filter(|window| window.region.as_deref() == region).filter(inside).filter(busy).collect()
}

fn regions(load: &Load) -> Vec<Option<&str>> {
    load.windows.iter().map(|window| window.region.as_deref()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Answers a Poisson count may lack without meaning anything: two standard deviations and one in flight.
fn slack(due: f64) -> f64 {
    2.0 * due.sqrt() + 1.0
}

fn moment(window: &Window) -> Moment {
    let due = window.offered.map(|due| due as f64).filter(|due| *due > 0.0);
    Moment {
        at: window.at_s.get(),
        latency: window.p95.map(f64::from),
        error_rate: error_rate(window),
        achieved: due.map(|due| (window.completed as f64 + slack(due)) / due),
    }
}

fn error_rate(window: &Window) -> Option<f64> {
    let all = window.completed.max(window.failed).max(window.sent);
    (all > 0).then(|| window.failed as f64 / all as f64)
}

/// Phases with lower load than the one before: they come after a burst.
pub(super) fn falling(load: &Load) -> Vec<usize> {
    let pairs = load.phases.iter().zip(load.phases.iter().skip(1)).enumerate();
    let falls = |(before, after): (&LoadPhase, &LoadPhase)| {
        let (Some((_, high)), Some((_, low))) = (planned(before), planned(after)) else { return false };
        same_model(before, after) && low < FALLS * high && !before.warm_up && !after.warm_up
    };
    pairs.filter(|(_, pair)| falls(*pair)).map(|(before, _)| before + 1).collect()
}

fn same_model(one: &LoadPhase, other: &LoadPhase) -> bool {
    matches!(
        (one.model, other.model),
        (LoadModel::Open { .. }, LoadModel::Open { .. })
            | (LoadModel::Closed { .. }, LoadModel::Closed { .. })
            | (LoadModel::Unknown, LoadModel::Unknown)
    )
}

/// How long it took from the beginning of a phase until the service was as good as before the burst.
///
/// The measure is the nearest earlier phase with about the load of this one, or the one before the burst. Watched is this phase
/// and those after it, as long as their load is no higher.
///
/// # Errors
/// In a sentence, why it cannot be told.
pub(super) fn recovery(load: &Load, index: usize) -> Result<AfterBurst, String> {
    let phase = load.phases.get(index).ok_or("there is no such phase")?;
    let earlier = load.phases.get(..index).unwrap_or_default();
    let low = planned(phase).map(|(_, to)| to);
    let alike = |other: &&LoadPhase| {
        let most = planned(other).map(|(from, to)| from.max(to));
        !other.warm_up && same_model(other, phase) && most.zip(low).is_some_and(|(most, low)| most <= ALIKE * low)
    };
    let before_burst =
        || index.checked_sub(2).and_then(|before| load.phases.get(before)).filter(|before| !before.warm_up);
    let before = earlier.iter().rev().skip(1).find(alike).or_else(before_burst);
    let before = before.ok_or("there is no phase before the burst to compare with")?;
    let calm =
        |other: &&LoadPhase| planned(other).zip(low).is_some_and(|((from, to), low)| from.max(to) <= ALIKE * low);
    let later = load.phases.get(index + 1..).unwrap_or_default();
    let until = later.iter().take_while(calm).last().map_or_else(|| end(phase), end);
    let seconds = GOOD_SECONDS * load.time_scale.get() / load.window_s.get();
    let consecutive = (seconds.round().max(0.0) as usize).clamp(FEWEST_WINDOWS, GOOD_SECONDS as usize);
    let rule = RecoveryRule { consecutive, ..RecoveryRule::default() };
    let mut worst: Option<AfterBurst> = None;
    for region in regions(load) {
        let moments = |from, to| within(load, region, from, to).into_iter().map(moment).collect::<Vec<_>>();
        let (usual, after) = (moments(before.start_s.get(), end(before)), moments(phase.start_s.get(), until));
        let found = recover(&usual, &after, load.window_s.get(), rule).ok_or_else(|| {
            format!(
                "it takes {FEWEST_WINDOWS} windows with answers in phase `{}`, and {consecutive} after the burst; there are {} and {}",
                before.name,
                usual.len(),
                after.len()
            )
        })?;
        // Time counts from the end of the burst, whether or not anything was seen at once.
        let unseen = after.first().map_or(0.0, |first| (first.at - phase.start_s.get()).max(0.0));
        let found = Recovery { recovered: later_by(found.recovered, unseen), ..found };
        let is_worse = |worst: &AfterBurst| length(found.recovered) > length(worst.found.recovered);
        if worst.as_ref().is_none_or(is_worse) {
            worst = Some(AfterBurst { found, before: before.name.clone(), region: region.map(str::to_owned) });
        }
    }
    worst.ok_or_else(|| "the engine recorded no windows".into())
}

fn later_by(recovered: Recovered, seconds: f64) -> Recovered {
    match recovered {
        Recovered::After(after) => Recovered::After(after + seconds),
        Recovered::NotWithin(within) => Recovered::NotWithin(within + seconds),
    }
}

/// For comparing: what never recovered is worse than what did.
fn length(recovered: Recovered) -> (bool, f64) {
    match recovered {
        Recovered::After(seconds) => (false, seconds),
        Recovered::NotWithin(seconds) => (true, seconds),
    }
}

/// The rate at which the service broke while the load rose.
pub(super) fn breaking_point(facts: &Facts<'_>) -> Breaking {
    let load = facts.load;
    let steps = steps(load);
    let most = steps.iter().map(|(_, step)| step.load).fold(f64::NEG_INFINITY, f64::max);
    // A ramp ends where it is highest; what comes after is recovery.
    let top = steps.iter().rposition(|(_, step)| step.load >= 0.98 * most).map_or(0, |last| last + 1);
    let rising: Vec<Step> = steps.iter().take(top).map(|(_, step)| *step).collect();
    let rate = |index: usize| {
        let (windows, step) = steps.get(index)?;
        let rate = match step.due {
            Some(_) if windows.planned_open => step.load,
            Some(due) => due / load.window_s.get(),
            None => windows.sent as f64 / load.window_s.get(),
        };
        Some((windows.time, rate, (!windows.planned_open).then_some(step.load)))
    };
    // What was kept up at the top, and not what a single window happened to hold.
    let highest = || {
        let at_top = (0..top).filter(|index| steps.get(*index).is_some_and(|(_, step)| step.load >= 0.98 * most));
        let mut rates: Vec<f64> = at_top.filter_map(rate).map(|(_, rate, _)| rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or(0.0)
    };
    match find(&rising, BreakingRule::default()) {
        Some(BreakingPoint::At { step, by }) => match rate(step) {
            Some((time, rate, users)) => Breaking::At { time, rate, users, by },
            None => Breaking::NotKnown("the windows do not tell the rate".into()),
        },
        Some(BreakingPoint::Above(_)) => Breaking::Above { rate: highest() },
        None => Breaking::NotKnown(format!(
            "it takes 8 windows over which the load rises to 1.5 times where it began, with answers at its beginning; there are {}",
            rising.len()
        )),
    }
}

/// What belongs to a step besides its figures.
struct Together {
    time: f64,
    sent: u64,
    planned_open: bool,
}

/// Windows of all regions together, outside warm-ups: counts added, the latency of the worst region.
fn steps(load: &Load) -> Vec<(Together, Step)> {
    let mut by_time: BTreeMap<u64, (Together, Step)> = BTreeMap::new();
    for region in regions(load) {
        for window in within(load, region, f64::NEG_INFINITY, f64::INFINITY) {
            let time = window.at_s.get();
            let Some(phase) = at(load, time).filter(|phase| !phase.warm_up) else { continue };
            let middle = time + load.window_s.get() / 2.0;
            let known = load_at(phase, middle).or(window.users.map(|users| users as f64));
            let rate = window.offered.unwrap_or(window.sent) as f64 / load.window_s.get();
            let planned_open = matches!(phase.model, LoadModel::Open { .. });
            let entry = by_time.entry((time * 1e3).max(0.0) as u64).or_insert((
                Together { time, sent: 0, planned_open },
                Step { load: known.unwrap_or(rate), due: None, completed: 0.0, latency: None, error_rate: None },
            ));
            let (together, step) = entry;
            together.sent += window.sent;
            step.completed += window.completed as f64;
            if let Some(due) = window.offered {
                step.due = Some(step.due.unwrap_or(0.0) + due as f64);
            }
            let worst = |one: Option<f64>, other: Option<f64>| [one, other].into_iter().flatten().reduce(f64::max);
            step.latency = worst(step.latency, window.p95.map(f64::from));
            step.error_rate = worst(step.error_rate, error_rate(window));
        }
    }
    by_time.into_values().collect()
}

/// The variances of error rates and (relative) of completed requests over the windows of level phases, in the worst region and phase.
///
/// # Errors
/// In a sentence, why they cannot be told.
pub(super) fn stability(load: &Load, phase: Option<&str>) -> Result<(f64, f64), String> {
    let counts = |one: &&LoadPhase| phase.map_or(!one.warm_up && is_level(one), |name| one.name == name);
    let mut worst: Option<(f64, f64)> = None;
    for phase in load.phases.iter().filter(counts) {
        for region in regions(load) {
            let windows = within(load, region, phase.start_s.get(), end(phase));
            let errors: Vec<f64> = windows.iter().filter_map(|window| error_rate(window)).collect();
            let rates: Vec<f64> = windows.iter().map(|window| window.completed as f64).collect();
            if windows.len() < FEWEST_WINDOWS {
                continue;
            }
            let (Some(errors), Some(rates)) = (variance(&errors), relative_variance(&rates)) else { continue };
            worst = Some(worst.map_or((errors, rates), |(e, r)| (e.max(errors), r.max(rates))));
        }
    }
    worst.ok_or_else(|| format!("it takes {FEWEST_WINDOWS} windows of a phase with a level load"))
}
