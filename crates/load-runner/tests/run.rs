//! `load-runner run` from the outside: what it writes, prints, refuses, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bench_model::run::Run;

/// A service that answers every request with 200, on a free port.
fn service() -> String {
    counting_service().0
}

/// The same, and how many requests it had.
fn counting_service() -> (String, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || {
                let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                for line in lines {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"items\":[1]}";
                    counted.fetch_add(u64::from(line.is_empty()), Ordering::SeqCst);
                    if line.is_empty() && (&stream).write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, count)
}

fn scenario(folder: &Path, base_url: &str, more: &str) -> PathBuf {
    let path = folder.join("quick.toml");
    let text = format!(
        "description = \"quick\"\nbase_url = \"{base_url}\"\n{more}\n[[phase]]\nname = \"steady\"\nduration = \"300 ms\"\nrate = \"100 req/s\"\n\
         [[request]]\nname = \"root\"\nget = \"/\"\n[thresholds]\nhttp_req_duration = [\"p(95)<200\"]\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

fn run(folder: &Path, scenario: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
    command.arg("run").arg(scenario).arg("--project").arg(folder).arg("--out").arg(folder.join("run.json")).args(more);
    command.output().unwrap()
}

fn written(folder: &Path) -> Run {
    serde_json::from_slice(&std::fs::read(folder.join("run.json")).unwrap()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_run_is_written_and_its_path_printed() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &scenario(folder.path(), &service(), ""), &["--seed", "7"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let path = String::from_utf8(output.stdout).unwrap();
    assert_eq!(path.trim_end(), folder.path().join("run.json").display().to_string());
    let run = written(folder.path());
    let load = run.load.unwrap();
    assert!(run.complete);
    assert_eq!((load.scenario.as_str(), load.seed), ("quick", Some(7)));
    assert_eq!((load.series[0].completed, load.series[0].failed), (30, 0));
    assert_eq!(load.thresholds[0].expression, "p(95)<200");
}

#[test]
fn nobody_there_is_a_run_and_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = run(folder.path(), &scenario(folder.path(), &format!("http://127.0.0.1:{port}"), ""), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("not one request was answered"), "{}", stderr(&output));
    let load = written(folder.path()).load.unwrap();
    assert_eq!((load.series[0].completed, load.series[0].errors["connect"]), (0, 30));
}

#[test]
fn load_does_not_leave_this_machine_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &scenario(folder.path(), "http://192.0.2.1:80", ""), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("CBKB101") && stderr(&output).contains("--allow-remote"), "{}", stderr(&output));
    assert!(!folder.path().join("run.json").exists());
}

#[test]
fn what_is_observed_does_not_lead_off_this_machine_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario(folder.path(), &service(), "");
    for more in [
        &["--scrape", "http://192.0.2.1/metrics"][..],
        &["--prom", "http://192.0.2.1:9090", "--query", "up=up"],
        &["--scrape", "http://[2001:db8::1]/metrics"],
    ] {
        let output = run(folder.path(), &path, more);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("CBKB101") && stderr(&output).contains("--allow-remote"),
            "{}",
            stderr(&output)
        );
    }
    assert!(!folder.path().join("run.json").exists());
}

#[test]
fn more_threads_than_connections_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario(folder.path(), "http://127.0.0.1:9", "connections = 3");
    let output = run(folder.path(), &path, &["--threads", "4"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("3 connections") && stderr(&output).contains("4 threads"), "{}", stderr(&output));
}

#[test]
fn users_that_wait_for_connections_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario(folder.path(), &service(), "connections = 1");
    let text = std::fs::read_to_string(&path).unwrap().replace("rate = \"100 req/s\"", "users = 4");
    std::fs::write(&path, text).unwrap();
    let output = run(folder.path(), &path, &[]);
    assert!(stderr(&output).contains("waited for a free connection"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_for_data() {
    use rustix::process::{Pid, Signal, kill_process};

    let folder = tempfile::tempdir().unwrap();
    // Takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let path = scenario(folder.path(), &url, "[data.things]\nget = \"/things\"\npointer = \"\"\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
    command.arg("run").arg(&path).arg("--project").arg(folder.path()).arg("--out").arg(folder.path().join("run.json"));
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let _held = silent.accept().unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("interrupted"), "{}", stderr(&output));
}

#[test]
fn data_that_cannot_be_fetched_end_it_before_any_load() {
    let folder = tempfile::tempdir().unwrap();
    let more = "[data.things]\nget = \"/things\"\npointer = \"/nowhere\"\n";
    let output = run(folder.path(), &scenario(folder.path(), &service(), more), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("CBKB105") && stderr(&output).contains("things"), "{}", stderr(&output));
    assert!(!folder.path().join("run.json").exists());
}

#[test]
fn a_dry_run_shows_the_plan_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &scenario(folder.path(), "http://127.0.0.1:9", ""), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("steady"));
    assert!(!folder.path().join("run.json").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_what_was_measured_and_leaves_it_undecided() {
    use rustix::process::{Pid, Signal, kill_process};

    let folder = tempfile::tempdir().unwrap();
    let (url, count) = counting_service();
    let path = scenario(folder.path(), &url, "");
    let text = std::fs::read_to_string(&path).unwrap().replace("300 ms", "1 h");
    std::fs::write(&path, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_load-runner"));
    let out = folder.path().join("run.json");
    child.arg("run").arg(&path).arg("--project").arg(folder.path()).arg("--out").arg(&out).arg("--quiet");
    let mut child = child.spawn().unwrap();
    while count.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    let run = written(folder.path());
    assert!(!run.complete);
    assert!(run.load.unwrap().cut.is_some());
}

#[test]
fn a_run_is_written_where_cargo_has_the_projects_target_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = scenario(folder.path(), &service(), "");
    let elsewhere = folder.path().join("elsewhere");
    let written = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_load-runner"));
        command.arg("run").arg(&path).arg("--project").arg(folder.path());
        let output = command.env("CARGO_TARGET_DIR", &elsewhere).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
    };
    // As `cargo xtask report` and every other reader looks for it: of what is no Cargo project, nobody asks Cargo.
    assert!(written().starts_with(folder.path().join("target/perf")), "{}", written().display());
    std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    let run = written();
    assert!(run.starts_with(elsewhere.join("perf")) && run.is_file(), "{}", run.display());
}
