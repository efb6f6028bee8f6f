use bench_model::load::Load;

use super::bench::{Bench, ODD, PATH_SECRET, SCENARIO, SECRET, check_odd, engine, said, sum};
use super::server::Server;

fn verdict(load: &Load, metric: &str) -> Option<bool> {
    load.engine_thresholds.iter().find(|it| it.threshold.metric == metric).map(|it| it.passed)
}

#[test]
fn points_of_k6_become_the_phases_of_the_scenario() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    let (server, bench) = (Server::start(), Bench::new(SCENARIO));
    let (code, talk) = said(&mut bench.command("k6", &server.url()));
    assert_eq!(code, Some(0), "a threshold that failed in k6 is for the judge: {talk}");
    let load = bench.load();
    assert_eq!((load.engine.name.as_str(), load.engine.version.as_deref()), ("k6", Some("1.1.0")));
    let names: Vec<_> = load.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["open", "closed"]);
    let sent: u64 = load.series.iter().map(|it| it.sent).sum();
    assert_eq!(sent, server.seen());
    // k6 begins the last arrival at the end of its phase, or not.
    let offered = sum(&load, "open", |it| it.offered.unwrap());
    assert!((79..=81).contains(&offered), "{offered} arrivals of 80");
    assert_eq!(sum(&load, "open", |it| it.sent + it.unsent), offered);
    let checks = load.series.iter().flat_map(|series| &series.checks);
    let failed: Vec<_> = checks.filter(|(_, count)| count.failed > 0).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let broken = load.series.iter().filter(|series| series.request == "broken");
    assert!(broken.into_iter().all(|series| series.failed == series.sent));
    // k6's own words, turned the right way round.
    assert_eq!(verdict(&load, "http_req_duration{phase:open}"), Some(true));
    assert_eq!(verdict(&load, "http_req_failed"), Some(false));
    assert_eq!(verdict(&load, "{phase:open}"), None, "k6 has no `samples`");
    assert_eq!(bench.holds(SECRET), None, "the secret is written down");
}

#[test]
fn k6_calls_a_dead_port_fast_and_the_record_does_not() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    let bench = Bench::new(&SCENARIO.replace("${capture.made}", "1"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, talk) = said(&mut bench.command("k6", &format!("http://127.0.0.1:{port}")));
    assert_eq!(code, Some(0), "{talk}");
    let load = bench.load();
    assert_eq!(verdict(&load, "http_req_duration{phase:open}"), Some(true), "this is what k6 says");
    assert!(
        load.series
            .iter()
            .all(|series| series.completed == 0 && series.failed == series.sent && series.latency.is_none())
    );
    assert!(load.series.iter().any(|series| series.errors.contains_key("connect")), "{:?}", load.series);
}

#[test]
fn what_k6_cannot_run_is_said_before_it_is_started() {
    let bench = Bench::new(&SCENARIO.replace("users = 4", "users = { from = 1, to = 4 }\niterations = 10"));
    let (code, talk) = said(&mut bench.command("k6", "http://127.0.0.1:1"));
    assert_eq!(code, Some(2));
    assert!(talk.contains("closed"), "{talk}");
}

#[test]
fn k6_sends_and_judges_odd_values_as_the_engine_does() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    let (server, bench) = (Server::start(), Bench::new(&ODD.replace("connections = 10", "connections = 1")));
    let (code, talk) = said(&mut bench.command("k6", &server.url()));
    assert_eq!(code, Some(0), "{talk}");
    check_odd(&bench, &server);
    let load = bench.load();
    assert_eq!(verdict(&load, "http_req_failed"), Some(false), "k6 knows of failed checks, too");
    assert_eq!(verdict(&load, "http_req_failed{phase:open}"), Some(true));
}

#[test]
fn what_k6_says_of_a_request_that_it_cannot_send_holds_no_secret() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    let bench = Bench::new(&ODD.replace("${capture.text}", "1").replace("${capture.path}", "1"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (_, talk) = said(&mut bench.command("k6", &format!("http://127.0.0.1:{port}")));
    let log = std::fs::read_to_string(bench.path("k6.log")).unwrap();
    assert!(log.contains("/wrong/***"), "{log}");
    for secret in [SECRET, PATH_SECRET, "path%20secret", "secret%2Fof"] {
        assert_eq!(bench.holds(secret), None);
        assert!(!talk.contains(secret), "{talk}");
    }
    assert!(!unpacked(&bench.path("k6-points.json.gz")).contains("secret"));
}

fn unpacked(path: &std::path::Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
    text
}

#[test]
fn phases_of_k6_begin_with_its_clock_and_end_with_their_last_iteration() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    let phases = SCENARIO.replace("rate = \"20 req/s\"", "users = 1\niterations = 3\nthink_time = \"10 ms\"");
    let (server, bench) = (Server::start(), Bench::new(&phases.replace("weight = 0.2", "weight = 0.01")));
    let (code, talk) = said(&mut bench.command("k6", &server.url()));
    assert_eq!(code, Some(0), "{talk}");
    let load = bench.load();
    let [open, closed] = load.phases.as_slice() else { panic!("{:?}", load.phases) };
    assert!((closed.start_s.get() - open.start_s.get() - 4.0).abs() < 1e-6, "{:?}", load.phases);
    assert!(open.measured_s.get() < 4.0, "three iterations take no four seconds: {open:?}");
    assert_eq!(sum(&load, "open", |it| it.sent), 3);
}
