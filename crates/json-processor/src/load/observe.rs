//! What was observed for a threshold. What the record does not hold is not known: nothing is made up, and nothing passes for want
//! of data.

use bench_model::load::{
    Limit, Load, Measured, ObservedThreshold, Operator, PhaseShare, Quantile, Selector, Series, Statistic, Subject,
    Threshold, ThresholdText,
};
use bench_model::words::unsigned_percent;
use bench_model::{Finite, Unit};
use bench_stats::Recovered;

use super::figures::Counts;
use super::guards;
use super::pool::{Figure, Pool};
use super::select::{Selection, counted, region, regions, seconds, select};
use super::windows::{Breaking, breaking_point, falling, recovery, stability};
use super::{Facts, growth, own, usage, words};

const NS_PER_S: f64 = 1e9;
/// From this share of failures on, the times of those that succeed say nothing.
pub(super) const FAILING: f64 = 0.5;

/// A threshold with what was observed, and how the baseline knows its figure.
pub(super) struct Observed {
    pub(super) threshold: ObservedThreshold,
    pub(super) parsed: Option<Threshold>,
}

type Found = Result<Measured, String>;

/// Observes a threshold.
pub(super) fn observe(facts: &Facts<'_>, text: &ThresholdText) -> Observed {
    let parsed = match Threshold::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => return Observed { threshold: unreadable(text, &error.reason), parsed: None },
    };
    let limit_unit = match &parsed.limit {
        Limit::Quantity(_, unit) => Some(*unit),
        Limit::OfPhase(of) => of.or.map(|(_, unit)| unit),
        Limit::Number(_) | Limit::OfBaseline(_) => None,
    };
    let unit = parsed.unit().or(limit_unit).unwrap_or(Unit::Count);
    let observed = figure(facts, &parsed, unit).unwrap_or_else(Measured::NotKnown);
    let (observed, limit) = match &parsed.limit {
        Limit::OfPhase(of) => against_phase(facts, &parsed, of, unit, observed),
        Limit::Number(_) | Limit::Quantity(..) | Limit::OfBaseline(_) => {
            (observed, parsed.limit_in(unit).and_then(|limit| Finite::try_from(limit).ok()))
        }
    };
    let threshold = ObservedThreshold {
        threshold: text.clone(),
        about: words::about(&parsed),
        unit,
        observed,
        operator: parsed.operator,
        limit,
        of_baseline: match &parsed.limit {
            Limit::OfBaseline(share) => Finite::try_from(*share).ok(),
            Limit::Number(_) | Limit::Quantity(..) | Limit::OfPhase(_) => None,
        },
        metric: None,
    };
    Observed { threshold, parsed: Some(parsed) }
}

/// A figure with the limit that the same figure in another phase makes. Where that is not known, neither is whether it is met.
fn against_phase(
    facts: &Facts<'_>,
    threshold: &Threshold,
    of: &PhaseShare,
    unit: Unit,
    observed: Measured,
) -> (Measured, Option<Finite>) {
    let other = figure(facts, &threshold.in_phase(&of.phase), unit).unwrap_or_else(Measured::NotKnown);
    let limit = |figure: Finite| Finite::try_from(of.limit(figure.get(), threshold.operator)).ok();
    let not_known =
        |why: String| (Measured::NotKnown(format!("what it is compared with, phase {}: {why}", of.phase)), None);
    let (found, is_bound) = match other {
        Measured::NotKnown(why) => return not_known(why),
        Measured::Known(figure) => (limit(figure), false),
        Measured::AtLeast(figure) => (limit(figure), true),
    };
    let Some(found) = found else { return not_known("it is beyond what a number can hold".into()) };
    let decided = match (&observed, threshold.operator) {
        _ if !is_bound => true,
        // The limit lies there or higher: what is below it stays below, what does not reach it never will.
        (Measured::Known(value), Operator::Below | Operator::AtMost) => {
            threshold.operator.holds(value.get(), found.get())
        }
        (Measured::Known(value), Operator::Above | Operator::AtLeast) => {
            !threshold.operator.holds(value.get(), found.get())
        }
        (Measured::Known(_), Operator::Equal | Operator::NotEqual)
        | (Measured::AtLeast(_) | Measured::NotKnown(_), _) => false,
    };
    match (decided, observed) {
        (true, observed) => (observed, Some(found)),
        (false, Measured::NotKnown(why)) => (Measured::NotKnown(why), None),
        (false, Measured::Known(_) | Measured::AtLeast(_)) => not_known("only a lower bound of it is known".into()),
    }
}

