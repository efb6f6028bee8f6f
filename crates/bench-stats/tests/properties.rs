//! What holds for every input.

use bench_stats::{Comparison, compare, more_rounds, summarise};
use proptest::collection::vec;
use proptest::prelude::*;

fn rounds() -> impl Strategy<Value = Vec<f64>> {
    vec(1e-3..1e9_f64, 2..12)
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, f64::NAN, f64::INFINITY]),
    ]
}

fn interval(comparison: Comparison) -> Option<(f64, f64, f64)> {
    match comparison {
        Comparison::Interval { change, lower, upper } => Some((change, lower, upper)),
        Comparison::Exact { change } => Some((change, change, change)),
        _ => None,
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * (1.0 + one.abs().max(other.abs()))
}

proptest! {
    #[test]
    fn a_summary_scales_with_its_unit(values in rounds(), scale in 1e-6..1e6_f64) {
        let plain = summarise(&values, 0.95).unwrap();
        let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
        let scaled = summarise(&scaled, 0.95).unwrap();
        let relative = |a: f64, b: f64| (a - b * scale).abs() <= 1e-9 * a.abs();
        prop_assert!(relative(scaled.value, plain.value));
        let ((a, b), (c, d)) = (scaled.interval.unwrap(), plain.interval.unwrap());
        // The ends of two wildly different rounds lie hundreds of powers of ten away.
        prop_assume!(c > 1e-200 && d < 1e200);
        prop_assert!(relative(a, c) && relative(b, d));
    }

    #[test]
    fn a_change_does_not_depend_on_the_unit(b in rounds(), h in rounds(), scale in 1e-6..1e6_f64) {
        let plain = interval(compare(&b, &h, 0.95)).unwrap();
        let scale = |values: &[f64]| values.iter().map(|v| v * scale).collect::<Vec<_>>();
        let scaled = interval(compare(&scale(&b), &scale(&h), 0.95)).unwrap();
        prop_assume!(plain.2 < 1e100);
        prop_assert!(close(plain.0, scaled.0) && close(plain.1, scaled.1) && close(plain.2, scaled.2));
    }

    #[test]
    fn order_does_not_matter((b, shuffled) in rounds().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))) {
        prop_assert_eq!(summarise(&b, 0.95), summarise(&shuffled, 0.95));
        let other = [3.0, 4.0, 5.0];
        prop_assert_eq!(compare(&b, &other, 0.95), compare(&shuffled, &other, 0.95));
        prop_assert_eq!(more_rounds(&b, &other, 0.95, 0.05), more_rounds(&shuffled, &other, 0.95, 0.05));
    }

    #[test]
    fn swapping_the_sides_gives_the_reciprocal(b in rounds(), h in rounds()) {
        let (change, lower, upper) = interval(compare(&b, &h, 0.95)).unwrap();
        let back = interval(compare(&h, &b, 0.95)).unwrap();
        prop_assume!(upper < 1e4 && back.2 < 1e4);
        prop_assert!(close((1.0 + change) * (1.0 + back.0), 1.0));
        prop_assert!(close((1.0 + lower) * (1.0 + back.2), 1.0));
        prop_assert!(close((1.0 + upper) * (1.0 + back.1), 1.0));
    }

    #[test]
    fn the_reciprocal_of_a_rate_has_the_reciprocal_interval(values in rounds()) {
        let plain = summarise(&values, 0.95).unwrap();
        let inverse: Vec<f64> = values.iter().map(|v| 1.0 / v).collect();
        let inverse = summarise(&inverse, 0.95).unwrap();
        let ((a, b), (c, d)) = (plain.interval.unwrap(), inverse.interval.unwrap());
        prop_assume!(a > 1e-100 && b < 1e100);
        prop_assert!(close(plain.value * inverse.value, 1.0) && close(a * d, 1.0) && close(b * c, 1.0));
    }

    #[test]
    fn an_interval_holds_its_value_and_widens_with_the_level(b in rounds(), h in rounds()) {
        let narrow = summarise(&b, 0.8).unwrap();
        let wide = summarise(&b, 0.99).unwrap();
        let ((a, z), (aa, zz)) = (narrow.interval.unwrap(), wide.interval.unwrap());
        prop_assert!(aa <= a && a <= narrow.value && narrow.value <= z && z <= zz);
        let narrow = interval(compare(&b, &h, 0.8)).unwrap();
        let wide = interval(compare(&b, &h, 0.99)).unwrap();
        prop_assert!(wide.1 <= narrow.1 && narrow.1 <= narrow.0 && narrow.0 <= narrow.2 && narrow.2 <= wide.2);
    }

    #[test]
    fn a_slower_head_is_a_larger_change(b in rounds(), h in rounds(), slower in 1.01..10.0_f64) {
        let before = interval(compare(&b, &h, 0.95)).unwrap();
        let worse: Vec<f64> = h.iter().map(|v| v * slower).collect();
        let after = interval(compare(&b, &worse, 0.95)).unwrap();
        prop_assert!(after.0 > before.0);
        // Where one end of an interval is all there is of it, -100 % or beyond everything, it stays there.
        prop_assert!(after.1 >= before.1 && after.2 >= before.2);
    }

    #[test]
    fn as_many_further_rounds_as_estimated_are_enough_and_fewer_for_a_wider_margin(
        b in vec(90.0..110.0_f64, 3..8), h in vec(90.0..110.0_f64, 3..8), margin in 0.02..0.2_f64,
    ) {
        let more = more_rounds(&b, &h, 0.95, margin).unwrap();
        prop_assert!(more_rounds(&b, &h, 0.95, margin * 2.0).unwrap() <= more);
        // Whole copies of both sides have nearly the spread of one: with enough of them the interval is narrow.
        let copies = 2 + more as usize / b.len().min(h.len());
        let grown = |side: &[f64]| side.repeat(copies);
        let (change, _, upper) = interval(compare(&grown(&b), &grown(&h), 0.95)).unwrap();
        prop_assert!((1.0 + upper) / (1.0 + change) <= 1.0 + margin);
    }

    #[test]
    fn nothing_panics_and_every_answer_is_finite(
        b in vec(any_value(), 0..6), h in vec(any_value(), 0..6), level in any_value(), margin in any_value(),
    ) {
        for level in [level, 0.95] {
            if let Some(summary) = summarise(&b, level) {
                prop_assert!(summary.value.is_finite());
                if let Some((lower, upper)) = summary.interval {
                    prop_assert!(lower.is_finite() && upper.is_finite() && lower <= upper);
                }
            }
            match compare(&b, &h, level) {
                Comparison::Interval { change, lower, upper } => {
                    prop_assert!(change.is_finite() && lower.is_finite() && upper.is_finite());
                    prop_assert!(lower <= change && change <= upper);
                }
                Comparison::Exact { change } | Comparison::TooFew { change } => prop_assert!(change.is_finite()),
                Comparison::NotComparable => {}
            }
            let _: Option<u32> = more_rounds(&b, &h, level, margin);
        }
    }
}

