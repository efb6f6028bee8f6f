//! What becomes of tests.

use bench_model::assessment::{PlanCategory, RiskBasis, RiskLevel, TestStatus};
use serde_json::json;

use crate::fixture::{Ledger, item, law, level, metric, observed, refused, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";

fn one(metric: &str, limit: &str) -> String {
    format!("[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nmetric = \"{metric}\"\n{limit}\n")
}

#[test]
fn the_compiled_in_plan_has_as_many_tests_as_the_specification_asks_for() {
    let of = Ledger::new().assess();
    let counts: Vec<_> = of.plan.counts.iter().map(|counts| (counts.category, counts.all)).collect();
    let wanted = [15, 10, 8, 7, 5, 5];
    assert_eq!(counts, PlanCategory::ALL.into_iter().zip(wanted).collect::<Vec<_>>());
    assert_eq!(of.plan.items.len(), 50);
    for counts in &of.plan.counts {
        let sum = counts.passed
            + counts.failed
            + counts.inconclusive
            + counts.not_run
            + counts.not_automated
            + counts.not_applicable;
        assert_eq!(sum, counts.all);
    }
}

#[test]
fn a_value_passes_up_to_its_limit_and_fails_beyond() {
    for (value, limit, status) in [
        (10.0, "at_most = \"10 ns\"", TestStatus::Passed),
        (10.1, "at_most = \"10 ns\"", TestStatus::Failed),
        (10.0, "at_least = \"10 ns\"", TestStatus::Passed),
        (9.9, "at_least = \"10 ns\"", TestStatus::Failed),
        (1.0, "at_least = \"10 B\"", TestStatus::Inconclusive),
    ] {
        let mut ledger = Ledger::new();
        let id = ledger.run(DAY, run("r1", "e", &[metric("a#b", value, "ns")]));
        let of = ledger.with_plan(&one("a#b", limit));
        let test = item(&of, "T");
        assert_eq!(
            (test.status, test.evidence.as_deref()),
            (status, Some(id.as_str())),
            "{value} {limit}: {}",
            test.why
        );
    }
}

#[test]
fn a_metric_that_nothing_measured_was_not_run_and_the_nearest_is_named() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r1", "e", &[metric("reencryption#peak_rss", 1.0, "B")]));
    let of = ledger.with_plan(&one("reencryption#peak_rs", "at_most = \"1 B\""));
    let test = item(&of, "T");
    assert_eq!(test.status, TestStatus::NotRun);
    assert_eq!(test.why, "no run of the ledger measured it; did you mean `reencryption#peak_rss`");
}

#[test]
fn the_newest_run_counts_and_values_of_other_environments_are_counted() {
    let mut ledger = Ledger::new();
    ledger.run("2026-11-01T00:00:00Z", run("r1", "old", &[metric("a#b", 1.0, "ns")]));
    ledger.run("2026-11-02T00:00:00Z", run("r2", "new", &[metric("a#b", 2.0, "ns")]));
    let newest = ledger.run("2026-11-03T00:00:00Z", run("r3", "new", &[metric("a#b", 3.0, "ns")]));
    let of = ledger.with_plan(&one("a#b", "at_most = \"3 ns\""));
    assert_eq!(item(&of, "T").evidence.as_deref(), Some(newest.as_str()));
    assert_eq!((of.ledger.other_epochs, of.evidence.len(), of.evidence[0].age_days), (1, 1, 28));
    assert!(of.notes.iter().any(|note| note.starts_with("1 value of other environments")), "{:?}", of.notes);
}

#[test]
fn old_evidence_is_warned_of() {
    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T00:00:00Z", run("r1", "e", &[metric("a#b", 1.0, "ns")]));
    let of = ledger.with_plan(&one("a#b", "at_most = \"3 ns\""));
    assert!(of.evidence[0].old);
    let risk = of.risks.last().unwrap();
    assert_eq!((risk.level, &risk.basis), (RiskLevel::Low, &RiskBasis::Evidence(vec!["E1".into()])));
    assert!(of.recommendations.iter().any(|one| one.text == "measure again what is old"));
}

#[test]
fn an_interval_on_both_sides_of_the_limit_decides_nothing() {
    let decided = |limit: &str| {
        let mut ledger = Ledger::new();
        // The interval reaches from 9 % to 11 %.
        let summary = scale("processes", 16, &[level(1, 100.0)], &law(0.1, 0.0));
        ledger.run(DAY, scaled("r1", &summary, &[observed("scale-trust/processes/law#contention", 0.1, "ratio")]));
        let of = ledger.with_plan(&one("scale-trust/processes/law#contention", &format!("at_most = \"{limit}\"")));
        item(&of, "T").status
    };
    assert_eq!(decided("12 %"), TestStatus::Passed);
    assert_eq!(decided("10.5 %"), TestStatus::Inconclusive);
    assert_eq!(decided("8 %"), TestStatus::Failed);
}

#[test]
fn a_run_without_a_value_of_its_law_decides_nothing_and_says_why() {
    let mut ledger = Ledger::new();
    let id = ledger.run(DAY, scaled("r1", &scale("processes", 16, &[level(1, 100.0)], &refused()), &[]));
    let of = ledger.assess();
    let test = item(&of, "H8");
    assert_eq!((test.status, test.evidence.as_deref()), (TestStatus::Inconclusive, Some(id.as_str())));
    assert_eq!(test.why, "2 sizes have a say, where 4 are the least for a law");
    // Of a size that it did not measure it says so.
    let test = item(&of, "H2");
    assert_eq!(
        (test.status, test.why.as_str()),
        (TestStatus::NotRun, "the newest run of scale-trust over processes measured 1")
    );
}

