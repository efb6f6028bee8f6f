//! One pass: rounds of both sides in turns, and what each reported. Must not know: what the numbers mean.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_model::config::Bench;
use bench_model::run::{Benchmark, Side};
use bench_model::{BenchmarkId, Diagnostic, Failure};

use super::pace::Pace;
use super::pin::Pin;
use super::plant::Plant;
use super::schedule::{order, padding};
use super::sides::{Sides, name};
use crate::RunnerError;
use crate::child::{How, LOOK};
use crate::criterion::{Found, add_round};
use crate::harness::{Execution, Limit, Outcome};
use crate::log::Log;
use crate::selection::Selection;

/// What rounds are run with, in every pass.
pub(super) struct Turns<'a> {
    pub(super) sides: &'a Sides,
    pub(super) bench: &'a Bench,
    pub(super) interrupt: &'a Interrupt,
    pub(super) log: Log,
    pub(super) plant: Option<Plant>,
    pub(super) pin: Option<Pin>,
}

/// When a pass ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// No pair of processes begins after this; one that began is finished.
    pub(super) soft: Instant,
    /// No process runs longer than this.
    pub(super) hard: Instant,
    /// What the user allowed.
    pub(super) allowed: Duration,
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All that was asked for ran.
    Whole,
    /// The time is over.
    OutOfTime,
    Interrupted,
    /// Going on makes no sense.
    Broken,
}

/// What one side reported in a pass.
#[derive(Debug, Default)]
pub(super) struct Reported {
    pub(super) benchmarks: BTreeMap<BenchmarkId, Benchmark>,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) complete: bool,
    /// Rounds in which a target failed, each target's first one being among the errors.
    failures: BTreeMap<String, u32>,
}

/// What both sides reported.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) base: Reported,
    pub(super) head: Reported,
    /// Rounds of which at least one pair ended, as many as any benchmark can have.
    pub(super) rounds: u32,
    /// Rounds of which all pairs ended.
    pub(super) whole: u32,
    pub(super) pace: Pace,
}

impl Results {
    pub(super) fn new() -> Self {
        let side = || Reported { complete: true, ..Reported::default() };
        Self { base: side(), head: side(), rounds: 0, whole: 0, pace: Pace::default() }
    }

    pub(super) fn of(&mut self, side: Side) -> &mut Reported {
        match side {
            Side::Base => &mut self.base,
            Side::Head => &mut self.head,
        }
    }

    /// What was measured on any side, by name, with the rounds that the side with more of them has.
    pub(super) fn counts(&self) -> BTreeMap<String, u32> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for one in self.base.benchmarks.values().chain(self.head.benchmarks.values()) {
            let count = counts.entry(one.id.to_string()).or_default();
            *count = (*count).max(u32::try_from(one.rounds.len()).unwrap_or(u32::MAX));
        }
        counts
    }

    /// Takes over what went wrong in a second pass that measured nothing.
    pub(super) fn take_trouble(&mut self, second: Self) {
        for (own, other) in [(&mut self.base, second.base), (&mut self.head, second.head)] {
            own.complete &= other.complete;
            own.errors.extend(other.errors.into_iter().map(|error| {
                let message = format!("measuring again: {}", error.message);
                Diagnostic { message, ..error }
            }));
        }
    }

    /// Marks both sides as cut short.
    pub(super) fn cut(&mut self) {
        self.base.complete = false;
        self.head.complete = false;
    }
}

