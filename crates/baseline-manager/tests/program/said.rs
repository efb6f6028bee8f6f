//! What people say of a promotion, and what a line keeps of its run.

use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, Ran, compare_with, head_of};

const PLACES: [&str; 2] = ["history", "refs/perfledger/ledger"];

fn promote(project: &Project, ledger: &str, run_id: &str, against: Option<&str>, more: &[&str]) -> Ran {
    let judged = project.judged_as(run_id, |_, verdict| compare_with(verdict, against));
    let check = format!("ci@{}", project.head());
    project.on(ledger, &[judged.with("promote").as_slice(), &["--tests-check", &check], more].concat())
}

/// Every line's body with its kind.
fn lines(project: &Project, ledger: &str) -> Vec<(String, Value)> {
    let text = project.on(ledger, &["export"]).ends(0, &[]).out;
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["kind"].as_str().unwrap().to_owned(), line["body"].clone())).collect()
}

fn said(body: &Value) -> (&Value, &Value) {
    (&body["author"], &body["reason"])
}

#[test]
fn a_promotion_says_who_and_why_when_that_was_said_and_nothing_otherwise() {
    for ledger in PLACES {
        let project = Project::new();
        crate::fixture::git(project.path(), &["config", "user.name", "a git user"]);
        promote(&project, ledger, "run-1", None, &[]).ends(0, &["is the baseline now"]);
        project.commit("second");
        let more = ["--author", " Zoë <z@example.org>", "--reason", "release | `1.2`"];
        let ran = promote(&project, ledger, "run-2", Some("run-1"), &more);
        ran.ends(0, &["promoted by Zoë <z@example.org>: release | `1.2`"]);
        let found = lines(&project, ledger);
        assert_eq!(said(&found[1].1), (&Value::Null, &Value::Null));
        assert_eq!(said(&found[3].1), (&json!("Zoë <z@example.org>"), &json!("release | `1.2`")));

        let shown = project.on(ledger, &["history"]).ends(0, &[]);
        let told: Vec<_> = shown.out.lines().filter(|line| line.contains(" promoted")).collect();
        assert_eq!(told, ["run run-2 promoted by Zoë <z@example.org>: release | `1.2` (line 4)"]);
        let shown = project.on(ledger, &["history", "--format", "json"]).ends(0, &[]).out;
        let rows: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = json!([{ "seq": 4, "author": "Zoë <z@example.org>", "reason": "release | `1.2`" }]);
        assert_eq!((&rows[0]["said"], &rows[1]["said"]), (&expected, &Value::Null));

        // A retry changes nothing, and says so when it says something else.
        let head = head_of(&project, ledger);
        let again = promote(&project, ledger, "run-2", Some("run-1"), &more).ends(0, &["is the baseline already"]);
        assert!(!again.err.contains("not recorded"), "{again:?}");
        promote(&project, ledger, "run-2", Some("run-1"), &["--author", "another"])
            .ends(0, &["is the baseline already", "not recorded: line 4 stands"]);
        assert_eq!(head_of(&project, ledger), head);
    }
}

#[test]
fn what_makes_a_baseline_an_anchor_says_who_did_that_and_not_who_promoted_it_before() {
    for ledger in PLACES {
        let project = Project::new();
        promote(&project, ledger, "run-1", None, &["--author", "first", "--reason", "faster"]).ends(0, &[]);
        promote(&project, ledger, "run-1", None, &["--anchor", "v1", "--author", "second"])
            .ends(0, &["promoted by second"]);
        let silent =
            promote(&project, ledger, "run-1", None, &["--anchor", "v2", "--format", "json"]).ends(0, &[]).json();
        assert_eq!(said(&silent), (&Value::Null, &Value::Null));
        let found = lines(&project, ledger);
        let all: Vec<_> = found[1..].iter().map(|(_, body)| said(body)).collect();
        let (first, second, none) = (json!("first"), json!("second"), Value::Null);
        assert_eq!(all, [(&first, &json!("faster")), (&second, &none), (&none, &none)]);
        let shown = project.on(ledger, &["history"]).ends(0, &[]);
        shown.ends(
            0,
            &["run run-1 promoted by first: faster (line 2)", "run run-1 promoted as anchor v1 by second (line 3)"],
        );
    }
}

