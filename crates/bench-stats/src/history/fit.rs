//! Steps in noise whose law is learned from the series itself.

use super::ChangePoint;
use super::grid::{Grid, most_levels};
use super::law::{Law, Noise};
use super::level::{Scale, Step, median, quantile, residuals, robust, segments};

/// What a change costs before the law is known, in units of ln n, and with it.
const FIRST_PENALTY: f64 = 2.2;
const PENALTY: f64 = 2.0;
/// Beyond how many standard deviations a point is an outlier, whatever its size, before the law is known.
const OUTLIER: f64 = 3.0;
/// The standard errors that a change must be large. It is the largest of many that were possible.
const STRENGTH: f64 = 4.5;
/// The standard deviations of the noise that it must be large: what is smaller is real at times, and nobody's concern.
const SIZE: f64 = 1.25;
/// Within which cost another index explains the series about as well.
const ABOUT: f64 = 2.0;
/// The normal quantiles of shares of sizes, and the shares: later ones for series that mostly stand still.
pub(super) const SHARES: [(f64, f64); 3] = [(0.75, 1.150_349), (0.9, 1.644_854), (0.97, 2.170_090)];

/// A first idea of the spread, from differences of neighbours: levels do not disturb it.
pub(super) struct Rough {
    pub(super) spread: f64,
}

impl Rough {
    /// `None` when nearly all neighbours are equal.
    pub(super) fn of(points: &[f64]) -> Option<Self> {
        let mut jumps: Vec<f64> = points.iter().zip(points.iter().skip(1)).map(|(a, b)| (b - a).abs()).collect();
        let spreads = SHARES.map(|(share, normal)| quantile(&mut jumps, share) / (normal * std::f64::consts::SQRT_2));
        spreads.into_iter().find(|spread| *spread > 0.0 && spread.is_finite()).map(|spread| Self { spread })
    }
}

/// Steps, and the noise around them.
pub(super) struct Fit {
    /// The first index of each segment but the first.
    pub(super) starts: Vec<usize>,
    pub(super) noise: Noise,
    law: Law,
}

impl Fit {
    /// Finds steps with a law that cuts outliers off, learns the law of what is left, finds them again with it, twice, and
    /// lets go of what is not strong and large enough.
    pub(super) fn learn(points: &[f64], rough: &Rough) -> Self {
        let n = points.len() as f64;
        let most = most_levels(points.len());
        let grid = Grid::new(points, rough.spread, most);
        let table = grid.table(|left| robust(left, OUTLIER));
        let mut starts = grid.segment(&table, FIRST_PENALTY * libm::log(n.max(50.0)));
        let mut noise = Noise::of(&residuals(points, &starts), starts.len() + 1).or(rough.spread);
        let mut law = Law::learn(&residuals(points, &starts), noise.spread);
        for _ in 0..2 {
            let grid = Grid::new(points, noise.spread, most);
            let table = grid.table(|left| law.cost(left) / noise.inflation);
            let found = grid.segment(&table, PENALTY * libm::log(n));
            let settled = found == starts;
            starts = found;
            if settled {
                break;
            }
            let left = residuals(points, &starts);
            noise = Noise::of(&left, starts.len() + 1).or(rough.spread);
            law = Law::learn(&left, noise.spread);
        }
        let mut fit = Self { starts, noise, law };
        // Steps that are let go of leave memory in the noise, which others must then be measured by.
        for _ in 0..4 {
            let before = fit.starts.len();
            fit.prune(points);
            if fit.starts.len() == before {
                break;
            }
            let again = Noise::of(&residuals(points, &fit.starts), fit.starts.len() + 1);
            fit.noise.long_inflation = fit.noise.long_inflation.max(again.long_inflation);
        }
        fit
    }

