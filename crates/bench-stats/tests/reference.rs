//! Values computed elsewhere: with mpmath 1.3 at 50 digits (Student's quantile by bisection on the regularised
//! incomplete beta function, the textbook formulas written out). `scipy.stats.ttest_ind(equal_var=False)` of SciPy
//! 1.17.1 on the logarithms gives the same interval and 6.98878 degrees of freedom.

use bench_stats::{Comparison, compare, more_rounds, summarise};

const BASELINE: [f64; 5] = [101.2, 99.8, 100.5, 100.1, 103.9];
const HEAD: [f64; 4] = [96.1, 95.2, 97.7, 94.9];

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "found {found:e}, expected {expected:e}");
}

#[test]
fn summarises_as_mpmath_does() {
    let summary = summarise(&BASELINE, 0.95).unwrap();
    close(summary.value, 101.089_336_978_469_17);
    let (lower, upper) = summary.interval.unwrap();
    close(lower, 99.076_989_757_664_35);
    close(upper, 103.142_556_871_596_65);
    assert_eq!(summary.n, 5);
}

#[test]
fn summarises_values_below_zero_as_they_are() {
    let summary = summarise(&[-1.0, 0.0, 2.5, 4.0], 0.9).unwrap();
    close(summary.value, 1.375);
    let (lower, upper) = summary.interval.unwrap();
    close(lower, -1.315_761_764_354_007);
    close(upper, 4.065_761_764_354_007);
}

#[test]
fn compares_as_mpmath_and_scipy_do() {
    let cases = [
        (0.95, -0.072_299_402_212_667_69, -0.028_501_748_219_816_89),
        (0.99, -0.082_519_106_591_793_1, -0.017_680_351_273_719_12),
    ];
    for (level, expected_lower, expected_upper) in cases {
        let Comparison::Interval { change, lower, upper } = compare(&BASELINE, &HEAD, level) else {
            panic!("no interval");
        };
        close(change, -0.050_653_114_543_569_93);
        close(lower, expected_lower);
        close(upper, expected_upper);
    }
}

#[test]
fn estimates_further_rounds_as_counted_out_with_mpmath() {
    for (margin, expected) in [(0.05, 0), (0.02, 2), (0.005, 64)] {
        assert_eq!(more_rounds(&BASELINE, &HEAD, 0.95, margin), Some(expected), "margin {margin}");
    }
}

/// Two rounds have one degree of freedom, a million have nearly the normal quantile.
#[test]
fn takes_the_quantile_of_student_at_both_ends() {
    let e = std::f64::consts::E;
    let (lower, upper) = summarise(&[1.0, e * e], 0.95).unwrap().interval.unwrap();
    close((upper / lower).ln() / 2.0, 12.706_204_736_174_705);
    let many: Vec<f64> = (0..1_000_001).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
    let (lower, upper) = summarise(&many, 0.95).unwrap().interval.unwrap();
    // Half of them 1 and half -1: the variance of the mean is 1 / (n - 1).
    close((upper - lower) / 2.0 * 1_000_000_f64.sqrt(), 1.959_966_356_814_107);
}
