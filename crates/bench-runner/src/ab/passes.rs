//! The passes of a comparison: how many rounds, when the evidence is looked at, and what is written then.
//! Must not know: how a round runs, or how evidence is judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use bench_cli::words::count;
use bench_model::Failure;
use bench_model::run::{Pass, Planted, Run, Side};

use super::decide::{self, Answer};
use super::pace::in_words;
use super::record::{self, Records, Stand};
use super::rounds::{Clock, Ended, Results, Turns};
use super::schedule::next_look;
use super::{Comparison, FEWEST, What, sides};
use crate::environment::steal_since;
use crate::{Observer, RunnerError, Selection};

/// Rounds that a pass should have at least: those of a verdict, and one that may be lost.
const WHOLE: u32 = FEWEST + 1;

/// A comparison whose sides are ready.
pub(super) struct Comparing<'a> {
    pub(super) request: &'a Comparison<'a>,
    pub(super) observer: &'a dyn Observer,
    pub(super) records: Records<'a>,
    pub(super) turns: Turns<'a>,
    pub(super) folder: &'a Path,
    pub(super) begun: Instant,
    pub(super) stolen: Option<(u64, u64)>,
}

/// A pass as it stands after a look.
struct Look {
    runs: [Run; 2],
    looks: Vec<u32>,
    answer: Answer,
    /// Whether nothing more is to be run.
    stop: bool,
}

