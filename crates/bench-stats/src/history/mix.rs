//! A second machine as the rival of steps: a series that jumps between the same two levels again and again was measured in
//! two places, or in two states of one. Nothing changed then but where it ran.
//!
//! A hidden Markov chain of two states (Rabiner, A tutorial on hidden Markov models, Proc. IEEE 77, 1989) beside the levels:
//! both are found together by the dynamic programme over the grid, and the explanation is taken when its likelihood, with
//! what its parameters cost, beats that of the steps.

use super::fit::{Fit, Rough};
use super::grid::{Grid, most_levels};
use super::level::{median, residuals, robust, segments};

/// What a change costs, and the second machine as a whole, in units of ln n.
const PENALTY: f64 = 2.2;
const MACHINE_PENALTY: f64 = 4.5;
/// Beyond how many standard deviations a point is an outlier on either machine.
const OUTLIER: f64 = 4.0;
/// The fewest turns from one machine to the other. A regression and its repair are two.
const TURNS: usize = 4;
/// The most points in a row, on average, that come from one machine: what lasts longer is a level.
const DWELL: f64 = 40.0;
/// The least share of points on the rarer machine.
const SHARE: f64 = 0.05;
/// The points that are enough to see two clusters.
const ENOUGH: usize = 4096;
/// How many standard deviations the machines must lie apart.
const APART: f64 = 2.5;

/// The points freed from the second machine, with their rough spread; `None` when steps alone explain more.
pub(super) fn without_second_machine(points: &[f64], steps: &Fit) -> Option<(Vec<f64>, Rough)> {
    let tried = shifts(&residuals(points, &steps.starts), &steps.sizes(points));
    let mut best = steps.likelihood_cost(points);
    let mut freed = None;
    for shift in tried {
        if let Some((found, cost)) = explain(points, shift)
            && cost < best
        {
            (best, freed) = (cost, Some(found));
        }
    }
    let freed = freed?;
    let rough = Rough::of(&freed)?;
    Some((freed, rough))
}

/// How far the second machine may lie above the first: from the residuals around the levels found, and from the sizes of
/// steps that mostly turn back.
fn shifts(residuals: &[f64], sizes: &[f64]) -> Vec<f64> {
    let mut found: Vec<f64> = two_clusters(residuals).into_iter().collect();
    let turns = sizes.iter().zip(sizes.iter().skip(1)).filter(|(a, b)| a.signum() != b.signum()).count();
    let often = residuals.len() as f64 <= DWELL * (sizes.len() + 1) as f64;
    if often && sizes.len() >= 3 && 3 * turns >= 2 * (sizes.len() - 1) {
        found.push(median(&sizes.iter().map(|size| size.abs()).collect::<Vec<_>>()));
    }
    found
}

/// The distance of two clusters that lie far apart against their own spread; the split is the one of the largest variance
/// between them (Otsu, IEEE Trans. Syst. Man Cybern. 9, 1979).
fn two_clusters(points: &[f64]) -> Option<f64> {
    // Of a long series every so many points say enough.
    let mut sorted: Vec<f64> = points.iter().copied().step_by(points.len() / ENOUGH + 1).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let reference = sorted.first().copied()?;
    let total: f64 = sorted.iter().map(|point| point - reference).sum();
    let (mut sum, mut most, mut split) = (0.0, 0.0, 0);
    for (count, point) in (1_usize..).zip(&sorted) {
        sum += point - reference;
        let (left, right) = (count as f64, n - count as f64);
        if right > 0.0 {
            let between = left * right * (sum / left - (total - sum) / right).powi(2);
            if between > most {
                (most, split) = (between, count);
            }
        }
    }
    let (low, high) = sorted.split_at_checked(split)?;
    if (low.len().min(high.len()) as f64) < 0.08 * n {
        return None;
    }
    let spread = |part: &[f64]| {
        let middle = median(part);
        median(&part.iter().map(|point| (point - middle).abs()).collect::<Vec<_>>()) * 1.4826
    };
    let distance = median(high) - median(low);
    (distance > 3.0 * spread(low).max(spread(high))).then_some(distance)
}

