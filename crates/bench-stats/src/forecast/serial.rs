//! A line through noise whose memory fades, for every speed of fading at once.
//! Must not know: levels, horizons or how sure an interval is to be.

use super::Demand;

/// What one moment tells about the next at the median distance, from nothing to nearly all.
const CORRELATIONS: [f64; 14] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.99];

/// The share of the values' size that counts as no scatter.
const ROUNDING: f64 = 1e-12;

/// The lines, one per speed, with their shares in the whole.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    lines: Vec<(f64, Remembering)>,
    centre: f64,
    last: Demand,
}

/// The best line where noise fades at a known speed.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Remembering {
    correlation: f64,
    /// The share of a deviation that is left after a day.
    per_day: f64,
    level: f64,
    slope: f64,
    /// The variance of the noise.
    variance: f64,
    /// What it is multiplied by: the variances of level and slope, and their covariance.
    covariance: [f64; 3],
    /// The logarithm of the restricted likelihood.
    likelihood: f64,
}

impl Line {
    /// Through moments in order, all apart; `None` when a sum is not finite.
    pub(super) fn through(moments: &[Demand]) -> Option<Self> {
        let (first, last) = (moments.first()?, *moments.last()?);
        let centre = first.day + (last.day - first.day) / 2.0;
        let mut gaps: Vec<f64> =
            moments.iter().zip(moments.iter().skip(1)).map(|(one, next)| next.day - one.day).collect();
        gaps.sort_by(f64::total_cmp);
        let gap = *gaps.get(gaps.len() / 2)?;
        let fit = |correlation: &f64| Remembering::fit(moments, centre, gap, *correlation);
        let fits: Vec<Remembering> = CORRELATIONS.iter().filter_map(fit).collect();
        let top = fits.iter().map(|fit| fit.likelihood).fold(f64::NEG_INFINITY, f64::max);
        let share = |fit: &Remembering| libm::exp(fit.likelihood - top);
        let all: f64 = fits.iter().map(share).sum();
        let lines: Vec<_> = fits.into_iter().map(|fit| (share(&fit) / all, fit)).collect();
        (all.is_finite() && all > 0.0).then_some(Self { lines, centre, last })
    }

    /// The mean correlation at the median distance.
    pub(super) fn correlation(&self) -> f64 {
        self.lines.iter().map(|(share, fit)| share * fit.correlation).sum()
    }

    /// The slope per day, and its standard error.
    pub(super) fn slope(&self) -> (f64, f64) {
        self.mixed(|fit| {
            let [_, slope, _] = fit.covariance;
            (fit.slope, fit.variance * slope)
        })
    }

    /// The line so many days after the last moment, and its standard error.
    pub(super) fn trend(&self, days: f64) -> (f64, f64) {
        let x = self.last.day - self.centre + days;
        self.mixed(|fit| (fit.level + fit.slope * x, fit.variance * fit.quadratic(1.0, x)))
    }

    /// A value so many days after the last moment, and its standard error: the line, what is left of the last deviation,
    /// and new noise (A. S. Goldberger, Best Linear Unbiased Prediction in the Generalized Linear Regression Model,
    /// Journal of the American Statistical Association 57, 1962).
    pub(super) fn value(&self, days: f64) -> (f64, f64) {
        let here = self.last.day - self.centre;
        self.mixed(|fit| {
            let kept = if days > 0.0 { libm::pow(fit.per_day, days) } else { 1.0 };
            let deviation = self.last.value - fit.level - fit.slope * here;
            let (one, x) = (1.0 - kept, here + days - kept * here);
            let variance = fit.variance * (1.0 - kept * kept + fit.quadratic(one, x));
            (fit.level + fit.slope * (here + days) + kept * deviation, variance)
        })
    }

    /// Mean and standard error over all speeds: the variance within and that between.
    fn mixed(&self, of: impl Fn(&Remembering) -> (f64, f64)) -> (f64, f64) {
        let parts = || self.lines.iter().map(|(share, fit)| (share, of(fit)));
        let mean: f64 = parts().map(|(share, (value, _))| share * value).sum();
        let variance: f64 =
            parts().map(|(share, (value, variance))| share * (variance + (value - mean) * (value - mean))).sum();
        (mean, variance.max(0.0).sqrt())
    }
}

impl Remembering {
    fn fit(moments: &[Demand], centre: f64, gap: f64, correlation: f64) -> Option<Self> {
        let per_day = libm::pow(correlation, 1.0 / gap);
        // Each moment less what it has from the one before: what is left is independent, once divided by its size.
        let mut white: Vec<[f64; 3]> = Vec::with_capacity(moments.len());
        let (mut before, mut determinant): (Option<&Demand>, f64) = (None, 0.0);
        for moment in moments {
            let kept = before.map_or(0.0, |before| libm::pow(correlation, (moment.day - before.day) / gap));
            let old = before.map_or([0.0; 3], |before| [1.0, before.day - centre, before.value]);
            let fresh = 1.0 - kept * kept;
            let size = fresh.sqrt();
            let [one, x, y] = old.map(|old| kept * old);
            white.push([(1.0 - one) / size, (moment.day - centre - x) / size, (moment.value - y) / size]);
            determinant += libm::log(fresh);
            before = Some(moment);
        }
        let sum = |of: fn(&[f64; 3]) -> f64| white.iter().map(of).sum::<f64>();
        let (ones, mixed, squares) = (sum(|[one, ..]| one * one), sum(|[one, x, _]| one * x), sum(|[_, x, _]| x * x));
        let (to_one, to_x) = (sum(|[one, _, y]| one * y), sum(|[_, x, y]| x * y));
        let area = ones * squares - mixed * mixed;
        let (level, slope) = ((squares * to_one - mixed * to_x) / area, (ones * to_x - mixed * to_one) / area);
        let residual = |[one, x, y]: &[f64; 3]| {
            let residual = y - level * one - slope * x;
            residual * residual
        };
        let freedom = moments.len() as f64 - 2.0;
        let size = moments.iter().map(|moment| moment.value.abs()).fold(0.0, f64::max) * ROUNDING;
        let least = (size * size).max(f64::MIN_POSITIVE);
        let variance = (white.iter().map(residual).sum::<f64>() / freedom).max(least);
        let likelihood = -0.5 * (freedom * libm::log(variance) + determinant + libm::log(area));
        let covariance = [squares / area, ones / area, -mixed / area];
        let found = Self { correlation, per_day, level, slope, variance, covariance, likelihood };
        let finite = [level, slope, likelihood, variance].iter().all(|number| number.is_finite()) && area > 0.0;
        finite.then_some(found)
    }

    /// The variance of `one * level + x * slope`, in variances of the noise.
    fn quadratic(&self, one: f64, x: f64) -> f64 {
        let [level, slope, both] = self.covariance;
        one * one * level + x * x * slope + 2.0 * one * x * both
    }
}
