//! `load-runner scale` from the outside, with the real service: what it starts, in which order, what it writes, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bench_model::run::{Mode, Run};
use bench_model::scale::{Axis, ScalePoint};
use rustix::process::{Pid, Signal, kill_process};

const SCENARIO: &str = r#"
description = "policies, by users who do not wait"
base_url = "http://127.0.0.1:1"
timeout = "60 s"

[headers]
x-api-key = "${ENV:TARGET_API_KEY}"

[service]
args = ["--plugins", "7"]

[[request]]
name = "policy"
post = "/api/v1/policies/evaluate"
json = { policy_id = "policy-001", input = {} }

[[phase]]
name = "warm-up"
duration = "1 s"
at_least = "100 ms"
users = 8
warm_up = true

[[phase]]
name = "measured"
duration = "4 s"
at_least = "400 ms"
users = 8
"#;

/// A folder with a scenario, and the service behind a script that writes down each start.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(scenario: &str) -> Self {
        Self::with(scenario, "")
    }

    /// With what the script does before the service.
    fn with(scenario: &str, before: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(bench.path("small.toml"), scenario).unwrap();
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$$ $*\" >> '{}'\n{before}\nexec '{}' \"$@\"\n",
            bench.path("started").display(),
            service().display()
        );
        std::fs::write(bench.path("service"), script).unwrap();
        std::fs::set_permissions(bench.path("service"), std::fs::Permissions::from_mode(0o755)).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, axis: &str, at: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
        command.arg("scale").arg(self.path("small.toml")).args(["--axis", axis, "--at", at, "--time-scale", "0.01"]);
        command.arg("--project").arg(self.folder.path()).arg("--out").arg(self.path("run.json"));
        command.arg("--service").arg(self.path("service")).args(more).env_remove("DATABASE_URL");
        command
    }

    fn run(&self, axis: &str, at: &str, more: &[&str]) -> Output {
        self.command(axis, at, more).output().unwrap()
    }

    fn record(&self) -> Run {
        serde_json::from_slice(&std::fs::read(self.path("run.json")).unwrap()).unwrap()
    }

    /// Every start: the process and its arguments.
    fn started(&self) -> Vec<(i32, String)> {
        let text = std::fs::read_to_string(self.path("started")).unwrap_or_default();
        let line = |line: &str| {
            let (pid, arguments) = line.split_once(' ').unwrap();
            (pid.parse().unwrap(), arguments.to_owned())
        };
        text.lines().map(line).collect()
    }

    /// The processes that were started and did not end.
    fn left_behind(&self) -> Vec<i32> {
        let is_alive = |pid: &i32| Path::new(&format!("/proc/{pid}")).exists();
        self.started().into_iter().map(|(pid, _)| pid).filter(is_alive).collect()
    }
}

