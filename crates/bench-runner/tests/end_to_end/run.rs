//! Runs that go well.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use bench_model::run::{Mode, Sampling, Throughput};
use tempfile::tempdir;

use crate::fixture::{SHORT, benches, criterion_version, interrupt_after, result, rounds, run, signal, stderr, stdout};

#[test]
fn measures_every_target_in_every_round() {
    let folder = tempdir().unwrap();
    let output = run(folder.path(), &["--rounds", "2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim(), folder.path().join("run.json").to_str().unwrap());

    let run = result(folder.path());
    let expected = [
        "fixture/again/alone",
        "fixture/numbers/a group: with/odd*names/new",
        "fixture/numbers/a group: with/odd*names/sum/4096",
        "fixture/numbers/alone",
        "fixture/trouble/first",
    ];
    assert_eq!(rounds(&run), expected.map(|id| (id.to_owned(), vec![1, 2])));
    assert!(run.complete);
    assert!(run.errors.is_empty());
    assert_eq!((run.plan.mode, run.plan.rounds), (Mode::Quick, 2));
    assert!(run.plan.partial, "the arguments are others than those of the configuration");
    assert!(
        run.warnings.iter().any(|text| text.contains("fixture/plain does not use Criterion")),
        "{:?}",
        run.warnings
    );

    let sum = &run.benchmarks[2];
    assert_eq!(sum.throughput, Some(Throughput::Bytes(4096)));
    let timing = sum.rounds[0].timing.as_ref().unwrap();
    assert_eq!((timing.sampling, timing.iters.len(), timing.times.len()), (Sampling::Linear, 12, 12));
    assert!(timing.typical.lower <= timing.typical.value && timing.typical.value <= timing.typical.upper);
    let flat = &run.benchmarks[1];
    assert_eq!(flat.throughput, Some(Throughput::Elements(7)));
    assert_eq!(flat.rounds[1].timing.as_ref().unwrap().sampling, Sampling::Flat);

    let toolchain = &run.provenance.toolchain;
    assert!(toolchain.rustc.as_ref().unwrap().starts_with("rustc 1."), "{toolchain:?}");
    assert_eq!(toolchain.harness.get("criterion"), Some(&criterion_version()));
    assert!(!run.provenance.machine.cpu_model.is_empty() && run.provenance.machine.cpus > 0);

    let log = fs::read_to_string(folder.path().join("harness.log")).unwrap();
    assert!(log.contains("PERF is None"), "{log}");
    let titles: Vec<&str> = log.lines().filter(|line| line.starts_with("== fixture/")).collect();
    assert_eq!(titles.len(), 6);
    assert!(titles[..3].iter().all(|title| title.ends_with("round 1")), "{titles:?}");
}

#[test]
fn a_full_run_sets_perf_and_leaves_the_lengths_alone() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "1", "--mode", "full", "--bench", "again"];
    let output = run(folder.path(), &flags).env("PERF", "0").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = result(folder.path());
    assert_eq!(run.plan.mode, Mode::Full);
    assert!(run.plan.partial);
    assert_eq!(rounds(&run), [("fixture/again/alone".to_owned(), vec![1])]);

    let other = tempdir().unwrap();
    let flags = ["--rounds", "1", "--mode", "full", "--bench", "numbers", "--filter", "^alone$"];
    let output = crate::fixture::run(other.path(), &flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let log = fs::read_to_string(other.path().join("harness.log")).unwrap();
    assert!(log.contains("PERF is Some(\"1\")"), "{log}");
}

#[test]
fn a_quick_round_is_short_but_for_what_a_group_sets_itself() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "1", "--bench", "numbers", "--filter", "alone|sum", "--"];
    let output = run(folder.path(), &flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = result(folder.path());
    let samples = |index: usize| run.benchmarks[index].rounds[0].timing.as_ref().unwrap().times.len();
    assert_eq!((samples(0), samples(1)), (12, 20), "the group's own, and ours");
    let log = fs::read_to_string(folder.path().join("harness.log")).unwrap();
    assert!(log.contains("Warming up for 200.00 ms") && log.contains("Collecting 20 samples in estimated 5"), "{log}");
}

#[test]
fn a_filter_leaves_benchmarks_out_and_is_recorded() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "1", "--package", "fixture", "--features", "extra", "--filter", "odd.names/sum"];
    let output = run(folder.path(), &flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = result(folder.path());
    assert_eq!(rounds(&run), [("fixture/numbers/a group: with/odd*names/sum/4096".to_owned(), vec![1])]);
    assert_eq!(run.plan.filter.as_deref(), Some("odd.names/sum"));
}

