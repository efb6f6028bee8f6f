//! How far each number of the law can be moved until the points speak against it.
//! Must not know: which law is chosen, or what is supported.
//!
//! Profile likelihood (D. M. Bates and D. G. Watts, Nonlinear Regression Analysis and Its Applications, Wiley 1988): the
//! interval of a number holds every value at which the best remaining fit leaves at most `s^2 t^2` more than the best of
//! all, with t the 97.5 % quantile of Student. Holding a number ties the coefficients of the law to rays, so that
//! the rest is the same problem again. At the bound of a number it covers at least as often as it says (S. G. Self and
//! K.-Y. Liang, Asymptotic Properties of Maximum Likelihood Estimators and Likelihood Ratio Tests Under Nonstandard
//! Conditions, Journal of the American Statistical Association 82, 1987).

use super::law::{AMDAHL, Measured, UNIVERSAL, columns};
use super::solve::{Coefficients, Row, left, solve};

/// How many times a range is widened until its end is taken to be infinite.
const WIDEN: usize = 60;

/// The squared distance per repetition that counts as none, so that points without noise have an interval at all.
const ROUNDING: f64 = 1e-22;

/// The points, the law that suits them best, and how much worse another may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile<'a> {
    measured: &'a Measured,
    best: Coefficients,
    least: f64,
    allowed: f64,
}

impl<'a> Profile<'a> {
    /// Around the coefficients, with so much more allowed to be left.
    pub(crate) fn new(measured: &'a Measured, best: Coefficients, allowed: f64) -> Self {
        let least = left(&measured.rows, &best);
        Self { measured, best, least, allowed: allowed.max(ROUNDING * measured.repetitions()) }
    }

    /// How far the points speak against a fit: 0 for the best, 1 at the end of the interval.
    fn against(&self, sum: f64) -> f64 {
        ((sum - self.least).max(0.0) / self.allowed).sqrt().min(1e9)
    }

    fn tied(&self, rays: &[Coefficients]) -> f64 {
        self.against(self.measured.best(rays).1)
    }

    /// The interval of sigma, from 0 to 1.
    pub(crate) fn sigma(&self) -> (f64, f64) {
        let at = |sigma: f64| self.tied(&[[1.0 - sigma, sigma, 0.0], [0.0, 0.0, 1.0]]);
        let estimate = self.measured.parameters(self.best).sigma;
        let end = |outer: f64| if at(outer) <= 1.0 { outer } else { crossing(at, estimate, outer) };
        (end(0.0), end(1.0))
    }

    /// The interval of kappa, from 0 on.
    pub(crate) fn kappa(&self) -> (f64, f64) {
        let at = |kappa: f64| self.tied(&[[1.0, 0.0, kappa], [0.0, 1.0, kappa]]);
        let estimate = self.measured.parameters(self.best).kappa;
        if !estimate.is_finite() {
            return (0.0, f64::INFINITY);
        }
        let lower = if at(0.0) <= 1.0 { 0.0 } else { crossing(at, estimate, 0.0) };
        let most = f64::from(self.measured.ends.1);
        (lower, outwards(at, estimate, |kappa| (4.0 * kappa).max(1e-3 / (most * most))).unwrap_or(f64::INFINITY))
    }

    /// The interval of the number of workers at the peak, not below 1; `None` at the end that is not there.
    pub(crate) fn peak(&self) -> (f64, Option<f64>) {
        // sqrt(u / w), of which no more than the ratio is needed.
        let at = |peak: f64| {
            let square = peak * peak;
            self.tied(&[[square / (1.0 + square), 0.0, 1.0 / (1.0 + square)], [0.0, 1.0, 0.0]])
        };
        let [u, _, w] = self.best;
        let most = 1e6 * f64::from(self.measured.ends.1);
        let estimate = (u / w).sqrt();
        let estimate = if estimate.is_nan() { most } else { estimate.clamp(0.5, most) };
        let lower = if at(1.0) <= 1.0 { 1.0 } else { outwards(at, estimate, |peak| peak / 2.0).unwrap_or(1.0) };
        let upper = if self.tied(&AMDAHL) <= 1.0 { None } else { outwards(at, estimate, |peak| peak * 2.0) };
        (lower.max(1.0), upper.map(|upper| upper.max(1.0)))
    }

    /// The interval of the logarithm of the throughput at so many workers; infinite at an end that is not there.
    ///
    /// One row more pulls the law up or down there. Whatever law comes of it is the best of those that give that throughput.
    pub(crate) fn log_throughput(&self, workers: f64) -> (f64, f64) {
        let measured = self.measured;
        let weight = measured.repetitions();
        let here = measured.log_throughput(&self.best, workers);
        let pulled = |by: f64| {
            let row = Row { columns: columns(workers), log: measured.centre - here - by, weight };
            let rows: Vec<Row> = measured.rows.iter().copied().chain([row]).collect();
            solve(&rows, &UNIVERSAL)
        };
        let end = |side: f64| {
            let at = |by: f64| self.against(left(&measured.rows, &pulled(side * by)));
            let start = (self.allowed / weight).sqrt();
            let by = outwards(at, 0.0, |by| if by < 100.0 { (2.0 * by).max(start) } else { f64::INFINITY });
            by.map_or(side * f64::INFINITY, |by| measured.log_throughput(&pulled(side * by), workers))
        };
        (end(-1.0), end(1.0))
    }
}

/// Where the curve passes 1 on the way out; `None` when it does not.
fn outwards(at: impl Fn(f64) -> f64, from: f64, next: impl Fn(f64) -> f64) -> Option<f64> {
    let mut inner = from;
    for _ in 0..WIDEN {
        let outer = next(inner);
        if !outer.is_finite() {
            return None;
        }
        if at(outer) > 1.0 {
            return Some(crossing(&at, inner, outer));
        }
        inner = outer;
    }
    None
}

/// Where the curve passes 1 between a point where it is below and one where it is above: false position, with the
/// weight of an end that stays halved (M. Dowell and P. Jarratt, A modified regula falsi method for computing the
/// root of an equation, BIT 11, 1971), and halving where that is slow.
fn crossing(at: impl Fn(f64) -> f64, inner: f64, outer: f64) -> f64 {
    let (mut inner, mut below) = (inner, at(inner).min(1.0) - 1.0);
    let (mut outer, mut above) = (outer, at(outer).max(1.0) - 1.0);
    let mut stayed = 0_i32;
    for turn in 0..80 {
        if (outer - inner).abs() <= 1e-11 * (outer.abs() + inner.abs()) {
            break;
        }
        let share = if turn % 4 == 3 || above - below <= 0.0 { 0.5 } else { -below / (above - below) };
        let point = inner + share.clamp(0.0, 1.0) * (outer - inner);
        let value = at(point) - 1.0;
        if value.abs() <= 1e-8 {
            return point;
        }
        if value > 0.0 {
            (outer, above) = (point, value);
            below = if stayed > 0 { below / 2.0 } else { below };
            stayed = 1;
        } else {
            (inner, below) = (point, value);
            above = if stayed < 0 { above / 2.0 } else { above };
            stayed = -1;
        }
    }
    outer
}
