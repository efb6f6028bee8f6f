//! GitHub fails: a passed gate stays green, nothing is posted twice, and what is said helps.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::fake::{Fake, Fault, TOKEN};
use crate::post;
use crate::program::{Ended, Program};

fn status(status: u16, headers: &[(&'static str, &str)], message: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Fault::Status(status, headers, json!({ "message": message }))
}

/// Posts a comment while the first request of a kind fails.
fn comment_with(fake: &Fake, method: &'static str, path_end: &'static str, faults: &[Fault]) -> Ended {
    for fault in faults {
        fake.fail(method, path_end, fault.clone());
    }
    post(fake).args(&["--no-check", "-vv"]).run()
}

#[test]
fn a_refused_token_is_a_warning_that_names_no_token() {
    let fake = Fake::start();
    let ended = Program::post(&fake.url, "ghs_ANOTHER").pull_request().args(&["-vv"]).run();
    assert_eq!((ended.exit, fake.state().requests.len()), (0, 1));
    assert!(ended.err.contains("warning: CBKB004"), "{}", ended.err);
    let ended = Program::post(&fake.url, "ghs_ANOTHER").pull_request().args(&["-vv", "--require-comment"]).run();
    assert_eq!(ended.exit, 2);
    assert!(ended.err.contains("error[CBKB004]:"), "{}", ended.err);
}

#[test]
fn no_token_at_all_says_how_to_get_one() {
    let ended = Program::post("http://127.0.0.1:9", "").pull_request().run();
    assert_eq!(ended.exit, 0);
    assert!(ended.err.contains("CBKB004 there is no token for GitHub; add to the step: `env:"), "{}", ended.err);
}

#[test]
fn a_token_in_what_github_says_is_hidden() {
    let fake = Fake::start();
    let ended = comment_with(&fake, "POST", "/comments", &[status(422, &[], &format!("no {TOKEN} here"))]);
    assert!(ended.err.contains("GitHub answers 422: no *** here"), "{}", ended.err);
}

#[test]
fn a_missing_permission_is_named_with_the_lines_that_grant_it() {
    let fake = Fake::start();
    let denied = status(403, &[], "Resource not accessible by integration");
    let ended = comment_with(&fake, "POST", "/comments", std::slice::from_ref(&denied));
    assert!(ended.err.contains("`permissions: { pull-requests: write }`"), "{}", ended.err);
    fake.fail("POST", "/check-runs", denied);
    let ended = post(&fake).run();
    assert!(ended.err.contains("`permissions: { checks: write }`"), "{}", ended.err);
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 1), "one failure keeps nothing else from being told");
}

#[test]
fn a_runner_gets_the_failure_as_an_annotation() {
    let fake = Fake::start();
    fake.fail("GET", "/comments", status(404, &[], "Not Found"));
    let ended = post(&fake).arg("--no-check").env("GITHUB_ACTIONS", "true").run();
    let line =
        ended.err.lines().find(|line| line.starts_with("::warning title=perfledger could not tell GitHub::CBKB104"));
    assert!(line.is_some(), "{}", ended.err);
}

#[test]
fn a_pull_request_that_is_not_there_is_said_so() {
    let fake = Fake::start();
    let ended = post(&fake).args(&["--no-check", "--pr", "6", "--require-comment"]).run();
    assert_eq!(ended.exit, 2);
    assert!(
        ended.err.contains("error[CBKB104]: cannot list the pull request's comments: GitHub says"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("next:  check the repository and the pull request"), "{}", ended.err);
}

#[test]
fn a_secondary_limit_is_waited_out_as_long_as_github_asks() {
    let fake = Fake::start();
    let limited = status(403, &[("retry-after", "1")], "You have exceeded a secondary rate limit");
    let began = Instant::now();
    let ended = comment_with(&fake, "POST", "/comments", &[limited]);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 1), "{}", ended.err);
}

