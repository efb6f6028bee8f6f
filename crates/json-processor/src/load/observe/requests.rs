//! A figure of requests: times, counts, shares. Must not know: what was read now and then.

use bench_model::Unit;
use bench_model::load::{Load, Measured, Operator, Quantile, Selector, Series, Statistic, Subject, Threshold};
use bench_model::words::unsigned_percent;

use super::{FAILING, Found, answered, known, none_counted, per_second};
use crate::load::figures::Counts;
use crate::load::pool::{Figure, Pool};
use crate::load::select::{Selection, counted, region, regions, seconds, select};
use crate::load::{Facts, guards};

/// A figure of requests.
pub(super) fn of_series(facts: &Facts<'_>, threshold: &Threshold, unit: Unit) -> Found {
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
