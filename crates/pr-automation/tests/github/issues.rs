//! One issue about runs that fail, opened, written again, and closed.

use serde_json::{Value, json};

use crate::fake::{Fake, Fault, TOKEN};
use crate::program::{Ended, Program};

const MARKER: &str = "<!-- perfledger:comment key=alert-load -->";

/// Tells of a run with this status.
fn alert(fake: &Fake, status: &str) -> Ended {
    let status = Value::from(status);
    let program = Program::alert(&fake.url, TOKEN, |_, verdict| {
        verdict["summary"] = format!("Performance Report: SUM: 5686 M/s [{}]", status.as_str().unwrap()).into();
        verdict["status"] = status;
    });
    program.args(&["--repo", "acme/copybook"]).run()
}

#[test]
fn a_failure_opens_one_issue_the_next_says_nothing_new_and_recovery_closes_it() {
    let fake = Fake::start();
    let opened = alert(&fake, "FAIL");
    assert!(opened.exit == 0 && opened.err.contains("issue: opened https://github.example/i/"), "{}", opened.err);
    let again = alert(&fake, "FAIL");
    assert!(again.err.contains("says the same already"), "{}", again.err);
    let state = fake.state();
    assert_eq!(state.issues.len(), 1);
    assert_eq!(state.issues[0]["labels"], json!(["performance", "regression"]));
    let body = state.issues[0]["body"].as_str().unwrap();
    assert!(body.contains("SUM: 5686 M/s [FAIL]") && body.trim_end().ends_with(MARKER), "{body}");

    let closed = alert(&fake, "PASS");
    assert!(closed.err.contains("issue: closed"), "{}", closed.err);
    let state = fake.state();
    assert_eq!((&state.issues[0]["state"], &state.issues[0]["state_reason"]), (&json!("closed"), &json!("completed")));
    assert!(state.comments[0].body.contains("All 1 runs of the suite are well again"));
    assert!(alert(&fake, "PASS").err.contains("no issue is open"));
    alert(&fake, "FAIL");
    assert_eq!(fake.state().issues.len(), 2, "a closed issue is not opened again");
}

#[test]
fn a_warning_is_no_alert_and_an_expected_scenario_without_a_verdict_is_one() {
    let fake = Fake::start();
    assert!(alert(&fake, "WARN").err.contains("nothing fails"));
    let ended =
        Program::alert(&fake.url, TOKEN, |_, _| {}).args(&["--repo", "acme/copybook", "--expect", "soak"]).run();
    assert_eq!(ended.exit, 0, "{}", ended.err);
    let state = fake.state();
    assert!(state.issues[0]["body"].as_str().unwrap().contains("<code>soak</code>\n\nNo verdict"));
}

#[test]
fn an_issue_that_a_stranger_pasted_the_marker_into_and_a_pull_request_are_left_alone() {
    let fake = Fake::start();
    let user = json!({ "login": "stranger", "type": "User" });
    let bot = json!({ "login": "github-actions[bot]", "type": "Bot" });
    let body = format!("x\n{MARKER}");
    fake.change(|state| {
        state.issues.push(json!({ "number": 91, "state": "open", "title": "a", "body": body, "user": user }));
        state.issues.push(
            json!({ "number": 92, "state": "open", "title": "b", "body": body, "user": bot, "pull_request": {} }),
        );
    });
    alert(&fake, "FAIL");
    let state = fake.state();
    assert_eq!(
        (state.issues.len(), &state.issues[0]["title"], &state.issues[1]["title"]),
        (3, &json!("a"), &json!("b"))
    );
}

#[test]
fn an_issue_that_was_opened_without_an_answer_is_not_opened_twice() {
    let fake = Fake::start();
    fake.fail("POST", "/issues", Fault::DropAfter);
    let ended = alert(&fake, "FAIL");
    assert!(ended.exit == 0 && ended.err.contains("issue: opened"), "{}", ended.err);
    assert_eq!(fake.state().issues.len(), 1);
}

#[test]
fn a_refusal_is_a_warning_unless_the_issue_is_demanded() {
    let fake = Fake::start();
    let refused = || Fault::Status(403, Vec::new(), json!({ "message": "Resource not accessible" }));
    fake.fail("GET", "/issues", refused());
    let ended = alert(&fake, "FAIL");
    assert!(ended.exit == 0 && ended.err.contains("issues: read"), "{}", ended.err);
    fake.fail("GET", "/issues", refused());
    let program = Program::alert(&fake.url, TOKEN, |_, verdict| verdict["status"] = "FAIL".into());
    assert_eq!(program.args(&["--repo", "acme/copybook", "--require-issue"]).run().exit, 2);
}

#[test]
fn a_dry_run_asks_nobody_and_hostile_names_stay_text() {
    let fake = Fake::start();
    let program = Program::alert(&fake.url, "", |_, verdict| verdict["status"] = "FAIL".into());
    let ended = program.args(&["--repo", "acme/copybook", "--dry-run", "--expect", "<script>@all"]).run();
    // As it would stand there: lines are lines.
    assert!(ended.exit == 0 && ended.out.contains("\nthe issue\n  | "), "{}\n{}", ended.out, ended.err);
    assert!(ended.out.contains("\n  | ### ") && !ended.out.contains('\u{fffd}'), "{}", ended.out);
    assert!(!ended.out.contains("<script>") && !ended.out.contains("@all"), "{}", ended.out);
    assert_eq!(fake.asked().len(), 0);
}
