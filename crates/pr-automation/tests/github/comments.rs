//! One comment, found again.

use serde_json::json;

use crate::fake::{Fake, TOKEN};
use crate::post;
use crate::program::Program;

const MARKER: &str = "<!-- perfledger:comment key=default -->";

#[test]
fn the_first_post_creates_a_comment_and_the_second_leaves_it_alone() {
    let fake = Fake::start();
    let ended = post(&fake).arg("--no-check").run();
    assert_eq!((ended.exit, ended.out.as_str()), (0, "Performance Report: SUM: 5686 M/s [WARN]\n"), "{}", ended.err);
    assert!(ended.err.contains("comment: created https://github.example/c/1"), "{}", ended.err);
    assert!(fake.state().comments[0].body.starts_with("Performance Report: SUM: 5686 M/s [WARN]\n"));
    let ended = post(&fake).arg("--no-check").run();
    assert!(ended.err.contains("says the same already"), "{}", ended.err);
    assert_eq!(fake.asked(), ["GET /issues/5/comments", "POST /issues/5/comments", "GET /issues/5/comments"]);
}

#[test]
fn another_text_updates_the_comment_in_place_with_three_requests_in_all() {
    let fake = Fake::start();
    let id = fake.comment(&format!("old\n{MARKER}"), "github-actions[bot]", "Bot");
    fake.change(|state| state.checks = vec![json!({ "id": 77, "name": "perfledger", "status": "in_progress" })]);
    let ended = post(&fake).args(&["--check-id", "77"]).run();
    let update = format!("PATCH /issues/comments/{id}");
    assert_eq!(fake.asked(), ["PATCH /check-runs/77", "GET /issues/5/comments", &update]);
    let state = fake.state();
    assert_eq!((ended.exit, state.comments.len()), (0, 1));
    assert!(state.comments[0].body.contains("[WARN]"));
    assert_eq!(state.checks[0]["status"], "completed");
}

#[test]
fn the_comment_is_found_behind_two_hundred_others() {
    let fake = Fake::start();
    for _ in 0..249 {
        fake.comment("hello", "someone", "User");
    }
    fake.comment(&format!("old\n{MARKER}"), "github-actions[bot]", "Bot");
    post(&fake).arg("--no-check").run();
    assert_eq!(fake.state().comments.len(), 250);
    assert!(fake.state().comments[249].body.contains("[WARN]"));
    let list = "GET /issues/5/comments";
    assert_eq!(fake.asked(), [list, list, list, "PATCH /issues/comments/250"]);
}

#[test]
fn two_keys_have_a_comment_each() {
    let fake = Fake::start();
    post(&fake).arg("--no-check").run();
    post(&fake).args(&["--no-check", "--comment-key", "load"]).run();
    post(&fake).args(&["--no-check", "--comment-key", "load"]).run();
    assert_eq!(fake.state().comments.len(), 2);
}

#[test]
fn a_stranger_who_pastes_the_marker_gets_no_report_into_a_comment_of_theirs() {
    let fake = Fake::start();
    fake.comment(&format!("all is well\n{MARKER}"), "stranger", "User");
    fake.comment(&format!("> {MARKER}"), "github-actions[bot]", "Bot");
    post(&fake).arg("--no-check").run();
    let state = fake.state();
    assert_eq!(state.comments.len(), 3);
    assert!(state.comments[0].body.starts_with("all is well"));
}

#[test]
fn another_bots_comment_that_cannot_be_changed_is_passed_over() {
    let fake = Fake::start();
    fake.comment(&format!("echo\n{MARKER}"), "echo[bot]", "Bot");
    let ended = post(&fake).arg("--no-check").run();
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 2), "{}", ended.err);
    assert!(fake.state().comments[0].body.starts_with("echo"));
}

#[test]
fn a_users_token_finds_the_users_own_comment() {
    let fake = Fake::start();
    fake.change(|state| state.user = Some("machine".into()));
    fake.comment(&format!("mine\n{MARKER}"), "stranger", "User");
    fake.comment(&format!("old\n{MARKER}"), "machine", "User");
    post(&fake).arg("--no-check").run();
    assert_eq!(fake.state().comments.len(), 2);
    assert!(fake.state().comments[0].body.starts_with("mine"));
    assert!(fake.state().comments[1].body.contains("[WARN]"));
}

#[test]
fn an_enterprise_server_has_its_api_under_a_path() {
    let fake = Fake::start();
    let ended = Program::post(&format!("{}/api/v3/", fake.url), TOKEN).pull_request().arg("--no-check").run();
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 1), "{}", ended.err);
    assert!(fake.state().requests[0].path.starts_with("/api/v3/repos/acme/copybook/issues/5/comments?"));
}

#[test]
fn the_token_may_come_from_a_file() {
    let fake = Fake::start();
    let program = Program::post(&fake.url, "").pull_request().arg("--no-check");
    let path = program.path("token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let ended = program.arg("--token-file").arg(path).arg("-vv").run();
    assert!(!ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "{}", ended.err);
    assert_eq!(fake.state().comments.len(), 1);
}
