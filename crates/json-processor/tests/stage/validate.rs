//! Documents against their schemas, and against what a schema cannot say.

use crate::fixture::{Place, benchmark, exit, out, small_run, talk, timed};
use serde_json::{Value, json};

fn place_with_report() -> (Place, Value) {
    let place = Place::new();
    place.json("run.json", &small_run());
    let output = place.call(&["report", "run.json", "--out", "perf.json"]);
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    let report = serde_json::from_str(&place.read("perf.json")).unwrap();
    (place, report)
}

/// The violations of a document, as (pointer, message).
fn violations(place: &Place, document: &Value) -> Vec<(String, String)> {
    place.json("document.json", document);
    let output = place.call(&["validate", "document.json", "--format", "json"]);
    let found: Value = serde_json::from_str(&out(&output)).unwrap();
    let list = found[0]["violations"].as_array().unwrap_or_else(|| panic!("{found} {}", talk(&output)));
    assert_eq!(exit(&output), if list.is_empty() { 0 } else { 1 });
    assert_eq!(list.is_empty(), talk(&output).is_empty());
    assert!(list.is_empty() || talk(&output).contains("CBKB003"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|one| (text(&one["pointer"]), text(&one["message"]))).collect()
}

fn after(place: &Place, document: &Value, change: impl Fn(&mut Value)) -> Vec<(String, String)> {
    let mut changed = document.clone();
    change(&mut changed);
    assert_ne!(changed, *document);
    violations(place, &changed)
}

#[test]
fn what_the_stages_write_is_valid() {
    let (place, _) = place_with_report();
    let output = place.call(&["validate", "run.json", "perf.json"]);
    assert_eq!(out(&output), "run.json: valid (run)\nperf.json: valid (perf)\n");
    assert_eq!((exit(&output), talk(&output)), (0, String::new()));
}

#[test]
fn a_report_with_the_four_keys_of_the_specification_alone_is_valid() {
    let place = Place::new();
    let spec = json!({ "display_gibs": 4.22, "comp3_mibs": 571.0, "warnings": [], "errors": [] });
    assert_eq!(violations(&place, &spec), []);
    let broken = json!({ "display_gibs": "fast", "comp3_mibs": -1, "warnings": [1] });
    assert_eq!(
        violations(&place, &broken),
        [
            ("".to_owned(), "expected a member \"errors\"".to_owned()),
            ("/comp3_mibs".to_owned(), "expected at least 0, found -1".to_owned()),
            ("/display_gibs".to_owned(), "expected a number, found \"fast\"".to_owned()),
            ("/warnings/0".to_owned(), "expected a string, found 1".to_owned()),
        ]
    );
}

#[test]
fn every_violation_is_listed_not_only_the_first() {
    let (place, mut report) = place_with_report();
    report["metrics"][0]["unit"] = json!("furlongs");
    report["metrics"][1]["interval"]["level"] = json!(95);
    report["metrics"][2]["rounds"] = json!([]);
    report["metrics"][3]["extra"] = json!(1);
    report["display_gibs"] = json!(-1);
    report["run_id"] = json!("../x");
    report["provenance"]["source"]["commit"] = json!("main");
    report.as_object_mut().unwrap().remove("plan");
    let found = violations(&place, &report);
    let places: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        places,
        [
            "",
            "/display_gibs",
            "/metrics/0/unit",
            "/metrics/1/interval/level",
            "/metrics/2/rounds",
            "/metrics/3/extra",
            "/provenance/source/commit",
            "/run_id",
        ]
    );
    assert!(found[2].1.contains("\"GiB/s\"") || found[2].1.contains("\"B/s\""), "{}", found[2].1);
    assert_eq!(found[3].1, "expected less than 1, found 95");
    let output = place.call(&["validate", "document.json"]);
    assert_eq!(out(&output).lines().count(), 8);
    assert!(talk(&output).contains("8 violations in 1 file"), "{}", talk(&output));
}

#[test]
fn a_violation_inside_an_optional_or_chosen_member_keeps_its_place() {
    let (place, report) = place_with_report();
    let found = after(&place, &report, |r| r["metrics"][0]["interval"]["lower"] = json!("low"));
    assert_eq!(found, [("/metrics/0/interval/lower".to_owned(), "expected a number, found \"low\"".to_owned())]);
    let run = small_run();
    let found = after(&place, &run, |r| r["benchmarks"][0]["throughput"] = json!({ "bytes": -8 }));
    assert_eq!(found, [("/benchmarks/0/throughput/bytes".to_owned(), "expected at least 0, found -8".to_owned())]);
}

