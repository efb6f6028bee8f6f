//! Runs of programs that gave an account of their work: what their numbers prove, and the score.

use serde_json::{Value, json};

use crate::fixture::{Place, exit, out, reading, run, talk};

const NO_EVIDENCE: &str = "the run is no evidence of real work: ";

/// An account of all work done and checked.
fn account() -> Value {
    let data = json!({ "sha256": "ab".repeat(32), "bytes": 4096 });
    json!({ "work": "reencryption", "dry_run": false, "planned": 1000, "done": 1000, "sampled": 100, "verified": 100,
            "input": data, "output": data })
}

fn changed(key: &str, value: Value) -> Value {
    let mut account = account();
    account[key] = value;
    account
}

/// A round with the three measures that are scored: s until recovery, records per second, MB per minute.
fn round(number: u32, [recovery, records, data]: [f64; 3], account: &Value) -> Value {
    let readings = [
        reading("wall", 2e9, "ns", "lower_is_better"),
        reading("mttr", recovery * 1e9, "ns", "lower_is_better"),
        reading("records_per_second", records, "1/s", "higher_is_better"),
        reading("bytes_per_second", data * 1e6 / 60.0, "B/s", "higher_is_better"),
    ];
    let mut round = json!({ "round": number, "readings": readings });
    if !account.is_null() {
        round["proof"] = account.clone();
    }
    round
}

const GOOD: [f64; 3] = [10.0, 1e6, 1e4];

fn work(rounds: &[Value]) -> Value {
    let id = json!({ "harness": "process", "target": "reencryption", "id": "" });
    let mut run = run(&[json!({ "id": id, "rounds": rounds })]);
    (run["warnings"], run["errors"]) = (json!([]), json!([]));
    run["plan"]["rounds"] = json!(rounds.len());
    run
}

/// The report that the program makes.
fn reported(run: &Value) -> Value {
    let place = Place::new();
    place.json("run.json", run);
    let output = place.call(&["report", "run.json", "--out", "perf.json"]);
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    let validated = place.call(&["validate", "perf.json"]);
    assert_eq!(exit(&validated), 0, "{}{}", out(&validated), talk(&validated));
    serde_json::from_str(&place.read("perf.json")).unwrap()
}

fn metric<'a>(report: &'a Value, measure: &str) -> Option<&'a Value> {
    let name = format!("reencryption#{measure}");
    report["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == name.as_str())
}

#[test]
fn work_that_every_round_did_and_checked_is_real() {
    let report = reported(&work(&[round(1, GOOD, &account()), round(2, GOOD, &account())]));
    assert_eq!((&report["evidence_level"], &report["warnings"]), (&json!("real_workload"), &json!([])));
    assert_eq!(report["proofs"], json!([account(), account()]));
    // It has metrics of its own: the project's headlines and benchmarks are not expected of it.
    assert_eq!((&report["headline"], &report["expected"]), (&json!([]), &json!([])));
}

#[test]
fn a_run_proves_no_more_than_its_weakest_round() {
    for (weak, level, why) in [
        (changed("dry_run", json!(true)), "dry_run", "it was a dry run: the work was planned, not done"),
        (changed("done", json!(999)), "ci_benchmark", "999 of 1000 items were done"),
        (changed("verified", json!(99)), "ci_benchmark", "99 of 100 results read back were right"),
        (changed("sampled", json!(0)), "ci_benchmark", "0 results were read back, where 100 are the least"),
    ] {
        let rounds = [round(1, GOOD, &account()), round(2, GOOD, &weak), round(3, GOOD, &weak)];
        let report = reported(&work(&rounds));
        assert_eq!(report["evidence_level"], level, "{why}");
        assert_eq!(report["warnings"], json!([format!("{NO_EVIDENCE}{why}")]), "said once");
        assert_eq!(report["proofs"].as_array().unwrap().len(), 3);
        assert_eq!(metric(&report, "scalability_score").unwrap()["value"], 4.0);
    }
}

