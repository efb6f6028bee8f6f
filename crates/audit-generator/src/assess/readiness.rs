//! Scores, each with its formula and what it is made of.
//! Must not know: what a score is good for.

use bench_model::assessment::{Amount, Category, Economics, Missing, Overall, Plan, Readiness, ScoreInput, TestStatus};
use bench_model::perf::Interval;
use bench_model::{Finite, Quantity};

use super::config::{AssessConfig, InputBy};
use super::economics::{EXAMPLES, cost_doubt, cost_excuse, cost_of};
use super::facts::Facts;
use super::measured::{amount, measured};

/// What each input earns.
const EACH: &str = "one for each input, by the worse end of its interval where it has one";

/// Each category's score.
pub(super) fn readiness(facts: &Facts, config: &AssessConfig, plan: &Plan, economics: &Economics) -> Vec<Readiness> {
    let of = |category: Category| {
        let (mut inputs, mut missing) = (Vec::new(), Vec::new());
        for input in config.inputs.iter().filter(|input| input.category == category) {
            match scored(facts, &input.by, plan, economics) {
                Ok(found) => inputs.push(found),
                Err(lacking) => missing.push(lacking),
            }
        }
        let all = inputs.len() + missing.len();
        let points: f64 = inputs.iter().map(|input: &ScoreInput| input.points.get()).sum();
        let score = if inputs.is_empty() { None } else { Finite::try_from(100.0 * points / all as f64).ok() };
        let formula = match (all, score) {
            (0, _) => "nothing in assessment.toml scores this category".to_owned(),
            (_, None) => {
                format!("100 x points / {all}, one for each input; none of them was measured, so there is no score")
            }
            (_, Some(_)) if missing.is_empty() => format!("100 x points / {all}, {EACH}"),
            (_, Some(_)) => {
                let lacking = missing.len();
                format!("100 x points / {all}, {EACH}; {lacking} of them not measured, and without points")
            }
        };
        Readiness { category, score, formula, inputs, missing }
    };
    Category::ALL.into_iter().map(of).collect()
}

/// The mean over the categories that have a score.
pub(super) fn overall(readiness: &[Readiness]) -> Option<Overall> {
    let scores: Vec<f64> = readiness.iter().filter_map(|one| one.score).map(Finite::get).collect();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    // Of none it is no number.
    let score = Finite::try_from(mean).ok()?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Some(Overall { score, measured: count(scores.len()), of: count(readiness.len()) })
}

fn scored(facts: &Facts, by: &InputBy, plan: &Plan, economics: &Economics) -> Result<ScoreInput, Missing> {
    match by {
        InputBy::Metric { metric, all, none } => {
            let lacking = |why: String| Missing { name: metric.to_string(), why };
            let found = measured(facts, metric).map_err(|lack| lacking(lack.why().to_owned()))?;
            if found.unit != all.unit {
                return Err(lacking(format!("it is measured in {}, and scored in {}", found.unit, all.unit)));
            }
            let (points, worse) = worst(found.value, found.interval, all.value, none.value);
            let doubt = found.doubt().or_else(|| found.excuse().filter(|_| points.get() < 1.0));
            if let Some(doubt) = doubt {
                return Err(lacking(format!("{}: {}", found.amount(), doubt.why())));
            }
            let shown = |Quantity { value, unit }: &Quantity| format!("{:.3}", Quantity { value: *value, unit: *unit });
            let by = worse.map(|end| format!("; by the worse end of its interval, {}", amount(end, found.unit)));
            Ok(ScoreInput {
                name: metric.to_string(),
                value: Some(found.amount()),
                points,
                rule: format!("all at {}, none at {}{}", shown(all), shown(none), by.unwrap_or_default()),
                evidence: facts.cite(found.line),
            })
        }
        InputBy::Cost { cost, all, none } => {
            let lacking = |why: String| Missing { name: cost.to_string(), why };
            let (of, value) = cost_of(economics, cost).map_err(|none| lacking(none.why()))?;
            if economics.prices.as_ref().is_some_and(|prices| prices.example) {
                return Err(lacking(EXAMPLES.to_owned()));
            }
            let points = points(value.get(), all.get(), none.get());
            let excuse = || cost_excuse(facts, economics, cost, of).filter(|_| points.get() < 1.0);
            if let Some(doubt) = cost_doubt(facts, of).or_else(excuse) {
                return Err(lacking(doubt.why().to_owned()));
            }
            let currency = economics.prices.as_ref().map_or("", |prices| prices.currency.as_str());
            let shown =
                |value: Finite| Amount::money(value.get(), currency).map(|it| it.to_string()).unwrap_or_default();
            Ok(ScoreInput {
                name: cost.to_string(),
                value: Amount::money(value.get(), currency),
                points,
                rule: format!("all at {}, none at {}, for a million requests", shown(*all), shown(*none)),
                evidence: of.evidence.clone(),
            })
        }
        InputBy::Test(id) => {
            let lacking = |why: String| Missing { name: format!("test {id}"), why };
            let item = plan.items.iter().find(|item| item.id == *id);
            let item = item.ok_or_else(|| lacking("the plan has no such test".into()))?;
            let points = match item.status {
                TestStatus::Passed => 1.0,
                TestStatus::Failed => 0.0,
                TestStatus::Inconclusive
                | TestStatus::NotRun
                | TestStatus::NotAutomated
                | TestStatus::NotApplicable => {
                    return Err(lacking(format!("{}: {}: {}", item.title, item.status.label(), item.why)));
                }
            };
            Ok(ScoreInput {
                name: format!("test {id}"),
                value: item.value.clone(),
                points: Finite::try_from(points).unwrap_or_default(),
                rule: format!("all when it passed, none when it failed: {}", item.title),
                evidence: item.evidence.clone().unwrap_or_default(),
            })
        }
    }
}

/// What a value earns, and the end of its interval that earns the least, where it has one.
fn worst(value: Finite, interval: Option<Interval>, all: f64, none: f64) -> (Finite, Option<Finite>) {
    let end = interval.map(|it| if all > none { it.lower } else { it.upper });
    (points(end.unwrap_or(value).get(), all, none), end)
}

/// 1 at `all` and beyond, 0 at `none` and beyond, in a straight line between.
fn points(value: f64, all: f64, none: f64) -> Finite {
    Finite::try_from(((value - none) / (all - none)).clamp(0.0, 1.0)).unwrap_or_default()
}
