//! `cargo xtask load`: send load, record, judge, keep.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::chain::Stages;
use crate::process::{Failed, status};
use crate::steps::{Steps, project, worst};

/// Send load to a service, judge it, and append it to the ledger
#[derive(Args)]
pub(crate) struct Options {
    /// A file, or the name of one in config/scenarios; without it, those names are listed
    scenario: Option<String>,
    /// The service; only loopback addresses without --allow-remote [default: target-service, started for the run]
    #[arg(long, value_name = "URL", conflicts_with = "import")]
    base_url: Option<String>,
    /// Change a variable of the scenario; may be repeated
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "import")]
    set: Vec<String>,
    /// Shorten phases by this factor, such as 0.01, and keep rates
    #[arg(long, value_name = "FACTOR", conflicts_with = "import")]
    time_scale: Option<String>,
    /// Print the plan, and send nothing
    #[arg(long, conflicts_with = "import")]
    dry_run: bool,
    /// What sends the load [default: own]
    #[arg(long, value_enum, conflicts_with = "import")]
    engine: Option<Engine>,
    /// Results that k6, Locust, vegeta, oha, wrk or hey wrote, instead of a scenario
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "scenario")]
    import: Vec<PathBuf>,
    /// The project that the service belongs to, and whose ledger keeps the run [default: this repository]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
    project: Option<PathBuf>,
    /// The folder with scenarios, perfledger.toml and thresholds.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// Where history is kept: auto, a folder, a git ref, or none [default: auto]
    #[arg(long, value_name = "WHERE", env = "PERFLEDGER_LEDGER")]
    ledger: Option<String>,
    /// How the verdict is printed [default: human]
    #[arg(long, value_parser = ["human", "json"], env = "PERFLEDGER_FORMAT")]
    format: Option<String>,
    /// Further flags for load-runner
    #[arg(last = true)]
    flags: Vec<String>,
}

/// What sends the load.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// perfledger's own
    Own,
    /// Locust's master and workers
    Locust,
    /// k6
    K6,
}

/// Runs the chain. The exit is the worst that a stage gave: 2 before 1 before 3.
pub(crate) fn run(options: &Options) -> Result<u8, Failed> {
    let project = project(options.project.as_ref());
    let Some(source) = options.source() else {
        return list(&options.config.clone().unwrap_or_else(|| project.join("config")).join("scenarios"));
    };
    let own_service = options.base_url.is_none() && options.import.is_empty();
    let mut programs = vec!["load-runner", "json-processor", "slo-validator", "baseline-manager", "audit-generator"];
    programs.extend(own_service.then_some("target-service"));
    let steps = Steps { stages: Stages::build(&programs)?, project, config: options.config.clone() };
    let mut measure = options.measure(&steps, source, own_service);
    if options.dry_run {
        return status(measure.arg("--dry-run"));
    }
    let (measured, run) = steps.measure(&mut measure)?;
    let Some(run) = run else { return Ok(measured) };
    let recorded = steps.record(&run, &run.with_file_name("perf.json"))?;
    let ledger = options.ledger.as_deref();
    let Some(looked_up) = steps.baseline(&run, ledger)? else { return Ok(2) };
    let verdict = steps.verdict(&mut steps.judge(&run), options.format.as_deref(), &run)?;
    let Some((judged, table)) = verdict else { return Ok(2) };
    let kept = steps.keep(&run, ledger)?;
    let exported = steps.artifacts(&run, None)?;
    steps.show(&run, "run, verdict, report.html and artifacts", &table);
    Ok(worst(&[measured, recorded, looked_up, judged, kept, exported]))
}

impl Options {
    /// The scenario, or the first file to import.
    fn source(&self) -> Option<&str> {
        match &self.scenario {
            Some(scenario) => Some(scenario),
            None if self.import.is_empty() => None,
            None => Some(""),
        }
    }

    /// The command that measures. Its standard output is the path of run.json, whatever the environment says about formats.
    fn measure(&self, steps: &Steps, scenario: &str, own_service: bool) -> Command {
        let verb = match self.engine {
            _ if !self.import.is_empty() => "import",
            Some(Engine::Own) | None => "run",
            Some(Engine::Locust) => "locust",
            Some(Engine::K6) => "k6",
        };
        let mut measure = steps.stages.stage("load-runner", &[verb, "--format", "human"]);
        steps.shared(&mut measure);
        measure.args(&self.import);
        if !scenario.is_empty() {
            measure.arg(scenario);
        }
        if let Some(url) = &self.base_url {
            measure.arg("--set").arg(format!("base_url={url}"));
        }
        for set in &self.set {
            measure.args(["--set", set]);
        }
        if let Some(scale) = &self.time_scale {
            measure.args(["--time-scale", scale]);
        }
        if own_service {
            measure.arg("--service").arg(steps.stages.path("target-service"));
        }
        measure.args(&self.flags);
        measure
    }
}

/// The scenarios in a folder, with what they are for.
fn list(folder: &Path) -> Result<u8, Failed> {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|error| Failed {
            code: "CBKB102",
            what: format!("cannot read {}: {error}", folder.display()),
            next: "pass --config with the folder that holds scenarios/, or a scenario's file",
        })?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    names.sort();
    let mut out = std::io::stdout().lock();
    for path in names {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        drop(writeln!(out, "{name:22} {}", description(&path)));
    }
    Ok(0)
}

/// What a scenario says it is for, where it says so on one line of its own.
fn description(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let said = text.lines().find_map(|line| line.strip_prefix("description")?.trim_start().strip_prefix('='));
    said.map(|said| said.trim().trim_matches('"').to_owned()).unwrap_or_default()
}