/// A threshold that an engine took, and we cannot read.
fn unreadable(text: &ThresholdText, reason: &str) -> ObservedThreshold {
    ObservedThreshold {
        threshold: text.clone(),
        about: words::threshold(text),
        unit: Unit::Count,
        observed: Measured::NotKnown(format!("it cannot be read: {reason}")),
        operator: Operator::Equal,
        limit: None,
        of_baseline: None,
        metric: None,
    }
}

fn figure(facts: &Facts<'_>, threshold: &Threshold, unit: Unit) -> Found {
    let Threshold { selector, statistic, .. } = threshold;
    let phase = selector.tags.get("phase").map(String::as_str);
    match (statistic, &selector.subject) {
        (Statistic::Growth, _) => {
            let (points, _) = usage::points(facts, selector)?;
            let limit = threshold.limit_in(Unit::Ratio).unwrap_or(0.0);
            known(growth::growth(&points)?.against(limit)?)
        }
        (figure @ (Statistic::Recovery | Statistic::BreakingPoint | Statistic::Variance), _)
            if threshold.selector.tags.keys().any(|tag| tag != "phase") =>
        {
            Err(format!("the {figure} is told of all requests together: `phase` is the only tag for it"))
        }
        (Statistic::Recovery, _) => recovered(facts.load, phase),
        (Statistic::BreakingPoint, _) => match breaking_point(facts) {
            Breaking::At { rate, .. } => known(rate),
            Breaking::Above { rate } => at_least(rate),
            Breaking::NotKnown(why) => Err(why),
        },
        (Statistic::Variance, subject) => {
            let (errors, rates) = stability(facts.load, phase)?;
            known(if *subject == Subject::Failed { errors } else { rates })
        }
        (_, Subject::Usage(_) | Subject::Other(_)) => course(facts, threshold),
        (_, Subject::Users) => users(facts.load, statistic, phase),
        _ => of_series(facts, threshold, unit).or_else(|why| {
            // A dead port has figures, too.
            let own = answered(facts.load).ok().and_then(|()| own::figure(facts, threshold));
            own.unwrap_or(Err(why))
        }),
    }
}

