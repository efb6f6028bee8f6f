//! What noise says about thresholds, and the judge's own checks: head against head, and a planted delay.

use bench_model::perf::Metric;
use bench_model::run::{Planted, Purpose};
use bench_model::verdict::{Rule, Status, Verdict};
use bench_model::{Direction, Unit};

use crate::sample::*;

fn with_floor(now: f64, floor: f64) -> Evidence {
    let metric = rate("a", &steady(100.0));
    let mut before = baseline(std::slice::from_ref(&metric));
    before.noise = vec![noise(&metric, floor)];
    Evidence { baseline: Some(before), ..Evidence::of(report(vec![rate("a", &steady(now))])) }
}

#[test]
fn a_floor_from_a_few_comparisons_disarms_no_gate() {
    let mut evidence = with_floor(90.0, 0.12);
    evidence.baseline.as_mut().unwrap().noise[0].comparisons = 4;
    let metric = &evidence.judgement().metrics[0];
    assert_eq!((metric.verdict, metric.noise_floor), (Verdict::Regressed, None));
}

#[test]
fn a_change_that_noise_may_be_is_no_regression() {
    let judgement = with_floor(90.0, 0.12).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!(
        (metric.verdict, metric.rule, judgement.status),
        (Verdict::Inconclusive, Rule::BelowNoise, Status::Warn)
    );
    assert_eq!(metric.noise_floor, Some(finite(0.12)));
    let text = "1 threshold lies below the measured noise, and changes between the two cannot be decided with these rounds \
                (--against can): `demo/bench/a#throughput` (5 %, noise 12 %)";
    assert_eq!(judgement.warnings, [text]);
}

#[test]
fn a_change_beyond_noise_or_a_threshold_above_it_is_judged_as_usual() {
    for (now, floor) in [(80.0, 0.12), (90.0, 0.04)] {
        let judgement = with_floor(now, floor).judgement();
        assert_eq!(judgement.metrics[0].verdict, Verdict::Regressed, "{now} {floor}");
        assert_eq!(judgement.warnings.is_empty(), floor < 0.05);
        assert!(judgement.metrics[0].why.contains("the noise floor is"), "{}", judgement.metrics[0].why);
    }
}

#[test]
fn two_sides_are_their_own_evidence_about_noise() {
    let mut evidence = with_floor(90.0, 0.12).against(vec![rate("a", &shaken(100.0, 5))]);
    evidence.head.metrics = vec![rate("a", &around(90.0, 5))];
    let judgement = evidence.judgement();
    assert_eq!((judgement.metrics[0].verdict, judgement.warnings.len()), (Verdict::Regressed, 0));
}

fn head_against_head(head: Vec<Metric>, base: Vec<Metric>) -> Evidence {
    Evidence::of(report(head)).against(base).pairing(|pairing| {
        pairing.purpose = Purpose::Noise;
        pairing.looks = vec![10];
    })
}

#[test]
fn the_noise_floor_is_the_half_width_between_two_usual_runs_at_different_times() {
    // Twenty logarithms around one level, +-0.01 on the head side and 0 on the base side: their standard deviation is
    // 0.01 * sqrt(10 / 19) = 0.00725476, and exp(3.355387 * 0.00725476 * sqrt(2 / 5)) - 1 = 0.0155149, 3.355387 being
    // Student's quantile (.995, 8).
    let head: Vec<f64> = (0..10).map(|i| 100.0 * if i % 2 == 0 { 0.01_f64 } else { -0.01 }.exp()).collect();
    let judgement = head_against_head(vec![rate("a", &head)], vec![rate("a", &[100.0; 10])]).judgement();
    let noise = &judgement.noise[0];
    assert!((noise.floor.get() - 0.015_514_9).abs() < 1e-6, "{noise:?}");
    assert_eq!((noise.rounds, noise.comparisons, noise.alarms), (5, 2, 0));
    assert_eq!(judgement.status, Status::Pass);
}

/// So many blocks of five rounds at these levels, with noise of their own.
fn at_levels(levels: &[f64], series: usize) -> Vec<f64> {
    let block = |(at, level): (usize, &f64)| [0, 1, 2, 3, 4].map(|i| level * wobble(series * 1000 + at * 5 + i));
    levels.iter().enumerate().flat_map(block).collect()
}

#[test]
fn slow_wander_that_both_sides_share_counts_as_noise_and_raises_alarms() {
    let on = |levels: &[f64]| {
        let (head, base) = (at_levels(levels, 1), at_levels(levels, 2));
        let judgement = head_against_head(vec![rate("a", &head)], vec![rate("a", &base)]).judgement();
        // In turns the wander cancels.
        assert_eq!((judgement.metrics[0].verdict, judgement.status), (Verdict::Unchanged, Status::Pass));
        let noise = judgement.noise[0].clone();
        (noise.floor.get(), noise.comparisons, noise.alarms)
    };
    let (quiet, comparisons, alarms) = on(&[100.0; 4]);
    assert_eq!((comparisons, alarms), (4, 0));
    let (wandering, comparisons, alarms) = on(&[97.0, 100.0, 103.0, 106.0]);
    // Block i against block i + 1, and the last against the first.
    assert_eq!((comparisons, alarms), (4, 4));
    assert!(quiet < 0.02 && wandering > 3.0 * quiet, "{quiet} {wandering}");
    // Only where two neighbours differ.
    assert_eq!(on(&[100.0, 100.0, 105.0, 105.0]).2, 2);
}

