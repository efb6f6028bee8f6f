use std::process::Command;
use std::time::{Duration, Instant};

use bench_model::load::Workers;
use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, ODD, SCENARIO, SECRET, Talking, check_odd, engine, is_alive, said, sum};
use super::server::Server;

const LONG: &str = "duration = \"120 s\"\nrate = \"20 req/s\"";

fn long() -> String {
    SCENARIO.replace("duration = \"4 s\"\nrate = \"20 req/s\"", LONG)
}

fn pid(text: &str) -> i32 {
    text.trim().parse().unwrap()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(240);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_master_and_two_workers_count_what_the_service_saw() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(SCENARIO));
    let (code, talk) = said(&mut bench.command("locust", &server.url()));
    assert_eq!(code, Some(0), "{talk}");
    let load = bench.load();
    assert_eq!(load.engine.name, "locust");
    assert_eq!(load.engine.workers, Some(Workers { expected: 2, ready: 2, lost: 0 }));
    assert!(!load.engine.times_from_due);
    // An arrival is sent, or counted as not sent; none is forgotten, however slow this machine is.
    let of_open = |figure: fn(&bench_model::load::Series) -> u64| sum(&load, "open", figure);
    assert_eq!(of_open(|it| it.offered.unwrap()), 80);
    assert_eq!(of_open(|it| it.sent + it.unsent), 80);
    assert_eq!(load.phases[0].offered, Some(80));
    let sent: u64 = load.series.iter().map(|it| it.sent).sum();
    let counted: u64 = load.series.iter().map(|it| it.latency.as_ref().and_then(|it| it.count()).unwrap()).sum();
    assert_eq!((sent, counted), (server.seen(), server.seen()), "every request once, and in a bucket");
    assert!(sum(&load, "closed", |it| it.sent) > 0);
    let windows: u64 = load.windows.iter().map(|it| it.completed).sum();
    assert_eq!(windows, server.seen());
    for series in &load.series {
        let broken = series.request == "broken";
        assert_eq!(series.failed, if broken { series.sent } else { 0 }, "{}: {:?}", series.request, series.errors);
        assert_eq!(series.statuses.keys().collect::<Vec<_>>(), [if broken { "500" } else { "200" }]);
        assert!(series.checks.values().all(|check| check.failed == 0 && check.passed == series.sent), "{series:?}");
    }
    assert_eq!(bench.holds(SECRET), None, "the secret is written down");
}

#[test]
fn a_killed_worker_is_noticed_and_the_run_decides_nothing() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(&long()));
    let mut run = Talking::start(&mut bench.command("locust", &server.url()));
    let worker = pid(&run.after("locust worker 1 is process "));
    until("load", || server.seen() > 20);
    kill_process(Pid::from_raw(worker).unwrap(), Signal::KILL).unwrap();
    let status = run.wait();
    let load = bench.load();
    assert_eq!(load.engine.workers, Some(Workers { expected: 2, ready: 2, lost: 1 }));
    assert!(load.cut.is_some(), "a run without a worker is not whole");
    assert_eq!(status.code(), Some(3));
    assert!(load.series.iter().map(|it| it.sent).sum::<u64>() > 0, "what the other worker counted is kept");
}

#[test]
fn an_interrupt_ends_every_process_and_keeps_what_was_counted() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(&long()));
    let mut run = Talking::start(&mut bench.command("locust", &server.url()));
    let workers = [pid(&run.after("locust worker 0 is process ")), pid(&run.after("locust worker 1 is process "))];
    until("load", || server.seen() > 20);
    kill_process(Pid::from_child(&run.child), Signal::INT).unwrap();
    assert_eq!(run.wait().code(), Some(3));
    let load = bench.load();
    assert_eq!(load.engine.workers.map(|it| it.lost), Some(0));
    assert!(load.cut.is_some_and(|cut| cut.at_s.get() < 120.0));
    for worker in workers {
        assert!(!is_alive(worker), "worker {worker} is left behind");
    }
}

#[test]
fn a_service_that_is_not_there_is_no_success() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let bench = Bench::new(&SCENARIO.replace("${capture.made}", "1"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, talk) = said(&mut bench.command("locust", &format!("http://127.0.0.1:{port}")));
    assert_eq!(code, Some(0), "{talk}");
    let load = bench.load();
    for series in load.series.iter().filter(|series| series.sent > 0) {
        assert_eq!((series.completed, series.failed), (0, series.sent));
        assert_eq!(series.errors.get("connect"), Some(&series.sent), "{:?}", series.errors);
        assert_eq!(series.latency, None, "a refusal is no answer");
    }
}

#[test]
fn workers_of_other_hosts_join_by_the_printed_command() {
    let Some(program) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(SCENARIO));
    let mut command = bench.command("locust", &server.url());
    let mut run = Talking::start(command.args(["--hosts", "127.0.0.1", "--workers", "1"]));
    let arguments = run.after("locust --worker");
    let mut worker = Command::new(program)
        .arg("--worker")
        .args(arguments.split_whitespace())
        .current_dir(bench.folder.path())
        .env("DRIVER_TEST_KEY", SECRET)
        .spawn()
        .unwrap();
    let status = run.wait();
    let ended = worker.wait();
    assert_eq!(status.code(), Some(0));
    assert!(ended.is_ok());
    assert_eq!(bench.load().engine.workers, Some(Workers { expected: 1, ready: 1, lost: 0 }));
    assert_eq!(bench.load().series.iter().map(|it| it.sent).sum::<u64>(), server.seen());
}

