//! Each fault does what it says and ends when it is switched off.

mod support;

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Service, receive, send};

fn faulty() -> Service {
    Service::start(&["--allow-faults"])
}

fn statuses(service: &Service, count: usize) -> Vec<u16> {
    (0..count).map(|_| service.get("/api/phase6/alerts").status).collect()
}

#[test]
fn faults_exist_only_where_they_are_allowed() {
    let service = Service::start(&[]);
    assert_eq!(service.post("/faults", &json!({"error_rate": 1.0})).status, 404);
    assert_eq!(service.get("/faults").status, 404);
    assert_eq!(statuses(&service, 3), [200; 3]);
}

#[test]
fn faults_are_shown_replaced_and_reset() {
    let service = faulty();
    let off = service.got(200, "/faults");
    assert!(
        off.as_object().unwrap().values().all(|value| [json!(0), json!(0.0), json!(false)].contains(value)),
        "{off}"
    );
    service.posted(200, "/faults", &json!({"slow_ms": 1, "error_rate": 0.25}));
    let on = service.posted(200, "/faults", &json!({"error_rate": 0.5}));
    assert_eq!((&on["error_rate"], &on["slow_ms"]), (&json!(0.5), &json!(0)), "a key not named is off");
    for wrong in [json!({"error_rate": 2}), json!({"eror_rate": 0.5}), json!({"leak_bytes": 1 << 30})] {
        assert_eq!(service.post("/faults", &wrong).status, 400, "{wrong}");
    }
    assert_eq!(service.got(200, "/faults")["error_rate"], 0.5, "a refused set changes nothing");
    assert_eq!(service.ask("DELETE", "/faults", "").json(), off);
}

#[test]
fn an_error_rate_fails_its_share_of_answers() {
    let service = faulty();
    service.posted(200, "/faults", &json!({"error_rate": 0.25}));
    let answers = statuses(&service, 40);
    assert_eq!(answers.iter().filter(|status| **status == 500).count(), 10, "{answers:?}");
    assert_eq!(service.get("/healthz").status, 200);
    service.ask("DELETE", "/faults", "");
    assert_eq!(statuses(&service, 10), [200; 10]);
}

#[test]
fn a_stall_answers_nothing_until_it_is_switched_off() {
    let service = faulty();
    service.posted(200, "/faults", &json!({"stall_ms": 60_000}));
    for path in ["/api/phase6/alerts", "/healthz", "/metrics"] {
        let mut stream = service.connect();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        send(&mut stream, "GET", path, "", "");
        let waited = stream.read(&mut [0; 1]).unwrap_err().kind();
        assert!(matches!(waited, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{path}: {waited}");
    }
    service.ask("DELETE", "/faults", "");
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn a_stall_that_comes_again_lets_answers_through_in_between() {
    let service = faulty();
    service.posted(200, "/faults", &json!({"stall_ms": 300, "stall_every_ms": 3_600_000}));
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn a_slow_service_takes_at_least_that_long() {
    let service = faulty();
    service.posted(200, "/faults", &json!({"slow_ms": 200}));
    let start = Instant::now();
    assert_eq!(service.get("/api/phase6/alerts").status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_leak_grows_with_every_request_and_ends_with_its_fault() {
    let service = faulty();
    let resident = || service.metric("process_resident_memory_bytes").unwrap();
    statuses(&service, 20);
    let before = resident();
    service.posted(200, "/faults", &json!({"leak_bytes": 1 << 20}));
    statuses(&service, 40);
    let grown = resident() - before;
    assert!(grown > 36.0 * f64::from(1 << 20), "grew by {grown} bytes");
    service.ask("DELETE", "/faults", "");
    statuses(&service, 20);
    assert!(resident() - before < grown / 2.0, "the leak is given back");
}

#[test]
fn without_its_cache_every_result_is_computed_anew() {
    let service = faulty();
    let cached = || service.got(200, "/api/phase6/stats")["cached"].clone();
    assert_eq!([cached(), cached()], [json!(false), json!(true)]);
    service.posted(200, "/faults", &json!({"cache_off": true}));
    assert_eq!([cached(), cached()], [json!(false), json!(false)]);
    assert_eq!(service.metric("cache_hits_total{cache=\"stats\"}"), Some(1.0));
    service.ask("DELETE", "/faults", "");
    assert_eq!(cached(), json!(true), "what was cached before is still there");
}

#[test]
fn a_closed_connection_gets_its_answer_first_and_no_warning() {
    let service = faulty();
    service.posted(200, "/faults", &json!({"close_rate": 0.5}));
    let mut stream = service.connect();
    send(&mut stream, "GET", "/api/phase6/alerts", "", "");
    assert_eq!(receive(&mut stream).status, 200, "every second answer closes: the first does not");
    // A large answer, so that it is written in several pieces.
    send(&mut stream, "GET", "/api/v1/pii/corpus?documents=40&bytes=65536", "", "");
    let answer = receive(&mut stream);
    assert_eq!((answer.status, answer.header("connection")), (200, None));
    assert_eq!(answer.json().pointer("/documents").and_then(Value::as_array).map(Vec::len), Some(40));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "closed");
    // The routes about the service itself are spared.
    let mut stream = service.connect();
    for _ in 0..4 {
        send(&mut stream, "GET", "/healthz", "", "");
        assert_eq!(receive(&mut stream).status, 200);
    }
}
