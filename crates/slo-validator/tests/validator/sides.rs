//! Base and head, measured in turns on one machine.

use bench_model::Direction::{self, HigherIsBetter};
use bench_model::provenance::Source;
use bench_model::run::{Pass, Purpose, Side};
use bench_model::verdict::{Rule, Status, Verdict};
use bench_stats::Design;
use slo_validator::{Levels, Mismatch, check_sides, detect_performance_regression};

use crate::sample::*;

/// Nine rounds against a constant 100, 7 % fewer, with such a spread that the chance of as much without a cause is `p`
/// (between .001 and .01).
fn nine_rounds(p: f64) -> (Vec<f64>, Vec<f64>) {
    let head = |spread: f64| -> Vec<f64> {
        let turns = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0];
        turns.iter().map(|turn| 100.0 * (0.93_f64.ln() + spread * turn).exp()).collect()
    };
    let base = vec![100.0; 9];
    let chance = |spread: f64| match bench_stats::contrast(&base, &head(spread), bench_stats::Design::Paired) {
        bench_stats::Contrasted::Estimate(estimate) => estimate.p(),
        other => panic!("{other:?}"),
    };
    let (mut low, mut high) = (0.01, 0.2);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if chance(middle) < p { low = middle } else { high = middle }
    }
    (base, head(low))
}

#[test]
fn pairs_of_rounds_show_what_the_noise_of_the_machine_hides() {
    let (head, base) = (around(99.0, 6), shaken(100.0, 6));
    let mut entry = floor("demo/bench/a#throughput", per_second(1.0));
    (entry.floor, entry.required, entry.regression) = (None, false, Some(0.005));
    let mut evidence = Evidence::of(report(vec![rate("a", &head)])).against(vec![rate("a", &base)]);
    evidence.thresholds = thresholds(vec![entry]);
    let judgement = evidence.judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Regressed, Rule::Paired));
    let logs: f64 = head.iter().zip(&base).map(|(h, b)| (h / b).ln()).sum();
    let change = metric.change.unwrap();
    assert!((change.value.get() - ((logs / 6.0).exp() - 1.0)).abs() < 1e-12, "{change:?}");
    assert_eq!(metric.baseline.unwrap(), evidence.base.as_ref().unwrap().metrics[0].value);
    assert!(
        metric.why.contains("on the base side: -1.0 %") && metric.why.contains("6 pairs of rounds"),
        "{}",
        metric.why
    );
    // The same rounds without their pairs tell nothing.
    let apart = Evidence {
        base: None,
        baseline: Some(baseline(&[rate("a", &base)])),
        thresholds: evidence.thresholds.clone(),
        ..Evidence::of(evidence.head.clone())
    };
    assert_eq!(apart.judgement().metrics[0].verdict, Verdict::Inconclusive);
}

#[test]
fn sides_with_different_rounds_are_compared_without_pairs() {
    let evidence = Evidence::of(report(vec![rate("a", &steady(90.0))])).against(vec![rate("a", &around(100.0, 7))]);
    let metric = &evidence.judgement().metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Regressed, Rule::Interval));
    assert!(metric.why.contains("5 rounds against 7"), "{}", metric.why);
}

#[test]
fn four_pairs_decide_nothing() {
    let (head, base) = (around(50.0, 4), shaken(100.0, 4));
    let judgement = Evidence::of(report(vec![rate("a", &head)])).against(vec![rate("a", &base)]).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule, metric.more_rounds), (Verdict::Inconclusive, Rule::TooFewRounds, Some(1)));
    assert!(judgement.reasons[0].contains("want of rounds, at least 5 a side"), "{:?}", judgement.reasons);
}

#[test]
fn each_look_costs_level_and_the_interval_shown_stays_what_it_is() {
    let (base, head) = nine_rounds(0.0052);
    let on = |looks: &[u32]| {
        let evidence = Evidence::of(report(vec![rate("a", &head)])).against(vec![rate("a", &base)]);
        evidence.pairing(|pairing| pairing.looks = looks.to_vec()).judgement().metrics[0].clone()
    };
    // A size fixed beforehand; the first look, where .0052 * 2 is not below .01; the second one, where .0052 * 6 is not.
    let verdicts = [vec![9], vec![9, 12], vec![6, 9]].map(|looks| on(&looks).verdict);
    assert_eq!(verdicts, [Verdict::Regressed, Verdict::Inconclusive, Verdict::Inconclusive]);
    assert_eq!(on(&[9]).change, on(&[6, 9]).change);
    let undecided = on(&[6, 9]);
    assert_eq!(undecided.rule, Rule::Paired);
    assert!(undecided.more_rounds.unwrap() >= 1);
    assert!(
        undecided.why.contains("regressed at a single look, and not sure enough after several"),
        "{}",
        undecided.why
    );
    let (base, head) = nine_rounds(0.0016);
    let sure = Evidence::of(report(vec![rate("a", &head)])).against(vec![rate("a", &base)]);
    let at = |looks: &[u32]| {
        let looks = looks.to_vec();
        let mut evidence =
            Evidence { head: sure.head.clone(), base: sure.base.clone(), ..Evidence::of(sure.head.clone()) };
        evidence = evidence.pairing(|pairing| pairing.looks = looks.clone());
        evidence.judgement().metrics[0].verdict
    };
    // .0016 * 6 is below .01, and .0016 * 12 is not.
    assert_eq!([at(&[6, 9]), at(&[4, 6, 9])], [Verdict::Regressed, Verdict::Inconclusive]);
}

