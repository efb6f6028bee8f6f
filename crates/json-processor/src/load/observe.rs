//! What was observed for a threshold. What the record does not hold is not known: nothing is made up, and nothing passes for want
//! of data.

mod course;
mod requests;

use bench_model::load::{
    Limit, Load, Measured, ObservedThreshold, Operator, PhaseShare, Series, Statistic, Subject, Threshold,
    ThresholdText,
};
use bench_model::{Finite, Unit};

use super::figures::Counts;
use super::select::{Selection, counted};
use super::windows::{Breaking, breaking_point, stability};
use super::{Facts, growth, own, usage, words};

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
        (Statistic::Recovery, _) => course::recovered(facts.load, phase),
        (Statistic::BreakingPoint, _) => match breaking_point(facts) {
            Breaking::At { rate, .. } => known(rate),
            Breaking::Above { rate } => at_least(rate),
            Breaking::NotKnown(why) => Err(why),
        },
        (Statistic::Variance, subject) => {
            let (errors, rates) = stability(facts.load, phase)?;
            known(if *subject == Subject::Failed { errors } else { rates })
        }
        (_, Subject::Usage(_) | Subject::Other(_)) => course::course(facts, threshold),
        (_, Subject::Users) => course::users(facts.load, statistic, phase),
        _ => requests::of_series(facts, threshold, unit).or_else(|why| {
            // A dead port has figures, too.
            let own = answered(facts.load).ok().and_then(|()| own::figure(facts, threshold));
            own.unwrap_or(Err(why))
        }),
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

fn per_second(count: f64, seconds: f64) -> Found {
    if seconds > 0.0 { known(count / seconds) } else { Err("no time passed".into()) }
}

pub(super) fn known(value: f64) -> Found {
    Finite::try_from(value).map(Measured::Known).map_err(|_| "it is beyond what a number can hold".into())
}

fn at_least(value: f64) -> Found {
    Finite::try_from(value).map(Measured::AtLeast).map_err(|_| "it is beyond what a number can hold".into())
}
