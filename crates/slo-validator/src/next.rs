//! What to measure next, so that a verdict can be reached or trusted. Must not know how anything is measured.

use std::collections::BTreeMap;
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

/// The steps for each benchmark that needs one, ordered by its name, each benchmark once: what needs more rounds is not
/// worth confirming yet.
pub fn next_steps(judgement: &Judgement) -> Vec<Step> {
    let mut steps: BTreeMap<&str, Measure> = BTreeMap::new();
    for metric in &judgement.metrics {
        let Some(step) = step(metric) else { continue };
        let name = metric.name.as_str();
        let benchmark = name.rsplit_once('#').map_or(name, |(benchmark, _)| benchmark);
        let known = steps.entry(benchmark).or_insert(step);
        *known = step.max(*known);
    }
    steps.into_iter().map(|(benchmark, step)| Step { step, benchmark: benchmark.to_owned() }).collect()
}

fn step(metric: &JudgedMetric) -> Option<Measure> {
    match metric.verdict {
        Verdict::Regressed | Verdict::Improved => metric.confirmation.is_none().then_some(Measure::Confirm),
        Verdict::Inconclusive => more_settles(metric.rule).then_some(Measure::More),
        Verdict::Missing | Verdict::New | Verdict::Unchanged => None,
    }
}

/// Whether more rounds of one run could settle what this rule left open.
const fn more_settles(rule: Rule) -> bool {
    match rule {
        Rule::Paired | Rule::Interval | Rule::FalseDiscovery => true,
        Rule::Expected
        | Rule::NoBaseline
        | Rule::OtherEpoch
        | Rule::OtherMode
        | Rule::TooFewRounds
        | Rule::History
        | Rule::Unconfirmed
        | Rule::BelowNoise
        | Rule::MovedTogether
        | Rule::Exact
        | Rule::NotComparable => false,
    }
}
