//! What every measuring verb ends with: `run.json`, its path, and the errors in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bench_cli::words::count;
use bench_cli::{Context, Error, Interrupt};
use bench_model::run::{Run, SCHEMA};
use bench_model::{Diagnostic, Exit, Failure, RunId};

use super::Output;
use crate::{Measured, RunnerError, generate_json_report};
use bench_host::{Facts, RunFiles, new_run_id, redact_environment};

/// Where a run's files go, and its id.
pub(super) struct Destination {
    pub(super) id: RunId,
    pub(super) out: PathBuf,
    pub(super) log: PathBuf,
}

impl Destination {
    pub(super) fn new(flags: Output, target_directory: &Path, commit: Option<&str>) -> Self {
        let id = flags.run_id.unwrap_or_else(|| new_run_id(commit));
        let RunFiles { id, out, folder } = RunFiles::new(id, flags.out, || target_directory.to_path_buf());
        Self { id, log: flags.log.unwrap_or_else(|| folder.join("harness.log")), out }
    }
}

/// Writes the run, prints where it is, and reports what went wrong. Exit 0 when nothing did, else 2.
pub(super) fn finish(
    context: &Context,
    measured: Measured,
    facts: Facts,
    place: &Destination,
    interrupt: &Interrupt,
) -> Result<Exit, Error> {
    let Measured { plan, started, duration, complete, warnings, errors, benchmarks, harness } = measured;
    let provenance = facts.provenance(crate::TOOL, started, duration, harness);
    let run_id = place.id.clone();
    let schema = SCHEMA.to_owned();
    let mut run =
        Run { schema, run_id, provenance, plan, complete, warnings, errors, benchmarks, load: None, scale: None };
    redact_environment(&mut run);
    generate_json_report(&run, &place.out)?;
    tell(context, &[run], place, interrupt)
}

/// Prints where runs are, the first one's path in full, and reports what went wrong in any. Exit 0 when nothing did, else 2.
pub(super) fn tell(context: &Context, runs: &[Run], place: &Destination, interrupt: &Interrupt) -> Result<Exit, Error> {
    let Some(run) = runs.first() else { return Ok(Exit::Failed) };
    let mut said = BTreeSet::new();
    for warning in runs.iter().flat_map(|run| &run.warnings).filter(|warning| said.insert(*warning)) {
        context.warn(warning);
    }
    let errors: Vec<&Diagnostic> = runs.iter().flat_map(|run| &run.errors).collect();
    for error in &errors {
        context.report(error);
    }
    let complete = runs.iter().all(|run| run.complete);
    // One that came after the last round has cost nothing.
    if interrupt.is_set() && !complete {
        context.report(&RunnerError::Interrupted { during: "measuring".into() }.diagnostic());
    }
    if place.out != Path::new("-") {
        let out = place.out.display();
        if context.json() {
            let summary = serde_json::json!({
                "run_id": run.run_id,
                "run": place.out,
                "log": place.log,
                "complete": complete,
                "benchmarks": run.benchmarks.len(),
                "warnings": said.len(),
                "errors": errors.len(),
            });
            context.print(summary.to_string())?;
        } else {
            let count = count(run.benchmarks.len(), "benchmark", "benchmarks");
            context.say(format!("{count} measured; harness output in {}", place.log.display()));
            context.print(out.to_string())?;
        }
    }
    Ok(if complete && errors.is_empty() { Exit::Done } else { Exit::Failed })
}
