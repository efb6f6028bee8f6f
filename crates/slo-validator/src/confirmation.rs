//! A second, independent pass over what the first one found. Its values decide nothing else.

use std::collections::BTreeMap;

use bench_model::MetricName;
use bench_model::perf::{Metric, Report};
use bench_model::verdict::{Change, Confirmation, Rule, Verdict};
use bench_stats::{Contrasted, Design, contrast};

use crate::Levels;
use crate::case::Case;
use crate::evidence::paired::design;
use crate::evidence::{Reference, numbers};
use crate::inputs::Second;
use crate::regression::{estimated, moved, point};
use crate::why;

/// Holds every change that was called against the second pass, and takes back those that it does not confirm.
pub(crate) fn confirm(cases: &mut [Case<'_>], second: Second<'_>, levels: Levels) {
    let (head, base) = (by_name(second.head), second.base.map(by_name).unwrap_or_default());
    for case in cases.iter_mut().filter(|case| case.is_called()) {
        let name = case.subject.name.as_ref();
        let metric = head.get(name).copied().filter(|metric| metric.unit == case.subject.unit);
        let seen = metric.and_then(|metric| look_again(case, metric, base.get(name).copied(), levels));
        let agreed = seen.is_some_and(|seen| seen.verdict == Some(case.finding.verdict));
        let change = seen.and_then(|seen| seen.change);
        let rounds = metric.map_or(0, |metric| u32::try_from(metric.rounds.len()).unwrap_or(u32::MAX));
        case.confirmation = Some(Confirmation { agreed, change, rounds });
        if !agreed {
            let what = match change {
                Some(change) => format!("saw {}", why::moved(&change)),
                None => "did not measure it".into(),
            };
            case.withdraw(Rule::Unconfirmed, format!("which a second pass did not confirm: it {what}"));
        }
    }
}

/// What a second pass saw.
#[derive(Clone, Copy)]
struct Seen {
    change: Option<Change>,
    /// Which way, where the interval of the shown level leaves out zero.
    verdict: Option<Verdict>,
}

/// The second pass against what the first one was compared with: its own base side, or the same baseline.
fn look_again(case: &Case<'_>, metric: &Metric, base: Option<&Metric>, levels: Levels) -> Option<Seen> {
    let now = numbers(&metric.rounds);
    let (before, design) = match case.reference {
        Reference::Base(_) => {
            let base = base?;
            (numbers(&base.rounds), design(base, metric))
        }
        Reference::Promotion(promoted) => (numbers(&promoted.rounds), Design::Independent),
        Reference::Earlier => {
            // The threshold is that of the first pass to hold: here any change that is no noise counts.
            let past = case.past.as_ref()?;
            let levels = Levels::new(levels.shown, levels.shown);
            let finding = past.judge(metric.value.get(), case.subject.direction, 0.0, levels);
            let verdict = Some(finding.verdict).filter(|v| matches!(v, Verdict::Regressed | Verdict::Improved));
            return Some(Seen { change: finding.change, verdict });
        }
        Reference::Nothing => return None,
    };
    let direction = case.subject.direction;
    Some(match contrast(&before, &now, design) {
        Contrasted::Exact { change } => {
            Seen { change: point(change), verdict: (change != 0.0).then(|| moved(change, direction)) }
        }
        Contrasted::Estimate(estimate) => {
            let sure = estimate.p() < 1.0 - levels.shown;
            let verdict = sure.then(|| moved(estimate.change(), direction));
            Seen { change: estimated(&estimate, levels.shown), verdict }
        }
        Contrasted::TooFew { change } => Seen { change: change.and_then(point), verdict: None },
        Contrasted::NotComparable => Seen { change: None, verdict: None },
    })
}

fn by_name(report: &Report) -> BTreeMap<&MetricName, &Metric> {
    report.metrics.iter().map(|metric| (&metric.name, metric)).collect()
}
