//! What decides nothing: sizes without evidence, generators at their limit, shortened runs, intervals on both sides.

use bench_model::assessment::{Assessment, Bottleneck, Cell, TargetOutcome, TestStatus};
use serde_json::{Value, json};

use crate::fixture::{Ledger, config, item, law, level, metric, observed, refused, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";
const PRICES: &str = "[prices]\ncurrency = \"EUR\"\nprocess_hour = 0.36\n";

fn one(metric: &str, limit: &str) -> String {
    format!("[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nmetric = \"{metric}\"\n{limit}\n")
}

fn dead(at: u32) -> Value {
    json!({ "at": at, "rounds": 3, "throughput": { "value": 900.0 }, "error_rate": 0.0, "unusable_rounds": 1,
        "unusable_why": "a process of the service ended" })
}

fn of_sizes(levels: &[Value], law: &Value, metrics: &[Value]) -> Ledger {
    let mut ledger = Ledger::new();
    ledger.run(DAY, scaled("r1", &scale("processes", 16, levels, law), metrics));
    ledger
}

#[test]
fn a_size_without_evidence_decides_nothing_and_says_so() {
    let rate = observed("scale-trust/processes/2#error_rate", 0.0, "ratio");
    let ledger = of_sizes(&[level(1, 100.0), dead(2)], &refused(), &[rate]);
    let why = "no evidence: a process of the service ended, in 1 of 3 rounds";
    for (name, limit) in [
        // A share of failed requests is there; a latency is not.
        ("scale-trust/processes/2#error_rate", "at_most = \"1 %\""),
        ("scale-trust/processes/2#latency_p95", "at_most = \"1 s\""),
    ] {
        let of = ledger.with_plan(&one(name, limit));
        assert_eq!((item(&of, "T").status, item(&of, "T").why.as_str()), (TestStatus::Inconclusive, why), "{name}");
        assert!(of.recommendations.iter().any(|it| it.text.starts_with("find out why those sizes")));
    }
    let input = "[[input]]\ncategory = \"horizontal\"\nmetric = \"scale-trust/processes/2#error_rate\"\n\
        all = \"0 %\"\nnone = \"1 %\"\n";
    let target = "[[target]]\nname = \"tps\"\ntarget = \"500 req/s\"\nthroughput = \"scale-trust/processes\"\n";
    let of = ledger.with_config(&format!("{PRICES}{input}{target}"));
    assert_eq!((of.readiness[0].score, of.readiness[0].missing.len()), (None, 1));
    // It is no kept size, and what it would carry is not known.
    let target = &of.targets[0];
    assert_eq!((target.current.as_ref().unwrap().value.get(), target.outcome), (100.0, TargetOutcome::NotKnown));
    let cost = &of.economics.costs[1];
    assert_eq!((cost.per_hour, cost.keeps_level, cost.why.as_str()), (None, None, why));
    assert_eq!(of.economics.cheapest, Some(0));
    assert_eq!(of.resources[0].levels.iter().map(|level| level.at).collect::<Vec<_>>(), [1]);
}

#[test]
fn sizes_without_evidence_are_no_bottleneck_and_no_growth() {
    let text = "[[component]]\nname = \"service\"\nhorizontal = \"scale-trust/processes\"\n\
        bottleneck = \"scale-trust/processes\"\n";
    let ledger = of_sizes(&[level(1, 100.0), level(2, 150.0), dead(5)], &law(0.01, 0.0001), &[]);
    let component = ledger.with_config(text).components.remove(0);
    assert!(
        matches!(&component.bottleneck, Bottleneck::NoneShown { text, .. } if text == "none shown up to 2 processes")
    );
    assert!(matches!(&component.horizontal, Cell::Measured { text, .. } if text.starts_with("1.50x with 2 processes")));
    let component = of_sizes(&[dead(1), dead(2)], &refused(), &[]).with_config(text).components.remove(0);
    assert!(
        matches!(&component.bottleneck, Bottleneck::NotMeasured { why, .. } if why.contains("no size with evidence"))
    );
    assert!(
        matches!(&component.horizontal, Cell::NotMeasured { why } if why.contains("a process of the service ended"))
    );
}

#[test]
fn where_the_generator_was_the_limit_only_what_was_reached_is_good() {
    let limited = |at: u32, cpu: f64| with(level(at, 150.0), json!({ "limited_rounds": 1, "service_cpu": cpu }));
    for (measure, unit, good, limit, status) in [
        ("latency_p95", "ns", 50e6, "at_most = \"60 ms\"", TestStatus::Passed),
        ("latency_p95", "ns", 50e6, "at_most = \"40 ms\"", TestStatus::Inconclusive),
        ("throughput", "1/s", 150.0, "at_least = \"100 1/s\"", TestStatus::Passed),
        ("throughput", "1/s", 150.0, "at_least = \"200 1/s\"", TestStatus::Inconclusive),
        ("error_rate", "ratio", 0.0, "at_most = \"1 %\"", TestStatus::Inconclusive),
        ("service_memory", "B", 5.0, "at_most = \"9 B\"", TestStatus::Inconclusive),
    ] {
        let name = format!("scale-trust/processes/2#{measure}");
        let metrics = [observed(&name, good, unit)];
        let of = of_sizes(&[level(1, 100.0), limited(2, 0.5)], &refused(), &metrics).with_plan(&one(&name, limit));
        assert_eq!(item(&of, "T").status, status, "{measure} {limit}: {}", item(&of, "T").why);
    }
    // Held against a size 1 that the generator limited, an efficiency is too good.
    let name = "scale-trust/processes/2#efficiency";
    let of = of_sizes(&[limited(1, 0.5), limited(2, 0.5)], &refused(), &[observed(name, 0.9, "ratio")]);
    assert_eq!(item(&of.assess(), "H1").status, TestStatus::Inconclusive);
}

#[test]
fn a_law_is_that_of_the_sizes_with_a_say_in_it() {
    let name = "scale-trust/processes/law#coherency";
    let found = |most: u32| {
        let mut ledger = Ledger::new();
        let law = with(law(0.01, 0.3), json!({ "most": most }));
        let levels = [level(1, 100.0), level(4, 200.0), level(10, 250.0)];
        ledger.run(DAY, scaled("r1", &scale("processes", 4, &levels, &law), &[observed(name, 0.3, "ratio")]));
        let of = ledger.with_plan(&one(name, "at_most = \"1 %\""));
        (item(&of, "T").status, item(&of, "T").why.clone())
    };
    // The largest size of 10 had no say.
    assert_eq!(found(4).0, TestStatus::Failed);
    let (status, why) = found(5);
    assert_eq!(status, TestStatus::Inconclusive);
    assert!(why.starts_with("the law is of up to 5 processes on 4 processors"), "{why}");
}

#[test]
fn what_only_the_generator_limited_is_at_least_so_much() {
    let limited = with(level(2, 150.0), json!({ "limited_rounds": 2 }));
    let ledger = of_sizes(&[level(1, 100.0), limited], &refused(), &[]);
    let text = |target: &str| {
        format!("[[target]]\nname = \"tps\"\ntarget = \"{target} req/s\"\nthroughput = \"scale-trust/processes\"\n")
    };
    let target = |target: &str| ledger.with_config(&text(target)).targets.remove(0);
    assert_eq!((target("150").outcome, target("150").at_least), (TargetOutcome::Met, true));
    let missed = target("151");
    assert_eq!(missed.outcome, TargetOutcome::NotKnown);
    assert!(missed.why.contains("there may be more: at 2 processes the generator was the limit"), "{}", missed.why);
    let of = ledger.with_config(&text("151"));
    assert!(
        of.reasons.iter().any(|why| why.starts_with("whether the target tps is met is not known: at least 150 /s"))
    );
    let plan = "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nthroughput = \"scale-trust/processes\"\n";
    let test = |limit: &str| item(&ledger.with_plan(&format!("{plan}{limit}")), "T").status;
    assert_eq!(test("at_least = \"150 1/s\""), TestStatus::Passed);
    assert_eq!(test("at_least = \"151 1/s\""), TestStatus::Inconclusive);
    assert_eq!(test("at_most = \"151 1/s\""), TestStatus::Inconclusive);
    assert_eq!(test("at_most = \"149 1/s\""), TestStatus::Failed);
}

#[test]
fn a_size_with_a_p95_on_both_sides_of_the_service_level_is_not_known_to_keep_it() {
    let p95 = |value: f64| {
        json!({ "p95": { "value": value, "interval": { "lower": value * 0.9, "upper": value * 1.1, "level": 0.95,
            "from": "rounds" } } })
    };
    let kept = |value: f64| {
        let of = of_sizes(&[with(level(1, 100.0), p95(value))], &refused(), &[]).with_config(PRICES);
        of.economics.costs[0].keeps_level
    };
    assert_eq!([kept(90e6), kept(95e6), kept(105e6), kept(120e6)], [Some(true), None, None, Some(false)]);
}

#[test]
fn a_value_over_rounds_passes_and_fails_with_all_of_its_interval() {
    let found = |rounds: &[f64], limit: &str| {
        let mut ledger = Ledger::new();
        ledger.run(DAY, run("r1", "e", &[with(metric("a#b", 100.0, "ns"), json!({ "rounds": rounds }))]));
        let of = ledger.with_plan(&one("a#b", limit));
        (item(&of, "T").status, item(&of, "T").why.clone())
    };
    // Student's t of 2 degrees of freedom: 4.303 x 0.1 / sqrt(3) of a logarithm, 78 to 128.
    let rounds = [100.0 / 0.1_f64.exp(), 100.0, 100.0 * 0.1_f64.exp()];
    assert_eq!(found(&rounds, "at_most = \"129 ns\"").0, TestStatus::Passed);
    assert_eq!(found(&rounds, "at_most = \"77 ns\"").0, TestStatus::Failed);
    let (status, why) = found(&rounds, "at_most = \"127 ns\"");
    assert_eq!(status, TestStatus::Inconclusive);
    assert!(why.starts_with("the limit lies within the 95 % interval, 78.0 ns to 128 ns"), "{why}");
    assert_eq!(found(&rounds, "at_most = \"79 ns\"").0, TestStatus::Inconclusive);
    // Two rounds are none.
    assert_eq!(found(&rounds[..2], "at_most = \"101 ns\"").0, TestStatus::Passed);
}

#[test]
fn a_latency_of_a_size_is_held_with_its_interval() {
    let name = "scale-trust/processes/2#latency_p95";
    let p95 = json!({ "p95": { "value": 100e6, "interval": { "lower": 90e6, "upper": 110e6, "level": 0.95,
        "from": "rounds" } } });
    let ledger = of_sizes(&[with(level(2, 100.0), p95)], &refused(), &[observed(name, 100e6, "ns")]);
    let status = |limit: &str| item(&ledger.with_plan(&one(name, &format!("at_most = \"{limit}\""))), "T").status;
    assert_eq!(
        [status("111 ms"), status("105 ms"), status("95 ms"), status("89 ms")],
        [TestStatus::Passed, TestStatus::Inconclusive, TestStatus::Inconclusive, TestStatus::Failed]
    );
}

#[test]
fn runs_with_uncommitted_changes_count_and_are_named() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, with(run("r1", "e", &[metric("a#b", 1.0, "ns")]), json!({ "dirty": true })));
    let of = ledger.with_plan(&one("a#b", "at_most = \"3 ns\""));
    assert_eq!(item(&of, "T").status, TestStatus::Passed);
    assert!(
        of.notes.iter().any(|note| note == "measured with changes that were not committed: `E1`"),
        "{:?}",
        of.notes
    );
}

