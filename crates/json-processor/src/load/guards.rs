//! What every load run must keep to be evidence at all. A run that breaks one neither passes nor fails.

use std::collections::BTreeMap;

use bench_model::load::{
    Limit, Load, LoadModel, LoadPhase, Measured, ObservedThreshold, Operator, Quantile, Series, Statistic, Subject,
    Threshold, ThresholdText,
};
use bench_model::words::amount;
use bench_model::{Finite, Unit};
use bench_stats::Broken;

use super::Facts;
use super::figures::Counts;
use super::observe::{answered, known, none_counted};
use super::pool::{Figure, Pool};
use super::select::{counted, region, regions, seconds, select};
use super::windows::Breaking;

/// The fewest samples that are a load run.
const SAMPLES: f64 = 30.0;
/// The share of what was due that must have been sent.
const ACHIEVED: f64 = 0.99;
/// A generator may be late by this much, in ns, or by this share of what it measures.
const LATE: f64 = 1e6;
const LATE_SHARE: f64 = 0.1;
/// The metric of the guard on failures, and of no other one.
const FAILED: &str = "http_req_failed";

/// Every guard that the engine's record can answer.
pub(super) fn all(facts: &Facts<'_>, broken: &Breaking) -> Vec<ObservedThreshold> {
    let load = facts.load;
    let mut guards = vec![samples(load)];
    let counted: Vec<&LoadPhase> = load.phases.iter().filter(|phase| !phase.warm_up).collect();
    let until = overload_from(load, broken);
    let held = |phase: &&&LoadPhase| until.is_none_or(|time| super::phases::end(phase) <= time);
    guards.extend(counted.iter().filter(held).filter_map(|phase| achieved(load, phase)));
    guards.push(dropped(load, until));
    guards.extend(lag(facts));
    guards.extend(workers(load));
    guards.push(failing(load));
    guards.push(guard("", "cut == 0", "phases cut short", Unit::Count, Operator::Equal, 0.0, cut(load)));
    if !load.phases.is_empty() {
        let after = known(seconds(load, None) * 1e9);
        guards.push(guard(
            "",
            "duration > 0 s",
            "time measured after the warm-up",
            Unit::Nanoseconds,
            Operator::Above,
            0.0,
            after,
        ));
    }
    guards
}

/// Whether a guard is known to hold.
pub(super) fn is_kept(guard: &ObservedThreshold) -> bool {
    match (&guard.observed, guard.limit) {
        (Measured::Known(value), Some(limit)) => guard.operator.holds(value.get(), limit.get()),
        (Measured::Known(_), None) | (Measured::AtLeast(_) | Measured::NotKnown(_), _) => false,
    }
}

/// Whether a guard is the one on the share of failures.
pub(super) fn is_of_failures(guard: &ObservedThreshold) -> bool {
    guard.threshold.metric == FAILED
}

fn guard(
    metric: &str,
    expression: &str,
    about: &str,
    unit: Unit,
    operator: Operator,
    limit: f64,
    observed: Result<Measured, String>,
) -> ObservedThreshold {
    ObservedThreshold {
        threshold: ThresholdText { metric: metric.to_owned(), expression: expression.to_owned() },
        about: about.to_owned(),
        unit,
        observed: observed.unwrap_or_else(Measured::NotKnown),
        operator,
        limit: Finite::try_from(limit).ok(),
        of_baseline: None,
        metric: None,
    }
}

fn samples(load: &Load) -> ObservedThreshold {
    let number = select(load, &BTreeMap::new()).map(|selection| {
        let counts = Counts::of(&selection.series);
        Pool::latency(load, &selection.of_latency()).count().unwrap_or(counts.completed)
    });
    let observed = number.and_then(|number| known(number as f64));
    guard("", "samples >= 30", "samples", Unit::Count, Operator::AtLeast, SAMPLES, observed)
}