/// The points freed from a second machine about `shift` above the first, and what that explanation costs.
fn explain(points: &[f64], shift: f64) -> Option<(Vec<f64>, f64)> {
    // Neighbours that differ by less than half the shift share a machine.
    let jumps = points.iter().zip(points.iter().skip(1)).map(|(a, b)| (b - a).abs());
    let near: Vec<f64> = jumps.filter(|jump| *jump < shift / 2.0).collect();
    let mut spread = median(&near) / (0.6745 * std::f64::consts::SQRT_2);
    let (mut shift, mut turning) = (shift, 0.2);
    let mut best: Option<(Vec<f64>, f64)> = None;
    // Twice: the second time with what the first one learned.
    for _ in 0..2 {
        if !(spread > 0.0 && shift > APART * spread) {
            break;
        }
        let machines = Machines::place(points, spread, shift, turning);
        let n = points.len() as f64;
        let turns = machines.second.iter().zip(machines.second.iter().skip(1)).filter(|(a, b)| a != b).count();
        let seconds = machines.second.iter().filter(|second| **second).count();
        if turns < TURNS || n > DWELL * (turns + 1) as f64 || (seconds.min(points.len() - seconds) as f64) <= SHARE * n
        {
            break;
        }
        turning = ((turns as f64 + 0.5) / n).min(0.5);
        let chain = turns as f64 * -libm::log(turning) + (n - turns as f64) * -libm::log(1.0 - turning);
        // Normalised, so that laws of different width compare.
        let width = n * libm::log(spread * (2.0 * std::f64::consts::PI).sqrt());
        let cost = machines.cost + chain + width + MACHINE_PENALTY * libm::log(n);
        let left: Vec<f64> = residuals(&machines.freed, &machines.starts).iter().map(|left| left.abs()).collect();
        let apart = machines.apart(points);
        if best.as_ref().is_none_or(|(_, least)| cost < *least) {
            best = Some((machines.freed, cost));
        }
        let Some(apart) = apart else { break };
        (spread, shift) = (median(&left) / 0.6745, apart);
    }
    best
}

/// Points placed on two machines.
struct Machines {
    starts: Vec<usize>,
    /// Whether each point comes from the higher one.
    second: Vec<bool>,
    /// The points, those of the higher machine lowered.
    freed: Vec<f64>,
    /// What points and changes cost.
    cost: f64,
}

impl Machines {
    fn place(points: &[f64], spread: f64, shift: f64, turning: f64) -> Self {
        let penalty = PENALTY * libm::log(points.len() as f64);
        let grid = Grid::new(points, spread, most_levels(points.len()));
        let table = grid.table(|left| robust(left, OUTLIER));
        let starts = grid.segment_two(&table, penalty, shift / spread, -libm::log(1.0 - turning), -libm::log(turning));
        let mut placed = Self {
            second: Vec::with_capacity(points.len()),
            freed: Vec::with_capacity(points.len()),
            cost: penalty * starts.len() as f64,
            starts: Vec::new(),
        };
        for (from, to) in segments(&starts, points.len()) {
            let part = points.get(from..to).unwrap_or_default();
            let level = lower_level(part, spread, shift);
            for point in part {
                let second = (point - level - shift).abs() < (point - level).abs();
                let freed = if second { point - shift } else { *point };
                placed.second.push(second);
                placed.cost += robust((freed - level) / spread, OUTLIER);
                placed.freed.push(freed);
            }
        }
        Self { starts, ..placed }
    }

    /// How far the machines lie apart in segments that saw both.
    fn apart(&self, points: &[f64]) -> Option<f64> {
        let mut all = Vec::new();
        for (from, to) in segments(&self.starts, points.len()) {
            let part = points.iter().zip(&self.second).take(to).skip(from);
            let (high, low): (Vec<_>, Vec<_>) = part.partition(|(_, second)| **second);
            if low.len() >= 3 && high.len() >= 3 {
                let level =
                    |side: Vec<(&f64, &bool)>| median(&side.iter().map(|(point, _)| **point).collect::<Vec<_>>());
                all.push(level(high) - level(low));
            }
        }
        (!all.is_empty()).then(|| median(&all))
    }
}

/// The level of the lower machine that explains a segment best.
fn lower_level(part: &[f64], spread: f64, shift: f64) -> f64 {
    let mut sorted = part.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let cost = |level: f64| -> f64 {
        let costs = sorted.iter().map(|point| (point - level).abs().min((point - level - shift).abs()) / spread);
        costs.map(|left| robust(left, OUTLIER)).sum()
    };
    let tenth = |tenth: usize| sorted.get((sorted.len() - 1) * tenth / 10).copied().unwrap_or(0.0);
    let tried = (0..=10).map(tenth).flat_map(|level| [level, level - shift]).map(|level| (cost(level), level));
    let level = tried.min_by(|(a, _), (b, _)| a.total_cmp(b)).map_or(0.0, |(_, level)| level);
    let freed =
        |point: &f64| if (point - level - shift).abs() < (point - level).abs() { point - shift } else { *point };
    median(&sorted.iter().map(freed).collect::<Vec<_>>())
}
