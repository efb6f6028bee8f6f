//! A second, independent pass over what the first one found. Its values decide nothing else.

use std::collections::BTreeMap;

use bench_cli::words::count;
use bench_model::MetricName;
use bench_model::perf::{Metric, Report};
use bench_model::verdict::{Change, Confirmation, Rule, SecondPass, Verdict};
use bench_stats::{Contrasted, Design, FEWEST_RUNS, contrast};

use crate::Levels;
use crate::case::Case;
use crate::evidence::paired::design;
use crate::evidence::{Reference, numbers};
use crate::inputs::Second;
use crate::regression::{at_zero, estimated, moved, point};
use crate::why;

/// Holds every change that was called against the second pass, and takes back those that it does not confirm: because it
/// saw no such change, or because it was cut short and could not see any.
pub(crate) fn confirm(cases: &mut [Case<'_>], second: Second<'_>, levels: Levels) {
    let (head, base) = (by_name(second.head), second.base.map(by_name).unwrap_or_default());
    for case in cases.iter_mut().filter(|case| case.is_called()) {
        let name = case.subject.name.as_ref();
        let metric = head.get(name).copied().filter(|metric| metric.unit == case.subject.unit);
        let seen = metric.map_or(Seen::NOTHING, |metric| look_again(case, metric, base.get(name).copied(), levels));
        let rounds = metric.map_or(0, |metric| u32::try_from(metric.rounds.len()).unwrap_or(u32::MAX));
        let outcome = seen.outcome(case.finding.verdict);
        case.confirmation = Some(Confirmation { outcome, change: seen.change, rounds });
        match outcome {
            SecondPass::Agreed => {}
            SecondPass::Refuted => {
                let what = seen.change.map_or_else(|| "no such change".into(), |change| why::moved(&change));
                case.withdraw(Rule::Unconfirmed, format!("which a second pass did not confirm: it saw {what}"));
            }
            SecondPass::CutShort => {
                let other = base.get(name).map(|other| other.rounds.len());
                let fewest = metric.map_or(0, |metric| metric.rounds.len()).min(other.unwrap_or(usize::MAX));
                let rounds = count(fewest, "round", "rounds");
                let what = match (metric, seen.change) {
                    (None, _) => "did not measure it".into(),
                    (Some(_), Some(change)) => format!("saw {} in {rounds}", why::moved(&change)),
                    (Some(_), None) => "saw nothing to compare".into(),
                };
                let because =
                    format!("and the second pass was cut short: it {what}, which decides nothing; measure again");
                case.withdraw(Rule::SecondPassMissing, because);
            }
        }
    }
}

/// Takes back every change that was called, where a second pass was wanted and did not happen.
pub(crate) fn withdraw_unconfirmed(cases: &mut [Case<'_>]) {
    for case in cases.iter_mut().filter(|case| case.is_called()) {
        let because = "and a second pass did not happen, without which no change counts; measure again";
        case.withdraw(Rule::SecondPassMissing, because.into());
    }
}

/// What a second pass saw.
#[derive(Clone, Copy)]
struct Seen {
    change: Option<Change>,
    /// Which way, where the interval of the shown level leaves out zero.
    verdict: Option<Verdict>,
    /// Whether it would have seen a change that is there: without spread, or with enough rounds on each side.
    decides: bool,
}

impl Seen {
    const NOTHING: Self = Self { change: None, verdict: None, decides: false };

    fn outcome(&self, first: Verdict) -> SecondPass {
        match (self.verdict == Some(first), self.decides) {
            (true, _) => SecondPass::Agreed,
            (false, true) => SecondPass::Refuted,
            (false, false) => SecondPass::CutShort,
        }
    }
}

/// The second pass against what the first one was compared with: its own base side, or the same baseline.
fn look_again(case: &Case<'_>, metric: &Metric, base: Option<&Metric>, levels: Levels) -> Seen {
    let now = numbers(&metric.rounds);
    let direction = case.subject.direction;
    let (before, design) = match (case.reference, base) {
        (Reference::Base(_), Some(base)) => (numbers(&base.rounds), design(base, metric)),
        (Reference::Promotion(promoted), _) => (numbers(&promoted.rounds), Design::Independent),
        (Reference::Earlier, _) => return against_earlier(case, metric, levels),
        (Reference::Base(_), None) | (Reference::Nothing, _) => return Seen::NOTHING,
    };
    match contrast(&before, &now, design) {
        Contrasted::Exact { change } => {
            let verdict = (change != 0.0).then(|| moved(change, direction));
            Seen { change: point(change), verdict, decides: true }
        }
        Contrasted::Estimate(estimate) => {
            let sure = estimate.p() < 1.0 - levels.shown;
            let verdict = sure.then(|| moved(estimate.change(), direction));
            Seen { change: estimated(&estimate, levels.shown), verdict, decides: true }
        }
        Contrasted::TooFew { change } => Seen { change: change.and_then(point), ..Seen::NOTHING },
        Contrasted::NotComparable => match at_zero(&before, &now, direction) {
            Some(verdict) => Seen { verdict: Some(verdict), decides: true, ..Seen::NOTHING },
            None => Seen::NOTHING,
        },
    }
}

/// The value of the second pass against earlier runs. The threshold is that of the first pass to hold: here any change
/// that is no noise counts.
fn against_earlier(case: &Case<'_>, metric: &Metric, levels: Levels) -> Seen {
    let Some(past) = &case.past else { return Seen::NOTHING };
    let levels = Levels::new(levels.shown, levels.shown);
    let finding = past.judge(metric.value.get(), case.subject.direction, 0.0, levels);
    let exact = finding.change.is_some_and(|change| change.interval.is_none());
    Seen {
        change: finding.change,
        verdict: Some(finding.verdict).filter(|v| matches!(v, Verdict::Regressed | Verdict::Improved)),
        decides: exact || metric.rounds.len() >= FEWEST_RUNS,
    }
}

fn by_name(report: &Report) -> BTreeMap<&MetricName, &Metric> {
    report.metrics.iter().map(|metric| (&metric.name, metric)).collect()
}
