//! `cargo xtask bench`: measure, record, judge, confirm, keep.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::chain::{Stages, root};
use crate::process::{Failed, captured, interrupted, say, status};
use crate::steps::{Steps, project, worst};

/// Measure a project, judge it, and append it to its ledger
#[derive(Args)]
pub(crate) struct Options {
    /// The Cargo project to measure [default: this repository]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
    project: Option<PathBuf>,
    /// Measure the commit REF as well, in turns with the work tree, and judge the difference [REF in a pull request:
    /// where it branched off]
    #[arg(long, value_name = "REF", num_args = 0..=1, default_missing_value = "", group = "sides")]
    against: Option<String>,
    /// Measure the work tree against itself: what noise looks like here
    #[arg(long, group = "sides")]
    noise: bool,
    /// Slow the work tree down by this share from outside, and check that it is found, such as "5%"
    #[arg(long, value_name = "SHARE", group = "sides")]
    plant: Option<String>,
    /// How long a comparison may take, such as "10 min"; what is undecided then is inconclusive
    #[arg(long, value_name = "TIME", requires = "sides")]
    time_budget: Option<String>,
    /// The package whose benches run [default: every package]
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// A bench target; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    bench: Vec<String>,
    /// Cargo features
    #[arg(long, value_name = "NAME")]
    features: Vec<String>,
    /// A regular expression over benchmark ids
    #[arg(long, value_name = "REGEX")]
    filter: Option<String>,
    /// Processes per bench target; rounds are the replicates [default: 5; of a comparison: until decided]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// The harness's own lengths, with PERF=1 set, instead of short rounds
    #[arg(long)]
    full: bool,
    /// The limit for all rounds together, such as "30 min"
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// The folder with perfledger.toml, thresholds.toml and waivers.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// Where history is kept: auto, a folder, a git ref, or none [default: auto]
    #[arg(long, value_name = "WHERE", env = "PERFLEDGER_LEDGER")]
    ledger: Option<String>,
    /// Exit 3 when a judged metric is inconclusive
    #[arg(long)]
    require_verdict: bool,
    /// How the verdict is printed [default: human]
    #[arg(long, value_parser = ["human", "json"], env = "PERFLEDGER_FORMAT")]
    format: Option<String>,
    /// Further arguments for the bench executables
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the chain. The exit is the worst that a stage gave: 2 before 1 before 3.
pub(crate) fn run(options: &Options) -> Result<u8, Failed> {
    let steps = Steps {
        stages: Stages::build(&[
            "bench-runner",
            "json-processor",
            "slo-validator",
            "baseline-manager",
            "audit-generator",
        ])?,
        project: project(options.project.as_ref()),
        config: options.config.clone(),
    };
    let (measured, run) = steps.measure(&mut options.measure(&steps)?)?;
    let Some(run) = run else { return Ok(measured) };
    let recorded = match options.compares() {
        true => steps.record_all(&run)?,
        false => steps.record(&run, &run.with_file_name("perf.json"))?,
    };
    let ledger = options.ledger.as_deref();
    let Some(looked_up) = steps.baseline(&run, ledger)? else { return Ok(2) };

    let verdict = |judge: &mut Command| steps.verdict(judge, options.format.as_deref(), &run);
    let Some((mut judged, mut table)) = verdict(&mut options.judge(&steps, &run))? else { return Ok(2) };
    let changed = steps.unconfirmed(&run)?;
    if !changed.is_empty() {
        if !options.compares() && !interrupted() {
            options.confirm(&steps, &run, &changed)?;
        }
        // What a second pass should have shown, and did not, is no alarm.
        let again = verdict(options.judge(&steps, &run).arg("--require-confirmation"))?;
        let Some(again) = again else { return Ok(2) };
        (judged, table) = again;
    }

    let kept = steps.keep(&run, ledger)?;
    steps.show(&run, "run, verdict and report.html", &table);
    Ok(worst(&[measured, recorded, looked_up, judged, kept]))
}

impl Options {
    /// Whether two sides are measured in turns.
    fn compares(&self) -> bool {
        self.against.is_some() || self.noise || self.plant.is_some()
    }

