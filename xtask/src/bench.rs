//! `cargo xtask bench`: measure, record, judge, keep.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::chain::{Stages, root};
use crate::process::{Failed, captured, interrupted, say, status};

/// Measure a project, judge it, and append it to its ledger
#[derive(Args)]
pub(crate) struct Options {
    /// The Cargo project to measure [default: this repository]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
    project: Option<PathBuf>,
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
    /// Processes per bench target; rounds are the replicates [default: 5]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// The harness's own lengths, with PERF=1 set, instead of short rounds
    #[arg(long)]
    full: bool,
    /// The limit for all rounds together, such as "30 min"
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// The folder with perfledger.toml and thresholds.toml [default: config in the project]
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
    let stages = Stages::build(&["bench-runner", "json-processor", "slo-validator", "baseline-manager"])?;
    let project = options.project.clone().unwrap_or_else(root);
    let shared = |command: &mut Command| {
        command.arg("--project").arg(&project);
        if let Some(config) = &options.config {
            command.arg("--config").arg(config);
        }
    };

    // Its standard output is the path of run.json, whatever the environment says about formats.
    let mut measure = stages.stage("bench-runner", &["run", "--format", "human"]);
    shared(&mut measure);
    options.narrow(&mut measure);
    let (measured, out) = captured(&mut measure)?;
    let run = PathBuf::from(out.trim_end());
    if out.trim().is_empty() || !run.is_file() {
        return Ok(if measured == 0 { 2 } else { measured });
    }
    let file = |name: &str| run.with_file_name(name);

    let mut record = stages.stage("json-processor", &["report"]);
    shared(record.arg(&run).arg("--out").arg(file("perf.json")));
    let recorded = status(&mut record)?;
    if !file("perf.json").is_file() {
        return Ok(worst(&[measured, recorded, 2]));
    }

    let ledger = |command: &mut Command| {
        shared(command);
        if let Some(ledger) = &options.ledger {
            command.args(["--ledger", ledger]);
        }
    };
    let mut baseline = stages.stage("baseline-manager", &["baseline"]);
    ledger(baseline.arg("--for").arg(file("perf.json")).arg("--out").arg(file("baseline.json")));
    let looked_up = status(&mut baseline)?;

    let mut judge = stages.stage("slo-validator", &["judge"]);
    shared(judge.arg(file("perf.json")).arg("--out").arg(file("verdict.json")));
    if file("baseline.json").is_file() {
        judge.arg("--baseline").arg(file("baseline.json"));
    }
    if options.require_verdict {
        judge.arg("--require-verdict");
    }
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) {
        judge.env("COLUMNS", size.ws_col.to_string());
        if std::env::var_os("NO_COLOR").is_none() && std::env::var_os("PERFLEDGER_COLOR").is_none() {
            judge.args(["--color", "always"]);
        }
    }
    if let Some(format) = &options.format {
        judge.args(["--format", format]);
    }
    let (judged, table) = captured(&mut judge)?;
    if !file("verdict.json").is_file() {
        return Ok(worst(&[measured, looked_up, judged, 2]));
    }

    let kept = if interrupted() {
        say("interrupted: what was measured is judged, but not kept in the ledger");
        2
    } else {
        let mut append = stages.stage("baseline-manager", &["append"]);
        ledger(append.arg("--perf").arg(file("perf.json")).arg("--verdict").arg(file("verdict.json")));
        status(append.stdout(Stdio::null()))?
    };

    if let Some(folder) = run.parent() {
        say(&format!("run, report and verdict are in {}/", shown(folder)));
    }
    // A reader that closed the pipe has seen enough.
    drop(std::io::stdout().write_all(table.as_bytes()));
    Ok(worst(&[measured, recorded, looked_up, judged, kept]))
}

impl Options {
    fn narrow(&self, measure: &mut Command) {
        if let Some(package) = &self.package {
            measure.args(["--package", package]);
        }
        for bench in &self.bench {
            measure.args(["--bench", bench]);
        }
        for features in &self.features {
            measure.args(["--features", features]);
        }
        if let Some(filter) = &self.filter {
            measure.args(["--filter", filter]);
        }
        if let Some(rounds) = self.rounds {
            measure.args(["--rounds", &rounds.to_string()]);
        }
        if self.full || std::env::var_os("PERF").is_some_and(|perf| perf == "1") {
            measure.args(["--mode", "full"]);
        }
        if let Some(timeout) = &self.timeout {
            measure.args(["--timeout", timeout]);
        }
        if !self.arguments.is_empty() {
            measure.arg("--").args(&self.arguments);
        }
    }
}

/// `cargo xtask doctor`.
pub(crate) fn doctor(project: Option<&Path>, flags: &[String]) -> Result<u8, Failed> {
    let mut doctor = Stages::build(&["bench-runner"])?.stage("bench-runner", &["doctor"]);
    status(doctor.arg("--project").arg(project.unwrap_or(&root())).args(flags))
}

/// The exit of several stages together: could not (2), no (1), undecided (3), done (0).
fn worst(exits: &[u8]) -> u8 {
    [2, 1, 3].into_iter().find(|exit| exits.contains(exit)).unwrap_or(0)
}

/// A path as seen from the current folder, where it lies below it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::worst;

    #[test]
    fn a_stage_that_could_not_work_outranks_a_no_and_a_no_outranks_undecided() {
        assert_eq!(worst(&[0, 0]), 0);
        assert_eq!(worst(&[0, 3]), 3);
        assert_eq!(worst(&[3, 1, 0]), 1);
        assert_eq!(worst(&[1, 2, 3]), 2);
    }
}
