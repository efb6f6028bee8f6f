//! `judge`: reads the files, judges, writes and prints, and chooses the exit.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::config::{Thresholds, WAIVERS_FILE, waivers_from_folder};
use bench_model::file::FileError;
use bench_model::ledger::{BASELINE_SCHEMA, Baseline};
use bench_model::perf::{self, Report};
use bench_model::verdict::{Judgement, Status};
use bench_model::{Code, Diagnostic, Exit, Sha256, file};
use clap::Args;

use super::{check_schema, print};
use crate::gate;
use crate::{
    Error, File, Inputs, Judged, Mismatch, Second, check_second, check_sides, generate_violation_reports, is_undecided,
    judge, nothing_was_judged,
};

#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// The report, as json-processor wrote it (- is standard input)
    #[arg(value_name = "PERF.json", required_unless_present = "show_settings")]
    perf: Option<PathBuf>,
    /// The report of the base side, when both were measured in turns on one machine
    #[arg(long, value_name = "BASE.perf.json")]
    against: Option<PathBuf>,
    /// The report of a second, independent pass over what the first one found
    #[arg(long, value_name = "CONFIRM.perf.json")]
    confirm: Option<PathBuf>,
    /// The base side of the second pass
    #[arg(long, value_name = "CONFIRM.base.perf.json", requires_all = ["confirm", "against"])]
    confirm_against: Option<PathBuf>,
    /// Call nothing regressed or improved that no second pass looked at again
    #[arg(long)]
    require_confirmation: bool,
    /// What the ledger held before this run, as baseline-manager wrote it
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The thresholds [default: thresholds.toml in the configuration folder]
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// The measured project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Exit 3 when a judged metric is inconclusive, nothing was judged, or the gate has no earlier entry or a run that is not whole (a load run that is not evaluable always does)
    #[arg(long)]
    require_verdict: bool,
    /// Where verdict.json is written (- is standard output, instead of the table)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn judge_files(args: &JudgeArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let mut layers = context.layers(&args.project)?;
    if let Some(origin) = context.origin("require_verdict") {
        layers.set("judge.require_verdict", args.require_verdict, origin);
    }
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let folder = context.config_folder(&args.project);
    let thresholds = match &args.thresholds {
        Some(path) => Thresholds::read(path)?,
        None => Thresholds::from_folder(&folder)?,
    };
    let waivers = waivers_from_folder(&folder)?;
    let reports = Reports::read(args)?;
    let judged = judge(&Inputs {
        head: File { report: &reports.head.0, sha256: &reports.head.1 },
        base: reports.base.as_ref().map(|(report, sha256)| File { report, sha256 }),
        confirm: reports.second(),
        require_confirmation: args.require_confirmation,
        baseline: reports.baseline.as_ref(),
        thresholds: &thresholds,
        waivers: &waivers,
        settings: &settings.judge,
        rounds: settings.bench.rounds,
    });
    let Judged { judgement, threshold_problems: problems } = judged;
    deliver(&judgement, args, context)?;
    let more = problems.len().saturating_sub(1);
    if let Some(problem) = problems.into_iter().next() {
        let path = args.thresholds.clone().unwrap_or_else(|| folder.join("thresholds.toml"));
        return Err(Error::Threshold { path, problem, more }.into());
    }
    Ok(conclude(&judgement, &reports.head.0, settings.judge.require_verdict, context))
}

/// The reports of a run, checked to belong together, and what the ledger held.
struct Reports {
    head: (Report, Sha256),
    base: Option<(Report, Sha256)>,
    confirm: Option<Report>,
    confirm_base: Option<Report>,
    baseline: Option<Baseline>,
}

impl Reports {
    fn read(args: &JudgeArgs) -> Result<Self, Error> {
        let optional = |path: &Option<PathBuf>| path.as_deref().map(read_report).transpose();
        let reports = Self {
            head: read_report(args.perf.as_deref().unwrap_or(Path::new("-")))?,
            base: optional(&args.against)?,
            confirm: optional(&args.confirm)?.map(|(report, _)| report),
            confirm_base: optional(&args.confirm_against)?.map(|(report, _)| report),
            baseline: args.baseline.as_deref().map(read_baseline).transpose()?,
        };
        let (head, base) = (&reports.head.0, reports.base.as_ref().map(|(report, _)| report));
        if let (Some(base), Some(path)) = (base, &args.against) {
            check_sides(head, base).map_err(|problem| mismatch(path, problem))?;
        }
        if let (Some(second), Some(path)) = (reports.second(), &args.confirm) {
            check_second(head, base, second).map_err(|problem| mismatch(path, problem))?;
        }
        Ok(reports)
    }

    fn second(&self) -> Option<Second<'_>> {
        self.confirm.as_ref().map(|head| Second { head, base: self.confirm_base.as_ref() })
    }
}

fn mismatch(path: &Path, problem: Mismatch) -> Error {
    Error::Mismatch { path: path.to_path_buf(), problem }
}

/// Writes and prints a judgement. A reader that has seen enough does not turn a FAIL into a pass.
fn deliver(judgement: &Judgement, args: &JudgeArgs, context: &Context) -> Result<(), FileError> {
    let read_on = |printed: Result<(), FileError>| match printed {
        Err(FileError::Write { source, .. }) if source.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    };
    let rest = match &args.out {
        Some(out) if out == Path::new("-") => return read_on(file::write_json(out, judgement).map(drop)),
        Some(out) => {
            let written = file::write_json(out, judgement).map(drop);
            // A pipe that was named may be closed early, too.
            read_on(written)?;
            format!("see {}", out.display())
        }
        None => "see --format json".into(),
    };
    read_on(print(judgement, context, &rest))
}

/// The exit that a judgement asks for, with what a person should hear about it.
fn conclude(judgement: &Judgement, report: &Report, require_verdict: bool, context: &Context) -> Exit {
    if judgement.status == Status::Fail {
        context.report(&failure(judgement));
        return Exit::No;
    }
    if judgement.load.as_ref().is_some_and(|load| !load.evaluable) {
        let why = judgement.reasons.iter().find(|reason| reason.starts_with("not evaluable"));
        let why = why.map_or("not evaluable", String::as_str);
        context.warn(format!("{}: the run proves nothing, neither for nor against it: {why}", Code::Load.as_str()));
        return Exit::Undecided;
    }
    if let Some(gate) = judgement.gate.as_deref().filter(|_| require_verdict) {
        if gate::is_open(gate) {
            context.warn("a verdict is demanded, and the gate has no earlier entry to hold the run against");
            return Exit::Undecided;
        }
        if !report.complete || !report.errors.is_empty() {
            context.warn(
                "a verdict is demanded, and the run did not measure all that it was to: what it lost is not known",
            );
            return Exit::Undecided;
        }
        // It has decided. That a metric's change is inconclusive besides takes nothing from that.
        return Exit::Done;
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
        hint: match (&judgement.plant, judgement.gate.as_deref().and_then(gate::advice)) {
            (Some(_), _) => "measure more rounds, on a quieter machine; the verdict cannot be relied on here".into(),
            (None, Some(advice)) => advice.into(),
            (None, None) => {
                format!("find the change that caused it, or permit the loss for a while in the config folder's {WAIVERS_FILE}")
            }
        },
    });
    if further > 0 {
        worst.message.push_str(&format!(" (and {further} more)"));
    }
    worst
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
