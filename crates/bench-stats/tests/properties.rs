//! What holds for every input.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

use bench_stats::{
    Contrast, Contrasted, Design, FEWEST_RUNS, benjamini_hochberg, contrast, further_runs, mann_kendall, robust_spread,
    summarise, theil_sen, typical,
};
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

fn runs() -> impl Strategy<Value = Vec<f64>> {
    vec(1e-3..1e9_f64, FEWEST_RUNS..25)
}

fn design() -> impl Strategy<Value = Design> {
    prop::sample::select(vec![Design::Independent, Design::Paired])
}

/// Both sides, of one length where they are paired.
fn sides() -> impl Strategy<Value = (Vec<f64>, Vec<f64>, Design)> {
    (runs(), runs(), design()).prop_map(|(mut b, mut h, design)| {
        if design == Design::Paired {
            let shared = b.len().min(h.len());
            b.truncate(shared);
            h.truncate(shared);
        }
        (b, h, design)
    })
}

fn estimate(b: &[f64], h: &[f64], design: Design) -> Contrast {
    match contrast(b, h, design) {
        Contrasted::Estimate(estimate) => estimate,
        other => panic!("{other:?}"),
    }
}

fn times(values: &[f64], factor: f64) -> Vec<f64> {
    values.iter().map(|value| value * factor).collect()
}