    /// Lets go of the weakest step until all that are left are strong and large enough.
    fn prune(&mut self, points: &[f64]) {
        let parts = |starts: &[usize]| segments(starts, points.len()).collect::<Vec<_>>();
        let mut bounds = parts(&self.starts);
        let mut steps: Vec<Step> = self.steps(points);
        loop {
            let weak = |step: &Step| {
                let shares = (step.strength() / STRENGTH).min(step.size.abs() / (SIZE * self.noise.spread));
                (shares < 1.0).then_some(shares)
            };
            let weakest = steps
                .iter()
                .enumerate()
                .filter_map(|(at, step)| weak(step).map(|share| (at, share)))
                .min_by(|(_, a), (_, b)| a.total_cmp(b));
            let Some((at, _)) = weakest else { return };
            self.starts.remove(at);
            bounds = if at + 1 < bounds.len() { joined(bounds, at) } else { bounds };
            steps.remove(at);
            // Only the steps on both sides see another neighbour now.
            for near in [at.checked_sub(1), Some(at)].into_iter().flatten() {
                if let (Some(step), Some(before), Some(after)) =
                    (steps.get_mut(near), bounds.get(near), bounds.get(near + 1))
                {
                    *step = self.step(points, *before, *after);
                }
            }
        }
    }

    fn step(&self, points: &[f64], before: (usize, usize), after: (usize, usize)) -> Step {
        let part = |(from, to): (usize, usize)| points.get(from..to).unwrap_or_default();
        Step::of(part(before), part(after), self.noise.spread, self.noise.long_inflation)
    }

    fn steps(&self, points: &[f64]) -> Vec<Step> {
        let bounds: Vec<_> = segments(&self.starts, points.len()).collect();
        bounds.iter().zip(bounds.iter().skip(1)).map(|(before, after)| self.step(points, *before, *after)).collect()
    }

    /// The sizes of the steps, in order.
    pub(super) fn sizes(&self, points: &[f64]) -> Vec<f64> {
        self.steps(points).iter().map(|step| step.size).collect()
    }

    /// Minus the log likelihood of the points, with what the changes cost.
    pub(super) fn likelihood_cost(&self, points: &[f64]) -> f64 {
        let n = points.len() as f64;
        let left = residuals(points, &self.starts);
        let costs: f64 = left.iter().map(|left| self.law.cost(left / self.noise.spread)).sum();
        costs + n * libm::log(self.noise.spread) + FIRST_PENALTY * libm::log(n) * self.starts.len() as f64
    }

    /// What points and changes cost without a law, at a given spread: what two explanations are compared by.
    pub(super) fn robust_cost(&self, points: &[f64], spread: f64) -> f64 {
        let costs = residuals(points, &self.starts).into_iter().map(|left| robust(left / spread, OUTLIER));
        costs.sum::<f64>() + FIRST_PENALTY * libm::log(points.len() as f64) * self.starts.len() as f64
    }

    /// The steps as findings.
    pub(super) fn report(&self, points: &[f64], scale: Scale) -> Vec<ChangePoint> {
        let bounds: Vec<_> = segments(&self.starts, points.len()).collect();
        let pairs = bounds.iter().zip(bounds.iter().skip(1));
        let reports = pairs
            .zip(self.steps(points))
            .map(|((before, after), step)| step.report(scale, after.0, self.between(points, *before, *after)));
        reports.collect()
    }

    /// The earliest and the latest index that explain the points around a change about as well.
    fn between(&self, points: &[f64], before: (usize, usize), after: (usize, usize)) -> (usize, usize) {
        let part = |(from, to): (usize, usize)| points.get(from..to).unwrap_or_default();
        let (old, new) = (median(part(before)), median(part(after)));
        let cost =
            |point: &f64, level: f64| robust((point - level) / self.noise.spread, OUTLIER) / self.noise.inflation;
        // What it costs more to count a point to the old level than to the new one.
        let more = |at: usize| points.get(at).map_or(0.0, |point| cost(point, old) - cost(point, new));
        let (mut first, mut last) = (after.0, after.0);
        let mut sum = 0.0;
        for at in (before.0 + 1..after.0).rev() {
            sum -= more(at);
            if sum <= ABOUT {
                first = at;
            }
        }
        sum = 0.0;
        for at in after.0..after.1.saturating_sub(1) {
            sum += more(at);
            if sum <= ABOUT {
                last = at + 1;
            }
        }
        (first, last)
    }
}

/// The bounds with two neighbours joined.
fn joined(mut bounds: Vec<(usize, usize)>, at: usize) -> Vec<(usize, usize)> {
    let (_, to) = bounds.remove(at + 1);
    if let Some(bound) = bounds.get_mut(at) {
        bound.1 = to;
    }
    bounds
}
