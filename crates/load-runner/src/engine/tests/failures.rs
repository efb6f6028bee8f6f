//! Services that close, refuse, fail, or never answer.

use super::*;

#[test]
fn a_service_that_closes_idle_connections_has_not_failed() {
    let service = Service::closing();
    let outcome = run(engine(scenario(&service.base_url("http"), 4, &open(100, 400), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (40, 0));
    // Each of the four lanes has one connection that was its first.
    assert!((36..=40).contains(&outcome.totals.reconnects), "{}", outcome.totals.reconnects);
}

#[test]
fn a_service_that_works_and_then_closes_without_an_answer_has_failed() {
    let service = Service::crashing(Duration::from_millis(200));
    let phases = closed(1, 600_000, "iterations = 6");
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &phases, ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    // Every second request is the second of its connection.
    assert_eq!((series.completed, series.failed, series.errors.get("closed")), (3, 3, Some(&3)), "{series:?}");
    assert_eq!(outcome.totals.reconnects, 0);
    assert_eq!(service.requests(), 6, "none was sent twice");
}

#[test]
fn a_dead_port_fails_every_request_and_answers_none() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = run(engine(scenario(&format!("http://127.0.0.1:{port}"), 10, &open(100, 300), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.sent, series.completed, series.failed, series.errors["connect"]), (30, 0, 30, 30));
    assert_eq!((&series.latency, &series.open), (&None, &None));
    assert!(outcome.windows.iter().all(|window| window.p95.is_none()));
}

#[test]
fn fast_answers_that_all_fail_are_answered_and_failed() {
    let service = Service::start(Behaviour { status: 503, ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 10, &open(200, 300), ""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (60, 60));
    assert_eq!((series.statuses["503"], series.errors["status"]), (60, 60));
    let windows: u64 = outcome.windows.iter().filter_map(|window| window.statuses.get("503")).sum();
    assert_eq!(windows, 60);
}

#[test]
fn answers_that_never_come_are_bounded_from_below() {
    let service = Service::start(Behaviour { slow: Duration::from_secs(3_600), ..Behaviour::default() });
    // Ten connections are taken by the first ten requests until those run into the timeout.
    let outcome = run(engine(scenario(&service.base_url("http"), 10, &open(100, 400), "timeout = \"250 ms\""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.offered, series.completed), (Some(40), 0));
    assert!(series.errors["timeout"] >= 10);
    assert!(series.in_flight + series.unsent > 0, "{series:?}");
    let shortest = series.open.as_ref().unwrap().min.unwrap();
    assert!(shortest > 0);
    assert!(series.latency.is_none());
}

#[test]
fn a_timeout_counts_as_at_least_its_length_in_its_window() {
    let service = Service::start(Behaviour { slow: Duration::from_secs(3_600), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 100, &open(50, 200), "timeout = \"100 ms\""), 1));
    adds_up(&outcome);
    let p50 = outcome.windows.iter().find_map(|window| window.p50).unwrap();
    assert!(p50.get() >= 100e6);
}

#[test]
fn an_answer_that_is_too_long_to_be_checked_is_told_from_one_that_is_wrong() {
    let service = Service::start(Behaviour { large: 9 << 20, ..Behaviour::default() });
    let request = "[[request]]\nname = \"big\"\nget = \"/\"\nchecks = [{ exists = \"/ok\" }]\n";
    let phases = closed(1, 600_000, "iterations = 2");
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &phases, request), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.errors.get("too_large"), series.errors.get("check")), (2, Some(&2), None));
    assert!(series.received_bytes.unwrap() > 2 * (9 << 20));
}