fn quick(line: Value) -> Value {
    with(line, json!({ "mode": "quick" }))
}

#[test]
fn a_shortened_run_decides_nothing() {
    let burst = || run("r", "e", &[metric("burst/all/all#rps", 9.0, "1/s")]);
    let sizes = [level(1, 100.0), level(2, 190.0)];
    let name = "scale-trust/processes/2#efficiency";
    let whole = || scaled("s", &scale("processes", 16, &sizes, &refused()), &[observed(name, 0.95, "ratio")]);
    let assessed = |of: fn(Value) -> Value| -> Assessment {
        let mut ledger = Ledger::new();
        ledger.run(DAY, of(burst()));
        ledger.run(DAY, of(whole()));
        ledger.assess()
    };
    let of = assessed(|line| with(line, json!({ "mode": "as_found" })));
    assert_eq!((item(&of, "L4").status, item(&of, "H1").status), (TestStatus::Passed, TestStatus::Passed));
    let of = assessed(quick);
    for id in ["L4", "H1", "H10"] {
        assert_eq!(item(&of, id).status, TestStatus::Inconclusive, "{id}");
        assert!(item(&of, id).why.contains("shortened") && item(&of, id).evidence.is_some(), "{id}");
    }
    assert!(of.overall.is_none() && of.economics.cheapest.is_none());
    assert!(of.targets.iter().all(|target| target.outcome == TargetOutcome::NotMeasured));
    assert!(of.notes.iter().any(|note| note == "shortened runs, which decide nothing: `E1`, `E2`"), "{:?}", of.notes);
    assert!(of.components.iter().all(|one| !matches!(one.horizontal, Cell::Measured { .. })));
}

