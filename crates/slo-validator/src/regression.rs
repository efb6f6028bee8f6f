//! The verdict on one metric from the rounds of two sides. Must not know records or settings.

use bench_model::perf::{Interval, IntervalSource};
use bench_model::verdict::{Change, Rule, Verdict};
use bench_model::{Direction, Finite};
use bench_stats::{Contrast, Contrasted, Design, FEWEST_RUNS, contrast, further_runs};

use crate::Levels;

/// The most rounds that a run can be asked for; more than that is no advice.
const MOST_ROUNDS: u32 = 1000;

/// What the comparison of one metric found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The rule that decided it.
    pub rule: Rule,
    /// `head / baseline - 1`, when that is defined.
    pub change: Option<Change>,
    /// About how many more rounds on each side would decide, when the verdict is inconclusive and 1000 are enough.
    pub more_rounds: Option<u32>,
    /// The chance of a change at least as large without any cause, with the price of the looks on it; 0 or 1 for exact
    /// values, absent where nothing could be tested.
    pub p: Option<f64>,
}

/// Decides whether a metric regressed, from the typical values of the rounds of its baseline and of this run.
///
/// `threshold` is the change that matters, as a ratio (0.05 is 5 %). A change counts when it is unlikely to be noise and
/// large enough to matter: `regressed` and `improved` need an interval of the verdict's level that leaves out zero, and
/// the change beyond the threshold; `unchanged` needs the whole interval of the shown level inside the threshold, its ends
/// included; everything else is `inconclusive`, and so is what has fewer than [`FEWEST_RUNS`] rounds on a side. Values
/// without spread on both sides are compared exactly; of those that were 0 or are 0 now any change counts, and its ratio is
/// not given.
pub fn detect_performance_regression(
    baseline: &[f64],
    head: &[f64],
    design: Design,
    direction: Direction,
    threshold: f64,
    levels: Levels,
) -> Finding {
    match contrast(baseline, head, design) {
        Contrasted::Exact { change } => exact(change, direction, threshold, Rule::Exact),
        Contrasted::Estimate(estimate) => {
            let verdict = decide(&estimate, direction, threshold, levels);
            let more_rounds = (verdict == Verdict::Inconclusive)
                .then(|| {
                    let (level, margin) = deciding(estimate.change(), threshold, levels)?;
                    practical(further_runs(baseline, head, design, level, margin))
                })
                .flatten();
            let rule = match design {
                Design::Paired => Rule::Paired,
                Design::Independent => Rule::Interval,
            };
            let p = Some(levels.priced(estimate.p()));
            Finding { verdict, rule, change: estimated(&estimate, levels.shown), more_rounds, p }
        }
        Contrasted::TooFew { change } => {
            let lacking = FEWEST_RUNS.saturating_sub(baseline.len().min(head.len()));
            let more_rounds = u32::try_from(lacking).ok();
            Finding { change: change.and_then(point), more_rounds, ..undecided(Rule::TooFewRounds) }
        }
        Contrasted::NotComparable => match at_zero(baseline, head, direction) {
            Some(verdict) => Finding { verdict, p: Some(0.0), ..undecided(Rule::Exact) },
            None => undecided(Rule::NotComparable),
        },
    }
}

/// Which way a value without spread, in two rounds or more of each side, went that was 0 or is 0 now. Such a change has no
/// ratio, or none that a threshold could be held against, and is no chance either: a counter that counts again.
pub(crate) fn at_zero(baseline: &[f64], head: &[f64], direction: Direction) -> Option<Verdict> {
    let constant = |values: &[f64]| match values {
        [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|value| value == first) => Some(*first),
        _ => None,
    };
    let (before, now) = (constant(baseline)?, constant(head)?);
    let differs = before != now && before.is_finite() && now.is_finite();
    (differs && (before == 0.0 || now == 0.0)).then(|| moved(now - before, direction))
}

/// The verdict on a change that is known exactly.
pub(crate) fn exact(change: f64, direction: Direction, threshold: f64, rule: Rule) -> Finding {
    let verdict = if beyond(change.abs(), threshold) { moved(change, direction) } else { Verdict::Unchanged };
    let p = Some(if change == 0.0 { 1.0 } else { 0.0 });
    Finding { verdict, rule, change: point(change), more_rounds: None, p }
}

