//! What can go wrong here, with the code and the next step of each.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bench_model::config::ConfigError;
use bench_model::file::FileError;
use bench_model::{Code, Failure, Location};

/// Why measuring failed, as a whole or for one round.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The project folder has no manifest, nor has a folder above it.
    #[error("there is no Cargo.toml in {} or a folder above it", path.display())]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// A program cannot be started.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The system does not let us wait for a program, or lock a file.
    #[error("cannot watch `{program}`")]
    Watch {
        /// The program.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Cargo refused, or the project does not compile.
    #[error("`cargo {verb}` failed{}", tail(lines))]
    Cargo {
        /// Cargo's subcommand.
        verb: &'static str,
        /// The last lines it said.
        lines: Vec<String>,
        /// The log that holds all of it.
        log: Option<PathBuf>,
    },
    /// Cargo's machine output is not what it was in every version so far.
    #[error("the output of `cargo metadata` is not understood")]
    Metadata {
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Nothing to run.
    #[error(
        "no Criterion bench target was built in {}{}",
        project.display(),
        if others.is_empty() { String::new() } else { format!("; found, but not Criterion: {}", others.join(", ")) }
    )]
    NoTarget {
        /// The project.
        project: PathBuf,
        /// Bench targets with another harness.
        others: Vec<String>,
    },
    /// The time for all rounds is over.
    #[error("the timeout of {} s ended {what} in round {round}", limit.as_secs_f64())]
    Timeout {
        /// What ran.
        what: String,
        /// Its round, counted from 1.
        round: u32,
        /// The whole time allowed.
        limit: Duration,
    },
    /// Ctrl-C, or a termination signal.
    #[error("interrupted while {during}")]
    Interrupted {
        /// What was going on.
        during: String,
    },
    /// A harness or a measured command failed.
    #[error("{what} failed in round {round} ({status}){}", tail(lines))]
    Failed {
        /// What ran.
        what: String,
        /// Its round, counted from 1.
        round: u32,
        /// How it ended.
        status: String,
        /// The last lines it said.
        lines: Vec<String>,
        /// The log that holds all of it.
        log: PathBuf,
    },
    /// Everything ran, nothing reported.
    #[error("no benchmark was measured")]
    NothingMeasured,
    /// A file of the harness cannot be used.
    #[error("{reason}")]
    Data {
        /// The file, relative to the harness's folder.
        file: PathBuf,
        /// The place in it.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// A benchmark's rate would not be the same quantity in every round.
    #[error("round {round} of `{benchmark}` is dropped: it declares another throughput than the rounds before")]
    Throughput {
        /// The benchmark.
        benchmark: String,
        /// The round, counted from 1.
        round: u32,
    },
    /// A metric line of a measured command cannot be used.
    #[error("metric line {line} of round {round} of `{name}` {reason}")]
    MetricLine {
        /// The collector's name.
        name: String,
        /// The round, counted from 1.
        round: u32,
        /// The line of standard output, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A flag's value cannot be used.
    #[error("{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong and what is accepted.
        reason: String,
    },
    /// This machine cannot measure.
    #[error("this environment cannot measure: {name}: {found}")]
    Unfit {
        /// The check.
        name: &'static str,
        /// What it found.
        found: String,
        /// What to do.
        advice: String,
    },
    /// Nothing says what to compare with.
    #[error("nothing names what to compare with")]
    NoBase,
    /// The project lies in no git repository, or git refuses to read it.
    #[error("{} is in no git repository that can be read: {reason}", path.display())]
    NoRepository {
        /// The project.
        path: PathBuf,
        /// Git's reason.
        reason: String,
    },
    /// Git does not know a revision.
    #[error("{flag}: git knows no commit `{revision}` here")]
    NoRevision {
        /// The flag it is the value of, or would be.
        flag: &'static str,
        /// The revision.
        revision: String,
        /// Whether the clone lacks history.
        shallow: bool,
    },
    /// A commit cannot be checked out beside the project.
    #[error("cannot check out {revision}: {reason}")]
    Checkout {
        /// The commit.
        revision: String,
        /// Where.
        path: PathBuf,
        /// Git's reason.
        reason: String,
    },
    /// The base does not build, neither with head's benches nor with its own.
    #[error("the base, {commit}, does not build{}", tail(lines))]
    BaseBuild {
        /// The commit.
        commit: String,
        /// The last lines that cargo said.
        lines: Vec<String>,
        /// The log that holds all of it.
        log: Option<PathBuf>,
    },
    /// The program that decides whether to go on does not answer.
    #[error("the program that decides, `{program}`, {reason}{}", tail(lines))]
    Decide {
        /// The program.
        program: String,
        /// What it did instead.
        reason: String,
        /// The last lines it said.
        lines: Vec<String>,
        /// The log that holds all of it.
        log: PathBuf,
    },
    /// A benchmark that failed on one side whenever it did not on the other.
    #[error("no round of `{benchmark}` was reported by both sides: {base} by the base alone, {head} by head alone")]
    Apart {
        /// The benchmark.
        benchmark: String,
        /// Rounds of the base.
        base: usize,
        /// Rounds of head.
        head: usize,
    },
    /// A file of our own cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

fn tail(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  | {line}")).collect()
}

impl RunnerError {
    /// An error of our own files that keeps the path.
    pub(crate) fn write(path: &std::path::Path, source: io::Error) -> Self {
        Self::File(FileError::Write { path: path.to_path_buf(), source })
    }
}

impl Failure for RunnerError {
    fn code(&self) -> Code {
        match self {
            Self::NoManifest { .. }
            | Self::Flag { .. }
            | Self::NoBase
            | Self::NoRepository { .. }
            | Self::NoRevision { .. } => Code::Config,
            Self::Start { .. }
            | Self::Watch { .. }
            | Self::Cargo { .. }
            | Self::Metadata { .. }
            | Self::NoTarget { .. }
            | Self::Interrupted { .. }
            | Self::Failed { .. }
            | Self::BaseBuild { .. }
            | Self::Decide { .. }
            | Self::Apart { .. }
            | Self::NothingMeasured => Code::Harness,
            Self::Timeout { .. } => Code::Timeout,
            Self::Data { .. } | Self::Throughput { .. } | Self::MetricLine { .. } => Code::Parse,
            Self::Unfit { .. } | Self::Checkout { .. } => Code::Environment,
            Self::File(error) => error.code(),
            Self::Config(error) => error.code(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoManifest { .. } => "pass the folder of a Cargo project with --project".into(),
            Self::Start { program, source } if source.kind() == io::ErrorKind::NotFound => {
                format!("check the spelling, or install `{program}`, or give its full path")
            }
            Self::Start { program, .. } => format!("check that `{program}` may be executed"),
            Self::Watch { .. } => "run again; if it stays, report what the system said".into(),
            Self::Cargo { log: Some(log), .. } => {
                format!("correct what cargo names; everything it said is in {}", log.display())
            }
            Self::Cargo { log: None, .. } => "correct what cargo names".into(),
            Self::Metadata { .. } => "use a stable cargo of 2024 or later".into(),
            Self::NoTarget { .. } => "add a bench target with `harness = false` that uses Criterion, name the right \
                                      --package, or measure any command with `bench-runner process`"
                .into(),
            Self::Timeout { .. } => {
                "raise --timeout, lower --rounds, or measure fewer benchmarks with --bench or --filter; finished rounds \
                 are kept"
                    .into()
            }
            Self::Interrupted { .. } => "run again when the machine is free; finished rounds are kept".into(),
            Self::Failed { log, .. } => {
                format!("correct what the last lines say; all output is in {}; other rounds are kept", log.display())
            }
            Self::NothingMeasured => {
                "check --filter and --bench, and the log for what the harness said about its benchmarks".into()
            }
            Self::Data { .. } => "measure again; other benchmarks of the run are recorded".into(),
            Self::Throughput { .. } => {
                "let the benchmark declare the same throughput each time, or give each size an id of its own".into()
            }
            Self::MetricLine { .. } => {
                r#"print {"metric":"name","value":1.5,"unit":"ms","direction":"lower"} on a line of its own"#.into()
            }
            Self::Flag { .. } => "correct the flag; --help names what it takes".into(),
            Self::Unfit { advice, .. } => advice.clone(),
            Self::NoBase => "pass --against with a git revision, such as --against main".into(),
            Self::NoRepository { .. } => {
                "compare in a git work tree, or measure without a base with `bench-runner run`".into()
            }
            Self::NoRevision { shallow: true, .. } => {
                "this clone lacks history: run `git fetch --unshallow`, or set `fetch-depth: 0` for actions/checkout".into()
            }
            Self::NoRevision { shallow: false, flag, .. } => {
                format!("fetch it, or give {flag} a branch, tag or commit that `git log` shows")
            }
            Self::Checkout { path, .. } => format!(
                "correct what git names; a submodule needs to be reachable; when {} is broken, remove it",
                path.display()
            ),
            Self::BaseBuild { .. } => "compare with another commit; the base is built with head's toolchain and \
                                       configuration, and path dependencies outside the repository are not found from it"
                .into(),
            Self::Decide { .. } => {
                "let it end with status 0 and print only `more <benchmark>` and `confirm <benchmark>`; what was measured \
                 is kept"
                    .into()
            }
            Self::Apart { .. } => "correct what makes the bench fail in some rounds, and compare again; the rounds of the side \
                                   with more are kept"
                .into(),
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::Data { file, pointer, .. } => Some(Location::pointer(file, pointer.clone())),
            Self::Failed { log, .. }
            | Self::Decide { log, .. }
            | Self::Cargo { log: Some(log), .. }
            | Self::BaseBuild { log: Some(log), .. } => Some(Location::file(log)),
            Self::File(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::NoManifest { path } | Self::NoRepository { path, .. } | Self::Checkout { path, .. } => {
                Some(Location::file(path))
            }
            Self::Start { .. }
            | Self::Watch { .. }
            | Self::Cargo { log: None, .. }
            | Self::Metadata { .. }
            | Self::NoTarget { .. }
            | Self::Timeout { .. }
            | Self::Interrupted { .. }
            | Self::NothingMeasured
            | Self::Throughput { .. }
            | Self::MetricLine { .. }
            | Self::Flag { .. }
            | Self::NoBase
            | Self::NoRevision { .. }
            | Self::Apart { .. }
            | Self::BaseBuild { log: None, .. }
            | Self::Unfit { .. } => None,
        }
    }
}
