//! In one sentence, why a verdict is what it is. Must not know how it was made.

use bench_cli::words::{amount, count, percent, unsigned_percent};
use bench_model::verdict::{Change, HistoryState, Rule, Verdict};

use crate::case::Case;
use crate::evidence::Reference;
use crate::regression::Finding;

/// One sentence for people, with numbers and units.
pub(crate) fn sentence(case: &Case<'_>) -> String {
    let conclusion = match &case.because {
        Some(because) => because.clone(),
        None => conclusion(case),
    };
    let text = match fact(case) {
        Some(fact) => format!("{fact}, {conclusion}"),
        None => conclusion,
    };
    text + &noise(case) + &history(case)
}

/// What was measured: both values, the change with its interval, and the rounds behind it.
fn fact(case: &Case<'_>) -> Option<String> {
    let (value, other) = (case.subject.measured?.value, case.compared_with()?);
    let unit = case.subject.unit;
    let (value, other) = (amount(value, unit), amount(other, unit));
    let rounds = rounds(case);
    let sides = match case.reference {
        Reference::Base(_) => format!("{value} against {other} on the base side"),
        Reference::Promotion(_) => format!("{value} against a baseline of {other}"),
        Reference::Earlier => format!("{value} against a level of {other}"),
        Reference::Nothing => return None,
    };
    Some(match case.finding.change {
        Some(change) => format!("{sides}: {}{rounds}", moved(&change)),
        None => format!("{sides}{rounds}"),
    })
}

/// A change with its interval: `-10.0 % (95 % interval -10.1 % to -9.9 %)`.
pub(crate) fn moved(change: &Change) -> String {
    let spread = change.interval.map_or(String::new(), |interval| {
        let (lower, upper) = (percent(interval.lower.get()), percent(interval.upper.get()));
        format!(" ({} interval {lower} to {upper})", unsigned_percent(interval.level.get()))
    });
    format!("{}{spread}", percent(change.value.get()))
}

/// The rounds behind a comparison.
fn rounds(case: &Case<'_>) -> String {
    let here = case.subject.measured.map_or(0, |metric| metric.rounds.len());
    let of = |there: usize| format!(" in {} against {there}", count(here, "round", "rounds"));
    match case.reference {
        Reference::Base(base) if base.rounds.len() == here => {
            format!(" in {}", count(here, "pair of rounds", "pairs of rounds"))
        }
        Reference::Base(base) => of(base.rounds.len()),
        Reference::Promotion(promoted) => of(promoted.rounds.len()),
        Reference::Earlier => case.past.as_ref().map_or(String::new(), |past| {
            let runs = past.finding.segment as usize;
            format!(" over {} since {}", count(runs, "earlier run", "earlier runs"), past.finding.since)
        }),
        Reference::Nothing => String::new(),
    }
}

/// What follows from the numbers.
fn conclusion(case: &Case<'_>) -> String {
    let (finding, threshold) = (&case.finding, unsigned_percent(case.subject.limits.regression));
    // Without a change, too: from 0 there is no ratio.
    let exact = finding.rule == Rule::Exact || finding.change.is_some_and(|change| change.interval.is_none());
    match (finding.verdict, exact) {
        (Verdict::Regressed, true) => format!("a loss beyond {threshold} without any spread"),
        (Verdict::Regressed, false) => format!("a loss beyond noise and beyond {threshold}"),
        (Verdict::Improved, true) => format!("a gain beyond {threshold} without any spread"),
        (Verdict::Improved, false) => format!("a gain beyond noise and beyond {threshold}"),
        (Verdict::Unchanged, true) => format!("within {threshold} without any spread"),
        (Verdict::Unchanged, false) => format!("all of it within {threshold}"),
        (Verdict::Inconclusive | Verdict::Missing | Verdict::New, _) => open(finding, &threshold),
    }
}

/// What keeps a comparison from a verdict.
fn open(finding: &Finding, threshold: &str) -> String {
    let neither = format!("neither beyond noise and {threshold} nor all within it");
    match finding.rule {
        Rule::TooFewRounds => {
            let least = bench_stats::FEWEST_RUNS;
            format!("too few to tell a change from noise: at least {least} on each side are needed")
        }
        Rule::NotComparable => "which has no ratio: a value is not above 0, or there is none".into(),
        Rule::History => format!("{neither}; earlier runs differ too much from each other, and --against decides"),
        Rule::Paired
        | Rule::Interval
        | Rule::Policy
        | Rule::Exact
        | Rule::FalseDiscovery
        | Rule::Unconfirmed
        | Rule::SecondPassMissing
        | Rule::BelowNoise
        | Rule::MovedTogether
        | Rule::Expected
        | Rule::NoBaseline
        | Rule::OtherEpoch
        | Rule::OtherMode => match finding.more_rounds {
            Some(more) => {
                let more = count(more as usize, "more round", "more rounds");
                format!("{neither}; about {more} on each side would decide")
            }
            None => format!("{neither}; no practical number of rounds would decide"),
        },
    }
}

/// The noise floor is that of runs at different times: two sides measured in turns have their interval.
fn noise(case: &Case<'_>) -> String {
    let apart = matches!(case.reference, Reference::Promotion(_) | Reference::Earlier);
    let floor = case.noise_floor.filter(|_| apart && case.finding.change.is_some());
    floor.map_or(String::new(), |floor| format!("; the noise floor is {}", unsigned_percent(floor.get())))
}

fn history(case: &Case<'_>) -> String {
    let Some(past) = &case.past else { return String::new() };
    let runs = count(past.finding.runs as usize, "earlier run", "earlier runs");
    let looks = match past.finding.state {
        HistoryState::Stable => return String::new(),
        HistoryState::Suspect => "the newest values look like a new level: measure again",
        HistoryState::Changed => "the level changed within the newest values",
        HistoryState::Drift => "there is a slow trend",
    };
    format!("; with {runs}, {looks}")
}
