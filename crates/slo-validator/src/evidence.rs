//! What a metric is compared with, best source first, and what the comparison alone says. Must not know other metrics.

pub(crate) mod anchor;
pub(crate) mod history;
pub(crate) mod paired;
pub(crate) mod promoted;

use bench_model::ledger::LedgerMetric;
use bench_model::perf::Metric;
use bench_model::verdict::{Rule, Verdict};
use bench_model::{Direction, Finite, Unit};

use crate::Levels;
use crate::grounds::Grounds;
use crate::regression::{Finding, undecided};
use crate::selection::{Demand, Subject};
use history::Past;

/// What a metric is compared with.
#[derive(Clone, Copy)]
pub(crate) enum Reference<'a> {
    /// The other side, measured in turns on the same machine.
    Base(&'a Metric),
    /// The promotion in force.
    Promotion(&'a LedgerMetric),
    /// The last stable segment of earlier runs.
    Earlier,
    /// Nothing.
    Nothing,
}

/// One metric, what it is compared with, and what came out.
pub(crate) struct Evidence<'a> {
    pub(crate) reference: Reference<'a>,
    pub(crate) finding: Finding,
    /// Why it came out so, where numbers do not say it.
    pub(crate) because: Option<String>,
}

/// Compares a metric with the best there is: the other side, else the promotion, else earlier runs.
pub(crate) fn gather<'a>(
    subject: &Subject<'a>,
    grounds: &Grounds<'a>,
    past: Option<&Past>,
    levels: Levels,
) -> Evidence<'a> {
    let Some(metric) = subject.measured else { return missing(subject) };
    if let Some((_, pairing)) = grounds.base {
        return match subject.base {
            Some(base) => paired::judge(metric, base, pairing, subject.limits.regression, levels),
            // What failed there is not new, and nobody knows which it is.
            None if grounds.base_failed() => {
                let why = "the base side reported no such benchmark: it failed there, or is new";
                absent(Verdict::Inconclusive, Rule::NoBaseline, why)
            }
            None => absent(Verdict::New, Rule::NoBaseline, "the base side reported no such benchmark"),
        };
    }
    if let Some(promoted) = subject.promoted {
        return promoted::judge(metric, promoted, subject.limits.regression, levels);
    }
    if let Some(past) = past.filter(|past| past.decides()) {
        let finding = past.judge(metric.value.get(), subject.direction, subject.limits.regression, levels);
        return Evidence { reference: Reference::Earlier, finding, because: past.doubt() };
    }
    if grounds.other_mode.is_some() {
        let why = "the baseline was measured in another mode, and values of two are not compared";
        absent(Verdict::Inconclusive, Rule::OtherMode, why)
    } else if grounds.is_other_epoch {
        let why = if grounds.is_baseline_elsewhere {
            "every baseline belongs to another environment, and values of two are not compared"
        } else {
            "earlier runs belong to another environment or mode, and values of two are not compared"
        };
        absent(Verdict::Inconclusive, Rule::OtherEpoch, why)
    } else {
        absent(Verdict::New, Rule::NoBaseline, "no baseline holds it")
    }
}

/// A metric without a comparison.
fn absent<'a>(verdict: Verdict, rule: Rule, why: impl Into<String>) -> Evidence<'a> {
    let finding = Finding { verdict, ..undecided(rule) };
    Evidence { reference: Reference::Nothing, finding, because: Some(why.into()) }
}

/// A metric that did not report. That the base side has it makes it missing; that somebody demands it makes it a violation.
fn missing<'a>(subject: &Subject<'a>) -> Evidence<'a> {
    let (rule, why) = match subject.demand {
        Demand::BaseSide => (Rule::Paired, "it reported on the base side only: removed, renamed or failing".to_owned()),
        demand => (Rule::Expected, format!("it did not report, and {}", demand.text())),
    };
    let reference = match (subject.base, subject.promoted) {
        (Some(base), _) => Reference::Base(base),
        (None, Some(promoted)) => Reference::Promotion(promoted),
        (None, None) => Reference::Nothing,
    };
    Evidence { reference, ..absent(Verdict::Missing, rule, why) }
}

impl Reference<'_> {
    /// The value compared with and its unit; that of earlier runs is with them.
    pub(crate) fn value(&self) -> Option<(Finite, Unit)> {
        match self {
            Self::Base(metric) => Some((metric.value, metric.unit)),
            Self::Promotion(metric) => Some((metric.value, metric.unit)),
            Self::Earlier | Self::Nothing => None,
        }
    }
}

/// The values of rounds as plain numbers.
pub(crate) fn numbers(rounds: &[Finite]) -> Vec<f64> {
    rounds.iter().map(|value| value.get()).collect()
}

/// Why two metrics of one name are not comparable, when they are not.
fn incomparable(metric: &Metric, unit: Unit, direction: Direction, place: &str) -> Option<String> {
    let what = match (unit == metric.unit, direction == metric.direction) {
        (true, true) => return None,
        (true, false) => "improves in another direction",
        (false, _) => "has another unit",
    };
    Some(format!("it {what} than {place} ({unit} there, {} here)", metric.unit))
}
