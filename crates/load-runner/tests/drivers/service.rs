//! The service that is started for an engine of scripts: the real one.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_model::load::Source;
use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, engine, is_alive, said};

const SCENARIO: &str = r#"
description = "a service of its own"
base_url = "http://127.0.0.1:1"
timeout = "60 s"
connections = 10

[headers]
x-api-key = "${ENV:TARGET_API_KEY}"

[service]
args = ["--plugins", "7"]

[[request]]
name = "stats"
get = "/api/phase6/stats"

[[phase]]
name = "open"
duration = "4 s"
rate = "20 req/s"

[scrape]
answered = "http_requests_total{route=\"/api/phase6/stats\"}"

[thresholds]
http_req_failed = ["rate<0.1"]
"#;

/// Verbs, the variables that name their engines, and the engines' logs.
const ENGINES: [(&str, &str, &str); 2] =
    [("locust", "PERFLEDGER_LOCUST", "locust-master.log"), ("k6", "PERFLEDGER_K6", "k6.log")];

/// The service's program: named by the environment, or beside the program that starts it.
fn program() -> PathBuf {
    let named = std::env::var_os("PERFLEDGER_TARGET_SERVICE").map(PathBuf::from);
    let program =
        named.unwrap_or_else(|| Path::new(env!("CARGO_BIN_EXE_load-runner")).with_file_name("target-service"));
    assert!(
        program.exists(),
        "there is no {}: run `cargo build -p target-service`, or name the program in PERFLEDGER_TARGET_SERVICE",
        program.display()
    );
    program
}

