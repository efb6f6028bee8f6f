//! Load runs that are no measure of something, and memory that grows: what is judged of them, and what is not.

use bench_model::load::Load;
use bench_model::verdict::{JudgedMetric, Rule, Severity, Status, Verdict};

use crate::load::{Outcome, changed, failing, judge, judge_after, judge_under, slower};
use crate::load_run::{MS, finite, smoke, soak as watched, threshold, times};

/// A smoke run whose generator was so late.
fn late(load: Load, ms: u64) -> Load {
    Load { tick_lag: Some(times(vec![ms * MS; 2880])), ..load }
}

fn judged<'o>(outcome: &'o Outcome, name: &str) -> Option<&'o JudgedMetric> {
    outcome.verdict.metrics.iter().find(|metric| metric.name.as_str() == name)
}

#[test]
fn a_run_that_is_not_evaluable_gives_no_value_to_compare_with_and_says_why() {
    let outcome = judge_after(&late(slower(40), 80), Some(&smoke()), "");
    assert_eq!((outcome.exit, outcome.verdict.status), (3, Status::Warn), "{}{}", outcome.out, outcome.err);
    assert!(outcome.verdict.metrics.iter().all(|metric| metric.value.is_none()), "{:#?}", outcome.verdict.metrics);
    assert!(outcome.verdict.reasons[0].starts_with("not evaluable: "), "{:?}", outcome.verdict.reasons);
    let p95 = judged(&outcome, "smoke/all/all#latency_p95").unwrap();
    assert_eq!((p95.verdict, p95.rule), (Verdict::Missing, Rule::Policy));
    assert!(p95.why.contains("the run is not evaluable, and the baseline holds it"), "{}", p95.why);
    assert!(outcome.verdict.summary.starts_with("⚠️ smoke: not evaluable ("), "{}", outcome.verdict.summary);
    // What all of them lack is said once.
    let missing: Vec<_> = outcome.verdict.reasons.iter().filter(|reason| reason.contains("missing")).collect();
    let all = outcome.verdict.metrics.len();
    assert_eq!(missing.len(), 1, "{:?}", outcome.verdict.reasons);
    assert!(
        missing[0].starts_with(&format!("{all} metrics that the baseline holds are missing, such as")),
        "{}",
        missing[0]
    );
}

#[test]
fn a_floor_on_what_was_not_validly_measured_is_not_violated() {
    let floors = "[[metric]]\nname = \"smoke/all/all#latency_p95\"\nfloor = \"20 ms\"\n\
                  [[metric]]\nname = \"smoke/all/all#rps\"\nfloor = \"40 req/s\"\n";
    assert_eq!(judge_under(floors, &smoke(), None, "").exit, 0);
    assert_eq!(judge_under(floors, &slower(40), None, "").exit, 1);
    let outcome = judge_under(floors, &late(slower(40), 80), None, "");
    assert_eq!((outcome.exit, outcome.verdict.status), (3, Status::Warn), "{}{}", outcome.out, outcome.err);
    let outcome = judge_under(floors, &late(slower(40), 20), None, "");
    assert_eq!((outcome.exit, outcome.verdict.status), (0, Status::Warn), "{}{}", outcome.out, outcome.err);
}

#[test]
fn failures_are_known_where_most_requests_fail() {
    let outcome = judge_after(&changed(|load| failing(load, "503")), Some(&smoke()), "");
    assert_eq!(outcome.exit, 1);
    let errors = judged(&outcome, "smoke/all/all#error_rate").unwrap();
    assert_eq!((errors.verdict, errors.value), (Verdict::Regressed, Some(finite(1.0))));
    assert_eq!(judged(&outcome, "smoke/all/all#latency_p95").unwrap().value, None);
}

#[test]
fn a_late_generator_does_not_make_the_service_regress_and_its_latencies_are_not_kept() {
    // 20 ms late: a tenth of no limit here, but much beside a p95 of 11 ms.
    let outcome = judge_after(&late(slower(40), 20), Some(&smoke()), "");
    assert!(outcome.verdict.load.as_ref().unwrap().regressions.is_empty(), "{}", outcome.out);
    assert_eq!((outcome.exit, outcome.verdict.status), (0, Status::Warn), "{}", outcome.out);
    let p95 = judged(&outcome, "smoke/all/all#latency_p95").unwrap();
    assert_eq!((p95.verdict, p95.value), (Verdict::Missing, None));
    assert!(p95.why.contains("the generator was late, so that latencies are not compared"), "{}", p95.why);
    assert!(judged(&outcome, "smoke/all/all#rps").unwrap().value.is_some());
    // A first run passes by its thresholds.
    assert_eq!(judge(&late(smoke(), 20)).verdict.status, Status::Pass);
}