/// Levels move by powers of ten where runs do.
fn alike(one: (f64, f64), other: (f64, f64)) -> bool {
    let near =
        |a: f64, b: f64| (a.ln_1p() - b.ln_1p()).abs() <= 1e-7 || (a == -1.0 || b == -1.0 || a > 1e100 || b > 1e100);
    near(one.0, other.0) && near(one.1, other.1)
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
    fn order_does_not_matter((b, shuffled) in rounds().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))) {
        prop_assert_eq!(summarise(&b, 0.95), summarise(&shuffled, 0.95));
        prop_assert_eq!(typical(&b), typical(&shuffled));
        prop_assert_eq!(robust_spread(&b), robust_spread(&shuffled));
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
    fn an_interval_of_a_summary_holds_its_value_and_widens_with_the_level(b in rounds()) {
        let narrow = summarise(&b, 0.8).unwrap();
        let wide = summarise(&b, 0.99).unwrap();
        let ((a, z), (aa, zz)) = (narrow.interval.unwrap(), wide.interval.unwrap());
        prop_assert!(aa <= a && a <= narrow.value && narrow.value <= z && z <= zz);
    }

    #[test]
    fn a_change_does_not_depend_on_the_unit((b, h, design) in sides(), scale in 1e-6..1e6_f64) {
        let plain = estimate(&b, &h, design);
        let scaled = estimate(&times(&b, scale), &times(&h, scale), design);
        prop_assert!(alike(plain.interval(0.95).unwrap(), scaled.interval(0.95).unwrap()));
        prop_assert!((plain.p() - scaled.p()).abs() < 1e-7);
    }

    #[test]
    fn the_order_of_runs_does_not_matter_and_of_pairs_neither(
        ((b, h, design), seed) in (sides(), any::<usize>()),
    ) {
        let turned = |values: &[f64], by: usize| {
            let mut values = values.to_vec();
            let n = values.len();
            values.rotate_left(by % n);
            values
        };
        let other = if design == Design::Paired { seed } else { seed / 7 };
        let (bb, hh) = (turned(&b, seed), turned(&h, other));
        prop_assert_eq!(contrast(&b, &h, design), contrast(&bb, &hh, design));
        prop_assert_eq!(further_runs(&b, &h, design, 0.95, 0.1), further_runs(&bb, &hh, design, 0.95, 0.1));
    }

    #[test]
    fn swapping_the_sides_gives_the_reciprocal((b, h, design) in sides()) {
        let (there, back) = (estimate(&b, &h, design), estimate(&h, &b, design));
        let (lower, upper) = back.interval(0.95).unwrap();
        prop_assert!(close((1.0 + there.change()) * (1.0 + back.change()), 1.0));
        prop_assert!(alike(there.interval(0.95).unwrap(), (1.0 / (1.0 + upper) - 1.0, 1.0 / (1.0 + lower) - 1.0)));
        prop_assert!((there.p() - back.p()).abs() < 1e-9);
    }

    #[test]
    fn a_slower_head_is_a_larger_change((b, h, design) in sides(), slower in 1.01..10.0_f64) {
        let (before, after) = (estimate(&b, &h, design), estimate(&b, &times(&h, slower), design));
        prop_assert!(close(after.change(), (1.0 + before.change()) * slower - 1.0));
        prop_assert!(after.interval(0.95).unwrap().0 >= before.interval(0.95).unwrap().0);
    }

    #[test]
    fn p_is_small_exactly_where_the_interval_leaves_out_no_change(
        (b, h, design) in sides(), level in 0.5..0.9999_f64,
    ) {
        let estimate = estimate(&b, &h, design);
        let (lower, upper) = estimate.interval(level).unwrap();
        prop_assume!((estimate.p() - (1.0 - level)).abs() > 1e-9);
        prop_assert_eq!(estimate.p() < 1.0 - level, lower > 0.0 || upper < 0.0);
        let wider = estimate.interval(0.99999).unwrap();
        prop_assert!(wider.0 <= lower && lower <= estimate.change() && estimate.change() <= upper && upper <= wider.1);
    }

    #[test]
    fn as_many_further_runs_as_estimated_are_enough_and_fewer_for_a_wider_margin(
        b in vec(90.0..110.0_f64, 7), h in vec(90.0..110.0_f64, 7), margin in 0.02..0.2_f64,
    ) {
        let more = further_runs(&b, &h, Design::Paired, 0.95, margin).unwrap();
        prop_assert!(further_runs(&b, &h, Design::Paired, 0.95, margin * 2.0).unwrap() <= more);
        // Enough copies of all pairs have the interval that is asked for, nearly twice as many since trimming starts.
        let copies = 2 + 2 * more as usize / b.len();
        let estimate = estimate(&b.repeat(copies), &h.repeat(copies), Design::Paired);
        let (_, upper) = estimate.interval(0.95).unwrap();
        prop_assert!((1.0 + upper) / (1.0 + estimate.change()) <= 1.0 + margin);
    }

    #[test]
    fn more_is_rejected_at_a_higher_rate_and_nothing_that_is_no_probability(
        p in vec(prop_oneof![0.0..0.1_f64, any_value()], 0..20), rate in 0.0..0.5_f64,
    ) {
        let (strict, loose) = (benjamini_hochberg(&p, rate), benjamini_hochberg(&p, rate * 2.0));
        prop_assert_eq!(strict.len(), p.len());
        for ((p, strict), loose) in p.iter().zip(strict).zip(loose) {
            prop_assert!(!strict || loose);
            prop_assert!(!loose || (0.0..=1.0).contains(p));
        }
    }

    #[test]
    fn a_trend_turns_with_its_series_and_follows_a_slope(values in vec(-1e3..1e3_f64, 2..40), slope in 0.1..10.0_f64) {
        let (plain, trend) = (theil_sen(&values).unwrap(), mann_kendall(&values).unwrap());
        prop_assert!(plain.lower <= plain.per_point && plain.per_point <= plain.upper);
        let back: Vec<f64> = values.iter().rev().copied().collect();
        prop_assert!(close(theil_sen(&back).unwrap().per_point, -plain.per_point));
        let turned = mann_kendall(&back).unwrap();
        prop_assert_eq!((turned.s, turned.tau, turned.z, turned.p), (-trend.s, -trend.tau, -trend.z, trend.p));
        let tilted: Vec<f64> = (0..).zip(&values).map(|(i, value)| value + slope * f64::from(i)).collect();
        prop_assert!(close(theil_sen(&tilted).unwrap().per_point, plain.per_point + slope));
        prop_assert!(mann_kendall(&tilted).unwrap().s >= trend.s);
    }

    #[test]
    fn a_spread_scales_and_does_not_shift(values in vec(-1e3..1e3_f64, 2..40), scale in 0.01..100.0_f64, shift in -1e3..1e3_f64) {
        let moved: Vec<f64> = values.iter().map(|value| (value + shift) * scale).collect();
        prop_assert!(close(robust_spread(&moved).unwrap(), robust_spread(&values).unwrap() * scale));
    }

    #[test]
    fn nothing_panics_and_every_answer_is_finite(
        b in vec(any_value(), 0..14), h in vec(any_value(), 0..14), design in design(), level in any_value(), margin in any_value(),
    ) {
        let positive = |values: &[f64]| values.iter().map(|v| v.abs().clamp(5e-324, f64::MAX)).collect::<Vec<_>>();
        for (b, h) in [(b.clone(), h.clone()), (positive(&b), positive(&h))] {
            for level in [level, 0.95] {
                if let Some(summary) = summarise(&b, level) {
                    prop_assert!(summary.value.is_finite());
                    if let Some((lower, upper)) = summary.interval {
                        prop_assert!(lower.is_finite() && upper.is_finite() && lower <= upper);
                    }
                }
                match contrast(&b, &h, design) {
                    Contrasted::Estimate(estimate) => {
                        prop_assert!(estimate.change().is_finite() && (0.0..=1.0).contains(&estimate.p()));
                        if let Some((lower, upper)) = estimate.interval(level) {
                            prop_assert!(lower.is_finite() && upper.is_finite());
                            prop_assert!(lower <= estimate.change() && estimate.change() <= upper);
                        }
                    }
                    Contrasted::Exact { change } | Contrasted::TooFew { change: Some(change) } => {
                        prop_assert!(change.is_finite());
                    }
                    Contrasted::TooFew { change: None } | Contrasted::NotComparable => {}
                }
                let _: Option<u32> = further_runs(&b, &h, design, level, margin);
                let _: Option<u32> = further_runs(&b, &h, design, level, 0.03);
            }
            prop_assert!(typical(&b).is_none_or(f64::is_finite));
            prop_assert!(robust_spread(&b).is_none_or(|spread| spread.is_finite() && spread >= 0.0));
            prop_assert!(theil_sen(&b).is_none_or(|slope| slope.per_point.is_finite()));
            prop_assert!(mann_kendall(&b).is_none_or(|trend| (0.0..=1.0).contains(&trend.p) && trend.tau.abs() <= 1.0 + 1e-12));
            prop_assert_eq!(benjamini_hochberg(&b, level).len(), b.len());
        }
    }
}

