//! `gate`: what a run of proven work kept of the entry before it, as Markdown.
//! Must not know: how the report looks, or how the gate decides.

use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::perf::Report;
use bench_model::verdict::Judgement;
use bench_model::{Exit, file};
use bench_report::gate::gate_markdown;
use clap::Args;

use super::report::Folder;
use crate::Error;

/// The report's name in the folder of a run.
const REPORT: &str = "SCALABILITY_GATE_REPORT.md";

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// The run's folder, with perf.json and verdict.json
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// Where the report is written, or `-` [default: SCALABILITY_GATE_REPORT.md in the run's folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing of a run that no gate was for, and exit 0: a project need not have one
    #[arg(long)]
    optional: bool,
}

pub(crate) fn gate(args: &GateArgs, context: &Context) -> Result<Exit, Error> {
    let mut folder = Folder::new(&args.run);
    let report: Report = folder.needed("perf.json")?;
    let judgement: Judgement = folder.needed("verdict.json")?;
    if folder.digest("perf.json") != Some(&judgement.perf_sha256) {
        return Err(Error::OtherReport { folder: args.run.clone() });
    }
    let Some(gate) = judgement.gate.as_deref() else {
        let none = Error::NoGate { run: report.run_id };
        if !args.optional {
            return Err(none);
        }
        context.warn(format!("{none}: what it kept of the run before was not judged"));
        return Ok(Exit::Done);
    };
    let text = gate_markdown(&report, &judgement, gate);
    let out = args.out.clone().unwrap_or_else(|| args.run.join(REPORT));
    if out == Path::new("-") {
        context.print(text)?;
    } else {
        file::write(&out, text.as_bytes())?;
        let path = out.display().to_string();
        context.print(if context.json() { serde_json::json!({ "files": [path] }).to_string() } else { path })?;
    }
    Ok(Exit::Done)
}
