//! A real run of three rounds, its verdict, ledgers of such runs, and the program. The run's files were written by this repository's own
//! programs; the machine in them is made up.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bench_model::ledger::{Account, Body, Digests, LedgerMetric, ObservedMetric, RunEntry, seal};
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::proof::Proof;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};
use serde_json::Value;

pub(crate) const RATE: &str = "reencryption#records_per_second";

pub(crate) fn perf() -> Value {
    serde_json::from_str(include_str!("run/perf.json")).unwrap()
}

pub(crate) fn verdict() -> Value {
    serde_json::from_str(include_str!("run/verdict.json")).unwrap()
}

/// A folder for files.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a run, whose verdict belongs to its report.
    pub(crate) fn with(perf: &Value, mut verdict: Value) -> Self {
        let place = Self::new();
        let text = perf.to_string();
        verdict["perf_sha256"] = Sha256::of(text.as_bytes()).as_str().into();
        place.write("perf.json", &text);
        place.write("verdict.json", verdict.to_string());
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Runs the program in the folder.
    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_")) {
            program.env_remove(name);
        }
        program.args(arguments).current_dir(self.path()).output().unwrap()
    }

    /// The same, which has to end well.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

/// One round's account, as the run's first one.
pub(crate) fn proof() -> Proof {
    let report: Report = serde_json::from_value(perf()).unwrap();
    report.proofs[0].clone()
}

/// A line of the ledger: a run of real work on the main branch, so many records per second.
pub(crate) fn run(number: u64, rate: f64) -> RunEntry {
    let metric = |name: &str, value: f64, unit, direction| LedgerMetric {
        name: name.parse().unwrap(),
        value: finite(value),
        unit,
        direction,
        rounds: [0.98, 1.0, 1.02].iter().map(|factor| finite(value * factor)).collect(),
        verdict: Verdict::New,
        floor: None,
        target: None,
    };
    let observed = |name: &str, value: f64| ObservedMetric {
        name: name.parse().unwrap(),
        value: finite(value),
        unit: Unit::Nanoseconds,
        direction: Direction::LowerIsBetter,
    };
    RunEntry {
        run_id: format!("run-{number}").parse().unwrap(),
        commit: Some("ab".repeat(20).parse().unwrap()),
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch("here".into()),
        mode: Mode::AsFound,
        complete: true,
        partial: false,
        status: Status::Pass,
        evidence_level: EvidenceLevel::RealWorkload,
        digests: Digests { perf: Sha256::of(b"perf"), verdict: Sha256::of(b"verdict") },
        metrics: vec![
            metric("reencryption#mttr", 2e9, Unit::Nanoseconds, Direction::LowerIsBetter),
            metric(RATE, rate, Unit::PerSecond, Direction::HigherIsBetter),
            metric("reencryption#wall", 3e9, Unit::Nanoseconds, Direction::LowerIsBetter),
        ],
        missing: Vec::new(),
        account: Some(Box::new(Account {
            started: Timestamp::from_unix(1_795_000_000 + number as i64 * 60),
            duration_s: finite(30.4),
            proofs: vec![proof(); 3],
            scale: None,
            metrics: vec![observed("reencryption#system", 1e9), observed("reencryption#user", 5e8)],
        })),
    }
}

/// A ledger of these runs, a day between two.
pub(crate) fn ledger(runs: &[RunEntry]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut prev = Sha256::zero();
    for (seq, run) in (1u64..).zip(runs) {
        let time = Timestamp::from_unix(1_795_000_000 + seq as i64 * 86_400);
        let (line, digest) = seal(seq, &prev, time, &Body::Run(run.clone())).unwrap();
        lines.extend_from_slice(&line);
        lines.push(b'\n');
        prev = digest;
    }
    lines
}