/// A figure of requests.
fn of_series(facts: &Facts<'_>, threshold: &Threshold, unit: Unit) -> Found {
    let Threshold { selector, statistic, .. } = threshold;
    let selection = select(facts.load, &selector.tags)?;
    let counts = Counts::of(&selection.series);
    let seconds = seconds(facts.load, selector.tags.get("phase").map(String::as_str));
    if *statistic == Statistic::NotSent || selector.subject == Subject::Dropped {
        let unsent = counts.unsent as f64;
        return if *statistic == Statistic::Rate { per_second(unsent, seconds) } else { known(unsent) };
    }
    answered(facts.load)?;
    let figure = match statistic {
        Statistic::LagP99 => Some((Figure::Percent(99.0), &Subject::Lag)),
        Statistic::Average => Some((Figure::Mean, &selector.subject)),
        Statistic::Min => Some((Figure::Min, &selector.subject)),
        Statistic::Median => Some((Figure::Percent(50.0), &selector.subject)),
        Statistic::Max => Some((Figure::Max, &selector.subject)),
        Statistic::Percentile(percent) => Some((Figure::Percent(*percent), &selector.subject)),
        _ => None,
    };
    if let Some((figure, subject)) = figure {
        return time(facts, threshold, &selection, figure, subject);
    }
    // Checks may be counted by iteration.
    if counts.all() == 0 && selector.subject != Subject::Checks {
        return Err(none_counted(&selection));
    }
    match statistic {
        Statistic::ErrorRate => known(counts.error_rate().ok_or("no such request was sent")?),
        Statistic::Rps => known(counts.rps(seconds).ok_or("no time passed")?),
        Statistic::Status(status) => statuses(&counts, status),
        Statistic::Samples => {
            known(Pool::latency(facts.load, &selection.of_latency()).count().unwrap_or(counts.completed) as f64)
        }
        Statistic::Count => match selector.subject {
            Subject::Received => known(counts.received.ok_or("the engine did not count bytes")? as f64),
            Subject::Sent => known(counts.posted.ok_or("the engine did not count bytes")? as f64),
            Subject::Iterations => Err("iterations were not recorded, only requests".into()),
            _ => known(counts.sent as f64),
        },
        Statistic::Rate => match selector.subject {
            Subject::Failed => known(counts.error_rate().ok_or("no such request was sent")?),
            Subject::Checks => checks(&counts, selector),
            Subject::Requests => per_second(counts.sent as f64, seconds),
            Subject::Received => per_second(counts.received.ok_or("the engine did not count bytes")? as f64, seconds),
            Subject::Sent => per_second(counts.posted.ok_or("the engine did not count bytes")? as f64, seconds),
            _ => Err("iterations were not recorded, only requests".into()),
        },
        Statistic::LagP99
        | Statistic::Average
        | Statistic::Min
        | Statistic::Median
        | Statistic::Max
        | Statistic::Percentile(_)
        | Statistic::Value
        | Statistic::NotSent
        | Statistic::Recovery
        | Statistic::Growth
        | Statistic::BreakingPoint
        | Statistic::Variance => Err(format!("this metric has no {statistic} in {unit}")),
    }
}

/// A time of series: of all together, or with several regions that of the worst one, for they are never pooled.
fn time(
    facts: &Facts<'_>,
    threshold: &Threshold,
    selection: &Selection<'_>,
    figure: Figure,
    subject: &Subject,
) -> Found {
    let is_latency = matches!(subject, Subject::Duration | Subject::Everything);
    let series = &if is_latency { selection.of_latency() } else { selection.series.clone() };
    let counts = Counts::of(&selection.series);
    if counts.all() == 0 && series.iter().all(|series| series.latency.is_none()) {
        return Err("no such request was sent".into());
    }
    // Of a selection that a tool does not count, the whole run's failures tell.
    let whole = || Counts::of(&counted(facts.load).collect::<Vec<_>>()).error_rate();
    let rate = counts.error_rate().or_else(whole).unwrap_or(0.0);
    if is_latency && rate > FAILING {
        return Err(format!("{} of the requests failed, so that latencies say nothing", unsigned_percent(rate)));
    }
    if is_latency && let Some(why) = guards::generator_limited(facts) {
        return Err(why);
    }
    let mut worst: Option<Quantile> = None;
    let all = regions(series);
    for here in &all {
        let mine: Vec<&Series> = series.iter().copied().filter(|series| region(series) == *here).collect();
        let pool = pool(facts.load, &mine, subject);
        let found = pool.figure(figure).map_err(|why| match here {
            Some(region) if all.len() > 1 => format!("region {region}: {why}"),
            Some(_) | None => why,
        })?;
        worst = Some(match (worst, threshold.operator) {
            (None, _) => found,
            (Some(worst), Operator::Below | Operator::AtMost) if found.lower() > worst.lower() => found,
            (Some(worst), Operator::Above | Operator::AtLeast) if found.lower() < worst.lower() => found,
            (Some(worst), Operator::Below | Operator::AtMost | Operator::Above | Operator::AtLeast) => worst,
            (Some(_), Operator::Equal | Operator::NotEqual) => {
                return Err("regions are never pooled: name one, as in {region:NAME}".into());
            }
        });
    }
    match worst.ok_or("there are no samples")? {
        Quantile::Known(value) => Ok(Measured::Known(value)),
        Quantile::AtLeast(value) => Ok(Measured::AtLeast(value)),
    }
}

