//! The verbs `run` and `process`.

use std::path::Path;

use bench_cli::{Context, Error, Interrupt};
use bench_host::{Facts, target_directory};
use bench_model::Exit;
use bench_model::config::{Layer, Layers, Thresholds};

use super::finish::{Destination, finish};
use super::talk::Talk;
use super::{ModeFlag, Narrow, Process};
use crate::environment::{steal_since, stolen};
use crate::process::{self, measure_process};
use crate::{
    Finding, Project, Request, RunnerError, Selection, State, Surroundings, execute_benchmark, lock,
    validate_execution_environment,
};

/// The setting for all rounds together.
const TIMEOUT: &str = "bench.timeout";
/// What `thresholds.toml` calls it.
const TIMEOUT_IN_THRESHOLDS: &str = "benchmark_timeout_minutes";

pub(super) fn run(flags: Narrow, context: &Context) -> Result<Exit, Error> {
    let mut layers = context.layers(&flags.project)?;
    let whole = layers.clone();
    layer(&flags, context, &mut layers);
    thresholds_timeout(&context.config_folder(&flags.project), &mut layers)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let whole = whole.settings()?.bench;
    let only = Selection::of_flag("--only", &flags.only)?;
    let interrupt = Interrupt::install();
    Project::find(&flags.project)?;
    let target = flags.project.join("target");
    let warnings = environment(&flags.project, &target, true)?;
    let project = Project::open(&flags.project)?;
    let mut facts = Facts::here(&flags.project, &settings);
    let place = Destination::new(flags.output, project.target_directory(), facts.commit());
    let request = Request { project: &project, bench: &settings.bench, whole: &whole, only: &only, log: &place.log };
    let before = stolen();
    let mut measured = execute_benchmark(&request, &interrupt, &Talk::of_steps(context))?;
    facts.look_again(&flags.project);
    measured.warnings.splice(0..0, warnings.into_iter().chain(facts.warnings.clone()));
    measured.warnings.extend(steal_since(before));
    finish(context, measured, facts, &place, &interrupt)
}

pub(super) fn process(flags: Process, context: &Context) -> Result<Exit, Error> {
    let here = Path::new(".");
    let mut layers = context.layers(here)?;
    if let (Some(timeout), Some(origin)) = (&flags.timeout, context.origin("timeout")) {
        layers.set(TIMEOUT, timeout.clone(), origin);
    }
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let valid = bench_model::BenchmarkId { harness: String::new(), target: flags.name.clone(), id: String::new() };
    if flags.name.trim().is_empty() || valid.metric("wall").is_err() {
        let reason = "a name is 1 to 4000 bytes without control characters".to_owned();
        return Err(RunnerError::Flag { flag: "--name", reason }.into());
    }
    let interrupt = Interrupt::install();
    let target = target_directory(here);
    let warnings = environment(here, &target, false)?;
    let mut facts = Facts::here(here, &settings);
    let place = Destination::new(flags.output, &target, facts.commit());
    let prepare: Vec<_> = flags.prepare.into_iter().chain(flags.prepare_arg).collect();
    let request = process::Process {
        name: &flags.name,
        command: &flags.command,
        prepare: &prepare,
        runs: flags.runs,
        warmup: flags.warmup,
        timeout: settings.bench.timeout,
        log: &place.log,
    };
    let talk = Talk::of_steps(context);
    let _measuring = lock::measuring(&target.join("perf"), &interrupt, &talk)?;
    let before = stolen();
    let mut measured = measure_process(&request, &interrupt, &talk)?;
    facts.look_again(here);
    // Benches that the configuration expects are left out on purpose, not missing.
    measured.plan.partial = settings.expect.benchmarks.iter().any(|expected| *expected != flags.name);
    measured.warnings.splice(0..0, warnings.into_iter().chain(facts.warnings.clone()));
    measured.warnings.extend(steal_since(before));
    finish(context, measured, facts, &place, &interrupt)
}

pub(super) fn layer(flags: &Narrow, context: &Context, layers: &mut Layers) {
    let text = |text: &Option<String>| text.clone().map(toml::Value::from);
    let list = |list: &[String]| Some(toml::Value::from(list.to_vec()));
    let mode = flags.mode.map(|mode| match mode {
        ModeFlag::Quick => "quick",
        ModeFlag::Full => "full",
    });
    let values = [
        ("package", "bench.package", text(&flags.package)),
        ("bench", "bench.targets", list(&flags.bench)),
        ("features", "bench.features", list(&flags.features)),
        ("filter", "bench.filter", text(&flags.filter)),
        ("rounds", "bench.rounds", flags.rounds.map(|rounds| i64::from(rounds).into())),
        ("mode", "bench.mode", mode.map(toml::Value::from)),
        ("timeout", TIMEOUT, text(&flags.timeout)),
        ("args", "bench.args", list(&flags.args)),
    ];
    for (id, key, value) in values {
        if let (Some(origin), Some(value)) = (context.origin(id), value) {
            layers.set(key, value, origin);
        }
    }
}

/// The timeout that `thresholds.toml` names, where no other layer sets one.
pub(super) fn thresholds_timeout(folder: &Path, layers: &mut Layers) -> Result<(), Error> {
    let is_default = |(key, _, origin): &(String, String, Layer)| key == TIMEOUT && *origin == Layer::Default;
    if layers.entries().iter().any(is_default)
        && let Some(timeout) = Thresholds::from_folder(folder)?.timeout
    {
        let path = folder.join("thresholds.toml");
        // The parsed thresholds do not keep their lines.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let line = text.lines().take_while(|line| !line.trim_start().starts_with(TIMEOUT_IN_THRESHOLDS)).count() + 1;
        let origin = Layer::File(path.display().to_string(), line as u64);
        layers.set(TIMEOUT, format!("{} s", timeout.as_secs_f64()), origin);
    }
    Ok(())
}

/// Noisy findings as warnings.
pub(super) fn environment(folder: &Path, target: &Path, needs_cargo: bool) -> Result<Vec<String>, RunnerError> {
    let findings = validate_execution_environment(&Surroundings::observe(folder, target, needs_cargo));
    if let Some(error) = unfit(&findings) {
        return Err(error);
    }
    let noisy = findings.into_iter().filter(|finding| finding.state == State::Noisy);
    Ok(noisy.map(|finding| format!("{}: {}: {}", finding.name, finding.found, finding.meaning)).collect())
}

/// The first finding that forbids measuring.
pub(super) fn unfit(findings: &[Finding]) -> Option<RunnerError> {
    let finding = findings.iter().find(|finding| finding.state == State::Unfit)?;
    Some(RunnerError::Unfit { name: finding.name, found: finding.found.clone(), advice: finding.advice.clone() })
}