/// Nothing could be told.
pub(crate) const fn undecided(rule: Rule) -> Finding {
    Finding { verdict: Verdict::Inconclusive, rule, change: None, more_rounds: None, p: None }
}

/// The verdict alone, without advice on rounds, where sides are compared by their spread.
pub(crate) fn verdict(
    baseline: &[f64],
    head: &[f64],
    design: Design,
    direction: Direction,
    threshold: f64,
    levels: Levels,
) -> Option<Verdict> {
    match contrast(baseline, head, design) {
        Contrasted::Estimate(estimate) => Some(decide(&estimate, direction, threshold, levels)),
        Contrasted::Exact { .. } | Contrasted::TooFew { .. } | Contrasted::NotComparable => None,
    }
}

fn decide(estimate: &Contrast, direction: Direction, threshold: f64, levels: Levels) -> Verdict {
    let change = estimate.change();
    if beyond(change.abs(), threshold) {
        let sure = levels.priced(estimate.p()) < levels.error();
        return if sure { moved(change, direction) } else { Verdict::Inconclusive };
    }
    match estimate.interval(levels.paid(levels.shown)) {
        Some(ends) if inside(ends, threshold) => Verdict::Unchanged,
        _ => Verdict::Inconclusive,
    }
}

/// Whether an interval lies wholly within the threshold, its ends included.
pub(crate) fn inside((lower, upper): (f64, f64), threshold: f64) -> bool {
    !beyond(-lower, threshold) && !beyond(upper, threshold)
}

/// Whether `size` lies beyond `threshold`; 95 against 100 is exactly 5 %, whatever the rounding of 95 / 100 - 1.
pub(crate) fn beyond(size: f64, threshold: f64) -> bool {
    size > threshold + f64::EPSILON * 4.0
}

/// The verdict on a change that counts.
pub(crate) fn moved(change: f64, direction: Direction) -> Verdict {
    if loss(change, direction) > 0.0 { Verdict::Regressed } else { Verdict::Improved }
}

/// How much worse a change is, as a ratio; negative when it is better.
pub(crate) fn loss(change: f64, direction: Direction) -> f64 {
    match direction {
        Direction::HigherIsBetter => -change,
        Direction::LowerIsBetter => change,
    }
}

/// The level of the interval that decides, and how far it may reach from the change: to zero when the change is beyond
/// the threshold, to the nearer threshold when it is inside. As a ratio above 0; `None` right on the threshold.
fn deciding(change: f64, threshold: f64, levels: Levels) -> Option<(f64, f64)> {
    let at = change.ln_1p();
    let (level, distance) = if beyond(change.abs(), threshold) {
        (levels.verdict, at.abs())
    } else {
        (levels.shown, (threshold.ln_1p() - at).min(at - (-threshold).ln_1p()))
    };
    let margin = distance.exp_m1();
    (margin.is_finite() && margin > 0.0).then(|| (levels.paid(level), margin))
}

/// A number of further rounds that is advice: at least one, and not more than a run can be asked for.
pub(crate) fn practical(rounds: Option<u32>) -> Option<u32> {
    rounds.map(|rounds| rounds.max(1)).filter(|rounds| *rounds <= MOST_ROUNDS)
}

/// A change without an interval; `None` when it is not finite.
pub(crate) fn point(change: f64) -> Option<Change> {
    Some(Change { value: Finite::try_from(change).ok()?, interval: None })
}

/// A change with its interval of a level; `None` when it is not finite.
pub(crate) fn estimated(estimate: &Contrast, level: f64) -> Option<Change> {
    with_interval(estimate.change(), estimate.interval(level), level)
}

/// A change with the ends of its interval.
pub(crate) fn with_interval(change: f64, ends: Option<(f64, f64)>, level: f64) -> Option<Change> {
    let interval = ends.and_then(|(lower, upper)| {
        Some(Interval {
            lower: lower.try_into().ok()?,
            upper: upper.try_into().ok()?,
            level: level.try_into().ok()?,
            from: IntervalSource::Rounds,
        })
    });
    Some(Change { interval, ..point(change)? })
}
