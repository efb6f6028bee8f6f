//! Health, metrics, keys, limits, start and end.

mod support;

use std::io::{BufReader, Read as _};
use std::process::Stdio;

use serde_json::json;
use support::{Service, command, receive, send};

const GATE: &str = "/api/phase6/role-gates/evaluate";

fn question() -> serde_json::Value {
    json!({"user_id": "ada", "role": "admin", "action": "read", "resource": "r"})
}

#[test]
fn without_the_key_only_the_service_routes_answer() {
    let mut service = Service::start_with(&[], &[("TARGET_API_KEY", "s3cret")]);
    for wrong in [None, Some("s3cre"), Some("s3cretx"), Some("")] {
        service.key = wrong;
        let answer = service.post(GATE, &question());
        assert_eq!((answer.status, answer.error_code().as_str()), (401, "unauthorized"), "{wrong:?}");
        assert_eq!(service.get("/api/v1/policies").status, 401);
    }
    for open in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(service.get(open).status, 200, "{open}");
    }
    service.key = Some("s3cret");
    service.posted(200, GATE, &question());
}

#[test]
fn an_answer_says_where_its_time_went() {
    let mut service = Service::start(&["--api-key", "k"]);
    service.key = Some("k");
    let stages = |header: &str| -> Vec<String> {
        header
            .split(", ")
            .map(|part| {
                let (name, millis) = part.split_once(";dur=").unwrap();
                assert!(millis.parse::<f64>().unwrap() >= 0.0);
                name.to_owned()
            })
            .collect()
    };
    let answer = service.post(GATE, &question());
    assert_eq!(stages(answer.header("server-timing").unwrap()), ["parsing", "auth", "evaluation", "record"]);
    let answer = service.get("/api/phase6/provenance");
    assert_eq!(stages(answer.header("server-timing").unwrap()), ["parsing", "auth", "database"]);
    assert_eq!(service.get("/healthz").header("server-timing"), None);
}