/// The share of what was due in a phase that was sent. A service that is slow does not lower it, as long as requests go out.
fn achieved(load: &Load, phase: &LoadPhase) -> Option<ObservedThreshold> {
    let mine: Vec<&Series> =
        counted(load).filter(|series| series.phase.as_deref() == Some(phase.name.as_str())).collect();
    let counts = Counts::of(&mine);
    let same = load.phases.iter().filter(|other| other.name == phase.name);
    let offered = same.filter_map(|phase| phase.offered).reduce(u64::saturating_add).max(counts.offered);
    let is_open = matches!(phase.model, LoadModel::Open { .. });
    if !is_open && offered.is_none() {
        return None;
    }
    let observed = match offered {
        Some(0) | None => Err("nothing was due".into()),
        Some(offered) => known(counts.sent as f64 / offered as f64),
    };
    let metric = format!("{{phase:{}}}", phase.name);
    let about = format!("share of what was due that was sent, in phase {}", phase.name);
    Some(guard(&metric, "achieved >= 99 %", &about, Unit::Ratio, Operator::AtLeast, ACHIEVED, observed))
}

fn dropped(load: &Load, until: Option<f64>) -> ObservedThreshold {
    let held = |name: &str| {
        let mut phases = load.phases.iter().filter(|phase| phase.name == name);
        phases.all(|phase| !phase.warm_up && until.is_none_or(|time| super::phases::end(phase) <= time))
    };
    let mine = counted(load).filter(|series| series.phase.as_deref().is_none_or(held));
    let unsent: u64 = mine.map(|series| series.unsent).fold(0, u64::saturating_add);
    guard("", "dropped == 0", "requests not sent", Unit::Count, Operator::Equal, 0.0, known(unsent as f64))
}

/// From when on a run that looks for its breaking point may fall behind: the beginning of the phase in which it broke, or of the
/// first one that is not only warm-up when it cannot be told more exactly. `None` for any other run.
fn overload_from(load: &Load, broken: &Breaking) -> Option<f64> {
    let looks = load.thresholds.iter().filter_map(|text| Threshold::parse(text).ok());
    if !looks.into_iter().any(|threshold| threshold.statistic == Statistic::BreakingPoint) {
        return None;
    }
    match broken {
        Breaking::At { time, by: Broken::Throughput | Broken::Latency | Broken::Errors, .. } => {
            Some(super::phases::at(load, *time).map_or(*time, |phase| phase.start_s.get()))
        }
        Breaking::Above { .. } | Breaking::NotKnown(_) => None,
    }
}

/// How late the generator was, and what it may be: 1 ms, a tenth of the p95 that it reports, or a tenth of the tightest limit on a
/// latency, whichever is the most. Late by no more than that, it cannot have decided anything.
struct Lateness {
    observed: Result<f64, String>,
    /// Which figure of it.
    what: &'static str,
    metric: &'static str,
    limit: f64,
    /// As `limit`, without what the thresholds permit.
    strict: f64,
}

fn lateness(facts: &Facts<'_>) -> Option<Lateness> {
    let load = facts.load;
    let is_open = load.phases.iter().any(|phase| matches!(phase.model, LoadModel::Open { .. }));
    if !is_open || !(load.engine.times_from_due || load.tick_lag.is_some()) {
        return None;
    }
    let series = select(load, &BTreeMap::new()).map(|selection| selection.of_latency()).unwrap_or_default();
    let strict = (LATE_SHARE * lowest_p95(load, &series)).max(LATE);
    let limit = strict.max(LATE_SHARE * tightest(load).unwrap_or(0.0));
    // The pacer's own lateness tells a starved generator from a service that lets connections wait. Without it, the median of
    // the send lag has to do: a service that stalls now and then leaves it alone.
    let (observed, what, metric) = match &load.tick_lag {
        Some(ticks) => (ticks.percentile(99.0), "p(99)", "generator_tick_lag"),
        None => {
            let lags = series.iter().filter_map(|series| series.lag.as_ref());
            let merged = lags.fold(bench_model::load::Buckets::default(), |sum, lag| sum.merged(lag));
            (merged.percentile(50.0), "med", "http_req_lag")
        }
    };
    let observed = observed.ok_or_else(|| "the engine did not record how late it sent".to_owned());
    Some(Lateness { observed, what, metric, limit, strict })
}

/// The p95 of the fastest region, in ns; 0 when it is not known.
fn lowest_p95(load: &Load, series: &[&Series]) -> f64 {
    let of = |here: &Option<&str>| {
        let mine: Vec<&Series> = series.iter().copied().filter(|series| region(series) == *here).collect();
        Pool::latency(load, &mine).figure(Figure::Percent(95.0)).map_or(0.0, Quantile::lower)
    };
    regions(series).iter().map(of).reduce(f64::min).unwrap_or(0.0)
}

