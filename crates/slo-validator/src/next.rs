//! What to measure next, so that a verdict can be reached or trusted. Must not know how anything is measured.

use std::collections::BTreeSet;
use std::fmt;

use bench_model::verdict::{JudgedMetric, Judgement, Rule, Verdict};
use serde::Serialize;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    pub step: Measure,
    /// For which benchmark: `<package>/<target>/<id>`.
    pub benchmark: String,
}

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Measure it again in a second, independent pass.
    Confirm,
    /// Measure further rounds on both sides.
    More,
}

impl fmt::Display for Step {
    /// `more <benchmark>` or `confirm <benchmark>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Measure::Confirm => "confirm",
            Measure::More => "more",
        };
        write!(f, "{step} {}", self.benchmark)
    }
}

/// The steps for each benchmark that needs any, ordered by its name. One that has a metric to confirm and another that needs
/// more rounds needs both, in the end: rounds that are never measured must not keep what was found from its second pass.
pub fn next_steps(judgement: &Judgement) -> Vec<Step> {
    let in_turns = judgement.against.is_some();
    let mut steps: BTreeSet<(&str, Measure)> = BTreeSet::new();
    for metric in &judgement.metrics {
        let Some(step) = step(metric, in_turns) else { continue };
        let name = metric.name.as_str();
        steps.insert((name.rsplit_once('#').map_or(name, |(benchmark, _)| benchmark), step));
    }
    steps.into_iter().map(|(benchmark, step)| Step { step, benchmark: benchmark.to_owned() }).collect()
}

fn step(metric: &JudgedMetric, in_turns: bool) -> Option<Measure> {
    // One second pass is enough: another is a measurement of its own.
    let confirm = metric.confirmation.is_none().then_some(Measure::Confirm);
    match metric.verdict {
        Verdict::Regressed | Verdict::Improved => confirm,
        Verdict::Inconclusive => match metric.rule {
            Rule::Paired | Rule::Interval | Rule::FalseDiscovery => Some(Measure::More),
            // Two sides go on until they have enough, though one lost a round. A single run has those it was asked for.
            Rule::TooFewRounds => in_turns.then_some(Measure::More),
            // What made all move may have passed when they are measured again.
            Rule::MovedTogether | Rule::SecondPassMissing => confirm,
            Rule::Expected
            | Rule::NoBaseline
            | Rule::OtherEpoch
            | Rule::OtherMode
            | Rule::History
            | Rule::Unconfirmed
            | Rule::BelowNoise
            | Rule::Policy
            | Rule::Exact
            | Rule::NotComparable => None,
        },
        Verdict::Missing | Verdict::New | Verdict::Unchanged => None,
    }
}