#[test]
fn metrics_count_answers_by_route_and_never_by_a_callers_path() {
    let service = Service::start(&[]);
    service.posted(200, GATE, &question());
    for path in ["/api/hostile\"path", "/api/phase6/nothing", "/favicon.ico"] {
        assert_eq!(service.get(path).error_code(), "not_found", "{path}");
    }
    assert_eq!(service.ask("DELETE", GATE, "").error_code(), "method_not_allowed");
    service.get("/api/phase6/provenance/prv-0000000000000009");
    let text = service.get("/metrics").text();
    for line in [
        format!("http_requests_total{{route=\"{GATE}\",status=\"200\"}} 1"),
        format!("http_requests_total{{route=\"{GATE}\",status=\"405\"}} 1"),
        "http_requests_total{route=\"unmatched\",status=\"404\"} 3".to_owned(),
        "http_requests_total{route=\"/api/phase6/provenance/{id}\",status=\"404\"} 1".to_owned(),
        "in_flight_requests 0".to_owned(),
        "db_pool_size 4".to_owned(),
        "reviewers 10".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(!text.contains("hostile"));
    for name in [
        "http_request_duration_seconds_count",
        "db_queries_total",
        "db_query_duration_seconds_sum",
        "db_pool_in_use",
        "review_queue_depth",
        "reviews_completed_total",
        "review_seconds_count",
        "pii_true_positives_total",
        "pii_false_positives_total",
        "pii_false_negatives_total",
        "pii_unredacted_total",
        "plugin_load_seconds_count",
        "policy_evaluation_seconds_count",
        "process_start_time_seconds",
    ] {
        assert!(service.metric(name).is_some(), "{name} in {text}");
    }
    if cfg!(target_os = "linux") {
        assert!(service.metric("process_resident_memory_bytes").unwrap() > 1e6);
    }
}

#[test]
fn more_requests_at_once_than_allowed_are_refused_and_told_when_to_come_back() {
    let service = Service::start(&["--max-in-flight", "1", "--allow-faults"]);
    service.posted(200, "/faults", &json!({"slow_ms": 60_000}));
    let mut slow = service.connect();
    send(&mut slow, "POST", GATE, "", &question().to_string());
    service.wait_for("the slow request", |service| service.metric("in_flight_requests") == Some(1.0));
    let refused = service.post(GATE, &question());
    assert_eq!((refused.status, refused.error_code().as_str()), (429, "overloaded"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(service.get("/healthz").status, 200);
    // A caller that goes away makes room.
    service.ask("DELETE", "/faults", "");
    drop(slow);
    service.wait_for("room", |service| service.metric("in_flight_requests") == Some(0.0));
    service.posted(200, GATE, &question());
}

#[test]
fn a_body_above_a_mebibyte_is_refused() {
    let service = Service::start(&[]);
    let body = json!({"event": "e", "actor": "a", "details": "x".repeat((1 << 20) - 100)});
    service.posted(201, "/api/v1/audit", &body);
    let answer = service.post("/api/v1/audit", &json!({"event": "e", "actor": "a", "details": "x".repeat(1 << 20)}));
    assert_eq!((answer.status, answer.error_code().as_str()), (413, "too_large"));
}

#[test]
fn a_slow_start_is_not_ready_and_answers_nothing_of_the_api() {
    let service = Service::start(&["--slow-start", "3600000"]);
    assert_eq!(service.get("/healthz").status, 200);
    assert_eq!(service.get("/readyz").status, 503);
    let answer = service.post(GATE, &question());
    assert_eq!((answer.status, answer.error_code().as_str()), (503, "starting"));
    let quick = Service::start(&["--slow-start", "1"]);
    quick.wait_for("readiness", |service| service.get("/readyz").status == 200);
    quick.posted(200, GATE, &question());
}

#[test]
fn a_connection_serves_many_requests_and_http_2_is_understood() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    for _ in 0..3 {
        send(&mut stream, "GET", "/healthz", "", "");
        assert_eq!(receive(&mut stream).status, 200);
    }
    // The client's preface and an empty SETTINGS frame; the server answers with its own SETTINGS (type 4, stream 0).
    let mut stream = service.connect();
    std::io::Write::write_all(&mut stream, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    assert_eq!((head[3], &head[5..9]), (4, &[0, 0, 0, 0][..]));
}

#[test]
fn a_signal_lets_the_request_under_way_finish_and_exits_0() {
    let service = Service::start(&["--allow-faults"]);
    service.posted(200, "/faults", &json!({"slow_ms": 5000}));
    let mut slow = service.connect();
    send(&mut slow, "POST", GATE, "", &question().to_string());
    service.wait_for("the slow request", |service| service.metric("in_flight_requests") == Some(1.0));
    let reader = std::thread::spawn(move || receive(&mut slow).status);
    let (code, rest) = service.end();
    assert_eq!((code, rest.as_str()), (Some(0), ""));
    assert_eq!(reader.join().unwrap(), 200);
}

#[test]
fn an_address_other_than_loopback_needs_permission() {
    for (arguments, code) in [
        (&["--listen", "0.0.0.0:0"][..], "CBKB101"),
        (&["--upstream", "https://example.org"], "CBKB101"),
        (&["--database-url", "postgres://127.0.0.1:1/none"], "CBKB105"),
        (&["--redis-url", "redis://127.0.0.1:1"], "CBKB105"),
        (&["--data", "/dev/null/x"], "CBKB105"),
    ] {
        let output = command(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{arguments:?}: {said}");
        assert!(said.starts_with(&format!("error[{code}]: ")) && said.contains("next:"), "{arguments:?}: {said}");
    }
    let mut child = command(&["--listen", "0.0.0.0:0", "--allow-remote"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("listening http://0.0.0.0:"), "{line}");
}

#[test]
fn the_corpus_is_written_as_json_lines() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_target-service"))
        .args(["corpus", "--seed", "1", "--documents", "3", "--bytes", "1000"])
        .output()
        .unwrap();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines.iter().all(|line| line["text"].is_string() && line["labels"].is_array() && line["redacted"].is_string())
    );
}
