//! What the values of a few rounds say about a metric.

use crate::spread::{Spread, is_level, is_sample, student};

/// The typical value of a few rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The geometric mean; the arithmetic mean when a value is 0 or below.
    pub value: f64,
    /// Its confidence interval `(lower, upper)`; `None` for a single round. An end beyond what an `f64` holds is
    /// the largest that it does hold.
    pub interval: Option<(f64, f64)>,
    /// How many rounds there are.
    pub n: usize,
}

/// Summarises the values of rounds, in any unit, with an interval of the confidence `level` between 0 and 1.
///
/// Times and rates are positive and skewed, and what disturbs them multiplies: the mean and Student's t interval
/// ("Student" [W. S. Gosset], The probable error of a mean, Biometrika 6, 1908) are taken over logarithms, which
/// gives a rate and its reciprocal the same answer. Where a value is 0 or below, they are taken over the values; the
/// interval goes below 0 only if a value does.
///
/// `None` when there is no value, one is not finite, or the level lies outside (0, 1).
pub fn summarise(values: &[f64], level: f64) -> Option<Summary> {
    if !is_sample(values) || !is_level(level) {
        return None;
    }
    let n = values.len();
    let positive = values.iter().all(|value| *value > 0.0);
    if !positive {
        let spread = Spread::of(values);
        let value = clamp(spread.mean);
        // What is never below 0, such as a time, is not on average.
        let least = if values.iter().any(|value| *value < 0.0) { f64::MIN } else { 0.0 };
        let interval = half_width(&spread, level).map(|half| ((value - half).max(least), clamp(value + half)));
        return Some(Summary { value, interval, n });
    }
    // Over logarithms of ratios to the smallest, so that equal values give exactly that value.
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let logs: Vec<f64> = values.iter().map(|value| libm::log(*value) - libm::log(smallest)).collect();
    let spread = Spread::of(&logs);
    let scale = |log: f64| clamp(smallest * libm::exp(log));
    let interval = half_width(&spread, level).map(|half| (scale(spread.mean - half), scale(spread.mean + half)));
    Some(Summary { value: scale(spread.mean), interval, n })
}

fn half_width(spread: &Spread, level: f64) -> Option<f64> {
    if spread.n < 2.0 {
        return None;
    }
    Some(student(level, spread.n - 1.0)? * spread.of_mean().sqrt())
}

fn clamp(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}
