//! A second pass that confirms the first one, or does not.

use bench_model::ledger::{Baseline, HistoryPoint, MetricHistory};
use bench_model::run::Purpose;
use bench_model::verdict::{Rule, SecondPass, Status, Verdict};
use bench_model::{Direction, Unit};
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
    assert_eq!((confirmation.outcome, confirmation.rounds), (SecondPass::Agreed, 5));
    assert!((confirmation.change.unwrap().value.get() + 0.03).abs() < 1e-9);
    // It decides nothing else.
    let mut without = metric.clone();
    without.confirmation = None;
    assert_eq!(without, first.metrics[0]);
}

#[test]
fn a_regression_that_is_not_seen_again_is_inconclusive_and_says_both_changes() {
    for again in [steady(100.0), steady(104.0)] {
        let judgement = against_baseline(90.0).confirmed_by(vec![rate("a", &again)], None).judgement();
        let metric = &judgement.metrics[0];
        assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::Unconfirmed), "{again:?}");
        assert_eq!(metric.value, against_baseline(90.0).head.metrics[0].value.into());
        assert_eq!(metric.confirmation.unwrap().outcome, SecondPass::Refuted);
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
fn a_second_pass_that_was_cut_short_refutes_nothing_and_says_what_both_saw() {
    let judgement = against_baseline(90.0).confirmed_by(vec![rate("a", &around(100.0, 4))], None).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::SecondPassMissing));
    let confirmation = metric.confirmation.unwrap();
    assert_eq!((confirmation.outcome, confirmation.rounds), (SecondPass::CutShort, 4));
    assert!(
        metric.why.contains("-10.0 %")
            && metric.why.contains("the second pass was cut short: it saw -0.1 % in 4 rounds")
            && metric.why.contains("measure again"),
        "{}",
        metric.why
    );
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].starts_with("1 change is without a second pass"), "{:?}", judgement.reasons);
    // Four rounds can neither say no nor yes.
    let agreeing = against_baseline(90.0).confirmed_by(vec![rate("a", &around(90.0, 4))], None).judgement();
    assert_eq!(agreeing.metrics[0].rule, Rule::SecondPassMissing);
}

#[test]
fn what_the_second_pass_did_not_measure_or_could_not_compare_was_not_looked_at_again() {
    let judgement = against_baseline(90.0).confirmed_by(vec![], None).judgement();
    let metric = &judgement.metrics[0];
    let confirmation = metric.confirmation.unwrap();
    assert_eq!(metric.rule, Rule::SecondPassMissing);
    assert_eq!((confirmation.outcome, confirmation.change, confirmation.rounds), (SecondPass::CutShort, None, 0));
    assert!(metric.why.contains("it did not measure it"), "{}", metric.why);
    let zero = against_baseline(90.0).confirmed_by(vec![rate("a", &[0.0, 1.0, 2.0, 3.0, 4.0])], None).judgement();
    assert_eq!(zero.metrics[0].confirmation.unwrap().outcome, SecondPass::CutShort);
}

#[test]
fn a_base_side_that_lost_its_rounds_in_the_second_pass_refutes_nothing() {
    let first = Evidence::of(report(vec![rate("a", &around(90.0, 6))])).against(vec![rate("a", &shaken(100.0, 6))]);
    let again = first.confirmed_by(vec![rate("a", &around(100.0, 6))], Some(vec![rate("a", &shaken(100.0, 4))]));
    let judgement = again.judgement();
    let metric = &judgement.metrics[0];
    assert_eq!(metric.confirmation.unwrap().outcome, SecondPass::CutShort);
    assert!(metric.why.contains("in 4 rounds"), "{}", metric.why);
}

#[test]
fn earlier_runs_are_refuted_by_five_rounds_and_not_by_four() {
    let metric = rate("a", &steady(1.0));
    let points = (0..30).map(|at| HistoryPoint {
        run_id: format!("run-h{at}").parse().unwrap(),
        commit: None,
        time: None,
        value: finite(100.0 * wobble(at)),
        evidence_level: None,
        inputs: Vec::new(),
        verdict: None,
        promoted: false,
    });
    let history = vec![MetricHistory { name: metric.name, unit: metric.unit, points: points.collect() }];
    let outcome = |again: &[f64]| {
        let baseline = Some(Baseline { history: history.clone(), ..no_baseline() });
        let evidence = Evidence { baseline, ..Evidence::of(report(vec![rate("a", &steady(90.0))])) };
        let judgement = evidence.confirmed_by(vec![rate("a", again)], None).judgement();
        judgement.metrics[0].confirmation.unwrap().outcome
    };
    assert_eq!(outcome(&steady(90.0)), SecondPass::Agreed);
    assert_eq!(outcome(&steady(100.0)), SecondPass::Refuted);
    assert_eq!(outcome(&steady(100.0)[..4]), SecondPass::CutShort);
}