#[test]
fn values_without_spread_are_compared_exactly() {
    assert_eq!(compare(&[8.0; 3], &[10.0; 2], 0.95), Comparison::Exact { change: 0.25 });
    assert_eq!(more_rounds(&[8.0; 3], &[10.0; 2], 0.95, 0.01), Some(0));
    assert_eq!(summarise(&[0.3; 3], 0.95).unwrap().interval, Some((0.3, 0.3)));
    assert_eq!(summarise(&[-0.3; 3], 0.95).unwrap().interval, Some((-0.3, -0.3)));
}

#[test]
fn an_interval_goes_below_zero_only_if_a_value_does() {
    assert_eq!(summarise(&[0.0, 1.0, 3.0], 0.95).unwrap().interval.unwrap().0, 0.0);
    assert!(summarise(&[-0.1, 1.0, 3.0], 0.95).unwrap().interval.unwrap().0 < -0.1);
}

#[test]
fn a_constant_zero_that_stays_zero_has_not_changed() {
    assert_eq!(compare(&[0.0; 2], &[0.0; 2], 0.95), Comparison::Exact { change: 0.0 });
    assert_eq!(compare(&[0.0; 2], &[1.0; 2], 0.95), Comparison::NotComparable);
    assert_eq!(compare(&[1.0; 2], &[0.0; 2], 0.95), Comparison::NotComparable);
}

#[test]
fn one_round_has_a_value_but_no_interval() {
    let summary = summarise(&[42.0], 0.95).unwrap();
    assert_eq!((summary.value, summary.interval, summary.n), (42.0, None, 1));
    let Comparison::TooFew { change } = compare(&[10.0], &[11.0, 11.0], 0.95) else { panic!("an interval") };
    assert!((change - 0.1).abs() < 1e-12);
    assert_eq!(more_rounds(&[10.0], &[11.0, 11.0], 0.95, 0.05), None);
}

#[test]
fn input_without_an_answer_gets_none() {
    for values in [&[][..], &[f64::NAN], &[1.0, f64::INFINITY]] {
        assert_eq!(summarise(values, 0.95), None);
        assert_eq!(compare(values, &[1.0, 2.0], 0.95), Comparison::NotComparable);
        assert_eq!(compare(&[1.0, 2.0], values, 0.95), Comparison::NotComparable);
    }
    for level in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(summarise(&[1.0], level), None);
        assert_eq!(compare(&[1.0, 2.0], &[1.0, 2.0], level), Comparison::NotComparable);
    }
    assert_eq!(compare(&[1.0, -2.0], &[1.0, 2.0], 0.95), Comparison::NotComparable);
    for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(more_rounds(&[1.0, 2.0], &[1.0, 2.0], 0.95, margin), None);
    }
}
