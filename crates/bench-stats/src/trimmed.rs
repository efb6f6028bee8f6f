//! Means that leave out the extremes, and what is known of their error.

use crate::ordered::ordered;
use crate::spread::is_sample;

/// The share of a run's samples that is left out at each end.
const OF_SAMPLES: f64 = 0.2;

/// The share of runs that is left out at each end: from ten runs on it is a whole run.
pub(crate) const OF_RUNS: f64 = 0.1;

/// The share of pairs: what disturbs a moment disturbs both sides of it, so that there is less to leave out.
pub(crate) const OF_PAIRS: f64 = 0.05;

/// The typical value of one run's samples, in their unit: their mean without the lowest and the highest fifth (of n
/// samples floor(n / 5) at each end). It leaves out spikes and a warm-up, uses more of the samples than a median does,
/// and moves less in jumps when a coarse timer makes many of them equal.
///
/// `None` when there is no sample or one is not finite.
pub fn typical(samples: &[f64]) -> Option<f64> {
    if !is_sample(samples) {
        return None;
    }
    let ordered = ordered(samples.iter().copied());
    Some(mean(kept(&ordered, OF_SAMPLES)))
}

/// The trimmed mean of the values of runs, with the variance that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trimmed {
    /// The trimmed mean.
    pub(crate) mean: f64,
    /// How many values were kept.
    pub(crate) kept: f64,
    /// How many values there are.
    pub(crate) n: f64,
    /// What divided by the number of values kept is the variance of the trimmed mean.
    variance: f64,
}

impl Trimmed {
    /// Of finite numbers in ascending order, without that share at each end.
    pub(crate) fn of(ordered: &[f64], share: f64) -> Self {
        let kept = kept(ordered, share);
        let (low, high) = (kept.first().copied().unwrap_or(0.0), kept.last().copied().unwrap_or(0.0));
        // Of the sample whose trimmed values are replaced by the nearest that were kept.
        let winsorised = || ordered.iter().map(|value| value.clamp(low, high));
        let n = ordered.len() as f64;
        let center = low + winsorised().map(|value| value - low).sum::<f64>() / n;
        let squares: f64 = winsorised().map(|value| (value - center).powi(2)).sum();
        let variance = if kept.len() > 1 { squares / (kept.len() - 1) as f64 } else { 0.0 };
        Self { mean: mean(kept), kept: kept.len() as f64, n, variance }
    }

    /// The variance of the trimmed mean.
    pub(crate) fn of_mean(&self) -> f64 {
        self.variance / self.kept
    }

    /// What it would be with so many more values of the same spread.
    pub(crate) fn grown(&self, more: u32) -> Self {
        Self { kept: self.kept * (1.0 + f64::from(more) / self.n), n: self.n + f64::from(more), ..*self }
    }
}

/// What is left of an ordered sample without that share at each end.
fn kept(ordered: &[f64], share: f64) -> &[f64] {
    let cut = (share * ordered.len() as f64) as usize;
    ordered.get(cut..ordered.len() - cut).unwrap_or(ordered)
}

/// The mean of ordered numbers, not none. Of equal numbers it is exactly that number.
fn mean(ordered: &[f64]) -> f64 {
    let n = ordered.len() as f64;
    let (Some(first), Some(last)) = (ordered.first(), ordered.last()) else { return f64::NAN };
    let mean = first + ordered.iter().map(|value| value / n - first / n).sum::<f64>();
    // Where rounding, or an overflow between the largest numbers, left their range.
    mean.max(*first).min(*last)
}