#[test]
fn unchanged_pays_for_looks_too() {
    // Half the width of the 95 % interval of nine pairs, on both sides of no change: t(.975, 8) * s / 3.
    let turns = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0];
    let half = |spread: f64| 2.306_004 * spread / 3.0;
    let spread = 0.055;
    assert!(half(spread) < 0.95_f64.ln().abs());
    let head: Vec<f64> = turns.iter().map(|turn: &f64| 100.0 * (spread * turn).exp()).collect();
    let on = |looks: Vec<u32>| {
        let evidence = Evidence::of(report(vec![rate("a", &head)])).against(vec![rate("a", &[100.0; 9])]);
        evidence.pairing(|pairing| pairing.looks = looks.clone()).judgement().metrics[0].verdict
    };
    assert_eq!([on(vec![9]), on(vec![6, 9])], [Verdict::Unchanged, Verdict::Inconclusive]);
}

#[test]
fn looking_again_and_again_raises_no_more_false_alarms_than_the_level_says() {
    const LOOKS: [u32; 6] = [6, 9, 13, 19, 28, 42];
    let alarms = |looks: &[u32]| {
        let alarmed = |series: &usize| {
            let side =
                |which: usize| -> Vec<f64> { (0..42).map(|at| wobble((series * 2 + which) * 100 + at)).collect() };
            let (base, head) = (side(0), side(1));
            LOOKS.iter().map(|look| *look as usize).any(|n| {
                let levels = Levels::new(0.95, 0.99).after_looks(looks, n);
                let (base, head) = (&base[..n], &head[..n]);
                let found = detect_performance_regression(base, head, Design::Paired, HigherIsBetter, 0.0, levels);
                matches!(found.verdict, Verdict::Regressed | Verdict::Improved)
            })
        };
        (0..1000).filter(alarmed).count()
    };
    // At 99 %, ten of a thousand and three standard deviations.
    let (paid, unpaid) = (alarms(&LOOKS), alarms(&[]));
    assert!(paid <= 19, "{paid}");
    assert!(unpaid > 19, "{unpaid}: looking for nothing, or a test that cannot fail");
}

#[test]
fn what_only_head_has_is_new_and_what_it_may_have_been_called_is_named() {
    let head = vec![rate("parse/large", &steady(1.0)), rate("quite/another", &steady(1.0))];
    let base = vec![rate("parse/larger", &steady(1.0)), rate("x", &steady(1.0))];
    let judgement = Evidence::of(report(head)).against(base).judgement();
    let new = find(&judgement, "parse/large#");
    assert_eq!((new.verdict, new.rule), (Verdict::New, Rule::NoBaseline));
    let text = "the base side reported no such benchmark; perhaps it is called `demo/bench/parse/larger#throughput` on the other side";
    assert_eq!(new.why, text);
    assert!(find(&judgement, "parse/larger#").why.ends_with("`demo/bench/parse/large#throughput` on the other side"));
    assert_eq!(find(&judgement, "quite/another").why, "the base side reported no such benchmark");
}

#[test]
fn what_only_the_base_has_is_missing_and_a_warning_unless_somebody_demands_it() {
    let evidence = Evidence::of(report(vec![rate("a", &steady(1.0))]))
        .against(vec![rate("a", &steady(1.0)), rate("b", &steady(1.0))]);
    let judgement = evidence.judgement();
    let metric = find(&judgement, "b");
    assert_eq!((metric.verdict, metric.rule, judgement.status), (Verdict::Missing, Rule::Paired, Status::Warn));
    assert!(judgement.violations.is_empty());
    assert!(judgement.reasons[0].contains("on the base side only"), "{:?}", judgement.reasons);
    let mut demanded = evidence;
    demanded.head.expected = vec!["demo/bench/b".into()];
    let judgement = demanded.judgement();
    assert_eq!((find(&judgement, "b").rule, judgement.status), (Rule::Expected, Status::Fail));
    assert_eq!((judgement.violations.len(), judgement.metrics.len()), (1, 2));
}

