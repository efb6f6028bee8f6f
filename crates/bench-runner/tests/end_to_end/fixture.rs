//! Cargo projects that the tests measure, and the program under test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use bench_model::file::read_json;
use bench_model::run::Run;
use tempfile::TempDir;

const MANIFEST: &str = r#"
[package]
name = "fixture"
version = "1.2.3-rc.4"
edition = "2024"
publish = false

[features]
extra = []

[dev-dependencies]
criterion = { version = "CRITERION", default-features = false, features = ["cargo_bench_support"] }

[[bench]]
name = "numbers"
harness = false

[[bench]]
name = "again"
harness = false

[[bench]]
name = "plain"
harness = false

[[bench]]
name = "trouble"
harness = false

# It is compiled once for all tests, and no figure of it matters.
[profile.bench]
opt-level = 0
debug = false
incremental = false

[workspace]
"#;

const NUMBERS: &str = r#"
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn numbers(criterion: &mut Criterion) {
    assert_eq!(std::env::var("CARGO_MANIFEST_DIR").as_deref(), Ok(std::env::current_dir().unwrap().to_str().unwrap()));
    assert_eq!(std::env::var("CARGO_PKG_NAME").as_deref(), Ok("fixture"));
    assert_eq!(std::env::var("CARGO_PKG_VERSION_PRE").as_deref(), Ok("rc.4"));
    assert!(std::env::var_os("CARGO_CRITERION_PORT").is_none());
    println!("PERF is {:?}", std::env::var("PERF").ok());
    criterion.bench_function("alone", |bencher| bencher.iter(|| std::hint::black_box(1) + 1));
    let mut group = criterion.benchmark_group("a group: with/odd*names");
    group.throughput(Throughput::Bytes(4096)).sample_size(12);
    group.bench_function(BenchmarkId::new("sum", 4096), |bencher| {
        bencher.iter(|| (0..64u64).map(std::hint::black_box).sum::<u64>());
    });
    group.throughput(Throughput::Elements(7)).sampling_mode(SamplingMode::Flat);
    group.bench_function("new", |bencher| bencher.iter(|| std::hint::black_box(2) + 2));
    group.finish();
}

criterion_group!(benches, numbers);
criterion_main!(benches);
"#;

const AGAIN: &str = r#"
use criterion::{Criterion, criterion_group, criterion_main};

fn again(criterion: &mut Criterion) {
    criterion.bench_function("alone", |bencher| bencher.iter(|| std::hint::black_box(3) + 3));
}

criterion_group!(benches, again);
criterion_main!(benches);
"#;

const TROUBLE: &str = r#"
use criterion::{Criterion, criterion_group, criterion_main};

fn trouble(criterion: &mut Criterion) {
    criterion.bench_function("first", |bencher| bencher.iter(|| std::hint::black_box(1) + 1));
    match std::env::var("TROUBLE").unwrap_or_default().as_str() {
        "panic" => criterion.bench_function("second", |_| panic!("the bench gave up")),
        "hang" => {
            eprintln!("begins to hang");
            std::thread::sleep(std::time::Duration::from_secs(600));
            criterion
        }
        "fork" => {
            // Outlives this process, and ignores the polite signal.
            std::process::Command::new("sh")
                .args(["-c", "trap '' TERM; echo $$ > \"$CHILD_FILE\"; while :; do sleep 0.1; done"])
                .spawn()
                .unwrap();
            while !std::path::Path::new(&std::env::var("CHILD_FILE").unwrap()).exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            criterion
        }
        "throughput" => {
            // Another number in every process.
            let mut group = criterion.benchmark_group("varies");
            group.throughput(criterion::Throughput::Elements(std::process::id().into()));
            group.bench_function("id", |bencher| bencher.iter(|| std::hint::black_box(1) + 1));
            group.finish();
            criterion
        }
        "slow" => {
            std::thread::sleep(std::time::Duration::from_secs(2));
            criterion
        }
        _ => criterion,
    };
}

criterion_group!(benches, trouble);
criterion_main!(benches);
"#;

/// Flags for Criterion that make a round as short as it can be.
pub(crate) const SHORT: [&str; 7] =
    ["--", "--warm-up-time", "0.01", "--measurement-time", "0.02", "--sample-size", "10"];

fn shared() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-runner")
}

/// The project with Criterion benches, written once, so that Criterion is compiled once for all tests.
pub(crate) fn benches() -> PathBuf {
    let folder = shared().join("fixture");
    fs::create_dir_all(folder.join("src")).unwrap();
    let lock = File::create(shared().join("lock")).unwrap();
    lock.lock().unwrap();
    write_benches(&folder);
    folder
}

