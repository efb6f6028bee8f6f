//! Change points in `trends` and `history`, and the range that a bisection starts from.

use baseline_manager::{Store, store_historical_data};
use bench_model::ledger::RunEntry;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, at, folder, main, regress, run_entry};

const LEDGER: &str = "history";

/// A commit id that shows its number.
fn commit(number: usize) -> String {
    format!("{number:07}").repeat(6)[..40].to_owned()
}

/// Runs of these values on main, one for each commit.
fn runs(store: &Store, values: &[f64], change: impl Fn(usize, &mut Value)) {
    for (number, value) in values.iter().enumerate() {
        let mut run = serde_json::to_value(run_entry(&format!("run-{number}"))).unwrap();
        run["commit"] = json!(commit(number));
        run["metrics"][0]["value"] = json!(value);
        change(number, &mut run);
        let run: RunEntry = serde_json::from_value(run).unwrap();
        store_historical_data(store, &run.into(), &main(), at("2026-11-01")).unwrap();
    }
}

/// A quiet level, and from `step` on one that is lower by a tenth.
fn stepped(count: usize, step: usize) -> Vec<f64> {
    let wobble = |at: usize| [0.0, 0.004, -0.003, 0.002, -0.005, 0.003, -0.001][at % 7];
    (0..count).map(|at| 4.2e9 * (1.0 + wobble(at)) * if at < step { 1.0 } else { 0.9 }).collect()
}

fn picture(project: &Project, arguments: &[&str]) -> String {
    let ran = project.on(LEDGER, arguments).ends(0, &[]);
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    // How large it is and how sure is for the statistics' own tests.
    let unsized_line = |line: &str| match line.strip_prefix("  ^ ").and_then(|line| line.split_once(") in ")) {
        Some((_, rest)) => format!("  ^ SIZE in {}\n", rest.split(", strength").next().unwrap()),
        None => format!("{line}\n"),
    };
    ran.out.lines().map(unsized_line).collect()
}

