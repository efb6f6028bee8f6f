//! Noise: what a comparison of head with head leaves in the ledger, and what leaves nothing.

use serde_json::{Value, json};

use baseline_manager::{prune, verify};

use crate::fixture::{METRIC, Project, at, folder, pairing, segments};

fn noise(floor: f64) -> Value {
    json!([{ "name": METRIC, "floor": floor, "rounds": 5, "comparisons": 20, "alarms": 0 }])
}

/// Appends what a run learned about noise.
fn append(project: &Project, ledger: &str, run_id: &str, floor: f64, epoch: &str) -> crate::fixture::Ran {
    project.append_as(ledger, run_id, |perf, verdict| {
        perf["plan"]["pairing"] = pairing("noise", "head", "first");
        perf["provenance"]["epoch"] = json!(epoch);
        verdict["noise"] = noise(floor);
    })
}

#[test]
fn the_newest_noise_of_an_epoch_reaches_the_baseline_and_is_no_run() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        append(&project, ledger, "noise-1", 0.02, "epoch-a")
            .ends(0, &["the noise that run noise-1 measured", "line 1"]);
        append(&project, ledger, "noise-2", 0.03, "epoch-a").ends(0, &["line 2"]);
        append(&project, ledger, "noise-3", 0.5, "epoch-b").ends(0, &["line 3"]);
        append(&project, ledger, "noise-2", 0.03, "epoch-a").ends(0, &["already line 2"]);
        let perf = project.judged("run-1").perf;
        let found = project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        assert_eq!((&found["noise"], &found["history"]), (&noise(0.03), &Value::Null));
        project.on(ledger, &["verify"]).ends(0, &["lines  3: 3 noise measurements"]);
        project.on(ledger, &["history"]).ends(0, &["holds no run"]);
    }
}

/// Appends the floors that a run measured, of the metrics named.
fn append_floors(project: &Project, run_id: &str, floors: &[(&str, f64)]) {
    let ran = project.append_as("history", run_id, |perf, verdict| {
        perf["plan"]["pairing"] = pairing("noise", "head", "first");
        let one = |(name, floor): &(&str, f64)| json!({ "name": name, "floor": floor, "rounds": 5, "comparisons": 20, "alarms": 1 });
        verdict["noise"] = floors.iter().map(one).collect();
    });
    ran.ends(0, &["noise that run"]);
}

/// The floors that the next run is judged with.
fn floors(project: &Project) -> Vec<(String, f64)> {
    let perf = project.judged("run-next").perf;
    let found = project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
    let floor = |metric: &Value| (metric["name"].as_str().unwrap().to_owned(), metric["floor"].as_f64().unwrap());
    found["noise"].as_array().unwrap().iter().map(floor).collect()
}

#[test]
fn noise_of_some_metrics_leaves_that_of_the_others_through_every_prune() {
    let project = Project::new();
    append_floors(&project, "noise-1", &[("m/a#time", 0.01), ("m/b#time", 0.02), ("m/c#time", 0.03)]);
    append_floors(&project, "noise-2", &[("m/b#time", 0.05)]);
    let expected = |b: f64| [("m/a#time".to_owned(), 0.01), ("m/b#time".to_owned(), b), ("m/c#time".to_owned(), 0.03)];
    assert_eq!(floors(&project), expected(0.05));

    let store = folder(&project.path().join("history"));
    for day in ["2300-01-01", "2301-01-01"] {
        prune(&store, 1, "an auditor", at(day)).unwrap();
        assert_eq!(floors(&project), expected(0.05));
        let [noise] = verify(&store, None).unwrap().noise.try_into().unwrap();
        assert_eq!((noise.metrics, noise.comparisons, noise.alarms), (3, 60, 3));
    }
    // What was replaced is not carried.
    let text = std::fs::read_to_string(segments(&project.path().join("history")).remove(0)).unwrap();
    assert_eq!(text.matches("m/b#time").count(), 1, "{text}");
    append_floors(&project, "noise-3", &[("m/b#time", 0.04)]);
    assert_eq!(floors(&project), expected(0.04));
}

#[test]
fn noise_measured_behind_what_a_prune_removed_outlasts_what_it_carries() {
    let project = Project::new();
    append_floors(&project, "noise-1", &[("m/a#time", 0.01), ("m/b#time", 0.02)]);
    let store = folder(&project.path().join("history"));
    let first = segments(&project.path().join("history")).remove(0);
    let old = std::fs::read(&first).unwrap();
    prune(&store, 1, "an auditor", at("2300-01-01")).unwrap();
    append_floors(&project, "noise-2", &[("m/b#time", 0.05)]);
    let expected = [("m/a#time".to_owned(), 0.01), ("m/b#time".to_owned(), 0.05)];
    assert_eq!(floors(&project), expected);
    // So it does when the removal was interrupted.
    std::fs::write(&first, old).unwrap();
    assert_eq!(floors(&project), expected);
}

#[test]
fn what_is_no_run_of_its_own_is_not_kept_and_says_why() {
    let project = Project::new();
    let cases = [
        (pairing("plant", "head", "first"), "planted"),
        (pairing("change", "base", "first"), "base side"),
        (pairing("change", "head", "confirm"), "confirms"),
        (pairing("noise", "head", "first"), "says nothing"),
    ];
    for (side, why) in cases {
        let ran = project.append_as("history", "run-1", |perf, _| perf["plan"]["pairing"] = side);
        let ran = ran.ends(0, &["not appended", why]);
        assert_eq!(ran.out, "");
    }
    assert!(!project.path().join("history").exists());
}

#[test]
fn a_run_that_learned_about_noise_is_not_promoted() {
    let project = Project::new();
    let judged = project.judged_as("noise-1", |perf, verdict| {
        perf["plan"]["pairing"] = pairing("noise", "head", "first");
        verdict["noise"] = noise(0.02);
    });
    let check = format!("ci@{}", project.head());
    let promote = [judged.with("promote").as_slice(), &["--tests-check", &check]].concat();
    project.on("history", &promote).ends(1, &["CBKB006", "measured-to-be-judged", "noise looks like"]);
}
