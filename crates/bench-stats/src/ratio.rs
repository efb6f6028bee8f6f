//! The ratio of what two groups of rounds say. Must not know what is measured, or what is good.

use crate::spread::{Spread, is_level, is_sample, student};
use crate::summary::Summary;

/// The typical value of `over` by that of `under`, both geometric means, with an interval of the confidence `level` between 0 and 1.
///
/// The interval is that of B. L. Welch (The generalization of "Student's" problem when several different population variances are
/// involved, Biometrika 34, 1947) with the degrees of freedom of F. E. Satterthwaite (An approximate distribution of estimates of variance
/// components, Biometrics Bulletin 2, 1946), over logarithms. Unlike [`contrast()`](crate::contrast()) it decides nothing, and is therefore
/// given from two rounds of each on: few rounds make it wide. There is none where one of both has a single round.
///
/// `None` when one of both is empty, a value is not finite and above 0, the ratio is beyond what an `f64` holds, or the level lies outside
/// (0, 1). [`Summary::n`] counts the rounds of both.
pub fn ratio(over: &[f64], under: &[f64], level: f64) -> Option<Summary> {
    let usable = |values: &[f64]| is_sample(values) && values.iter().all(|value| *value > 0.0);
    if !usable(over) || !usable(under) || !is_level(level) {
        return None;
    }
    let logs = |values: &[f64]| Spread::of(&values.iter().map(|value| libm::log(*value)).collect::<Vec<_>>());
    let (over, under) = (logs(over), logs(under));
    let difference = over.mean - under.mean;
    let value = Some(libm::exp(difference)).filter(|value| value.is_finite() && *value > 0.0)?;
    let end = |log: f64| libm::exp(log).min(f64::MAX);
    let interval = half_width(&over, &under, level)
        .map(|half| (end(difference - half).min(value), end(difference + half).max(value)));
    Some(Summary { value, interval, n: (over.n + under.n) as usize })
}

fn half_width(over: &Spread, under: &Spread, level: f64) -> Option<f64> {
    if over.n < 2.0 || under.n < 2.0 {
        return None;
    }
    let total = over.of_mean() + under.of_mean();
    if total == 0.0 {
        return Some(0.0);
    }
    // As shares of the whole, so that tiny variances do not vanish when squared.
    let (a, b) = (over.of_mean() / total, under.of_mean() / total);
    let freedom = 1.0 / (a * a / (over.n - 1.0) + b * b / (under.n - 1.0));
    Some(student(level, freedom.max(1.0))? * total.sqrt())
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn two_groups_of_three_rounds_give_welchs_interval() {
        // Logarithms 0 and +-0.1 by 1 and +-0.1: an error of sqrt(2 * 0.01 / 3), 4 degrees of freedom, t = 2.776445.
        let over = [0.9_f64, 1.0, 1.1].map(f64::exp);
        let under = [-0.1_f64, 0.0, 0.1].map(f64::exp);
        let found = ratio(&over, &under, 0.95).unwrap();
        assert!((found.value.ln() - 1.0).abs() < 1e-12 && found.n == 6, "{found:?}");
        let (lower, upper) = found.interval.unwrap();
        let half = 2.776_445_105 * (0.02_f64 / 3.0).sqrt();
        assert!((lower.ln() - (1.0 - half)).abs() < 1e-8 && (upper.ln() - (1.0 + half)).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn where_one_group_does_not_scatter_the_other_alone_decides_the_degrees_of_freedom() {
        // 2 degrees of freedom: t = 4.302653.
        let (lower, upper) = ratio(&[-0.1_f64, 0.0, 0.1].map(f64::exp), &[1.0; 50], 0.95).unwrap().interval.unwrap();
        let half = 4.302_652_73 * (0.01_f64 / 3.0).sqrt();
        assert!((upper.ln() - half).abs() < 1e-8 && (lower.ln() + half).abs() < 1e-8, "{lower} {upper}");
    }

    #[test]
    fn equal_rounds_are_known_exactly_and_single_ones_not_at_all() {
        let exact = ratio(&[3.0; 2], &[2.0; 2], 0.95).unwrap();
        assert_eq!(exact.interval, Some((exact.value, exact.value)));
        assert!((exact.value - 1.5).abs() < 1e-15);
        assert_eq!(ratio(&[3.0], &[2.0; 9], 0.95).unwrap().interval, None);
        assert_eq!(ratio(&[3.0; 9], &[2.0], 0.95).unwrap().interval, None);
    }

    #[test]
    fn what_has_no_ratio_gives_none() {
        let some = [1.0, 2.0];
        for (over, under, level) in [
            (&[][..], &some[..], 0.95),
            (&some, &[], 0.95),
            (&some, &[0.0, 1.0], 0.95),
            (&[-1.0], &some, 0.95),
            (&[f64::NAN], &some, 0.95),
            (&some, &[f64::INFINITY], 0.95),
            (&[f64::MAX], &[f64::MIN_POSITIVE], 0.95),
            (&some, &some, 1.0),
        ] {
            assert_eq!(ratio(over, under, level), None, "{over:?} {under:?}");
        }
        let wide = ratio(&[1e-300, 1e300], &[1e300, 1e-300], 0.999).unwrap().interval.unwrap();
        assert!(wide.0 >= 0.0 && wide.1.is_finite(), "{wide:?}");
    }
}
