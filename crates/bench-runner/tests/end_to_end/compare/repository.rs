//! Git repositories whose benches are quick to build: they need no crate, and write what Criterion would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_model::file::read_json;
use bench_model::run::Run;
use tempfile::TempDir;

use crate::fixture::{git, program};

const MANIFEST: &str = r#"
[package]
name = "timed"
version = "0.1.0"
edition = "2024"

[[bench]]
name = "fake"
harness = false

[profile.bench]
opt-level = 0

[workspace]
"#;

/// A bench that reports what the library says, so that figures are exact.
const HARNESS: &str = r##"
use std::fs;
use std::path::PathBuf;

/// Reports `time` ns for one iteration of the benchmark `id`, unless a filter leaves it out.
pub fn report(id: &str, time: f64) {
    let mut filter = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bench" | "--noplot" => {}
            flag if flag.starts_with("--") => drop(args.next()),
            _ => filter = Some(arg),
        }
    }
    let wanted = match filter.as_deref() {
        None => true,
        Some(filter) => match filter.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")) {
            Some(ids) => ids.replace('\\', "").split('|').any(|one| one == id),
            None => id.contains(filter),
        },
    };
    if !wanted {
        return;
    }
    let new = PathBuf::from(std::env::var_os("CRITERION_HOME").unwrap()).join(id.replace('/', "_")).join("new");
    fs::create_dir_all(&new).unwrap();
    let estimate = format!(
        r#"{{"confidence_interval":{{"confidence_level":0.95,"lower_bound":{time},"upper_bound":{time}}},"point_estimate":{time}}}"#
    );
    fs::write(new.join("sample.json"), format!(r#"{{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[{time},{time}]}}"#)).unwrap();
    fs::write(new.join("estimates.json"), format!(r#"{{"mean":{estimate}}}"#)).unwrap();
    fs::write(new.join("benchmark.json"), format!(r#"{{"full_id":"{id}","throughput":null}}"#)).unwrap();
    println!("reported {id}");
}

pub fn padding() {
    let size: usize = std::env::vars_os().map(|(name, value)| name.len() + value.len()).sum();
    println!("environment {size}");
}
"##;

/// A bench with the benchmarks `one` and `two`.
pub(super) const FAKE: &str = r#"
mod harness;
fn main() {
    harness::padding();
    harness::report("one", timed::one());
    harness::report("two/with (odd) name", timed::two());
}
"#;

pub(super) const ONE: &str = "timed/fake/one";
pub(super) const TWO: &str = "timed/fake/two/with (odd) name";

/// The library with the times that it reports, and whatever else.
pub(super) fn library(one: f64, two: f64, more: &str) -> String {
    format!("pub fn one() -> f64 {{ {one:?} }}\npub fn two() -> f64 {{ {two:?} }}\n{more}\n")
}

/// A repository with a project in it.
pub(super) struct Repository {
    root: TempDir,
    project: PathBuf,
}

impl Repository {
    /// Without a commit.
    pub(super) fn empty(project: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let repository = Self { project: root.path().join(project), root };
        repository.put("Cargo.toml", MANIFEST);
        repository.put("benches/harness/mod.rs", HARNESS);
        repository.put("benches/fake.rs", FAKE);
        repository.put("src/lib.rs", &library(100.0, 10.0, ""));
        repository.put(".gitignore", "target\nCargo.lock\n");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// With one commit, in which `one` takes 100 ns and `two` 10 ns.
    pub(super) fn new() -> Self {
        let repository = Self::empty("");
        repository.commit();
        repository
    }

    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Writes a file of the project.
    pub(super) fn put(&self, name: &str, text: &str) {
        let path = self.project.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all there is.
    pub(super) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(self.root.path(), arguments)
    }

    /// Where the results go.
    pub(super) fn out(&self) -> PathBuf {
        self.root.path().join("target/out")
    }

    /// `ab` in this project, with a target folder of its own.
    pub(super) fn ab(&self, flags: &[&str]) -> Command {
        let mut command = self.program("ab");
        command.arg("--out").arg(self.out().join("run.json")).args(flags);
        command
    }

    pub(super) fn program(&self, verb: &str) -> Command {
        let mut command = program();
        command.env("CARGO_TARGET_DIR", self.root.path().join("target")).arg(verb).arg("--project").arg(&self.project);
        command
    }

    /// A file of the results.
    pub(super) fn run(&self, name: &str) -> Run {
        read_json(&self.out().join(name)).unwrap()
    }

    /// An executable script below the target folder.
    pub(super) fn script(&self, text: &str) -> PathBuf {
        script(&self.root.path().join("target/decide"), text)
    }
}

/// Writes an executable script.
pub(super) fn script(path: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_path_buf()
}

/// The times of a benchmark, a round each.
pub(super) fn times(run: &Run, name: &str) -> Vec<f64> {
    let found = run.benchmarks.iter().filter(|one| one.id.to_string() == name);
    found.flat_map(|one| &one.rounds).map(|round| round.timing.as_ref().unwrap().typical.value.get()).collect()
}
