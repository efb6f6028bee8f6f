//! What the rounds of two sides say about the change between them.

use crate::spread::{Spread, is_level, is_sample, student};

/// What two sides say about a change. Every `change` is head / baseline - 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    /// Neither side varies: the change is what it is.
    Exact {
        /// The change.
        change: f64,
    },
    /// The change with its interval.
    Interval {
        /// The change of the geometric means.
        change: f64,
        /// The lower end.
        lower: f64,
        /// The upper end; `f64::MAX` when it lies beyond.
        upper: f64,
    },
    /// A side has a single round, so that nothing is known of its spread.
    TooFew {
        /// The change of the geometric means.
        change: f64,
    },
    /// A ratio of these values means nothing: a value is 0 or below, is not finite, or there is none.
    NotComparable,
}

/// Compares the values of rounds of two sides, with an interval of the confidence `level` between 0 and 1.
///
/// Welch's t interval (B. L. Welch, The generalization of "Student's" problem when several different population
/// variances are involved, Biometrika 34, 1947) for the difference of the means of logarithms, with the degrees of
/// freedom of F. E. Satterthwaite (An approximate distribution of estimates of variance components, Biometrics
/// Bulletin 2, 1946), carried back to a ratio. Sides may differ in size and in spread.
///
/// Values must be above 0. Only two sides that are one and the same constant, be it 0, are a change of exactly 0.
pub fn compare(baseline: &[f64], head: &[f64], level: f64) -> Comparison {
    if !is_sample(baseline) || !is_sample(head) || !is_level(level) {
        return Comparison::NotComparable;
    }
    let enough = baseline.len() >= 2 && head.len() >= 2;
    let exact = enough && is_constant(baseline) && is_constant(head);
    if exact && baseline.first() == head.first() {
        return Comparison::Exact { change: 0.0 };
    }
    let Some((baseline_logs, head_logs)) = logs(baseline).zip(logs(head)) else {
        return Comparison::NotComparable;
    };
    let difference = head_logs.mean - baseline_logs.mean;
    let change = match (baseline, head) {
        // Not through logarithms, which round.
        ([b, ..], [h, ..]) if exact => h / b - 1.0,
        _ => difference.exp_m1(),
    };
    if !change.is_finite() {
        return Comparison::NotComparable;
    }
    match (enough, exact) {
        (false, _) => Comparison::TooFew { change },
        (true, true) => Comparison::Exact { change },
        (true, false) => match half_width(&baseline_logs, &head_logs, level) {
            Some(half) => {
                let upper = (difference + half).exp_m1().min(f64::MAX);
                Comparison::Interval { change, lower: (difference - half).exp_m1(), upper }
            }
            None => Comparison::NotComparable,
        },
    }
}

/// About how many further rounds each side needs until the interval of [`compare`] reaches no further than `margin`
/// (a ratio above 0) from a change of 0: the smallest n with t * sd / sqrt(n) <= ln(1 + margin), the spread taken
/// as it is now. 0 when it is narrow enough already.
///
/// `None` when there is no interval, the margin is not a positive number, or no `u32` is enough.
pub fn more_rounds(baseline: &[f64], head: &[f64], level: f64, margin: f64) -> Option<u32> {
    if !(margin.is_finite() && margin > 0.0) {
        return None;
    }
    match compare(baseline, head, level) {
        Comparison::Exact { .. } => return Some(0),
        Comparison::Interval { .. } => {}
        Comparison::TooFew { .. } | Comparison::NotComparable => return None,
    }
    let (baseline, head) = logs(baseline).zip(logs(head))?;
    let target = margin.ln_1p();
    let narrow = |more: u32| {
        let grown = |side: &Spread| Spread { n: side.n + f64::from(more), ..*side };
        half_width(&grown(&baseline), &grown(&head), level).is_some_and(|half| half <= target)
    };
    if narrow(0) {
        return Some(0);
    }
    // Student's quantile is never below the normal one, so what the normal one asks for is a lower bound, and a close one.
    let normal = student(level, f64::INFINITY)?;
    let too_few = |more: u32| {
        let of_mean = |side: &Spread| side.variance / (side.n + f64::from(more));
        normal * (of_mean(&baseline) + of_mean(&head)).sqrt() > target
    };
    if too_few(u32::MAX) {
        return None;
    }
    let bound = first(0, u32::MAX, |more| !too_few(more));
    let (mut short, mut enough, mut step) = (bound.saturating_sub(1), bound.max(1), 1_u32);
    while !narrow(enough) {
        short = enough;
        enough = enough.checked_add(step)?;
        step = step.saturating_mul(2);
    }
    Some(first(short, enough, narrow))
}

/// The first number above `no` that holds, where `yes` holds and holding is monotone.
fn first(mut no: u32, mut yes: u32, holds: impl Fn(u32) -> bool) -> u32 {
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if holds(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| Some(value) == values.first())
}

/// The spread of the logarithms; `None` when a value has none.
fn logs(values: &[f64]) -> Option<Spread> {
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    is_sample(&logs).then(|| Spread::of(&logs))
}

/// Half the width of Welch's interval for the difference of two means.
fn half_width(one: &Spread, other: &Spread, level: f64) -> Option<f64> {
    let total = one.of_mean() + other.of_mean();
    if total == 0.0 {
        return Some(0.0);
    }
    // As shares of the whole, so that tiny variances do not vanish when squared.
    let (a, b) = (one.of_mean() / total, other.of_mean() / total);
    let freedom = 1.0 / (a * a / (one.n - 1.0) + b * b / (other.n - 1.0));
    Some(student(level, freedom.max(1.0))? * total.sqrt())
}
