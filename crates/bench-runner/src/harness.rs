//! One process of a bench executable: its command, its end, and what it wrote.
//! Must not know: how often it runs, or with what it is compared.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_model::config::Bench;
use bench_model::run::Mode;
use rustix::process::Pid;

use crate::RunnerError;
use crate::build::Target;
use crate::child::{self, How};
use crate::criterion::{Collected, collect_performance_data};
use crate::log::Log;

/// Set to nothing but a length: how much room the environment takes moves the stack, and with it some timings.
const PADDING: &str = "PERFLEDGER_PADDING";

/// What runs.
pub(crate) struct Execution<'a> {
    pub(crate) target: &'a Target,
    pub(crate) bench: &'a Bench,
    /// A regular expression over benchmark ids; empty for all.
    pub(crate) filter: &'a str,
    /// The target's name, with its side where there are two.
    pub(crate) name: String,
    /// Counted from 1.
    pub(crate) round: u32,
    /// Bytes by which the environment is made larger.
    pub(crate) padding: usize,
}

/// What ends it when it does not end by itself.
pub(crate) struct Limit<'a> {
    pub(crate) deadline: Instant,
    /// What the deadline came from, for those who read of it.
    pub(crate) allowed: Duration,
    pub(crate) interrupt: &'a Interrupt,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) how: How,
    /// Why results are missing.
    pub(crate) failure: Option<RunnerError>,
    /// What it had finished, when it ended by itself.
    pub(crate) collected: Collected,
    /// What it took, when it ended by itself.
    pub(crate) took: Option<Took>,
}

/// The time of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// On a processor in its own code, all threads together. What the system does for it is not in here.
    pub(crate) working: Duration,
}

impl Execution<'_> {
    /// Runs it in a fresh, empty `CRITERION_HOME`, with `look` as [`child::run_watched`] has it.
    ///
    /// Fails only where going on makes no sense: no space for the log or the results.
    pub(crate) fn run(
        &self,
        log: &mut Log,
        limit: &Limit<'_>,
        look: impl FnMut(Pid) -> Duration,
    ) -> Result<Outcome, RunnerError> {
        let ended = |how, failure, collected| Ok(Outcome { how, failure, collected, took: None });
        if limit.interrupt.is_set() {
            return ended(How::Interrupted, None, Collected::default());
        }
        log.section(&format!("{} round {}", self.name, self.round))?;
        let home = tempfile::Builder::new()
            .prefix("perfledger-criterion-")
            .tempdir()
            .map_err(|source| RunnerError::write(&std::env::temp_dir(), source))?;
        let mut command = self.command(home.path());
        command.stdin(Stdio::null()).stdout(log.stdio()?).stderr(log.stdio()?);
        let what = format!("bench target {}", self.name);
        match child::run_watched(command, Some(limit.deadline), limit.interrupt, look) {
            Ok(end) if end.how == How::ByItself => {
                let status = end.usage.status;
                let failure = (!status.success()).then(|| RunnerError::Failed {
                    what,
                    round: self.round,
                    status: status.to_string(),
                    lines: log.tail(),
                    log: log.path().to_path_buf(),
                });
                let took = Took { time: end.wall, working: end.usage.rusage.utime };
                let collected = collect_performance_data(home.path(), &self.target.label);
                Ok(Outcome { how: How::ByItself, failure, collected, took: Some(took) })
            }
            Ok(end) => {
                let timeout = RunnerError::Timeout { what, round: self.round, limit: limit.allowed };
                ended(end.how, (end.how == How::TimedOut).then_some(timeout), Collected::default())
            }
            Err(error) => ended(How::ByItself, Some(error), Collected::default()),
        }
    }

    fn command(&self, home: &Path) -> Command {
        let Self { target, bench, .. } = self;
        let mut command = Command::new(&target.executable);
        command.current_dir(&target.folder).envs(&target.variables).env("CRITERION_HOME", home);
        // Connected to cargo-criterion, the harness would not write its results where we look.
        command.env_remove("CARGO_CRITERION_PORT");
        if self.padding > 0 {
            command.env(PADDING, "x".repeat(self.padding));
        }
        command.args(["--bench", "--noplot"]);
        match bench.mode {
            Mode::Full => {
                command.env("PERF", "1");
            }
            Mode::Quick | Mode::AsFound => {
                command.env_remove("PERF");
                let asked = |flag: &str| bench.args.iter().any(|arg| arg.split('=').next() == Some(flag));
                command.args(quick(target.criterion.as_deref()).iter().filter(|pair| !asked(pair[0])).flatten());
            }
        }
        command.args(&bench.args);
        if self.filter.starts_with('-') {
            command.arg("--");
        }
        if !self.filter.is_empty() {
            command.arg(self.filter);
        }
        command
    }
}

/// The lengths of a quick round, but for those that the user sets. Criterion before 0.4 reads whole seconds only.
fn quick(criterion: Option<&str>) -> [[&'static str; 2]; 4] {
    let old = criterion.is_some_and(|version| ["0.1.", "0.2.", "0.3."].iter().any(|old| version.starts_with(old)));
    let (warm_up, measure) = if old { ("1", "1") } else { ("0.2", "0.5") };
    [["--warm-up-time", warm_up], ["--measurement-time", measure], ["--sample-size", "20"], ["--nresamples", "1000"]]
}