/// The same project as a repository of its own, with one commit; its base and its head are built once for all tests.
pub(crate) fn committed_benches() -> PathBuf {
    let folder = shared().join("committed");
    fs::create_dir_all(folder.join("src")).unwrap();
    let lock = File::create(shared().join("lock")).unwrap();
    lock.lock().unwrap();
    write_benches(&folder);
    if !folder.join(".git").exists() {
        repository(&folder);
        git(&folder, &["add", "--all"]);
        git(&folder, &["commit", "--quiet", "-m", "all"]);
    }
    folder
}

fn write_benches(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let versions = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    put(folder, "Cargo.toml", &MANIFEST.replace("CRITERION", &criterion_version()));
    put(folder, "src/lib.rs", "#[test]\nfn works() {}\n");
    put(folder, "benches/numbers.rs", NUMBERS);
    put(folder, "benches/again.rs", AGAIN);
    put(folder, "benches/plain.rs", "fn main() { panic!(\"must not run\") }\n");
    put(folder, "benches/trouble.rs", TROUBLE);
    // Cargo cuts the copied lock file down to what the fixture needs; the versions stay, so that nothing is downloaded.
    if put(folder, "versions", &versions) {
        fs::write(folder.join("Cargo.lock"), versions).unwrap();
    }
}

/// The version of Criterion that this workspace has.
pub(crate) fn criterion_version() -> String {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock")).unwrap();
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"criterion\"");
    lines.nth(1).unwrap().trim_start_matches("version = ").trim_matches('"').to_owned()
}

/// Writes a file unless it is there already, and tells whether it did.
fn put(folder: &Path, name: &str, text: &str) -> bool {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let differs = fs::read_to_string(&path).is_ok_and(|there| there == text);
    if !differs {
        fs::write(path, text).unwrap();
    }
    !differs
}

/// A project without dependencies, of these files.
pub(crate) fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        put(folder.path(), name, text);
    }
    folder
}

/// Makes a folder a git repository with one committed file, `tracked`.
pub(crate) fn repository(folder: &Path) {
    put(folder, "tracked", "1\n");
    for arguments in [&["init", "--quiet"][..], &["add", "tracked"], &["commit", "--quiet", "-m", "one"]] {
        git(folder, arguments);
    }
}

/// Asks git, as someone, away from the configuration of whoever runs the tests, and returns what it says.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"];
    let mut git = Command::new("git");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.arg("-C").arg(folder).args(who).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output).trim().to_owned()
}

/// The program, away from the environment of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-runner"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        if text.starts_with("PERFLEDGER_") || text.starts_with("GITHUB_") || text == "PERF" {
            command.env_remove(name);
        }
    }
    command
        .env("CARGO_TARGET_DIR", shared().join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("NO_COLOR", "1")
        // The program has to take it away.
        .env("CARGO_CRITERION_PORT", "1");
    command
}

/// `run` for the project with benches, writing into `folder`.
pub(crate) fn run(folder: &Path, flags: &[&str]) -> Command {
    let mut command = program();
    command.arg("run").arg("--project").arg(benches()).arg("--out").arg(folder.join("run.json")).args(flags);
    if !flags.contains(&"--") {
        command.args(SHORT);
    }
    command
}

/// `run.json` as it was written.
pub(crate) fn result(folder: &Path) -> Run {
    read_json(&folder.join("run.json")).unwrap()
}

/// Benchmarks as `<target>/<id>`, with the rounds that measured each.
pub(crate) fn rounds(run: &Run) -> Vec<(String, Vec<u32>)> {
    run.benchmarks
        .iter()
        .map(|one| (one.id.to_string(), one.rounds.iter().map(|round| round.round).collect()))
        .collect()
}

/// Codes of the errors in a run.
pub(crate) fn codes(run: &Run) -> Vec<&'static str> {
    run.errors.iter().map(|error| error.code.as_str()).collect()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits for a line on standard error, interrupts, and returns all of it.
pub(crate) fn interrupt_after(child: &mut Child, line: &str) -> String {
    let mut text = String::new();
    let mut sent = false;
    for read in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        text.push_str(&read);
        text.push('\n');
        if !sent && read.starts_with(line) {
            signal("-INT", child);
            sent = true;
        }
    }
    assert!(sent, "{line} never came: {text}");
    text
}

pub(crate) fn signal(name: &str, child: &Child) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}
