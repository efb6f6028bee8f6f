//! The check run: begun, and always concluded.

use serde_json::json;

use crate::fake::{Fake, Fault, TOKEN};
use crate::post;
use crate::program::{HEAD, Program};

#[test]
fn a_check_run_is_started_and_concluded_by_its_id() {
    let fake = Fake::start();
    let started = Program::new("start", &fake.url, TOKEN).pull_request().run();
    assert_eq!(started.out, "1\n", "{}", started.err);
    assert_eq!(fake.state().checks[0]["status"], "in_progress");
    assert_eq!(fake.state().checks[0]["head_sha"], HEAD);
    fake.change(|state| state.requests.clear());
    let report = "https://github.example/report";
    post(&fake).args(&["--check-id", "1", "--report-url", report]).run();
    let state = fake.state();
    assert_eq!(state.checks.len(), 1);
    assert_eq!((&state.checks[0]["status"], &state.checks[0]["conclusion"]), (&json!("completed"), &json!("neutral")));
    assert_eq!(state.checks[0]["details_url"], report);
    assert!(state.checks[0]["output"]["title"].as_str().unwrap().contains("SUM"));
    assert_eq!(state.requests.len(), 3, "a list, a comment, a check run");
}

#[test]
fn without_an_id_the_one_in_progress_is_concluded() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    post(&fake).args(&["--check-id", ""]).run();
    assert_eq!(fake.state().checks.len(), 1);
    assert_eq!(fake.state().checks[0]["status"], "completed");
}

#[test]
fn without_one_in_progress_a_completed_one_is_made() {
    let fake = Fake::start();
    post(&fake).args(&["--check-name", "perf quick"]).run();
    let state = fake.state();
    assert_eq!((state.checks.len(), &state.checks[0]["name"]), (1, &json!("perf quick")));
    assert_eq!(state.checks[0]["status"], "completed");
}

#[test]
fn an_id_that_leads_nowhere_leaves_no_check_run_open() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    let ended = post(&fake).args(&["--check-id", "77"]).run();
    assert_eq!((ended.exit, &fake.state().checks[0]["status"]), (0, &json!("completed")), "{}", ended.err);
}

#[test]
fn a_check_run_that_may_not_be_changed_is_told_and_not_called_concluded() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    for _ in 0..2 {
        let denied = json!({ "message": "Resource not accessible by integration" });
        fake.fail("PATCH", "/check-runs/1", Fault::Status(403, vec![], denied));
    }
    let ended = Program::new("abort", &fake.url, TOKEN).pull_request().args(&["--check-id", "1"]).run();
    assert!(ended.err.contains("`permissions: { checks: write }`"), "{}", ended.err);
}

#[test]
fn starting_twice_makes_one() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    let again = Program::new("start", &fake.url, TOKEN).pull_request().run();
    assert_eq!((again.out.as_str(), fake.state().checks.len()), ("1\n", 1));
}

#[test]
fn what_was_not_measured_is_cancelled_and_nothing_is_made_for_it() {
    let fake = Fake::start();
    let ended = Program::new("abort", &fake.url, TOKEN).pull_request().run();
    assert_eq!((ended.exit, fake.state().checks.len()), (0, 0));
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    Program::new("abort", &fake.url, TOKEN).pull_request().run();
    assert_eq!(fake.state().checks[0]["conclusion"], "cancelled");
}

#[test]
fn a_start_that_github_does_not_answer_prints_nothing_and_is_no_failure() {
    let ended = Program::new("start", "http://127.0.0.1:9", TOKEN).pull_request().run();
    assert_eq!((ended.exit, ended.out.as_str()), (0, ""));
    assert!(ended.err.contains("CBKB104"), "{}", ended.err);
}

#[test]
fn what_a_verdict_said_is_not_made_cancelled() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    post(&fake).args(&["--no-check"]).run();
    post(&fake).args(&["--check-id", "1"]).run();
    let ended = Program::new("abort", &fake.url, TOKEN).pull_request().args(&["--check-id", "1"]).run();
    assert_eq!((ended.exit, &fake.state().checks[0]["conclusion"]), (0, &json!("neutral")), "{}", ended.err);
    assert_eq!(fake.asked().last().unwrap(), "GET /check-runs/1");
}

#[test]
fn a_check_run_that_is_begun_is_cancelled_by_its_id() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    Program::new("abort", &fake.url, TOKEN).pull_request().args(&["--check-id", "1"]).run();
    assert_eq!(fake.state().checks[0]["conclusion"], "cancelled");
}

#[test]
fn a_slow_comment_leaves_the_check_run_its_time() {
    let fake = Fake::start();
    Program::new("start", &fake.url, TOKEN).pull_request().run();
    for _ in 0..4 {
        fake.fail("GET", "/comments", Fault::Slow(std::time::Duration::from_secs(20)));
    }
    let ended = post(&fake).args(&["--check-id", "1"]).run();
    assert_eq!((ended.exit, &fake.state().checks[0]["status"]), (0, &json!("completed")), "{}", ended.err);
}
