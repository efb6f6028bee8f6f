//! What every verb ends with: a load run with its provenance, written to `run.json`, and the path of that on standard output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_cli::{Context, Error};
use bench_host::{Facts, RunFiles, new_run_id, redact_environment, target_directory};
use bench_model::file::write_json_compact;
use bench_model::load::Load;
use bench_model::run::{Mode, Plan, Run, SCHEMA};
use bench_model::scale::Scale;
use bench_model::time::Timestamp;
use bench_model::{Diagnostic, Exit, RunId};
use clap::Args;

/// Where a run belongs, and where it is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Output {
    /// The project whose service is measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// The file to write [default: run.json in a folder of its own below perf in the project's target folder; -: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The run's id [default: made from time and commit]
    #[arg(long, value_name = "ID")]
    run_id: Option<RunId>,
}

/// A run that is about to be measured: where it goes is known before.
#[derive(Debug)]
pub(crate) struct Begun {
    facts: Facts,
    files: RunFiles,
    project: PathBuf,
    started: Timestamp,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The load.
    pub(crate) load: Load,
    /// Quick or full for the built-in engine, as found for what another tool had measured before.
    pub(crate) mode: Mode,
    /// How long it took.
    pub(crate) duration: Duration,
    /// What to know before trusting the numbers.
    pub(crate) warnings: Vec<String>,
    /// What could not be measured.
    pub(crate) errors: Vec<Diagnostic>,
}

/// What came out of a scalability run.
#[derive(Debug)]
pub(crate) struct FinishedScale {
    /// The points.
    pub(crate) scale: Scale,
    /// Quick or full.
    pub(crate) mode: Mode,
    /// How phases were shortened.
    pub(crate) time_scale: f64,
    /// The sizes, as they were asked for.
    pub(crate) sizes: String,
    /// Whether every point that was asked for was measured.
    pub(crate) whole: bool,
    /// How long it took.
    pub(crate) duration: Duration,
    /// What to know before trusting the numbers.
    pub(crate) warnings: Vec<String>,
    /// What could not be measured.
    pub(crate) errors: Vec<Diagnostic>,
}

struct Measured {
    load: Option<Box<Load>>,
    scale: Option<Box<Scale>>,
    warnings: Vec<String>,
    errors: Vec<Diagnostic>,
}

/// The engine of this program, as records name it.
pub(crate) const ENGINE: &str = "perfledger";

impl Begun {
    /// Looks around, before any load.
    ///
    /// # Errors
    /// When the project's settings are wrong.
    pub(crate) fn new(output: &Output, context: &Context) -> Result<Self, Error> {
        let settings = context.layers(&output.project)?.settings()?;
        let facts = Facts::here(&output.project, &settings);
        let id = output.run_id.clone().unwrap_or_else(|| new_run_id(facts.commit()));
        let files = RunFiles::new(id, output.out.clone(), || target_directory(&output.project));
        Ok(Self { facts, files, project: output.project.clone(), started: Timestamp::now() })
    }

    /// A file beside `run.json`, such as the service's log. The folder exists afterwards.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn beside(&self, name: &str) -> Result<PathBuf, crate::Error> {
        let folder = &self.files.folder;
        std::fs::create_dir_all(folder)
            .map_err(|source| bench_model::file::FileError::Write { path: folder.clone(), source })?;
        Ok(folder.join(name))
    }

    /// Writes the run, prints where it is, and says what was wrong: exit 0 for a complete run, 2 with errors, and 3 for one that was cut.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(self, finished: Finished, context: &Context) -> Result<Exit, Error> {
        let Finished { load, mode, duration, warnings, errors } = finished;
        let (plan, harness, whole) = (plan(mode, 1), harness(&load), load.cut.is_none());
        let measured = Measured { load: Some(Box::new(load)), scale: None, warnings, errors };
        self.write(plan, harness, duration, whole, measured, context)
    }

    /// The same for a scalability run.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub(crate) fn finish_scale(self, finished: FinishedScale, context: &Context) -> Result<Exit, Error> {
        let FinishedScale { scale, mode, time_scale, sizes, whole, duration, warnings, errors } = finished;
        let digest = scale.plan_sha256.as_str().get(..16).unwrap_or_default();
        let harness = BTreeMap::from([
            (ENGINE.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            (format!("scenario {}", scale.scenario), format!("{digest} at time scale {time_scale}")),
            // A law over other sizes is another one.
            (format!("scale {}", scale.axis), sizes),
        ]);
        let plan = plan(mode, scale.repeats);
        let measured = Measured { load: None, scale: Some(Box::new(scale)), warnings, errors };
        self.write(plan, harness, duration, whole, measured, context)
    }

    fn write(
        mut self,
        plan: Plan,
        harness: BTreeMap<String, String>,
        duration: Duration,
        whole: bool,
        measured: Measured,
        context: &Context,
    ) -> Result<Exit, Error> {
        let Measured { load, scale, mut warnings, errors } = measured;
        self.facts.look_again(&self.project);
        warnings.splice(0..0, std::mem::take(&mut self.facts.warnings));
        let complete = whole && errors.is_empty();
        let mut run = Run {
            schema: SCHEMA.to_owned(),
            run_id: self.files.id,
            provenance: self.facts.provenance(crate::TOOL, self.started, duration, harness),
            plan,
            complete,
            warnings,
            errors,
            benchmarks: Vec::new(),
            load,
            scale,
        };
        redact_environment(&mut run);
        let out = self.files.out;
        write_json_compact(&out, &run).map_err(crate::Error::from)?;
        for warning in &run.warnings {
            context.warn(warning);
        }
        for error in &run.errors {
            context.report(error);
        }
        if out != Path::new("-") {
            let text = out.display().to_string();
            let summary = || serde_json::json!({ "run_id": run.run_id, "run": out, "complete": complete }).to_string();
            context.print(if context.json() { summary() } else { text }).map_err(crate::Error::from)?;
        }
        Ok(match (run.errors.is_empty(), complete) {
            (false, _) => Exit::Failed,
            (true, false) => Exit::Undecided,
            (true, true) => Exit::Done,
        })
    }
}

fn plan(mode: Mode, rounds: u32) -> Plan {
    Plan { mode, rounds, filter: None, partial: false, asked: Vec::new(), pairing: None }
}

/// What makes a load run comparable, beside the machine: the engine, and the plan. As a part of the epoch it keeps every scenario a
/// history of its own, and one that was changed or shortened from being compared with what it was before.
fn harness(load: &Load) -> BTreeMap<String, String> {
    let plan = load.plan_sha256.as_ref().and_then(|digest| digest.as_str().get(..16)).unwrap_or("as found");
    let version = load.engine.version.clone().unwrap_or_else(|| "unknown".to_owned());
    let scenario = format!("{plan} at time scale {}", load.time_scale.get());
    BTreeMap::from([(load.engine.name.clone(), version), (format!("scenario {}", load.scenario), scenario)])
}
