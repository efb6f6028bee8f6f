//! From points to findings: steps, and the rivals that explain a series without a point to blame.

use super::fit::{Fit, Rough};
use super::groups::without_groups;
use super::level::{Scale, Step, residuals};
use super::mix::without_second_machine;
use super::newest::{Newest, newest};
use super::trend::{detrended, slope};
use super::{Drift, History};

/// The fewest points in which anything is looked for.
const FEWEST: usize = 6;

/// What a line costs against steps: its slope, and that it is looked for at all. In units of ln n.
const LINE_PENALTY: f64 = 3.0;

/// The share of all steps that must go one way for a line to be a rival.
const ONE_WAY: f64 = 0.4;

/// Everything found in points on their scale.
pub(super) fn find(points: &[f64], groups: Option<&[u32]>, scale: Scale) -> History {
    if points.len() < FEWEST {
        return History::default();
    }
    let ungrouped = groups.map(|groups| without_groups(points, groups));
    let points = ungrouped.as_deref().unwrap_or(points);
    let Some(rough) = Rough::of(points) else { return exact(points, scale) };
    let steps = Fit::learn(points, &rough);
    let freed = without_second_machine(points, &steps);
    let (points, steps) = match &freed {
        Some((freed, rough)) => (freed.as_slice(), Fit::learn(freed, rough)),
        None => (points, steps),
    };
    match line(points, &steps) {
        Some((slope, straight, fit)) => {
            let length = (points.len() - 1) as f64;
            let drift = Drift { change: scale.change(slope * length), per_point: scale.change(slope) };
            History { drift: Some(drift), ..report(&straight, fit, scale) }
        }
        None => report(points, steps, scale),
    }
}

/// The slope, the points without it, and their steps, where a line through everything explains more.
fn line(points: &[f64], steps: &Fit) -> Option<(f64, Vec<f64>, Fit)> {
    let sizes = steps.sizes(points);
    let (sum, way) = (sizes.iter().sum::<f64>(), sizes.iter().map(|size| size.abs()).sum::<f64>());
    if sizes.is_empty() || sum.abs() < ONE_WAY * way {
        return None;
    }
    let slope = slope(points);
    let straight = detrended(points, slope);
    let rough = Rough::of(&straight)?;
    let fit = Fit::learn(&straight, &rough);
    let spread = steps.noise.spread.min(fit.noise.spread);
    let penalty = LINE_PENALTY * libm::log(points.len() as f64);
    (fit.robust_cost(&straight, spread) + penalty < steps.robust_cost(points, spread)).then_some((slope, straight, fit))
}

fn report(points: &[f64], mut fit: Fit, scale: Scale) -> History {
    let left = residuals(points, &fit.starts);
    let mut suspect = None;
    match newest(points, fit.starts.last().copied().unwrap_or(0), &left, &fit.noise, scale) {
        Newest::Change(at) => fit.starts.push(at),
        Newest::Suspect(found) => suspect = Some(found),
        Newest::Usual => {}
    }
    History { changes: fit.report(points, scale), suspect, noise: fit.noise.spread, ..History::default() }
}

/// A series that is constant but for a few points: every jump counts, but for a single point after which the value is
/// what it was before.
fn exact(points: &[f64], scale: Scale) -> History {
    let mut levels: Vec<(usize, f64)> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let Some((start, level)) = levels.last().copied() else {
            levels.push((at, *point));
            continue;
        };
        if *point == level {
            continue;
        }
        let back =
            levels.len().checked_sub(2).and_then(|before| levels.get(before)).is_some_and(|(_, level)| level == point);
        if back && at - start == 1 {
            levels.pop();
        } else {
            levels.push((at, *point));
        }
    }
    let pairs = levels.iter().zip(levels.iter().skip(1));
    let changes = pairs.map(|((_, from), (at, to))| {
        let step = Step { size: to - from, error: 0.0 };
        step.report(scale, *at, (*at, *at))
    });
    History { changes: changes.collect(), ..History::default() }
}
