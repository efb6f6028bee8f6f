//! A second pass that confirms the first one, or does not.

use bench_model::verdict::{Rule, Status, Verdict};
use slo_validator::{Measure, Mismatch, Second, check_second, next_steps};

use crate::sample::*;

fn against_baseline(now: f64) -> Evidence {
    let baseline = Some(baseline(&[rate("a", &steady(100.0))]));
    Evidence { baseline, ..Evidence::of(report(vec![rate("a", &steady(now))])) }
}

#[test]
fn a_regression_that_is_seen_again_stays_one() {
    let first = against_baseline(90.0).judgement();
    let second = against_baseline(90.0).confirmed_by(vec![rate("a", &steady(97.0))], None).judgement();
    let metric = &second.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Regressed, Rule::Interval));
    let confirmation = metric.confirmation.unwrap();
    assert_eq!((confirmation.agreed, confirmation.rounds), (true, 5));
    assert!((confirmation.change.unwrap().value.get() + 0.03).abs() < 1e-9);
    // It decides nothing else.
    let mut without = metric.clone();
    without.confirmation = None;
    assert_eq!(without, first.metrics[0]);
}

#[test]
fn a_regression_that_is_not_seen_again_is_inconclusive_and_says_both_changes() {
    for again in [steady(100.0), steady(104.0), around(100.0, 4)] {
        let judgement = against_baseline(90.0).confirmed_by(vec![rate("a", &again)], None).judgement();
        let metric = &judgement.metrics[0];
        assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::Unconfirmed), "{again:?}");
        assert_eq!(metric.value, against_baseline(90.0).head.metrics[0].value.into());
        assert!(!metric.confirmation.unwrap().agreed);
        assert!(
            metric.why.contains("-10.0 %") && metric.why.contains("a second pass did not confirm"),
            "{}",
            metric.why
        );
        assert_eq!(judgement.status, Status::Warn);
        assert!(judgement.reasons[0].contains("not confirmed by the second pass"), "{:?}", judgement.reasons);
    }
}

#[test]
fn an_improvement_is_confirmed_or_not_too() {
    let again = |value| against_baseline(120.0).confirmed_by(vec![rate("a", &steady(value))], None).judgement();
    assert_eq!(again(110.0).metrics[0].verdict, Verdict::Improved);
    assert_eq!(again(90.0).metrics[0].rule, Rule::Unconfirmed);
}

#[test]
fn what_the_second_pass_did_not_measure_is_not_confirmed() {
    let judgement = against_baseline(90.0).confirmed_by(vec![], None).judgement();
    let confirmation = judgement.metrics[0].confirmation.unwrap();
    assert_eq!((confirmation.agreed, confirmation.change, confirmation.rounds), (false, None, 0));
    assert!(judgement.metrics[0].why.contains("it did not measure it"), "{}", judgement.metrics[0].why);
}

#[test]
fn what_was_not_called_needs_no_confirmation() {
    let judgement = against_baseline(100.0).confirmed_by(vec![rate("a", &steady(50.0))], None).judgement();
    assert_eq!((judgement.metrics[0].verdict, judgement.metrics[0].confirmation), (Verdict::Unchanged, None));
}

#[test]
fn two_sides_are_confirmed_by_two_sides_in_pairs() {
    // The machine is 10 % slower in the second pass; only pairs show that head is 3 % slower than base on top of that.
    let first = || Evidence::of(report(vec![rate("a", &around(90.0, 6))])).against(vec![rate("a", &shaken(100.0, 6))]);
    let second = |factor: f64| {
        let (head, base) = (around(factor * 90.0, 6), shaken(90.0, 6));
        first().confirmed_by(vec![rate("a", &head)], Some(vec![rate("a", &base)])).judgement().metrics[0].clone()
    };
    assert_eq!((second(0.97).verdict, second(0.97).rule), (Verdict::Regressed, Rule::Paired));
    assert_eq!((second(1.0).verdict, second(1.0).rule), (Verdict::Inconclusive, Rule::Unconfirmed));
}

#[test]
fn exact_values_are_confirmed_by_exact_ones() {
    let first = |again: f64| {
        let baseline = Some(baseline(&[rate("a", &[100.0; 2])]));
        let evidence = Evidence { baseline, ..Evidence::of(report(vec![rate("a", &[90.0; 2])])) };
        evidence.confirmed_by(vec![rate("a", &[again; 2])], None).judgement().metrics[0].verdict
    };
    assert_eq!([first(90.0), first(100.0)], [Verdict::Regressed, Verdict::Inconclusive]);
}

#[test]
fn a_second_pass_belongs_to_the_first() {
    let check = |evidence: &Evidence| {
        let second = Second { head: evidence.confirm.as_ref().unwrap(), base: evidence.confirm_base.as_ref() };
        check_second(&evidence.head, evidence.base.as_ref(), second)
    };
    let plain = || Evidence::of(report(vec![])).confirmed_by(vec![], None);
    let paired = || Evidence::of(report(vec![])).against(vec![]).confirmed_by(vec![], Some(vec![]));
    assert_eq!([check(&plain()), check(&paired())], [Ok(()), Ok(())]);
    let mut itself = plain();
    itself.confirm = Some(itself.head.clone());
    assert_eq!(check(&itself), Err(Mismatch::Itself));
    let mut elsewhere = plain();
    elsewhere.confirm.as_mut().unwrap().provenance.epoch = bench_model::provenance::Epoch("0".into());
    assert_eq!(check(&elsewhere), Err(Mismatch::Conditions { what: "environment" }));
    let mut alone = paired();
    alone.confirm_base = None;
    assert_eq!(check(&alone), Err(Mismatch::BaseWanted));
    let mut first = paired();
    first.confirm.as_mut().unwrap().plan.pairing.as_mut().unwrap().pass = bench_model::run::Pass::First;
    assert_eq!(check(&first), Err(Mismatch::Other { what: "pass" }));
}

#[test]
fn what_to_measure_next_names_each_benchmark_once_and_more_before_confirm() {
    let mut side_metric = time("a", &steady(100.0));
    side_metric.primary = false;
    let head = vec![
        rate("a", &steady(90.0)),
        side_metric.clone(),
        rate("b", &steady(80.0)),
        rate("c", &noisy(93.0)),
        rate("d", &steady(100.0)),
        rate("e", &[1.0]),
    ];
    let mut before: Vec<_> = ["a", "b", "c", "d", "e"].map(|id| rate(id, &noisy(100.0))).into();
    before[0] = rate("a", &steady(100.0));
    before[1] = rate("b", &steady(100.0));
    before[3] = rate("d", &steady(100.0));
    side_metric.rounds = noisy(96.0).into_iter().map(finite).collect();
    before.push(side_metric);
    let evidence = Evidence { baseline: Some(baseline(&before)), ..Evidence::of(report(head)) };
    let steps = next_steps(&evidence.judgement());
    let text: Vec<String> = steps.iter().map(ToString::to_string).collect();
    assert_eq!(text, ["more demo/bench/a", "confirm demo/bench/b", "more demo/bench/c"]);
    let confirmed = against_baseline(90.0).confirmed_by(vec![rate("a", &steady(90.0))], None).judgement();
    assert!(next_steps(&confirmed).is_empty());
    assert_eq!(next_steps(&against_baseline(90.0).judgement())[0].step, Measure::Confirm);
}
