//! Waivers: what they permit, what they do not, and how long.

use bench_model::verdict::{Judgement, Status, Verdict, WaiverOutcome};

use crate::sample::*;

/// A run 10 % below its baseline (started on 2026-11-18), with a waiver of so much until a day.
fn with(ceiling: f64, expires: &str) -> Judgement {
    let metric = rate("a", &steady(100.0));
    let waivers = vec![bench_model::ledger::Waiver { expires: expires.into(), ..waiver(&metric, ceiling) }];
    Evidence { baseline: Some(baseline(&[metric])), waivers, ..Evidence::of(report(vec![rate("a", &steady(90.0))])) }
        .judgement()
}

fn outcome(judgement: &Judgement) -> WaiverOutcome {
    judgement.waivers[0].outcome
}

#[test]
fn a_waived_regression_is_named_and_does_not_count() {
    let judgement = with(0.15, "2026-12-31");
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Pass, Verdict::Regressed));
    assert!(judgement.metrics[0].waived);
    assert_eq!(outcome(&judgement), WaiverOutcome::Used);
    assert!((judgement.waivers[0].change.unwrap().get() + 0.1).abs() < 1e-9);
    for part in ["-10.0 %", "15 %", "2026-12-31", "issues/7", "Jo Example"] {
        assert!(judgement.warnings[0].contains(part), "{part}: {:?}", judgement.warnings);
    }
}

#[test]
fn a_loss_beyond_its_waiver_fails_the_run_and_says_so() {
    let judgement = with(0.08, "2026-12-31");
    assert_eq!((judgement.status, outcome(&judgement)), (Status::Fail, WaiverOutcome::Exceeded));
    assert!(!judgement.metrics[0].waived);
    assert!(judgement.reasons[0].contains("beyond its waiver"), "{:?}", judgement.reasons);
    assert_eq!(judgement.reasons.len(), 1);
}

#[test]
fn a_waiver_holds_through_its_last_day_and_fails_the_run_after_it() {
    let last = with(0.15, "2026-11-18");
    assert_eq!((last.status, outcome(&last)), (Status::Pass, WaiverOutcome::Used));
    let over = with(0.15, "2026-11-17");
    assert_eq!((over.status, outcome(&over)), (Status::Fail, WaiverOutcome::Expired));
    assert!(over.reasons[0].contains("its waiver has expired"), "{:?}", over.reasons);
}

#[test]
fn a_waiver_holds_for_its_own_metric_only() {
    let (a, b) = (rate("a", &steady(100.0)), rate("b", &steady(100.0)));
    let waivers = vec![waiver(&b, 0.5)];
    let head = report(vec![rate("a", &steady(90.0)), b.clone()]);
    let judgement = Evidence { baseline: Some(baseline(&[a, b])), waivers, ..Evidence::of(head) }.judgement();
    assert_eq!((judgement.status, outcome(&judgement)), (Status::Warn, WaiverOutcome::Unused));
    assert!(judgement.reasons[0].contains("regressed"), "{:?}", judgement.reasons);
}

#[test]
fn a_waiver_never_excuses_a_floor_or_a_missing_metric() {
    let metric = rate("a", &steady(100.0));
    let waivers = vec![waiver(&metric, 0.9)];
    let before = baseline(std::slice::from_ref(&metric));
    let on = |metrics, thresholds| {
        let (baseline, waivers) = (Some(before.clone()), waivers.clone());
        Evidence { baseline, waivers, thresholds, ..Evidence::of(report(metrics)) }.judgement()
    };
    let floors = thresholds(vec![floor(metric.name.as_str(), per_second(95.0))]);
    assert_eq!(on(vec![rate("a", &steady(90.0))], floors).status, Status::Fail);
    assert_eq!(on(Vec::new(), thresholds(vec![])).status, Status::Fail);
}

#[test]
fn an_unused_waiver_is_a_warning_and_one_of_no_metric_is_told_the_nearest() {
    let metric = rate("parse/large", &steady(100.0));
    let mut stale = waiver(&metric, 0.1);
    stale.metric = "demo/bench/parse/larg#throughput".parse().unwrap();
    stale.expires = "2026-01-01".into();
    let evidence = Evidence {
        baseline: Some(baseline(std::slice::from_ref(&metric))),
        waivers: vec![waiver(&metric, 0.1), stale],
        ..Evidence::of(report(vec![metric]))
    };
    let judgement = evidence.judgement();
    assert_eq!(judgement.status, Status::Pass);
    assert_eq!(judgement.waivers.iter().map(|used| used.outcome).collect::<Vec<_>>(), [WaiverOutcome::Unused; 2]);
    assert!(
        judgement.warnings[0].ends_with("`demo/bench/parse/large#throughput`, which is unchanged"),
        "{:?}",
        judgement.warnings
    );
    let text = "is unused and has expired: it permits a loss of `demo/bench/parse/larg#throughput`, which is no metric of \
                this run; did you mean `demo/bench/parse/large#throughput`";
    assert!(judgement.warnings[1].ends_with(text), "{:?}", judgement.warnings);
}

#[test]
fn a_waiver_of_what_the_run_was_not_asked_for_is_no_warning() {
    let (a, b) = (rate("a", &steady(100.0)), rate("b", &steady(100.0)));
    let mut head = report(vec![a.clone()]);
    head.plan.filter = Some("a".into());
    let waivers = vec![waiver(&b, 0.1)];
    let judgement = Evidence { baseline: Some(baseline(&[a, b])), waivers, ..Evidence::of(head) }.judgement();
    assert!(judgement.warnings.iter().all(|warning| !warning.contains("waiver")), "{:?}", judgement.warnings);
}
