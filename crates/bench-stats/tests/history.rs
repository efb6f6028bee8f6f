//! Histories with known levels: what must be found, what must not be called a change, and what must not matter.

use bench_stats::{History, Series, detect};
use proptest::prelude::*;

/// Repeatable noise: xorshift (Marsaglia, Xorshift RNGs, J. Stat. Softw. 8, 2003), twelve uniform numbers summed.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A series around 100 with noise of a standard deviation of 1 %, its level multiplied by each factor from its index on.
fn series(seed: u64, n: usize, steps: &[(usize, f64)]) -> Vec<f64> {
    let mut noise = Noise(seed);
    let level = |at| steps.iter().filter(|(from, _)| at >= *from).map(|(_, factor)| factor).product::<f64>();
    (0..n).map(|at| 100.0 * level(at) * (0.01 * noise.normal()).exp()).collect()
}

fn found(values: &[f64]) -> History {
    detect(Series { values, groups: None })
}

fn indices(history: &History) -> Vec<usize> {
    history.changes.iter().map(|change| change.index).collect()
}

#[test]
fn finds_each_step_with_its_size_and_its_place() {
    for seed in 1..20 {
        let history = found(&series(seed, 120, &[(40, 1.05), (80, 0.9)]));
        let [up, down] = history.changes.as_slice() else { panic!("seed {seed}: {history:?}") };
        assert!(up.index.abs_diff(40) <= 1 && down.index.abs_diff(80) <= 1, "{history:?}");
        assert!(up.between.0 <= 40 && 40 <= up.between.1, "{up:?}");
        assert!(up.interval.0 <= 0.05 + 0.005 && 0.05 - 0.005 <= up.interval.1 && up.interval.0 < up.interval.1);
        assert!((down.change + 0.1).abs() < 0.01 && down.strength > 10.0, "{down:?}");
        assert!((0.007..0.013).contains(&history.noise), "{}", history.noise);
        assert_eq!(history.drift, None);
    }
}

#[test]
fn is_quiet_on_noise() {
    let alarms = (1..=300).filter(|seed| !found(&series(seed * 7919, 150, &[])).changes.is_empty()).count();
    assert!(alarms <= 4, "{alarms} of 300");
}

#[test]
fn a_spike_is_no_change() {
    let mut values = series(3, 100, &[]);
    values[50] *= 1.5;
    values[70] *= 1.3;
    assert_eq!(indices(&found(&values)), Vec::<usize>::new());
}

#[test]
fn a_slow_slope_is_a_drift_without_a_point_to_blame() {
    let mut noise = Noise(11);
    let values: Vec<f64> =
        (0..200).map(|at| 100.0 * (0.08 * f64::from(at) / 199.0 + 0.01 * noise.normal()).exp()).collect();
    let history = found(&values);
    assert_eq!(indices(&history), Vec::<usize>::new());
    let drift = history.drift.unwrap();
    assert!((drift.change - 0.083).abs() < 0.015, "{drift:?}");
    assert!((drift.per_point * 199.0 - drift.change).abs() < 0.01);
}

#[test]
fn two_machines_in_turns_are_not_a_chain_of_regressions() {
    let mut noise = Noise(5);
    let mut second = false;
    let values: Vec<f64> = (0..200)
        .map(|_| {
            if noise.uniform() < 0.15 {
                second = !second;
            }
            100.0 * (if second { 0.06 } else { 0.0 } + 0.008 * noise.normal()).exp()
        })
        .collect();
    assert_eq!(indices(&found(&values)), Vec::<usize>::new());
    // And a true change is still seen through them.
    let stepped: Vec<f64> =
        (0..).zip(&values).map(|(at, value)| if at >= 120 { value * 1.1 } else { *value }).collect();
    let seen = indices(&found(&stepped));
    assert!(seen.len() == 1 && seen[0].abs_diff(120) <= 1, "{seen:?}");
}

#[test]
fn levels_that_last_are_levels_even_where_they_come_back() {
    let steps: Vec<(usize, f64)> = (1..10).map(|at| (at * 100, if at % 2 == 1 { 1.06 } else { 1.0 / 1.06 })).collect();
    let seen = indices(&found(&series(31, 1000, &steps)));
    assert_eq!(seen.len(), 9, "{seen:?}");
}

#[test]
fn a_known_machine_explains_its_own_level() {
    let mut values = series(9, 120, &[(90, 1.04)]);
    let groups: Vec<u32> = (0..120).map(|at| u32::from(at % 3 == 0 || (30..50).contains(&at))).collect();
    for (value, group) in values.iter_mut().zip(&groups) {
        *value *= if *group == 1 { 1.2 } else { 1.0 };
    }
    let seen = indices(&detect(Series { values: &values, groups: Some(&groups) }));
    assert!(seen.len() == 1 && seen[0].abs_diff(90) <= 1, "{seen:?}");
}

#[test]
fn where_a_machine_is_replaced_nothing_tells_it_from_a_change() {
    let values = series(13, 100, &[(60, 1.3)]);
    let groups: Vec<u32> = (0..100).map(|at| u32::from(at >= 60)).collect();
    assert_eq!(indices(&detect(Series { values: &values, groups: Some(&groups) })), Vec::<usize>::new());
    assert_eq!(indices(&found(&values)), [60]);
    // A list of another length says nothing.
    assert_eq!(indices(&detect(Series { values: &values, groups: Some(&groups[1..]) })), [60]);
}

