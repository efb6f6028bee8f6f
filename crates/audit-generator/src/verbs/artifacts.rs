//! `artifacts`: what other programs read of a load run, in a folder of its own.
//! Must not know: what is in the files.

use std::path::PathBuf;

use bench_cli::Context;
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::Judgement;
use bench_model::{Exit, file};
use clap::Args;

use super::report::Folder;
use crate::Error;
use crate::artifacts::artifacts;

#[derive(Debug, Args)]
pub(crate) struct ArtifactsArgs {
    /// The run's folder, with perf.json and verdict.json, and perhaps run.json
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// Where the files go [default: artifacts/benchmarks and the time, in the folder of the run]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
}

pub(crate) fn write(args: &ArtifactsArgs, context: &Context) -> Result<Exit, Error> {
    let mut folder = Folder::new(&args.run);
    let report: Report = folder.needed("perf.json")?;
    let judgement: Judgement = folder.needed("verdict.json")?;
    let run: Option<Run> = folder.read("run.json")?;
    let load = run.as_ref().and_then(|run| run.load.as_deref());
    let files = artifacts(&report, &judgement, load)?;
    let out = args
        .out_dir
        .clone()
        .unwrap_or_else(|| args.run.join("artifacts").join("benchmarks").join(report.provenance.started.compact()));
    std::fs::create_dir_all(&out).map_err(|source| file::FileError::Write { path: out.clone(), source })?;
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
    Ok(Exit::Done)
}