#[test]
fn a_run_at_full_length_counts_before_a_newer_shortened_one() {
    let values = |value: f64| run("r", "e", &[metric("a#b", value, "ns"), metric("burst/all/all#rps", 9.0, "1/s")]);
    let sizes = |rate: f64| scaled("s", &scale("processes", 16, &[level(1, rate)], &refused()), &[]);
    let mut ledger = Ledger::new();
    ledger.run("2026-11-01T00:00:00Z", quick(values(1.0)));
    let full = ledger.run("2026-11-02T00:00:00Z", values(2.0));
    ledger.run("2026-11-02T00:00:00Z", sizes(100.0));
    ledger.run("2026-11-03T00:00:00Z", quick(values(3.0)));
    ledger.run("2026-11-03T00:00:00Z", quick(sizes(50.0)));
    let plan = format!(
        "{}[[test]]\nid = \"B\"\ncategory = \"load\"\ntitle = \"t\"\nscenario = \"burst\"\n",
        one("a#b", "at_most = \"2 ns\"")
    );
    let plan = audit_generator::parse_plan(std::path::Path::new("plan.toml"), &plan).unwrap();
    let (of, _) = ledger.with(&config(PRICES), &plan);
    for id in ["T", "B"] {
        assert_eq!((item(&of, id).status, item(&of, id).evidence.as_ref()), (TestStatus::Passed, Some(&full)), "{id}");
    }
    assert_eq!(of.economics.costs[0].throughput.get(), 100.0);
}

