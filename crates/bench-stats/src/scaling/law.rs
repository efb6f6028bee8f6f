//! The Universal Scalability Law in coordinates in which it is a positive combination of three columns, and the
//! measurements it is held against.
//! Must not know: intervals, or what is a good fit.
//!
//! `N / X(N) = (1 + sigma (N - 1) + kappa N (N - 1)) / lambda` is `1 / X(N) = u / N + v + w (N - 1)` with
//! `u = (1 - sigma) / lambda`, `v = sigma / lambda` and `w = kappa / lambda`: the law's bounds, sigma from 0 to 1 and kappa
//! from 0 on, are u, v and w not below 0.

use super::points::Level;
use super::solve::{Coefficients, Row, dot, left, solve};
use crate::spread::is_sample;

/// Every ray alone: sigma from 0 to 1, kappa from 0 on.
pub(crate) const UNIVERSAL: [Coefficients; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// kappa = 0.
pub(crate) const AMDAHL: [Coefficients; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

/// sigma = kappa = 0.
pub(crate) const LINEAR: [Coefficients; 1] = [[1.0, 0.0, 0.0]];

/// The law's three numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Parameters {
    pub(crate) lambda: f64,
    pub(crate) sigma: f64,
    pub(crate) kappa: f64,
}

/// What was measured, as rows: the mean logarithm of each level, which counts as often as it was repeated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    /// The mean logarithm of all throughputs, taken off: the scale of throughput then matters nowhere.
    pub(crate) centre: f64,
    /// The squared distances of the repetitions from the mean of their level, and their degrees of freedom.
    pub(crate) pure: f64,
    pub(crate) pure_freedom: f64,
    /// The squared distances of the levels from the mean of all.
    pub(crate) between: f64,
    /// The fewest and the most workers.
    pub(crate) ends: (u32, u32),
}

/// What a number of workers multiplies the coefficients by.
pub(crate) fn columns(workers: f64) -> Coefficients {
    [1.0 / workers, 1.0, workers - 1.0]
}

impl Measured {
    /// Of levels in ascending order; `None` when there is none, or one has no mean.
    pub(crate) fn of(levels: &[Level]) -> Option<Self> {
        let means: Vec<f64> = levels.iter().map(|level| level.mean().unwrap_or(f64::NAN)).collect();
        let counts = || levels.iter().map(|level| level.logs.len() as f64);
        let all: f64 = counts().sum();
        if !is_sample(&means) {
            return None;
        }
        let centre = means.iter().zip(counts()).map(|(mean, count)| mean * count / all).sum::<f64>();
        let row = |((level, mean), weight): ((&Level, &f64), f64)| Row {
            columns: columns(f64::from(level.workers)),
            log: centre - mean,
            weight,
        };
        let rows: Vec<Row> = levels.iter().zip(&means).zip(counts()).map(row).collect();
        Some(Self {
            centre,
            pure: levels.iter().map(Level::squares).sum(),
            pure_freedom: all - levels.len() as f64,
            between: rows.iter().map(|row| row.weight * row.log * row.log).sum(),
            ends: (levels.first()?.workers, levels.last()?.workers),
            rows,
        })
    }

    /// The best coefficients among the rays, and the sum of squares between them and the levels.
    pub(crate) fn best(&self, rays: &[Coefficients]) -> (Coefficients, f64) {
        let found = solve(&self.rows, rays);
        (found, left(&self.rows, &found))
    }

    /// How many repetitions there are.
    pub(crate) fn repetitions(&self) -> f64 {
        self.pure_freedom + self.rows.len() as f64
    }

    /// The law's numbers in the unit of the throughputs.
    pub(crate) fn parameters(&self, [u, v, w]: Coefficients) -> Parameters {
        let one = u + v;
        Parameters { lambda: libm::exp(self.centre - libm::log(one)), sigma: v / one, kappa: w / one }
    }

    /// The logarithm of the throughput at so many workers.
    pub(crate) fn log_throughput(&self, coefficients: &Coefficients, workers: f64) -> f64 {
        self.centre - libm::log(dot(&columns(workers), coefficients))
    }
}