    /// The command that measures. Its standard output is the path of run.json, whatever the environment says about formats.
    fn measure(&self, steps: &Steps) -> Result<Command, Failed> {
        let verb = if self.compares() { "ab" } else { "run" };
        let mut measure = steps.stages.stage("bench-runner", &[verb, "--format", "human"]);
        steps.shared(&mut measure);
        if let Some(reference) = self.against.as_deref().filter(|reference| !reference.is_empty()) {
            measure.args(["--against", reference]);
        }
        if self.noise {
            measure.arg("--noise");
        }
        if let Some(share) = &self.plant {
            measure.args(["--plant", share]);
        }
        if self.compares() && !self.noise {
            steps.decide_with_this_program(&mut measure)?;
        }
        if let Some(budget) = &self.time_budget {
            measure.args(["--time-budget", budget]);
        }
        if let Some(timeout) = &self.timeout {
            measure.args(["--timeout", timeout]);
        }
        self.narrow(&mut measure, true);
        if let Some(rounds) = self.rounds {
            measure.args(["--rounds", &rounds.to_string()]);
        }
        if !self.arguments.is_empty() {
            measure.arg("--").args(&self.arguments);
        }
        Ok(measure)
    }

    fn narrow(&self, measure: &mut Command, filtered: bool) {
        if let Some(package) = &self.package {
            measure.args(["--package", package]);
        }
        for bench in &self.bench {
            measure.args(["--bench", bench]);
        }
        for features in &self.features {
            measure.args(["--features", features]);
        }
        if let Some(filter) = self.filter.as_ref().filter(|_| filtered) {
            measure.args(["--filter", filter]);
        }
        if self.full || std::env::var_os("PERF").is_some_and(|perf| perf == "1") {
            measure.args(["--mode", "full"]);
        }
    }

    fn judge(&self, steps: &Steps, run: &Path) -> Command {
        let mut judge = steps.judge(run);
        if self.require_verdict {
            judge.arg("--require-verdict");
        }
        judge
    }

    /// Measures what changed against the stored baseline once more, on its own.
    fn confirm(&self, steps: &Steps, run: &Path, changed: &[String]) -> Result<(), Failed> {
        say("measuring what changed once more, before anybody is alarmed");
        let mut again = steps.stages.stage("bench-runner", &["run", "--format", "human"]);
        // Meant for the first pass: this one has an id, files and a selection of its own.
        for name in ["RUN_ID", "OUT", "LOG", "FILTER", "ONLY"] {
            again.env_remove(format!("PERFLEDGER_{name}"));
        }
        steps.shared(&mut again);
        self.narrow(&mut again, false);
        if let Some(rounds) = self.rounds {
            again.args(["--rounds", &rounds.to_string()]);
        }
        if let Some(timeout) = &self.timeout {
            again.args(["--timeout", timeout]);
        }
        for benchmark in changed {
            again.args(["--only", benchmark]);
        }
        let (out, log) = (run.with_file_name("confirm.run.json"), run.with_file_name("confirm.log"));
        drop(std::fs::remove_file(&out));
        again.arg("--out").arg(&out).arg("--log").arg(log);
        if !self.arguments.is_empty() {
            again.arg("--").args(&self.arguments);
        }
        let (exit, _) = captured(&mut again)?;
        if out.is_file() {
            steps.record(&out, &run.with_file_name("confirm.perf.json"))?;
        } else {
            say(&format!("the second pass measured nothing (exit {exit}): what changed stays inconclusive"));
        }
        Ok(())
    }
}

/// `cargo xtask doctor`.
pub(crate) fn doctor(project: Option<&Path>, flags: &[String]) -> Result<u8, Failed> {
    let mut doctor = Stages::build(&["bench-runner"])?.stage("bench-runner", &["doctor"]);
    status(doctor.arg("--project").arg(project.unwrap_or(&root())).args(flags))
}
