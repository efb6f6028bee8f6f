//! A load run against its baseline: one value against one, by what the policy permits. Where enough earlier runs show how far
//! values spread by themselves, a loss within that spread is no regression.

use bench_cli::words::unsigned_percent;
use bench_model::load::{
    Measured, ObservedThreshold, Operator, SERVICE_MEMORY_GROWTH, Statistic, Subject as Asked, Threshold, ThresholdText,
};
use bench_model::perf::Report;
use bench_model::verdict::{JudgedMetric, LoadRegression, Rule, Severity, Verdict};
use bench_model::{Direction, Finite, MetricName, Unit};

use super::{Loaded, growth, headline_names};
use crate::Levels;
use crate::evidence::history::Past;
use crate::evidence::{Evidence, Reference};
use crate::grounds::Grounds;
use crate::regression::{Finding, beyond, point, undecided};
use crate::selection::{Demand, Subject};

const ERROR_RATE: &str = "error_rate";
const MEMORY: &str = "service_memory_max";

/// How a metric's loss is counted.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Latency,
    Rate,
    /// In points, for a rate of errors may be 0.
    Errors,
    Memory,
    /// In two hours, by the leak test: a loss by itself.
    Growth,
    Other,
}

fn kind(name: &MetricName, unit: Unit, direction: Direction) -> Kind {
    match (name.measure(), unit, direction) {
        (ERROR_RATE, _, _) => Kind::Errors,
        (MEMORY, _, _) => Kind::Memory,
        (SERVICE_MEMORY_GROWTH, _, _) => Kind::Growth,
        (_, Unit::Nanoseconds, Direction::LowerIsBetter) => Kind::Latency,
        (_, Unit::PerSecond, Direction::HigherIsBetter) => Kind::Rate,
        _ => Kind::Other,
    }
}

/// The loss that the policy permits for a metric.
pub(crate) fn permitted(
    loaded: Loaded<'_>,
    report: &Report,
    name: &MetricName,
    unit: Unit,
    direction: Direction,
) -> Option<f64> {
    let own = loaded.own_limit(name, &headline_names(report, name));
    let policy = match kind(name, unit, direction) {
        Kind::Latency => Some(loaded.policy.p95),
        Kind::Rate => Some(loaded.policy.rate),
        Kind::Errors => Some(loaded.policy.errors),
        Kind::Memory | Kind::Growth => Some(loaded.policy.memory),
        Kind::Other => None,
    };
    own.or(policy)
}

/// How much worse a value is; `None` where that is no number.
fn loss(kind: Kind, value: f64, baseline: f64, direction: Direction) -> Option<f64> {
    let loss = match (kind, direction) {
        (Kind::Errors, _) => value - baseline,
        _ if baseline <= 0.0 => return None,
        (_, Direction::LowerIsBetter) => value / baseline - 1.0,
        (_, Direction::HigherIsBetter) => 1.0 - value / baseline,
    };
    loss.is_finite().then_some(loss)
}

/// Compares a metric with the promoted run, else with the level of earlier runs.
pub(crate) fn compare<'a>(
    subject: &mut Subject<'a>,
    loaded: Loaded<'_>,
    report: &Report,
    grounds: &Grounds<'a>,
    past: Option<&Past>,
    levels: Levels,
) -> Evidence<'a> {
    if let Some(limit) = permitted(loaded, report, &subject.name, subject.unit, subject.direction) {
        subject.limits.regression = limit;
    }
    let Some(metric) = subject.measured else { return missing(subject, loaded) };
    let kind = kind(&subject.name, subject.unit, subject.direction);
    if kind == Kind::Growth {
        return growth::judge(metric, subject.limits.regression, loaded);
    }
    let past = past.filter(|past| past.decides());
    let (reference, baseline) = match (subject.promoted, past) {
        (Some(promoted), _) if (promoted.unit, promoted.direction) == (metric.unit, metric.direction) => {
            (Reference::Promotion(promoted), promoted.value.get())
        }
        (Some(_), _) => return nothing(Rule::NotComparable, "it has another unit or direction in the baseline"),
        (None, Some(past)) => (Reference::Earlier, past.finding.level.get()),
        (None, None) if grounds.is_other_epoch || grounds.other_mode.is_some() => {
            return nothing(Rule::NoBaseline, "no baseline of this plan, environment and mode holds it");
        }
        (None, None) => return nothing(Rule::NoBaseline, "no baseline holds it"),
    };
    let (value, limit) = (metric.value.get(), subject.limits.regression);
    let change = if baseline > 0.0 { point(value / baseline - 1.0) } else { None };
    let finding = |verdict| Finding { verdict, change, ..undecided(Rule::Policy) };
    let Some(lost) = loss(kind, value, baseline, subject.direction) else {
        let same = value == baseline;
        let verdict = if same { Verdict::Unchanged } else { Verdict::New };
        let because = if same { "equal" } else { "from which no loss can be told" };
        return Evidence { reference, finding: finding(verdict), because: Some(because.into()) };
    };
    let permits = match kind {
        Kind::Errors => format!("{} points", unsigned_percent(limit)),
        Kind::Latency | Kind::Rate | Kind::Memory | Kind::Growth | Kind::Other => unsigned_percent(limit),
    };
    // Noise between runs, as far as earlier ones show it. Beyond the next severity it is none.
    let usual = past.is_some_and(|past| {
        let noise = past.judge(value, subject.direction, limit, levels).p.is_some_and(|p| p >= levels.error());
        noise && severity(kind, lost, value, limit, loaded) > Some(Severity::High)
    });
    let (verdict, because) = if beyond(lost, limit) && usual {
        let why = format!("beyond the {permits} that the policy permits, and within the spread of earlier runs");
        (Verdict::Unchanged, why)
    } else if beyond(lost, limit) {
        (Verdict::Regressed, format!("beyond the {permits} that the policy permits"))
    } else if beyond(-lost, limit) {
        (Verdict::Improved, format!("better by more than the {permits} that the policy lets pass"))
    } else {
        (Verdict::Unchanged, format!("within the {permits} that the policy permits"))
    };
    Evidence { reference, finding: finding(verdict), because: Some(because) }
}

