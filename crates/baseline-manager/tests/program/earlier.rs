//! The earlier values that the judge gets with the baseline.

use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, at, folder, main, run_entry};
use baseline_manager::{prune, store_historical_data};

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
    assert_eq!(found[0]["points"][0], json!({ "run_id": "run-1", "commit": project.head(), "value": 4e9 + 1.0 }));
    // A run that is judged again knows what it knew the first time.
    assert_eq!(values(&history(&project, "run-2")), [4e9 + 1.0]);
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
