//! Runs Criterion benches: built once, then every target in rounds, each round a process of its own.
//! Must not know: provenance, or how the result is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_model::config::Bench;
use bench_model::run::{Benchmark, Plan};
use bench_model::time::Timestamp;
use bench_model::{BenchmarkId, Diagnostic, Failure};

use crate::build::{self, Target};
use crate::child::{self, How};
use crate::criterion::add_round;
use crate::harness::{Execution, Limit, Outcome};
use crate::log::Log;
use crate::selection::Selection;
use crate::{Project, RunnerError, lock};

/// Who wants to see how far it is. Every method may do nothing.
pub trait Observer: Sync {
    /// Measuring cannot begin yet.
    fn waiting(&self, _why: &str) {}
    /// Cargo says something while it builds.
    fn building(&self, _line: &str) {}
    /// Building is over; so many steps follow.
    fn planned(&self, _steps: u64) {}
    /// A step begins.
    fn began(&self, _step: &str) {}
    /// A step ended.
    fn ended(&self, _step: &str) {}
    /// The evidence was looked at, and something came of it.
    fn looked(&self, _line: &str) {}
}

/// What is to be measured.
#[derive(Debug)]
pub struct Request<'a> {
    /// The project.
    pub project: &'a Project,
    /// Package, targets, filter, mode, rounds and timeout.
    pub bench: &'a Bench,
    /// What the project's own configuration selects: the whole. Another package, other targets, features or arguments in
    /// `bench` make the run partial; another filter is recorded.
    pub whole: &'a Bench,
    /// The benchmarks picked by name; all when it is empty. They stand in for the filter, and make the run partial.
    pub only: &'a Selection,
    /// Where the output of cargo and the harness goes.
    pub log: &'a Path,
}

/// What was measured, with everything that went wrong.
#[derive(Debug)]
pub struct Measured {
    /// How it was asked for.
    pub plan: Plan,
    /// When measuring began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Whether every asked round ended by itself and well.
    pub complete: bool,
    /// What was skipped.
    pub warnings: Vec<String>,
    /// What could not be measured or read.
    pub errors: Vec<Diagnostic>,
    /// Ordered by id.
    pub benchmarks: Vec<Benchmark>,
    /// Versions of the harness.
    pub harness: BTreeMap<String, String>,
}

/// Builds the benches once with `cargo bench --no-run`, then runs round 1 of all targets, round 2 of all targets, and so on.
///
/// Each target and round is a process of its own with a fresh, empty `CRITERION_HOME`, so that results of earlier runs, of
/// other targets and of restored caches cannot be taken for this one's. What differs from `cargo bench`: a `runner` of
/// cargo's configuration is not used, and targets with another harness than Criterion are named in a warning.
///
/// [`Mode::Quick`](bench_model::run::Mode::Quick) leaves `PERF` unset and passes `--warm-up-time 0.2 --measurement-time 0.5 --sample-size 20
/// --nresamples 1000`: 0.7 s for each benchmark and round, so that five rounds cost less than one plain `cargo bench` (8 s
/// and the analysis). Criterion takes such flags over what the bench passes to `criterion_group!`, while what a benchmark
/// group sets for itself in the bench's code (such as `group.sample_size(10)`) stays. [`Mode::Full`](bench_model::run::Mode::Full) sets `PERF=1` and
/// leaves all lengths to the bench.
///
/// The timeout covers all rounds together, and not the build. When it passes, the whole process group of the running
/// target gets SIGTERM and two seconds later SIGKILL; finished rounds are kept, `complete` is false, and `CBKB001` is
/// among the errors. An interrupt does the same, with a warning instead of the error. A target that fails loses that round
/// only (`CBKB107`); of its benchmarks those that Criterion had finished are kept.
///
/// Runs in one project follow each other: a second one waits until the first has ended.
///
/// Times are nanoseconds for Criterion's own measurement (`WallTime`). A bench with a custom measurement writes the same
/// files with other units, and no file says so: do not measure such benches here.
///
/// # Errors
/// When nothing could be run: cargo fails, the project does not compile ([`RunnerError::Cargo`]), no bench target uses
/// Criterion ([`RunnerError::NoTarget`]), an interrupt comes before measuring begins, or the log cannot be written.
/// Whatever goes wrong later is in [`Measured::errors`].
pub fn execute_benchmark(
    request: &Request<'_>,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Measured, RunnerError> {
    let Request { project, bench, whole, log, only } = request;
    let mut log = Log::create(log)?;
    let built = build::build(project, bench, &mut log, interrupt, observer)?;
    if built.targets.is_empty() {
        return Err(RunnerError::NoTarget { project: project.folder().to_path_buf(), others: built.others });
    }
    let lock = project.target_directory().join("perf");
    let _measuring = lock::measuring(&lock, interrupt, observer)?;

    let harness = harness_versions(&built.targets);
    let mut rounds = Rounds {
        request,
        interrupt,
        log,
        begun: Instant::now(),
        benchmarks: BTreeMap::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
        complete: true,
    };
    let started = Timestamp::now();
    for other in &built.others {
        rounds.warnings.push(format!("bench target {other} does not use Criterion and was not measured"));
    }
    rounds.run(&built.targets, observer);
    if rounds.benchmarks.is_empty() {
        rounds.errors.push(RunnerError::NothingMeasured.diagnostic());
    }
    Ok(Measured {
        plan: plan(bench, whole, only),
        started,
        duration: rounds.begun.elapsed(),
        complete: rounds.complete,
        warnings: rounds.warnings,
        errors: rounds.errors,
        benchmarks: rounds.benchmarks.into_values().collect(),
        harness,
    })
}