/// The smallest upper limit that the scenario sets on a latency, as far as it is known before, in ns.
fn tightest(load: &Load) -> Option<f64> {
    let limit = |text: &ThresholdText| {
        let threshold = Threshold::parse(text).ok()?;
        let upper = matches!(threshold.operator, Operator::Below | Operator::AtMost);
        let latency = matches!(threshold.selector.subject, Subject::Duration | Subject::Everything);
        let figure = matches!(
            threshold.statistic,
            Statistic::Percentile(_) | Statistic::Median | Statistic::Average | Statistic::Max | Statistic::Min
        );
        let limit = match &threshold.limit {
            Limit::Number(_) | Limit::Quantity(..) => threshold.limit_in(Unit::Nanoseconds),
            Limit::OfBaseline(_) => None,
            // It is never tighter than what will do as well; without that it may be as tight as what is measured.
            Limit::OfPhase(of) => Some(of.or.map_or(0.0, |(or, _)| or)),
        };
        limit.filter(|_| upper && latency && figure)
    };
    load.thresholds.iter().filter_map(limit).filter(|limit| limit.is_finite()).reduce(f64::min)
}

fn lag(facts: &Facts<'_>) -> Option<ObservedThreshold> {
    let Lateness { observed, what, metric, limit, .. } = lateness(facts)?;
    let shown = amount(Finite::try_from(limit).ok()?, Unit::Nanoseconds);
    let about = if metric == "http_req_lag" { "median of the send lag" } else { "p99 of the generator's lateness" };
    let observed = observed.and_then(known);
    Some(guard(metric, &format!("{what} <= {shown}"), about, Unit::Nanoseconds, Operator::AtMost, limit, observed))
}

/// Why latencies say more about the generator than about the service, when they do.
pub(super) fn generator_limited(facts: &Facts<'_>) -> Option<String> {
    let Lateness { observed, limit, .. } = lateness(facts)?;
    let late = observed.ok().filter(|late| *late > limit)?;
    let shown = |value: f64| Finite::try_from(value).map_or_else(|_| String::new(), |v| amount(v, Unit::Nanoseconds));
    Some(format!("the run is generator-limited: it sent {} late, where {} are allowed", shown(late), shown(limit)))
}

/// Why latencies are not to be compared with another run's, though the generator was early enough to decide thresholds.
pub(super) fn too_late_to_compare(facts: &Facts<'_>) -> Option<String> {
    let (late, allowed) = comparable_lateness(facts).filter(|(late, allowed)| late > allowed)?;
    let shown = |value: f64| Finite::try_from(value).map_or_else(|_| String::new(), |v| amount(v, Unit::Nanoseconds));
    Some(format!(
        "the generator was {} late, beyond {}: too little to decide a threshold, too much to compare latencies with another run's",
        shown(late),
        shown(allowed)
    ))
}

/// How late the generator was, and how late it may be where latencies are compared with another run's, in ns; both are known only
/// for an engine that measures it.
pub(super) fn comparable_lateness(facts: &Facts<'_>) -> Option<(f64, f64)> {
    let Lateness { observed, strict, .. } = lateness(facts)?;
    Some((observed.ok()?, strict))
}

fn workers(load: &Load) -> Option<ObservedThreshold> {
    let workers = load.engine.workers?;
    let lost = u64::from(workers.expected.saturating_sub(workers.ready)) + u64::from(workers.lost);
    Some(guard("workers", "lost == 0", "workers lost", Unit::Count, Operator::Equal, 0.0, known(lost as f64)))
}

/// Fast errors make latencies look good, and a service that only fails was not under load.
fn failing(load: &Load) -> ObservedThreshold {
    let observed = answered(load).and_then(|()| select(load, &BTreeMap::new())).and_then(|selection| {
        let counts = Counts::of(&selection.series);
        known(counts.error_rate().ok_or_else(|| none_counted(&selection))?)
    });
    guard(FAILED, "rate <= 0.5", "error rate", Unit::Ratio, Operator::AtMost, super::observe::FAILING, observed)
}

fn cut(load: &Load) -> Result<Measured, String> {
    known(if load.cut.is_some() { 1.0 } else { 0.0 })
}