fn pool<'a>(load: &Load, series: &[&'a Series], subject: &Subject) -> Pool<'a> {
    match subject {
        Subject::Service => Pool::of(series, |series| series.service.as_ref()),
        Subject::Lag => Pool::of(series, |series| series.lag.as_ref()),
        Subject::Part(part) => Pool::of(series, |series| series.parts.get(*part)),
        Subject::Operation(stage) => Pool::of(series, |series| series.operations.get(stage)),
        _ => Pool::latency(load, series),
    }
}

/// Fails where no request of the whole run was answered: a dead port says nothing about a service.
pub(super) fn answered(load: &Load) -> Result<(), String> {
    if counted(load).any(|series| series.completed > 0 || series.latency.is_some()) {
        return Ok(());
    }
    let all: Vec<&Series> = counted(load).collect();
    let mut kinds: Vec<(String, u64)> = Counts::of(&all).errors.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Err(match kinds.first() {
        Some((kind, count)) => format!("no request was answered ({kind}: {count})"),
        None => "no request was answered".into(),
    })
}

/// Why there is no count of a selection without requests.
pub(super) fn none_counted(selection: &Selection<'_>) -> String {
    match selection.series.iter().any(|series| series.latency.is_some()) {
        true => "the tool does not tell how many such requests were sent, and how many failed".into(),
        false => "no such request was sent".into(),
    }
}

fn statuses(counts: &Counts, wanted: &str) -> Found {
    if counts.statuses.is_empty() && counts.completed > 0 {
        return Err("the engine did not record status codes".into());
    }
    let class = wanted.strip_suffix("xx");
    let fits = |status: &str| class.map_or(status == wanted, |class| status.len() == 3 && status.starts_with(class));
    known(counts.statuses.iter().filter(|(status, _)| fits(status)).map(|(_, count)| *count as f64).sum())
}

fn checks(counts: &Counts, selector: &Selector) -> Found {
    let name = selector.tags.get("check");
    let held = counts.checks.iter().filter(|(check, _)| name.is_none_or(|name| name == *check));
    let (passed, failed) =
        held.fold((0_u64, 0_u64), |(passed, failed), (_, check)| (passed + check.passed, failed + check.failed));
    match passed + failed {
        0 => Err("no check ran".into()),
        all => known(passed as f64 / all as f64),
    }
}

/// A figure of something read now and then.
fn course(facts: &Facts<'_>, threshold: &Threshold) -> Found {
    if let Some(found) = own::figure(facts, threshold) {
        return found;
    }
    let (points, counter) = usage::points(facts, &threshold.selector)?;
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let (first, last) = (points.first().copied().unwrap_or_default(), points.last().copied().unwrap_or_default());
    let grown = || {
        let steps = points.iter().zip(points.iter().skip(1)).map(|((_, before), (_, after))| after - before);
        // A counter that falls began again at 0.
        steps.zip(points.iter().skip(1)).map(|(step, (_, after))| if step < 0.0 { *after } else { step }).sum::<f64>()
    };
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

fn users(load: &Load, statistic: &Statistic, phase: Option<&str>) -> Found {
    let windows = load.windows.iter().filter(|window| super::phases::counts(load, phase, window.at_s.get()));
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
fn recovered(load: &Load, phase: Option<&str>) -> Found {
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

fn per_second(count: f64, seconds: f64) -> Found {
    if seconds > 0.0 { known(count / seconds) } else { Err("no time passed".into()) }
}

pub(super) fn known(value: f64) -> Found {
    Finite::try_from(value).map(Measured::Known).map_err(|_| "it is beyond what a number can hold".into())
}

fn at_least(value: f64) -> Found {
    Finite::try_from(value).map(Measured::AtLeast).map_err(|_| "it is beyond what a number can hold".into())
}
