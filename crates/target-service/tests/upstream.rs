//! A service that asks another to evaluate policies: its answers, its silence, its return.
#![expect(clippy::indexing_slicing, reason = "a test may fail by panicking")]

mod support;

use serde_json::{Value, json};
use support::{Answer, Service};

const PATH: &str = "/api/v1/policies/evaluate";

fn evaluate(service: &Service, input: Value) -> Answer {
    let id = service.got(200, "/api/v1/policies")["items"][0]["id"].clone();
    service.post(PATH, &json!({"policy_id": id, "input": input}))
}

/// The answer of the upstream itself, asked until it comes within its 250 ms: on a machine that is very busy the first may not.
fn answered(service: &Service, input: Value) -> Value {
    let id = service.got(200, "/api/v1/policies")["items"][0]["id"].clone();
    let body = json!({"policy_id": id, "input": input});
    let mut fresh = Value::Null;
    service.wait_for("the upstream", |service| {
        let answer = service.post(PATH, &body);
        let good = answer.status == 200 && answer.json().get("stale").is_none();
        if good {
            fresh = answer.json();
        }
        good
    });
    fresh
}

#[test]
fn the_upstream_evaluates_with_the_key_both_share() {
    let mut upstream = Service::start(&["--api-key", "k"]);
    let mut service = Service::start(&["--api-key", "k", "--upstream", &upstream.url()]);
    (upstream.key, service.key) = (Some("k"), Some("k"));
    let count = |service: &Service| service.metric(&format!("http_requests_total{{route=\"{PATH}\",status=\"200\"}}"));
    let remote = answered(&service, json!({"risk": 0.9}));
    assert!(count(&upstream).unwrap() >= 1.0);
    let local = evaluate(&upstream, json!({"risk": 0.9})).json();
    assert_eq!((&remote["effect"], &remote["matched_rules"]), (&local["effect"], &local["matched_rules"]));
    let body = json!({"policy_id": "nothing", "input": {}});
    service.wait_for("a refusal passed on", |service| service.post(PATH, &body).status == 404);
}

#[test]
fn a_cut_upstream_leaves_old_results_and_comes_back() {
    let upstream = Service::start(&[]);
    let service = Service::start(&["--allow-faults", "--upstream", &upstream.url()]);
    let before = answered(&service, json!({"known": 1}));
    service.posted(200, "/faults", &json!({"dependency_cut": true}));
    for _ in 0..7 {
        let answer = evaluate(&service, json!({"never": "asked"}));
        assert_eq!((answer.status, answer.error_code().as_str()), (503, "dependency_unavailable"));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let stale = support::expect(200, evaluate(&service, json!({"known": 1})));
    assert_eq!((&stale["stale"], &stale["effect"]), (&json!(true), &before["effect"]));
    assert_eq!(service.get("/api/phase6/alerts").status, 200, "the rest goes on");
    service.ask("DELETE", "/faults", "");
    answered(&service, json!({"never": "asked"}));
}

#[test]
fn an_upstream_that_ends_is_missed_and_one_that_hangs_is_not_waited_for() {
    let upstream = Service::start(&["--allow-faults"]);
    let service = Service::start(&["--upstream", &upstream.url()]);
    answered(&service, json!({}));
    upstream.posted(200, "/faults", &json!({"stall_ms": 60_000}));
    assert_eq!(
        evaluate(&service, json!({"new": 1})).status,
        503,
        "no answer within the limit, long before the stall ends"
    );
    upstream.ask("DELETE", "/faults", "");
    answered(&service, json!({"new": 1}));
    drop(upstream);
    assert_eq!(evaluate(&service, json!({"new": 2})).status, 503);
}
