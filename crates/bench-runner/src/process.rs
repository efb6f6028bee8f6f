//! The second collector: any command, run again and again, with what the system counts of it and the metrics it prints.
//! Must not know: Criterion, or Cargo.

mod lines;
mod tree;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_host::Root;
use bench_model::proof::Proof;
use bench_model::run::{Benchmark, Mode, Plan, Reading, Round};
use bench_model::time::Timestamp;
use bench_model::{BenchmarkId, Diagnostic, Direction, Failure, Finite, Unit};

pub use lines::{LineError, parse_metric_line, parse_proof_line};

use crate::child::{self, Ended, How};
use crate::log::Log;
use crate::{Measured, Observer, RunnerError};

/// The longest line of standard output that is looked at as a metric.
const MAX_LINE: u64 = 64 << 10;

/// A command to measure.
#[derive(Debug)]
pub struct Process<'a> {
    /// Its name in the results: the benchmark's target.
    pub name: &'a str,
    /// Program and arguments.
    pub command: &'a [OsString],
    /// Program and arguments of what runs before each run, unmeasured; nothing when empty.
    pub prepare: &'a [OsString],
    /// How often it is measured.
    pub runs: u32,
    /// How often it runs before, unmeasured.
    pub warmup: u32,
    /// For all runs together, warm-up included.
    pub timeout: Duration,
    /// Where its output goes.
    pub log: &'a Path,
}

/// Runs a command `warmup + runs` times, one after the other, each in a process group of its own.
///
/// Every run gives `wall` (ns, monotonic clock, from before the start to the end), `user` and `system` (ns, processor time
/// of the command and of the descendants it waited for), `peak_rss` (bytes), and every metric that the command prints on
/// standard output as a line of its own: `{"metric":"name","value":1.5,"unit":"ms","direction":"lower"}`. All of them are
/// stored in base units. One line `{"proof":{...}}` is the command's account of what it did ([`Proof`]).
///
/// `peak_rss` is the largest sum of resident memory over the command's process group and its descendants, sampled every
/// 5 ms, more slowly where a sample costs more than a twentieth of that time. Memory shared between processes counts once
/// for each; a peak between two samples is missed unless it is one process's own, which the system reports exactly. That
/// report cannot be told from the runner's own memory when it is smaller (a child starts as a copy of it), and is left
/// out then, but for commands too short to be sampled.
///
/// What prepares a run has ended before the run begins, and is no part of any number.
///
/// Takes no lock: whoever measures two commands at once has both disturbed.
///
/// # Errors
/// [`RunnerError::Start`] when the command cannot be started at all, and file errors before the first run is finished. A run that exits
/// with another status than 0 is lost (`CBKB107` in [`Measured::errors`]), the others are kept; timeout and interrupt are
/// as in [`execute_benchmark`](crate::execute_benchmark).
pub fn measure_process(
    request: &Process<'_>,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Measured, RunnerError> {
    let Process { name, runs, warmup, timeout, log, .. } = *request;
    let mut log = Log::create(log)?;
    let id = BenchmarkId { harness: "process".into(), target: name.to_owned(), id: String::new() };
    let begun = Instant::now();
    let mut measured = Measured {
        plan: Plan {
            mode: Mode::AsFound,
            rounds: runs,
            filter: None,
            partial: false,
            asked: vec![id.to_string()],
            pairing: None,
        },
        started: Timestamp::now(),
        duration: Duration::ZERO,
        complete: true,
        warnings: Vec::new(),
        errors: Vec::new(),
        benchmarks: Vec::new(),
        harness: BTreeMap::new(),
    };
    let mut rounds = Vec::new();
    observer.planned(u64::from(warmup) + u64::from(runs));
    let steps = (1..=warmup).map(|run| (false, run)).chain((1..=runs).map(|run| (true, run)));
    for (counts, run) in steps {
        let (step, of) = if counts { ("run", runs) } else { ("warm-up", warmup) };
        let step = format!("{step} {run} of {of}: {name}");
        observer.began(&step);
        let mut lose = |error: &RunnerError| {
            measured.complete = false;
            measured.errors.push(error.diagnostic());
        };
        if interrupt.is_set() {
            measured.complete = false;
            measured.warnings.push(format!("interrupted before {step}; finished runs are kept"));
            break;
        }
        let one = match one_run(request, &step, begun + timeout, interrupt, &mut log) {
            Ok(one) => one,
            Err(error) if rounds.is_empty() => return Err(error),
            // No space for the log or the output: the next run would fail as well.
            Err(error) => {
                lose(&error);
                break;
            }
        };
        match one.ended.how {
            How::ByItself if one.prepared && one.ended.usage.status.success() => {
                if counts {
                    let (readings, proof) = one.told(request, run, &mut measured.errors);
                    rounds.push(Round { round: run, timing: None, readings, proof });
                }
            }
            How::ByItself => {
                lose(&RunnerError::Failed {
                    what: match (one.prepared, counts) {
                        (false, _) => format!("what prepares `{name}`"),
                        (true, true) => format!("`{name}`"),
                        (true, false) => format!("the warm-up of `{name}`"),
                    },
                    round: run,
                    status: one.ended.usage.status.to_string(),
                    lines: log.tail(),
                    log: log.path().to_path_buf(),
                });
                // A command that fails before anything was measured will go on failing, and so will what prepares it.
                if !counts || !one.prepared {
                    break;
                }
            }
            How::TimedOut => {
                lose(&RunnerError::Timeout { what: format!("`{name}`"), round: run, limit: timeout });
                break;
            }
            How::Interrupted => {
                measured.complete = false;
                measured.warnings.push(format!("interrupted in {step}; finished runs are kept"));
                break;
            }
        }
        observer.ended(&step);
    }
    measured.duration = begun.elapsed();
    if rounds.is_empty() {
        measured.errors.push(RunnerError::NothingMeasured.diagnostic());
    } else {
        measured.benchmarks.push(Benchmark { id, throughput: None, rounds });
    }
    Ok(measured)
}