#[test]
fn a_bad_value_that_the_machine_or_the_generator_made_is_no_failure_of_the_service() {
    let status = |cores: u32, limited: u32, cpu: f64, efficiency: f64| {
        let mut ledger = Ledger::new();
        let ten = with(level(10, 200.0), json!({ "limited_rounds": limited, "service_cpu": cpu }));
        let name = "scale-trust/processes/10#efficiency";
        let summary = scale("processes", cores, &[level(1, 100.0), ten], &refused());
        ledger.run(DAY, scaled("r1", &summary, &[observed(name, efficiency, "ratio")]));
        let of = ledger.assess();
        let scored = of.readiness[0].inputs.iter().any(|input| input.name == name);
        (item(&of, "H4").status, scored)
    };
    assert_eq!(status(10, 0, 5.0, 0.2), (TestStatus::Failed, true));
    assert_eq!(status(9, 0, 5.0, 0.2), (TestStatus::Inconclusive, false));
    assert_eq!(status(10, 1, 5.0, 0.2), (TestStatus::Inconclusive, false));
    // With a quarter of a processor for the generator all of them are busy.
    assert_eq!(status(10, 0, 8.75, 0.2), (TestStatus::Inconclusive, false));
    assert_eq!(status(10, 0, 8.74, 0.2), (TestStatus::Failed, true));
    // What is good in spite of it is good.
    assert_eq!(status(2, 1, 1.0, 0.6), (TestStatus::Passed, true));
}

#[test]
fn a_law_over_more_processes_than_processors_is_that_of_the_machine() {
    let status = |axis: &str, cores: u32| {
        let mut ledger = Ledger::new();
        let name = format!("scale-trust/{axis}/law#contention");
        let summary = scale(axis, cores, &[level(1, 100.0), level(4, 200.0)], &law(0.3, 0.0));
        ledger.run(DAY, scaled("r1", &summary, &[observed(&name, 0.3, "ratio")]));
        item(&ledger.with_plan(&one(&name, "at_most = \"10 %\"")), "T").status
    };
    assert_eq!((status("threads", 4), status("threads", 3)), (TestStatus::Failed, TestStatus::Inconclusive));
    // Connections wait for something else than a processor of their own.
    assert_eq!(status("connections", 3), TestStatus::Failed);
}

#[test]
fn the_largest_throughput_is_that_of_a_size_that_keeps_the_service_level() {
    let outcome = |p95: f64, limit: &str| {
        let mut ledger = Ledger::new();
        let large = with(level(3, 900.0), json!({ "p95": p95 }));
        ledger.run(DAY, scaled("r1", &scale("pool", 8, &[level(1, 100.0), large], &refused()), &[]));
        let text = "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nthroughput = \"scale-trust/pool\"\n";
        let of = ledger.with_plan(&format!("{text}at_least = \"{limit} req/s\"\n"));
        let test = item(&of, "T");
        (test.status, test.value.as_ref().map(|value| value.value.get()))
    };
    assert_eq!(outcome(50e6, "900"), (TestStatus::Passed, Some(900.0)));
    assert_eq!(outcome(150e6, "900"), (TestStatus::Failed, Some(100.0)));
}

#[test]
fn tests_that_are_open_for_one_reason_have_one_recommendation() {
    let mut ledger = Ledger::new();
    let sizes = [level(1, 100.0), level(3, 120.0), level(5, 120.0)];
    let names = ["scale-trust/processes/3#efficiency", "scale-trust/processes/5#efficiency"];
    let metrics = names.map(|name| observed(name, 0.2, "ratio"));
    let id = ledger.run(DAY, scaled("r1", &scale("processes", 2, &sizes, &law(0.5, 0.0)), &metrics));
    let of = ledger.assess();
    let more = of.recommendations.iter().find(|one| one.text.contains("more processors")).unwrap();
    assert_eq!((more.from.as_str(), &more.evidence), ("cannot be decided: `H2`, `H3`", &vec![id]));
}

#[test]
fn a_scenario_passes_as_its_newest_run_did() {
    for (status, expected) in
        [("PASS", TestStatus::Passed), ("WARN", TestStatus::Inconclusive), ("FAIL", TestStatus::Failed)]
    {
        let mut ledger = Ledger::new();
        let line =
            |status: &str| with(run("r", "e", &[metric("burst/all/all#rps", 9.0, "1/s")]), json!({ "status": status }));
        ledger.run("2026-11-01T00:00:00Z", line("PASS"));
        let newest = ledger.run(DAY, line(status));
        let of = ledger.assess();
        assert_eq!((item(&of, "L4").status, item(&of, "L4").evidence.as_deref()), (expected, Some(newest.as_str())));
        // A scenario whose name only begins alike is another one.
        assert_eq!(item(&of, "L1").status, TestStatus::NotRun);
    }
}

#[test]
fn untested_things_stand_first_and_each_failure_has_its_evidence() {
    let mut ledger = Ledger::new();
    let id = ledger.run(DAY, run("r1", "e", &[metric("reencryption#records_per_second", 10.0, "1/s")]));
    let of = ledger.assess();
    let untested = of.risks.iter().take_while(|risk| risk.basis == RiskBasis::Untested).count();
    assert!(untested > 5 && of.risks[untested..].iter().all(|risk| risk.basis != RiskBasis::Untested));
    let failed = &of.risks[untested];
    assert_eq!((failed.level, &failed.basis), (RiskLevel::High, &RiskBasis::Evidence(vec![id.clone()])));
    assert!(failed.text.contains("10.0 /s, where at least 5.00 k/s is wanted"), "{}", failed.text);
    let first = &of.recommendations[0];
    assert!(first.text.starts_with("`reencryption#records_per_second`") && first.evidence == [id], "{first:?}");
}