#[test]
fn what_a_schema_cannot_say_is_checked_too() {
    let (place, report) = place_with_report();
    let lower = after(&place, &report, |r| r["metrics"][2]["interval"]["lower"] = json!(1e9));
    assert_eq!(lower, [("/metrics/2/interval/lower".into(), "expected at most `upper` 125, found 1000000000".into())]);
    let rounds = after(&place, &report, |r| r["metrics"][2]["rounds"] = json!([1, 2, 3]));
    assert_eq!(rounds[0].0, "/metrics/2/rounds");
    let forged = after(&place, &report, |r| r["display_gibs"] = json!(4.22));
    assert_eq!(forged[0].0, "/display_gibs");
    let invented = after(&place, &report, |r| r["comp3_mibs"] = json!(571));
    assert!(invented[0].1.contains("no metric `pkg/decode/comp3#throughput`"), "{invented:?}");
    let unlisted = after(&place, &report, |r| r["speed"] = json!(1));
    assert_eq!(unlisted[0].0, "/speed");
    let twice = after(&place, &report, |r| r["metrics"][1] = r["metrics"][0].clone());
    assert_eq!(twice[0].0, "/metrics/1/name");
    let run = small_run();
    let samples = after(&place, &run, |r| r["benchmarks"][1]["rounds"][0]["timing"]["times"] = json!([1.0]));
    assert_eq!(samples[0].0, "/benchmarks/1/rounds/0/timing/times");
    let same = after(&place, &run, |r| r["benchmarks"][1]["id"] = r["benchmarks"][0]["id"].clone());
    assert_eq!(same[0].0, "/benchmarks/1/id");
}

#[test]
fn negative_values_are_violations_where_none_may_be() {
    let place = Place::new();
    let run = small_run();
    let at = |pointer: &'static str| {
        let found = after(&place, &run, |r| *r.pointer_mut(pointer).unwrap() = json!(-1));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, pointer);
    };
    at("/benchmarks/0/rounds/0/timing/times/0");
    at("/benchmarks/0/rounds/0/timing/iters/0");
    at("/benchmarks/0/rounds/0/timing/typical/value");
    at("/benchmarks/0/rounds/0/round");
    at("/plan/rounds");
    at("/provenance/machine/memory_bytes");
}

#[test]
fn a_verdict_that_passes_with_violations_is_one() {
    let place = Place::new();
    let verdict = json!({
        "schema": "perfledger/verdict/1", "run_id": "r", "perf_sha256": "0".repeat(64), "status": "PASS", "summary": "",
        "reasons": [], "headline": [], "warnings": [], "metrics": [],
        "violations": [{ "metric": "a#time", "message": "below", "unit": "ns" }]
    });
    assert_eq!(
        violations(&place, &verdict),
        [("/status".into(), "expected FAIL, since there are violations, found PASS".into())]
    );
    assert_eq!(after(&place, &verdict, |v| v["violations"] = json!([])), []);
}

#[test]
fn a_baseline_and_bodies_of_ledger_lines_are_checked() {
    let place = Place::new();
    let baseline = json!({
        "schema": "perfledger/baseline/2", "ledger_head": "0".repeat(64), "others": []
    });
    assert_eq!(violations(&place, &baseline), []);
    let waiver = json!({
        "metric": "a#time", "ceiling": 2, "expires": "tomorrow", "issue": "i", "reason": "r", "author": "a"
    });
    place.json("waiver.json", &json!({ "run_id": "r", "change": 0.1, "waiver": waiver }));
    let output = place.call(&["validate", "waiver.json", "--kind", "ledger-waiver"]);
    assert_eq!(exit(&output), 1);
    assert!(out(&output).contains("waiver.json /waiver/ceiling: expected less than 1, found 2"), "{}", out(&output));
    assert!(out(&output).contains("/waiver/expires"));
    let noise = json!({ "name": "a#time", "floor": -0.1, "rounds": 5, "comparisons": 6, "alarms": 0 });
    let digest = "0".repeat(64);
    let noise = json!({
        "run_id": "r", "epoch": "e", "mode": "quick", "digests": { "perf": digest, "verdict": digest }, "metrics": [noise]
    });
    place.json("noise.json", &noise);
    let output = place.call(&["validate", "noise.json", "--kind", "ledger-noise"]);
    assert!(out(&output).contains("/metrics/0/floor"), "{}{}", out(&output), talk(&output));
    let incident = json!({ "metric": "a#time", "state": "ended", "epoch": "e", "mode": "quick", "run_id": "r", "commit": "0".repeat(40) });
    place.json("incident.json", &incident);
    let output = place.call(&["validate", "incident.json", "--kind", "ledger-incident"]);
    assert!(out(&output).contains("/state") && !out(&output).contains("/commit"), "{}", out(&output));
}

