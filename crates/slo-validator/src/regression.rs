//! The verdict on one metric from the rounds of two sides. Must not know records or settings.

use bench_model::perf::{Interval, IntervalSource};
use bench_model::verdict::{Change, Rule, Verdict};
use bench_model::{Direction, Finite};
use bench_stats::{Comparison, compare, more_rounds};

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
}

/// Decides whether a metric regressed, from the typical values of the rounds of its baseline and of this run.
///
/// `threshold` is the change that matters, as a ratio (0.05 is 5 %), `level` the confidence of the interval
/// between 0 and 1. A change counts when it is unlikely to be noise and large enough to matter: `regressed` and
/// `improved` need the whole interval beyond zero and the change beyond the threshold; `unchanged` needs the whole
/// interval inside the threshold, its ends included; everything else is `inconclusive`. Values without spread on
/// both sides are compared exactly.
pub fn detect_performance_regression(
    baseline: &[f64],
    head: &[f64],
    direction: Direction,
    threshold: f64,
    level: f64,
) -> Finding {
    let undecided = |rule, change| Finding { verdict: Verdict::Inconclusive, rule, change, more_rounds: None };
    match compare(baseline, head, level) {
        Comparison::Exact { change } => {
            let verdict = if beyond(change.abs(), threshold) { moved(change, direction) } else { Verdict::Unchanged };
            Finding { verdict, rule: Rule::Exact, change: point(change), more_rounds: None }
        }
        Comparison::Interval { change, lower, upper } => {
            let verdict = if !beyond(-lower, threshold) && !beyond(upper, threshold) {
                Verdict::Unchanged
            } else if (lower > 0.0 || upper < 0.0) && beyond(change.abs(), threshold) {
                moved(change, direction)
            } else {
                Verdict::Inconclusive
            };
            let more_rounds = (verdict == Verdict::Inconclusive)
                .then(|| more_rounds(baseline, head, level, deciding_margin(change, threshold)?))
                .flatten()
                .map(|rounds| rounds.max(1))
                .filter(|rounds| *rounds <= MOST_ROUNDS);
            let change = point(change).map(|point| Change { interval: interval(lower, upper, level), ..point });
            Finding { verdict, rule: Rule::Interval, change, more_rounds }
        }
        Comparison::TooFew { change } => undecided(Rule::TooFewRounds, point(change)),
        // One round on each side with the same value of 0 is not a ratio, but there is nothing odd about it either.
        Comparison::NotComparable if baseline.len().min(head.len()) == 1 && baseline == head => {
            undecided(Rule::TooFewRounds, point(0.0))
        }
        Comparison::NotComparable => undecided(Rule::NotComparable, None),
    }
}

/// Whether `size` lies beyond `threshold`; 95 against 100 is exactly 5 %, whatever the rounding of 95 / 100 - 1.
pub(crate) fn beyond(size: f64, threshold: f64) -> bool {
    size > threshold + f64::EPSILON * 4.0
}

fn moved(change: f64, direction: Direction) -> Verdict {
    if loss(change, direction) > 0.0 { Verdict::Regressed } else { Verdict::Improved }
}

/// How much worse a change is, as a ratio; negative when it is better.
pub(crate) fn loss(change: f64, direction: Direction) -> f64 {
    match direction {
        Direction::HigherIsBetter => -change,
        Direction::LowerIsBetter => change,
    }
}

/// How far the interval may reach from the change for a decision: to zero when the change is beyond the threshold,
/// to the nearer threshold when it is inside. As a ratio above 0; `None` right on the threshold.
fn deciding_margin(change: f64, threshold: f64) -> Option<f64> {
    let at = change.ln_1p();
    let distance = if beyond(change.abs(), threshold) {
        at.abs()
    } else {
        (threshold.ln_1p() - at).min(at - (-threshold).ln_1p())
    };
    let margin = distance.exp_m1();
    (margin.is_finite() && margin > 0.0).then_some(margin)
}

fn point(change: f64) -> Option<Change> {
    Some(Change { value: Finite::try_from(change).ok()?, interval: None })
}

fn interval(lower: f64, upper: f64, level: f64) -> Option<Interval> {
    Some(Interval {
        lower: lower.try_into().ok()?,
        upper: upper.try_into().ok()?,
        level: level.try_into().ok()?,
        from: IntervalSource::Rounds,
    })
}
