//! Many metrics at once: chance among many tests, and metrics that move together.

use bench_model::perf::Metric;
use bench_model::verdict::{JudgedMetric, Rule, Status, Verdict};
use bench_model::{Direction, Unit};
use slo_validator::{Measure, next_steps};

use crate::sample::*;

/// Nine rounds 7 % below a constant 100: t = 0.07257 * 3 / 0.0565 = 3.853 with 8 degrees of freedom, p = .0049.
fn doubtful() -> Vec<f64> {
    let turns = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0];
    turns.iter().map(|turn| 100.0 * (0.93_f64.ln() + 0.0565 * turn).exp()).collect()
}

/// Two sides of a size fixed beforehand, the base a constant 100.
fn sides(head: Vec<Metric>) -> Evidence {
    let base = head.iter().map(|metric| rate(&metric.benchmark.id, &[100.0; 9])).collect();
    Evidence::of(report(head)).against(base).pairing(|pairing| pairing.looks.clear())
}

fn quiet(number: usize) -> Vec<Metric> {
    let values = [100.1, 99.9, 100.1, 99.9, 100.1, 99.9, 100.1, 99.9, 100.0];
    (0..number).map(|i| rate(&format!("quiet{i}"), &values)).collect()
}

#[test]
fn what_stands_out_alone_may_be_chance_among_many() {
    let alone = sides(vec![rate("a", &doubtful())]).judgement();
    assert_eq!(alone.metrics[0].verdict, Verdict::Regressed);
    let mut head = quiet(99);
    head.push(rate("a", &doubtful()));
    let judgement = sides(head).judgement();
    let metric = find(&judgement, "a");
    assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::FalseDiscovery));
    assert!(metric.why.contains("not among 100 tests"), "{}", metric.why);
    assert!(metric.more_rounds.unwrap() > 0);
    assert_eq!(judgement.status, Status::Warn);
}

#[test]
fn many_that_stand_out_alone_stand_out_together() {
    // The tenth smallest of twenty may be as large as .01 * 10 / 20 = .005, and these are a little below it.
    let mut head = quiet(10);
    head.extend((0..10).map(|i| rate(&format!("a{i}"), &doubtful())));
    let judgement = sides(head).judgement();
    let regressed = judgement.metrics.iter().filter(|metric| metric.verdict == Verdict::Regressed).count();
    let mut fewer = quiet(11);
    fewer.extend((0..9).map(|i| rate(&format!("a{i}"), &doubtful())));
    let fewer = sides(fewer).judgement();
    let doubted = fewer.metrics.iter().filter(|metric| metric.rule == Rule::FalseDiscovery).count();
    assert_eq!((regressed, doubted), (10, 9));
}

#[test]
fn exact_changes_are_never_chance() {
    let mut head = quiet(99);
    head.push(rate("a", &[90.0; 9]));
    assert_eq!(find(&sides(head).judgement(), "a").rule, Rule::Exact);
}

/// Rounds of a time whose spread is about a tenth, around 100; `seed` and `id` say which.
fn loose(seed: usize, id: usize) -> Vec<f64> {
    (0..9).map(|at| 100.0 * (20.0 * (wobble(seed * 1_000_000 + id * 100 + at) - 1.0)).exp()).collect()
}

/// A hundred times without any change beside nine hundred counters that all changed by 0.1 %, each side with `jitter`.
fn times_beside_counters(seed: usize, jitter: f64) -> Evidence {
    let (mut head, mut base) = (Vec::new(), Vec::new());
    for id in 0..100 {
        head.push(time(&format!("t{id}"), &loose(seed, 2 * id)));
        base.push(time(&format!("t{id}"), &loose(seed, 2 * id + 1)));
    }
    for id in 0..900 {
        let count = |value: f64, shift: usize| {
            let rounds: Vec<f64> =
                (0..9).map(|at| value * (1.0 + jitter * (wobble(id * 100 + at + shift) - 1.0))).collect();
            metric(&format!("c{id}"), "count", Unit::Count, Direction::LowerIsBetter, &rounds)
        };
        head.push(count(1001.0, 0));
        base.push(count(1000.0, 50));
    }
    Evidence::of(report(head)).against(base).pairing(|pairing| pairing.looks.clear())
}