/// The service's program: named by the environment, or beside the program that starts it.
fn service() -> PathBuf {
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

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn places(points: &[ScalePoint]) -> Vec<(u32, u32)> {
    points.iter().map(|point| (point.at, point.round)).collect()
}

#[test]
fn every_size_is_measured_as_often_as_asked_with_a_new_service_each_time() {
    let bench = Bench::new(SCENARIO);
    let output = bench.run("processes", "2,1", &["--repeats", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(printed.trim_end(), bench.path("run.json").display().to_string());
    let run = bench.record();
    assert!(run.complete && run.errors.is_empty() && run.benchmarks.is_empty() && run.load.is_none());
    assert_eq!((run.plan.rounds, run.plan.mode), (2, Mode::Quick));
    let scale = run.scale.unwrap();
    assert_eq!((scale.scenario.as_str(), scale.axis, scale.repeats), ("small", Axis::Processes, 2));
    assert!(scale.cores >= 1);
    assert_eq!(places(&scale.points), [(1, 1), (2, 1), (2, 2), (1, 2)]);
    for point in &scale.points {
        assert!(point.completed > 0 && point.failed == 0, "{point:?}");
        assert!((0.39..60.0).contains(&point.seconds.get()), "{point:?}");
        let rate = point.completed as f64 / point.seconds.get();
        assert!((point.throughput.get() / rate - 1.0).abs() < 1e-9, "{point:?}");
        let latency = point.latency.unwrap();
        assert!(latency.p50.get() > 0.0 && latency.p50 <= latency.p95 && latency.p95 <= latency.p99, "{point:?}");
        assert_eq!(point.pool_wait, None, "there is no database");
    }
    // Two processes are counted as two: one alone has less memory than both, whatever else differs.
    let memory = |at: u32| {
        let all = scale.points.iter().filter(|point| point.at == at).map(|point| point.service_memory.unwrap().get());
        all.fold(0.0, f64::max)
    };
    assert!(memory(2) > 1.5 * memory(1), "{} and {}", memory(1), memory(2));
    // One line for each point, in order.
    for line in ["1 of 4: processes 1, round 1: ", "4 of 4: processes 1, round 2: "] {
        assert!(stderr(&output).contains(line), "{}", stderr(&output));
    }
    let harness = &run.provenance.toolchain.harness;
    assert_eq!(harness["scale processes"], "1, 2");
    assert!(harness["scenario small"].ends_with(" at time scale 0.01"), "{harness:?}");
}

#[test]
fn processes_share_an_address_and_none_is_left_behind() {
    let bench = Bench::new(SCENARIO);
    let output = bench.run("processes", "3", &["--repeats", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let started = bench.started();
    let (first, others) = started.split_first().unwrap();
    assert_eq!(first.1, "serve --listen 127.0.0.1:0 --plugins 7 --threads 1 --reuse-port");
    assert_eq!(others.len(), 2);
    for (_, arguments) in others {
        assert_eq!(*arguments, others[0].1);
        assert!(!arguments.contains("127.0.0.1:0 ") && arguments.contains("--reuse-port"), "{arguments}");
    }
    assert_eq!(bench.left_behind(), [0; 0]);
    assert!(bench.path("service-3.log").exists());
}

#[test]
fn threads_and_connections_vary_one_process() {
    for (axis, argument) in [("threads", " --threads 2"), ("connections", "--plugins 7")] {
        let bench = Bench::new(SCENARIO);
        let output = bench.run(axis, "2", &["--repeats", "1"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let started = bench.started();
        assert_eq!(started.len(), 1);
        assert!(started[0].1.ends_with(argument), "{started:?}");
        assert_eq!(places(&bench.record().scale.unwrap().points), [(2, 1)]);
    }
}

#[test]
fn connections_get_the_open_files_that_the_shell_permits_and_no_more() {
    let bench = Bench::new(SCENARIO);
    let limited = |ulimit: &str, axis: &str| {
        let run = bench.command(axis, "1,2,60", &["--repeats", "1"]);
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{ulimit} && exec \"$0\" \"$@\"")).arg(run.get_program()).args(run.get_args());
        shell.env_remove("DATABASE_URL").output().unwrap()
    };
    let raised = limited("ulimit -S -n 100", "connections");
    assert_eq!(raised.status.code(), Some(0), "{}", stderr(&raised));
    let points = bench.record().scale.unwrap().points;
    assert_eq!(points.iter().map(|point| point.failed).sum::<u64>(), 0);
    let refused = limited("ulimit -n 100", "connections");
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("60 connections need 124 open files, and at most 100 are permitted"));
}

#[test]
fn ctrl_c_keeps_the_points_that_are_done_and_ends_the_service() {
    let bench = Bench::new(SCENARIO);
    let mut command = bench.command("processes", "1,2", &["--repeats", "50"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut told = Vec::new();
    for line in lines {
        if line.starts_with("2 of 100: ") {
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        }
        told.push(line);
    }
    assert_eq!(child.wait().unwrap().code(), Some(3), "{told:#?}");
    let run = bench.record();
    assert!(!run.complete && run.errors.is_empty());
    let points = run.scale.unwrap().points;
    // The signal may come when the next one is just over.
    assert!((2..100).contains(&points.len()) && points.iter().all(|point| point.completed > 0), "{points:?}");
    assert_eq!(bench.left_behind(), [0; 0]);
}

#[test]
fn a_point_that_was_cut_is_none() {
    let bench = Bench::new(&SCENARIO.replace("at_least = \"400 ms\"", "").replace("4 s", "99 h"));
    let mut command = bench.command("processes", "2", &["--repeats", "1"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while bench.started().len() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // Long enough for the measured phase to begin on most machines. Where it does not, the same comes of it.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(bench.left_behind().len(), 2);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(3));
    let run = bench.record();
    assert!(!run.complete && run.scale.unwrap().points.is_empty());
    assert_eq!(bench.left_behind(), [0; 0]);
}

#[test]
fn a_size_whose_service_does_not_start_keeps_those_before_it() {
    let bench = Bench::with(SCENARIO, "case \"$*\" in *'--threads 3'*) echo no room >&2; exit 1;; esac");
    let output = bench.run("threads", "1,2,3", &["--repeats", "2"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let run = bench.record();
    assert!(!run.complete);
    // Round 1 is 1, 3, 2.
    assert_eq!(places(&run.scale.unwrap().points), [(1, 1)]);
    let error = &run.errors[0];
    assert_eq!(error.code, bench_model::Code::Load);
    assert!(error.message.contains("threads 3, round 1") && error.message.contains("no room"), "{error:?}");
    assert_eq!(bench.left_behind(), [0; 0]);

    let bench = Bench::with(SCENARIO, "exit 1");
    let output = bench.run("threads", "1,2", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("CBKB105"), "{}", stderr(&output));
    assert!(!bench.path("run.json").exists(), "nothing was measured");
}

#[test]
fn a_second_process_that_does_not_start_ends_the_first() {
    let bench = Bench::with(SCENARIO, "case \"$*\" in *127.0.0.1:0*) ;; *) exit 1;; esac");
    let output = bench.run("processes", "2", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(bench.started().len(), 2);
    assert_eq!(bench.left_behind(), [0; 0]);
}

#[test]
fn a_dry_run_shows_the_order_and_starts_nothing() {
    let bench = Bench::new(SCENARIO);
    let output = bench.run("connections", "1,2,3", &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("connections: 1, 2, 3") && text.contains("9 points") && text.contains("0 min 5 s"), "{text}");
    assert!(text.contains("round 1: 1 3 2\nround 2: 2 3 1\nround 3: "), "{text}");
    assert!(bench.started().is_empty() && !bench.path("run.json").exists());
}

#[test]
fn what_no_size_can_be_measured_by_is_refused_before_anything_starts() {
    let replaced = |from: &str, to: &str| SCENARIO.replace(from, to);
    for (scenario, axis, at, flags, said) in [
        (SCENARIO.to_owned(), "pool", "1,2", &[][..], "DATABASE_URL"),
        (SCENARIO.to_owned(), "threads", "1,1", &[], "stands twice"),
        (SCENARIO.to_owned(), "threads", "0,1", &[], "0 threads cannot be"),
        (SCENARIO.to_owned(), "processes", "257", &[], "1 to 256"),
        (SCENARIO.to_owned(), "connections", "100001", &[], "1 to 100000"),
        (SCENARIO.to_owned(), "connections", "1,2", &["--threads", "2"], "cannot be shared"),
        (SCENARIO.to_owned(), "threads", "1", &["--set", "base_url=http://127.0.0.1:1"], "base_url"),
        (replaced("users = 8", "rate = \"10 req/s\""), "threads", "1", &[], "sends at a rate"),
        (replaced("users = 8", "users = 8\nthink_time = \"1 ms\""), "threads", "1", &[], "think"),
        (replaced("users = 8", "users = { from = 1, to = 8 }"), "threads", "1", &[], "changing number of users"),
        (replaced("users = 8", "users = 8\niterations = 9"), "threads", "1", &[], "iterations"),
        (replaced("warm_up = true", ""), "threads", "1", &[], "a warm-up and then one phase"),
        (replaced("timeout = \"60 s\"", "connections = 4"), "threads", "1", &[], "8 users and 4 connections"),
        (replaced("[service]", "[service]\ndependency = true"), "threads", "1", &[], "dependency"),
        (replaced("4 s", "20 h"), "threads", "1", &["--time-scale", "1"], "24 hours"),
    ] {
        let bench = Bench::new(&scenario);
        let mut command = bench.command(axis, at, &[]);
        if flags.contains(&"--time-scale") {
            command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
            command.arg("scale").arg(bench.path("small.toml")).args(["--axis", axis, "--at", at]);
            command.arg("--project").arg(bench.folder.path()).arg("--service").arg(bench.path("service"));
        }
        let output = command.args(flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{said}: {}", stderr(&output));
        assert!(bench.started().is_empty() && !bench.path("run.json").exists(), "{said}");
    }
}

#[test]
fn a_pool_is_varied_and_its_wait_is_told() {
    let Ok(postgres) = std::env::var("PERFLEDGER_TEST_POSTGRES") else {
        eprintln!("skipped: PERFLEDGER_TEST_POSTGRES names no PostgreSQL");
        return;
    };
    let scenario = SCENARIO.replace(
        "post = \"/api/v1/policies/evaluate\"\njson = { policy_id = \"policy-001\", input = {} }",
        "get = \"/api/v1/policies/policy-001\"",
    );
    let bench = Bench::new(&scenario);
    let output = bench.command("pool", "1,4", &["--repeats", "1"]).env("DATABASE_URL", &postgres).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        bench.started().iter().all(|(_, arguments)| arguments.contains("--pool ") && !arguments.contains("postgres"))
    );
    let points = bench.record().scale.unwrap().points;
    let wait = |at: u32| points.iter().find(|point| point.at == at).unwrap().pool_wait.unwrap().get();
    // Eight users and one connection: seven of them wait.
    assert!(wait(1) > wait(4) && wait(4) >= 0.0, "{points:?}");
    let text = std::fs::read_to_string(bench.path("run.json")).unwrap();
    assert!(!text.contains("postgres:"), "the database's address is in the record");
}