#[test]
fn trends_mark_a_change_point_and_name_its_commits() {
    let project = Project::new();
    runs(&folder(&project.path().join(LEDGER)), &stepped(40, 25), |_, _| {});
    assert_snapshot!(picture(&project, &["trends", METRIC]), @r"
    epoch epoch-a, full mode, 40 runs, 2026-11-01
    metric                                   median  newest  change  trend
    demo/decode/display/1000#throughput  3.90 GiB/s    3.50  -10.5%  ▁▁▁▁▁▁▂▁▁▁
    demo/decode/display/1000#throughput
      ████▇██████▇██████▇██████▁▁▁▁▂▁▁▁▁▁▁▂▁▁▁
                               ^
      ^ SIZE in 0000024..0000025, run run-25
    ");
    let trend = project.on(LEDGER, &["trends", METRIC, "--format", "json"]).ends(0, &[]).json();
    let change = &trend["changes"][0];
    assert_eq!((&change["run_id"], &change["commit"]), (&json!("run-25"), &json!(commit(25))));
    assert_eq!(change["between"], json!({ "good": commit(24), "bad": commit(25) }));
    let size = change["change"].as_f64().unwrap();
    assert!((size + 0.1).abs() < 0.01, "{size}");
    assert!(change["interval"][0].as_f64() < Some(size) && Some(size) < change["interval"][1].as_f64());
    assert_eq!(trend["marks"], format!("{}^", " ".repeat(25)));
    assert_eq!(trend["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn history_of_a_metric_marks_the_run_and_names_the_commits() {
    let project = Project::new();
    runs(&folder(&project.path().join(LEDGER)), &stepped(40, 37), |_, _| {});
    assert_snapshot!(picture(&project, &["history", METRIC, "--limit", "5"]), @r"
    demo/decode/display/1000#throughput
    run     appended          commit        value  change  verdict    notes
    run-39  2026-11-01 12:00  0000039  3.50 GiB/s   -0.7%  unchanged
    run-38  2026-11-01 12:00  0000038  3.53 GiB/s   +0.5%  unchanged
    run-37  2026-11-01 12:00  0000037  3.51 GiB/s  -10.6%  unchanged  ^
    run-36  2026-11-01 12:00  0000036  3.93 GiB/s   +0.4%  unchanged
    run-35  2026-11-01 12:00  0000035  3.91 GiB/s   +0.1%  unchanged

    epoch epoch-a, full mode
      ████▇██████▇██████▇██████▇██████▇████▁▁▁
                                           ^
      ^ SIZE in 0000036..0000037, run run-37
    ");
    let lines = project.on(LEDGER, &["history", METRIC, "--format", "json"]).ends(0, &[]).out;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.iter().all(|row| row["kind"] == "run"));
    let marked: Vec<_> = rows.iter().filter(|row| !row["change_point"].is_null()).map(|row| &row["run_id"]).collect();
    assert_eq!(marked, ["run-37"]);
}

#[test]
fn a_change_point_before_the_shown_values_is_listed_and_not_marked() {
    let project = Project::new();
    runs(&folder(&project.path().join(LEDGER)), &stepped(150, 20), |_, _| {});
    let trend = project.on(LEDGER, &["trends", METRIC, "--format", "json"]).ends(0, &[]).json();
    assert_eq!((&trend["changes"][0]["run_id"], &trend["marks"]), (&json!("run-20"), &Value::Null));
    assert_eq!(trend["sparkline"].as_str().unwrap().chars().count(), 72);
    project.on(LEDGER, &["trends", METRIC]).ends(0, &["^ -10", "0000019..0000020, run run-20"]);
}

#[test]
fn a_drift_and_a_suspect_are_told_as_such() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    let noise = stepped(120, 120);
    let drift: Vec<_> = noise.iter().enumerate().map(|(at, value)| value * (1.0 - 0.001 * at as f64)).collect();
    runs(&store, &drift, |_, run| run["metrics"][0]["name"] = json!("demo/drift#throughput"));
    let mut suspect = stepped(60, 60);
    suspect.push(4.2e9 * 0.9865);
    runs(&store, &suspect, |number, run| {
        run["run_id"] = json!(format!("other-{number}"));
        run["metrics"][0]["name"] = json!("demo/suspect#throughput");
    });
    project.on(LEDGER, &["trends", "demo/drift#throughput"]).ends(0, &["drift: -", "no commit to blame"]);
    let text = ["suspect: -", &commit(60)[..7], "other-60", "measure again"];
    project.on(LEDGER, &["trends", "demo/suspect#throughput"]).ends(0, &text);
    let both = ["trends", "demo/drift#throughput", "demo/suspect#throughput", "--format", "json"];
    let lines = project.on(LEDGER, &both).ends(0, &[]).out;
    let trends: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((trends[0]["drift"].is_object(), trends[1]["suspect"].is_object()), (true, true), "{trends:#?}");
}

#[test]
fn runs_beside_the_main_branch_make_no_change_point() {
    let project = Project::new();
    runs(&folder(&project.path().join(LEDGER)), &stepped(40, 25), |number, run| {
        run["branch"] = json!(if number < 25 { "main" } else { "topic" });
    });
    let trend = project.on(LEDGER, &["trends", METRIC, "--format", "json"]).ends(0, &[]).json();
    assert_eq!((&trend["runs"], &trend["changes"]), (&json!(40), &Value::Null));
}

fn range(project: &Project) -> (Option<i32>, String) {
    let ran = project.on(LEDGER, &["range", METRIC]);
    (ran.code, ran.out)
}

#[test]
fn a_range_of_a_headline_names_the_metric_in_full() {
    let project = Project::new();
    std::fs::create_dir(project.path().join("config")).unwrap();
    let headline = format!(
        "[[headline]]\nname = \"display_gibs\"\nlabel = \"DISPLAY\"\nmetric = \"{METRIC}\"\nunit = \"GiB/s\"\n"
    );
    std::fs::write(project.path().join("config/perfledger.toml"), headline).unwrap();
    runs(&folder(&project.path().join(LEDGER)), &stepped(3, 3), |number, run| {
        run["metrics"][0]["verdict"] = json!(if number == 2 { "regressed" } else { "unchanged" });
    });
    let found = project.on(LEDGER, &["range", "display_gibs"]).ends(0, &[]).out;
    assert_eq!(found, format!("good {}\nbad {}\nmetric {METRIC}\n", commit(1), commit(2)));
    let json = project.on(LEDGER, &["range", "display_gibs", "--format", "json"]).ends(0, &[]).json();
    assert_eq!(json["metric"], METRIC);
}

fn ends(good: &str, bad: &str) -> (Option<i32>, String) {
    (Some(0), format!("good {good}\nbad {bad}\nmetric {METRIC}\n"))
}

#[test]
fn a_range_comes_from_an_open_incident_else_from_the_newest_loss_else_from_the_verdicts() {
    let project = Project::new();
    let (good, bad) = (project.head(), project.commit("slower"));
    let store = folder(&project.path().join(LEDGER));
    runs(&store, &stepped(3, 3), |_, _| {});
    project.on(LEDGER, &["range", METRIC]).ends(3, &["CBKB101", METRIC, "--good", "--bad"]);
    let turn = |number: usize, run: &mut Value| {
        run["run_id"] = json!(format!("turn-{number}"));
        run["metrics"][0]["verdict"] = json!(if number == 2 { "regressed" } else { "unchanged" });
    };
    runs(&store, &stepped(3, 3), turn);
    assert_eq!(range(&project), ends(&commit(1), &commit(2)));

    // A gain is no reason to search, a loss is.
    let gained: Vec<_> = stepped(40, 20).iter().map(|value| 4.2e9 * 4.2e9 / value).collect();
    runs(&store, &gained, |number, run| run["run_id"] = json!(format!("gain-{number}")));
    assert_eq!(range(&project), ends(&commit(1), &commit(2)));
    let lost: Vec<_> = stepped(40, 20).iter().map(|value| value / 0.9).collect();
    runs(&store, &lost, |number, run| run["run_id"] = json!(format!("loss-{number}")));
    assert_eq!(range(&project), ends(&commit(19), &commit(20)));

    project.append_as(LEDGER, "run-bad", |_, verdict| regress(verdict, -0.1, &good)).ends(0, &["incident opened"]);
    assert_eq!(range(&project), ends(&good, &bad));
    let json = project.on(LEDGER, &["range", METRIC, "--format", "json"]).ends(0, &[]).json();
    assert_eq!(json, json!({ "metric": METRIC, "good": good, "bad": bad, "from": "incident" }));
    project.on(LEDGER, &["range", "demo/decode/displax/1000#throughput"]).ends(2, &["did you mean", METRIC]);
}
