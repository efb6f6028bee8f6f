//! Everything that can go wrong with a ledger, each with its code, its exit and what to do next.

use std::path::{Path, PathBuf};

use bench_model::config::ConfigError;
use bench_model::file::FileError;
use bench_model::ledger::{ChainError, ChainProblem, MAX_LINE};
use bench_model::{Code, Exit, Failure, Location, RunId, Sha256};

use crate::refusal::Refusal;

/// Why a verb could not do its work, or why the evidence says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A line of the ledger does not hold.
    #[error("the chain does not hold")]
    Broken {
        /// The segment; for a git ref `<ref>:<segment>`.
        place: PathBuf,
        /// The line in the segment, counted from 1.
        line: u64,
        /// What is wrong there.
        source: ChainError,
        /// `No` for `verify` and `export`, whose answer this is; `Failed` for everything that needs the ledger.
        exit: Exit,
    },
    /// A file in the ledger looks like a segment and is none.
    #[error("{} is no segment of a ledger: segments are named by month, as in 2026-11.jsonl", place.display())]
    Foreign {
        /// The file.
        place: PathBuf,
    },
    /// No line of the chain has the digest that someone holds.
    #[error("no line of this ledger has the digest {head}: history was rewritten since that head was noted")]
    UnknownHead {
        /// The digest.
        head: Sha256,
        /// Whether lines were pruned, so that it may have been among them.
        pruned: bool,
    },
    /// There is nothing to check or to hand out.
    #[error("there is nothing to {verb}: {place} holds no line")]
    Nothing {
        /// What was wanted of it.
        verb: &'static str,
        /// The ledger.
        place: String,
    },
    /// No ledger is kept here.
    #[error("there is no ledger: {why}")]
    NoLedger {
        /// Why.
        why: String,
    },
    /// A branch that holds something else.
    #[error("`{name}` holds files and no ledger")]
    NotALedger {
        /// The ref.
        name: String,
    },
    /// The ledger may only be read here.
    #[error("the ledger is read-only in a pull request, and under refs/remotes/")]
    ReadOnly,
    /// Git could not be started.
    #[error("cannot run git")]
    GitMissing {
        /// The system's reason.
        source: std::io::Error,
    },
    /// Git refused.
    #[error("git {verb} failed: {reason}")]
    Git {
        /// The git command.
        verb: String,
        /// What git said.
        reason: String,
    },
    /// The remote could not be read or written.
    #[error("cannot {action} `{branch}` of the remote `{remote}`: {reason}")]
    Remote {
        /// `read` or `push`.
        action: &'static str,
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// What git said.
        reason: String,
    },
    /// Others were always faster.
    #[error("{place} was changed by others during each of {attempts} attempts")]
    Contended {
        /// The ledger.
        place: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A document says another schema.
    #[error("{} has the schema `{found}`, expected `{expected}`", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema found.
        found: String,
        /// The schema expected.
        expected: &'static str,
    },
    /// The verdict was made from another report.
    #[error("the verdict is about a perf.json with digest {stated}, but {} has {found}", perf.display())]
    OtherReport {
        /// The report.
        perf: PathBuf,
        /// The digest in the verdict.
        stated: Sha256,
        /// The digest of the report.
        found: Sha256,
    },
    /// The verdict names another run.
    #[error("the verdict is about run {judged}, but the report is of run {reported}")]
    OtherRun {
        /// The run in the verdict.
        judged: RunId,
        /// The run in the report.
        reported: RunId,
    },
    /// The verdict judges a metric that the report lacks.
    #[error("the verdict gives a value for `{metric}`, which the report does not hold")]
    NotReported {
        /// The metric.
        metric: String,
    },
    /// The ledger holds the run, made from other files.
    #[error("line {seq} already holds run {run_id}, made from other files than these")]
    RunTaken {
        /// The run.
        run_id: RunId,
        /// The line.
        seq: u64,
    },
    /// A name that no metric has.
    #[error("no metric is called `{name}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownMetric {
        /// The name given.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// The verdict says that a waiver was used, and not for which change.
    #[error("the verdict says that a waiver permits `{metric}`, and not which change it permits")]
    WaivedBy {
        /// The metric.
        metric: String,
    },
    /// Nothing says between which commits a metric got worse.
    #[error("nothing in the ledger says between which commits `{metric}` got worse")]
    NoRange {
        /// The metric.
        metric: String,
    },
    /// A flag's value that cannot be used.
    #[error("--{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A JUnit file that cannot be read.
    #[error("{} is not a JUnit report", path.display())]
    Junit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: junit_parser::Error,
    },
    /// The run did not become the baseline.
    #[error("run {run_id} was not promoted, {}:{}", criteria_unmet(refusals.len()), listed(refusals))]
    Refused {
        /// The run.
        run_id: RunId,
        /// Every criterion that is not met.
        refusals: Vec<Refusal>,
    },
    /// A line that no reader would accept.
    #[error("the {kind} line would take {bytes} bytes, and no line above {MAX_LINE} is read back")]
    LineTooLong {
        /// The line's kind.
        kind: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// A line has no JSON form.
    #[error("a ledger line could not be written as JSON")]
    Seal(#[from] serde_json::Error),
}

fn criteria_unmet(count: usize) -> String {
    if count == 1 { "one criterion is not met".into() } else { format!("{count} criteria are not met") }
}

fn listed(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| format!("\n  {}: {refusal}\n    next: {}", refusal.name(), refusal.next())).collect()
}

impl Error {
    pub(crate) fn broken(place: &Path, line: u64, source: ChainError) -> Self {
        Self::Broken { place: place.to_path_buf(), line, source, exit: Exit::Failed }
    }

