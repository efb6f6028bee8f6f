//! `cargo xtask benchmark`, `scalability-gate`, `benchmark-trend`, `kpi`, `scale` and `assess`: proven work, what it kept of the entry
//! before, and what the ledger says of scaling. Must not know: what is in the files.

mod benchmark;
mod scale;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::chain::Stages;
use crate::ledger::{Place, target};
use crate::process::{Failed, captured, command, interrupted, say, status};
use crate::steps::{Steps, worst};
use crate::tell::{configured, export, exported, folder};

pub(crate) use benchmark::{Benchmark, benchmark};
pub(crate) use scale::{Scale, scale};

/// The report of the gate, which lies beside each run that a gate was for.
const GATE_REPORT: &str = "SCALABILITY_GATE_REPORT.md";

/// What the verbs on the ledger share.
#[derive(Args)]
pub(crate) struct Reading {
    #[command(flatten)]
    place: Place,
    /// The folder with the configuration [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// Where the files go [default: a folder of their own in target/perf of the project]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Further flags for the stage
    #[arg(last = true)]
    flags: Vec<String>,
}

/// Hold a run of proven work against the entry before it
#[derive(Args)]
pub(crate) struct Gate {
    #[command(flatten)]
    place: Place,
    /// The run [default: the last one that a gate was for]
    #[arg(long, value_name = "RUN-ID")]
    run: Option<String>,
    /// The folder with thresholds.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// How the verdict is printed [default: human]
    #[arg(long, value_parser = ["human", "json"], env = "PERFLEDGER_FORMAT")]
    format: Option<String>,
}

/// Draw the history of proven work as bars, with what each had to keep of the one before
#[derive(Args)]
pub(crate) struct Trend {
    /// The metric, by its full name [default: the first that the gate wants a share of]
    metric: Option<String>,
    #[command(flatten)]
    reading: Reading,
}