#[test]
fn values_without_spread_are_compared_exactly() {
    for design in [Design::Independent, Design::Paired] {
        assert_eq!(contrast(&[8.0; 2], &[10.0; 2], design), Contrasted::Exact { change: 0.25 });
        assert_eq!(contrast(&[0.0; 2], &[0.0; 2], design), Contrasted::Exact { change: 0.0 });
        assert_eq!(further_runs(&[8.0; 2], &[10.0; 2], design, 0.95, 0.01), Some(0));
        assert_eq!(contrast(&[0.0; 5], &[1.0; 5], design), Contrasted::NotComparable);
        assert_eq!(contrast(&[1.0; 5], &[0.0; 5], design), Contrasted::NotComparable);
    }
    assert_eq!(contrast(&[8.0; 3], &[10.0; 2], Design::Independent), Contrasted::Exact { change: 0.25 });
    assert_eq!(summarise(&[0.3; 3], 0.95).unwrap().interval, Some((0.3, 0.3)));
    assert_eq!(summarise(&[-0.3; 3], 0.95).unwrap().interval, Some((-0.3, -0.3)));
}

#[test]
fn a_constant_side_against_one_that_varies_is_an_estimate() {
    let estimate = estimate(&[100.0; 5], &[110.0, 110.1, 109.9, 110.2, 109.8], Design::Independent);
    assert!((estimate.change() - 0.1).abs() < 1e-3 && estimate.p() < 1e-6);
}

#[test]
fn pairs_that_all_changed_alike_are_certain() {
    let b = [100.0, 120.0, 90.0, 105.0, 99.0];
    assert_eq!(estimate(&b, &b, Design::Paired).interval(0.95), Some((0.0, 0.0)));
    assert_eq!(estimate(&b, &b, Design::Paired).p(), 1.0);
    assert!(estimate(&b, &times(&b, 1.01), Design::Paired).p() < 1e-9);
    assert!(estimate(&b, &times(&b, 1.01), Design::Independent).p() > 0.5);
}

#[test]
fn fewer_than_five_runs_are_too_few() {
    let Contrasted::TooFew { change: Some(change) } = contrast(&[10.0; 9], &[11.0; 1], Design::Independent) else {
        panic!("enough");
    };
    assert!((change - 0.1).abs() < 1e-12);
    let few = [10.0, 10.1, 10.2, 10.0];
    assert!(matches!(contrast(&few, &[10.0, 9.0, 11.0, 10.0, 10.0], Design::Independent), Contrasted::TooFew { .. }));
    assert_eq!(further_runs(&[10.0], &[11.0, 11.0], Design::Independent, 0.95, 0.05), Some(4));
    assert_eq!(further_runs(&few, &few, Design::Independent, 0.95, 0.5), Some(1));
    assert!(further_runs(&few, &few, Design::Independent, 0.95, 0.001).unwrap() > 1);
}

