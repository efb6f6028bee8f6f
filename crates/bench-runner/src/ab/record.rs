//! The files of a comparison: one of each side and pass, as complete documents. Must not know: how rounds are run.

use std::path::{Path, PathBuf};

use bench_model::run::{Benchmark, Pairing, Pass, Plan, Planted, Run, SCHEMA, Side};
use bench_model::time::Timestamp;
use bench_model::{Failure, RunId};

use super::Comparison;
use super::paired::{Paired, paired};
use super::rounds::Results;
use super::sides::{Sides, name};
use crate::execute::{harness_versions, plan};
use crate::{RunnerError, generate_json_report};
use bench_host::{Facts, redact_environment};

/// Appended to a run's id, longest first: `-confirm-base`.
const LONGEST_SUFFIX: usize = 13;
/// The longest run id.
const LONGEST_ID: usize = 64;

/// Where the files go, and what all of them share.
pub(super) struct Records<'a> {
    pub(super) request: &'a Comparison<'a>,
    pub(super) sides: &'a Sides,
    /// What is known of head, and of base.
    pub(super) head: Facts,
    pub(super) base: Facts,
    /// About the machine and the comparison.
    pub(super) warnings: Vec<String>,
    pub(super) started: Timestamp,
    pub(super) begun: std::time::Instant,
}

/// One pass as it stands.
pub(super) struct Stand<'a> {
    pub(super) pass: Pass,
    pub(super) results: &'a Results,
    pub(super) looks: &'a [u32],
    pub(super) planted: Option<Planted>,
    /// What the hypervisor took away so far, when that matters.
    pub(super) stolen: Option<String>,
}

/// Whether all four ids that follow from a run's id are ids.
pub(super) fn check_id(id: &RunId) -> Result<(), RunnerError> {
    if id.as_str().len() + LONGEST_SUFFIX > LONGEST_ID {
        let reason = format!("a comparison's id has at most {} characters", LONGEST_ID - LONGEST_SUFFIX);
        return Err(RunnerError::Flag { flag: "--run-id", reason });
    }
    Ok(())
}

/// The file of a side and pass, beside that of head's first pass: `run.json`, `base.run.json`, `confirm.run.json`,
/// `confirm.base.run.json`.
pub(super) fn file(out: &Path, pass: Pass, side: Side) -> PathBuf {
    let own = out.file_name().unwrap_or_default().to_string_lossy();
    let pass = match pass {
        Pass::First => "",
        Pass::Confirm => "confirm.",
    };
    let side = match side {
        Side::Base => "base.",
        Side::Head => "",
    };
    out.with_file_name(format!("{pass}{side}{own}"))
}

impl Records<'_> {
    /// Writes both sides, head last: who finds it finds its base, too.
    pub(super) fn write(&self, stand: &Stand<'_>) -> Result<[Run; 2], RunnerError> {
        let [head, base] = self.runs(stand);
        for (run, side) in [(&base, Side::Base), (&head, Side::Head)] {
            generate_json_report(run, &file(self.request.out, stand.pass, side))?;
        }
        Ok([head, base])
    }

    fn runs(&self, stand: &Stand<'_>) -> [Run; 2] {
        let values =
            |reported: &super::rounds::Reported| -> Vec<Benchmark> { reported.benchmarks.values().cloned().collect() };
        let results = stand.results;
        let Paired { base, head, dropped: (rounds, of), apart } =
            paired(&values(&results.base), &values(&results.head));
        let mut head = self.run(stand, Side::Head, &results.head, head);
        let base = self.run(stand, Side::Base, &results.base, base);
        if rounds > 0 {
            head.warnings.push(format!(
                "{} of {} dropped, because only one side reported",
                bench_cli::words::count(rounds, "round", "rounds"),
                bench_cli::words::count(of, "benchmark is", "benchmarks are"),
            ));
        }
        head.errors.extend(apart.iter().map(Failure::diagnostic));
        if head.benchmarks.is_empty() && base.benchmarks.is_empty() {
            head.errors.push(RunnerError::NothingMeasured.diagnostic());
        }
        [head, base]
    }

    fn run(
        &self,
        stand: &Stand<'_>,
        side: Side,
        reported: &super::rounds::Reported,
        benchmarks: Vec<Benchmark>,
    ) -> Run {
        let Comparison { bench, whole, only, what, .. } = self.request;
        let comparison = self.request.id.clone();
        let suffix = match (stand.pass, side) {
            (Pass::First, Side::Head) => "",
            (Pass::First, Side::Base) => "-base",
            (Pass::Confirm, Side::Head) => "-confirm",
            (Pass::Confirm, Side::Base) => "-confirm-base",
        };
        let pairing = Pairing {
            side,
            comparison: comparison.clone(),
            purpose: what.purpose(),
            pass: stand.pass,
            against: self.sides.against.clone(),
            looks: stand.looks.to_vec(),
            bench_source: self.sides.bench_source,
            planted: stand.planted,
        };
        let facts = match side {
            Side::Base => self.base.clone(),
            Side::Head => self.head.clone(),
        };
        let mut warnings = match side {
            Side::Base => Vec::new(),
            Side::Head => {
                [&self.warnings, &facts.warnings, &self.sides.warnings].into_iter().flatten().cloned().collect()
            }
        };
        warnings.extend(reported.repeated_failures().map(|text| format!("{}: {text}", name(side))));
        if side == Side::Head {
            warnings.extend(stand.stolen.clone());
        }
        let harness = harness_versions(&self.sides.of(side).targets);
        let mut run = Run {
            schema: SCHEMA.to_owned(),
            // Checked before: see `check_id`.
            run_id: format!("{comparison}{suffix}").parse().unwrap_or(comparison),
            provenance: facts.provenance(crate::TOOL, self.started, self.begun.elapsed(), harness),
            plan: Plan { rounds: stand.results.rounds, pairing: Some(pairing), ..plan(bench, whole, only) },
            complete: reported.complete,
            warnings,
            errors: reported.errors.clone(),
            benchmarks,
            load: None,
            scale: None,
        };
        redact_environment(&mut run);
        run
    }
}
