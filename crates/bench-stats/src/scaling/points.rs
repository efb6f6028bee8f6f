//! The points of a scaling curve: what each says by itself, and which of them a law is fitted to.
//! Must not know: laws.

use crate::ordered::ordered;
use crate::spread::is_sample;

/// The throughput at a number of workers.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalePoint {
    /// How many workers there were, 1 or more.
    pub workers: u32,
    /// One throughput per repetition, in any unit that all points share; each above 0.
    pub throughputs: Vec<f64>,
    /// Whether the generator sent less than was asked of it: then the service could have done more.
    pub generator_limited: bool,
}

/// Which points a law is fitted to.
///
/// Up to as many workers as cores, what slows them is each other: locks, caches, a shared database. Beyond, they also wait
/// for a core. A law over all points describes this machine, whose cores end; a law within the cores describes the
/// program, and is the one to take to a larger machine.
/// A generator or database on the same machine takes cores too: give the cores that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Points with at most so many workers.
    WithinCores(u32),
    /// All points.
    All,
}

/// Why a point had no say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There were more workers than cores, and the fit was to stay within them.
    BeyondCores,
    /// The generator was the limit.
    GeneratorLimited,
}

/// A point that had no say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// How many workers it had.
    pub workers: u32,
    /// Why it was left out.
    pub why: Why,
}

/// All that was measured at one number of workers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Level {
    pub(crate) workers: u32,
    /// The logarithms of the throughputs, ascending.
    pub(crate) logs: Vec<f64>,
    pub(crate) limited: bool,
}

impl Level {
    /// The mean of the logarithms, where there is one.
    pub(crate) fn mean(&self) -> Option<f64> {
        let first = self.logs.first().filter(|_| is_sample(&self.logs))?;
        // Distances from the first: equal throughputs have exactly that mean.
        Some(first + self.logs.iter().map(|log| log - first).sum::<f64>() / self.logs.len() as f64)
    }

    /// The squared distances of the logarithms from their mean.
    pub(crate) fn squares(&self) -> f64 {
        let mean = self.mean().unwrap_or(f64::NAN);
        self.logs.iter().map(|log| (log - mean) * (log - mean)).sum()
    }
}

/// The points by their number of workers, ascending.
pub(crate) fn levels(points: &[ScalePoint]) -> Vec<Level> {
    let mut workers: Vec<u32> = points.iter().map(|point| point.workers).collect();
    workers.sort_unstable();
    workers.dedup();
    let level = |workers: u32| {
        let here = || points.iter().filter(move |point| point.workers == workers);
        let limited = here().all(|point| point.generator_limited);
        let counted = here().filter(|point| point.generator_limited == limited);
        // Not the logarithm of a number below 0, whose sign of NaN may differ between machines.
        let log = |throughput: &f64| if *throughput > 0.0 { libm::log(*throughput) } else { f64::NAN };
        Level { workers, logs: ordered(counted.flat_map(|point| point.throughputs.iter().map(log))), limited }
    };
    workers.into_iter().map(level).collect()
}
