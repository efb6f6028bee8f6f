//! Real git repositories, real files and the real program, for the tests beside this file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use baseline_manager::{Appended, Mainline, Place, Store, store_historical_data};
use bench_model::Sha256;
use bench_model::ledger::RunEntry;
use bench_model::time::Timestamp;
use serde_json::{Value, json};

pub(crate) const METRIC: &str = "demo/decode/display/1000#throughput";

/// A command with nothing of the surroundings that could lead it elsewhere.
pub(crate) fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("PERFLEDGER_") || name.starts_with("GIT_") || name.starts_with("GITHUB_") || name == "CI" {
            command.env_remove(name);
        }
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("NO_COLOR", "1");
    command.env_remove("COLUMNS").stdin(Stdio::null());
    command
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = clean("git");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "tester").env(format!("GIT_{who}_EMAIL"), "tester@localhost");
    }
    let output = command.arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A project in a git repository with one commit on `main`.
pub(crate) struct Project {
    pub(crate) folder: tempfile::TempDir,
}

/// A judged run on disk.
pub(crate) struct Judged {
    pub(crate) perf: PathBuf,
    pub(crate) verdict: PathBuf,
}

/// What came of running the program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32, contains: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let all = format!("{}{}", self.out, self.err);
        for text in contains {
            assert!(all.contains(text), "{text:?} is not in {self:#?}");
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        git(project.path(), &["init", "--quiet", "--initial-branch=main"]);
        project.commit("first");
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        git(self.path(), &["commit", "--quiet", "--allow-empty", "-m", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        git(self.path(), &["rev-parse", "HEAD"])
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean(env!("CARGO_BIN_EXE_baseline-manager"));
        command.args(arguments).current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs a verb on a ledger.
    pub(crate) fn on(&self, ledger: &str, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--ledger", ledger]].concat())
    }

    /// A run of the present commit, on main, clean, complete, passing.
    pub(crate) fn judged(&self, run_id: &str) -> Judged {
        self.judged_as(run_id, |_, _| {})
    }

    /// A run, changed before it is written. The verdict always belongs to the report as written, unless changed after.
    pub(crate) fn judged_as(&self, run_id: &str, change: impl FnOnce(&mut Value, &mut Value)) -> Judged {
        let folder = self.path().join("target/perf").join(run_id);
        std::fs::create_dir_all(&folder).unwrap();
        let (mut perf, mut verdict) = (report(run_id, &self.head()), judgement(run_id));
        change(&mut perf, &mut verdict);
        let bytes = serde_json::to_vec_pretty(&perf).unwrap();
        if verdict["perf_sha256"].is_null() {
            verdict["perf_sha256"] = json!(Sha256::of(&bytes).as_str());
        }
        let judged = Judged { perf: folder.join("perf.json"), verdict: folder.join("verdict.json") };
        std::fs::write(&judged.perf, bytes).unwrap();
        std::fs::write(&judged.verdict, serde_json::to_vec_pretty(&verdict).unwrap()).unwrap();
        judged
    }

    pub(crate) fn append(&self, ledger: &str, run_id: &str) -> Ran {
        self.on(ledger, &self.judged(run_id).with("append"))
    }

    /// Appends a run, changed before it is written.
    pub(crate) fn append_as(&self, ledger: &str, run_id: &str, change: impl FnOnce(&mut Value, &mut Value)) -> Ran {
        let judged = self.judged_as(run_id, change);
        self.on(ledger, &judged.with("append"))
    }

    /// The incidents that the history shows.
    pub(crate) fn incidents(&self, ledger: &str) -> Vec<Value> {
        let lines = self.on(ledger, &["history", "--limit", "0", "--format", "json"]).ends(0, &[]).out;
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["kind"] == "incident").collect()
    }

    /// Promotes a run with a green check, against the baseline run named.
    pub(crate) fn promote(&self, ledger: &str, run_id: &str, against: Option<&str>) -> Ran {
        let judged = self.judged_as(run_id, |_, verdict| compare_with(verdict, against));
        let check = format!("ci@{}", self.head());
        self.on(ledger, &[judged.with("promote").as_slice(), &["--tests-check", &check]].concat())
    }
}

impl Judged {
    pub(crate) fn with<'a>(&'a self, verb: &'a str) -> Vec<&'a str> {
        vec![verb, "--perf", self.perf.to_str().unwrap(), "--verdict", self.verdict.to_str().unwrap()]
    }
}

pub(crate) fn compare_with(verdict: &mut Value, baseline: Option<&str>) {
    if let Some(run_id) = baseline {
        verdict["baseline"] = json!({ "run_id": run_id, "epoch": "epoch-a", "ledger_head": "0".repeat(64) });
    }
}

pub(crate) fn report(run_id: &str, commit: &str) -> Value {
    json!({
        "display_gibs": 3.9, "warnings": [], "errors": [], "schema": "perfledger/perf/1", "run_id": run_id,
        "evidence_level": "ci_benchmark", "complete": true,
        "plan": { "mode": "full", "rounds": 3, "partial": false },
        "headline": [], "expected": [],
        "provenance": {
            "tool": "bench-runner 0.1.0", "started": "2026-11-21T05:00:00Z", "duration_s": 1.5,
            "source": { "commit": commit, "branch": "main", "dirty": false },
            "machine": { "cpu_model": "a cpu", "cpus": 2, "memory_bytes": 1 },
            "system": { "os": "linux-x86_64", "kernel": "6.1" }, "toolchain": { "harness": {} },
            "epoch": "epoch-a"
        },
        "metrics": [{
            "name": METRIC, "benchmark": { "harness": "criterion", "target": "demo/decode", "id": "display/1000" },
            "measure": "throughput", "value": 4.2e9, "unit": "B/s", "direction": "higher_is_better",
            "rounds": [4.1e9, 4.2e9, 4.3e9], "samples": 300, "primary": true
        }]
    })
}

pub(crate) fn judgement(run_id: &str) -> Value {
    json!({
        "schema": "perfledger/verdict/1", "run_id": run_id, "perf_sha256": null, "status": "PASS", "summary": "s",
        "reasons": [], "headline": [], "warnings": [], "violations": [],
        "metrics": [{
            "name": METRIC, "verdict": "unchanged", "unit": "B/s", "direction": "higher_is_better", "value": 4.2e9,
            "rounds": 3, "threshold": 0.05, "floor": 8e7, "rule": "interval", "why": "w"
        }]
    })
}

/// A side of a comparison, as a report's plan has it.
pub(crate) fn pairing(purpose: &str, side: &str, pass: &str) -> Value {
    json!({ "side": side, "comparison": "run-1", "purpose": purpose, "pass": pass, "against": "HEAD~1", "looks": [5],
            "bench_source": "head" })
}

/// The verdict that a metric got worse by a share, measured in turns against a commit and confirmed.
pub(crate) fn regress(verdict: &mut Value, change: f64, base: &str) {
    compare_in_turns(verdict, "regressed", base);
    verdict["status"] = json!("WARN");
    verdict["metrics"][0]["change"] = json!({ "value": change });
    verdict["metrics"][0]["confirmation"] = json!({ "outcome": "agreed", "rounds": 5 });
}

/// A verdict on the metric, measured in turns against a commit.
pub(crate) fn compare_in_turns(verdict: &mut Value, decided: &str, base: &str) {
    verdict["against"] = json!({
        "purpose": "change", "reference": "HEAD~1", "commit": base, "run_id": "base", "perf_sha256": "0".repeat(64),
        "pairs": 5, "looks": 1, "bench_source": "head"
    });
    verdict["metrics"][0]["verdict"] = json!(decided);
    verdict["metrics"][0]["rule"] = json!("paired");
}

/// A waiver of the metric with what it did, as a verdict has it.
pub(crate) fn waiver_use(outcome: &str) -> Value {
    json!({ "waiver": { "metric": METRIC, "ceiling": 0.2, "expires": "2999-01-01", "issue": "issue 7", "reason": "r",
                        "author": "a" },
            "change": -0.1, "outcome": outcome })
}

/// The segments of a folder, as paths in order.
pub(crate) fn segments(folder: &Path) -> Vec<PathBuf> {
    let items = std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path());
    let mut found: Vec<_> = items.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    found.sort();
    found
}

