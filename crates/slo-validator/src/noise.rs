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

/// The noise of one metric, from n rounds of each side.
///
/// It is held against verdicts from baselines and earlier runs, measured at another time, where what slowly disturbs the
/// machine does not cancel as it does between the sides of a pair. The floor is the half width, towards more, of the
/// interval at the verdict's level of the change between two runs of `rounds` rounds: `exp(t s sqrt(2 / rounds)) - 1`, s the
/// standard deviation of the logarithms of all 2 n rounds around their one common level, so that slow wander counts, and t
/// Student's quantile for 2 (`rounds` - 1) degrees of freedom. A change below it, seen in that many rounds, is no evidence.
///
/// The comparisons are those of block i of `rounds` rounds on the base side with block i + 1 on the head side (the last
/// with the first), as runs at two moments are compared; an alarm is one whose interval at the verdict's level leaves out
/// zero, however small the change. So the rate of alarms is near the verdict's error where rounds are as independent as the
/// rule takes them to be, and higher where the machine wanders. With fewer than two blocks there is none.
fn measure_one(base: &Metric, head: &Metric, rounds: u32, levels: Levels) -> Option<NoiseMetric> {
    let (before, now) = (numbers(&base.rounds), numbers(&head.rounds));
    let size = usize::try_from(rounds).ok()?.max(FEWEST_RUNS);
    if (base.unit, base.direction) != (head.unit, head.direction) || before.len().min(now.len()) < FEWEST_RUNS {
        return None;
    }
    let all = || before.iter().chain(&now);
    let spread = if all().all(|value| Some(value) == before.first()) {
        0.0
    } else if all().all(|value| *value > 0.0) {
        deviation(all().map(|value| value.ln()))
    } else {
        return None;
    };
    let half = student_quantile(levels.verdict, 2.0 * (size - 1) as f64)? * spread * (2.0 / size as f64).sqrt();
    let blocks = (before.len() / size).min(now.len() / size);
    let others = now.chunks_exact(size).take(blocks).cycle().skip(1);
    let contrasts = before.chunks_exact(size).zip(others).take(if blocks < 2 { 0 } else { blocks });
    let is_alarm = |(before, now): &(&[f64], &[f64])| match contrast(before, now, Design::Independent) {
        Contrasted::Exact { change } => change != 0.0,
        Contrasted::Estimate(estimate) => estimate.p() < levels.error(),
        Contrasted::TooFew { .. } | Contrasted::NotComparable => false,
    };
    Some(NoiseMetric {
        name: head.name.clone(),
        floor: Finite::try_from(half.exp_m1()).ok()?,
        rounds: u32::try_from(size).ok()?,
        comparisons: u32::try_from(contrasts.clone().count()).ok()?,
        alarms: u32::try_from(contrasts.filter(is_alarm).count()).ok()?,
    })
}

/// The standard deviation of at least two numbers.
fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}
