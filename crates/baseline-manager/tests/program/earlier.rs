//! The earlier values that the judge gets with the baseline.

use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, at, folder, main, run_entry};
use baseline_manager::{EarlierValues, prune, store_historical_data};
use bench_model::ledger::{Body, Entry, Promotion};
use bench_model::run::Mode;
use bench_model::{RunId, Sha256};

fn history(project: &Project, run_id: &str) -> Value {
    let perf = project.judged(run_id).perf;
    project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json()["history"].clone()
}

fn values(history: &Value) -> Vec<f64> {
    history[0]["points"].as_array().unwrap().iter().map(|point| point["value"].as_f64().unwrap()).collect()
}

#[test]
fn earlier_values_are_those_of_whole_clean_runs_on_main_of_the_same_epoch_and_mode() {
    let project = Project::new();
    assert_eq!(history(&project, "run-0"), Value::Null);
    type Change = fn(&mut Value);
    let left_out: [Change; 6] = [
        |perf| perf["provenance"]["source"]["branch"] = json!("topic"),
        |perf| perf["provenance"]["source"]["dirty"] = json!(true),
        |perf| perf["provenance"]["source"] = Value::Null,
        |perf| perf["complete"] = json!(false),
        |perf| perf["provenance"]["epoch"] = json!("epoch-b"),
        |perf| perf["plan"]["mode"] = json!("quick"),
    ];
    for (number, change) in left_out.iter().enumerate() {
        project.append_as("history", &format!("out-{number}"), |perf, _| change(perf)).ends(0, &[]);
    }
    for number in 1..=3 {
        let value = json!(4e9 + f64::from(number));
        let run = project.append_as("history", &format!("run-{number}"), |perf, _| perf["metrics"][0]["value"] = value);
        run.ends(0, &[]);
    }
    let found = history(&project, "run-4");
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["name"], &found[0]["unit"]),
        (1, &json!(METRIC), &json!("B/s"))
    );
    assert_eq!(values(&found), [4e9 + 1.0, 4e9 + 2.0, 4e9 + 3.0]);
    let mut point = found[0]["points"][0].clone();
    let time = point.as_object_mut().unwrap().remove("time").unwrap();
    let newest = project.on("history", &["history", "--format", "json"]).ends(0, &[]).out;
    let lines = newest.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.into_iter().find(|line| line["run_id"] == "run-1").unwrap()["time"], time);
    let expected = json!({ "run_id": "run-1", "commit": project.head(), "value": 4e9 + 1.0, "verdict": "unchanged" });
    assert_eq!(point, expected);
    // A run that is judged again knows what it knew the first time.
    assert_eq!(values(&history(&project, "run-2")), [4e9 + 1.0]);
}

#[test]
fn an_earlier_value_says_what_its_run_proves_by_its_accounts_and_not_by_its_word() {
    let project = Project::new();
    let account = |verified: u64| {
        let data = json!({ "sha256": "ab".repeat(32), "bytes": 1 });
        json!({ "work": "x", "dry_run": false, "planned": 500, "done": 500, "sampled": 100, "verified": verified,
                "input": data, "output": data })
    };
    for (run, accounts) in [
        ("run-1", json!([account(100), account(100)])),
        ("run-2", json!([account(100), account(99)])),
        ("run-3", Value::Null),
    ] {
        let appended = project.append_as("history", run, |perf, _| {
            perf["evidence_level"] = json!("real_workload");
            if !accounts.is_null() {
                perf["proofs"] = accounts;
            }
        });
        appended.ends(0, &[]);
    }
    let found = history(&project, "run-4");
    let levels: Vec<_> =
        found[0]["points"].as_array().unwrap().iter().map(|point| point.get("evidence_level")).collect();
    assert_eq!(levels, [Some(&json!("real_workload")), Some(&json!("ci_benchmark")), None]);
    // And what it worked on, so that only equal work is held against each other.
    let inputs: Vec<_> = found[0]["points"].as_array().unwrap().iter().map(|point| point.get("inputs")).collect();
    let data = json!(["ab".repeat(32)]);
    assert_eq!(inputs, [Some(&data), Some(&data), None]);
}