#[test]
fn too_many_requests_are_tried_again_when_github_wants_it_and_not_before() {
    let fake = Fake::start();
    let began = Instant::now();
    let ended = comment_with(&fake, "GET", "/comments", &[status(429, &[("retry-after", "1")], "slow down")]);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(fake.state().comments.len(), 1, "{}", ended.err);
    let ended = comment_with(&fake, "GET", "/comments", &[status(429, &[("retry-after", "3600")], "slow down")]);
    assert!(ended.err.contains("limit for requests is used up; it asks to wait 3600 s"), "{}", ended.err);
    assert_eq!(ended.exit, 0);
}

#[test]
fn a_server_error_is_tried_again_and_then_given_up() {
    let fake = Fake::start();
    let broken = status(500, &[], "oops");
    let ended = comment_with(&fake, "GET", "/comments", &[broken.clone(), status(502, &[], "")]);
    assert_eq!(fake.state().comments.len(), 1, "{}", ended.err);
    let ended = comment_with(&fake, "GET", "/comments", &vec![broken; 4]);
    assert!(ended.err.contains("GitHub answers 500"), "{}", ended.err);
    assert_eq!((ended.exit, fake.state().requests.len()), (0, 4 + 4));
}

#[test]
fn what_cannot_be_processed_is_told_in_githubs_words_and_not_tried_again() {
    let fake = Fake::start();
    let body =
        json!({ "message": "Validation Failed", "errors": [{ "field": "body\n::error::x", "code": "invalid" }] });
    let ended = comment_with(&fake, "POST", "/comments", &[Fault::Status(422, vec![], body)]);
    // The members' order is not ours: it hangs on what else is compiled with serde_json.
    assert!(ended.err.contains("GitHub answers 422: Validation Failed; {\""), "{}", ended.err);
    assert!(ended.err.contains("\"code\":\"invalid\""), "{}", ended.err);
    assert!(!ended.err.lines().any(|line| line.trim_start().starts_with("::")), "{}", ended.err);
    assert_eq!(fake.state().requests.len(), 2);
}

#[test]
fn a_connection_that_drops_is_tried_again() {
    let fake = Fake::start();
    let ended = comment_with(&fake, "GET", "/comments", &[Fault::DropBefore]);
    assert_eq!((ended.exit, fake.state().comments.len()), (0, 1), "{}", ended.err);
}

#[test]
fn a_github_that_does_not_answer_is_not_waited_for() {
    let fake = Fake::start();
    for _ in 0..9 {
        fake.fail("GET", "/comments", Fault::Slow(Duration::from_secs(20)));
    }
    let began = Instant::now();
    let ended = post(&fake).arg("--no-check").run();
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert_eq!(ended.exit, 0);
    assert!(ended.err.contains("GitHub does not answer in time"), "{}", ended.err);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let fake = Fake::start();
    let ended = comment_with(&fake, "POST", "/comments", &[Fault::Slow(Duration::from_secs(1))]);
    assert_eq!((ended.exit, fake.state().requests.len()), (0, 2), "{}", ended.err);
}

#[test]
fn an_answer_that_is_no_github_says_where_to_look() {
    let fake = Fake::start();
    fake.fail("GET", "/comments", Fault::Status(200, vec![], json!({ "hello": "portal" })));
    let ended = post(&fake).arg("--no-check").run();
    assert!(ended.err.contains("check that --api-url is GitHub's API"), "{}", ended.err);
}

#[test]
fn an_address_with_a_password_or_in_the_clear_is_refused_and_not_repeated() {
    for url in [format!("https://x:{TOKEN}@github.example/api/v3"), "http://github.example/api/v3".into()] {
        let ended = Program::post(&url, TOKEN).pull_request().arg("-vv").run();
        assert_eq!(ended.exit, 2);
        assert!(ended.err.contains("CBKB101") && ended.err.contains("--api-url"), "{}", ended.err);
    }
    let fake = Fake::start();
    let ended = post(&fake).args(&["--report-url", "https://me:password@github.example/"]).run();
    assert_eq!((ended.exit, fake.state().requests.len()), (2, 0));
    assert!(!ended.err.contains("password@"), "{}", ended.err);
}