#[test]
fn a_document_of_no_known_kind_is_refused() {
    let place = Place::new();
    for (text, expected) in [
        ("{}", "no member `schema`"),
        ("[1]", "no member `schema`"),
        ("{\"schema\": 1}", "not one of the texts"),
        ("{\"schema\": \"perfledger/run/2\"}", "`perfledger/run/2`, not one of perfledger/run/1"),
    ] {
        place.text("x.json", text);
        let output = place.call(&["validate", "x.json"]);
        assert_eq!(exit(&output), 2);
        assert!(talk(&output).contains("CBKB003") && talk(&output).contains(expected), "{}", talk(&output));
    }
}

#[test]
fn documents_that_are_no_json_are_refused_with_their_place() {
    let place = Place::new();
    let deep = "[".repeat(100_000);
    let cases: [(&str, &[u8], &str); 9] = [
        ("empty", b"", "EOF while parsing a value"),
        ("truncated", b"{\"schema\": \"perf", "EOF while parsing a string"),
        ("a key twice", b"{\"a\": {\"b/c\": 1, \"b/c\": 2}}", "/a/b~1c"),
        ("an escaped key twice", b"{\"\\u0061\": 1, \"a\": 2}", "stands there twice"),
        ("no text", b"{\"a\": \"\xff\"}", "/a"),
        ("beyond f64", b"[1, 1e309]", "/1"),
        ("a NaN token", b"{\"a\": [NaN]}", "/a/0"),
        ("deep", deep.as_bytes(), "recursion limit"),
        ("two documents", b"{} {}", "trailing characters"),
    ];
    for (what, bytes, expected) in cases {
        place.text("x.json", bytes);
        let output = place.call(&["validate", "x.json"]);
        assert_eq!(exit(&output), 2, "{what}");
        assert!(talk(&output).contains("CBKB002") && talk(&output).contains(expected), "{what}: {}", talk(&output));
    }
}

#[test]
fn one_unreadable_file_does_not_hide_the_others() {
    let (place, _) = place_with_report();
    place.text("bad.json", "{");
    place.json("invalid.json", &json!({ "display_gibs": 1 }));
    let output = place.call(&["validate", "bad.json", "invalid.json", "perf.json"]);
    assert_eq!(exit(&output), 2);
    assert!(out(&output).contains("perf.json: valid (perf)"), "{}", out(&output));
    assert!(out(&output).contains("invalid.json (document root): expected a member"), "{}", out(&output));
    assert!(talk(&output).contains("CBKB002") && talk(&output).contains("CBKB003"), "{}", talk(&output));
}

#[test]
fn a_huge_value_is_not_repeated_in_the_message() {
    let place = Place::new();
    let mut run = small_run();
    run["warnings"] = json!("w".repeat(10_000));
    run["benchmarks"] = json!({ "a": vec![0; 10_000] });
    let found = violations(&place, &run);
    assert_eq!(found[0], ("/benchmarks".into(), "expected an array, found an object".into()));
    assert_eq!(found[1], ("/warnings".into(), "expected an array, found a text of 10000 characters".into()));
}

#[test]
fn a_run_whose_rounds_are_swapped_is_invalid() {
    let place = Place::new();
    let run = crate::fixture::run(&[benchmark("x", Value::Null, &[timed(2, 1.0), timed(1, 1.0)])]);
    assert_eq!(violations(&place, &run)[0].0, "/benchmarks/0/rounds/1/round");
}
