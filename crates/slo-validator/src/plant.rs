//! Whether a planted delay is found, and whether the interval holds it. Must not know how it was planted.

use bench_cli::words::{list, unsigned_percent};
use bench_model::run::Planted;
use bench_model::verdict::{PlantCheck, Verdict};
use bench_model::{Finite, Unit};
use bench_stats::{Contrasted, contrast};

use crate::Levels;
use crate::case::Case;
use crate::evidence::numbers;
use crate::evidence::paired::design;
use crate::selection::Subject;

/// Prepares metrics for a planted delay: a change as large as the threshold would be found as often as not, so that no
/// threshold is larger than half the delay; and floors are for speed that nobody slowed down. A warning where that matters.
pub(crate) fn prepare(subjects: &mut [Subject<'_>], planted: Planted) -> Option<String> {
    let (asked, mut lowered) = (planted.asked.get(), false);
    for subject in subjects {
        let limits = &mut subject.limits;
        (limits.floor, limits.target) = (None, None);
        lowered |= limits.regression > asked / 2.0;
        limits.regression = limits.regression.min(asked / 2.0);
    }
    let (asked, half) = (unsigned_percent(asked), unsigned_percent(asked / 2.0));
    lowered.then(|| {
        format!("thresholds are lowered to {half} to look for a delay of {asked}: at its own size, it is a coin toss")
    })
}

/// What became of a planted delay.
pub(crate) struct Found {
    pub(crate) check: PlantCheck,
    /// Metrics in which it was not found, and those whose interval does not hold it; for people.
    pub(crate) problems: Vec<String>,
}

/// Checks what came out for metrics that a delay changes: times and rates.
pub(crate) fn check(cases: &[Case<'_>], planted: Planted, looks: &[u32], levels: Levels) -> Option<Found> {
    let (mut number, mut lost, mut wrong) = (0_u32, Vec::new(), Vec::new());
    for case in cases.iter().filter(|case| case.finding.change.is_some()) {
        let Some(truth) = expected(case.subject.unit, planted.measured.get()) else { continue };
        number += 1;
        if case.finding.verdict != Verdict::Regressed {
            lost.push(case.subject.name.as_str());
        }
        if !holds(case, truth, looks, levels) {
            wrong.push(case.subject.name.as_str());
        }
    }
    let share = |missed: &[&str]| u32::try_from(missed.len()).map(|missed| number - missed).ok();
    let check = PlantCheck {
        asked: planted.asked,
        measured: planted.measured,
        metrics: number,
        found: share(&lost)?,
        held: share(&wrong)?,
    };
    let delay = unsigned_percent(planted.measured.get());
    let mut problems = Vec::new();
    if number == 0 {
        problems.push(format!("no time and no rate was compared, so that the planted delay of {delay} proves nothing"));
    }
    if !lost.is_empty() {
        problems.push(format!("the planted delay of {delay} was not found in {}", list(lost)));
    }
    if !wrong.is_empty() {
        problems.push(format!("the interval does not hold the planted delay of {delay} for {}", list(wrong)));
    }
    Some(Found { check, problems })
}

/// The change that a delay makes, as a ratio; `None` for what does not depend on time.
fn expected(unit: Unit, delay: f64) -> Option<f64> {
    match unit {
        Unit::Nanoseconds => Some(delay),
        Unit::PerSecond | Unit::BytesPerSecond | Unit::BitsPerSecond => Some(1.0 / (1.0 + delay) - 1.0),
        Unit::Bytes | Unit::Count | Unit::Ratio => None,
    }
}

/// Whether the interval that the verdict was made from holds a change.
fn holds(case: &Case<'_>, truth: f64, looks: &[u32], levels: Levels) -> bool {
    let Some((base, head)) = case.sides() else { return false };
    let (before, now) = (numbers(&base.rounds), numbers(&head.rounds));
    let levels = levels.after_looks(looks, before.len().min(now.len()));
    let ends = match contrast(&before, &now, design(base, head)) {
        Contrasted::Exact { change } => Some((change, change)),
        Contrasted::Estimate(estimate) => estimate.interval(levels.paid(levels.verdict)),
        Contrasted::TooFew { .. } | Contrasted::NotComparable => None,
    };
    ends.is_some_and(|(lower, upper)| Finite::try_from(truth).is_ok() && lower <= truth && truth <= upper)
}