#[test]
fn the_newest_point_is_a_change_when_nothing_like_it_was_seen_and_a_suspect_when_little_was() {
    let mut changed = 0;
    for seed in 1..=20 {
        let quiet = series(seed * 31, 80, &[]);
        assert_eq!(indices(&found(&quiet)), Vec::<usize>::new());
        changed += usize::from(indices(&found(&series(seed * 31, 80, &[(79, 1.12)]))) == [79]);
    }
    assert!(changed >= 19, "{changed}");
    let mut values = series(21, 80, &[]);
    values[79] = 104.5;
    let history = found(&values);
    assert_eq!(indices(&history), Vec::<usize>::new());
    let suspect = history.suspect.unwrap();
    assert_eq!(suspect.index, 79);
    assert!((suspect.change - 0.045).abs() < 0.005 && suspect.strength > 3.5, "{suspect:?}");
}

#[test]
fn an_outlier_among_many_is_no_news_at_the_end() {
    let mut values = series(17, 100, &[]);
    for at in [10, 33, 57, 80, 99] {
        values[at] *= 1.12;
    }
    let history = found(&values);
    assert_eq!((indices(&history), history.suspect), (Vec::new(), None));
}

#[test]
fn counters_change_exactly() {
    let mut values = vec![1000.0; 40];
    values[25..].fill(1001.0);
    let history = found(&values);
    assert_eq!(indices(&history), [25]);
    let change = history.changes[0];
    assert_eq!((change.between, change.strength, history.noise), ((25, 25), f64::INFINITY, 0.0));
    assert!((change.change - 0.001).abs() < 1e-12 && change.interval == (change.change, change.change));
    // A single value that goes back is none, the last one is.
    let mut blip = vec![7.0; 120];
    blip[12] = 9.0;
    assert_eq!(indices(&found(&blip)), Vec::<usize>::new());
    blip[119] = 9.0;
    assert_eq!(indices(&found(&blip)), [119]);
}

#[test]
fn zeros_and_negative_values_are_compared_by_difference() {
    let mut noise = Noise(23);
    let values: Vec<f64> = (0..100).map(|at| noise.normal() + if at >= 60 { 8.0 } else { 0.0 }).collect();
    let history = found(&values);
    assert_eq!(indices(&history), [60]);
    assert!((history.changes[0].change - 8.0).abs() < 1.0 && (0.7..1.3).contains(&history.noise));
}

#[test]
fn values_that_are_no_numbers_are_left_out_and_places_kept() {
    let mut values = series(29, 100, &[(60, 1.1)]);
    values[10] = f64::NAN;
    values[11] = f64::INFINITY;
    let history = found(&values);
    assert_eq!((indices(&history), history.skipped), (vec![60], 2));
    assert!(history.changes[0].between.0 <= 60 && history.changes[0].between.1 >= 60);
}

#[test]
fn a_few_points_say_nothing() {
    for values in [&[][..], &[1.0], &[1.0, 2.0], &[1.0, 1.0, 5.0, 5.0, 5.0]] {
        assert_eq!(found(values), History::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_unit_does_not_matter(seed in 1_u64..1000, at in 15_usize..45, size in 0.8_f64..1.25, power in -20_i32..20) {
        let values = series(seed, 60, &[(at, size)]);
        let scaled: Vec<f64> = values.iter().map(|value| value * 10_f64.powi(power)).collect();
        let (one, other) = (found(&values), found(&scaled));
        prop_assert_eq!(indices(&one), indices(&other));
        for (a, b) in one.changes.iter().zip(&other.changes) {
            prop_assert!((a.change - b.change).abs() < 1e-6);
        }
    }

    #[test]
    fn turned_upside_down_the_same_places_change_by_the_inverse(seed in 1_u64..1000, at in 15_usize..45) {
        let values = series(seed, 60, &[(at, 1.1)]);
        let inverse: Vec<f64> = values.iter().map(|value| 1.0 / value).collect();
        let (one, other) = (found(&values), found(&inverse));
        prop_assert_eq!(indices(&one), indices(&other));
        for (a, b) in one.changes.iter().zip(&other.changes) {
            prop_assert!(((1.0 + a.change) * (1.0 + b.change) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_larger_step_is_never_lost(seed in 1_u64..1000, at in 12_usize..48) {
        let [small, large] = [1.08, 1.2].map(|size| indices(&found(&series(seed, 60, &[(at, size)]))));
        prop_assert!(small.len() <= large.len().max(1));
        prop_assert!(large.iter().any(|index| index.abs_diff(at) <= 1), "{:?}", large);
    }

    #[test]
    fn any_numbers_have_an_answer(values in prop::collection::vec(any::<f64>(), 0..120), groups in prop::collection::vec(0_u32..4, 120)) {
        let history = detect(Series { values: &values, groups: groups.get(..values.len()) });
        prop_assert!(history.changes.windows(2).all(|pair| pair[0].index < pair[1].index));
        prop_assert!(history.changes.iter().all(|change| change.index > 0 && change.index < values.len()));
        let again = detect(Series { values: &values, groups: groups.get(..values.len()) });
        prop_assert_eq!(format!("{history:?}"), format!("{again:?}"));
    }
}
