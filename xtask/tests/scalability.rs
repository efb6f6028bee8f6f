//! Proven work from the command to its gate, trend, scores and assessment, with a repository of its own.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

mod repository;

use repository::git;

/// A project on its main branch, with the gate and the crypto policy of this repository.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        fs::create_dir(folder.path().join("config")).expect("a folder");
        for name in ["security_crypto_policy.json", "kpi.toml", "assessment.toml", "scalability_plan.toml"] {
            fs::copy(here.join("config").join(name), folder.path().join("config").join(name)).expect("a copy");
        }
        let thresholds = fs::read_to_string(here.join("config/thresholds.toml")).expect("thresholds.toml");
        let (_, gate) = thresholds.split_once("[gate]").expect("a gate");
        // Half of what went before: a round of a few thousand records says little, and the test is not about this machine's speed.
        let gate = format!("[gate]{}", gate.replace("80 %", "5 %"));
        fs::write(folder.path().join("config/thresholds.toml"), gate).expect("a file");
        fs::write(folder.path().join(".gitignore"), "/target\n").expect("a file");
        git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
        git(folder.path(), &["add", "--all"]);
        git(folder.path(), &["commit", "--quiet", "--message", "a project"]);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn xtask(&self, verb: &str, flags: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg(verb).arg("--project").arg(self.folder.path()).args(flags).current_dir(self.folder.path());
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_") && name != "PERFLEDGER_STAGES")
        {
            command.env_remove(name);
        }
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]).output().expect("xtask runs")
    }

    fn benchmark(&self, flags: &[&str]) -> Output {
        self.xtask("benchmark", &[&["--rounds", "3", "--records", "3000"], flags].concat())
    }

    /// The newest run's folder. Not by name: runs of one second are in no order.
    fn newest(&self) -> PathBuf {
        let runs = fs::read_dir(self.path("target/perf")).expect("runs").flatten().map(|entry| entry.path());
        let written = runs.filter_map(|path| Some((path.join("verdict.json").metadata().ok()?.modified().ok()?, path)));
        written.max().expect("a run").1
    }
}

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// The only file of this name below a folder.
fn find(folder: &Path, name: &str) -> PathBuf {
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_some_and(|found| found == name) {
                return path;
            }
        }
    }
    panic!("there is no {name} in {}", folder.display());
}

