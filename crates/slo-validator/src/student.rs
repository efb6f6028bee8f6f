//! Student's t distribution, for a single value against many: what `bench_stats` has for two samples does not fit there.

/// Above it the distribution differs from that of this many degrees by less than 1 % of its quantiles.
const MOST: u32 = 200;

/// The probability that the distribution lies at least as far from 0 as `t`, on either side.
///
/// The finite sums of M. Abramowitz and I. A. Stegun (Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4).
pub(crate) fn tails(t: f64, freedom: u32) -> f64 {
    let freedom = freedom.clamp(1, MOST);
    let angle = (t.abs() / f64::from(freedom).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    // Each term is the one before times (i - 1) / i times the squared cosine.
    let (mut term, mut sum) = if odd { (cosine, if freedom > 1 { cosine } else { 0.0 }) } else { (1.0, 1.0) };
    let mut i = if odd { 3 } else { 2 };
    while i + 2 <= freedom {
        term *= f64::from(i - 1) / f64::from(i) * cosine * cosine;
        sum += term;
        i += 2;
    }
    let inside = if odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum };
    (1.0 - inside).clamp(0.0, 1.0)
}

/// How far from 0, on either side, the distribution lies with the probability `level`, which is between 0 and 1.
pub(crate) fn quantile(level: f64, freedom: u32) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while 1.0 - tails(high, freedom) < level && high < 1e12 {
        (low, high) = (high, high * 2.0);
    }
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if 1.0 - tails(middle, freedom) < level { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with mpmath 1.3 at 50 digits by bisection on the regularised incomplete beta function.
    #[test]
    fn takes_quantiles_as_mpmath_does() {
        let expected = [
            (1, 12.706_204_736_174_705, 63.656_741_162_871_58),
            (4, 2.776_445_105_197_794_4, 4.604_094_871_349_993),
            (9, 2.262_157_162_798_205_5, 3.249_835_541_592_126_3),
        ];
        for (freedom, at_95, at_99) in expected {
            for (level, expected) in [(0.95, at_95), (0.99, at_99)] {
                let found = quantile(level, freedom);
                assert!((found / expected - 1.0).abs() < 1e-9, "{level} {freedom}: {found} {expected}");
                assert!((tails(expected, freedom) - (1.0 - level)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn many_degrees_come_close_to_the_normal_distribution() {
        let found = quantile(0.99, 10_000);
        assert!((found / 2.575_829 - 1.0).abs() < 0.01, "{found}");
    }

    #[test]
    fn no_distance_is_sure_to_be_exceeded_and_a_huge_one_is_not() {
        for freedom in [1, 2, 3, 50] {
            assert_eq!(tails(0.0, freedom), 1.0);
            assert!(tails(f64::INFINITY, freedom) < 1e-9);
        }
    }
}
