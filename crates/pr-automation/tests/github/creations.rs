//! Requests to create that are not answered. By the library, for the program waits ten seconds after each.

use std::time::{Duration, Instant};

use bench_report::comment::{Comment, marker};
use pr_automation::{
    ApiAddress, Check, CheckOutput, Done, Github, Limits, Token, authenticate_github_api, conclude_check,
    post_pr_comment,
};
use serde_json::json;

use crate::fake::{Fake, Fault, TOKEN};
use crate::program::HEAD;

/// How long these tests wait in place of ten seconds.
const SETTLING: Duration = Duration::from_millis(900);

fn github(fake: &Fake) -> Github {
    let token = Token::new(TOKEN.to_owned()).unwrap();
    let limits = Limits { settling: SETTLING, ..Limits::default() };
    authenticate_github_api(&ApiAddress::new(&fake.url).unwrap(), token, limits).unwrap()
}

fn run<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

/// Creates the comment while the first attempt fails so, and says how long it took.
fn comment(fake: &Fake, fault: Fault) -> (Done, Duration) {
    fake.fail("POST", "/comments", fault);
    let began = Instant::now();
    let comment = Comment { body: format!("text\n{}", marker("default")), marker: marker("default") };
    let repository = "acme/copybook".parse().unwrap();
    let posted = run(async { post_pr_comment(&mut github(fake), &repository, 5, "default", &comment).await });
    (posted.unwrap().done, began.elapsed())
}

/// Concludes a check run that there is not yet.
fn check(fake: &Fake, fault: Fault) {
    fake.fail("POST", "/check-runs", fault);
    let (repository, commit) = ("acme/copybook".parse().unwrap(), HEAD.parse().unwrap());
    let check = Check { repository: &repository, commit: &commit, name: "perfledger", details_url: None };
    let output = CheckOutput { conclusion: "success", title: "t", summary: "s", external_id: "run" };
    run(async { conclude_check(&mut github(fake), &check, &output, None, false).await }).unwrap();
}

#[test]
fn a_comment_that_was_created_before_the_connection_dropped_is_not_created_again() {
    let fake = Fake::start();
    let (done, took) = comment(&fake, Fault::DropAfter);
    assert_eq!((done, fake.state().comments.len()), (Done::Created, 1));
    assert!(took >= SETTLING, "{took:?}");
    assert_eq!(fake.asked().len(), 3, "a list, the attempt, and a list that finds it: {:?}", fake.asked());
}

#[test]
fn what_github_creates_after_the_connection_dropped_is_waited_for_and_not_created_again() {
    let fake = Fake::start();
    comment(&fake, Fault::DoneLater(SETTLING / 2));
    check(&fake, Fault::DoneLater(SETTLING / 2));
    std::thread::sleep(SETTLING);
    assert_eq!((fake.state().comments.len(), fake.state().checks.len()), (1, 1));
}

#[test]
fn a_creation_that_a_server_in_trouble_did_not_do_is_tried_again_no_sooner() {
    for fault in [Fault::DropBefore, Fault::Status(502, vec![], json!({ "message": "" }))] {
        let fake = Fake::start();
        let (done, took) = comment(&fake, fault);
        assert_eq!((done, fake.state().comments.len()), (Done::Created, 1));
        assert!(took >= SETTLING, "{took:?}");
    }
}

#[test]
fn a_check_run_that_was_created_before_the_connection_dropped_is_not_created_again() {
    let fake = Fake::start();
    check(&fake, Fault::DropAfter);
    assert_eq!(fake.state().checks.len(), 1);
}

#[test]
fn ten_seconds_are_left_to_github_unless_it_is_said_otherwise() {
    assert_eq!(Limits::default().settling, Duration::from_secs(10));
}