pub(crate) fn head_of(project: &Project, ledger: &str) -> String {
    let verified = project.on(ledger, &["verify", "--format", "json"]).ends(0, &[]);
    verified.json()["head"].as_str().unwrap().to_owned()
}

/// A run line of a month, straight into a ledger: what an earlier year left there.
pub(crate) fn append_at(store: &Store, run_id: &str, day: &str) -> Appended {
    store_historical_data(store, &run_entry(run_id).into(), &main(), at(day)).unwrap()
}

/// The main branch of a project that no git command is needed for.
pub(crate) fn main() -> Mainline<'static> {
    Mainline { branch: "main", project: Path::new(".") }
}

pub(crate) fn at(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

pub(crate) fn run_entry(run_id: &str) -> RunEntry {
    serde_json::from_value(json!({
        "run_id": run_id, "commit": "a".repeat(40), "branch": "main", "dirty": false, "epoch": "epoch-a",
        "mode": "full", "complete": true, "partial": false, "status": "PASS", "evidence_level": "ci_benchmark",
        "digests": { "perf": Sha256::of(run_id.as_bytes()), "verdict": Sha256::of(b"verdict") },
        "metrics": [{ "name": METRIC, "value": 4.2e9, "unit": "B/s", "direction": "higher_is_better",
                      "rounds": [4.1e9, 0.1], "verdict": "unchanged" }]
    }))
    .unwrap()
}

pub(crate) fn folder(path: &Path) -> Store {
    Store::open(&Place::Folder(path.to_path_buf()), path).unwrap()
}
