//! `cargo xtask scale`: one load at several sizes, recorded, judged, kept.

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, ValueEnum};

use super::{Assess, Reading};
use crate::chain::Stages;
use crate::ledger::Place;
use crate::process::{Failed, say, status};
use crate::steps::{Steps, worst};

/// Send the same load to a service at several sizes, judge it, and append it to the ledger
#[derive(Args)]
pub(crate) struct Scale {
    /// A file, or the name of one in config/scenarios
    #[arg(default_value = "scale-trust")]
    scenario: String,
    /// What is varied
    #[arg(long, value_enum, default_value = "processes")]
    axis: Axis,
    /// The sizes [default: 1,2,3,5,10]
    #[arg(long, value_name = "N,N,...")]
    at: Option<String>,
    /// How many times each size is measured
    #[arg(long, value_name = "N")]
    repeats: Option<u32>,
    /// Change a variable of the scenario; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The PostgreSQL server that the service keeps its data in; `--axis pool` needs one
    #[arg(long, value_name = "URL", env = "PERFLEDGER_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// Shorten phases by this factor, such as 0.1
    #[arg(long, value_name = "FACTOR")]
    time_scale: Option<String>,
    /// Print what would be measured, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    /// The folder with scenarios, perfledger.toml and thresholds.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// How the verdict is printed [default: human]
    #[arg(long, value_parser = ["human", "json"], env = "PERFLEDGER_FORMAT")]
    format: Option<String>,
    /// Further flags for load-runner
    #[arg(last = true)]
    flags: Vec<String>,
}

/// What is varied.
#[derive(Clone, Copy, ValueEnum)]
enum Axis {
    /// Processes of the service that share one address
    Processes,
    /// Threads of one process of the service
    Threads,
    /// Connections of the service to its database
    Pool,
    /// Connections to the service
    Connections,
}

impl Axis {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Threads => "threads",
            Self::Pool => "pool",
            Self::Connections => "connections",
        }
    }
}

/// Runs the chain. The exit is the worst that a stage gave: 2 before 1 before 3.
pub(crate) fn scale(options: &Scale) -> Result<u8, Failed> {
    let programs =
        ["load-runner", "json-processor", "slo-validator", "baseline-manager", "audit-generator", "target-service"];
    let steps =
        Steps { stages: Stages::build(&programs)?, project: options.place.project(), config: options.config.clone() };
    let mut measure = options.measure(&steps);
    if options.dry_run {
        return status(measure.arg("--dry-run"));
    }
    chain(&steps, &mut measure, &options.place, options.format.as_deref(), true)
}

/// From a measurement to the ledger, and for a run at several sizes to its table and picture.
fn chain(steps: &Steps, measure: &mut Command, place: &Place, format: Option<&str>, sizes: bool) -> Result<u8, Failed> {
    let (measured, run) = steps.measure(measure)?;
    let Some(run) = run else { return Ok(measured) };
    let recorded = steps.record(&run, &run.with_file_name("perf.json"))?;
    let ledger = place.ledger.as_deref();
    let Some(looked_up) = steps.baseline(&run, ledger)? else { return Ok(2) };
    let Some((judged, table)) = steps.verdict(&mut steps.judge(&run), format, &run)? else { return Ok(2) };
    let kept = steps.keep(&run, ledger)?;
    let exported = if sizes { steps.artifacts(&run, None)? } else { 0 };
    steps.show(
        &run,
        if sizes { "run, verdict, report.html and artifacts" } else { "run, verdict and report.html" },
        &table,
    );
    Ok(worst(&[measured, recorded, looked_up, judged, kept, exported]))
}

impl Scale {
    /// The command that measures. Its standard output is the path of run.json, whatever the environment says about formats.
    fn measure(&self, steps: &Steps) -> Command {
        let mut measure = steps.stages.stage("load-runner", &["scale", "--format", "human"]);
        steps.shared(&mut measure);
        measure.arg(&self.scenario).args(["--axis", self.axis.as_str()]);
        let repeats = self.repeats.map(|repeats| repeats.to_string());
        for (flag, value) in [("--at", &self.at), ("--repeats", &repeats), ("--time-scale", &self.time_scale)] {
            if let Some(value) = value {
                measure.args([flag, value]);
            }
        }
        for set in &self.set {
            measure.args(["--set", set]);
        }
        measure.arg("--service").arg(steps.stages.path("target-service"));
        if let Some(url) = &self.postgres {
            // Not as an argument: everybody on the machine can read those, and a password may be in it.
            measure.env("DATABASE_URL", url);
        }
        measure.args(&self.flags);
        measure
    }
}

/// Measures what an assessment lacks, as a line of it says: `scale SCENARIO AXIS SIZES`, or `operations`. None for what takes longer, or needs
/// a server that was not named: that is told, and the assessment says that it was not run.
pub(super) fn missing(line: &str, options: &Assess, reading: &Reading) -> Result<Option<u8>, Failed> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match *words.as_slice() {
        ["scale", scenario, axis, sizes] => {
            let Ok(axis) = Axis::from_str(axis, false) else { return Ok(None) };
            let postgres = options.postgres.clone().filter(|_| matches!(axis, Axis::Pool));
            if matches!(axis, Axis::Pool) && postgres.is_none() {
                say(&format!("not measured: {scenario} over pool needs a database: name one with --postgres"));
                return Ok(None);
            }
            say(&format!("measuring {scenario} over {}", axis.as_str()));
            let options = Scale {
                scenario: scenario.to_owned(),
                axis,
                at: Some(sizes.to_owned()),
                repeats: None,
                set: Vec::new(),
                postgres,
                time_scale: options.time_scale.clone(),
                dry_run: false,
                place: reading.place.clone(),
                config: reading.config.clone(),
                format: None,
                flags: Vec::new(),
            };
            scale(&options).map(Some)
        }
        ["operations"] => operations(options, reading),
        ["reencryption"] => {
            say("not measured: the re-encryption job: run `cargo xtask benchmark`");
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// What single operations of Redis and PostgreSQL take, of the servers that were named.
fn operations(options: &Assess, reading: &Reading) -> Result<Option<u8>, Failed> {
    let servers: Vec<_> = [("REDIS_URL", &options.redis), ("DATABASE_URL", &options.postgres)]
        .into_iter()
        .filter_map(|(variable, url)| Some((variable, url.as_ref()?)))
        .collect();
    if servers.is_empty() {
        say("not measured: operations of Redis and PostgreSQL: name servers with --redis and --postgres");
        return Ok(None);
    }
    let programs =
        ["bench-runner", "json-processor", "slo-validator", "baseline-manager", "audit-generator", "target-service"];
    let steps =
        Steps { stages: Stages::build(&programs)?, project: reading.place.project(), config: reading.config.clone() };
    let mut measure = steps.stages.stage("bench-runner", &["process", "--format", "human"]);
    measure.current_dir(&steps.project).args(["--name", "operations", "--runs", "5", "--warmup", "0", "--"]);
    measure.arg(steps.stages.path("target-service")).arg("operations");
    for (variable, url) in servers {
        // Not as arguments: everybody on the machine can read those, and a password may be in them.
        measure.env(variable, url);
    }
    chain(&steps, &mut measure, &reading.place, None, false).map(Some)
}
