//! Ledgers as `baseline-manager` would write them, line by line, and audits of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use audit_generator::{
    AuditConfig, AuditRequest, Months, Released, controls_from_folder, generate_audit_report, selected,
};
use bench_model::Sha256;
use bench_model::audit::{Audit, Coverage, EvidenceKind};
use bench_model::ledger::{Body, Broken, seal};
use bench_model::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const COMMIT: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// What an audit is asked for, besides its months.
pub(crate) struct Asked {
    pub(crate) generated: Timestamp,
    pub(crate) config: AuditConfig,
    pub(crate) keep_months: u32,
    pub(crate) released: Released,
}

/// A ledger that is being written.
pub(crate) struct Ledger {
    folder: TempDir,
    pub(crate) lines: Vec<Vec<u8>>,
    next: u64,
    prev: Sha256,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), lines: Vec::new(), next: 1, prev: Sha256::zero() }
    }

    /// Appends a line and gives its `seq`.
    pub(crate) fn push(&mut self, time: &str, body: &Body) -> u64 {
        let (line, digest) = seal(self.next, &self.prev, at(time), body).unwrap();
        self.lines.push(line);
        self.prev = digest;
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn run(&mut self, time: &str, run: Value) -> u64 {
        self.push(time, &Body::Run(serde_json::from_value(run).unwrap()))
    }

    pub(crate) fn incident(&mut self, time: &str, incident: Value) -> u64 {
        self.push(time, &Body::Incident(serde_json::from_value(incident).unwrap()))
    }

    pub(crate) fn promote(&mut self, time: &str, promotion: Value) -> u64 {
        self.push(time, &Body::Promotion(serde_json::from_value(promotion).unwrap()))
    }

    pub(crate) fn waive(&mut self, time: &str, waiver: Value) -> u64 {
        self.push(time, &Body::Waiver(serde_json::from_value(waiver).unwrap()))
    }

    /// Writes a retention marker and removes the first `count` lines.
    pub(crate) fn prune(&mut self, time: &str, count: usize, carried: &Value) -> u64 {
        let last = &self.lines[count - 1];
        let mut marker = json!({ "last_seq": count, "last_line": Sha256::of(last), "keep_months": 36,
            "author": "A. Keeper", "promotions": [] });
        let members = carried.as_object().unwrap().clone();
        marker.as_object_mut().unwrap().extend(members);
        let seq = self.push(time, &Body::Retention(serde_json::from_value(marker).unwrap()));
        self.lines.drain(..count);
        seq
    }

    pub(crate) fn write(&self) -> PathBuf {
        let path = self.folder.path().join("ledger.jsonl");
        let lines: Vec<u8> = self.lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        std::fs::write(&path, lines).unwrap();
        path
    }

    pub(crate) fn audit(&self, first: &str, last: &str) -> Audit {
        self.audit_with(first, last, |_| {}).0
    }

    /// An audit of these months, made long after them, with changes to what is asked.
    pub(crate) fn audit_with(
        &self,
        first: &str,
        last: &str,
        change: impl FnOnce(&mut Asked),
    ) -> (Audit, Option<Broken>) {
        let mut asked = Asked {
            generated: at("2027-06-15T12:00:00Z"),
            config: AuditConfig::compiled_in().unwrap(),
            keep_months: 36,
            released: Released::Unknown("nobody asked".into()),
        };
        change(&mut asked);
        let controls = controls_from_folder(Path::new("no such folder")).unwrap();
        let request = AuditRequest {
            subject: "copybook",
            period: Months::new(first.parse().unwrap(), last.parse().unwrap()).unwrap(),
            generated: asked.generated,
            config: &asked.config,
            controls: &selected(&controls, &asked.config).unwrap(),
            keep_months: asked.keep_months,
            released: &asked.released,
        };
        generate_audit_report(&self.write(), &request).unwrap()
    }
}

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A metric of a run, held against a floor.
pub(crate) fn rate(name: &str, value: f64, floor: Option<f64>) -> Value {
    let mut metric = json!({ "name": name, "value": value, "unit": "B/s", "direction": "higher_is_better",
        "rounds": [value], "verdict": "unchanged" });
    if let Some(floor) = floor {
        metric["floor"] = json!(floor);
    }
    metric
}

pub(crate) fn duration(name: &str, value: f64, ceiling: f64) -> Value {
    json!({ "name": name, "value": value, "unit": "ns", "direction": "lower_is_better", "rounds": [value],
        "verdict": "unchanged", "floor": ceiling })
}

/// A complete run of a clean tree in the epoch `e1`.
pub(crate) fn run(id: &str, metrics: &[Value]) -> Value {
    json!({ "run_id": id, "commit": COMMIT, "branch": "main", "dirty": false, "epoch": "e1", "mode": "full",
        "complete": true, "partial": false, "status": "PASS", "evidence_level": "real_workload",
        "digests": { "perf": Sha256::zero(), "verdict": Sha256::zero() }, "metrics": metrics })
}

/// The same object with other members.
pub(crate) fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members are an object") };
    object.as_object_mut().unwrap().extend(members);
    object
}

pub(crate) fn promotion(run_id: &str) -> Value {
    json!({ "run_id": run_id, "commit": COMMIT, "epoch": "e1", "mode": "full",
        "digests": { "perf": Sha256::zero(), "verdict": Sha256::zero() }, "author": "R. Manager", "reason": "release",
        "criteria": ["status is PASS"], "metrics": [rate("a", 10.0, Some(5.0))] })
}

pub(crate) fn incident(metric: &str, state: &str, run_id: &str, opened: Option<u64>) -> Value {
    let incident = json!({ "metric": metric, "state": state, "epoch": "e1", "mode": "full", "run_id": run_id,
        "commit": COMMIT, "change": -0.2 });
    match opened {
        Some(seq) => with(incident, json!({ "opened": seq })),
        None => incident,
    }
}

pub(crate) fn waiver(metric: &str, run_id: &str, change: f64) -> Value {
    json!({ "run_id": run_id, "commit": COMMIT, "change": change, "waiver": { "metric": metric, "ceiling": 0.3,
        "expires": "2027-12-31", "issue": "https://example.org/issues/42", "reason": "checked parser", "author": "A. Maintainer" } })
}

/// The coverage and statement of a kind of evidence, wherever it is asked for first.
pub(crate) fn evidence(audit: &Audit, kind: EvidenceKind) -> (Coverage, String, Vec<u64>) {
    let mut all = audit.controls.iter().flat_map(|control| &control.evidence);
    let found = all.find(|found| found.kind == kind).unwrap();
    (found.coverage, found.statement.clone(), found.lines.clone())
}

/// Runs the program in a folder without configuration, with nothing of the surroundings.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PERFLEDGER_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
