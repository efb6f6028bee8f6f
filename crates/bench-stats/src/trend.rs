//! Trends in a series that ask nothing of the shape of its noise. The noise of one point must not depend on another's.

use crate::ordered::{of_key, ordered, to_key};
use crate::spread::{is_sample, normal_tails};

/// Up to this many points all slopes are written down, 8 MB of them; beyond, they are counted without.
const WRITTEN_DOWN: usize = 1448;

/// The quantile of the normal distribution for 95 %, two-sided.
const Z_95: f64 = 1.959_963_984_540_054;

/// A robust straight line through a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// The change from one point to the next, in the values' unit.
    pub per_point: f64,
    /// The lower end of its 95 % confidence interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// Whether a series rises or falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs of points that rise, less pairs that fall.
    pub s: i64,
    /// Kendall's tau-b, from -1 (falls throughout) to 1 (rises throughout); 0 when all values are equal.
    pub tau: f64,
    /// How many standard deviations `s` lies from 0, with the correction for continuity.
    pub z: f64,
    /// The two-sided probability of such a `z` without a trend.
    pub p: f64,
}

/// The median of the slopes between all pairs of points, one apart in time each (H. Theil, A rank-invariant method of
/// linear and polynomial regression analysis, Proceedings of the Royal Netherlands Academy of Sciences 53, 1950), with
/// the 95 % interval that follows from Kendall's s (P. K. Sen, Estimates of the regression coefficient based on
/// Kendall's tau, Journal of the American Statistical Association 63, 1968).
///
/// Time is O(n^2) up to 1,448 points and O(n log n) with a factor of some hundreds beyond; memory is linear there.
/// `None` for fewer than two points, when one is not finite, or when they lie further apart than an `f64` holds.
pub fn theil_sen(values: &[f64]) -> Option<Slope> {
    if values.len() < 2 || !is_sample(values) {
        return None;
    }
    let n = values.len() as f64;
    let pairs = values.len() * (values.len() - 1) / 2;
    // Half as many slopes as this lie between the ends of the interval and the median.
    let width = Z_95 * s_variance(n, &ordered(values.iter().copied())).sqrt();
    let last = pairs - 1;
    let lower = (((pairs as f64 - width) / 2.0).round_ties_even().max(1.0) as usize - 1).min(last);
    let upper = (((pairs as f64 + width) / 2.0).round_ties_even() as usize).min(last);
    let [lower, low_middle, high_middle, upper] = slopes_at(values, [lower, last / 2, pairs / 2, upper])?;
    Some(Slope { per_point: low_middle / 2.0 + high_middle / 2.0, lower, upper })
}

/// The test of H. B. Mann (Nonparametric tests against trend, Econometrica 13, 1945) for a lasting rise or fall, with
/// the variance under ties and the correction for continuity of M. G. Kendall (Rank Correlation Methods, 4th edition,
/// Griffin 1975). `p` is that of the normal law, close from about ten points on.
///
/// `None` for fewer than two points, or when one is not finite.
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    if values.len() < 2 || !is_sample(values) {
        return None;
    }
    let ascending = ordered(values.iter().copied());
    let pairs = |n: u64| n * (n - 1) / 2;
    let all = pairs(values.len() as u64);
    let tied: u64 = ties(&ascending).map(pairs).sum();
    let falling = inversions(values);
    let s = (all - tied) as i64 - 2 * falling as i64;
    let deviation = s_variance(values.len() as f64, &ascending).sqrt();
    let z = if s == 0 { 0.0 } else { (s - s.signum()) as f64 / deviation };
    let tau = if s == 0 { 0.0 } else { s as f64 / ((all - tied) as f64).sqrt() / (all as f64).sqrt() };
    Some(MannKendall { s, tau, z, p: normal_tails(z) })
}

/// The variance of Kendall's s without a trend.
fn s_variance(n: f64, ascending: &[f64]) -> f64 {
    let part = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let tied: f64 = ties(ascending).map(|t| part(t as f64)).sum();
    (part(n) - tied) / 18.0
}

/// How many values each group of equal ones has.
fn ties(ascending: &[f64]) -> impl Iterator<Item = u64> + '_ {
    ascending.chunk_by(|one, other| one == other).map(|group| group.len() as u64)
}

