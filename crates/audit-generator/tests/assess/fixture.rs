//! Ledgers as `baseline-manager` would write them, line by line, and assessments of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use audit_generator::{AssessConfig, AssessRequest, TestPlan, generate_assessment, parse_plan, plan_from};
use bench_model::Sha256;
use bench_model::assessment::{Assessment, PlanItem};
use bench_model::ledger::{Body, Broken, seal};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const NOW: &str = "2026-12-01T00:00:00Z";

/// A ledger that is being written.
pub(crate) struct Ledger {
    pub(crate) folder: TempDir,
    pub(crate) lines: Vec<Vec<u8>>,
    prev: Sha256,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), lines: Vec::new(), prev: Sha256::zero() }
    }

    /// Appends a run and gives its id as evidence.
    pub(crate) fn run(&mut self, time: &str, run: Value) -> String {
        let body = Body::Run(serde_json::from_value(run).unwrap());
        let seq = self.lines.len() as u64 + 1;
        let (line, digest) = seal(seq, &self.prev, time.parse().unwrap(), &body).unwrap();
        self.lines.push(line);
        self.prev = digest;
        format!("E{seq}")
    }

    pub(crate) fn write(&self) -> PathBuf {
        let path = self.folder.path().join("ledger.jsonl");
        let lines: Vec<u8> = self.lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        std::fs::write(&path, lines).unwrap();
        path
    }

    /// With the compiled-in configuration and plan.
    pub(crate) fn assess(&self) -> Assessment {
        self.with(&default_config(), &default_plan()).0
    }

    pub(crate) fn with_config(&self, text: &str) -> Assessment {
        self.with(&config(text), &default_plan()).0
    }

    pub(crate) fn with_plan(&self, text: &str) -> Assessment {
        self.with(&default_config(), &parse_plan(Path::new("plan.toml"), text).unwrap()).0
    }

    pub(crate) fn with(&self, config: &AssessConfig, plan: &TestPlan) -> (Assessment, Option<Broken>) {
        let request = AssessRequest { subject: "copybook", generated: NOW.parse().unwrap(), config, plan };
        generate_assessment(&self.write(), &request).unwrap()
    }
}

fn nowhere() -> &'static Path {
    Path::new("no such folder")
}

pub(crate) fn default_config() -> AssessConfig {
    AssessConfig::from_folder(nowhere()).unwrap()
}

pub(crate) fn default_plan() -> TestPlan {
    plan_from(None, nowhere()).unwrap()
}

/// What every configuration has to say, with more behind it.
pub(crate) fn config(more: &str) -> AssessConfig {
    let head = "max_age_days = 30\nleast_score = 70\nrequired = [\"horizontal\"]\nsafety_margin = 1.5\n\
        [service_level]\np95 = \"100 ms\"\nerror_rate = \"1 %\"\n";
    AssessConfig::parse(Path::new("assessment.toml"), &format!("{head}{more}")).unwrap()
}

pub(crate) fn item<'a>(assessment: &'a Assessment, id: &str) -> &'a PlanItem {
    assessment.plan.items.iter().find(|item| item.id == id).unwrap()
}

pub(crate) fn metric(name: &str, value: f64, unit: &str) -> Value {
    json!({ "name": name, "value": value, "unit": unit, "direction": "higher_is_better", "rounds": [value],
        "verdict": "unchanged" })
}

/// A complete run of a clean tree.
pub(crate) fn run(id: &str, epoch: &str, metrics: &[Value]) -> Value {
    json!({ "run_id": id, "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "branch": "main", "dirty": false,
        "epoch": epoch, "mode": "full", "complete": true, "partial": false, "status": "PASS",
        "evidence_level": "ci_benchmark", "digests": { "perf": Sha256::zero(), "verdict": Sha256::zero() },
        "metrics": metrics })
}

/// The same object with other members.
pub(crate) fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members are an object") };
    object.as_object_mut().unwrap().extend(members);
    object
}

/// A size of a scalability run: everything measured, nothing wrong.
pub(crate) fn level(at: u32, throughput: f64) -> Value {
    json!({ "at": at, "rounds": 3, "throughput": { "value": throughput }, "p95": 50e6, "pool_wait": 1e6,
        "service_cpu": 0.5, "generator_cpu": 0.25, "service_memory": 1_073_741_824.0, "error_rate": 0.0 })
}

pub(crate) fn law(contention: f64, coherency: f64) -> Value {
    let around = |value: f64| {
        json!({ "value": value, "interval": { "lower": value * 0.9, "upper": value * 1.1, "level": 0.95,
        "from": "rounds" } })
    };
    json!({ "fit": "fitted", "kind": "universal", "fewest": 1, "most": 4, "rate": around(100.0), "contention": around(contention),
        "coherency": around(coherency), "r_squared": 0.99, "residual": 0.01,
        "peak": { "known": "unknown", "why": "it lies beyond" } })
}

pub(crate) fn refused() -> Value {
    json!({ "fit": "refused", "why": "2 sizes have a say, where 4 are the least for a law" })
}

/// Figures of sizes may be given as bare numbers, where they have no interval.
pub(crate) fn scale(axis: &str, cores: u32, levels: &[Value], law: &Value) -> Value {
    let mut levels = levels.to_vec();
    for level in &mut levels {
        for name in ["p95", "pool_wait", "service_cpu", "service_memory", "efficiency"] {
            if level[name].is_number() {
                level[name] = json!({ "value": level[name] });
            }
        }
    }
    json!({ "scenario": "scale-trust", "axis": axis, "cores": cores, "levels": levels, "law": law })
}

/// A scalability run's line, with the metrics that it has at least.
pub(crate) fn scaled(id: &str, summary: &Value, metrics: &[Value]) -> Value {
    let account =
        json!({ "started": "2026-11-30T00:00:00Z", "duration_s": 10.0, "scale": summary, "metrics": metrics });
    with(run(id, "scale", &[]), json!({ "account": account }))
}

pub(crate) fn observed(name: &str, value: f64, unit: &str) -> Value {
    let more = ["#efficiency", "#throughput", "#peak_throughput"].iter().any(|measure| name.ends_with(measure));
    let direction = if more { "higher_is_better" } else { "lower_is_better" };
    json!({ "name": name, "value": value, "unit": unit, "direction": direction })
}

/// Runs the program in a folder without configuration, with nothing of the surroundings.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PERFLEDGER_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).output().unwrap()
}