/// A soak of so many minutes, whose memory grows by this share in two hours, read with so much noise, in bytes.
fn noisy_soak(minutes: u32, growth: f64, noise: f64) -> Load {
    let mut load = watched(minutes, growth, |at| {
        // The finisher of MurmurHash3: noise without a cycle.
        let mixed = (at ^ at >> 16).wrapping_mul(0x85eb_ca6b);
        let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
        f64::from(mixed >> 24) / 255.0 * noise
    });
    load.thresholds = vec![threshold("service_memory", "growth < 5 %")];
    load
}

fn soak(minutes: u32, growth: f64) -> Load {
    noisy_soak(minutes, growth, 1e6)
}

const GROWTH: &str = "smoke/all/all#service_memory_growth";

#[test]
fn a_leak_is_found_in_a_soak_and_a_short_run_cannot_tell() {
    assert_eq!(judge(&soak(60, 0.0)).exit, 0);
    let leaking = judge(&soak(60, 0.12));
    assert_eq!(leaking.exit, 1, "{}", leaking.out);
    let why = leaking.of("service_memory growth < 5 %").1;
    assert!(why.contains("11.") || why.contains("12."), "{why}");
    let short = judge(&soak(5, 0.0));
    assert_eq!(short.exit, 3);
    assert!(short.of("service_memory growth < 5 %").1.contains("too short"), "{}", short.err);
}

#[test]
fn growth_is_judged_by_the_policy_with_a_baseline_or_without() {
    let without_threshold = |growth| Load { thresholds: smoke().thresholds, ..soak(60, growth) };
    for earlier in [None, Some(&soak(60, 0.0))] {
        let leaking = judge_after(&without_threshold(0.12), earlier, "");
        let metric = judged(&leaking, GROWTH).unwrap();
        assert_eq!(
            (metric.verdict, metric.rule, metric.baseline),
            (Verdict::Regressed, Rule::Policy, None),
            "{}",
            leaking.out
        );
        assert_eq!(metric.change.unwrap().value, metric.value.unwrap());
        let losses = &leaking.verdict.load.as_ref().unwrap().regressions;
        assert_eq!((losses.len(), losses[0].severity, losses[0].metric.as_str()), (1, Severity::Medium, GROWTH));
        assert_eq!((leaking.exit, leaking.verdict.status), (0, Status::Warn), "{}", leaking.out);
        let sound = judge_after(&without_threshold(0.0), earlier, "");
        assert_eq!((judged(&sound, GROWTH).unwrap().verdict, sound.verdict.status), (Verdict::Unchanged, Status::Pass));
    }
    // The project's own limit goes before the policy's.
    let own = format!("[[metric]]\nname = \"{GROWTH}\"\nregression = \"20 %\"\n");
    let permitted = judge_under(&own, &without_threshold(0.12), None, "");
    assert_eq!(
        (judged(&permitted, GROWTH).unwrap().verdict, permitted.verdict.status),
        (Verdict::Unchanged, Status::Pass)
    );
}

#[test]
fn growth_that_might_have_stayed_unseen_is_inconclusive_and_one_that_was_not_told_is_not_missed() {
    let unclear = judge_after(&Load { thresholds: smoke().thresholds, ..noisy_soak(30, 0.0, 4e7) }, None, "");
    let metric = judged(&unclear, GROWTH).unwrap();
    assert_eq!(metric.verdict, Verdict::Inconclusive, "{}", metric.why);
    assert!(metric.why.contains("too little to tell"), "{}", metric.why);
    assert_eq!((unclear.exit, unclear.verdict.status), (0, Status::Pass), "{}", unclear.out);
    let short = judge_after(&smoke(), Some(&soak(60, 0.0)), "");
    assert!(judged(&short, GROWTH).is_none());
}

#[test]
fn a_leak_may_be_waived_and_memory_alone_is_nothing_to_judge_a_service_by() {
    let waiver = format!(
        "[[waiver]]\nmetric = \"{GROWTH}\"\nceiling = \"20 %\"\nexpires = \"2026-12-31\"\n\
         issue = \"https://example.org/issues/1\"\nreason = \"known\"\nauthor = \"A. Maintainer\"\n"
    );
    let leaking = Load { thresholds: smoke().thresholds, ..soak(60, 0.12) };
    let waived = judge_after(&leaking, None, &waiver);
    assert_eq!((waived.exit, waived.verdict.status), (0, Status::Pass), "{}{}", waived.out, waived.err);
    assert!(waived.verdict.load.as_ref().unwrap().regressions[0].waived);
    // A leak is one also where the run stands for no load.
    let cut = Load { cut: Some(bench_model::load::Cut { at_s: finite(9.0), reason: "interrupted".into() }), ..leaking };
    let cut = judge(&cut);
    assert_eq!((cut.exit, judged(&cut, GROWTH).is_none()), (3, true), "{}", cut.out);
    assert!(
        cut.verdict.reasons.iter().any(|reason| reason.contains("service_memory_growth")),
        "{:?}",
        cut.verdict.reasons
    );
}
