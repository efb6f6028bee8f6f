//! The collector for any command.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use bench_model::Unit;
use bench_model::run::{Mode, Run};
use tempfile::tempdir;

use crate::fixture::{codes, program, repository, result, stderr};

fn process(folder: &Path, flags: &[&str], script: &str) -> (Output, Run) {
    let mut command = program();
    command.args(["process", "--name", "script", "--out"]).arg(folder.join("run.json")).args(flags);
    let output = command.args(["--", "sh", "-c", script]).current_dir(folder).output().unwrap();
    let run = result(folder);
    (output, run)
}

/// The values of a measure, a round each.
fn values(run: &Run, measure: &str) -> Vec<f64> {
    let rounds = run.benchmarks.iter().flat_map(|one| &one.rounds);
    let readings = rounds.flat_map(|round| &round.readings).filter(|reading| reading.measure == measure);
    readings.map(|reading| reading.value.get()).collect()
}

#[test]
fn counts_time_memory_and_what_the_command_prints() {
    let folder = tempdir().unwrap();
    let script = r#"echo run >> runs; echo talk; echo '{"metric":"size","value":2,"unit":"KiB","direction":"lower"}'
        echo '{"metric":"rate","value":3,"unit":"k/s","direction":"higher"}'; sleep 0.2"#;
    let (output, run) = process(folder.path(), &["--runs", "3", "--warmup", "2"], script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(folder.path().join("runs")).unwrap().lines().count(), 5);
    assert!(run.complete);
    assert_eq!((run.plan.mode, run.plan.rounds), (Mode::AsFound, 3));
    let id = &run.benchmarks[0].id;
    assert_eq!((id.harness.as_str(), id.target.as_str(), id.id.as_str()), ("process", "script", ""));
    assert_eq!(values(&run, "size"), [2048.0; 3]);
    assert_eq!(values(&run, "rate"), [3000.0; 3]);
    for (measure, least) in [("wall", 0.2e9), ("user", 0.0), ("system", 0.0), ("peak_rss", 100e3)] {
        let values = values(&run, measure);
        assert!(values.len() == 3 && values.iter().all(|value| *value >= least), "{measure}: {values:?}");
    }
    let units: Vec<Unit> = run.benchmarks[0].rounds[0].readings.iter().map(|reading| reading.unit).collect();
    let expected = [Unit::Bytes, Unit::PerSecond, Unit::Bytes, Unit::Nanoseconds, Unit::Nanoseconds, Unit::Nanoseconds];
    assert_eq!(units, expected, "peak_rss rate size system user wall");
    let log = fs::read_to_string(folder.path().join("harness.log")).unwrap();
    assert_eq!(log.matches("talk\n").count(), 5, "{log}");
}

#[test]
fn what_prepares_a_run_comes_before_each_and_is_in_no_number() {
    let folder = tempdir().unwrap();
    let prepare = "sleep 0.5; echo fresh > data; echo '{\"metric\":\"stray\",\"value\":1,\"unit\":\"s\",\"direction\":\"lower\"}'";
    let flags = ["--runs", "2", "--warmup", "1", "--prepare", "sh", "--prepare-arg", "-c", "--prepare-arg", prepare];
    // Each run finds what was prepared, and uses it up.
    let (output, run) = process(folder.path(), &flags, "grep -q fresh data && rm data && sleep 0.1");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let walls = values(&run, "wall");
    assert_eq!(walls.len(), 2);
    // Half a second of preparation is in none of them: the slowest machine does not take five times as long to sleep a tenth.
    assert!(walls.iter().any(|wall| *wall < 0.5e9), "{walls:?}");
    assert!(values(&run, "stray").is_empty(), "what a preparation prints is no metric");
}

#[test]
fn a_preparation_that_fails_ends_the_run_and_is_named() {
    let folder = tempdir().unwrap();
    let flags = ["--runs", "3", "--warmup", "0", "--prepare", "sh", "--prepare-arg", "-c", "--prepare-arg"];
    let prepare = "echo again >> times; test $(wc -l < times) -lt 2";
    let (output, run) = process(folder.path(), &[&flags[..], &[prepare]].concat(), "true");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("what prepares `script`"), "{}", stderr(&output));
    assert!(!run.complete);
    assert_eq!(run.benchmarks[0].rounds.len(), 1, "the run before it is kept");
}

