//! What a Rust maintainer does first: point `cargo xtask bench` at a project of their own, without any configuration.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

mod repository;

use repository::git;

const MANIFEST: &str = r#"
[package]
name = "theirs"
version = "0.1.0"
edition = "2024"

[workspace]

[dev-dependencies]
criterion = { version = "0.8", default-features = false, features = ["cargo_bench_support"] }

[[bench]]
name = "sums"
harness = false
"#;

const BENCH: &str = r#"
use criterion::{Criterion, Throughput, black_box, criterion_group, criterion_main};

fn sums(c: &mut Criterion) {
    let numbers: Vec<u64> = (0..1000).collect();
    let mut group = c.benchmark_group("sums");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("all", |b| b.iter(|| black_box(&numbers).iter().sum::<u64>()));
    group.finish();
    c.bench_function("a | b", |b| b.iter(|| black_box(&numbers).iter().max().copied()));
}

criterion_group!(benches, sums);
criterion_main!(benches);
"#;

fn workshop() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("the target folder").join("other")
}

fn project(folder: &Path) {
    fs::create_dir_all(folder.join("benches")).expect("a folder");
    fs::create_dir_all(folder.join("src")).expect("a folder");
    fs::write(folder.join("Cargo.toml"), MANIFEST).expect("a manifest");
    fs::write(folder.join("src/lib.rs"), "").expect("a library");
    fs::write(folder.join("benches/sums.rs"), BENCH).expect("a bench");
    fs::write(folder.join(".gitignore"), "target\nCargo.lock\n").expect("a file");
}

fn xtask(verb: &[&str], project: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(verb).arg("--project").arg(project);
    command.env_remove("CI").env_remove("GITHUB_ACTIONS");
    command.output().expect("xtask runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn bench(project: &Path) -> (Output, String) {
    let output = xtask(&["bench", "--rounds", "2"], project);
    let last = text(&output.stdout).lines().last().unwrap_or_default().to_owned();
    assert_eq!(output.status.code(), Some(0), "{}\n{}", text(&output.stdout), text(&output.stderr));
    (output, last)
}

/// One test, because its steps build on one project and one compilation.
#[test]
fn measures_a_project_that_has_never_heard_of_us() {
    let folder = workshop().join("theirs");
    drop(fs::remove_dir_all(folder.join(".git")));
    drop(fs::remove_dir_all(folder.join("target/perf")));
    project(&folder);
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    git(&folder, &["add", "--all"]);
    git(&folder, &["commit", "--quiet", "--message", "theirs"]);

    let (first, last) = bench(&folder);
    let table = text(&first.stdout);
    assert!(table.contains("sums/all") && table.contains("a | b"), "{table}");
    assert!(last.ends_with("[WARN]"), "nothing was judged, so nothing passes: {last}");
    assert_eq!(git(&folder, &["status", "--porcelain"]), "", "measuring leaves nothing in the work tree");
    assert_eq!(git(&folder, &["branch", "--list"]), "* main", "the ledger is no branch");
    git(&folder, &["rev-parse", "--verify", "refs/perfledger/ledger"]);

    let check = format!("tests@{}", git(&folder, &["rev-parse", "HEAD"]));
    let promoted = xtask(&["promote", "--tests-check", &check], &folder);
    assert_eq!(promoted.status.code(), Some(0), "{}{}", text(&promoted.stdout), text(&promoted.stderr));

    let (second, last) = bench(&folder);
    assert!(!text(&second.stdout).contains("new"), "the second run has a baseline:\n{}", text(&second.stdout));
    assert!(last.starts_with("Performance Report: "), "{last}");

    let history = xtask(&["history"], &folder);
    assert_eq!(text(&history.stdout).matches(&check["tests@".len()..][..7]).count(), 2, "{}", text(&history.stdout));
    assert_eq!(xtask(&["verify"], &folder).status.code(), Some(0));

    interrupted_in_the_second_round(&folder);
}

/// Ctrl-C reaches the whole foreground group, as a terminal sends it.
fn interrupted_in_the_second_round(folder: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["bench", "--rounds", "40", "--ledger", "none", "--project"]).arg(folder).env_remove("CI");
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("xtask runs");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.expect("text").contains("round 1 of 40")), "a round ends");
    let group = Pid::from_raw(child.id() as i32).expect("a process");
    kill_process_group(group, Signal::INT).expect("a signal");
    let rest: Vec<_> = lines.map(|line| line.expect("text")).collect();
    let output = child.wait_with_output().expect("xtask ends");
    assert_eq!(output.status.code(), Some(2), "{}", rest.join("\n"));
    let last = text(&output.stdout).lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("Performance Report: ") && last.ends_with("[WARN]"), "finished rounds are judged: {last}");
}