/// Score the project by its contracts in kpi.toml
#[derive(Args)]
pub(crate) struct Kpi {
    /// What the scores are of, such as v1.2.0 [default: as `git describe` names the commit]
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// The scores to compare with [default: the newest others in the folder]
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// Assess how the project scales, from evidence in the ledger
#[derive(Args)]
pub(crate) struct Assess {
    /// Make the report of what is there, and measure nothing that is missing
    #[arg(long)]
    no_measure: bool,
    /// A PostgreSQL server for what needs one; single operations are measured at loopback addresses only
    #[arg(long, value_name = "URL", env = "PERFLEDGER_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// A Redis server for what needs one, at a loopback address
    #[arg(long, value_name = "URL", env = "PERFLEDGER_REDIS", hide_env_values = true)]
    redis: Option<String>,
    /// Shorten the phases of what is measured by this factor, such as 0.1: a look, which decides nothing
    #[arg(long, value_name = "FACTOR", env = "PERFLEDGER_TIME_SCALE")]
    time_scale: Option<String>,
    /// What is written, such as html,json; without pdf nothing heavy is built [default: html,json,pdf]
    #[arg(long, value_name = "FORMATS", env = "PERFLEDGER_EXPORT")]
    export: Option<String>,
    #[command(flatten)]
    reading: Reading,
}

/// `cargo xtask scalability-gate`. The exit is the verdict's; what cannot be decided is no success.
pub(crate) fn gate(options: &Gate) -> Result<u8, Failed> {
    let stages = Stages::build(&["slo-validator", "audit-generator"])?;
    let project = options.place.project();
    let runs = target(&project)?.join("perf");
    let run = match &options.run {
        Some(id) => runs.join(id),
        None => newest(&runs, GATE_REPORT)?,
    };
    let steps = Steps { stages, project, config: options.config.clone() };
    let perf = run.join("perf.json");
    let verdict = steps.verdict(steps.judge(&perf).arg("--require-verdict"), options.format.as_deref(), &perf)?;
    let Some((judged, table)) = verdict else { return Ok(2) };
    let reported = status(&mut gate_report(&steps.stages, &run))?;
    steps.show(&perf, GATE_REPORT, &table);
    Ok(worst(&[judged, reported]))
}

/// The command that writes the gate's report beside a run.
fn gate_report(stages: &Stages, run: &Path) -> Command {
    let mut gate = stages.stage("audit-generator", &["gate"]);
    gate.arg(run).arg("--out").arg(run.join(GATE_REPORT)).stdout(Stdio::null());
    gate
}

/// `cargo xtask benchmark-trend`.
pub(crate) fn trend(options: &Trend) -> Result<u8, Failed> {
    let reading = &options.reading;
    let stages = Stages::build_with(&["audit-generator", "baseline-manager"], &["audit-generator/png"])?;
    let folder = folder(&reading.place, reading.out_dir.as_ref(), "benchmark-trend")?;
    let Some(ledger) = export(&stages, &reading.place, &folder)? else { return Ok(2) };
    let mut trend = stages.stage("audit-generator", &["benchmark-trend"]);
    trend.args(&options.metric).arg("--ledger").arg(ledger).arg("--out-dir").arg(&folder);
    trend.arg("--project").arg(reading.place.project());
    configured(&mut trend, reading.config.as_ref(), &reading.place);
    status(trend.args(&reading.flags))
}

/// `cargo xtask kpi`.
pub(crate) fn kpi(options: &Kpi) -> Result<u8, Failed> {
    let reading = &options.reading;
    let programs = ["slo-validator", "audit-generator", "baseline-manager"];
    let stages = Stages::build_with(&programs, &["audit-generator/png"])?;
    let folder = folder(&reading.place, reading.out_dir.as_ref(), "kpi")?;
    let Some(ledger) = export(&stages, &reading.place, &folder)? else { return Ok(2) };
    let release = match &options.release {
        Some(release) => release.clone(),
        None => described(&reading.place.project())?,
    };
    let merged = folder.join(format!("kpi_{release}_merged.json"));
    let mut score = stages.stage("slo-validator", &["kpi"]);
    score.arg("--ledger").arg(ledger).arg("--release").arg(&release).arg("--out-dir").arg(&folder);
    // Scored again, the same release is held against what it had.
    let own = Some(merged.clone()).filter(|merged| merged.is_file());
    if let Some(previous) = options.previous.clone().or(own).or_else(|| newest_scores(&folder)) {
        score.arg("--previous").arg(previous);
    }
    configured(&mut score, reading.config.as_ref(), &reading.place);
    let (scored, table) = captured(score.args(&reading.flags))?;
    // A reader that closed the pipe has seen enough.
    drop(std::io::stdout().write_all(table.as_bytes()));
    if scored == 2 || !merged.is_file() {
        return Ok(scored);
    }
    let mut show = stages.stage("audit-generator", &["kpi", "--quiet"]);
    let shown = status(show.arg(&merged).arg("--out-dir").arg(&folder).stdout(Stdio::null()))?;
    say(&format!("scores, their page and the radar are in {}/", folder.display()));
    Ok(worst(&[scored, shown]))
}

/// `cargo xtask assess`: measures what the plan asks for and the ledger lacks, then makes the report.
pub(crate) fn assess(options: &Assess) -> Result<u8, Failed> {
    let reading = &options.reading;
    let formats = options.export.as_deref().unwrap_or("html,json,pdf");
    let features: &[&str] = if formats.contains("pdf") { &["audit-generator/pdf"] } else { &[] };
    let build = || Stages::build_with(&["audit-generator", "baseline-manager"], features);
    let stages = build()?;
    let folder = folder(&reading.place, reading.out_dir.as_ref(), "assessment")?;
    // What nothing was measured of yet is measured now; a ledger that somebody named, and that is not there, may be a slip.
    let flags: &[&str] = if reading.place.ledger.is_some() { &[] } else { &["--allow-empty"] };
    let lines = || exported(&stages, &reading.place, &folder, flags);
    let Some(mut ledger) = lines()? else { return Ok(2) };
    if ledger.metadata().is_ok_and(|file| file.len() == 0) {
        say("the ledger of this project holds no line yet");
    }
    let assess = |ledger: &Path| {
        let mut assess = stages.stage("audit-generator", &["assess"]);
        assess.arg("--ledger").arg(ledger).arg("--project").arg(reading.place.project());
        configured(&mut assess, reading.config.as_ref(), &reading.place);
        assess
    };
    let mut measured = Vec::new();
    if !options.no_measure {
        let (exit, missing) = captured(assess(&ledger).args(["--missing", "--format", "human"]))?;
        if exit != 0 {
            return Ok(exit);
        }
        for line in missing.lines() {
            measured.extend(scale::missing(line, options, reading)?);
            if interrupted() {
                say(
                    "interrupted: what was measured before is in the ledger, and no report is made; --no-measure makes it",
                );
                return Ok(2);
            }
        }
        let scenarios: Vec<&str> = missing.lines().filter_map(|line| line.strip_prefix("load ")).collect();
        if !scenarios.is_empty() {
            say(&format!("not measured: {}: each is a `cargo xtask load NAME` of its own", scenarios.join(", ")));
        }
        if !measured.is_empty() {
            // What measures was built without what writes PDF, in the same place.
            build()?;
            let Some(again) = lines()? else { return Ok(2) };
            ledger = again;
        }
    }
    let mut report = assess(&ledger);
    report.arg("--out-dir").arg(&folder);
    if !reading.flags.iter().any(|flag| flag.starts_with("--export")) {
        report.args(["--export", formats]);
    }
    measured.push(status(report.args(&reading.flags))?);
    Ok(worst(&measured))
}

/// The run that was measured last, of those that hold this file.
fn newest(runs: &Path, file: &str) -> Result<PathBuf, Failed> {
    let found = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join(file).is_file())
        .filter_map(|path| Some((path.join("run.json").metadata().ok()?.modified().ok()?, path)));
    found.max().map(|(_, path)| path).ok_or_else(|| Failed {
        code: "CBKB102",
        what: format!("there is no run with a gate in {}", runs.display()),
        next: "run `cargo xtask benchmark --ci-mode` first, or name the project with --project",
    })
}

/// The newest merged scores in a folder.
fn newest_scores(folder: &Path) -> Option<PathBuf> {
    let is_merged = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("kpi_") && name.ends_with("_merged.json"))
    };
    let found = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(|path| is_merged(path));
    found.filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path))).max().map(|(_, path)| path)
}

/// What git calls the commit, as a file's name can have it.
fn described(project: &Path) -> Result<String, Failed> {
    let mut describe = command("git", &["describe", "--tags", "--always", "--dirty"]);
    let (exit, text) = captured(describe.current_dir(project).stderr(Stdio::null()))?;
    let plain = text.trim().replace(|other: char| !other.is_ascii_alphanumeric() && !".-".contains(other), "-");
    if exit == 0 && !plain.is_empty() {
        return Ok(plain);
    }
    Err(Failed {
        code: "CBKB102",
        what: format!("git does not say which commit {} is", project.display()),
        next: "name what the scores are of with --release",
    })
}