#[test]
fn what_the_base_reported_under_the_same_filter_was_selected() {
    let mut evidence = Evidence::of(report(vec![rate("a", &steady(1.0))]));
    evidence.head.plan.filter = Some("a|b".into());
    let mut same = evidence.against(vec![rate("a", &steady(1.0)), rate("b", &steady(1.0))]);
    assert_eq!(find(&same.judgement(), "b").verdict, Verdict::Missing);
    same.base.as_mut().unwrap().plan.filter = None;
    let judgement = same.judgement();
    assert_eq!((judgement.metrics.len(), judgement.status), (1, Status::Pass));
}

#[test]
fn other_environments_and_modes_do_not_matter_where_two_sides_were_measured() {
    let mut evidence = Evidence::of(report(vec![rate("a", &steady(1.0))])).against(vec![rate("a", &steady(1.0))]);
    let mut foreign = no_baseline();
    foreign.promotion = Some(promotion(bench_model::provenance::Epoch("0".into()), &[rate("a", &steady(9.0))]));
    evidence.baseline = Some(foreign);
    let judgement = evidence.judgement();
    assert_eq!((judgement.metrics[0].verdict, judgement.status), (Verdict::Unchanged, Status::Pass));
}

#[test]
fn another_unit_on_the_base_side_is_not_comparable() {
    let mut other = rate("a", &steady(1.0));
    other.direction = Direction::LowerIsBetter;
    let metric = &Evidence::of(report(vec![rate("a", &steady(1.0))])).against(vec![other]).judgement().metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::NotComparable));
}

#[test]
fn the_verdict_says_what_it_was_held_against() {
    let mut evidence = Evidence::of(report(vec![rate("a", &around(90.0, 6)), rate("b", &around(1.0, 9))]))
        .against(vec![rate("a", &shaken(100.0, 6)), rate("b", &shaken(1.0, 9))]);
    let commit: bench_model::Commit = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
    let source = Source { commit: commit.clone(), branch: None, dirty: false, base: None };
    evidence.base.as_mut().unwrap().provenance.source = Some(source);
    let judgement = evidence.judgement();
    let line = "Performance Report: 2 metrics against main (0123456): 1 regressed, 1 unchanged [WARN]";
    assert_eq!(judgement.summary, line);
    let against = judgement.against.unwrap();
    assert_eq!((against.pairs, against.looks, against.purpose), (9, 2, Purpose::Change));
    assert_eq!((against.reference.as_str(), against.run_id.as_str()), ("main", "run-1-base"));
    assert_eq!(judgement.baseline, None);
    // The sample promotion is of the same commit: then the base side stands for it.
    evidence.baseline = Some(baseline(&[rate("a", &steady(100.0)), rate("b", &steady(1.0))]));
    assert_eq!(evidence.judgement().baseline.unwrap().commit, Some(commit));
    let changes: [fn(&mut Source); 2] =
        [|source| source.dirty = true, |source| source.commit = "f".repeat(40).parse().unwrap()];
    for change in changes {
        let mut other =
            Evidence { head: evidence.head.clone(), base: evidence.base.clone(), ..Evidence::of(report(vec![])) };
        other.baseline = evidence.baseline.clone();
        change(other.base.as_mut().unwrap().provenance.source.as_mut().unwrap());
        assert_eq!(other.judgement().baseline, None);
    }
}

#[test]
fn only_sides_of_one_comparison_are_compared() {
    let evidence = || Evidence::of(report(vec![])).against(vec![]);
    let check = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = evidence();
        change(&mut evidence);
        check_sides(&evidence.head, evidence.base.as_ref().unwrap())
    };
    assert_eq!(check(&|_| ()), Ok(()));
    assert_eq!(check(&|e| e.head.plan.pairing = None), Err(Mismatch::NoSide));
    assert_eq!(check(&|e| e.base.as_mut().unwrap().plan.pairing = None), Err(Mismatch::NoSide));
    let swapped = |e: &mut Evidence| e.base.as_mut().unwrap().plan.pairing = Some(side(Side::Head, Pass::First));
    assert!(matches!(check(&swapped), Err(Mismatch::Side { .. })));
    let second = |e: &mut Evidence| e.base.as_mut().unwrap().plan.pairing = Some(side(Side::Base, Pass::Confirm));
    assert_eq!(check(&second), Err(Mismatch::Other { what: "pass" }));
    let noise = |e: &mut Evidence| e.head.plan.pairing.as_mut().unwrap().purpose = Purpose::Noise;
    assert_eq!(check(&noise), Err(Mismatch::Other { what: "purpose" }));
    let other = |e: &mut Evidence| e.head.plan.pairing.as_mut().unwrap().comparison = "run-7".parse().unwrap();
    assert!(matches!(check(&other), Err(Mismatch::Comparison { .. })));
    let quick = |e: &mut Evidence| e.head.plan.mode = bench_model::run::Mode::Quick;
    assert_eq!(check(&quick), Err(Mismatch::Conditions { what: "mode" }));
}

