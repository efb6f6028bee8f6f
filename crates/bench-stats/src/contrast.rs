//! What the runs of two sides say about the change between them. Must not know what is measured, or what is good.

use crate::modes::modes;
use crate::ordered::ordered;
use crate::spread::{is_level, student, student_tails};
use crate::trimmed::{OF_PAIRS, OF_RUNS, Trimmed};

/// The fewest runs of each side from which a change is estimated. With fewer, no interval is both narrow enough to be
/// of use and trustworthy.
pub const FEWEST_RUNS: usize = 5;

/// How the runs of two sides belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// They do not: each run had a moment of its own.
    Independent,
    /// Run i of both sides shared a machine and a moment, so that what disturbed one disturbed the other.
    Paired,
}

/// What two sides say about a change. Every `change` is head / baseline - 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Contrasted {
    /// Neither side varies, in two runs or more each: the change is what it is.
    Exact {
        /// The change; of 0 to 0 it is 0.
        change: f64,
    },
    /// The change, and how far it is known.
    Estimate(Contrast),
    /// A side has fewer than [`FEWEST_RUNS`] runs.
    TooFew {
        /// The change of the geometric means; `None` beyond what an `f64` holds.
        change: Option<f64>,
    },
    /// A ratio of these values means nothing: a value is 0 or below, or is not finite, or there is none, or paired
    /// sides differ in length.
    NotComparable,
}

/// A change estimated on the scale of logarithms, where a ratio and its reciprocal lie equally far from none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The logarithm of head / baseline.
    difference: f64,
    /// The standard error of the difference.
    error: f64,
    /// The degrees of freedom of Student's t distribution that difference / error follows without a change.
    freedom: f64,
}

impl Contrast {
    /// The change: head / baseline - 1 of the typical run.
    pub fn change(&self) -> f64 {
        libm::expm1(self.difference)
    }

    /// The confidence interval `(lower, upper)` of the change, for a `level` between 0 and 1; `None` for any other. An
    /// upper end beyond what an `f64` holds is the largest that it does hold.
    pub fn interval(&self, level: f64) -> Option<(f64, f64)> {
        let half = half_width(self.error, self.freedom, level)?;
        Some((libm::expm1(self.difference - half), libm::expm1(self.difference + half).min(f64::MAX)))
    }

    /// The two-sided probability of a difference at least as large if nothing had changed: below 1 - level where the
    /// interval of that level leaves out 0.
    pub fn p(&self) -> f64 {
        if self.difference == 0.0 {
            1.0
        } else if self.error == 0.0 {
            0.0
        } else {
            student_tails(self.difference / self.error, self.freedom)
        }
    }
}

/// Compares the values of the runs of two sides: one value a run, such as [`typical`](crate::typical) of its samples.
///
/// Independent sides: the test of trimmed means for unequal variances of K. K. Yuen (The two-sample trimmed t for
/// unequal population variances, Biometrika 61, 1974), which without trimming is that of B. L. Welch (The
/// generalization of "Student's" problem when several different population variances are involved, Biometrika 34,
/// 1947) with the degrees of freedom of F. E. Satterthwaite (An approximate distribution of estimates of variance
/// components, Biometrics Bulletin 2, 1946). Paired sides: the trimmed t of J. W. Tukey and D. H. McLaughlin (Less
/// vulnerable confidence and significance procedures for location based on a single sample, Sankhya A 25, 1963) over
/// the ratios of the pairs. Both over logarithms; a tenth of independent runs is left out at each end (from ten runs on), and a
/// twentieth of pairs (from twenty on).
///
/// Independent runs that clearly fall in two groups at one distance on both sides, as those of two kinds of machine do,
/// are compared within the groups: the distance is taken off the slow ones, and the error grows by what is not known of it.
/// Where slow runs are more frequent on one side than luck explains, they are compared as they are.
pub fn contrast(baseline: &[f64], head: &[f64], design: Design) -> Contrasted {
    let (Some(one), Some(other)) = (baseline.first(), head.first()) else { return Contrasted::NotComparable };
    let unequal = design == Design::Paired && baseline.len() != head.len();
    if unequal || !all(baseline, head, |value| value.is_finite()) {
        return Contrasted::NotComparable;
    }
    let constant = is_constant(baseline) && is_constant(head);
    let unchanged = constant && one == other;
    if !unchanged && !all(baseline, head, |value| value > 0.0) {
        return Contrasted::NotComparable;
    }
    let runs = baseline.len().min(head.len());
    let finite = |change: f64| change.is_finite().then_some(change);
    if constant {
        // Not through logarithms, which round.
        let change = finite(if unchanged { 0.0 } else { other / one - 1.0 });
        return match change {
            change if runs < 2 => Contrasted::TooFew { change },
            Some(change) => Contrasted::Exact { change },
            None => Contrasted::NotComparable,
        };
    }
    let sides = Sides::of(baseline, head, design);
    let difference = sides.difference();
    let change = finite(libm::expm1(difference));
    if runs < FEWEST_RUNS {
        return Contrasted::TooFew { change };
    }
    if change.is_none() {
        return Contrasted::NotComparable;
    }
    let (error, freedom) = sides.error(0);
    Contrasted::Estimate(Contrast { difference, error, freedom })
}

