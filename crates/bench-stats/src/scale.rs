//! How far values scatter, whatever a few of them do.

use crate::ordered::{of_key, ordered, to_key};
use crate::spread::is_sample;

/// The spread of values, in their unit, as the standard deviation of a normal law: the estimator Qn of P. J. Rousseeuw
/// and C. Croux (Alternatives to the median absolute deviation, Journal of the American Statistical Association 88,
/// 1993), the distance that a quarter of all pairs of values do not exceed. Up to half of the values may be anything.
/// Few values suffice: on normal noise it needs a fifth more of them than the standard deviation does, where the
/// median absolute deviation needs two and a half times as many. Unbiased for few by the factors of C. Croux and
/// P. J. Rousseeuw (Time-efficient algorithms for two highly robust estimators of scale, Computational Statistics 1, 1992).
///
/// 0 when more than half of the values are equal. Time is O(n log n). `None` for fewer than two values, or when one is
/// not finite.
pub fn robust_spread(values: &[f64]) -> Option<f64> {
    if values.len() < 2 || !is_sample(values) {
        return None;
    }
    let ascending = ordered(values.iter().copied());
    let half = values.len() / 2 + 1;
    let rank = half * (half - 1) / 2;
    // The smallest distance that enough pairs do not exceed: halves the numbers in between.
    let (mut low, mut high) = (to_key(0.0), to_key(f64::MAX));
    while low < high {
        let middle = low + (high - low) / 2;
        if pairs_within(&ascending, of_key(middle)) >= rank { high = middle } else { low = middle + 1 }
    }
    Some((of_key(low) * factor(values.len())).min(f64::MAX))
}

/// How many pairs lie no further apart than that.
fn pairs_within(ascending: &[f64], distance: f64) -> usize {
    let mut from = ascending.iter().enumerate().peekable();
    let mut pairs = 0;
    for (i, value) in ascending.iter().enumerate() {
        while from.next_if(|(_, first)| value - **first > distance).is_some() {}
        pairs += from.peek().map_or(0, |(first, _)| i - first);
    }
    pairs
}

/// What makes the distance a standard deviation.
fn factor(n: usize) -> f64 {
    let consistent = 2.2219;
    let size = n as f64;
    consistent
        * match n {
            2 => 0.399,
            3 => 0.994,
            4 => 0.512,
            5 => 0.844,
            6 => 0.611,
            7 => 0.857,
            8 => 0.669,
            9 => 0.872,
            _ if n % 2 == 1 => size / (size + 1.4),
            _ => size / (size + 3.8),
        }
}
