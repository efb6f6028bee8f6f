//! Mean and variance of a few numbers, in an order that does not depend on theirs, and Student's quantile.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// From so many degrees of freedom on, Student's distribution is expanded around the normal one: the series behind its
/// probability loses digits, and the first term of the expansion (Abramowitz and Stegun, Handbook of Mathematical
/// Functions, 26.7.5) is exact to 13.
const EXPAND_FROM: f64 = 1e6;

/// A sample's size, mean and variance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    /// The sample's size.
    pub(crate) n: f64,
    /// The arithmetic mean.
    pub(crate) mean: f64,
    /// The unbiased sample variance; 0 for a single number, and exactly 0 for equal ones.
    pub(crate) variance: f64,
}

impl Spread {
    /// Of a sample that is not empty.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut ordered = values.to_vec();
        ordered.sort_by(f64::total_cmp);
        let n = ordered.len() as f64;
        let reference = ordered.first().copied().unwrap_or(f64::NAN);
        // Distances from one of them: equal numbers then have a variance of exactly 0. Dividing before adding
        // keeps sums of huge numbers finite.
        let mean = ordered.iter().map(|value| value / n - reference / n).sum::<f64>() + reference;
        let squares: f64 = ordered.iter().map(|value| (value - mean).powi(2)).sum();
        // Kept finite, so that nothing downstream multiplies an infinity by 0.
        let squares = squares.min(f64::MAX);
        Self { n, mean, variance: if n > 1.0 { squares / (n - 1.0) } else { 0.0 } }
    }

    /// The variance of the mean.
    pub(crate) fn of_mean(&self) -> f64 {
        self.variance / self.n
    }
}

/// The two-sided quantile of Student's t distribution of so many degrees of freedom: `P(|T| <= t) = level`.
///
/// `None` when the level lies outside (0, 1), or the degrees of freedom below 1.
pub fn student_quantile(level: f64, freedom: f64) -> Option<f64> {
    (is_level(level) && freedom >= 1.0).then(|| student(level, freedom))?
}

/// As [`student_quantile`], where the caller keeps `level` inside (0, 1) and `freedom` at 1 or more.
///
/// Newton's method kept inside a bracket. The inverse that statrs 0.19 offers does not always return: it oscillates
/// for some levels near 0.
pub(crate) fn student(level: f64, freedom: f64) -> Option<f64> {
    if freedom > EXPAND_FROM {
        let z = quantile(level, &Normal::standard())?;
        return Some(z + (z.powi(3) + z) / (4.0 * freedom));
    }
    quantile(level, &StudentsT::new(0.0, 1.0, freedom).ok()?)
}

/// The probability that Student's t distribution lies at least as far from 0 as `t`, on either side; NaN when `t` is, or
/// the degrees of freedom are not above 0.
pub fn student_tails(t: f64, freedom: f64) -> f64 {
    if freedom > EXPAND_FROM {
        // Abramowitz and Stegun, 26.7.8.
        return normal_tails(t * (1.0 - 0.25 / freedom) / (1.0 + t * t / (2.0 * freedom)).sqrt());
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |distribution| (2.0 * distribution.sf(t.abs())).min(1.0))
}

/// The probability that the standard normal distribution lies at least as far from 0 as `z`, on either side.
pub(crate) fn normal_tails(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

fn quantile<D: ContinuousCDF<f64, f64> + Continuous<f64, f64>>(level: f64, distribution: &D) -> Option<f64> {
    let excess = |t: f64| 1.0 - 2.0 * distribution.sf(t) - level;
    let (mut low, mut high) = (0.0, 1.0);
    while excess(high) < 0.0 {
        (low, high) = (high, high * 2.0);
        if high > 1e300 {
            return None;
        }
    }
    let mut t: f64 = 0.5 * (low + high);
    for _ in 0..200 {
        let error = excess(t);
        if error < 0.0 {
            low = t
        } else {
            high = t
        }
        let newton = t - error / (2.0 * distribution.pdf(t));
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - t).abs() <= 1e-15 * t {
            return Some(next);
        }
        t = next;
    }
    Some(t)
}

/// Whether a number is usable as a confidence level.
pub(crate) fn is_level(level: f64) -> bool {
    level > 0.0 && level < 1.0
}

/// Whether there is something, and all of it is finite.
pub(crate) fn is_sample(values: &[f64]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::student;

    /// Computed with mpmath 1.3 at 50 digits by bisection on the regularised incomplete beta function.
    #[test]
    fn takes_quantiles_as_mpmath_does() {
        let expected = [
            (1.0, 12.706_204_736_174_705, 63.656_741_162_871_58),
            (2.5, 3.574_654_842_003_683, 7.163_728_138_948_785),
            (4.0, 2.776_445_105_197_794_4, 4.604_094_871_349_993),
            (9.0, 2.262_157_162_798_205_5, 3.249_835_541_592_126_3),
            (30.3, 2.041_424_872_699_853_4, 2.748_165_782_374_171_5),
            (1e3, 1.962_339_080_826_408_5, 2.580_754_698_065_951),
            (1e6, 1.959_966_356_814_107, 2.575_834_220_105_334),
            (1e9, 1.959_963_986_912_325_5, 2.575_829_308_465_448_4),
        ];
        for (freedom, at_95, at_99) in expected {
            for (level, expected) in [(0.95, at_95), (0.99, at_99)] {
                let found = student(level, freedom).unwrap();
                assert!((found / expected - 1.0).abs() < 1e-9, "{level} {freedom}: {found} {expected}");
            }
        }
    }

    #[test]
    fn returns_for_every_level() {
        for level in [5e-324, 1e-300, 1e-120, 1e-16, 1e-8, 0.5, 1.0 - 1e-12, 1.0 - f64::EPSILON / 2.0] {
            for freedom in [1.0, 1.5, 3.0, 100.0, 1e8, 1e12] {
                assert!(student(level, freedom).is_none_or(|t| t >= 0.0 && t.is_finite()), "{level} {freedom}");
            }
        }
    }
}