#[test]
fn tells_programs_where_everything_is() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "1", "--bench", "again", "--format", "json", "--run-id", "my-run"];
    let output = run(folder.path(), &flags).output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["run_id"], "my-run");
    assert_eq!(summary["benchmarks"], 1);
    assert_eq!(summary["log"], folder.path().join("harness.log").to_str().unwrap());
    assert_eq!(stderr(&output), "");
}

#[test]
fn writes_to_standard_output_and_into_the_target_folder() {
    let folder = tempdir().unwrap();
    let mut command = crate::fixture::program();
    command.args([
        "run",
        "--quiet",
        "--rounds",
        "1",
        "--bench",
        "again",
        "--run-id",
        "to-stdout",
        "--out",
        "-",
        "--project",
    ]);
    let output = command.arg(benches()).args(SHORT).output().unwrap();
    let run: bench_model::run::Run = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run.run_id.as_str(), "to-stdout");
    drop(folder);
    let beside = benches().join("../target/perf/to-stdout/harness.log");
    assert!(beside.is_file(), "{}", beside.display());
}

#[test]
fn two_runs_at_once_in_one_project_follow_each_other() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    let other = hold_the_project();
    let flags = ["--rounds", "2", "--bench", "again"];
    let spawn = |folder: &Path| {
        let mut command = run(folder, &flags);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut waiting = [&one, &two].map(|folder| {
        let mut child = spawn(folder.path());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("another run measures in this project")));
        assert!(!folder.path().join("run.json").exists());
        (child, lines)
    });
    drop(other);
    for ((child, lines), folder) in waiting.iter_mut().zip([&one, &two]) {
        let said: Vec<String> = lines.collect();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{said:?}");
        assert_eq!(rounds(&result(folder.path())), [("fixture/again/alone".to_owned(), vec![1, 2])]);
    }
    assert_ne!(result(one.path()).run_id, result(two.path()).run_id);
}

#[test]
fn a_run_that_waits_for_another_can_be_interrupted() {
    let folder = tempdir().unwrap();
    let other = hold_the_project();
    let mut child =
        run(folder.path(), &["--bench", "again"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let text = interrupt_after(&mut child, "another run measures in this project");
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(text.contains("error[CBKB107]: interrupted while waiting for another run"), "{text}");
    drop(other);
}

#[test]
fn a_run_holds_the_project_while_it_measures() {
    let folder = tempdir().unwrap();
    let mut child = run(folder.path(), &["--rounds", "500", "--bench", "again"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("[1/500]")));
    let lock = File::open(benches().join("../target/perf/measuring.lock")).unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    signal("-TERM", &child);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(!result(folder.path()).complete);
}

#[test]
fn the_timeout_of_the_thresholds_holds_unless_another_is_set() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("config");
    fs::create_dir_all(&config).unwrap();
    let thresholds = "[performance_floors]\n[automation]\nbenchmark_timeout_minutes = 45\n";
    fs::write(config.join("thresholds.toml"), thresholds).unwrap();
    let shown = |flags: &[&str], variable: Option<&str>| {
        let mut command = crate::fixture::program();
        command.args(["run", "--show-settings", "--project"]).arg(folder.path()).args(flags);
        command.envs(variable.map(|value| ("PERFLEDGER_TIMEOUT", value)));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output).lines().find(|line| line.starts_with("bench.timeout")).unwrap().to_owned()
    };
    let text = shown(&[], None);
    assert!(text.contains("= \"2700 s\"") && text.ends_with("thresholds.toml:3"), "{text}");
    assert!(shown(&["--timeout", "30 min"], None).ends_with("\"30 min\"  # --timeout"));
    assert!(shown(&[], Some("9 min")).ends_with("\"9 min\"  # PERFLEDGER_TIMEOUT"));
    fs::write(config.join("perfledger.toml"), "[bench]\ntimeout = \"7 min\"\n").unwrap();
    let text = shown(&[], None);
    assert!(text.contains("= \"7 min\"") && text.ends_with("perfledger.toml:2"), "{text}");
}

/// What another run would hold.
fn hold_the_project() -> File {
    let folder = benches().join("../target/perf");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("measuring.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn prints_every_setting_with_its_origin() {
    let folder = tempdir().unwrap();
    let flags = ["--show-settings", "--rounds", "3", "--bench", "a", "--bench", "b"];
    let output = run(folder.path(), &flags).env("PERFLEDGER_MODE", "full").output().unwrap();
    let text = stdout(&output);
    assert!(text.contains("bench.rounds           = 3  # --rounds") || text.contains("= 3  # --rounds"), "{text}");
    assert!(text.contains("= \"full\"  # PERFLEDGER_MODE"), "{text}");
    assert!(text.contains("[\"a\", \"b\"]  # --bench"), "{text}");
    assert!(!folder.path().join("run.json").exists());
}
