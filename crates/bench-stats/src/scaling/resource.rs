//! What a resource costs per unit of load: a straight line.
//! Must not know: which resource, or what load.

use super::{Estimate, LEVEL};
use crate::ordered::ordered;
use crate::spread::{student, student_tails};

/// Levels of load that a line needs: two more than it has numbers, so that a bend shows.
pub const LEAST_LEVELS: usize = 4;

/// A bend less likely than this is no accident.
const REFUSE: f64 = 0.01;

/// A bend of less than this share of what the resource changes by does not matter; that of a pure square is a sixth.
const MATTERS: f64 = 0.05;

/// Levels closer than this share of the range are one.
const APART: f64 = 1e-9;

/// A straight line of a resource over load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResourceLine {
    /// What one unit of load adds, in the resource's unit; `slope.times(1000.0)` is what 1,000 add.
    pub slope: Estimate,
    /// What is used without load, in the resource's unit: where the line begins, which is not a measurement.
    pub intercept: Estimate,
    /// The standard error of a reading around the line, in the resource's unit.
    pub residual_error: f64,
    /// How many levels of load there are.
    pub levels: usize,
}

/// Why no line is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoLine {
    /// A number is not finite or too large to be squared, or the loads lie too close together for a slope.
    Unusable,
    /// Too few levels of load.
    TooFew {
        /// How many there are.
        levels: usize,
        /// How many there must be, [`LEAST_LEVELS`].
        least: usize,
    },
    /// The readings bend.
    NotLinear {
        /// The probability of such a bend along a line.
        p: f64,
        /// How far the bend lies off the line at most, as a share of what the resource changes by.
        bend: f64,
    },
}

/// A least-squares line through `(load, resource)`, with Student's intervals at 95 % (N. R. Draper and H. Smith, Applied
/// Regression Analysis, 3rd edition, Wiley 1998). Readings must be independent of each other: one per run and level,
/// not every sample of a run.
///
/// Refused when a square term is there beyond accident (t test, 1 %) and bends the line by a twentieth of what the
/// resource changes by.
pub fn resource_line(readings: &[(f64, f64)]) -> Result<ResourceLine, NoLine> {
    let mut sorted = readings.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let limit = 1e100;
    if sorted.iter().any(|(load, value)| !(load.abs() <= limit && value.abs() <= limit)) {
        return Err(NoLine::Unusable);
    }
    let mut loads = ordered(sorted.iter().map(|(load, _)| *load + 0.0));
    let range = loads.last().zip(loads.first()).map_or(0.0, |(most, least)| most - least);
    loads.dedup_by(|next, load| *next - *load <= range * APART);
    if loads.len() < LEAST_LEVELS {
        return Err(NoLine::TooFew { levels: loads.len(), least: LEAST_LEVELS });
    }
    let n = sorted.len() as f64;
    let x: Vec<f64> = sorted.iter().map(|(load, _)| *load).collect();
    let y: Vec<f64> = sorted.iter().map(|(_, value)| *value).collect();
    let (x_mean, y_mean) = (mean(&x), mean(&y));
    // In halves of the range: no square then depends on the unit.
    let width = loads.iter().map(|load| (load - x_mean).abs()).fold(0.0, f64::max);
    let along: Vec<f64> = x.iter().map(|x| (x - x_mean) / width).collect();
    let around: Vec<f64> = y.iter().map(|y| y - y_mean).collect();
    let (rise, residuals) = take_off(&around, &along);
    let squares = product(&along, &along);
    let size = y.iter().map(|y| y.abs()).fold(0.0, f64::max);
    straight(&along, &around, &residuals, size)?;
    let variance = (product(&residuals, &residuals) / (n - 2.0)).max(rounding(size));
    let t = student(LEVEL, n - 2.0).unwrap_or(f64::INFINITY);
    let from_zero = x_mean / width;
    let half_slope = t * (variance / squares).sqrt() / width;
    let half_intercept = t * (variance * (1.0 / n + from_zero * from_zero / squares)).sqrt();
    let estimate = |value: f64, half: f64| Estimate { value, lower: value - half, upper: value + half };
    let slope = estimate(rise / width, half_slope);
    let intercept = estimate(y_mean - rise * from_zero, half_intercept);
    let finite = [slope.lower, slope.upper, intercept.lower, intercept.upper].iter().all(|end| end.is_finite());
    let line = ResourceLine { slope, intercept, residual_error: variance.sqrt(), levels: loads.len() };
    finite.then_some(line).ok_or(NoLine::Unusable)
}

/// Whether the square of the load adds nothing.
fn straight(along: &[f64], around: &[f64], residuals: &[f64], size: f64) -> Result<(), NoLine> {
    let square: Vec<f64> = along.iter().map(|along| along * along).collect();
    let middle = mean(&square);
    let centred: Vec<f64> = square.iter().map(|square| square - middle).collect();
    let (_, bent) = take_off(&centred, along);
    let (curvature, left) = take_off(residuals, &bent);
    let variance = (product(&left, &left) / (along.len() as f64 - 3.0)).max(rounding(size));
    let t = curvature / (variance / product(&bent, &bent)).sqrt();
    let p = if t.is_finite() { student_tails(t, along.len() as f64 - 3.0) } else { 1.0 };
    let furthest = bent.iter().map(|bent| (bent * curvature).abs()).fold(0.0, f64::max);
    let change =
        around.iter().copied().fold(f64::NEG_INFINITY, f64::max) - around.iter().copied().fold(f64::INFINITY, f64::min);
    let bend = if change > 0.0 { furthest / change } else { 0.0 };
    if p < REFUSE && bend > MATTERS { Err(NoLine::NotLinear { p, bend }) } else { Ok(()) }
}

/// The variance that rounding alone leaves in numbers of that size.
fn rounding(size: f64) -> f64 {
    let error = size * 1e-14;
    (error * error).max(f64::MIN_POSITIVE)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().map(|value| value / values.len() as f64).sum()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// How many times `direction` is in the values, and what is left without it.
fn take_off(values: &[f64], direction: &[f64]) -> (f64, Vec<f64>) {
    let times = product(values, direction) / product(direction, direction);
    (times, values.iter().zip(direction).map(|(value, along)| value - times * along).collect())
}