/// The slopes of those ranks, counted from 0 in ascending order.
fn slopes_at<const N: usize>(values: &[f64], ranks: [usize; N]) -> Option<[f64; N]> {
    let mut found = [0.0; N];
    let slopes = (values.len() <= WRITTEN_DOWN).then(|| ordered(slopes(values)));
    for (found, rank) in found.iter_mut().zip(ranks) {
        let slope = match &slopes {
            Some(slopes) => *slopes.get(rank)?,
            None => counted(values, rank),
        };
        // Not -0.
        *found = slope + 0.0;
    }
    found.iter().all(|slope| slope.is_finite()).then_some(found)
}

fn slopes(values: &[f64]) -> impl Iterator<Item = f64> + '_ {
    values.iter().enumerate().flat_map(|(i, from)| {
        (1..).zip(values.iter().skip(i + 1)).map(move |(apart, to)| (to - from) / f64::from(apart))
    })
}

/// The smallest number that more than `rank` slopes do not exceed, to the rounding of the values: halves the numbers
/// in between, and counts the pairs that still rise once that slope is taken off.
fn counted(values: &[f64], rank: usize) -> f64 {
    let extreme = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(f64::NAN);
    let range = extreme(f64::max) - extreme(f64::min);
    if !(range * values.len() as f64).is_finite() {
        return f64::NAN;
    }
    let pairs = values.len() * (values.len() - 1) / 2;
    let mut backwards = vec![0.0; values.len()];
    let (mut low, mut high) = (to_key(-range), to_key(range));
    while low < high {
        // Keys of both signs lie further apart than an i64 holds.
        let middle = low + (high.wrapping_sub(low) as u64 / 2) as i64;
        let slope = of_key(middle);
        for ((rest, value), i) in backwards.iter_mut().rev().zip(values).zip(0_u32..) {
            *rest = value - slope * f64::from(i);
        }
        // Pairs that rise fall in reverse.
        let rising = inversions(&backwards) as usize;
        if pairs - rising > rank { high = middle } else { low = middle + 1 }
    }
    of_key(low)
}

/// How many pairs fall: a merge sort that counts.
fn inversions(values: &[f64]) -> u64 {
    let (mut from, mut to) = (values.to_vec(), vec![0.0; values.len()]);
    let (mut width, mut count) = (1, 0);
    while width < values.len() {
        for (pair, merged) in from.chunks(2 * width).zip(to.chunks_mut(2 * width)) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            for slot in merged {
                let take_right = match (left.first(), right.first()) {
                    (Some(one), Some(other)) => other < one,
                    (None, _) => true,
                    (_, None) => false,
                };
                let side = if take_right { &mut right } else { &mut left };
                if let Some((first, others)) = side.split_first() {
                    *slot = *first;
                    *side = others;
                }
                if take_right {
                    count += left.len() as u64;
                }
            }
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{counted, inversions, slopes, to_key};
    use crate::ordered::{of_key, ordered};

    #[test]
    fn counting_slopes_finds_what_writing_them_down_finds() {
        let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 1e6;
        let smooth: Vec<f64> = (0..120).map(|i| 1000.0 + 0.01 * i as f64 + noise(i)).collect();
        let coarse: Vec<f64> = smooth.iter().map(|value| value.round()).collect();
        for values in [smooth, coarse, vec![7.0; 50]] {
            let slopes = ordered(slopes(&values));
            for rank in (0..slopes.len()).step_by(97) {
                assert!((counted(&values, rank) - slopes[rank]).abs() < 1e-9, "rank {rank}");
            }
        }
    }

    #[test]
    fn counts_pairs_that_fall() {
        assert_eq!(inversions(&[3.0, 1.0, 2.0, 2.0, 0.0, 3.0, 1.0]), 11);
        assert_eq!(inversions(&[]), 0);
        assert_eq!(inversions(&[1.0, 1.0, 1.0]), 0);
    }

    #[test]
    fn keys_keep_the_order_of_numbers() {
        let numbers = [f64::MIN, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, f64::MAX, f64::INFINITY];
        assert!(numbers.map(to_key).is_sorted());
        assert!(numbers.iter().all(|number| of_key(to_key(*number)).to_bits() == number.to_bits()));
    }
}