struct Rounds<'a> {
    request: &'a Request<'a>,
    interrupt: &'a Interrupt,
    log: Log,
    begun: Instant,
    benchmarks: BTreeMap<BenchmarkId, Benchmark>,
    errors: Vec<Diagnostic>,
    warnings: Vec<String>,
    complete: bool,
}

impl Rounds<'_> {
    fn run(&mut self, targets: &[Target], observer: &dyn Observer) {
        let (asked, only) = (self.request.bench.rounds, self.request.only);
        let all = &self.request.bench.filter;
        let mut picked: Vec<(&Target, String)> = Vec::new();
        for target in targets {
            let filter = if only.is_empty() { Some(all.clone()) } else { only.filter(&target.label, all) };
            picked.extend(filter.map(|filter| (target, filter)));
        }
        observer.planned(u64::from(asked) * picked.len() as u64);
        for round in 1..=asked {
            for (target, filter) in &picked {
                let step = format!("round {round} of {asked}: {}", target.label);
                observer.began(&step);
                let how = match self.round(target, filter, round) {
                    Ok(how) => how,
                    // No space for the log or the results: the next round would fail as well.
                    Err(error) => return self.lose(&error),
                };
                if how == How::Interrupted {
                    self.complete = false;
                    self.warnings.push(format!("interrupted in round {round} of {asked}; finished rounds are kept"));
                }
                if how != How::ByItself {
                    return;
                }
                observer.ended(&step);
            }
        }
    }

    /// One process. Fails only where going on makes no sense.
    fn round(&mut self, target: &Target, filter: &str, round: u32) -> Result<How, RunnerError> {
        let bench = self.request.bench;
        let execution = Execution { target, bench, filter, name: target.label.clone(), round, padding: 0 };
        let limit = Limit { deadline: self.begun + bench.timeout, allowed: bench.timeout, interrupt: self.interrupt };
        let Outcome { how, failure, mut collected, took: _ } = execution.run(&mut self.log, &limit, |_| child::LOOK)?;
        if let Some(error) = failure {
            self.lose(&error);
        }
        for error in collected.errors {
            let message = format!("round {round} of {}: {}", target.label, error.message);
            self.errors.push(Diagnostic { message, ..error });
        }
        let only = self.request.only;
        if !only.is_empty() {
            collected.benchmarks.retain(|found| only.holds(&target.label, &found.id.id));
        }
        self.errors.extend(add_round(&mut self.benchmarks, round, collected.benchmarks));
        Ok(how)
    }

    fn lose(&mut self, error: &RunnerError) {
        self.complete = false;
        self.errors.push(error.diagnostic());
    }
}

/// What is recorded about how a run was asked for.
pub(crate) fn plan(bench: &Bench, whole: &Bench, only: &Selection) -> Plan {
    Plan {
        mode: bench.mode,
        rounds: bench.rounds,
        filter: Some(bench.filter.clone()).filter(|filter| !filter.is_empty() && *filter != whole.filter),
        partial: partial(bench, whole) || !only.is_empty(),
        asked: Vec::new(),
        pairing: None,
    }
}

/// The versions of Criterion that targets were built with.
pub(crate) fn harness_versions(targets: &[Target]) -> BTreeMap<String, String> {
    let versions: BTreeSet<&str> = targets.iter().filter_map(|target| target.criterion.as_deref()).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    let known = (!versions.is_empty()).then(|| ("criterion".to_owned(), versions.join(", ")));
    known.into_iter().collect()
}

/// Whether another package, other targets or features, or other arguments than the whole's were asked for: then benchmarks
/// may be missing, or be others. In which order targets and features stand does not matter, that of arguments does. A
/// filter is recorded for itself; mode, rounds and timeout do not change what is measured.
fn partial(bench: &Bench, whole: &Bench) -> bool {
    fn set(names: &[String]) -> BTreeSet<&String> {
        names.iter().collect()
    }
    bench.package != whole.package
        || set(&bench.targets) != set(&whole.targets)
        || set(&bench.features) != set(&whole.features)
        || bench.args != whole.args
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bench_model::run::Mode;

    use super::*;

    #[test]
    fn a_run_is_partial_when_it_measures_something_else_than_the_whole() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let whole = Bench {
            package: "p".into(),
            targets: names(&["a", "b"]),
            features: names(&["x", "y"]),
            filter: String::new(),
            mode: Mode::Quick,
            rounds: 5,
            timeout: Duration::from_secs(60),
            time_budget: Duration::from_secs(60),
            noise_rounds: 5,
            args: names(&["--sample-size", "20"]),
        };
        let same = Bench {
            targets: names(&["b", "a", "b"]),
            features: names(&["y", "x"]),
            mode: Mode::Full,
            rounds: 1,
            timeout: Duration::from_secs(1),
            ..whole.clone()
        };
        assert!(!partial(&whole, &whole) && !partial(&same, &whole));
        let others = [
            Bench { package: String::new(), ..whole.clone() },
            Bench { targets: names(&["a"]), ..whole.clone() },
            Bench { features: names(&["x"]), ..whole.clone() },
            Bench { args: names(&["20", "--sample-size"]), ..whole.clone() },
        ];
        for other in others {
            assert!(partial(&other, &whole), "{other:?}");
        }
    }
}
