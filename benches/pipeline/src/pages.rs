//! How fast pages are made: the audit of three years, as HTML with JSON and as PDF, and the report of a run.

use std::path::Path;
use std::process::Command;

use crate::inputs::{self, LedgerShape};
use crate::measure::{self, measured};
use crate::{Outcome, build};

/// 36 months of 10 runs a day with 20 metrics each, up to the end of October 2026.
const AUDITED: LedgerShape = LedgerShape { lines: 10_950, metrics: 20, seconds: 8640, first: 1_698_796_800 };

/// A run of this many benchmarks and samples.
const BENCHMARKS: usize = 14;
const SAMPLES: usize = 100;

pub(crate) fn run(root: &Path, programs: &Path, work: &Path) -> Outcome {
    build(root, &["audit-generator"], &["audit-generator/pdf"])?;
    let ledger = work.join("audited");
    inputs::ledger(&ledger, AUDITED)?;
    for (name, formats) in [("audit_html_json", "html,json"), ("audit_pdf", "pdf")] {
        let mut audit = Command::new(programs.join("audit-generator"));
        audit.args(["audit", "--from", "2023-11", "--to", "2026-10", "--subject", "benchmark", "--export", formats]);
        audit.arg("--ledger").arg(&ledger).arg("--out-dir").arg(work.join(name)).current_dir(work);
        measure::print(name, &measured(&mut audit)?)?;
    }
    let folder = work.join("run");
    std::fs::create_dir_all(&folder)?;
    let results = work.join("criterion-of-a-run");
    inputs::criterion(&results, BENCHMARKS, SAMPLES)?;
    let stage = |name: &str| {
        let mut command = Command::new(programs.join(name));
        command.current_dir(&folder);
        command
    };
    let mut collect = stage("bench-runner");
    collect.arg("collect").arg(&results).args(["--package", "p", "--target", "t", "--out", "run.json"]);
    let mut record = stage("json-processor");
    record.args(["report", "run.json", "--out", "perf.json"]);
    let mut judge = stage("slo-validator");
    judge.args(["judge", "perf.json", "--out", "verdict.json"]);
    for command in [&mut collect, &mut record, &mut judge] {
        measured(command)?;
    }
    let mut page = stage("audit-generator");
    measure::print("report_page", &measured(page.args(["report", "."]))?)
}