impl Comparing<'_> {
    /// Runs all passes, and returns what was written, head's run of the first one first.
    pub(super) fn run(mut self) -> Result<Vec<Run>, RunnerError> {
        for side in [Side::Head, Side::Base] {
            // Of an earlier comparison in the same folder; it would look like this one's.
            drop(std::fs::remove_file(record::file(self.request.out, Pass::Confirm, side)));
        }
        let mut results = Results::new();
        let last = match self.request.rounds {
            Some(rounds) => self.fixed(rounds, &mut results)?,
            None => self.until_decided(&mut results)?,
        };
        let mut runs: Vec<Run> = last.runs.into();
        if self.request.confirm && !last.stop && !last.answer.confirm.is_empty() {
            let second = self.confirm(&results, &last.answer.confirm);
            if second.counts().is_empty() {
                // A pass without a round would look like one that contradicts the first.
                results.take_trouble(second);
                runs = self.write(Pass::First, &results, &last.looks)?.into();
            } else {
                runs.extend(self.write(Pass::Confirm, &second, &[second.rounds])?);
            }
        }
        Ok(runs)
    }

    /// A number of rounds, looked at once at their end.
    fn fixed(&mut self, rounds: u32, results: &mut Results) -> Result<Look, RunnerError> {
        let allowed = self.request.bench.timeout;
        let end = self.begun + allowed;
        let clock = Clock { soft: end, hard: end, allowed };
        let only = (!self.request.only.is_empty()).then_some(self.request.only);
        self.planned(rounds);
        let mut ended = Ended::Whole;
        for round in 1..=rounds {
            ended = self.round(round, only, clock, results, "");
            if ended != Ended::Whole {
                break;
            }
            self.observer.looked(&format!("round {round} of {rounds}"));
        }
        if ended == Ended::OutOfTime {
            results.cut();
            let error = RunnerError::Timeout { what: "measuring".into(), round: results.whole + 1, limit: allowed };
            results.head.errors.push(error.diagnostic());
        }
        self.look(results, &mut Vec::new(), ended, clock)
    }

    /// Rounds until nothing is undecided, or the time is over.
    fn until_decided(&mut self, results: &mut Results) -> Result<Look, RunnerError> {
        let budget = self.request.bench.time_budget;
        let clock = Clock { soft: self.begun + budget, hard: self.begun + budget + budget / 2, allowed: budget };
        let mut only = (!self.request.only.is_empty()).then(|| self.request.only.clone());
        let (mut looks, mut round, mut open) = (Vec::new(), 0, String::new());
        loop {
            let until = next_look(round);
            self.planned(until - round);
            let mut ended = Ended::Whole;
            while round < until && ended == Ended::Whole {
                round += 1;
                ended = self.round(round, only.as_ref(), clock, results, &open);
            }
            let mut look = self.look(results, &mut looks, ended, clock)?;
            let rounds = count(results.whole as usize, "round", "rounds");
            let line = format!("after {rounds}: {} of {} undecided", look.answer.more.len(), results.counts().len());
            self.observer.looked(&line);
            if look.stop || ended != Ended::Whole || look.answer.more.is_empty() {
                let over = ended == Ended::OutOfTime || (ended == Ended::Broken && Instant::now() >= clock.soft);
                let text = match results.whole < FEWEST {
                    true => Some(format!("after {rounds}{}", self.too_few(results))),
                    false => Some(line).filter(|_| !look.answer.more.is_empty()),
                };
                if let Some(text) = text.filter(|_| over) {
                    let budget = budget.as_secs_f64();
                    self.records.warnings.push(format!("the time budget of {budget} s was over {text}"));
                    look.runs = self.write(Pass::First, results, &looks)?;
                }
                return Ok(look);
            }
            open = undecided(&look.answer.more);
            only = Some(look.answer.more);
        }
    }

    /// What a budget lacked in which there were too few rounds.
    fn too_few(&self, results: &Results) -> String {
        let only = Some(self.request.only).filter(|only| !only.is_empty());
        let measured = |label: &String| only.is_none_or(|only| only.labels().any(|one| one == label));
        let labels: Vec<String> = self.turns.sides.labels().into_iter().filter(measured).collect();
        let budget = self.request.bench.time_budget;
        // Some more than they need, lest it should end just before the last one. Less than there was helps nobody: then a
        // process hung.
        let enough = results.pace.needed(&labels, WHOLE).map(|need| (need, need + need / 5));
        let advice = match enough.filter(|(_, enough)| *enough > budget) {
            Some((need, enough)) => {
                let (need, enough) = (in_words(need), in_words(enough));
                format!("{WHOLE} rounds would need about {need}: give it --time-budget \"{enough}\"")
            }
            None => "give it a longer --time-budget, or measure fewer benchmarks".to_owned(),
        };
        format!("; a verdict needs at least {FEWEST} on each side; {advice}")
    }

    /// A second pass over what came out changed, each as often as before, and long enough for a verdict.
    fn confirm(&mut self, first: &Results, wanted: &Selection) -> Results {
        let half = self.request.bench.time_budget / 2;
        let labels: Vec<String> = wanted.labels().cloned().collect();
        let need = first.pace.needed(&labels, WHOLE).unwrap_or_default();
        let budget: Duration = half.max(need + need / 2);
        let begun = Instant::now();
        let clock = Clock { soft: begun + budget, hard: begun + budget + half, allowed: budget };
        let counts: BTreeMap<String, u32> = first.counts();
        let often = |name: &str| counts.get(name).copied().unwrap_or_default().max(WHOLE);
        let rounds = wanted.names().map(|name| often(&name)).max().unwrap_or_default();
        let mut results = Results::new();
        self.planned(rounds);
        self.observer.looked(&format!("measuring {} again", count(wanted.len(), "benchmark", "benchmarks")));
        let mut ended = Ended::Whole;
        for round in 1..=rounds {
            let mut only = Selection::default();
            for name in wanted.names().filter(|name| often(name) >= round) {
                only.add(&name);
            }
            ended = self.round(round, Some(&only), clock, &mut results, "to confirm");
            if ended != Ended::Whole {
                break;
            }
        }
        if ended == Ended::OutOfTime {
            let budget = budget.as_secs_f64();
            let line = format!("the time to confirm, {budget} s, was over after round {} of {rounds}", results.whole);
            self.records.warnings.push(line);
        }
        results
    }

    fn planned(&self, rounds: u32) {
        let targets = self.turns.sides.labels().len() as u64;
        self.observer.planned(u64::from(rounds) * targets * 2);
    }

    fn round(
        &mut self,
        round: u32,
        only: Option<&Selection>,
        clock: Clock,
        results: &mut Results,
        open: &str,
    ) -> Ended {
        let observer = self.observer;
        self.turns.round(round, only, clock, results, &|side, label| {
            let step = format!("round {round} {}: {label}", sides::name(side));
            observer.began(&if open.is_empty() { step.clone() } else { format!("{step} · {open}") });
            observer.ended(&step);
        })
    }

    /// Writes what there is and, where someone decides, asks what is still needed.
    fn look(
        &mut self,
        results: &mut Results,
        looks: &mut Vec<u32>,
        ended: Ended,
        clock: Clock,
    ) -> Result<Look, RunnerError> {
        if results.rounds > 0 && looks.last() != Some(&results.rounds) {
            looks.push(results.rounds);
        }
        let runs = self.write(Pass::First, results, looks)?;
        let over = matches!(ended, Ended::Interrupted | Ended::Broken);
        let Some(decide) = self.request.decide.as_ref().filter(|_| !over && results.rounds > 0) else {
            return Ok(Look { runs, looks: looks.clone(), answer: Answer::default(), stop: over });
        };
        let known = results.counts();
        let limits = (decide::deadline(clock.hard, Instant::now()), self.turns.interrupt);
        match decide.ask(self.folder, &|name| known.contains_key(name), &mut self.turns.log, limits) {
            Ok(Some(answer)) => return Ok(Look { runs, looks: looks.clone(), answer, stop: false }),
            Ok(None) => results.cut(),
            Err(error) => results.head.errors.push(error.diagnostic()),
        }
        let runs = self.write(Pass::First, results, looks)?;
        Ok(Look { runs, looks: looks.clone(), answer: Answer::default(), stop: true })
    }

    fn write(&mut self, pass: Pass, results: &Results, looks: &[u32]) -> Result<[Run; 2], RunnerError> {
        let planted = match (&self.request.what, &self.turns.plant) {
            (What::Plant(asked), Some(plant)) => Some(Planted { asked: *asked, measured: plant.measured() }),
            _ => None,
        };
        let stolen = steal_since(self.stolen);
        let mut looks = looks.to_vec();
        if pass == Pass::First && self.request.rounds.is_none() {
            // The look that was planned next: without it the first look would seem to be the only one, and cost nothing.
            looks.extend(looks.last().map(|last| next_look(*last)));
        }
        self.records.write(&Stand { pass, results, looks: &looks, planted, stolen })
    }
}

/// How many are open, and the names of the first two.
fn undecided(open: &Selection) -> String {
    let names: Vec<String> = open.names().take(2).collect();
    let more = if open.len() > names.len() { ", ..." } else { "" };
    format!("{} undecided: {}{more}", open.len(), names.join(", "))
}