#[test]
fn who_and_why_also_come_from_the_environment_that_every_flag_has() {
    let project = Project::new();
    let judged = project.judged("run-1");
    let check = format!("ci@{}", project.head());
    let arguments = [judged.with("promote").as_slice(), &["--tests-check", &check, "--ledger", "history"]].concat();
    let mut command = project.command(&arguments);
    command.env("PERFLEDGER_AUTHOR", "a job").env("PERFLEDGER_REASON", "nightly").env("USER", "somebody");
    Ran::of(command.output().unwrap()).ends(0, &["promoted by a job: nightly"]);
    assert_eq!(said(&lines(&project, "history")[1].1), (&json!("a job"), &json!("nightly")));
}

#[test]
fn who_and_why_are_one_visible_line_of_some_length() {
    let project = Project::new();
    let (author, reason) = ("x".repeat(201), "x".repeat(1001));
    for (flag, text, most) in [("--author", &author, "200"), ("--reason", &reason, "1000")] {
        for bad in ["", " ", "a\nb", "a\u{1b}[31mb", "a\u{202e}b", text] {
            promote(&project, "history", "run-1", None, &[flag, bad]).ends(2, &["CBKB101", flag, most]);
        }
    }
    assert!(!project.path().join("history").exists());
    promote(&project, "history", "run-1", None, &["--author", &author[1..], "--reason", &reason[1..]]).ends(0, &[]);
}

#[test]
fn an_anchor_that_takes_the_place_of_another_says_so() {
    for ledger in PLACES {
        let project = Project::new();
        let first = promote(&project, ledger, "run-1", None, &["--anchor", "v1"]).ends(0, &["it is the anchor v1"]);
        assert!(!first.err.contains("place of"), "{first:?}");
        project.commit("second");
        let second = promote(&project, ledger, "run-2", Some("run-1"), &["--anchor", "v2"]);
        second.ends(0, &["it is the anchor v2", "takes the place of the anchor v1 (line 2)"]);
        let third = promote(&project, ledger, "run-2", Some("run-1"), &["--anchor", "v3", "--format", "json"]);
        assert_eq!(third.ends(0, &[]).json()["replaces_anchor"], json!({ "name": "v2", "seq": 4 }));
        project.commit("third");
        let plain = project.promote(ledger, "run-3", Some("run-2")).ends(0, &[]);
        assert!(!plain.err.contains("anchor"), "{plain:?}");
    }
}

#[test]
fn run_lines_keep_floors_targets_and_what_is_missing() {
    for ledger in PLACES {
        let project = Project::new();
        let ran = project.append_as(ledger, "run-1", |_, verdict| {
            verdict["metrics"][0]["target"] = json!(1e8);
            for name in ["z/gone#time", "a/gone#time"] {
                let missing = json!({ "name": name, "verdict": "missing", "unit": "ns", "direction": "lower_is_better",
                                      "rounds": 0, "threshold": 0.05, "rule": "expected", "why": "w" });
                verdict["metrics"].as_array_mut().unwrap().push(missing);
            }
        });
        ran.ends(0, &[]);
        project.promote(ledger, "run-2", None).ends(0, &[]);
        let found = lines(&project, ledger);
        let run = &found[0].1;
        assert_eq!(run["missing"], json!(["a/gone#time", "z/gone#time"]));
        assert_eq!(run["metrics"].as_array().unwrap().len(), 1);
        let metric = &run["metrics"][0];
        assert_eq!(
            (&metric["name"], &metric["floor"], &metric["target"]),
            (&json!(METRIC), &json!(80_000_000), &json!(100_000_000))
        );
        let kinds: Vec<_> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["run", "run", "promotion"]);
        assert_eq!((&found[1].1["missing"], &found[1].1["metrics"][0]["target"]), (&Value::Null, &Value::Null));
        assert_eq!(found[2].1["metrics"][0]["floor"], json!(80_000_000));
    }
}