#[test]
fn an_account_of_what_was_done_is_kept_with_its_round_and_a_second_one_is_refused() {
    let folder = tempdir().unwrap();
    let account = r#"{"proof":{"work":"copying","dry_run":false,"planned":2,"done":2,"sampled":2,"verified":2,"input":{"sha256":"0000000000000000000000000000000000000000000000000000000000000000","bytes":4}}}"#;
    let (output, run) = process(folder.path(), &["--runs", "2"], &format!("echo '{account}'"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let accounts: Vec<_> = run.benchmarks[0].rounds.iter().filter_map(|round| round.proof.as_deref()).collect();
    assert_eq!(accounts.len(), 2);
    assert_eq!((accounts[0].work.as_str(), accounts[0].done), ("copying", 2));

    let (output, run) = process(folder.path(), &["--runs", "1"], &format!("echo '{account}'; echo '{account}'"));
    assert!(stderr(&output).contains("a second account of what was done"), "{}", stderr(&output));
    assert!(!run.errors.is_empty() && run.benchmarks[0].rounds[0].proof.is_none());

    let (output, run) = process(folder.path(), &["--runs", "1"], r#"echo '{"proof":{"work":"copying"}}'"#);
    assert!(stderr(&output).contains("cannot be read"), "{}", stderr(&output));
    assert!(run.benchmarks[0].rounds[0].proof.is_none());
}

#[test]
fn an_account_on_a_line_without_end_is_refused_and_its_rest_is_no_account() {
    let folder = tempdir().unwrap();
    let script = r#"printf '{"proof":{"work":"'; head -c 200000 /dev/zero | tr '\0' x; echo '"}}'"#;
    let (output, run) = process(folder.path(), &["--runs", "1", "--warmup", "0"], script);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(codes(&run), ["CBKB002"]);
    assert!(run.benchmarks[0].rounds[0].proof.is_none());
}

#[test]
fn a_tree_that_changes_while_it_is_measured_counts_as_dirty() {
    for (script, changes) in [("echo 2 > tracked", true), ("echo 2 > untracked", false)] {
        let folder = tempdir().unwrap();
        repository(folder.path());
        let (output, run) = process(folder.path(), &["--runs", "1"], script);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(run.provenance.source.unwrap().dirty, changes, "{script}");
        assert_eq!(run.warnings.iter().any(|text| text.contains("work tree changed")), changes, "{:?}", run.warnings);
    }
}

#[test]
fn a_run_is_written_where_cargo_puts_what_it_builds() {
    let (folder, built) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"one\"\nversion = \"0.1.0\"\n").unwrap();
    let mut command = program();
    command.args(["process", "--name", "script", "--runs", "1", "--run-id", "20261122T000000Z-one-0001", "--", "true"]);
    let output = command.current_dir(folder.path()).env("CARGO_TARGET_DIR", built.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(built.path().join("perf/20261122T000000Z-one-0001/run.json").is_file(), "{}", stderr(&output));
    assert!(!folder.path().join("target").exists());
}

#[test]
fn waits_for_another_run_in_this_folder() {
    let folder = tempdir().unwrap();
    let locks = folder.path().join("target/perf");
    fs::create_dir_all(&locks).unwrap();
    let other = File::create(locks.join("measuring.lock")).unwrap();
    other.lock().unwrap();
    let mut command = program();
    command.args(["process", "--name", "n", "--runs", "1", "--out", "run.json", "--", "touch", "ran"]);
    command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("another run measures in this project")));
    assert!(!folder.path().join("ran").exists());
    drop(other);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(folder.path().join("ran").exists());
}

#[test]
fn a_folder_without_a_place_for_the_lock_is_no_reason_to_stop() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("target"), "a file").unwrap();
    let (output, run) = process(folder.path(), &["--runs", "1"], ":");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(run.complete);
}