#[test]
fn a_round_without_an_account_makes_the_run_a_benchmark() {
    let report = reported(&work(&[round(1, GOOD, &account()), round(2, GOOD, &Value::Null)]));
    assert_eq!(report["evidence_level"], "ci_benchmark");
    assert!(report.get("proofs").is_none(), "accounts of some rounds stand for none");
    let warnings = report["warnings"].as_array().unwrap();
    assert!(
        warnings.contains(&json!(format!("{NO_EVIDENCE}1 round gave no account of what was done"))),
        "{warnings:?}"
    );
    assert_eq!(metric(&report, "scalability_score"), None);
}

#[test]
fn rounds_that_failed_gave_no_account_whatever_the_others_say() {
    let mut lossy = work(&[round(1, GOOD, &account()), round(4, GOOD, &account()), round(7, GOOD, &account())]);
    lossy["plan"]["rounds"] = json!(7);
    for complete in [false, true] {
        lossy["complete"] = json!(complete);
        let report = reported(&lossy);
        assert_eq!(report["evidence_level"], "ci_benchmark");
        let warnings = report["warnings"].as_array().unwrap();
        let said = json!(format!("{NO_EVIDENCE}4 rounds gave no account of what was done"));
        assert!(warnings.contains(&said), "{warnings:?}");
        assert!(report.get("proofs").is_none() && metric(&report, "scalability_score").is_none());
        // It stays proven work that went wrong: the project's benchmarks are not expected in it.
        assert_eq!((&report["headline"], &report["expected"]), (&json!([]), &json!([])));
    }
}

#[test]
fn a_run_that_did_not_end_by_itself_is_no_real_work_though_every_round_has_its_account() {
    let mut ended = work(&[round(1, GOOD, &account()), round(2, GOOD, &account())]);
    ended["complete"] = json!(false);
    let report = reported(&ended);
    assert_eq!(report["evidence_level"], "ci_benchmark");
    assert_eq!(report["warnings"], json!([format!("{NO_EVIDENCE}it did not end by itself")]));
}

#[test]
fn a_run_of_which_nothing_came_still_says_what_it_was_to_measure() {
    let mut empty = work(&[]);
    (empty["benchmarks"], empty["complete"]) = (json!([]), json!(false));
    empty["plan"]["rounds"] = json!(3);
    empty["plan"]["asked"] = json!(["reencryption"]);
    let report = reported(&empty);
    assert_eq!((&report["plan"]["asked"], &report["evidence_level"]), (&json!(["reencryption"]), &json!("unmeasured")));
    assert_eq!((&report["headline"], &report["expected"]), (&json!([]), &json!([])));
    // What a project wants of it is wanted still.
    empty["plan"]["asked"] = json!(["pkg/decode/display"]);
    assert_eq!(reported(&empty)["expected"], json!(["pkg/decode/display"]));
}

#[test]
fn a_shard_of_which_nothing_came_gave_no_account_either() {
    let place = Place::new();
    let mut one = work(&[round(1, GOOD, &account())]);
    one["plan"]["asked"] = json!(["reencryption"]);
    let mut none = work(&[]);
    (none["benchmarks"], none["plan"]["rounds"]) = (json!([]), json!(1));
    none["plan"]["asked"] = json!(["other"]);
    place.json("one.json", &one);
    place.json("none.json", &none);
    assert_eq!(exit(&place.call(&["merge", "one.json", "none.json", "--out", "run.json"])), 0);
    let merged: Value = serde_json::from_str(&place.read("run.json")).unwrap();
    assert_eq!(merged["plan"]["asked"], json!(["other", "reencryption"]));
    assert_eq!(reported(&merged)["evidence_level"], "ci_benchmark");
}

#[test]
fn an_account_of_a_run_that_measured_nothing_proves_nothing() {
    let report = reported(&work(&[json!({ "round": 1, "readings": [], "proof": account() })]));
    assert_eq!((&report["evidence_level"], &report["metrics"]), (&json!("unmeasured"), &json!([])));
}