/// The service behind a script that writes down its process and its arguments first.
fn noted(bench: &Bench) -> PathBuf {
    let (script, notes) = (bench.path("service"), bench.path("started"));
    let text =
        format!("#!/bin/sh\nprintf '%s\\n' \"$$ $*\" > '{}'\nexec '{}' \"$@\"\n", notes.display(), program().display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// What it wrote down.
fn started(bench: &Bench) -> (i32, String) {
    let text = std::fs::read_to_string(bench.path("started")).unwrap();
    let (pid, arguments) = text.trim().split_once(' ').unwrap();
    (pid.parse().unwrap(), arguments.to_owned())
}

fn run(bench: &Bench, verb: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
    command.arg(verb).arg(bench.path("both.toml")).arg("--project").arg(bench.folder.path()).arg("--out");
    // A key that is set already is of another service.
    command.arg(bench.path("run.json")).env("TARGET_API_KEY", "of-another").arg("--service").arg(noted(bench));
    command
}

fn starts_what_the_scenario_asks_for_and_ends_it(verb: &str) {
    let bench = Bench::new(SCENARIO);
    let (code, talk) = said(&mut run(&bench, verb));
    assert_eq!(code, Some(0), "{talk}");
    let (pid, arguments) = started(&bench);
    assert_eq!(arguments, "serve --listen 127.0.0.1:0 --plugins 7");
    assert!(!is_alive(pid), "the service is left behind");
    assert!(bench.path("service.log").exists());
    let load = bench.load();
    assert!(load.series.iter().any(|series| series.sent > 0));
    // It demands a key, and has got it.
    for series in load.series.iter().filter(|series| series.sent > 0) {
        assert_eq!(series.statuses.keys().collect::<Vec<_>>(), ["200"], "{talk}");
    }
    assert!(load.target.is_some_and(|target| target.starts_with("http://127.0.0.1:") && target.len() > 18));
    let used: Vec<_> = load.usage.iter().filter(|usage| usage.of == Source::Service).collect();
    assert!(used.len() >= 3, "{used:?}");
    assert!(used.iter().all(|usage| usage.restarts == Some(0)), "{used:?}");
    assert!(load.usage.is_sorted_by(|a, b| a.at_s.get() <= b.at_s.get()));
    // Watched from before load until its end, on the record's clock.
    let end = load.phases.iter().map(|phase| phase.start_s.get() + phase.measured_s.get()).fold(0.0, f64::max);
    let begin = load.phases.first().unwrap().start_s.get();
    let (first, last) = (used.first().unwrap().at_s.get(), used.last().unwrap().at_s.get());
    assert!(first < begin && last > (begin + end) / 2.0, "{used:?}, from {begin} until {end}");
    assert!(used.iter().any(|usage| (begin..end).contains(&usage.at_s.get()) && usage.memory.is_some()), "{used:?}");
    // What the service says of itself: every answer is in its last word.
    let gauge = load.gauges.iter().find(|gauge| gauge.name == "answered").unwrap();
    let completed: u64 = load.series.iter().map(|series| series.completed).sum();
    assert_eq!(gauge.points.last().unwrap().1.get(), completed as f64, "{gauge:?}");
}

/// Waits until the service is ready and the engine is started, which has a log then. Returns the service's process.
fn under_way(bench: &Bench, log: &str) -> i32 {
    let deadline = Instant::now() + Duration::from_secs(240);
    while !bench.path(log).exists() {
        assert!(Instant::now() < deadline, "the engine was never started");
        std::thread::sleep(Duration::from_millis(20));
    }
    started(bench).0
}

fn ends_the_service_when_interrupted(verb: &str, log: &str) {
    let bench = Bench::new(&SCENARIO.replace("duration = \"4 s\"", "duration = \"600 s\""));
    let mut child = run(&bench, verb).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let service = under_way(&bench, log);
    assert!(is_alive(service));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let code = child.wait().unwrap().code();
    // With a record when load had begun, and without one before.
    assert!(matches!(code, Some(2 | 3)), "{code:?}");
    assert!(!is_alive(service), "the service is left behind");
}

fn notices_a_service_that_ends(verb: &str, log: &str) {
    let bench = Bench::new(SCENARIO);
    let mut command = run(&bench, verb);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let service = under_way(&bench, log);
    kill_process(Pid::from_raw(service).unwrap(), Signal::KILL).unwrap();
    let talk = String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr).into_owned();
    assert!(talk.contains("the service restarted or ended while it was watched"), "{talk}");
    let load = bench.load();
    assert!(load.usage.iter().any(|usage| usage.restarts == Some(1)), "{:?}", load.usage);
}

#[test]
fn locust_has_the_service_that_the_scenario_asks_for() {
    let Some(_) = engine("PERFLEDGER_LOCUST") else { return };
    starts_what_the_scenario_asks_for_and_ends_it("locust");
}

#[test]
fn k6_has_the_service_that_the_scenario_asks_for() {
    let Some(_) = engine("PERFLEDGER_K6") else { return };
    starts_what_the_scenario_asks_for_and_ends_it("k6");
}

#[test]
fn the_service_ends_with_an_interrupted_engine() {
    for (verb, variable, log) in ENGINES.into_iter().filter(|(_, variable, _)| engine(variable).is_some()) {
        eprintln!("{variable}");
        ends_the_service_when_interrupted(verb, log);
    }
}

#[test]
fn a_service_that_ends_before_the_engine_is_noticed() {
    for (verb, variable, log) in ENGINES.into_iter().filter(|(_, variable, _)| engine(variable).is_some()) {
        eprintln!("{variable}");
        notices_a_service_that_ends(verb, log);
    }
}

#[test]
fn a_service_that_is_started_stands_beside_no_other_address_and_no_other_hosts() {
    let bench = Bench::new(SCENARIO);
    for more in [&["--base-url", "http://127.0.0.1:9"][..], &["--set", "base_url=http://127.0.0.1:9"]] {
        let (code, talk) = said(run(&bench, "locust").args(more));
        assert_eq!(code, Some(2));
        assert!(talk.contains("--service") && talk.contains("base_url"), "{talk}");
    }
    let (code, talk) = said(run(&bench, "locust").args(["--hosts", "127.0.0.1"]));
    assert_eq!(code, Some(2));
    assert!(talk.contains("--hosts") && talk.contains("--service"), "{talk}");
    assert!(!bench.path("started").exists(), "nothing is started before");
}
