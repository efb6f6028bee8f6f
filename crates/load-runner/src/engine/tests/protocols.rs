//! HTTP/2 and TLS.

use super::*;

#[test]
fn one_connection_of_http_2_carries_many_requests_at_a_time() {
    let service = Service::start(Behaviour { http2: true, slow: Duration::from_millis(100), ..Behaviour::default() });
    let outcome = run(engine(scenario(&service.base_url("http"), 1, &open(200, 300), "protocol = \"http2\""), 1));
    adds_up(&outcome);
    let series = only(&outcome);
    assert_eq!((series.completed, series.failed), (60, 0), "{series:?}");
    assert_eq!(service.seen.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn tls_is_spoken_in_both_versions_of_http_and_its_handshake_is_timed_apart() {
    for (http2, top) in [(false, ""), (true, "protocol = \"http2\"")] {
        let service = Service::start(Behaviour { http2, tls: true, ..Behaviour::default() });
        let outcome = run(engine(scenario(&service.base_url("https"), 2, &open(100, 200), top), 1));
        adds_up(&outcome);
        let series = only(&outcome);
        assert_eq!((series.completed, series.failed), (20, 0), "{series:?}");
        assert_eq!(series.parts["tls"].count(), service.seen.connections.load(Ordering::SeqCst));
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let service = Service::start(Behaviour { tls: true, ..Behaviour::default() });
    let scenario = scenario(&service.base_url("https"), 2, &open(50, 200), "");
    // A machine without roots of trust cannot begin at all.
    let Ok(target) = Target::new(&scenario.base_url, scenario.protocol, Permit::default()) else { return };
    let engine = Engine { targets: vec![Arc::new(target)], ..engine(scenario, 1) };
    let outcome = run(engine);
    let series = only(&outcome);
    assert_eq!((series.completed, series.errors["tls"]), (0, 10));
    assert_eq!(service.requests(), 0);
}