#[test]
fn what_the_base_side_did_not_report_because_it_failed_is_not_new() {
    let metrics = |ids: &[&str]| ids.iter().map(|id| rate(id, &around(1.0, 6))).collect::<Vec<_>>();
    let on = |change: &dyn Fn(&mut bench_model::perf::Report)| {
        let mut evidence = Evidence::of(report(metrics(&["a", "b"]))).against(metrics(&["a"]));
        change(evidence.base.as_mut().unwrap());
        evidence.judgement()
    };
    let fine = on(&|_| ());
    assert_eq!((find(&fine, "b").verdict, fine.status), (Verdict::New, Status::Pass));
    let failed = on(&|base| base.errors = vec!["`demo/bench` ended with exit 101".into(), "another".into()]);
    let metric = find(&failed, "b");
    assert_eq!((metric.verdict, metric.rule, failed.status), (Verdict::Inconclusive, Rule::NoBaseline, Status::Warn));
    assert_eq!(metric.why, "the base side reported no such benchmark: it failed there, or is new");
    let reasons = [
        "1 metric has no value on the base side, where it failed or the metric is new: `demo/bench/b#throughput`",
        "the base side has 2 errors, the first: `demo/bench` ended with exit 101",
    ];
    assert_eq!(failed.reasons, reasons);
    let cut = on(&|base| base.complete = false);
    assert_eq!((find(&cut, "b").verdict, cut.status), (Verdict::Inconclusive, Status::Warn));
    assert!(cut.reasons.iter().any(|r| r == "the base side is incomplete: not every asked round ended by itself"));
    assert_eq!(find(&cut, "a").verdict, Verdict::Unchanged);
}

#[test]
fn a_counter_that_was_0_or_is_0_now_is_judged_by_its_direction() {
    let count = |value: f64, rounds: usize| {
        let values = vec![value; rounds];
        metric("c", "allocations", bench_model::Unit::Count, Direction::LowerIsBetter, &values)
    };
    let on = |before: f64, now: f64, rounds: usize| {
        let evidence = Evidence::of(report(vec![count(now, rounds)])).against(vec![count(before, rounds)]);
        evidence.judgement()
    };
    let counted = |before, now| {
        let judgement = on(before, now, 6);
        let metric = &judgement.metrics[0];
        assert_eq!(metric.change, None);
        (metric.verdict, metric.rule, judgement.status)
    };
    assert_eq!(counted(0.0, 5.0), (Verdict::Regressed, Rule::Exact, Status::Warn));
    assert_eq!(counted(5.0, 0.0), (Verdict::Improved, Rule::Exact, Status::Pass));
    let why = on(0.0, 5.0, 6).metrics[0].why.clone();
    assert_eq!(why, "5.00 against 0 on the base side in 6 pairs of rounds, a loss beyond 5 % without any spread");
    // One round is no evidence that nothing varies, and rounds that vary have no ratio.
    assert_eq!(on(0.0, 5.0, 1).metrics[0].rule, Rule::NotComparable);
    let mut varied = Evidence::of(report(vec![count(5.0, 6)])).against(vec![count(0.0, 6)]);
    varied.head.metrics[0].rounds[2] = finite(6.0);
    assert_eq!(varied.judgement().metrics[0].rule, Rule::NotComparable);
    // A second pass sees it, or does not.
    let confirmed = |now: f64| {
        let evidence = Evidence::of(report(vec![count(5.0, 6)])).against(vec![count(0.0, 6)]);
        evidence.confirmed_by(vec![count(now, 6)], Some(vec![count(0.0, 6)])).judgement().metrics[0].verdict
    };
    assert_eq!([confirmed(5.0), confirmed(0.0)], [Verdict::Regressed, Verdict::Inconclusive]);
    // Larger than any loss that has a ratio.
    let slow = |value: f64| time("t", &[value; 6]);
    let both = Evidence::of(report(vec![slow(900.0), count(5.0, 6)])).against(vec![slow(100.0), count(0.0, 6)]);
    assert_eq!(both.judgement().metrics[0].name.as_str(), "demo/bench/c#allocations");
}
