//! Pruning: old months go, the chain still verifies, and what is in force stays.

use std::path::Path;

use baseline_manager::{Error, Place, Store, prune, verify};
use bench_model::ledger::ChainProblem;

use serde_json::json;

use crate::fixture::{
    Judged, METRIC, Project, append_at, at, compare_in_turns, compare_with, folder, head_of, pairing, regress, segments,
};

fn git_ref(project: &Project) -> Store {
    let place = Place::Ref { name: "refs/perfledger/ledger".into(), read_only: false };
    Store::open(&place, project.path()).unwrap()
}

/// Old months before the run of today.
fn old_months(store: &Store) {
    for (number, day) in
        ["2020-01-05", "2020-02-01", "2020-02-02", "2020-03-01", "2020-03-02", "2020-03-03"].iter().enumerate()
    {
        append_at(store, &format!("old-{number}"), day);
    }
    append_at(store, "kept", "2020-12-01");
}

#[test]
fn whole_old_months_go_and_the_chain_still_holds() {
    let project = Project::new();
    let in_folder = project.path().join("history");
    for (ledger, store) in [("history", folder(&in_folder)), ("refs/perfledger/ledger", git_ref(&project))] {
        old_months(&store);
        let before = verify(&store, None).unwrap();
        let pruned = prune(&store, 6, "an auditor", at("2021-01-15")).unwrap();
        assert_eq!(pruned.removed, ["2020-01.jsonl", "2020-02.jsonl", "2020-03.jsonl"]);
        assert_eq!(pruned.last_seq, Some(6));
        let after = verify(&store, Some(&before.head)).unwrap();
        assert_eq!((after.first_seq, after.lines, after.last_seq), (7, 2, 8));
        assert_eq!(after.head, pruned.head);
        // The last removed line is still attested, lines inside the removed range are not.
        project.on(ledger, &["verify"]).ends(0, &["pruned lines up to 6", "an auditor"]);
        let json = project.on(ledger, &["verify", "--format", "json"]).ends(0, &[]).json();
        assert_eq!(json["markers"][0]["last_seq"], 6);
        project
            .on(ledger, &["verify", "--head", &"5".repeat(64)])
            .ends(1, &["may be the head of lines that were pruned"]);
        let again = prune(&store, 6, "an auditor", at("2021-01-15")).unwrap();
        assert_eq!((again.removed.len(), &again.head), (0, &after.head));
    }
}

#[test]
fn what_is_in_force_outlives_every_prune() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        let in_folder = project.path().join("history");
        let store = if ledger == "history" { folder(&in_folder) } else { git_ref(&project) };
        old_months(&store);
        // The promotion is of today, by the program; then time goes on, twice.
        project.promote(ledger, "run-1", None).ends(0, &[]);
        for day in ["2300-01-01", "2301-01-01"] {
            prune(&store, 1, "an auditor", at(day)).unwrap();
            verify(&store, None).unwrap();
            append_at(&store, &format!("run-of-{day}"), day);
        }
        let perf = project.judged("run-2").perf;
        let found = project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        assert_eq!(found["promotion"]["run_id"], "run-1");
        assert_eq!(found["promotion"]["metrics"][0]["name"], METRIC);
        // It is replaced like any other.
        project.commit("second");
        project.promote(ledger, "run-2", Some("run-1")).ends(0, &["is the baseline now"]);
        let found = project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        assert_eq!(found["promotion"]["run_id"], "run-2");
    }
}

#[test]
fn anchors_noise_and_open_incidents_outlive_every_prune() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        let in_folder = project.path().join("history");
        let store = if ledger == "history" { folder(&in_folder) } else { git_ref(&project) };
        old_months(&store);
        let check = |run: &Judged, anchor: &[&str]| {
            let check = format!("ci@{}", project.head());
            project
                .on(ledger, &[run.with("promote").as_slice(), &["--tests-check", &check], anchor].concat())
                .ends(0, &[])
        };
        check(&project.judged("run-1"), &["--anchor", "v1"]);
        project.commit("second");
        let good = project.head();
        check(&project.judged_as("run-2", |_, verdict| compare_with(verdict, Some("run-1"))), &[]);
        let bad = project.commit("third");
        project.append_as(ledger, "run-3", |_, verdict| regress(verdict, -0.1, &good)).ends(0, &["incident opened"]);
        let noise = project.append_as(ledger, "noise-1", |perf, verdict| {
            perf["plan"]["pairing"] = pairing("noise", "head", "first");
            verdict["noise"] = json!([{ "name": METRIC, "floor": 0.02, "rounds": 5, "comparisons": 9, "alarms": 1 }]);
        });
        noise.ends(0, &[]);
        let opened = project.incidents(ledger);
        for day in ["2300-01-01", "2301-01-01"] {
            prune(&store, 1, "an auditor", at(day)).unwrap();
            verify(&store, None).unwrap();
            append_at(&store, &format!("run-of-{day}"), day);
        }
        let perf = project.judged("run-4").perf;
        let found = project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        assert_eq!((&found["promotion"]["run_id"], &found["anchor"]["run_id"]), (&json!("run-2"), &json!("run-1")));
        assert_eq!((&found["anchor"]["anchor"], &found["noise"][0]["floor"]), (&json!("v1"), &json!(0.02)));
        let still = project.incidents(ledger);
        assert_eq!((&still[0]["opened"], &still[0]["opened_seq"]), (&opened[0]["opened"], &opened[0]["opened_seq"]));
        // The carried incident closes like any other, and what closed is not carried any further.
        project.commit("fourth");
        let closed = project.append_as(ledger, "run-5", |_, verdict| compare_in_turns(verdict, "unchanged", &good));
        closed.ends(0, &["incident closed, recovered"]);
        let rows = project.incidents(ledger);
        assert_eq!(
            (rows.len(), &rows[0]["state"], &rows[0]["opened"]["commit"]),
            (1, &json!("recovered"), &json!(bad))
        );
        prune(&store, 1, "an auditor", at("2302-01-01")).unwrap();
        assert_eq!(project.incidents(ledger), [] as [serde_json::Value; 0]);
    }
}