#[test]
fn fewer_rounds_than_two_blocks_make_no_comparison_but_a_floor_of_usual_runs() {
    let judgement =
        head_against_head(vec![rate("a", &around(100.0, 9))], vec![rate("a", &shaken(100.0, 9))]).judgement();
    let noise = &judgement.noise[0];
    assert_eq!((noise.rounds, noise.comparisons, noise.alarms), (5, 0, 0));
    assert!(noise.floor.get() > 0.005, "{noise:?}");
    let text = slo_validator::render(&judgement, 200, false, "");
    assert!(text.contains("too few rounds to look for false alarms, which takes 10 a side"), "{text}");
}

#[test]
fn exact_values_have_no_noise_and_few_rounds_none_that_is_known() {
    let head = vec![rate("exact", &[7.0; 10]), rate("few", &around(1.0, 4))];
    let judgement = head_against_head(head.clone(), head).judgement();
    assert_eq!(judgement.noise.len(), 1);
    assert_eq!((judgement.noise[0].floor.get(), judgement.noise[0].alarms), (0.0, 0));
}

#[test]
fn a_noise_run_passes_unless_it_finds_a_change_where_there_is_none() {
    let wild = head_against_head(vec![rate("a", &noisy(100.0).repeat(2))], vec![rate("a", &[100.0; 10])]).judgement();
    assert_eq!((wild.metrics[0].verdict, wild.status), (Verdict::Inconclusive, Status::Pass));
    for factor in [0.9, 1.1] {
        let head = vec![rate("a", &around(factor * 100.0, 10))];
        let judgement = head_against_head(head, vec![rate("a", &shaken(100.0, 10))]).judgement();
        assert_eq!(judgement.status, Status::Warn);
        assert!(judgement.reasons[0].contains("though both sides are the same"), "{:?}", judgement.reasons);
    }
}

fn planted(head: Vec<Metric>, base: Vec<Metric>, measured: f64) -> Evidence {
    Evidence::of(report(head)).against(base).pairing(|pairing| {
        pairing.purpose = Purpose::Plant;
        pairing.looks = vec![9];
        pairing.planted = Some(Planted { asked: finite(0.05), measured: finite(measured) });
    })
}

#[test]
fn a_planted_delay_is_found_and_held_in_times_and_rates() {
    // 5.02 % longer, and what that makes of a rate; a count does not depend on time.
    let count = |values: &[f64]| metric("c", "allocations", Unit::Count, Direction::LowerIsBetter, values);
    let head = vec![time("t", &around(105.02, 9)), rate("r", &around(100.0 / 1.0502, 9)), count(&[7.0; 9])];
    let base = vec![time("t", &shaken(100.0, 9)), rate("r", &shaken(100.0, 9)), count(&[7.0; 9])];
    let judgement = planted(head, base, 0.0502).judgement();
    let check = judgement.plant.unwrap();
    assert_eq!((check.metrics, check.found, check.held), (2, 2, 2));
    let text = slo_validator::render(&judgement, 80, false, "");
    assert!(
        text.contains("planted 5 %, measured 5 %: found in 2 of 2 metrics, inside the interval of 2\n\nPerf"),
        "{text}"
    );
    assert_eq!(judgement.status, Status::Pass, "{:?}", judgement.reasons);
    assert_eq!(find(&judgement, "t").threshold.get(), 0.025);
    assert!(judgement.warnings[0].starts_with("thresholds are lowered to 2.5 %"), "{:?}", judgement.warnings);
}

#[test]
fn a_planted_delay_that_is_lost_or_measured_wrongly_fails_and_is_named() {
    let base = vec![time("t", &shaken(100.0, 9)), rate("r", &shaken(100.0, 9))];
    let head = vec![time("t", &around(105.0, 9)), rate("r", &around(100.0, 9))];
    let judgement = planted(head, base.clone(), 0.05).judgement();
    let text = slo_validator::render(&judgement, 80, false, "");
    assert!(text.contains("found in 1 of 2 metrics, inside the interval of 1\n"), "{text}");
    assert_eq!(judgement.status, Status::Fail);
    let check = judgement.plant.unwrap();
    assert_eq!((check.metrics, check.found, check.held), (2, 1, 1));
    assert_eq!(judgement.reasons[0], "the planted delay of 5 % was not found in `demo/bench/r#throughput`");
    assert!(judgement.reasons[1].contains("does not hold the planted delay of 5 % for `demo/bench/r#throughput`"));
    let larger = planted(vec![time("t", &around(110.0, 9))], vec![base[0].clone()], 0.05).judgement();
    let check = larger.plant.unwrap();
    assert_eq!((check.found, check.held, larger.status), (1, 0, Status::Fail));
}

#[test]
fn a_plant_with_nothing_to_find_it_in_fails() {
    let judgement = planted(vec![time("t", &steady(1.0))], vec![], 0.05).judgement();
    assert_eq!((judgement.plant.unwrap().metrics, judgement.status), (0, Status::Fail));
}

#[test]
fn a_planted_delay_violates_no_floor() {
    let mut evidence = planted(vec![rate("r", &around(100.0 / 1.05, 9))], vec![rate("r", &shaken(100.0, 9))], 0.05);
    evidence.thresholds = thresholds(vec![floor("demo/bench/r#throughput", per_second(99.0))]);
    let judgement = evidence.judgement();
    assert_eq!((judgement.status, judgement.violations.len()), (Status::Pass, 0), "{:?}", judgement.reasons);
}
