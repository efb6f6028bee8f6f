//! The command line and its verbs.

mod judging;
mod kpi;
mod showing;

use std::path::Path;

use bench_cli::{Common, Context};
use bench_model::file::FileError;
use bench_model::verdict::Judgement;
use bench_model::{Exit, file};
use clap::{Parser, Subcommand};

use crate::stream::{self, CompareArgs, DetectArgs};
use crate::{Error, render};
use judging::{JudgeArgs, judge_files};
use kpi::{KpiArgs, kpi};
use showing::{NextArgs, ShowArgs, print_next, show_file};

/// Judge a report: floors, targets, margins, and the change against the baseline
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

impl AsRef<Common> for Cli {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a report; exit 1 when it fails, 3 when a demanded verdict cannot be reached
    Judge(JudgeArgs),
    /// Print the table of a verdict.json again, or the verdict on one metric
    Show(ShowArgs),
    /// Print what to measure next: `more <benchmark>` where a verdict is open, `confirm <benchmark>` where one was reached
    Next(NextArgs),
    /// Score indicators by their contracts, from the ledger; exit 1 when one is red, 3 when a demanded score was not measured
    Kpi(KpiArgs),
    /// Judge pairs of samples of any origin, one verdict per line
    Compare(CompareArgs),
    /// Find changes of level in histories of any origin, one answer per line
    Detect(DetectArgs),
}

/// Runs the program.
///
/// # Errors
/// [`Error`] for files, settings and thresholds that cannot be used: exit 2.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match &cli.command {
        Command::Judge(args) => judge_files(args, context),
        Command::Show(args) => show_file(args, context),
        Command::Next(args) => print_next(args, context),
        Command::Kpi(args) => kpi(args, context),
        Command::Compare(args) => Ok(stream::compare(args, context)?),
        Command::Detect(args) => Ok(stream::detect(args, context)?),
    }
}

fn print(judgement: &Judgement, context: &Context, rest: &str) -> Result<(), FileError> {
    if context.json() {
        file::write_json(Path::new("-"), judgement).map(drop)
    } else {
        context.print(render(judgement, context.width(), context.colour(), rest))
    }
}

fn check_schema(path: &Path, found: &str, expected: &'static str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Schema { path: path.to_path_buf(), found: found.to_owned(), expected })
}