#[test]
fn a_run_made_elsewhere_decides_what_nothing_here_can_measure_once_it_is_imported() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r0", "e", &[metric("burst/all/all#rps", 9.0, "1/s")]));
    assert_eq!(item(&ledger.assess(), "H15").status, TestStatus::NotAutomated);
    let path = ledger.write();
    let output =
        crate::fixture::program(ledger.folder.path(), &["assess", "--ledger", path.to_str().unwrap(), "--missing"]);
    // No program here could run it.
    assert!(!String::from_utf8(output.stdout).unwrap().contains("auto-scaling"));
    let imported = run("r1", "e", &[metric("auto-scaling/all/all#rps", 9.0, "1/s")]);
    let id = ledger.run(DAY, with(imported, json!({ "mode": "as_found" })));
    let of = ledger.assess();
    assert_eq!((item(&of, "H15").status, item(&of, "H15").evidence.as_ref()), (TestStatus::Passed, Some(&id)));
    assert!(of.readiness[3].score.is_some());
}

#[test]
fn a_cost_where_the_generator_was_the_limit_is_at_most_so_much() {
    let limited = with(level(1, 100.0), json!({ "limited_rounds": 1 }));
    let ledger = of_sizes(&[limited], &refused(), &[]);
    let test = |most: &str| {
        let head = "[[test]]\nid = \"T\"\ncategory = \"economic\"\ntitle = \"t\"\ncost = \"scale-trust/processes/1\"\n";
        let text = format!("{head}at_most = {most}\n");
        let plan = audit_generator::parse_plan(std::path::Path::new("plan.toml"), &text).unwrap();
        item(&ledger.with(&config(PRICES), &plan).0, "T").status
    };
    assert_eq!((test("1.1"), test("0.9")), (TestStatus::Passed, TestStatus::Inconclusive));
}
