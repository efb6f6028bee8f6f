//! `show` and `next`: what a verdict.json says, for people and for programs.

use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::unit::nearest;
use bench_model::verdict::{self, JudgedMetric, Judgement};
use bench_model::{Exit, file};
use clap::Args;

use super::{check_schema, print};
use crate::{Error, next_steps};

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The judgement, as `judge --out` wrote it (- is standard input)
    #[arg(value_name = "VERDICT.json")]
    verdict: PathBuf,
    /// Print the verdict on one metric alone, by its full name or its headline's
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NextArgs {
    /// The judgement, as `judge --out` wrote it (- is standard input)
    #[arg(value_name = "VERDICT.json")]
    verdict: PathBuf,
}

pub(crate) fn show_file(args: &ShowArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let judgement = read(&args.verdict)?;
    match &args.metric {
        None => print(&judgement, context, &format!("see {}", args.verdict.display()))?,
        Some(name) => {
            let metric = find(&judgement, name, &args.verdict)?;
            if context.json() {
                file::write_json(Path::new("-"), metric)?;
            } else {
                context.print(format!("{}\n", metric.verdict))?;
            }
        }
    }
    Ok(Exit::Done)
}

pub(crate) fn print_next(args: &NextArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let steps = next_steps(&read(&args.verdict)?);
    if context.json() {
        file::write_json(Path::new("-"), &steps)?;
    } else if !steps.is_empty() {
        context.print(steps.iter().map(|step| format!("{step}\n")).collect::<String>())?;
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Judgement, Error> {
    let judgement: Judgement = file::read_json(path)?;
    check_schema(path, &judgement.schema, verdict::SCHEMA)?;
    Ok(judgement)
}

fn find<'a>(judgement: &'a Judgement, name: &str, path: &Path) -> Result<&'a JudgedMetric, Error> {
    let headline = judgement.headline.iter().find(|headline| headline.name == name);
    let full = headline.map_or(name, |headline| headline.metric.as_str());
    judgement.metrics.iter().find(|metric| metric.name.as_str() == full).ok_or_else(|| {
        let metrics = judgement.metrics.iter().map(|metric| metric.name.as_str());
        let headlines = judgement.headline.iter().map(|headline| headline.name.as_str());
        let nearest = nearest(name, metrics.chain(headlines));
        Error::UnknownMetric { path: path.to_path_buf(), name: name.to_owned(), nearest }
    })
}
