//! What an answer is worth, and what is captured from it.

use std::collections::BTreeMap;

use load_runner::exchange::{Exchanges, Filled};
use serde_json::Value;

use super::{SMALL, read};

fn exchanges(request: &str) -> Exchanges {
    let scenario = read(&SMALL.replacen("get = \"/a\"", request, 1)).unwrap();
    Exchanges::new(&scenario, 1, BTreeMap::new()).unwrap()
}

/// Whether the answer is a failure, and which checks held.
fn check(exchanges: &Exchanges, status: u16, body: &str) -> (Option<&'static str>, Vec<bool>) {
    let outcome = exchanges.check(&Filled::default(), 0, status, body.as_bytes());
    (outcome.failed, outcome.checks.iter().map(|(_, held)| held).collect())
}

#[test]
fn statuses_are_accepted_as_the_request_says_and_without_a_word_below_400() {
    let usual = exchanges("get = \"/a\"");
    assert!(!usual.wants_body(0));
    for (status, failed) in [
        (200, None),
        (304, None),
        (404, Some("status")),
        (500, Some("status")),
        (101, Some("status")),
        (0, Some("status")),
    ] {
        assert_eq!(check(&usual, status, ""), (failed, Vec::new()), "{status}");
    }
    let chosen = exchanges("get = \"/a\"\naccept = [404, \"5xx\"]");
    for (status, failed) in [(404, None), (503, None), (200, Some("status")), (403, Some("status"))] {
        assert_eq!(check(&chosen, status, "").0, failed, "{status}");
    }
}

#[test]
fn every_check_is_told_and_one_that_fails_makes_the_answer_a_failure() {
    let all = exchanges(
        "get = \"/a\"\nchecks = [{ status = 201 }, { exists = \"/x\" }, { pointer = \"/n\", equals = 1 }, { pointer = \"/t\", matches = \"^a+$\" }, \
         { pointer = \"/n\", at_least = 1, at_most = 2 }]",
    );
    assert!(all.wants_body(0));
    let good = r#"{"x":0,"n":1.0,"t":"aa"}"#;
    assert_eq!(check(&all, 201, good), (None, vec![true; 5]));
    assert_eq!(check(&all, 200, good), (Some("check"), vec![false, true, true, true, true]));
    assert_eq!(check(&all, 500, good).0, Some("status"));
    let none = vec![true, false, false, false, false];
    for body in [r#"{"x":null,"n":"1","t":7}"#, "[]", "null", "", "<html>", "{\"x\":"] {
        assert_eq!(check(&all, 201, body), (Some("check"), none.clone()), "{body}");
    }
}

#[test]
fn a_check_may_demand_what_the_request_has_drawn() {
    let echo =
        exchanges("post = \"/a\"\njson = { id = \"${uuid}\" }\nchecks = [{ pointer = \"/id\", equals = \"${uuid}\" }]");
    for arrival in 0..20 {
        let (built, other) = (echo.build(0, arrival), echo.build(0, arrival + 1));
        assert_eq!(echo.check(&built.filled, 0, 200, &built.body).failed, None);
        assert_eq!(echo.check(&built.filled, 0, 200, &other.body).failed, Some("check"));
    }
}

fn capturing() -> Exchanges {
    let requests = "[[request]]\nname = \"use\"\npost = \"/use/${capture.id}\"\nweight = 9\njson = { id = \"${capture.id}\", text = \"id ${capture.id}\" }\n\
                    checks = [{ pointer = \"/id\", equals = \"${capture.id}\" }]\n[[phase]]";
    let text = SMALL.replacen("get = \"/a\"", "get = \"/a\"\ncapture = { id = \"/id\" }", 1).replacen(
        "[[phase]]",
        requests,
        1,
    );
    Exchanges::new(&read(&text).unwrap(), 1, BTreeMap::new()).unwrap()
}

#[test]
fn a_request_gives_way_until_what_it_needs_is_captured() {
    let exchanges = capturing();
    assert!((0..64).all(|arrival| exchanges.draw(0, arrival) == 0));
    let filled = exchanges.build(0, 0).filled;
    // Nothing is taken from a failure, and null is no value.
    exchanges.check(&filled, 0, 500, br#"{"id":1}"#);
    exchanges.check(&filled, 0, 200, br#"{"id":null}"#);
    assert!((0..64).all(|arrival| exchanges.draw(0, arrival) == 0));
    exchanges.check(&filled, 0, 200, br#"{"id":17}"#);
    assert!((56..60).contains(&(0..64).filter(|arrival| exchanges.draw(0, *arrival) == 1).count()));
    let built = exchanges.build(1, 3);
    assert_eq!(
        (built.path_and_query.as_str(), &built.body[..]),
        ("/prefix/use/17", &br#"{"id":17,"text":"id 17"}"#[..])
    );
}

#[test]
fn a_check_keeps_the_captured_value_that_was_sent() {
    let exchanges = capturing();
    let first = exchanges.build(0, 0).filled;
    exchanges.check(&first, 0, 200, br#"{"id":"a/b"}"#);
    let built = exchanges.build(1, 0);
    assert_eq!(built.path_and_query.as_str(), "/prefix/use/a%2Fb");
    (0..2000).for_each(|id: u32| {
        exchanges.check(&first, 0, 200, format!("{{\"id\":{id}}}").as_bytes());
    });
    assert_eq!(exchanges.check(&built.filled, 1, 200, br#"{"id":"a/b"}"#).failed, None);
    // The last 1,000 are kept.
    for arrival in 0..200 {
        let body: Value = serde_json::from_slice(&exchanges.build(1, arrival).body).unwrap();
        assert!((1000..2000).contains(&body["id"].as_u64().unwrap()), "{body}");
    }
}

#[test]
fn a_captured_value_that_is_too_long_for_a_path_is_not_kept() {
    let exchanges = capturing();
    let filled = exchanges.build(0, 0).filled;
    exchanges.check(&filled, 0, 200, format!("{{\"id\":\"{}\"}}", "x".repeat(5000)).as_bytes());
    assert_eq!(exchanges.draw(0, 0), 0);
    assert!((0..64).all(|arrival| exchanges.draw(0, arrival) == 0));
}
