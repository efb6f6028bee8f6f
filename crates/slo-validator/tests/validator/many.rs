//! Many metrics at once: chance among many tests, and metrics that move together.

use bench_model::perf::Metric;
use bench_model::verdict::{Rule, Status, Verdict};

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