/// How far the system's count of a process's memory may lag behind, as it is kept for each processor apart.
const OWN_SLACK: u64 = 1 << 20;

/// What one run gave.
struct One {
    /// Whether the command ran: what prepares it ended well.
    prepared: bool,
    /// How the command ended, or what prepares it.
    ended: Ended,
    peak: u64,
    lines: Lines,
}

/// What one line says.
enum Line {
    Metric(Reading),
    Proof(Box<Proof>),
}

/// The lines that say something, with their numbers.
type Lines = Vec<(u64, Result<Line, LineError>)>;

fn one_run(
    request: &Process<'_>,
    step: &str,
    deadline: Instant,
    interrupt: &Interrupt,
    log: &mut Log,
) -> Result<One, RunnerError> {
    log.section(step)?;
    if let Some(mut command) = of_words(request.prepare) {
        command.stdin(Stdio::null()).stdout(log.stdio()?).stderr(log.stdio()?);
        let ended = child::run(command, Some(deadline), interrupt)?;
        if !matches!(ended.how, How::ByItself) || !ended.usage.status.success() {
            return Ok(One { prepared: false, ended, peak: 0, lines: Lines::new() });
        }
    }
    let mut command = of_words(request.command).unwrap_or_else(|| Command::new(""));
    // Into a file and not a pipe: nobody has to wake up to read while the command is measured.
    let mut output = tempfile::tempfile().map_err(|source| RunnerError::write(&std::env::temp_dir(), source))?;
    let copy = output.try_clone().map_err(|source| RunnerError::write(&std::env::temp_dir(), source))?;
    command.stdin(Stdio::null()).stdout(copy).stderr(log.stdio()?);
    let mut sampler = tree::Sampler::new(Root::new(Path::new("/")));
    let ended =
        child::run_watched(command, Some(deadline), interrupt, |group| sampler.sample(group.as_raw_nonzero().get()))?;
    // Asked for after the run: the runner may have grown up to the moment in which the command took its own memory.
    let own = tree::own_peak().saturating_add(OWN_SLACK);
    output.rewind().map_err(|source| RunnerError::write(&std::env::temp_dir(), source))?;
    let lines = read_lines(output, log)?;
    let reported = ended.usage.rusage.maxrss;
    let trusted = reported > own || sampler.peak() == 0;
    let peak = if trusted { reported.max(sampler.peak()) } else { sampler.peak() };
    Ok(One { prepared: true, ended, peak, lines })
}

/// A program with its arguments.
fn of_words(words: &[OsString]) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    Some(command)
}

/// The lines that say something; everything goes to the log.
fn read_lines(output: File, log: &mut Log) -> Result<Lines, RunnerError> {
    let mut reader = BufReader::new(output);
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut number = 1;
    loop {
        line.clear();
        let read = std::io::Read::take(&mut reader, MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|source| RunnerError::write(log.path(), source))?;
        if read == 0 {
            return Ok(lines);
        }
        log.write(&line)?;
        if let Some(proof) = parse_proof_line(&line) {
            lines.push((number, proof.map(|proof| Line::Proof(Box::new(proof)))));
        } else if let Some(metric) = parse_metric_line(&line) {
            lines.push((number, metric.map(Line::Metric)));
        }
        number += u64::from(line.ends_with(b"\n"));
    }
}

impl One {
    /// What the system counted and what the command said.
    fn told(
        self,
        request: &Process<'_>,
        round: u32,
        errors: &mut Vec<Diagnostic>,
    ) -> (Vec<Reading>, Option<Box<Proof>>) {
        let usage = self.ended.usage.rusage;
        let counted = [
            ("wall", self.ended.wall.as_nanos() as f64, Unit::Nanoseconds),
            ("user", usage.utime.as_nanos() as f64, Unit::Nanoseconds),
            ("system", usage.stime.as_nanos() as f64, Unit::Nanoseconds),
            ("peak_rss", self.peak as f64, Unit::Bytes),
        ];
        let mut readings: BTreeMap<String, Reading> = BTreeMap::new();
        for (measure, value, unit) in counted {
            if let Ok(value) = Finite::try_from(value) {
                let direction = Direction::LowerIsBetter;
                readings.insert(measure.into(), Reading { measure: measure.into(), value, unit, direction });
            }
        }
        let (mut account, mut twice) = (None, false);
        for (line, said) in self.lines {
            let refused = match said {
                Ok(Line::Proof(proof)) if account.is_none() => {
                    account = Some(proof);
                    continue;
                }
                Ok(Line::Proof(_)) => {
                    twice = true;
                    "gives a second account of what was done, so that neither counts".to_owned()
                }
                Ok(Line::Metric(reading)) => match readings.entry(reading.measure.clone()) {
                    std::collections::btree_map::Entry::Vacant(place) => {
                        place.insert(reading);
                        continue;
                    }
                    std::collections::btree_map::Entry::Occupied(place) => {
                        format!("gives `{}`, which this run has already", place.key())
                    }
                },
                Err(error) => error.to_string(),
            };
            let name = request.name.to_owned();
            errors.push(RunnerError::MetricLine { name, round, line, reason: refused }.diagnostic());
        }
        (readings.into_values().collect(), account.filter(|_| !twice))
    }
}
