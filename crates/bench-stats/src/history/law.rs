//! The noise around the levels: its size, its memory, and the law that it follows.

use super::fit::SHARES;
use super::level::quantile;

/// Bins in a unit.
const BINS: f64 = 20.0;
/// How far the law is told apart, in units.
const REACH: f64 = 12.0;

/// The most that memory is believed to add while steps are searched, and when one is judged. Long memory and small true
/// steps look alike: a higher trust in memory hides steps.
const SEARCH_INFLATION: f64 = 1.4;
const LONG_INFLATION: f64 = 3.0;

/// The size of noise, and how much it remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    /// The standard deviation of the core.
    pub(super) spread: f64,
    /// By how much the variance of a mean is taken to exceed that of independent points, while searching.
    pub(super) inflation: f64,
    /// The same when a step is judged.
    pub(super) long_inflation: f64,
}

impl Noise {
    /// No noise at all.
    pub(super) const fn none() -> Self {
        Self { spread: 0.0, inflation: 1.0, long_inflation: 1.0 }
    }

    /// From what is left around the levels of so many segments.
    pub(super) fn of(residuals: &[f64], segments: usize) -> Self {
        let n = residuals.len() as f64;
        let mut sizes: Vec<f64> = residuals.iter().map(|left| left.abs()).collect();
        let spreads = SHARES.map(|(share, normal)| quantile(&mut sizes, share) / normal);
        let Some(spread) = spreads.into_iter().find(|spread| *spread > 0.0) else { return Self::none() };
        // Outliers cut off, as they remember nothing.
        let clipped: Vec<f64> = residuals.iter().map(|left| (left / spread).clamp(-2.5, 2.5)).collect();
        let square: f64 = clipped.iter().map(|left| left * left).sum();
        let product: f64 = clipped.iter().zip(clipped.iter().skip(1)).map(|(one, next)| one * next).sum();
        // Levels that were fitted take correlation away: about 1 + 4 rho of it for each (Kendall, Note on bias in the
        // estimation of autocorrelation, Biometrika 41, 1954). What chance alone gives is taken off again.
        let k = segments as f64;
        let unbiased = ((product / square * n + k) / (n - 4.0 * k).max(1.0)).min(0.95);
        let memory = (unbiased - 1.0 / n.sqrt()).max(0.0);
        let inflation = (1.0 + memory) / (1.0 - memory);
        Self { spread, inflation: inflation.min(SEARCH_INFLATION), long_inflation: inflation.min(LONG_INFLATION) }
    }

    /// Itself, with a spread where it has none.
    pub(super) fn or(self, spread: f64) -> Self {
        if self.spread > 0.0 { self } else { Self { spread, ..self } }
    }
}

/// A density of noise, in units of its spread.
pub(super) struct Law {
    costs: Vec<f64>,
}

impl Law {
    /// Learns the law from residuals: a kernel density (Silverman, Density estimation for statistics and data analysis,
    /// 1986), mixed with the normal law as if 20 points had said so, and with 3 % of anything.
    pub(super) fn learn(residuals: &[f64], spread: f64) -> Self {
        let n = residuals.len() as f64;
        let residuals: Vec<f64> = residuals.iter().map(|left| left / spread).collect();
        let mean_square = residuals.iter().map(|left| left * left).sum::<f64>() / n;
        let width = 1.06 * mean_square.sqrt().clamp(0.1, 1.2) * libm::pow(n, -0.2);
        let bins = (2.0 * REACH * BINS) as usize + 1;
        let mut counts = vec![0.0; bins];
        for value in &residuals {
            let at = ((value + REACH) * BINS).round();
            if let Some(count) = counts.get_mut(at.max(0.0) as usize).filter(|_| at >= 0.0) {
                *count += 1.0 / n;
            }
        }
        let half = (4.0 * width * BINS).ceil() as usize;
        let kernel: Vec<f64> = (0..=2 * half).map(|at| normal((at as f64 - half as f64) / BINS, width)).collect();
        let mut density = vec![0.0; bins + 2 * half];
        for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            for (sum, weight) in density.iter_mut().skip(at).zip(&kernel) {
                *sum += count * weight;
            }
        }
        let share = 20.0 / (n + 20.0);
        let costs = density.iter().skip(half).take(bins).enumerate().map(|(at, learned)| {
            let place = at as f64 / BINS - REACH;
            let smooth = share * normal(place, 1.0) + (1.0 - share) * learned;
            -libm::log(0.97 * smooth + 0.03 / (2.0 * REACH))
        });
        Self { costs: costs.collect() }
    }

    /// Minus the logarithm of the density at a distance, in units.
    pub(super) fn cost(&self, distance: f64) -> f64 {
        let place = ((distance + REACH) * BINS).clamp(0.0, (self.costs.len() - 1) as f64);
        let low = place.floor();
        let at = |place: f64| self.costs.get(place as usize).copied().unwrap_or(0.0);
        at(low) + (place - low) * (at((low + 1.0).min((self.costs.len() - 1) as f64)) - at(low))
    }
}

fn normal(value: f64, width: f64) -> f64 {
    libm::exp(-0.5 * (value / width).powi(2)) / (width * (2.0 * std::f64::consts::PI).sqrt())
}