impl Turns<'_> {
    /// One round: every target, both sides after one another. `only` leaves out what needs no more rounds. The clock and the
    /// interrupt are looked at even where it leaves out everything.
    pub(super) fn round(
        &mut self,
        round: u32,
        only: Option<&Selection>,
        clock: Clock,
        results: &mut Results,
        began: &dyn Fn(Side, &str),
    ) -> Ended {
        if self.interrupt.is_set() {
            results.cut();
            return Ended::Interrupted;
        }
        if Instant::now() >= clock.soft {
            return Ended::OutOfTime;
        }
        for label in self.sides.labels() {
            let filter = match only {
                None => self.bench.filter.clone(),
                Some(only) => match only.filter(&label, &self.bench.filter) {
                    Some(filter) => filter,
                    None => continue,
                },
            };
            if Instant::now() >= clock.soft {
                return Ended::OutOfTime;
            }
            let begun = Instant::now();
            // Kept back until both sides have run: half a pair would look like a benchmark that is new or removed.
            let mut pair = Vec::new();
            let (mut took_base, mut took_head) = (None, None);
            for side in order(round) {
                if self.sides.target(side, &label).is_none() {
                    continue;
                }
                began(side, &label);
                match self.one(side, &label, &filter, round, clock) {
                    Ok(Outcome { how: How::ByItself, failure, collected, took }) => {
                        match side {
                            Side::Base => took_base = took,
                            Side::Head => took_head = took,
                        }
                        pair.push((side, failure, collected));
                    }
                    Ok(Outcome { how: How::Interrupted, .. }) => {
                        results.cut();
                        return Ended::Interrupted;
                    }
                    Ok(Outcome { how: How::TimedOut, failure, .. }) => {
                        results.cut();
                        results.of(side).errors.extend(failure.map(|error| error.diagnostic()));
                        return Ended::Broken;
                    }
                    // No space for the log or the results: the next round would fail as well.
                    Err(error) => {
                        results.cut();
                        results.of(side).errors.push(error.diagnostic());
                        return Ended::Broken;
                    }
                }
            }
            results.rounds = round;
            results.pace.ended(&label, begun.elapsed());
            if let (Some(plant), Some(base), Some(head)) = (&mut self.plant, took_base, took_head) {
                plant.ended(base, head);
            }
            for (side, failure, mut collected) in pair {
                let reported = results.of(side);
                for error in collected.errors {
                    let message = format!("round {round} of {label} of {}: {}", name(side), error.message);
                    reported.errors.push(Diagnostic { message, ..error });
                }
                if let Some(only) = only {
                    collected.benchmarks.retain(|found| only.holds(&label, &found.id.id));
                }
                reported.add(round, &label, failure, collected.benchmarks);
            }
        }
        // Not where everything was left out.
        results.whole = results.rounds;
        Ended::Whole
    }

    fn one(&mut self, side: Side, label: &str, filter: &str, round: u32, clock: Clock) -> Result<Outcome, RunnerError> {
        let Some(target) = self.sides.target(side, label) else {
            return Err(RunnerError::NothingMeasured);
        };
        let execution = Execution {
            target,
            bench: self.bench,
            filter,
            name: format!("{label} of {}", name(side)),
            round,
            padding: padding(round) + self.sides.shortfall(side, label),
        };
        let limit = Limit { deadline: clock.hard, allowed: clock.allowed, interrupt: self.interrupt };
        let mut pin = self.pin.as_ref();
        let mut slowed = match side {
            Side::Head => self.plant.as_ref().map(Plant::slow),
            Side::Base => None,
        };
        execution.run(&mut self.log, &limit, |group| {
            if let Some(pin) = pin.take() {
                pin.to_core_of(round, group);
            }
            slowed.as_mut().map_or(LOOK, |slowed| slowed.look(group))
        })
    }
}

impl Reported {
    fn add(&mut self, round: u32, label: &str, failure: Option<RunnerError>, found: Vec<Found>) {
        if let Some(error) = failure {
            self.complete = false;
            let count = self.failures.entry(label.to_owned()).or_default();
            *count += 1;
            // A bench that fails in every round says the same each time.
            if *count == 1 {
                self.errors.push(error.diagnostic());
            }
        }
        self.errors.extend(add_round(&mut self.benchmarks, round, found));
    }

    /// Targets that failed more than once, in words.
    pub(super) fn repeated_failures(&self) -> impl Iterator<Item = String> {
        let often = self.failures.iter().filter(|(_, count)| **count > 1);
        often.map(|(label, count)| {
            format!("bench target {label} failed in {count} rounds; the first is among the errors")
        })
    }
}

#[cfg(test)]
mod tests {
    use bench_model::run::Mode;

    use super::*;

    #[test]
    fn the_clock_and_the_interrupt_hold_where_nothing_is_run() {
        let folder = tempfile::tempdir().unwrap();
        let sides = Sides::without_targets();
        let bench = Bench {
            package: String::new(),
            targets: Vec::new(),
            features: Vec::new(),
            filter: String::new(),
            mode: Mode::Quick,
            rounds: 5,
            timeout: Duration::from_secs(60),
            time_budget: Duration::from_secs(60),
            noise_rounds: 5,
            args: Vec::new(),
        };
        let interrupt = Interrupt::default();
        let log = Log::create(&folder.path().join("log")).unwrap();
        let mut turns = Turns { sides: &sides, bench: &bench, interrupt: &interrupt, log, plant: None, pin: None };
        let mut results = Results::new();
        let mut round = |after| {
            let end = Instant::now() + Duration::from_secs(after);
            let clock = Clock { soft: end, hard: end, allowed: Duration::ZERO };
            let ended = turns.round(1, None, clock, &mut results, &|_, _| {});
            (ended, results.whole, results.head.complete)
        };
        assert_eq!(round(60), (Ended::Whole, 0, true));
        assert_eq!(round(0), (Ended::OutOfTime, 0, true));
        interrupt.set();
        assert_eq!(round(60), (Ended::Interrupted, 0, false));
    }
}