#[test]
fn a_run_that_was_no_measurement_is_a_line_of_the_ledger_and_no_point_of_any_history() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let unmeasured = |perf: &mut Value, verdict: &mut Value| {
        (perf["metrics"], perf["evidence_level"]) = (json!([]), json!("unmeasured"));
        verdict["load"] = json!({ "scenario": "smoke", "evaluable": false, "thresholds": [], "regressions": [] });
        verdict["status"] = json!("WARN");
        let metric = verdict["metrics"][0].as_object_mut().unwrap();
        metric.remove("value");
        (metric["verdict"], metric["rule"]) = (json!("missing"), json!("policy"));
    };
    project.append_as("history", "run-2", unmeasured).ends(0, &[]);
    assert_eq!(values(&history(&project, "run-3")), [4.2e9]);
    let shown = project.on("history", &["history", "--format", "json"]).ends(0, &[]).out;
    let lines: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["run_id"] == "run-2").unwrap();
    assert_eq!((&line["metrics"], &line["missing"]), (&json!([]), &json!([METRIC])));
    assert_eq!((&line["status"], &line["evidence_level"]), (&json!("WARN"), &json!("unmeasured")));
    assert!(project.on("history", &["trends"]).ends(0, &["1 run"]).out.contains(METRIC));
}

#[test]
fn a_first_run_is_told_that_main_was_measured_elsewhere_only() {
    let project = Project::new();
    let elsewhere = || {
        let perf = project.judged("run-x").perf;
        let found = project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        found["measured_elsewhere"].clone()
    };
    assert_eq!(elsewhere(), Value::Null);
    type Change = fn(&mut Value);
    let uncounted: [Change; 3] = [
        |perf| perf["provenance"]["source"]["branch"] = json!("topic"),
        |perf| perf["provenance"]["source"]["dirty"] = json!(true),
        |perf| perf["complete"] = json!(false),
    ];
    let append = |run: String, epoch: &str, change: Change| {
        let ran = project.append_as("history", &run, |perf, _| {
            perf["provenance"]["epoch"] = json!(epoch);
            change(perf);
        });
        ran.ends(0, &[]);
    };
    for (number, change) in uncounted.into_iter().enumerate() {
        append(format!("elsewhere-{number}"), "epoch-b", change);
        assert_eq!(elsewhere(), Value::Null, "case {number}");
    }
    append("quick".into(), "epoch-a", |perf| perf["plan"]["mode"] = json!("quick"));
    assert_eq!(elsewhere(), json!(true));
    for (number, change) in uncounted.into_iter().enumerate() {
        append(format!("here-{number}"), "epoch-a", change);
        assert_eq!(elsewhere(), json!(true), "case {number}");
    }
    append("here".into(), "epoch-a", |_| {});
    assert_eq!(elsewhere(), Value::Null);
}

#[test]
fn a_promotion_shows_where_main_was_measured_when_its_run_was_pruned() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    prune(&folder(&project.path().join("history")), 1, "an auditor", at("2300-01-01")).unwrap();
    let of = |epoch: &str| {
        let perf = project.judged_as("run-2", |perf, _| perf["provenance"]["epoch"] = json!(epoch)).perf;
        let found = project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        found["measured_elsewhere"].clone()
    };
    assert_eq!((of("epoch-a"), of("epoch-b")), (Value::Null, json!(true)));
    let elsewhere = project.append_as("history", "run-3", |perf, _| perf["provenance"]["epoch"] = json!("epoch-b"));
    elsewhere.ends(0, &[]);
    assert_eq!((of("epoch-a"), of("epoch-c")), (Value::Null, json!(true)));
}