/// About how many further runs each side needs until the interval of [`contrast`] reaches no further than `margin`
/// (a ratio above 0) from a change of 0: the smallest n with t * sd / sqrt(n) <= ln(1 + margin), the spread taken as
/// it is now. 0 when it is narrow enough already; never fewer than make [`FEWEST_RUNS`].
///
/// `None` when the sides are not comparable, the level lies outside (0, 1), the margin is not a positive number, or no
/// `u32` is enough.
pub fn further_runs(baseline: &[f64], head: &[f64], design: Design, level: f64, margin: f64) -> Option<u32> {
    if !(margin.is_finite() && margin > 0.0 && is_level(level)) {
        return None;
    }
    let runs = baseline.len().min(head.len());
    let least = u32::try_from(FEWEST_RUNS.saturating_sub(runs)).ok()?;
    match contrast(baseline, head, design) {
        Contrasted::NotComparable => return None,
        Contrasted::Exact { .. } => return Some(0),
        Contrasted::TooFew { .. } if runs < 2 => return Some(least),
        Contrasted::TooFew { .. } | Contrasted::Estimate(_) => {}
    }
    let sides = Sides::of(baseline, head, design);
    let target = libm::log1p(margin);
    let narrow = |more: u32| {
        let (error, freedom) = sides.error(more);
        half_width(error, freedom, level).is_some_and(|half| half <= target)
    };
    if narrow(least) {
        return Some(least);
    }
    // Student's quantile is never below the normal one, so what the normal one asks for is a lower bound, and a close one.
    let normal = student(level, f64::INFINITY)?;
    let too_few = |more: u32| normal * sides.error(more).0 > target;
    if too_few(u32::MAX) {
        return None;
    }
    let bound = first(least, u32::MAX, |more| !too_few(more));
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

/// The logarithms of two sides, summed up.
enum Sides {
    Apart {
        baseline: Trimmed,
        head: Trimmed,
        /// The variance of the difference that comes from the distance of two groups of runs, when there are two.
        of_modes: Option<f64>,
    },
    Together(Trimmed),
}

impl Sides {
    /// Of values that are all above 0, none missing.
    fn of(baseline: &[f64], head: &[f64], design: Design) -> Self {
        match design {
            Design::Independent => {
                let logs = |values: &[f64]| ordered(values.iter().map(|value| libm::log(*value)));
                let (mut baseline, mut head) = (logs(baseline), logs(head));
                let enough = baseline.len().min(head.len()) >= FEWEST_RUNS;
                let modes = if enough { modes(&baseline, &head) } else { None };
                if let Some(modes) = &modes {
                    let level = |logs: Vec<f64>, fast: usize| {
                        let leveled = |(i, log)| if i < fast { log } else { log - modes.distance };
                        ordered(logs.into_iter().enumerate().map(leveled))
                    };
                    (baseline, head) = (level(baseline, modes.baseline), level(head, modes.head));
                }
                let of_modes = modes.map(|modes| modes.variance);
                Self::Apart { baseline: Trimmed::of(&baseline, OF_RUNS), head: Trimmed::of(&head, OF_RUNS), of_modes }
            }
            Design::Paired => {
                let ratios = baseline.iter().zip(head).map(|(b, h)| libm::log(*h) - libm::log(*b));
                Self::Together(Trimmed::of(&ordered(ratios), OF_PAIRS))
            }
        }
    }

    fn difference(&self) -> f64 {
        match self {
            Self::Apart { baseline, head, .. } => head.mean - baseline.mean,
            Self::Together(ratios) => ratios.mean,
        }
    }

    /// The standard error of the difference and its degrees of freedom, if each side had so many more runs.
    fn error(&self, more: u32) -> (f64, f64) {
        match self {
            Self::Together(ratios) => {
                let ratios = ratios.grown(more);
                (ratios.of_mean().sqrt(), ratios.kept - 1.0)
            }
            Self::Apart { baseline, head, of_modes } => {
                let growth = (baseline.n + head.n + 2.0 * f64::from(more)) / (baseline.n + head.n);
                let (baseline, head) = (baseline.grown(more), head.grown(more));
                let total = baseline.of_mean() + head.of_mean();
                if total == 0.0 {
                    return (
                        of_modes.map_or(0.0, |variance| (variance / growth).sqrt()),
                        baseline.kept + head.kept - 2.0,
                    );
                }
                // As shares of the whole, so that tiny variances do not vanish when squared.
                let (a, b) = (baseline.of_mean() / total, head.of_mean() / total);
                let freedom = 1.0 / (a * a / (baseline.kept - 1.0) + b * b / (head.kept - 1.0));
                match of_modes {
                    None => (total.sqrt(), freedom.max(1.0)),
                    // The distance was fitted to the same runs.
                    Some(variance) => ((total + variance / growth).sqrt(), (freedom - 1.0).max(1.0)),
                }
            }
        }
    }
}

fn half_width(error: f64, freedom: f64, level: f64) -> Option<f64> {
    if !is_level(level) {
        return None;
    }
    if error == 0.0 { Some(0.0) } else { Some(student(level, freedom)? * error) }
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| Some(value) == values.first())
}

fn all(baseline: &[f64], head: &[f64], holds: impl Fn(f64) -> bool) -> bool {
    baseline.iter().chain(head).all(|value| holds(*value))
}