fn nothing<'a>(rule: Rule, why: &str) -> Evidence<'a> {
    let finding = Finding { verdict: Verdict::New, ..undecided(rule) };
    Evidence { reference: Reference::Nothing, finding, because: Some(why.to_owned()) }
}

/// What this run does not tell. Where the baseline alone asks for it, or the run is no measure of it, the run is to blame and not the
/// service: a latency is not known when requests were never answered, or when the generator made it.
fn missing<'a>(subject: &Subject<'a>, loaded: Loaded<'_>) -> Evidence<'a> {
    let unsound = loaded.unsound(subject.unit);
    let rule = match subject.demand {
        Demand::Thresholds if unsound.is_none() => Rule::Expected,
        Demand::Thresholds | Demand::Nobody | Demand::BaseSide | Demand::Settings | Demand::Baseline => Rule::Policy,
    };
    let reference = subject.promoted.map_or(Reference::Nothing, Reference::Promotion);
    let finding = Finding { verdict: Verdict::Missing, ..undecided(rule) };
    let why = unsound.unwrap_or("this run does not tell it");
    let because = format!("{why}, and {}", subject.demand.text());
    Evidence { reference, finding, because: Some(because) }
}

/// How serious a loss is; `None` where it is not worth a word.
fn severity(kind: Kind, lost: f64, value: f64, limit: f64, loaded: Loaded<'_>) -> Option<Severity> {
    let policy = loaded.policy;
    let (high, critical) = match kind {
        Kind::Latency => (beyond(lost, policy.high_p95), beyond(lost, policy.critical_p95)),
        Kind::Rate => (beyond(lost, policy.high_rate), false),
        Kind::Errors => (false, beyond(lost, limit) && beyond(value, policy.critical_errors)),
        Kind::Memory | Kind::Growth | Kind::Other => (false, false),
    };
    if critical {
        Some(Severity::Critical)
    } else if high {
        Some(Severity::High)
    } else if beyond(lost, limit) {
        Some(Severity::Medium)
    } else {
        (lost > 0.0 && beyond(lost, limit * policy.low_share)).then_some(Severity::Low)
    }
}

/// The loss of a judged metric; `None` when there is none worth a word.
pub(super) fn regression(metric: &JudgedMetric, loaded: Loaded<'_>) -> Option<LoadRegression> {
    if metric.rule != Rule::Policy {
        return None;
    }
    let (value, baseline, limit) = (metric.value?, metric.baseline?, metric.threshold.get());
    let kind = kind(&metric.name, metric.unit, metric.direction);
    let lost = loss(kind, value.get(), baseline.get(), metric.direction)?;
    let severity = severity(kind, lost, value.get(), limit, loaded)?;
    // What was taken back is written down, no more.
    let severity = if metric.verdict == Verdict::Regressed { severity } else { Severity::Low };
    Some(LoadRegression {
        metric: metric.name.clone(),
        severity,
        baseline: Some(baseline),
        value,
        why: metric.why.clone(),
        waived: metric.waived,
    })
}

/// The most failures that the policy lets any run have, as a threshold: for a scenario that sets none of its own. Without it a run in
/// which half of all requests fail would pass when only its latencies were asked for.
pub(super) fn error_limit(loaded: Loaded<'_>) -> Option<ObservedThreshold> {
    let asks = |observed: &ObservedThreshold| {
        Threshold::parse(&observed.threshold).is_ok_and(|threshold| {
            threshold.selector.subject == Asked::Failed || threshold.statistic == Statistic::ErrorRate
        })
    };
    if loaded.summary.thresholds.iter().any(asks) {
        return None;
    }
    let whole = loaded.summary.series.iter().filter(|series| series.request.is_none() && series.phase.is_none());
    let worst = whole.filter_map(|series| series.error_rate).map(Finite::get).reduce(f64::max);
    let limit = loaded.policy.critical_errors;
    Some(ObservedThreshold {
        threshold: ThresholdText { metric: "http_req_failed".into(), expression: format!("rate<={limit}") },
        about: "rate of failed requests, which the policy limits where the scenario does not".into(),
        unit: Unit::Ratio,
        observed: match worst.and_then(|worst| Finite::try_from(worst).ok()) {
            Some(worst) => Measured::Known(worst),
            None => Measured::NotKnown("no request was counted".into()),
        },
        operator: Operator::AtMost,
        limit: Finite::try_from(limit).ok(),
        of_baseline: None,
        metric: None,
    })
}
