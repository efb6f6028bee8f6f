//! The command line: reads the files, judges, writes and prints, and chooses the exit.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bench_cli::{Common, Context};
use bench_model::config::Thresholds;
use bench_model::file::FileError;
use bench_model::ledger::{BASELINE_SCHEMA, Baseline};
use bench_model::perf::{self, Report};
use bench_model::verdict::{self, Judgement, Status};
use bench_model::{Code, Diagnostic, Exit, Sha256, file};
use clap::{Args, Parser, Subcommand};

use crate::{Error, generate_violation_reports, is_undecided, judge, nothing_was_judged, render, threshold_problems};

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
    /// Print the table of a verdict.json again
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct JudgeArgs {
    /// The report, as json-processor wrote it (- is standard input)
    #[arg(value_name = "PERF.json", required_unless_present = "show_settings")]
    perf: Option<PathBuf>,
    /// What the ledger held before this run, as baseline-manager wrote it
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The thresholds [default: thresholds.toml in the configuration folder]
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// The measured project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Exit 3 when a judged metric is inconclusive, or nothing was judged
    #[arg(long)]
    require_verdict: bool,
    /// Where verdict.json is written (- is standard output, instead of the table)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The judgement, as `judge --out` wrote it (- is standard input)
    #[arg(value_name = "VERDICT.json")]
    verdict: PathBuf,
}

/// Runs the program.
///
/// # Errors
/// [`Error`] for files, settings and thresholds that cannot be used: exit 2.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match &cli.command {
        Command::Judge(args) => judge_file(args, context),
        Command::Show(args) => show_file(args, context),
    }
}

fn judge_file(args: &JudgeArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let mut layers = context.layers(&args.project)?;
    if let Some(origin) = context.origin("require_verdict") {
        layers.set("judge.require_verdict", args.require_verdict, origin);
    }
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?.judge;
    let folder = context.config_folder(&args.project);
    let thresholds = match &args.thresholds {
        Some(path) => Thresholds::read(path)?,
        None => Thresholds::from_folder(&folder)?,
    };
    let (report, digest) = read_report(args.perf.as_deref().unwrap_or(Path::new("-")))?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let judgement = judge(&report, baseline.as_ref(), &thresholds, &settings, &digest);
    if let Some(out) = &args.out {
        file::write_json(out, &judgement)?;
    }
    if args.out.as_deref() != Some(Path::new("-")) {
        let rest = match &args.out {
            Some(out) => format!("see {}", out.display()),
            None => "see --format json".into(),
        };
        match print(&judgement, context, &rest) {
            // A reader that has seen enough does not turn a FAIL into a pass.
            Err(FileError::Write { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {}
            printed => printed?,
        }
    }
    let problems = threshold_problems(&report, baseline.as_ref(), &thresholds);
    let more = problems.len().saturating_sub(1);
    if let Some(problem) = problems.into_iter().next() {
        let path = args.thresholds.clone().unwrap_or_else(|| folder.join("thresholds.toml"));
        return Err(Error::Threshold { path, problem, more }.into());
    }
    Ok(conclude(&judgement, settings.require_verdict, context))
}

/// The exit that a judgement asks for, with what a person should hear about it.
fn conclude(judgement: &Judgement, require_verdict: bool, context: &Context) -> Exit {
    if judgement.status == Status::Fail {
        context.report(&failure(judgement));
        return Exit::No;
    }
    let open = judgement.metrics.iter().filter(|metric| is_undecided(metric)).count();
    if require_verdict && (open > 0 || nothing_was_judged(judgement)) {
        context.warn(match open {
            0 => "a verdict is demanded, and nothing was judged".into(),
            _ => format!("a verdict is demanded, and {open} of {} metrics have none", judgement.metrics.len()),
        });
        return Exit::Undecided;
    }
    Exit::Done
}

/// The worst violation, and how many there are; a regression where one fails the run.
fn failure(judgement: &Judgement) -> Diagnostic {
    let mut reports = generate_violation_reports(&judgement.violations).into_iter();
    let further = reports.len().saturating_sub(1);
    let mut worst = reports.next().unwrap_or_else(|| Diagnostic {
        code: Code::Slo,
        message: judgement.reasons.first().cloned().unwrap_or_else(|| "the run fails".into()),
        location: None,
        hint: "find the change that caused it, or waive the loss: baseline-manager waive".into(),
    });
    if further > 0 {
        worst.message.push_str(&format!(" (and {further} more)"));
    }
    worst
}

fn show_file(args: &ShowArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let judgement: Judgement = file::read_json(&args.verdict)?;
    check_schema(&args.verdict, &judgement.schema, verdict::SCHEMA)?;
    print(&judgement, context, &format!("see {}", args.verdict.display()))?;
    Ok(Exit::Done)
}

fn print(judgement: &Judgement, context: &Context, rest: &str) -> Result<(), FileError> {
    if context.json() {
        file::write_json(Path::new("-"), judgement).map(drop)
    } else {
        context.print(render(judgement, context.width(), context.colour(), rest))
    }
}

/// The report and the digest of its file.
fn read_report(path: &Path) -> Result<(Report, Sha256), Error> {
    let bytes = file::read(path, file::MAX_DOCUMENT)?;
    let report: Report = file::parse_json(path, &bytes)?;
    check_schema(path, &report.schema, perf::SCHEMA)?;
    Ok((report, Sha256::of(&bytes)))
}

fn read_baseline(path: &Path) -> Result<Baseline, Error> {
    let baseline: Baseline = file::read_json(path)?;
    check_schema(path, &baseline.schema, BASELINE_SCHEMA)?;
    Ok(baseline)
}

fn check_schema(path: &Path, found: &str, expected: &'static str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Schema { path: path.to_path_buf(), found: found.to_owned(), expected })
}