#[test]
fn counters_that_changed_by_little_excuse_no_time_that_is_noise() {
    for jitter in [0.0, 0.01] {
        let (mut called, mut doubted) = (0, 0);
        for seed in 0..10 {
            let judgement = times_beside_counters(seed, jitter).judgement();
            let counted = |is: fn(&JudgedMetric) -> bool| judgement.metrics.iter().filter(|m| is(m)).count();
            called += counted(|m| matches!(m.verdict, Verdict::Regressed | Verdict::Improved));
            doubted += counted(|m| m.rule == Rule::FalseDiscovery);
        }
        // Of a thousand times, about ten are beyond 99 % alone; a family of a hundred has one called in one of a hundred.
        assert!(called == 0 && (3..=20).contains(&doubted), "{called} called, {doubted} doubted, jitter {jitter}");
    }
}

fn against_baseline(losses: &[f64]) -> Evidence {
    let ids: Vec<String> = (0..losses.len()).map(|i| format!("m{i}")).collect();
    let head = ids.iter().zip(losses).map(|(id, loss)| rate(id, &steady(100.0 * (1.0 - loss)))).collect();
    let before: Vec<Metric> = ids.iter().map(|id| rate(id, &steady(100.0))).collect();
    Evidence { baseline: Some(baseline(&before)), ..Evidence::of(report(head)) }
}

#[test]
fn most_metrics_that_get_worse_at_once_are_one_finding() {
    let judgement = against_baseline(&[0.1, 0.2, 0.12, 0.0]).judgement();
    let together = judgement.together.unwrap();
    assert_eq!((together.metrics, together.of), (3, 4));
    assert!((together.loss.get() - 0.12).abs() < 1e-9, "{together:?}");
    let moved: Vec<_> = judgement.metrics.iter().filter(|metric| metric.rule == Rule::MovedTogether).collect();
    assert_eq!(moved.len(), 3);
    assert!(moved.iter().all(|metric| metric.verdict == Verdict::Inconclusive && metric.change.is_some()));
    assert_eq!(judgement.status, Status::Warn);
    assert_eq!(judgement.reasons.len(), 1, "{:?}", judgement.reasons);
    assert!(
        judgement.reasons[0].starts_with("3 of 4 metrics came out worse together, by 12 %"),
        "{:?}",
        judgement.reasons
    );
}

#[test]
fn most_metrics_that_get_better_at_once_are_one_finding_too() {
    let judgement = against_baseline(&[-0.1, -0.1, -0.1, -0.1]).judgement();
    let together = judgement.together.unwrap();
    assert_eq!((together.metrics, judgement.status), (4, Status::Warn));
    assert!((together.loss.get() + 0.1).abs() < 1e-9);
}

#[test]
fn few_metrics_or_few_of_them_do_not_move_together() {
    for losses in [vec![0.1, 0.1, 0.1], vec![0.1, 0.1, 0.0, 0.0], vec![0.1, 0.1, -0.1, -0.1]] {
        let judgement = against_baseline(&losses).judgement();
        assert_eq!(judgement.together, None, "{losses:?}");
        assert!(judgement.metrics.iter().any(|metric| metric.verdict == Verdict::Regressed));
    }
}

#[test]
fn metrics_that_moved_by_much_more_or_less_than_most_have_causes_of_their_own() {
    // Within a factor 2 of 10 % are three of five, which is enough; the fourth and fifth are not.
    let judgement = against_baseline(&[0.1, 0.1, 0.11, 0.4, 0.0]).judgement();
    let together = judgement.together.unwrap();
    assert_eq!((together.metrics, together.of), (3, 5));
    assert!((together.loss.get() - 0.1).abs() < 1e-9, "{together:?}");
    assert_eq!(find(&judgement, "m3").verdict, Verdict::Regressed);
    for losses in [[0.06, 0.1, 0.4, 0.7, 0.0], [0.06, 0.06, 0.2, 0.5, 0.6]] {
        let judgement = against_baseline(&losses).judgement();
        assert_eq!(judgement.together, None, "{losses:?}");
        assert!(judgement.metrics.iter().all(|metric| metric.rule != Rule::MovedTogether));
    }
}

