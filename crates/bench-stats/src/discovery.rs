//! Many tests at once.

/// Which of many tests are rejected when at most a share `rate` of the rejected ones may be false on average, in
/// the order of their `p`. A `p` that is not a number from 0 to 1 is never rejected, and counts as no test.
///
/// The step-up procedure of Y. Benjamini and Y. Hochberg (Controlling the false discovery rate: a practical and powerful
/// approach to multiple testing, Journal of the Royal Statistical Society B 57, 1995); it holds for tests that are
/// independent, or that positively depend on each other.
pub fn benjamini_hochberg(p: &[f64], rate: f64) -> Vec<bool> {
    let is_test = |p: &f64| (0.0..=1.0).contains(p);
    let mut tests: Vec<f64> = p.iter().copied().filter(is_test).collect();
    tests.sort_unstable_by(f64::total_cmp);
    let n = tests.len() as f64;
    let below = |(i, p): &(usize, &f64)| **p <= (i + 1) as f64 / n * rate;
    let limit = tests.iter().enumerate().rev().find(below).map(|(_, p)| *p);
    p.iter().map(|p| is_test(p) && limit.is_some_and(|limit| *p <= limit)).collect()
}
