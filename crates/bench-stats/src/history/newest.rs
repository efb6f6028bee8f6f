//! The newest points: too few for a level of their own, and yet what a pipeline asks about.

use super::Suspect;
use super::law::Noise;
use super::level::{Scale, median};

/// What the newest points look like.
pub(super) enum Newest {
    /// So far beyond everything seen before that they are a new level, which begins here.
    Change(usize),
    /// Beyond what is usual: to be measured again.
    Suspect(Suspect),
    /// As the others.
    Usual,
}

/// The fewest points before them, for what is usual to be known.
const KNOWN: usize = 15;

/// How far so many newest points must all lie away on one side: in standard deviations, and against the largest distance
/// seen before. A point that is an outlier among many outliers is no news.
struct Rule {
    points: usize,
    deviations: f64,
    of_largest: f64,
}

const CHANGES: [Rule; 4] = [
    Rule { points: 4, deviations: 2.4, of_largest: 0.6 },
    Rule { points: 3, deviations: 2.9, of_largest: 0.7 },
    Rule { points: 2, deviations: 3.6, of_largest: 0.9 },
    Rule { points: 1, deviations: 5.0, of_largest: 1.5 },
];

const SUSPECTS: [Rule; 2] =
    [Rule { points: 2, deviations: 2.6, of_largest: 0.6 }, Rule { points: 1, deviations: 3.5, of_largest: 1.0 }];

/// Looks at the newest points after `start`, the beginning of the last segment; `residuals` are those of the whole series.
pub(super) fn newest(points: &[f64], start: usize, residuals: &[f64], noise: &Noise, scale: Scale) -> Newest {
    let find = |rules: &[Rule]| rules.iter().find_map(|rule| broken(rule, points, start, residuals, noise));
    if let Some((first, ..)) = find(&CHANGES) {
        return Newest::Change(first);
    }
    match find(&SUSPECTS) {
        Some((index, size, strength)) => Newest::Suspect(Suspect { index, change: scale.change(size), strength }),
        None => Newest::Usual,
    }
}

/// The first of the newest points, how far they lie away, and that in standard deviations, where they break a rule.
fn broken(rule: &Rule, points: &[f64], start: usize, residuals: &[f64], noise: &Noise) -> Option<(usize, f64, f64)> {
    let first = points.len().checked_sub(rule.points).filter(|first| *first >= start + KNOWN)?;
    let (before, after) = (points.get(start..first)?, points.get(first..)?);
    let usual = median(before);
    let largest = residuals.iter().take(first).map(|left| left.abs()).fold(0.0, f64::max);
    let least = (rule.deviations * noise.spread).max(rule.of_largest * largest) * noise.long_inflation.sqrt();
    let one_side = after.iter().all(|point| *point > usual) || after.iter().all(|point| *point < usual);
    let nearest = after.iter().map(|point| (point - usual).abs()).fold(f64::INFINITY, f64::min);
    (one_side && nearest > least).then(|| (first, median(after) - usual, nearest / noise.spread))
}
