//! Anchors: promotions that later ones do not replace.

use serde_json::{Value, json};

use crate::fixture::{Project, compare_with, head_of};

fn promote(project: &Project, ledger: &str, run_id: &str, against: Option<&str>, anchor: &str) -> crate::fixture::Ran {
    let judged = project.judged_as(run_id, |_, verdict| compare_with(verdict, against));
    let check = format!("ci@{}", project.head());
    project.on(ledger, &[judged.with("promote").as_slice(), &["--tests-check", &check, "--anchor", anchor]].concat())
}

fn baseline(project: &Project, ledger: &str) -> Value {
    let perf = project.judged("run-next").perf;
    project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json()
}

#[test]
fn later_promotions_do_not_replace_an_anchor_and_a_newer_anchor_does() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        promote(&project, ledger, "run-1", None, "v1.0").ends(0, &["it is the anchor v1.0"]);
        let first = project.head();
        project.commit("second");
        project.promote(ledger, "run-2", Some("run-1")).ends(0, &[]);
        let found = baseline(&project, ledger);
        assert_eq!((&found["promotion"]["run_id"], &found["anchor"]["run_id"]), (&json!("run-2"), &json!("run-1")));
        assert_eq!(found["anchor"]["anchor"], "v1.0");
        project.on(ledger, &["verify"]).ends(0, &["anchor v1.0: run run-1", &first[..7]]);
        project.on(ledger, &["history"]).ends(0, &["anchor v1.0", "baseline"]);

        // What is the baseline already becomes an anchor, once.
        promote(&project, ledger, "run-2", Some("run-1"), "v1.1").ends(0, &["line 5", "it is the anchor v1.1"]);
        let head = head_of(&project, ledger);
        promote(&project, ledger, "run-2", Some("run-1"), "v1.1").ends(0, &["is the baseline already"]);
        project.promote(ledger, "run-2", Some("run-1")).ends(0, &["is the baseline already"]);
        assert_eq!(head_of(&project, ledger), head);
        let found = baseline(&project, ledger);
        assert_eq!((&found["promotion"]["run_id"], &found["anchor"]["anchor"]), (&json!("run-2"), &json!("v1.1")));
        let verified = project.on(ledger, &["verify", "--format", "json"]).ends(0, &[]).json();
        assert_eq!(
            (verified["anchors"].as_array().unwrap().len(), &verified["anchors"][0]["name"]),
            (1, &json!("v1.1"))
        );
    }
}

#[test]
fn an_anchor_has_a_name_that_people_can_read() {
    let project = Project::new();
    let long = "x".repeat(65);
    for name in ["", " ", "a\u{7}b", " v1", &long] {
        promote(&project, "history", "run-1", None, name).ends(2, &["CBKB101", "1 to 64 visible characters"]);
    }
    promote(&project, "history", "run-1", None, &long[1..]).ends(0, &[]);
}
