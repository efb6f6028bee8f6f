//! How long it takes until a service is as good as before a burst.

use super::median;
use crate::robust_spread;

/// The fewest moments before the burst from which a level is known.
const FEWEST_BEFORE: usize = 3;
/// How many spreads above its middle a latency before the burst may lie and still be usual.
const SPREADS: f64 = 4.0;

/// What one window of time shows. Absent is: not told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// When it begins, in seconds.
    pub at: f64,
    /// A quantile of the latency, in any unit.
    pub latency: Option<f64>,
    /// Failed requests by all.
    pub error_rate: Option<f64>,
    /// Requests completed by those that were due.
    pub achieved: Option<f64>,
}

/// What counts as good again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecoveryRule {
    /// How many moments in a row must be good.
    pub consecutive: usize,
    /// How much longer than usual a latency may be, as a ratio.
    pub slack: f64,
    /// How many points above the usual error rate are good.
    pub errors: f64,
    /// The share of what is due that must be completed.
    pub achieved: f64,
}

impl Default for RecoveryRule {
    /// Ten in a row, 25 % longer, half a point more errors, 95 % completed.
    fn default() -> Self {
        Self { consecutive: 10, slack: 0.25, errors: 0.005, achieved: 0.95 }
    }
}

/// How a service came back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// When it was good again.
    pub recovered: Recovered,
    /// The latency that counts as good.
    pub limit: f64,
    /// The usual latency before the burst.
    pub usual: f64,
    /// The longest latency after the burst; absent where none was told.
    pub peak: Option<f64>,
    /// Latency above the usual one, summed over the moments after the burst and times their length: how much was lost.
    pub area: f64,
}

/// When a service was good again, in seconds after the burst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Recovered {
    /// From then on it was good for as many moments in a row as the rule asks.
    After(f64),
    /// Not in all the time that was watched.
    NotWithin(f64),
}

/// Holds the moments after a burst, each of `length` seconds, against those before it.
///
/// Usual is the median latency before; good is a latency of at most that and the slack, or 4 robust standard deviations above it
/// where they reach further, with the error rate and the completed share back, too. A moment that tells no latency is not good.
/// Recovered is the beginning of the first `consecutive` good moments in a row, counted from the end of the burst, which is when
/// `after` begins; when there is none, the time is at least all that was watched (censored), and never 0.
///
/// `None` with fewer than 3 latencies before, or fewer moments after than have to be good in a row: nothing can be told.
pub fn recovery(before: &[Moment], after: &[Moment], length: f64, rule: RecoveryRule) -> Option<Recovery> {
    let usual: Vec<f64> = before.iter().filter_map(|moment| moment.latency).collect();
    let (first, last) = (after.first()?, after.last()?);
    if usual.len() < FEWEST_BEFORE || after.len() < rule.consecutive.max(1) {
        return None;
    }
    let middle = median(usual.iter().copied())?;
    let limit = (middle * (1.0 + rule.slack)).max(middle + SPREADS * robust_spread(&usual).unwrap_or(0.0));
    let errors = median(before.iter().filter_map(|moment| moment.error_rate)).unwrap_or(0.0) + rule.errors;
    let good = |moment: &Moment| {
        moment.latency.is_some_and(|latency| latency <= limit)
            && moment.error_rate.is_none_or(|rate| rate <= errors)
            && moment.achieved.is_none_or(|share| share >= rule.achieved)
    };
    let back = after.windows(rule.consecutive.max(1)).find(|row| row.iter().all(good)).and_then(<[Moment]>::first);
    let latencies = || after.iter().filter_map(|moment| moment.latency);
    Some(Recovery {
        recovered: match back {
            Some(moment) => Recovered::After(moment.at - first.at),
            None => Recovered::NotWithin(last.at + length - first.at),
        },
        limit,
        usual: middle,
        peak: latencies().reduce(f64::max),
        area: latencies().map(|latency| (latency - middle).max(0.0) * length).sum(),
    })
}
