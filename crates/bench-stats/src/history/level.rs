//! Levels, spreads and the scale that a series is looked at on.

use crate::history::ChangePoint;

/// The scale of a series: logarithms where every value allows them, so that a change is a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    Log,
    Linear,
}

impl Scale {
    pub(super) fn of(values: &[f64]) -> Self {
        if values.iter().all(|value| *value > 0.0) { Self::Log } else { Self::Linear }
    }

    pub(super) fn point(self, value: f64) -> f64 {
        match self {
            Self::Log => libm::log(value),
            Self::Linear => value,
        }
    }

    /// A difference of points as a change.
    pub(super) fn change(self, difference: f64) -> f64 {
        match self {
            Self::Log => libm::expm1(difference),
            Self::Linear => difference,
        }
    }
}

/// Linear interpolation between order statistics; `share` from 0 to 1. Reorders.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let low = place.floor() as usize;
    let (_, lower, above) = values.select_nth_unstable_by(low, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().fold(f64::INFINITY, f64::min);
    let part = place - low as f64;
    if part > 0.0 && upper.is_finite() { lower + part * (upper - lower) } else { lower }
}

pub(super) fn median(values: &[f64]) -> f64 {
    quantile(&mut values.to_vec(), 0.5)
}

/// The mean of what is left without the outer tenth on each side, and its standard error with the spread shrunk
/// towards `spread` as if 5 more points had it.
pub(super) fn level(values: &[f64], spread: f64) -> (f64, f64) {
    let n = values.len();
    let cut = n / 10;
    let mut parted = values.to_vec();
    let (low, high) = bounds(&mut parted, cut);
    // Equal values then have a mean of exactly that value.
    let clamped = || parted.iter().map(|value| value.clamp(low, high) - low);
    let sum: f64 = clamped().sum();
    // Each end holds `cut` values that count as the bound there.
    let inner = sum - cut as f64 * (high - low);
    let mean = low + inner / (n - 2 * cut).max(1) as f64;
    // Winsorised, as Yuen's standard error of a trimmed mean has it.
    let centre = sum / n as f64;
    let squares: f64 = clamped().map(|value| (value - centre).powi(2)).sum();
    let share = 1.0 - 2.0 * cut as f64 / n as f64;
    let own = if n > 1 { squares / (n - 1) as f64 / (share * share) } else { 0.0 };
    let weight = n as f64 / (n as f64 + 5.0);
    let variance = weight * own + (1.0 - weight) * spread * spread;
    (mean, (variance / n as f64).sqrt())
}

/// The lowest and the highest of what is left without the outer `cut` values on each side. Reorders.
fn bounds(values: &mut [f64], cut: usize) -> (f64, f64) {
    let Some(last) = values.len().checked_sub(1 + cut) else { return (0.0, 0.0) };
    let (_, low, above) = values.select_nth_unstable_by(cut, f64::total_cmp);
    let low = *low;
    match last.checked_sub(cut + 1) {
        Some(at) => (low, *above.select_nth_unstable_by(at, f64::total_cmp).1),
        None => (low, low),
    }
}

/// Residuals of the points from the medians of their segments.
pub(super) fn residuals(points: &[f64], starts: &[usize]) -> Vec<f64> {
    let mut left = Vec::with_capacity(points.len());
    for (from, to) in segments(starts, points.len()) {
        let part = points.get(from..to).unwrap_or_default();
        let middle = median(part);
        left.extend(part.iter().map(|point| point - middle));
    }
    left
}

/// The segments that start at 0 and at each of `starts`, as half-open ranges.
pub(super) fn segments(starts: &[usize], n: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let ends = starts.iter().copied().chain([n]);
    [0].into_iter().chain(starts.iter().copied()).zip(ends)
}

/// What lies on both sides of a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) size: f64,
    pub(super) error: f64,
}

impl Step {
    pub(super) fn of(before: &[f64], after: &[f64], spread: f64, inflation: f64) -> Self {
        let ((left, left_error), (right, right_error)) = (level(before, spread), level(after, spread));
        Self { size: right - left, error: ((left_error.powi(2) + right_error.powi(2)) * inflation).sqrt() }
    }

    pub(super) fn strength(&self) -> f64 {
        if self.error > 0.0 { self.size.abs() / self.error } else { f64::INFINITY }
    }

    pub(super) fn report(&self, scale: Scale, index: usize, between: (usize, usize)) -> ChangePoint {
        // The normal quantile of 95 %.
        let half = 1.959_963_984_540_054 * self.error;
        ChangePoint {
            index,
            between,
            change: scale.change(self.size),
            interval: (scale.change(self.size - half), scale.change(self.size + half)),
            strength: self.strength(),
        }
    }
}

/// The cost of a distance in standard deviations: normal, and from `outlier` on that of an outlier.
pub(super) fn robust(left: f64, outlier: f64) -> f64 {
    0.5 * (left * left).min(outlier * outlier)
}