#[test]
fn sums_the_memory_of_the_whole_tree() {
    let folder = tempdir().unwrap();
    // Two children that each hold 48 MiB, and wait for each other, so that they do at the same time.
    let hold = "x=$(head -c 50331648 /dev/zero | tr \"\\0\" x); echo > ready$0
        while [ ! -e ready1 ] || [ ! -e ready2 ]; do sleep 0.05; done; sleep 0.6; echo ${#x} > /dev/null";
    let script = format!("sh -c '{hold}' 1 & sh -c '{hold}' 2 & wait");
    let (output, run) = process(folder.path(), &["--runs", "1", "--warmup", "0"], &script);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let peak = values(&run, "peak_rss")[0];
    assert!(peak > 96.0 * 1_048_576.0, "{peak} is not the sum of both");
}

#[test]
fn a_small_command_is_not_charged_with_the_runners_memory() {
    let folder = tempdir().unwrap();
    let (_, run) = process(folder.path(), &["--runs", "1", "--warmup", "0"], "exec sleep 0.3");
    let peak = values(&run, "peak_rss")[0];
    assert!(peak > 0.0 && peak < 4.0 * 1_048_576.0, "{peak}");
}

#[test]
fn metric_lines_that_cannot_be_used_are_named() {
    let folder = tempdir().unwrap();
    let script = r#"echo first; echo '{"metric":"bare","value":2,"direction":"lower"}'
        echo '{"metric":"odd","value":2,"unit":"furlong","direction":"lower"}'
        echo '{"metric":"wall","value":2,"unit":"s","direction":"lower"}'
        echo '{"metric":"good","value":2,"unit":"count","direction":"lower"}'"#;
    let (output, run) = process(folder.path(), &["--runs", "1"], script);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(codes(&run), ["CBKB002"; 3]);
    assert!(
        run.errors[0].message.starts_with("metric line 2 of round 1 of `script` has no unit"),
        "{:?}",
        run.errors[0]
    );
    assert!(run.errors[1].message.contains("line 3") && run.errors[1].message.contains("furlong"));
    assert!(run.errors[2].message.contains("line 4") && run.errors[2].message.contains("which this run has already"));
    assert_eq!(values(&run, "good"), [2.0]);
    assert!(run.complete);
}

#[test]
fn a_run_that_fails_is_lost_and_the_others_are_kept() {
    let folder = tempdir().unwrap();
    let script = "echo x >> n; if [ $(wc -l < n) = 3 ]; then echo went wrong >&2; exit 7; fi";
    let (output, run) = process(folder.path(), &["--runs", "3"], script);
    assert_eq!(output.status.code(), Some(2));
    assert!(!run.complete);
    assert_eq!(codes(&run), ["CBKB107"]);
    assert!(
        run.errors[0].message.contains("failed in round 2 (exit status: 7)\n  | went wrong"),
        "{:?}",
        run.errors[0]
    );
    let kept: Vec<u32> = run.benchmarks[0].rounds.iter().map(|round| round.round).collect();
    assert_eq!(kept, [1, 3]);
}

#[test]
fn a_command_that_always_fails_still_leaves_a_record() {
    let folder = tempdir().unwrap();
    let (output, run) = process(folder.path(), &["--runs", "3"], "exit 1");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(codes(&run), ["CBKB107", "CBKB107"]);
    assert!(run.benchmarks.is_empty());
    assert_eq!(run.plan.asked, ["script"], "what it was about is known still");
}

#[test]
fn a_command_that_does_not_exist_has_a_hint() {
    let folder = tempdir().unwrap();
    let mut command = program();
    let command = command.args(["process", "--name", "x", "--", "no-such-program-here"]).current_dir(folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB107]: cannot start `no-such-program-here`"), "{text}");
    assert!(text.contains("next:  check the spelling"), "{text}");
}

#[test]
fn the_timeout_covers_all_runs_and_ends_the_whole_group() {
    let folder = tempdir().unwrap();
    // Takes the polite signal, and does not go.
    let script = "echo x >> n; if [ $(wc -l < n) = 3 ]; then trap '' TERM; while :; do sleep 1; done; fi";
    let (output, run) = process(folder.path(), &["--runs", "3", "--timeout", "2 s"], script);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(codes(&run), ["CBKB001"]);
    assert!(!run.complete);
    assert_eq!(run.benchmarks[0].rounds.len(), 1);
}

#[test]
fn the_timeout_is_not_for_each_run() {
    let folder = tempdir().unwrap();
    let (output, run) = process(folder.path(), &["--runs", "50", "--warmup", "0", "--timeout", "2 s"], "sleep 0.5");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(codes(&run)[0], "CBKB001");
    assert!(values(&run, "wall").len() <= 4);
}

#[test]
fn a_name_that_cannot_be_one_is_refused() {
    let output = program().args(["process", "--name", "a\tb", "--", "true"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB101]: --name"), "{}", stderr(&output));
}