#[test]
fn where_a_second_pass_is_required_no_change_counts_without_one() {
    let sides = || Evidence::of(report(vec![rate("a", &around(90.0, 6))])).against(vec![rate("a", &shaken(100.0, 6))]);
    for evidence in [against_baseline(90.0), against_baseline(120.0), sides()] {
        let without = evidence.judgement();
        let judgement = Evidence { require_confirmation: true, ..evidence }.judgement();
        let metric = &judgement.metrics[0];
        assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::SecondPassMissing));
        assert_eq!((metric.confirmation, metric.change), (None, without.metrics[0].change));
        assert!(metric.why.contains("a second pass did not happen"), "{}", metric.why);
        assert!(judgement.reasons[0].contains("without a second pass"), "{:?}", judgement.reasons);
        assert_eq!(next_steps(&judgement)[0].step, Measure::Confirm);
    }
    let confirmed = against_baseline(90.0).confirmed_by(vec![rate("a", &steady(90.0))], None);
    let confirmed = Evidence { require_confirmation: true, ..confirmed }.judgement();
    assert_eq!(confirmed.metrics[0].verdict, Verdict::Regressed);
    let unchanged = Evidence { require_confirmation: true, ..against_baseline(100.0) }.judgement();
    assert_eq!((unchanged.metrics[0].verdict, unchanged.status), (Verdict::Unchanged, Status::Pass));
}

#[test]
fn a_check_of_the_judge_itself_needs_no_second_pass() {
    for purpose in [Purpose::Noise, Purpose::Plant] {
        let sides = Evidence::of(report(vec![rate("a", &around(90.0, 6))])).against(vec![rate("a", &shaken(100.0, 6))]);
        let sides = sides.pairing(|pairing| pairing.purpose = purpose);
        let judgement = Evidence { require_confirmation: true, ..sides }.judgement();
        assert_eq!(judgement.metrics[0].verdict, Verdict::Regressed, "{purpose:?}");
    }
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
fn a_counter_that_leaves_zero_is_confirmed_without_a_ratio() {
    let counter = |value: f64| metric("a", "count", Unit::Count, Direction::LowerIsBetter, &[value; 5]);
    let outcome = |again: f64| {
        let evidence =
            Evidence { baseline: Some(baseline(&[counter(0.0)])), ..Evidence::of(report(vec![counter(3.0)])) };
        let judgement = evidence.confirmed_by(vec![counter(again)], None).judgement();
        (judgement.metrics[0].rule, judgement.metrics[0].confirmation.unwrap().outcome)
    };
    assert_eq!(outcome(3.0), (Rule::Exact, SecondPass::Agreed));
    assert_eq!(outcome(0.0), (Rule::Unconfirmed, SecondPass::Refuted));
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
fn what_to_measure_next_names_each_benchmark_once_for_each_step() {
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
    assert_eq!(text, ["confirm demo/bench/a", "more demo/bench/a", "confirm demo/bench/b", "more demo/bench/c"]);
    let confirmed = against_baseline(90.0).confirmed_by(vec![rate("a", &steady(90.0))], None).judgement();
    assert!(next_steps(&confirmed).is_empty());
    let cut_short = against_baseline(90.0).confirmed_by(vec![], None).judgement();
    assert!(next_steps(&cut_short).is_empty());
    assert_eq!(next_steps(&against_baseline(90.0).judgement())[0].step, Measure::Confirm);
}

#[test]
fn a_lost_round_does_not_end_a_comparison_in_turns() {
    let head = || report(vec![rate("a", &around(90.0, 6))]);
    let in_turns = Evidence::of(head()).against(vec![rate("a", &shaken(100.0, 4))]).judgement();
    assert_eq!(in_turns.metrics[0].rule, Rule::TooFewRounds);
    assert_eq!(next_steps(&in_turns)[0].step, Measure::More);
    let before = Some(baseline(&[rate("a", &shaken(100.0, 4))]));
    let stored = Evidence { baseline: before, ..Evidence::of(head()) }.judgement();
    assert_eq!((stored.metrics[0].rule, next_steps(&stored)), (Rule::TooFewRounds, vec![]));
}