#[test]
fn no_flag_variable_or_key_raises_what_a_run_proves() {
    let place = Place::new();
    let mut claimed = work(&[round(1, GOOD, &changed("dry_run", json!(true)))]);
    place.json("run.json", &claimed);
    let help = out(&place.call(&["report", "--help"])).to_lowercase();
    assert!(!help.contains("evidence") && !help.contains("real"), "{help}");
    for flag in ["--evidence-level=production", "--real-workload"] {
        assert_eq!(exit(&place.call(&["report", "run.json", flag])), 2, "{flag}");
    }
    claimed["evidence_level"] = json!("production");
    place.json("claimed.json", &claimed);
    let refused = place.call(&["report", "claimed.json", "--out", "perf.json"]);
    assert_eq!(exit(&refused), 2);
    assert!(talk(&refused).contains("CBKB002") && talk(&refused).contains("evidence_level"), "{}", talk(&refused));
}

#[test]
fn a_broken_account_is_refused_with_its_place() {
    let mut account = account();
    account.as_object_mut().unwrap().remove("verified");
    let place = Place::new();
    place.json("run.json", &work(&[round(1, GOOD, &account)]));
    let output = place.call(&["report", "run.json", "--out", "perf.json"]);
    let told = talk(&output);
    assert_eq!(exit(&output), 2);
    assert!(
        told.contains("CBKB002") && told.contains("/benchmarks/0/rounds/0/proof") && told.contains("verified"),
        "{told}"
    );
}

#[test]
fn the_score_is_that_of_the_worst_round_and_shows_each() {
    let rounds = [GOOD, [500.0, 1e6, 1e4], [10.0, 50.0, 150.0]];
    let rounds: Vec<_> = (1..).zip(rounds).map(|(number, values)| round(number, values, &account())).collect();
    let report = reported(&work(&rounds));
    let score = metric(&report, "scalability_score").unwrap();
    // 2 for evidence; 3 + 3 + 2, 2 + 3 + 2, and 3 + 0 + 1.
    assert_eq!(score["rounds"], json!([10.0, 9.0, 6.0]));
    assert_eq!((&score["value"], &score["primary"], score.get("interval")), (&json!(6.0), &json!(true), None));
    assert_eq!((&score["direction"], &score["unit"]), (&json!("higher_is_better"), &json!("count")));
}

#[test]
fn without_one_of_the_three_there_is_no_score() {
    for left_out in ["mttr", "records_per_second", "bytes_per_second"] {
        let mut lost = round(2, GOOD, &account());
        lost["readings"].as_array_mut().unwrap().retain(|reading| reading["measure"] != left_out);
        let report = reported(&work(&[lost.clone()]));
        assert_eq!(metric(&report, "scalability_score"), None, "{left_out}");
        // Nor where only some rounds have it: which ones belong together is not known.
        let report = reported(&work(&[round(1, GOOD, &account()), lost]));
        assert_eq!(metric(&report, "scalability_score"), None, "{left_out} in one round");
    }
}

#[test]
fn other_work_has_no_score() {
    let report = reported(&work(&[round(1, GOOD, &changed("work", json!("compaction")))]));
    assert_eq!(
        (report["evidence_level"].as_str(), metric(&report, "scalability_score")),
        (Some("real_workload"), None)
    );
}

#[test]
fn shards_of_a_run_keep_their_accounts() {
    let place = Place::new();
    place.json("one.json", &work(&[round(1, GOOD, &account())]));
    let mut other = work(&[round(1, GOOD, &changed("dry_run", json!(true)))]);
    other["benchmarks"][0]["id"]["target"] = json!("other");
    place.json("other.json", &other);
    let merged = place.call(&["merge", "one.json", "other.json", "--out", "run.json"]);
    assert_eq!(exit(&merged), 0, "{}", talk(&merged));
    let report = reported(&serde_json::from_str(&place.read("run.json")).unwrap());
    assert_eq!((&report["evidence_level"], report["proofs"].as_array().unwrap().len()), (&json!("dry_run"), 2));
}