#[test]
fn an_anchor_that_is_the_baseline_too_is_carried_once() {
    let project = Project::new();
    let store = folder(&project.path().join("history"));
    let check = format!("ci@{}", project.head());
    let run = project.judged("run-1");
    let promote = [run.with("promote").as_slice(), &["--tests-check", &check, "--anchor", "v1"]].concat();
    project.on("history", &promote).ends(0, &[]);
    prune(&store, 1, "an auditor", at("2300-01-01")).unwrap();
    let text = std::fs::read_to_string(segments(&project.path().join("history")).remove(0)).unwrap();
    assert_eq!(text.matches("\"anchor\":\"v1\"").count(), 1, "{text}");
    let perf = project.judged("run-2").perf;
    let found = project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
    assert_eq!((&found["promotion"]["run_id"], &found["anchor"]["run_id"]), (&json!("run-1"), &json!("run-1")));
}

fn copy_segments(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in segments(from) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[test]
fn an_interruption_between_marker_and_each_removal_leaves_a_ledger_that_holds_and_can_be_pruned_on() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, done) = (dir.path().join("whole"), dir.path().join("done"));
    old_months(&folder(&whole));
    copy_segments(&whole, &done);
    let now = at("2021-01-15");
    let finished = prune(&folder(&done), 6, "an auditor", now).unwrap();
    for removed in 0..=3 {
        let interrupted = dir.path().join(format!("interrupted-{removed}"));
        copy_segments(&whole, &interrupted);
        copy_segments(&done, &interrupted);
        for file in segments(&interrupted).iter().take(removed) {
            std::fs::remove_file(file).unwrap();
        }
        let store = folder(&interrupted);
        verify(&store, None).unwrap();
        let again = prune(&store, 6, "an auditor", now).unwrap();
        assert_eq!((again.removed.len(), &again.head), (3 - removed, &finished.head));
        assert_eq!(segments(&interrupted).len(), segments(&done).len());
    }
}

#[test]
fn a_marker_explains_its_own_range_and_nothing_beyond() {
    let dir = tempfile::tempdir().unwrap();
    let store = folder(dir.path());
    for day in ["2020-01-05", "2020-02-01", "2020-11-01", "2020-12-01"] {
        append_at(&store, &format!("run-{day}"), day);
    }
    prune(&store, 6, "an auditor", at("2021-01-15")).unwrap();
    std::fs::remove_file(dir.path().join("2020-11.jsonl")).unwrap();
    let found = verify(&store, None);
    let Err(Error::Broken { source, line: 1, .. }) = found else { panic!("{found:?}") };
    assert_eq!(source.problem, ChainProblem::Unexplained { first: 4 });
}

#[test]
fn a_ledger_whose_every_month_is_old_keeps_the_marker_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = folder(dir.path());
    append_at(&store, "run-1", "2020-01-05");
    let pruned = prune(&store, 6, "an auditor", at("2026-01-15")).unwrap();
    let after = verify(&store, None).unwrap();
    assert_eq!((after.lines, after.first_seq, after.head), (1, 2, pruned.head));
    append_at(&store, "run-2", "2026-01-16");
    assert_eq!(verify(&store, None).unwrap().lines, 2);
}

#[test]
fn the_program_prunes_by_flag_or_setting_and_says_when_there_is_nothing() {
    let project = Project::new();
    let store = folder(&project.path().join("history"));
    project.on("history", &["prune", "--author", "me"]).ends(0, &["nothing to prune"]);
    old_months(&store);
    let head = head_of(&project, "history");
    project.on("history", &["prune", "--author", " "]).ends(2, &["CBKB101", "--author"]);
    project.on("history", &["prune", "--keep-months", "0", "--author", "me"]).ends(2, &["CBKB101", "keep_months"]);
    project.on("history", &["prune", "--keep-months", "5000", "--author", "me"]).ends(0, &["nothing to prune"]);
    assert_eq!(head_of(&project, "history"), head);
    project
        .on("history", &["prune", "--author", "me"])
        .ends(0, &["removed 2020-01.jsonl to 2020-12.jsonl (up to line 7)"]);
    project.on("history", &["verify"]).ends(0, &["pruned lines up to 7", "by me"]);
}

#[test]
fn a_clock_that_goes_back_stays_in_the_last_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = folder(dir.path());
    append_at(&store, "run-1", "2026-03-01");
    append_at(&store, "run-2", "2026-01-01");
    assert_eq!(segments(dir.path()).len(), 1);
    assert_eq!(verify(&store, None).unwrap().lines, 2);
}