#[test]
fn the_newest_500_values_of_the_newest_unit_are_kept() {
    let project = Project::new();
    let store = folder(&project.path().join("history"));
    let append = |number: u32, unit: &str| {
        let mut run = serde_json::to_value(run_entry(&format!("run-{number}"))).unwrap();
        run["metrics"][0]["unit"] = json!(unit);
        run["metrics"][0]["value"] = json!(number);
        let run: bench_model::ledger::RunEntry = serde_json::from_value(run).unwrap();
        store_historical_data(&store, &run.into(), &main(), at("2026-11-01")).unwrap();
    };
    (0..3).for_each(|number| append(number, "ns"));
    append(3, "B/s");
    assert_eq!(values(&history(&project, "run-x")), [3.0]);
    (4..510).for_each(|number| append(number, "B/s"));
    let found = values(&history(&project, "run-x"));
    assert_eq!((found.len(), found[0], found[499]), (500, 10.0, 509.0));
}

#[test]
fn a_point_says_whether_its_run_became_a_baseline_as_far_as_was_known_then() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        let promoted = |run_id: &str| {
            let perf = project.judged(run_id).perf;
            let found = project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
            let points = found["history"][0]["points"].as_array().unwrap().clone();
            let marked = points.iter().filter(|point| point["promoted"] == true);
            marked.map(|point| point["run_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        project.append(ledger, "run-1").ends(0, &[]);
        project
            .append_as(ledger, "run-2", |_, verdict| verdict["metrics"][0]["verdict"] = json!("regressed"))
            .ends(0, &[]);
        assert_eq!(promoted("run-9"), [""; 0]);
        project.promote(ledger, "run-1", None).ends(0, &[]);
        project.commit("second");
        project.promote(ledger, "run-3", Some("run-1")).ends(0, &[]);
        assert_eq!(promoted("run-9"), ["run-1", "run-3"]);
        assert_eq!(promoted("run-3"), ["run-1"]);
        assert_eq!(promoted("run-2"), [""; 0]);
        // A baseline of another mode is none here.
        let quick = project.judged_as("run-4", |perf, _| perf["plan"]["mode"] = json!("quick"));
        let check = format!("ci@{}", project.head());
        project
            .on(ledger, &[quick.with("promote").as_slice(), &["--tests-check", &check, "--new-epoch"]].concat())
            .ends(0, &[]);
        assert_eq!(promoted("run-9"), ["run-1", "run-3"]);
        let found = history_in(&project, ledger, "run-9");
        assert_eq!(found[0]["points"][1]["verdict"], "regressed");
    }
}

fn history_in(project: &Project, ledger: &str, run_id: &str) -> Value {
    let perf = project.judged(run_id).perf;
    project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json()["history"].clone()
}

#[test]
fn a_promotion_that_a_marker_carries_marks_its_run_even_where_that_is_appended_again() {
    let run = run_entry("run-1");
    let (epoch, asked): (_, RunId) = (run.epoch.clone(), "run-9".parse().unwrap());
    let promotion: Promotion = serde_json::from_value(json!({
        "run_id": "run-1", "commit": "a".repeat(40), "epoch": epoch, "mode": "full", "digests": run.digests,
        "criteria": [], "metrics": []
    }))
    .unwrap();
    let marker = json!({ "last_seq": 2, "last_line": Sha256::zero(), "keep_months": 1, "author": "an auditor",
                         "promotions": [{ "seq": 2, "promotion": promotion }] });
    let carried = Body::Retention(serde_json::from_value(marker).unwrap());
    let entry = |seq, body| Entry { seq, prev: Sha256::zero(), time: at("2026-11-01"), body, digest: Sha256::zero() };
    let (first, again) = (entry(3, Body::Run(run)), entry(4, carried));
    for order in [[&first, &again], [&again, &first]] {
        let mut earlier = EarlierValues::new(&asked, &epoch, Mode::Full, main());
        order.into_iter().for_each(|entry| earlier.visit(entry));
        let history = earlier.finish().history;
        assert_eq!(history[0].points.iter().map(|point| point.promoted).collect::<Vec<_>>(), [true]);
    }
}
