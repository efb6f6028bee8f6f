use bench_model::load::Load;

use super::bench::{Bench, SCENARIO, SECRET, engine, said, sum};
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
