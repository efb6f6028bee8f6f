//! `assess`: how far a service scales, as `assessment.json`, `assessment.html` and `assessment.pdf` from one record.
//! Must not know: how anything looks.

use std::path::{Path, PathBuf};

use bench_cli::{Context, Error as Stop};
use bench_model::assessment::{Assessment, TestStatus};
use bench_model::ledger::Broken;
use bench_model::time::Timestamp;
use bench_model::{Exit, file};
use bench_report::assessment::render_assessment;
use clap::Args;
use serde::Serialize;

use super::audit::{show, subject};
use crate::{AssessConfig, AssessRequest, Error, ExportFormat, generate_assessment, missing_runs, plan_from};

#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// The ledger's lines: a file as `baseline-manager export` writes it, a folder of segments, or `-`
    #[arg(long, value_name = "PATH")]
    ledger: PathBuf,
    /// The project, whose config folder holds assessment.toml and scalability_plan.toml
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The test plan [default: the project's scalability_plan.toml, or the one compiled in]
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// What is assessed [default: the name of the project's folder]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// What is written; pdf needs a program built with `--features pdf` [default: all that this program can write]
    #[arg(long, value_name = "FORMATS", value_enum, value_delimiter = ',')]
    export: Vec<ExportFormat>,
    /// Write nothing, and print what would measure the tests that were not run at full length: `scale SCENARIO AXIS SIZES`, `load SCENARIO`, or a program's name
    #[arg(long)]
    missing: bool,
}

/// What this program can write.
#[cfg(feature = "pdf")]
const ALL: [ExportFormat; 3] = [ExportFormat::Html, ExportFormat::Pdf, ExportFormat::Json];
#[cfg(not(feature = "pdf"))]
const ALL: [ExportFormat; 2] = [ExportFormat::Html, ExportFormat::Json];

/// What `--format json` prints.
#[derive(Serialize)]
struct Written {
    files: Vec<String>,
    verified: bool,
    status: bench_model::assessment::AssessmentStatus,
    passed: usize,
    tests: usize,
    risks: usize,
}

pub(crate) fn assess(args: &AssessArgs, context: &Context) -> Result<Exit, Stop> {
    let here = args.project.clone().unwrap_or_else(|| PathBuf::from("."));
    if !here.is_dir() {
        let reason = format!("there is no folder {}", here.display());
        return Err(Error::Flag { flag: "project", reason }.into());
    }
    let folder = context.config_folder(&here);
    let (config, entries) = AssessConfig::with_settings(&folder).map_err(Error::from)?;
    if context.show_settings(&context.layers(&here)?)? {
        return show(entries, context);
    }
    let plan = plan_from(args.plan.as_deref(), &folder).map_err(Error::from)?;
    let mut formats = if args.export.is_empty() { ALL.to_vec() } else { args.export.clone() };
    formats.sort();
    formats.dedup();
    #[cfg(not(feature = "pdf"))]
    if formats.contains(&ExportFormat::Pdf) {
        return Err(Error::NoPdf.into());
    }
    let subject = subject(args.subject.as_deref(), &here)?;
    let request = AssessRequest { subject: &subject, generated: Timestamp::now(), config: &config, plan: &plan };
    let (assessment, broken) = generate_assessment(&args.ledger, &request).map_err(Error::from)?;
    if args.missing {
        let missing = missing_runs(&assessment, &config, &plan);
        return tell_missing(&missing, broken.as_ref(), context);
    }
    let files = write(&assessment, &formats, args)?;
    told(&assessment, context);
    let files = files.iter().map(|file| file.display().to_string());
    if context.json() {
        let of = &assessment;
        let passed = of.plan.items.iter().filter(|item| item.status == TestStatus::Passed).count();
        let (tests, risks) = (of.plan.items.len(), of.risks.len());
        let written =
            Written { files: files.collect(), verified: of.ledger.verified, status: of.status, passed, tests, risks };
        context.print(serde_json::to_string(&written).map_err(Error::Record)?)?;
    } else {
        for file in files {
            context.print(file)?;
        }
    }
    match broken {
        Some(broken) => {
            context.report(&broken.diagnostic());
            Ok(Exit::No)
        }
        None => Ok(Exit::Done),
    }
}

/// Prints what would measure the tests that were not run at full length, each once. What a broken ledger lacks, nobody knows; that it is
/// broken is for the report to say by its exit.
fn tell_missing(missing: &[String], broken: Option<&Broken>, context: &Context) -> Result<Exit, Stop> {
    let missing = if broken.is_some() { &[] } else { missing };
    if let Some(broken) = broken {
        context.warn(format!("nothing is asked for: {}", broken.diagnostic().message));
    }
    if context.json() {
        context.print(serde_json::to_string(missing).map_err(Error::Record)?)?;
    } else if !missing.is_empty() {
        context.print(missing.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// Writes the assessment in each format, and tells the files.
fn write(assessment: &Assessment, formats: &[ExportFormat], args: &AssessArgs) -> Result<Vec<PathBuf>, Error> {
    let mut json = serde_json::to_vec_pretty(assessment).map_err(Error::Record)?;
    json.push(b'\n');
    let mut files = Vec::new();
    for format in formats {
        let path = args.out_dir.join(format!("assessment.{}", format.as_str()));
        match format {
            ExportFormat::Json => file::write(&path, &json)?,
            ExportFormat::Html => file::write(&path, render_assessment(assessment)?.as_bytes())?,
            ExportFormat::Pdf => pdf(&path, assessment, &json)?,
        }
        files.push(path);
    }
    Ok(files)
}

#[cfg(feature = "pdf")]
fn pdf(path: &Path, assessment: &Assessment, json: &[u8]) -> Result<(), Error> {
    Ok(file::write(path, &crate::pdf::render_assessment(assessment, json)?)?)
}

#[cfg(not(feature = "pdf"))]
fn pdf(_: &Path, _: &Assessment, _: &[u8]) -> Result<(), Error> {
    Err(Error::NoPdf)
}

/// Says in a few lines what the assessment holds.
fn told(of: &Assessment, context: &Context) {
    context.say(bench_cli::printable(&of.summary));
    for line in of.reasons.iter().chain(&of.notes) {
        context.say(format!("  {}", bench_cli::printable(line)));
    }
    let integrity = match (of.ledger.verified, of.ledger.lines) {
        (false, _) => "broken",
        (true, 0) => "empty",
        (true, _) => "verified",
    };
    context.say(format!("ledger {integrity}, head {}", of.ledger.head));
}
