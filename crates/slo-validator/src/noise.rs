//! How small a change can be told from noise: what a comparison of head with head says, and what follows for thresholds.

use bench_cli::words::{NAMED, count, unsigned_percent};
use bench_model::Finite;
use bench_model::ledger::NoiseMetric;
use bench_model::perf::Metric;
use bench_model::verdict::Rule;
use bench_stats::{Contrasted, Design, FEWEST_RUNS, contrast, student_quantile};

use crate::Levels;
use crate::case::Case;
use crate::evidence::{Reference, numbers};
use crate::regression::beyond;

/// Takes back changes that noise alone could be, and names the thresholds that cannot be held against such noise. Two
/// sides measured in turns need neither: their own interval is the evidence, and more rounds narrow it.
pub(crate) fn withdraw_below_floor(cases: &mut [Case<'_>]) -> Option<String> {
    let mut lower = Vec::new();
    for case in cases.iter_mut() {
        let Some(floor) = case.noise_floor.map(Finite::get) else { continue };
        let threshold = case.subject.limits.regression;
        let is_apart = matches!(case.reference, Reference::Promotion(_) | Reference::Earlier);
        if !is_apart || !beyond(floor, threshold) {
            continue;
        }
        if lower.len() < NAMED {
            let (threshold, floor) = (unsigned_percent(threshold), unsigned_percent(floor));
            lower.push(Some(format!("`{}` ({threshold}, noise {floor})", case.subject.name)));
        } else {
            lower.push(None);
        }
        let within = case.change().is_some_and(|change| !beyond(change.abs(), floor));
        if case.is_called() && within && case.finding.rule != Rule::Exact {
            let floor = unsigned_percent(floor);
            case.withdraw(Rule::BelowNoise, format!("which noise alone may be: it reaches {floor} here"));
        }
    }
    if lower.is_empty() {
        return None;
    }
    let named: Vec<String> = lower.iter().flatten().cloned().collect();
    let more = match lower.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let thresholds = count(lower.len(), "threshold lies", "thresholds lie");
    let named = named.join(", ");
    Some(format!(
        "{thresholds} below the measured noise, and changes between the two cannot be decided with these rounds \
         (--against can): {named}{more}"
    ))
}

/// What a comparison of head with head says about each metric, ordered by name. `rounds` are those of a usual run.
pub(crate) fn measure(cases: &[Case<'_>], rounds: u32, levels: Levels) -> Vec<NoiseMetric> {
    let mut all: Vec<NoiseMetric> = cases
        .iter()
        .filter_map(|case| {
            let (base, head) = case.sides()?;
            measure_one(base, head, rounds, levels)
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The noise of one metric, from n pairs of rounds.
///
/// The floor is the half width, towards more, of the interval at the verdict's level that `rounds` pairs would have with
/// the spread that all n have: `exp(t s / sqrt(rounds)) - 1`, s the standard deviation of the logarithms of the ratios and
/// t Student's quantile for `rounds` - 1 degrees of freedom. A change below it, seen in that many rounds, is no evidence.
/// The comparisons are the consecutive blocks of that many pairs; an alarm is a block whose interval at the verdict's
/// level leaves out zero, however small the change. So the rate of alarms is near the verdict's error if the runs are as
/// independent as the rule takes them to be, and higher if they are not.
fn measure_one(base: &Metric, head: &Metric, rounds: u32, levels: Levels) -> Option<NoiseMetric> {
    let (before, now) = (numbers(&base.rounds), numbers(&head.rounds));
    let pairs = before.len();
    let size = usize::try_from(rounds).ok()?.max(FEWEST_RUNS).min(pairs);
    if now.len() != pairs || size < FEWEST_RUNS {
        return None;
    }
    let spread = match contrast(&before, &now, Design::Paired) {
        Contrasted::Exact { .. } => 0.0,
        Contrasted::Estimate(_) => deviation(before.iter().zip(&now).map(|(b, h)| h.ln() - b.ln())),
        Contrasted::TooFew { .. } | Contrasted::NotComparable => return None,
    };
    let half = student_quantile(levels.verdict, (size - 1) as f64)? * spread / (size as f64).sqrt();
    let blocks = before.chunks_exact(size).zip(now.chunks_exact(size));
    let is_alarm = |(before, now): &(&[f64], &[f64])| match contrast(before, now, Design::Paired) {
        Contrasted::Exact { change } => change != 0.0,
        Contrasted::Estimate(estimate) => estimate.p() < levels.error(),
        Contrasted::TooFew { .. } | Contrasted::NotComparable => false,
    };
    Some(NoiseMetric {
        name: head.name.clone(),
        floor: Finite::try_from(half.exp_m1()).ok()?,
        rounds: u32::try_from(size).ok()?,
        comparisons: u32::try_from(blocks.clone().count()).ok()?,
        alarms: u32::try_from(blocks.filter(is_alarm).count()).ok()?,
    })
}

/// The standard deviation of at least two numbers.
fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}