/// A fifth of the runs of both sides lands on a machine that is 5 % slower.
#[test]
fn runs_on_two_machines_are_compared_within_each() {
    let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
    let side = |n: u64, slow: u64, level: f64| -> Vec<f64> {
        (1..=n).map(|i| level * (1.0 + 0.004 * noise(i + slow)) * if i <= slow { 1.05 } else { 1.0 }).collect()
    };
    let seen = estimate(&side(15, 3, 100.0), &side(15, 4, 101.0), Design::Independent);
    assert!(seen.p() < 1e-6 && (seen.change() - 0.01).abs() < 0.002, "{} {}", seen.p(), seen.change());
    let none = estimate(&side(15, 3, 100.0), &side(15, 4, 100.0), Design::Independent);
    assert!(none.p() > 0.01, "{}", none.p());
    // Slow runs that became more frequent are a change.
    let frequent = estimate(&side(25, 2, 100.0), &side(25, 22, 100.0), Design::Independent);
    assert!(frequent.p() < 1e-6 && frequent.change() > 0.03, "{} {}", frequent.p(), frequent.change());
}

#[test]
fn the_typical_value_leaves_out_spikes() {
    assert_eq!(typical(&[3.0, 1e9, 2.0, 4.0, -1e9]), Some(3.0));
    assert_eq!(typical(&[3.0, 4.0]), Some(3.5));
    assert_eq!(typical(&[0.1; 7]), Some(0.1));
    assert_eq!(typical(&[]), None);
    assert_eq!(typical(&[1.0, f64::NAN]), None);
}

#[test]
fn a_long_straight_line_has_its_slope() {
    let line: Vec<f64> = (0..3000).map(|i| 5.0 + 0.25 * f64::from(i)).collect();
    let slope = theil_sen(&line).unwrap();
    assert!(close(slope.per_point, 0.25) && close(slope.lower, 0.25) && close(slope.upper, 0.25));
    let flat = theil_sen(&[7.0; 3000]).unwrap();
    assert_eq!((flat.lower, flat.per_point, flat.upper), (0.0, 0.0, 0.0));
    let trend = mann_kendall(&line).unwrap();
    assert_eq!((trend.s, trend.tau), (3000 * 2999 / 2, 1.0));
    assert_eq!(mann_kendall(&[7.0; 3000]).unwrap().p, 1.0);
}

#[test]
fn the_spread_forgives_bad_values() {
    let good = [9.0, 10.0, 11.0, 10.5, 9.5, 10.2, 9.8, 10.1, 9.9, 10.4, 9.6];
    let bad = [9.0, 10.0, 11.0, 10.5, 9.5, 10.2, 9.8, 1e6, 9.9, 1e9, 9.6];
    assert!(robust_spread(&bad).unwrap() < 3.0 * robust_spread(&good).unwrap());
    assert_eq!(robust_spread(&[5.0, 5.0, 5.0, 9.0]), Some(0.0));
    assert_eq!(robust_spread(&[5.0]), None);
}

#[test]
fn an_interval_goes_below_zero_only_if_a_value_does() {
    assert_eq!(summarise(&[0.0, 1.0, 3.0], 0.95).unwrap().interval.unwrap().0, 0.0);
    assert!(summarise(&[-0.1, 1.0, 3.0], 0.95).unwrap().interval.unwrap().0 < -0.1);
}

#[test]
fn one_round_has_a_value_but_no_interval() {
    let summary = summarise(&[42.0], 0.95).unwrap();
    assert_eq!((summary.value, summary.interval, summary.n), (42.0, None, 1));
}

#[test]
fn input_without_an_answer_gets_none() {
    let good = [1.0, 2.0, 1.5, 1.2, 1.1];
    for values in [&[][..], &[f64::NAN], &[1.0, f64::INFINITY], &[1.0, 2.0, 3.0, 4.0, -5.0], &[1.0, 2.0, 3.0, 4.0, 0.0]]
    {
        assert_eq!(contrast(values, &good, Design::Independent), Contrasted::NotComparable);
        assert_eq!(contrast(&good, values, Design::Independent), Contrasted::NotComparable);
    }
    assert_eq!(contrast(&good, &good[1..], Design::Paired), Contrasted::NotComparable);
    for values in [&[][..], &[f64::NAN], &[1.0, f64::INFINITY]] {
        assert_eq!(summarise(values, 0.95), None);
        assert_eq!(theil_sen(values), None);
        assert_eq!(mann_kendall(values), None);
    }
    for level in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(summarise(&[1.0], level), None);
        assert_eq!(estimate(&good, &[2.0, 3.0, 2.0, 2.0, 2.5], Design::Independent).interval(level), None);
        assert_eq!(further_runs(&good, &good, Design::Independent, level, 0.05), None);
    }
    for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(further_runs(&good, &good, Design::Independent, 0.95, margin), None);
    }
}
