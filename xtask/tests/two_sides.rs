//! Base and head in turns, from the command that a maintainer types to the verdict: a commit that made one benchmark far
//! slower is found, confirmed and bisected; noise is recorded; a planted delay is checked. No figure of time is asserted:
//! the slow commit does twenty times the work.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

mod repository;

use repository::git;

const MANIFEST: &str = r#"
[package]
name = "walked"
version = "0.1.0"
edition = "2024"

[workspace]

[dev-dependencies]
criterion = { version = "0.8", default-features = false, features = ["cargo_bench_support"] }

# Compiled once for each side, and no figure of it matters.
[profile.bench]
opt-level = 0
debug = false

[[bench]]
name = "steps"
harness = false
"#;

const BENCH: &str = r#"
use criterion::{Criterion, criterion_group, criterion_main};

fn steps(c: &mut Criterion) {
    c.bench_function("walk", |b| b.iter(walked::walk));
    c.bench_function("stand", |b| b.iter(walked::stand));
}

criterion_group!(benches, steps);
criterion_main!(benches);
"#;

/// Criterion's shortest round.
const SHORT: [&str; 7] = ["--", "--warm-up-time", "0.01", "--measurement-time", "0.02", "--sample-size", "10"];

fn library(walk: u32, note: &str) -> String {
    format!(
        "// {note}\npub fn walk() -> u32 {{ (0..{walk}).map(std::hint::black_box).fold(0, u32::wrapping_add) }}\n\
         pub fn stand() -> u32 {{ (0..300).map(std::hint::black_box).fold(0, u32::wrapping_add) }}\n"
    )
}

/// A project of five commits, of which the fourth made `walk` slow. The folder stays, so that what is compiled serves the
/// next run.
fn project() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("the target folder");
    let folder = target.join("other/walked");
    drop(fs::remove_dir_all(folder.join(".git")));
    drop(fs::remove_dir_all(folder.join("target/perf")));
    fs::create_dir_all(folder.join("benches")).expect("a folder");
    fs::create_dir_all(folder.join("src")).expect("a folder");
    fs::write(folder.join("Cargo.toml"), MANIFEST).expect("a manifest");
    fs::write(folder.join("benches/steps.rs"), BENCH).expect("a bench");
    fs::write(folder.join(".gitignore"), "target\nCargo.lock\n").expect("a file");
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    for (walk, note) in [(300, "first"), (300, "second"), (300, "third"), (6000, "the slow one"), (6000, "last")] {
        fs::write(folder.join("src/lib.rs"), library(walk, note)).expect("a library");
        git(&folder, &["add", "--all"]);
        git(&folder, &["commit", "--quiet", "--message", note]);
    }
    folder
}

fn xtask(verb: &[&str], project: &Path, rest: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(verb).arg("--project").arg(project).args(rest);
    for name in ["CI", "GITHUB_ACTIONS", "GITHUB_BASE_REF"] {
        command.env_remove(name);
    }
    command.output().expect("xtask runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The verdict of a run, from the folder that standard error names last.
fn verdict(output: &Output) -> Value {
    let talk = text(&output.stderr);
    let line = talk.lines().rev().find_map(|line| line.strip_prefix("run, verdict and report.html are in "));
    let folder = line.unwrap_or_else(|| panic!("no folder in\n{talk}"));
    let file = fs::read(Path::new(folder).join("verdict.json")).expect("verdict.json");
    serde_json::from_slice(&file).expect("JSON")
}

fn metric<'v>(verdict: &'v Value, name: &str) -> &'v Value {
    let metrics = verdict["metrics"].as_array().expect("metrics");
    metrics.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("no {name} in {verdict:#}"))
}

#[test]
fn a_slow_commit_is_found_confirmed_and_bisected_and_noise_and_plants_are_recorded() {
    let folder = project();
    let head = git(&folder, &["rev-parse", "HEAD"]);

    let compared = xtask(&["bench", "--against", "HEAD~3", "--time-budget", "60 s"], &folder, &SHORT);
    let (table, talk) = (text(&compared.stdout), text(&compared.stderr));
    assert_eq!(compared.status.code(), Some(0), "{table}\n{talk}");
    let found = verdict(&compared);
    assert_eq!(found["against"]["reference"], "HEAD~3", "{found:#}");
    assert_eq!(found["against"]["commit"], git(&folder, &["rev-parse", "HEAD~3"]));
    let walk = metric(&found, "walked/steps/walk#time");
    assert_eq!((&walk["verdict"], &walk["rule"]), (&Value::from("regressed"), &Value::from("paired")), "{walk:#}");
    assert_eq!(walk["confirmation"]["outcome"], "agreed", "{walk:#}");
    assert!(walk["change"]["value"].as_f64() > Some(4.0), "{walk:#}");
    assert_ne!(metric(&found, "walked/steps/stand#time")["verdict"], "regressed");
    assert!(table.lines().last().is_some_and(|line| line.contains("against HEAD~3 (")), "{table}");
    assert_eq!(git(&folder, &["status", "--porcelain"]), "", "a comparison leaves nothing in the work tree");
    assert_eq!(git(&folder, &["rev-parse", "HEAD"]), head);

    let history = text(&xtask(&["history"], &folder, &[]).stdout);
    assert!(history.contains("walked/steps/walk#time") && history.contains("open"), "an incident is open:\n{history}");

    let good = git(&folder, &["rev-parse", "HEAD~4"]);
    let range = ["--good", &good, "--bad", "HEAD", "--time-budget", "120 s", "walked/steps/walk#time"];
    let bisected = xtask(&["bisect"], &folder, &range);
    assert_eq!(bisected.status.code(), Some(0), "{}", text(&bisected.stderr));
    assert!(text(&bisected.stdout).trim_end().ends_with(" the slow one"), "{}", text(&bisected.stdout));

    let noisy = xtask(&["bench", "--noise", "--rounds", "6"], &folder, &SHORT);
    let noise = verdict(&noisy);
    let measured = noise["noise"].as_array().map(Vec::len);
    assert_eq!(measured, Some(2), "{noise:#}\n{}", text(&noisy.stderr));
    let verified = text(&xtask(&["verify"], &folder, &["--format", "json"]).stdout);
    let verified: Value = serde_json::from_str(&verified).expect("JSON");
    assert_eq!((&verified["counts"]["runs"], &verified["counts"]["noise"]), (&1.into(), &1.into()), "{verified:#}");

    let planted = verdict(&xtask(&["bench", "--plant", "20%", "--rounds", "5", "--ledger", "none"], &folder, &SHORT));
    let check = &planted["plant"];
    assert_eq!((&check["asked"], &check["metrics"]), (&0.2.into(), &2.into()), "{planted:#}");
    assert!(check["measured"].as_f64() > Some(0.0), "{check:#}");
}
