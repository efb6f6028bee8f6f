//! Noise: what a comparison of head with head leaves in the ledger, and what leaves nothing.

use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, pairing};

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
