//! What the event says, and nobody else.

use serde_json::{Value, json};

use crate::fake::{Fake, TOKEN};
use crate::program::{HEAD, Program};

const NEWER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The measuring workflow of a fork's pull request has ended.
fn workflow_run() -> Value {
    json!({
        "repository": { "id": 7, "full_name": "acme/copybook" },
        "workflow_run": {
            "event": "pull_request", "head_sha": HEAD, "head_branch": "fast", "pull_requests": [],
            "head_repository": { "owner": { "login": "stranger" } }, "html_url": "https://github.example/runs/3",
        },
    })
}

fn pull(number: u64, head: &str) -> Value {
    json!({ "number": number, "state": "open", "head": { "sha": head, "label": "stranger:fast" } })
}

#[test]
fn a_forks_pull_request_is_found_by_its_head() {
    let fake = Fake::start();
    fake.change(|state| state.pulls = vec![pull(4, NEWER), pull(5, HEAD)]);
    let ended = Program::post(&fake.url, TOKEN).event(&workflow_run()).run();
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 1), "{}", ended.err);
    assert!(fake.state().comments[0].body.contains("https://github.example/runs/3"), "a link to the run that measured");
    assert_eq!(fake.state().checks[0]["head_sha"], HEAD);
}

#[test]
fn a_pull_request_that_was_pushed_to_since_gets_nothing() {
    let fake = Fake::start();
    fake.change(|state| state.pulls = vec![pull(5, NEWER)]);
    let ended = Program::post(&fake.url, TOKEN).event(&workflow_run()).arg("--require-comment").run();
    assert_eq!(ended.exit, 0);
    assert!(ended.err.contains("no open pull request has aaaaaaa at its head"), "{}", ended.err);
    assert_eq!((fake.state().comments.len(), fake.state().checks.len()), (0, 0));
}

#[test]
fn a_check_run_that_was_begun_is_concluded_even_when_the_pull_request_is_closed() {
    let fake = Fake::start();
    fake.change(|state| {
        state.checks = vec![json!({ "id": 9, "name": "perfledger", "head_sha": HEAD, "status": "in_progress" })]
    });
    Program::post(&fake.url, TOKEN).event(&workflow_run()).run();
    assert_eq!((fake.state().checks.len(), &fake.state().checks[0]["status"]), (1, &json!("completed")));
}

#[test]
fn a_push_gets_a_check_run_and_a_job_summary_that_is_appended() {
    let fake = Fake::start();
    let event = json!({ "repository": { "full_name": "acme/copybook" }, "after": HEAD });
    let program = Program::post(&fake.url, TOKEN).event(&event);
    let summary = program.path("summary.md");
    std::fs::write(&summary, "earlier\n").unwrap();
    let mut program = program.env("GITHUB_STEP_SUMMARY", &summary);
    let ended = program.run();
    assert_eq!((ended.exit, fake.asked()[1].as_str()), (0, "POST /check-runs"), "{}", ended.err);
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("earlier\n") && text.contains("Performance Report: SUM"), "{text}");
}

#[test]
fn a_pull_requests_merge_commit_is_used_for_nothing() {
    let fake = Fake::start();
    Program::post(&fake.url, TOKEN).pull_request().env("GITHUB_SHA", NEWER).run();
    assert_eq!(fake.state().checks[0]["head_sha"], HEAD);
}

#[test]
fn what_was_measured_is_told_when_it_is_another_commit() {
    let fake = Fake::start();
    let measured = |perf: &mut Value, _: &mut Value| perf["provenance"]["source"]["commit"] = NEWER.into();
    let ended = Program::new("post", &fake.url, TOKEN).evidence(measured).pull_request().run();
    assert!(ended.err.contains("commit bbbbbbb was measured, and aaaaaaa is told"), "{}", ended.err);
    assert_eq!((ended.exit, &fake.state().checks[0]["head_sha"]), (0, &json!(HEAD)));
}

#[test]
fn a_run_by_hand_stands_at_its_own_commit_unless_a_pull_request_is_named() {
    let fake = Fake::start();
    let by_hand = json!({ "repository": { "full_name": "acme/copybook" }, "workflow": "perf.yml", "inputs": null });
    Program::post(&fake.url, TOKEN).event(&by_hand).env("GITHUB_SHA", NEWER).run();
    assert_eq!(fake.state().checks[0]["head_sha"], NEWER);
    let ended = Program::post(&fake.url, TOKEN).event(&by_hand).env("GITHUB_SHA", NEWER).args(&["--pr", "5"]).run();
    assert_eq!(ended.exit, 2);
    assert!(ended.err.contains("nothing says which commit is meant"), "{}", ended.err);
}

#[test]
fn two_pull_requests_with_one_head_get_no_comment_and_the_commit_its_check_run() {
    let fake = Fake::start();
    fake.change(|state| state.pulls = vec![pull(5, HEAD), pull(6, HEAD)]);
    let ended = Program::post(&fake.url, TOKEN).event(&workflow_run()).run();
    assert_eq!((ended.exit, fake.state().comments.len(), fake.state().checks.len()), (0, 0, 1), "{}", ended.err);
    assert!(ended.err.contains("pull requests #5, #6 have the same commit"), "{}", ended.err);
}