#[test]
fn a_time_and_a_rate_that_one_delay_moves_moved_by_as_much() {
    // Three times slower: a loss of 200 % for a time, and of 67 % for a rate.
    let ids = ["m0", "m1", "m2", "m3", "m4", "m5"];
    let both = |slower: f64| -> Vec<Metric> {
        let rates = ids[..3].iter().map(|id| rate(id, &steady(100.0 / slower)));
        rates.chain(ids[3..].iter().map(|id| time(id, &steady(100.0 * slower)))).collect()
    };
    let judgement = Evidence { baseline: Some(baseline(&both(1.0))), ..Evidence::of(report(both(3.0))) }.judgement();
    assert_eq!(judgement.together.unwrap().metrics, 6);
}

#[test]
fn values_without_spread_do_not_move_together() {
    let exact = |value: f64| -> Vec<Metric> { (0..4).map(|i| rate(&format!("x{i}"), &[value; 5])).collect() };
    let on = |head: Vec<Metric>, before: &[Metric]| {
        Evidence { baseline: Some(baseline(before)), ..Evidence::of(report(head)) }.judgement()
    };
    let judgement = on(exact(90.0), &exact(100.0));
    assert_eq!(judgement.together, None);
    assert!(judgement.metrics.iter().all(|metric| metric.rule == Rule::Exact));
    // Nor do they keep others from it.
    let with = |x: f64, m: f64| -> Vec<Metric> {
        (0..4).map(|i| rate(&format!("m{i}"), &steady(m))).chain(exact(x)).collect()
    };
    let together = on(with(100.0, 90.0), &with(100.0, 100.0)).together.unwrap();
    assert_eq!((together.metrics, together.of), (4, 4));
}

#[test]
fn a_hiccup_that_moved_all_goes_away_when_measured_again() {
    let hiccup = || against_baseline(&[0.1, 0.1, 0.1, 0.1]);
    let steps = next_steps(&hiccup().judgement());
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().all(|step| step.step == Measure::Confirm));
    let again = |losses: [f64; 4]| {
        let metrics = (0..4).zip(losses).map(|(i, loss)| rate(&format!("m{i}"), &steady(100.0 * (1.0 - loss))));
        hiccup().confirmed_by(metrics.collect(), None).judgement()
    };
    let gone = again([0.0; 4]);
    assert_eq!(gone.together, None);
    assert!(gone.metrics.iter().all(|metric| metric.rule == Rule::Unconfirmed));
    let stayed = again([0.1, 0.1, 0.1, 0.0]);
    let together = stayed.together.unwrap();
    assert_eq!((together.metrics, together.of), (3, 4));
    assert!(next_steps(&stayed).is_empty());
    // Without a second pass it is still one finding.
    let required = Evidence { require_confirmation: true, ..hiccup() }.judgement();
    assert_eq!(required.together.unwrap().metrics, 4);
}

#[test]
fn two_sides_in_turns_share_their_machine_and_never_move_together() {
    let head: Vec<Metric> = (0..4).map(|i| rate(&format!("m{i}"), &around(90.0, 6))).collect();
    let base = (0..4).map(|i| rate(&format!("m{i}"), &shaken(100.0, 6))).collect();
    let judgement = Evidence::of(report(head)).against(base).judgement();
    assert_eq!(judgement.together, None);
    assert!(judgement.metrics.iter().all(|metric| metric.verdict == Verdict::Regressed));
}

#[test]
fn one_change_that_all_have_in_common_still_fails_a_floor() {
    let mut evidence = against_baseline(&[0.1, 0.1, 0.1, 0.1]);
    evidence.thresholds = thresholds(vec![floor("demo/bench/m0#throughput", per_second(95.0))]);
    assert_eq!(evidence.judgement().status, Status::Fail);
}
