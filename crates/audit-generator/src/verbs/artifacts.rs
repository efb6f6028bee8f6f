//! `artifacts`: what other programs read of a run, in a folder of its own.
//! Must not know: what is in the files.

use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::ledger::{ReadLedger, read_ledger};
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::Judgement;
use bench_model::{Exit, file};
use clap::Args;

use super::report::Folder;
use crate::Error;
use crate::artifacts::work::{self, History};
use crate::artifacts::{Artifact, of_load, of_scale};

#[derive(Debug, Args)]
pub(crate) struct ArtifactsArgs {
    /// The run's folder, with perf.json, for a load run verdict.json, and perhaps run.json
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// Where the files go [default: artifacts/benchmarks and the time, in the folder of the run]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// The ledger's lines, for the history of proven work: a file as `baseline-manager export` writes it, a folder of segments, or `-`
    #[arg(long, value_name = "FILE|DIR")]
    ledger: Option<PathBuf>,
}

pub(crate) fn write(args: &ArtifactsArgs, context: &Context) -> Result<Exit, Error> {
    let mut folder = Folder::new(&args.run);
    let report: Report = folder.needed("perf.json")?;
    let mut files = Vec::new();
    if let Some(summary) = report.load.as_deref() {
        let judgement: Judgement = folder.needed("verdict.json")?;
        let run: Option<Run> = folder.read("run.json")?;
        files.extend(of_load(&report, summary, &judgement, run.as_ref().and_then(|run| run.load.as_deref()))?);
    }
    let (history, read) = args.ledger.as_deref().map(|ledger| history(&report, ledger)).transpose()?.unzip();
    files.extend(work::files(&report, history.as_ref())?.unwrap_or_default());
    if let Some(summary) = report.scale.as_deref() {
        files.extend(of_scale(summary)?);
    }
    if files.is_empty() {
        return Err(Error::NoArtifacts { run: report.run_id });
    }
    let out = args
        .out_dir
        .clone()
        .unwrap_or_else(|| args.run.join("artifacts").join("benchmarks").join(report.provenance.started.compact()));
    put(files, &out, context)?;
    if history.is_some_and(|history| !history.holds(&report.run_id)) {
        context.warn(format!("the ledger does not hold run {}, so its history does not either", report.run_id));
    }
    Ok(match read.and_then(|read| read.broken) {
        Some(broken) => {
            context.report(&broken.diagnostic());
            Exit::No
        }
        None => Exit::Done,
    })
}

/// The history of the run's work.
fn history(report: &Report, ledger: &Path) -> Result<(History, ReadLedger), Error> {
    let Some(kind) = work::kind(report) else {
        let reason = format!("run {} gave no account of work, so there is no history of it", report.run_id);
        return Err(Error::Flag { flag: "ledger", reason });
    };
    let mut history = History::new(kind);
    let read = read_ledger(ledger, &mut |line| history.absorb(line))?;
    Ok((history, read))
}

fn put(mut files: Vec<Artifact>, out: &Path, context: &Context) -> Result<(), Error> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    std::fs::create_dir_all(out).map_err(|source| file::FileError::Write { path: out.to_path_buf(), source })?;
    for artifact in &files {
        file::write(&out.join(&artifact.name), &artifact.bytes)?;
    }
    let path = out.display().to_string();
    let names: Vec<&str> = files.iter().map(|artifact| artifact.name.as_str()).collect();
    context.print(if context.json() {
        serde_json::json!({ "folder": path, "files": names }).to_string()
    } else {
        path
    })?;
    Ok(())
}
