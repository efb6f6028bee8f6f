//! The scenarios that ship: they are read, planned, and say what the project's plans expect.

use std::collections::BTreeMap;
use std::path::Path;

use load_runner::exchange::Exchanges;
use load_runner::scenario::{Body, Model, Scenario};
use serde_json::{Value, json};

use super::{folder, overrides};

const NAMES: [&str; 19] = [
    "burst",
    "cascading-failure",
    "escalation-surge",
    "governance-baseline",
    "high-throughput",
    "marketplace",
    "mixed",
    "multi-region",
    "network-partition",
    "pii-heavy",
    "resource-exhaustion",
    "scale-database",
    "scale-trust",
    "smoke",
    "soak",
    "trust-load",
    "trust-smoke",
    "trust-spike",
    "trust-stress",
];

fn shipped(name: &str) -> Scenario {
    Scenario::read(&folder().join(format!("{name}.toml")), &overrides())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_folder_has_exactly_the_scenarios_that_are_tested() {
    let mut found: Vec<String> = (std::fs::read_dir(folder()).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, NAMES);
}

#[test]
fn every_shipped_scenario_has_a_plan_of_80_columns() {
    for name in NAMES {
        let plan = shipped(name).plan_text(4);
        assert!(plan.starts_with(&format!("{name}: ")), "{plan}");
        assert!(plan.contains("\nthresholds\n") && plan.contains("\nguards\n"), "{plan}");
        for line in plan.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn the_plan_of_the_baseline_is_as_kept() {
    let kept = include_str!("governance-baseline.plan.txt");
    assert_eq!(
        shipped("governance-baseline").plan_text(2),
        kept,
        "write the new plan to governance-baseline.plan.txt if it is meant"
    );
}

#[test]
fn every_request_of_every_shipped_scenario_can_be_built_and_json_bodies_are_json() {
    let document = json!({ "text": "Call \"Ann\" at\n555", "labels": [{ "kind": "name", "start": 6, "end": 9 }], "redacted": "x" });
    for name in NAMES {
        let scenario = shipped(name);
        let data = scenario.data.keys().map(|key| (key.clone(), vec![document.clone()])).collect();
        let exchanges = Exchanges::new(&scenario, 7, data).unwrap();
        for (index, request) in scenario.requests.iter().enumerate() {
            for arrival in 0..50 {
                let built = exchanges.build(index, arrival);
                assert_eq!(built.headers["x-api-key"], "secret-of-TARGET_API_KEY");
                if matches!(request.body, Some(Body::Json(_))) {
                    let body: Value = serde_json::from_slice(&built.body).unwrap();
                    assert!(body.is_object(), "{name} {}: {body}", request.name);
                }
            }
        }
    }
}

#[test]
fn every_request_of_a_shipped_scenario_is_drawn_in_some_phase_as_often_as_it_weighs() {
    for name in NAMES {
        let scenario = shipped(name);
        let data = scenario.data.keys().map(|key| (key.clone(), vec![json!({ "text": "", "labels": [] })])).collect();
        let exchanges = Exchanges::new(&scenario, 7, data).unwrap();
        for (phase, plan) in scenario.phases.iter().enumerate() {
            let mut counts = vec![0_u32; scenario.requests.len()];
            (0..6400).for_each(|arrival| counts[exchanges.draw(phase, arrival)] += 1);
            for (request, count) in scenario.requests.iter().zip(counts) {
                // Nothing was captured: what needs a value gives way to what captures it.
                if request.needs().is_empty() && request.capture.is_empty() {
                    let expected = plan.share(request, &scenario.requests) * 6400.0;
                    assert!((f64::from(count) - expected).abs() <= 100.0, "{name} {} {count} {expected}", request.name);
                }
            }
        }
    }
}

/// What the project's two plans expect, by scenario.
const EXPECTED: &[(&str, &str, &[&str])] = &[
    ("smoke", "http_req_duration", &["max<500"]),
    ("trust-smoke", "http_req_duration", &["max<500"]),
    ("trust-load", "http_req_duration", &["med<30", "p(95)<100", "p(99)<200"]),
    ("trust-load", "http_req_failed", &["rate<0.01", "rate<0.001"]),
    ("trust-load", "{phase:steady}", &["rps > 1000", "error_rate < 0.1 %"]),
    ("trust-spike", "{phase:recovery}", &["recovery < 30 s"]),
    ("governance-baseline", "http_req_duration", &["p(95)<200", "p(99)<500"]),
    ("governance-baseline", "http_req_failed", &["rate<0.005"]),
    ("pii-heavy", "http_req_duration", &["p(95)<600", "p(99)<1000"]),
    ("pii-heavy", "pii_accuracy", &["value>0.95"]),
    ("pii-heavy", "checks{check:redacted}", &["rate==1"]),
    ("escalation-surge", "review_queue_depth", &["max>=5000", "max<10000"]),
    ("marketplace", "http_req_duration{name:search}", &["p(95)<150"]),
    ("multi-region", "http_req_duration{region:us-east}", &["p(95)<200"]),
    ("multi-region", "http_req_duration{region:us-west}", &["min>=30", "p(95)<250"]),
    ("multi-region", "http_req_duration{region:eu-west}", &["min>=80", "p(95)<300"]),
    ("multi-region", "http_req_duration{region:ap-south}", &["min>=150", "p(95)<400"]),
    ("soak", "service_memory", &["growth < 5 %"]),
    ("soak", "http_reqs", &["variance < 10 %"]),
    ("burst", "http_req_duration{phase:burst}", &["p(95)<400"]),
    ("burst", "http_req_failed{phase:burst}", &["rate<0.02"]),
    ("burst", "{phase:recovery}", &["recovery < 2 min"]),
    (
        "high-throughput",
        "http_req_duration{phase:twice}",
        &["p(95) < 120 % of {phase:normal} or 50 ms", "p(99) < 120 % of {phase:normal} or 100 ms"],
    ),
    ("resource-exhaustion", "http_req_duration{phase:exhausted}", &["p(95) < 120 % of {phase:normal} or 100 ms"]),
    ("escalation-surge", "http_req_duration{phase:peak}", &["p(95) < 150 % of {phase:calm} or 50 ms"]),
    (
        "cascading-failure",
        "http_req_duration{name:evaluate, phase:partition}",
        &["p(95) < 120 % of {phase:before} or 50 ms"],
    ),
    ("network-partition", "service_restarts", &["value==0"]),
    ("cascading-failure", "{phase:recovery}", &["recovery < 2 min"]),
];

#[test]
fn the_expected_results_of_the_plans_are_thresholds() {
    for (name, metric, expected) in EXPECTED {
        let scenario = shipped(name);
        let found = scenario.thresholds.iter().filter(|threshold| threshold.metric == *metric);
        let found: Vec<&str> = found.map(|threshold| threshold.expression.as_str()).collect();
        assert_eq!(found, *expected, "{name} {metric}");
    }
}

#[test]
fn a_plan_says_which_phase_a_phase_is_compared_with() {
    let plan = shipped("high-throughput").plan_text(4);
    let plan: Vec<&str> = plan.split_whitespace().collect();
    let said = "p95 of http_req_duration in phase:twice < 120 % of that in phase:normal or 50 ms";
    assert!(plan.join(" ").contains(said), "{}", plan.join(" "));
}

#[test]
fn loads_have_the_shapes_of_the_plans() {
    let minutes = |name: &str| {
        let seconds: f64 = shipped(name).phases.iter().map(|phase| phase.duration.as_secs_f64()).sum();
        seconds / 60.0
    };
    let expected = [
        ("trust-smoke", 1.0),
        ("trust-load", 10.0),
        ("trust-stress", 15.0),
        ("trust-spike", 5.0),
        ("governance-baseline", 15.0),
    ];
    for (name, length) in expected {
        assert!((minutes(name) - length).abs() < 1e-9, "{name}");
    }
    let peaks = |name: &str| -> Vec<u64> {
        let peak = |model| match model {
            Model::Open(arrivals) => arrivals.to as u64,
            Model::Closed(users) => u64::from(users.to),
        };
        shipped(name).phases.iter().map(|phase| peak(phase.model.clone())).collect()
    };
    let expected: BTreeMap<&str, &[u64]> = BTreeMap::from([
        ("trust-stress", &[100, 150, 200, 250, 300][..]),
        ("trust-spike", &[10, 200, 10]),
        ("burst", &[1000, 5000, 1000]),
        ("pii-heavy", &[500, 500]),
        ("mixed", &[800, 800]),
        ("marketplace", &[200, 200]),
        ("soak", &[700, 700]),
    ]);
    for (name, expected) in expected {
        assert_eq!(peaks(name), expected, "{name}");
    }
    // 80 % of 300 req/s for 30 s.
    let escalated = shipped("escalation-surge").plan_text(1);
    assert!(escalated.contains("7,200"), "{escalated}");
}

#[test]
fn nine_of_ten_decisions_of_the_baseline_are_about_a_subject_seen_before() {
    let exchanges = Exchanges::new(&shipped("governance-baseline"), 7, BTreeMap::new()).unwrap();
    let (mut seen, mut again) = (std::collections::BTreeSet::new(), 0);
    for arrival in 0..20_000 {
        let built = exchanges.build(0, arrival);
        assert!((1000..1100).contains(&built.body.len()), "{}", built.body.len());
        let body: Value = serde_json::from_slice(&built.body).unwrap();
        again += u32::from(!seen.insert(body["subject"].as_str().unwrap().to_owned()));
    }
    // 90 % less the first time of each of the 200.
    assert!((17_600..18_000).contains(&again), "{again}");
}

#[test]
fn the_seeds_of_the_fuzz_target_are_scenarios() {
    // Beside the shipped ones, which they may extend. One that is refused at its beginning would lead to little.
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/scenario_files");
    let mut count = 0;
    for entry in std::fs::read_dir(seeds).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let scenario = Scenario::of(&folder().join("seed.toml"), text, &overrides());
        assert!(scenario.is_ok(), "{}", scenario.unwrap_err());
        count += 1;
    }
    assert!(count > 1);
}

#[test]
fn the_example_in_the_documentation_is_a_scenario() {
    let text = std::fs::read_to_string(folder().join("../../docs/load.md")).unwrap();
    let example = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let scenario = super::read(example).unwrap();
    assert_eq!((scenario.requests.len(), scenario.phases.len(), scenario.thresholds.len()), (2, 3, 4));
}
