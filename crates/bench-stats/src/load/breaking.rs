//! The load at which a service stops keeping up.

use super::median;
use crate::robust_spread;

/// The fewest steps of a rising load.
const FEWEST_STEPS: usize = 8;
/// How much the load must rise over all.
const RISE: f64 = 1.5;
/// Once broken, a service may look good in this share of the steps that follow.
const LUCKY: f64 = 0.1;
/// The fewest steps that are "for good".
const FEWEST_BROKEN: usize = 3;
/// How many spreads above its level a latency may lie.
const SPREADS: f64 = 6.0;

/// One step of a rising load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The load, in any unit that rises.
    pub load: f64,
    /// Requests that were due in this step; absent where nothing is due.
    pub due: Option<f64>,
    /// Requests completed in it.
    pub completed: f64,
    /// A quantile of the latency; absent where nothing was answered.
    pub latency: Option<f64>,
    /// Failed requests by all.
    pub error_rate: Option<f64>,
}

/// What counts as broken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakingRule {
    /// The share of what is due that has to be completed.
    pub achieved: f64,
    /// How many times its level a latency may be.
    pub latency: f64,
    /// How many points above its level an error rate may be.
    pub errors: f64,
}

impl Default for BreakingRule {
    /// 95 % completed, three times the latency, one point more errors.
    fn default() -> Self {
        Self { achieved: 0.95, latency: 3.0, errors: 0.01 }
    }
}

/// Where a service broke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakingPoint {
    /// At this step, and it stayed broken.
    At {
        /// The step, counted from 0.
        step: usize,
        /// What broke first.
        by: Broken,
    },
    /// It did not, up to this load: the breaking point lies above.
    Above(f64),
}

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It completes less than is due.
    Throughput,
    /// It answers later.
    Latency,
    /// It fails more often.
    Errors,
}

/// Finds the first step of a rising load from which a service stays broken: fewer than 95 % of what is due is completed (beyond two
/// standard deviations of a Poisson count), or the latency or the error rate has left the level of the first quarter of the steps. A
/// latency has left it beyond `latency` times its median, or 6 robust standard deviations where they reach further. "Stays" lets
/// one of ten later steps look good.
///
/// `None` with fewer than 8 steps, when the load does not rise to 1.5 times where it began, or when no early step tells a latency.
pub fn breaking_point(steps: &[Step], rule: BreakingRule) -> Option<BreakingPoint> {
    let (first, last) = (steps.first()?, steps.last()?);
    if steps.len() < FEWEST_STEPS || last.load.is_nan() || last.load < RISE * first.load {
        return None;
    }
    let early = steps.get(..(steps.len() / 4).max(FEWEST_BROKEN))?;
    let latencies: Vec<f64> = early.iter().filter_map(|step| step.latency).collect();
    let level = median(latencies.iter().copied())?;
    let longest = (level * rule.latency).max(level + SPREADS * robust_spread(&latencies).unwrap_or(0.0));
    let errors = median(early.iter().filter_map(|step| step.error_rate)).unwrap_or(0.0) + rule.errors;
    let broken = |step: &Step| {
        let enough = |due: f64| step.completed + 2.0 * due.sqrt() + 1.0 >= rule.achieved * due;
        if step.due.is_some_and(|due| !enough(due)) {
            Some(Broken::Throughput)
        } else if step.error_rate.is_some_and(|rate| rate > errors) {
            Some(Broken::Errors)
        } else if step.latency.is_none_or(|latency| latency > longest) {
            Some(Broken::Latency)
        } else {
            None
        }
    };
    let all: Vec<Option<Broken>> = steps.iter().map(broken).collect();
    let mut lucky = 0;
    let mut found = None;
    // From the end: the earliest step from which enough of the rest is broken.
    for (after, (step, broken)) in all.iter().enumerate().rev().enumerate() {
        match broken {
            None => lucky += 1,
            Some(by) if lucky as f64 <= LUCKY * (after + 1) as f64 && after + 1 >= FEWEST_BROKEN => {
                found = Some(BreakingPoint::At { step, by: *by });
            }
            Some(_) => {}
        }
    }
    Some(found.unwrap_or(BreakingPoint::Above(last.load)))
}