#[test]
fn proven_work_passes_its_gate_only_against_an_entry_before_and_a_dry_run_never() {
    let project = Project::new();

    let first = project.benchmark(&["--ci-mode"]);
    assert_eq!(first.status.code(), Some(0), "{}", told(&first));
    let metrics = json(&find(&project.newest(), "scalability_metrics.json"));
    assert_eq!(metrics["evidence_level"], "real_workload");
    assert_eq!(metrics["kpi_eligible"], true);
    assert_eq!(metrics["records_targeted"], 3000);
    for name in ["security_metrics.json", "benchmark_summary.json", "benchmark_history.json"] {
        find(&project.newest(), name);
    }
    let undecided = project.xtask("scalability-gate", &[]);
    assert_eq!(undecided.status.code(), Some(3), "one entry is no verdict: {}", told(&undecided));

    let second = project.benchmark(&["--ci-mode"]);
    assert_eq!(second.status.code(), Some(0), "{}", told(&second));
    let held = project.xtask("scalability-gate", &[]);
    assert_eq!(held.status.code(), Some(0), "{}", told(&held));
    let report = fs::read_to_string(project.newest().join("SCALABILITY_GATE_REPORT.md")).expect("a report");
    assert!(report.contains("records_per_second") && report.contains("real_workload"), "{report}");
    let history = json(&find(&project.newest(), "benchmark_history.json"));
    assert_eq!(history["entries"].as_array().map(Vec::len), Some(2));

    let trend = project.xtask("benchmark-trend", &[]);
    assert_eq!(trend.status.code(), Some(0), "{}", told(&trend));
    let drawn = project.path("target/perf/benchmark-trend");
    for name in ["benchmark_trend.svg", "benchmark_trend.png", "benchmark_trend.md"] {
        assert!(drawn.join(name).metadata().is_ok_and(|file| file.len() > 200), "{name}");
    }

    let scored = project.xtask("kpi", &["--release", "v1"]);
    let merged = json(&project.path("target/perf/kpi/kpi_v1_merged.json"));
    assert!([Some(0), Some(1)].contains(&scored.status.code()), "{}", told(&scored));
    assert!(merged.to_string().contains("scalability"), "{merged}");
    assert!(project.path("target/perf/kpi/kpi_radar.svg").is_file());

    let planned = project.benchmark(&["--ci-mode", "--dry-run"]);
    assert_eq!(planned.status.code(), Some(1), "a dry run is no evidence: {}", told(&planned));
    let refused = project.xtask("scalability-gate", &[]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(told(&refused).contains("dry_run"), "{}", told(&refused));
    let metrics = json(&find(&project.newest(), "scalability_metrics.json"));
    assert_eq!((&metrics["evidence_level"], &metrics["kpi_eligible"]), (&"dry_run".into(), &false.into()));

    let again = project.benchmark(&["--ci-mode"]);
    assert_eq!(again.status.code(), Some(0), "what was only planned is no entry to be held against: {}", told(&again));
    let verified = project.xtask("verify", &[]);
    assert_eq!(verified.status.code(), Some(0), "{}", told(&verified));

    let assessed = project.xtask("assess", &["--no-measure", "--export", "html,json"]);
    assert_eq!(assessed.status.code(), Some(0), "{}", told(&assessed));
    let assessment = json(&project.path("target/perf/assessment/assessment.json"));
    assert_eq!(assessment["schema"], "perfledger/assessment/1");
    let page = fs::read_to_string(project.path("target/perf/assessment/assessment.html")).expect("a page");
    assert!(page.contains("not measured"), "nothing scaled yet, and the page says so");
}

#[test]
fn a_project_without_a_gate_is_measured_and_two_at_once_are_not() {
    let project = Project::new();
    fs::write(project.path("config/thresholds.toml"), "").expect("a file");
    let ungated = project.benchmark(&["--ci-mode"]);
    assert_eq!(ungated.status.code(), Some(0), "{}", told(&ungated));
    assert!(told(&ungated).contains("has no gate"), "{}", told(&ungated));
    assert!(!project.newest().join("SCALABILITY_GATE_REPORT.md").exists());

    let held = fs::File::create(project.path("target/perf/reencryption/lock")).expect("a file");
    held.lock().expect("nobody has it");
    let second = project.benchmark(&["--ci-mode"]);
    assert_eq!(second.status.code(), Some(2), "{}", told(&second));
    assert!(told(&second).contains("wait until the other benchmark"), "{}", told(&second));
}

#[test]
fn a_project_of_which_nothing_was_measured_is_not_assessed_and_that_is_no_error() {
    let project = Project::new();
    let assessed = project.xtask("assess", &["--no-measure", "--export", "json"]);
    assert_eq!(assessed.status.code(), Some(0), "{}", told(&assessed));
    assert!(told(&assessed).contains("is not assessed: the ledger tells of no run"), "{}", told(&assessed));
}

#[test]
fn without_a_file_and_without_test_keys_nothing_is_done() {
    let project = Project::new();
    let refused = project.benchmark(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("--dataset") && told(&refused).contains("--ci-mode"), "{}", told(&refused));
}

#[test]
fn a_policy_that_is_broken_stops_the_job_before_the_first_byte() {
    let project = Project::new();
    let policy = project.path("config/security_crypto_policy.json");
    let strict = fs::read_to_string(&policy)
        .expect("a policy")
        .replace("\"minimum_key_version\": 2", "\"minimum_key_version\": 9");
    fs::write(&policy, strict).expect("a policy");
    let refused = project.benchmark(&["--ci-mode"]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("minimum_key_version"), "{}", told(&refused));
    let data = project.path("target/perf/reencryption");
    let claims = fs::read(data.join("claims-3000-1.jsonl")).expect("claims");
    assert_eq!(fs::read(data.join("work/work.jsonl")).expect("the copy"), claims, "not a byte was changed");
}

#[test]
fn the_gate_without_a_run_says_what_to_do_first() {
    let project = Project::new();
    let nothing = project.xtask("scalability-gate", &[]);
    assert_eq!(nothing.status.code(), Some(2), "{}", told(&nothing));
    assert!(told(&nothing).contains("cargo xtask benchmark --ci-mode"), "{}", told(&nothing));
}