    /// A chain that does not hold as the answer to who asked whether it does: exit 1.
    pub(crate) fn answered(self) -> Self {
        match self {
            Self::Broken { place, line, source, .. } => Self::Broken { place, line, source, exit: Exit::No },
            other => other,
        }
    }
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Broken { .. } | Self::Foreign { .. } | Self::UnknownHead { .. } | Self::RunTaken { .. } => {
                Code::Ledger
            }
            Self::OtherReport { .. }
            | Self::OtherRun { .. }
            | Self::NotReported { .. }
            | Self::WaivedBy { .. }
            | Self::LineTooLong { .. }
            | Self::Seal(_) => Code::Ledger,
            Self::Nothing { .. }
            | Self::NoLedger { .. }
            | Self::NotALedger { .. }
            | Self::ReadOnly
            | Self::UnknownMetric { .. }
            | Self::NoRange { .. }
            | Self::Flag { .. } => Code::Config,
            Self::GitMissing { .. } | Self::Git { .. } | Self::Remote { .. } | Self::Contended { .. } => Code::Io,
            Self::Schema { .. } => Code::Schema,
            Self::Junit { .. } => Code::Parse,
            Self::Refused { .. } => Code::Promotion,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Broken { source: ChainError { problem: ChainProblem::Torn, .. }, .. } => {
                "an append was interrupted there; the next `append` to a folder sets the torn bytes aside and goes on"
                    .into()
            }
            Self::Broken { source: ChainError { problem: ChainProblem::Unexplained { .. }, .. }, .. } => {
                "restore the removed segments from a copy; `prune` is the way to remove old ones".into()
            }
            Self::Broken { exit: Exit::No, .. } => {
                "restore the ledger from a copy and compare the line; lines before it hold".into()
            }
            Self::Broken { .. } => {
                "restore the ledger from a copy and compare the line; nothing was written, and lines before it hold"
                    .into()
            }
            Self::Foreign { .. } => "move the file out of the ledger, or restore its name".into(),
            Self::UnknownHead { pruned: true, .. } => {
                "it may be the head of lines that were pruned: look for an older copy; else ask who rewrote the ledger"
                    .into()
            }
            Self::UnknownHead { pruned: false, .. } => {
                "compare with a copy from when the head was noted, and ask who rewrote the ledger".into()
            }
            Self::Nothing { .. } => "append a run first, or name another ledger with --ledger".into(),
            Self::NoLedger { .. } => {
                "name one with --ledger DIR, or set ledger.location in config/perfledger.toml".into()
            }
            Self::NotALedger { .. } => {
                "name a ref of its own, such as refs/perfledger/ledger; nothing was changed".into()
            }
            Self::ReadOnly => "do this on the main branch, or name a ledger of your own with --ledger".into(),
            Self::GitMissing { .. } => "install git, or keep the ledger in a folder with --ledger DIR".into(),
            Self::Git { .. } => {
                "see what git says; nothing was appended, and a folder (--ledger DIR) works without git".into()
            }
            Self::Remote { .. } => {
                "nothing is lost: perf.json and verdict.json are still there. Check the network, give the job \
                 the permission `contents: write`, and run the same command again"
                    .into()
            }
            Self::Contended { .. } => "nothing was appended; run the same command again".into(),
            Self::Schema { .. } => "pass the file that the stage before wrote with this version".into(),
            Self::OtherReport { .. } | Self::OtherRun { .. } | Self::NotReported { .. } | Self::WaivedBy { .. } => {
                "judge this perf.json again with `slo-validator judge`, and pass the verdict it writes".into()
            }
            Self::RunTaken { .. } => {
                "a run has one line: pass the files that were appended, or measure again under a new run id".into()
            }
            Self::UnknownMetric { .. } => "`history --format json` shows the metrics there are".into(),
            Self::NoRange { .. } => {
                "`history METRIC` shows the runs and their commits: give `cargo xtask bisect` two with --good and --bad"
                    .into()
            }
            Self::Flag { .. } => "correct the value; --help shows an example".into(),
            Self::Junit { .. } => "pass the JUnit XML that the test runner wrote".into(),
            Self::Refused { .. } => {
                "the baseline stays as it was; meet every criterion above, and promote again".into()
            }
            Self::LineTooLong { .. } => {
                "nothing was appended; measure fewer rounds or metrics, or keep another ledger with --ledger".into()
            }
            Self::Seal(_) => "this is a defect of perfledger; nothing was appended".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::Broken { place, line, .. } => Some(Location::line(place, *line)),
            Self::Foreign { place } => Some(Location::file(place)),
            Self::Schema { path, .. } => Some(Location::pointer(path, "/schema")),
            Self::OtherReport { perf, .. } => Some(Location::file(perf)),
            Self::Junit { path, .. } => Some(Location::file(path)),
            Self::UnknownHead { .. }
            | Self::Nothing { .. }
            | Self::NoLedger { .. }
            | Self::NotALedger { .. }
            | Self::ReadOnly
            | Self::GitMissing { .. }
            | Self::Git { .. }
            | Self::Remote { .. }
            | Self::Contended { .. }
            | Self::OtherRun { .. }
            | Self::NotReported { .. }
            | Self::RunTaken { .. }
            | Self::UnknownMetric { .. }
            | Self::WaivedBy { .. }
            | Self::NoRange { .. }
            | Self::Flag { .. }
            | Self::Refused { .. }
            | Self::LineTooLong { .. }
            | Self::Seal(_) => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Broken { exit, .. } => *exit,
            Self::UnknownHead { .. } | Self::Refused { .. } => Exit::No,
            Self::NoRange { .. } => Exit::Undecided,
            _ => Exit::Failed,
        }
    }
}