#[test]
fn what_a_master_elsewhere_printed_becomes_the_same_record() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(SCENARIO));
    assert_eq!(said(&mut bench.command("locust", &server.url())).0, Some(0));
    let first = bench.load();
    let log = format!(
        "perfledger-port 5557\nINFO something\n{}\n",
        std::fs::read_to_string(bench.path("locust-result.json")).unwrap()
    );
    std::fs::write(bench.path("master.log"), log).unwrap();
    let from = |scenario: &str| {
        std::fs::write(bench.path("both.toml"), scenario).unwrap();
        said(bench.command("locust", &server.url()).arg("--result").arg(bench.path("master.log")))
    };
    let (code, talk) = from(SCENARIO);
    assert_eq!(code, Some(0), "{talk}");
    assert_eq!(bench.load(), first);
    let (code, talk) = from(&SCENARIO.replace("20 req/s", "21 req/s"));
    assert_eq!(code, Some(2));
    assert!(talk.contains("another plan"), "{talk}");
}

#[test]
fn what_cannot_be_run_is_said_before_any_process_is_started() {
    let bench = Bench::new(SCENARIO);
    let mut command = bench.command("locust", "http://127.0.0.1:1");
    let (code, talk) = said(command.args(["--locust", "/nonexistent/locust"]));
    assert_eq!(code, Some(2));
    assert!(talk.contains("CBKB105") && talk.contains("/nonexistent/locust"), "{talk}");
    let (code, talk) = said(bench.command("locust", "http://127.0.0.1:1").env_remove("DRIVER_TEST_KEY"));
    assert_eq!(code, Some(2));
    assert!(talk.contains("DRIVER_TEST_KEY is not set"), "{talk}");
    let (code, talk) = said(bench.command("locust", "http://127.0.0.1:1").args(["--hosts", "192.0.2.1"]));
    assert_eq!(code, Some(2));
    assert!(talk.contains("--hosts") && talk.contains("--allow-remote"), "{talk}");
    let (code, talk) = said(&mut bench.command("locust", "http://192.0.2.1:80"));
    assert_eq!(code, Some(2));
    assert!(talk.contains("--allow-remote"), "{talk}");
}

#[test]
fn locust_sends_and_judges_odd_values_as_the_engine_does() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let (server, bench) = (Server::start(), Bench::new(ODD));
    let (code, talk) = said(bench.command("locust", &server.url()).args(["--workers", "1"]));
    assert_eq!(code, Some(0), "{talk}");
    check_odd(&bench, &server);
}

#[test]
fn data_are_fetched_past_proxies_and_never_from_where_a_redirect_points() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let data = |path: &str| {
        let source = format!("[data.numbers]\nget = \"{path}\"\npointer = \"/list\"\n\n[[request]]\nname = \"create\"");
        SCENARIO
            .replacen("[[request]]\nname = \"create\"", &source, 1)
            .replace("/read/${capture.made}", "/read/${data.numbers}")
    };
    let (server, bench) = (Server::start(), Bench::new(&data("/numbers")));
    let (code, talk) = said(bench.command("locust", &server.url()).args(["--workers", "1"]));
    assert_eq!(code, Some(0), "{talk}");
    assert!(!server.asked("/read/1").is_empty() && !server.asked("/read/2").is_empty());
    let (server, bench) = (Server::start(), Bench::new(&data("/away")));
    let (code, talk) = said(bench.command("locust", &server.url()).args(["--workers", "1"]));
    assert_ne!(code, Some(0), "{talk}");
    assert_eq!((server.asked("/away").len(), server.asked("/followed").len()), (1, 0));
}

#[test]
fn no_poisson_arrival_is_lost_at_the_end_of_a_phase() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    let poisson = |connections: &str, slow: &str| {
        SCENARIO
            .replace("rate = \"20 req/s\"", "rate = \"20 req/s\"\nspacing = \"poisson\"")
            .replace("connections = 40", connections)
            .replace("post = \"/create\"", slow)
    };
    let offered = |scenario: &str| {
        let (server, bench) = (Server::start(), Bench::new(scenario));
        let (code, talk) = said(&mut bench.command("locust", &server.url()));
        assert_eq!(code, Some(0), "{talk}");
        let load = bench.load();
        let offered = sum(&load, "open", |it| it.offered.unwrap());
        assert_eq!(sum(&load, "open", |it| it.sent + it.unsent), offered);
        offered
    };
    let quick = offered(&poisson("connections = 40", "post = \"/create\""));
    let busy = offered(&poisson("connections = 40", "post = \"/slow\""));
    assert_eq!(quick, busy, "what is due hangs on the seed alone, not on how quickly it is answered");
}
