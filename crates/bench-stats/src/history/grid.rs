//! The best segmentation of a series by dynamic programming over a grid of levels.
//!
//! Minimises the sum of the cost of each point's distance from its segment's level, plus a penalty for each change. The
//! functional recursion is the one of Rigaill (A pruned dynamic programming algorithm to recover the best segmentations
//! with 1 to K_max change-points, J. Soc. Fr. Stat. 156, 2015) and of Fearnhead & Rigaill (Changepoint detection in the
//! presence of outliers, JASA 114, 2019): F_t(g) = min(F_{t-1}(g), min F_{t-1} + penalty) + cost(y_t - g). Held on a grid
//! it needs no shape of the cost, and runs over contiguous memory without branches.

/// Grid steps in a unit.
const STEPS: f64 = 5.0;
/// Positions of a point between two grid levels.
const FINE: usize = 4;
/// Levels that are worked on side by side.
const LANES: usize = 16;
/// How far beyond the grid a point is told apart, in units.
const REACH: f64 = 12.0;

/// The cost of a distance, tabulated.
pub(super) struct Table {
    /// For each fine position: costs by level distance, the level growing.
    phases: Vec<Vec<f32>>,
    levels: usize,
    reach: usize,
}

/// The most levels that are worth their time in a series of so many points.
pub(super) fn most_levels(points: usize) -> usize {
    (12_800_000 / points.max(1)).clamp(128, 4096)
}

/// Levels and the points' positions among them.
pub(super) struct Grid {
    levels: usize,
    reach: usize,
    /// Fine position of each point, from the lowest point told apart.
    places: Vec<usize>,
    step: f64,
}

impl Grid {
    /// A grid over `points`, in units of `unit`, with at most `most` levels.
    pub(super) fn new(points: &[f64], unit: f64, most: usize) -> Self {
        let mut sorted = points.to_vec();
        let low = super::level::quantile(&mut sorted, 0.005);
        let high = super::level::quantile(&mut sorted, 0.995);
        let span = ((high - low) / unit).max(0.0);
        let step = (1.0 / STEPS).max(span / (most.saturating_sub(2)) as f64);
        // Whole lanes, so that no loop has a rest; the levels added lie above.
        let levels = ((span / step).ceil() as usize + 2).next_multiple_of(LANES);
        let reach = (REACH / step).ceil() as usize;
        let last = ((levels + 2 * reach) * FINE - 1) as f64;
        let fine = unit * step / FINE as f64;
        let place = |point: &f64| ((point - low) / fine + (reach * FINE) as f64).round().clamp(0.0, last) as usize;
        Self { levels, reach, places: points.iter().map(place).collect(), step }
    }

    /// Tabulates a cost of distances in units.
    pub(super) fn table(&self, cost: impl Fn(f64) -> f64) -> Table {
        let fine = self.step / FINE as f64;
        let width = 2 * (self.levels + self.reach);
        let middle = (self.levels + self.reach) as f64;
        let of = |phase: usize| {
            (0..width).map(|at| cost((phase as f64 - (at as f64 - middle) * FINE as f64) * fine) as f32).collect()
        };
        Table { phases: (0..FINE).map(of).collect(), levels: self.levels, reach: self.reach }
    }

    /// The first indices of the segments after the first one, and nothing else.
    pub(super) fn segment(&self, table: &Table, penalty: f64) -> Vec<usize> {
        let penalty = penalty as f32;
        let mut best = vec![0.0_f32; self.levels];
        let mut from = vec![0_u32; self.levels];
        let mut starts: Vec<u32> = Vec::with_capacity(self.places.len());
        let mut least = 0.0_f32;
        for (at, place) in (0_u32..).zip(&self.places) {
            if least > 1e3 {
                best.iter_mut().for_each(|value| *value -= least);
                least = 0.0;
            }
            let limit = least + penalty;
            let mut lanes = [f32::INFINITY; LANES];
            let chunks = best.chunks_exact_mut(LANES).zip(from.chunks_exact_mut(LANES));
            for ((values, froms), costs) in chunks.zip(table.costs(*place).chunks_exact(LANES)) {
                for (((value, from), cost), lane) in values.iter_mut().zip(froms).zip(costs).zip(&mut lanes) {
                    let anew = *value > limit;
                    *from = if anew { at } else { *from };
                    *value = if anew { limit } else { *value } + cost;
                    *lane = if *value < *lane { *value } else { *lane };
                }
            }
            least = lanes.into_iter().fold(f32::INFINITY, f32::min);
            let start = position(&best, least).and_then(|at| from.get(at)).copied().unwrap_or(0);
            starts.push(start);
        }
        backtrack(&starts)
    }

    /// As [`Grid::segment`], where each point may come from a second machine whose level lies `shift` units above; `stay`
    /// and `switch` are the costs of the next point coming from the same or from the other machine.
    pub(super) fn segment_two(&self, table: &Table, penalty: f64, shift: f64, stay: f64, switch: f64) -> Vec<usize> {
        let (penalty, stay, switch) = (penalty as f32, stay as f32, switch as f32);
        let shift = (shift / self.step * FINE as f64).round() as usize;
        let mut one = vec![0.0_f32; self.levels];
        let mut two = vec![0.0_f32; self.levels];
        let mut from_one = vec![0_u32; self.levels];
        let mut from_two = vec![0_u32; self.levels];
        let mut starts: Vec<u32> = Vec::with_capacity(self.places.len());
        let mut least = 0.0_f32;
        for (at, place) in (0_u32..).zip(&self.places) {
            if least > 1e3 {
                one.iter_mut().chain(&mut two).for_each(|value| *value -= least);
                least = 0.0;
            }
            let limit = least + penalty;
            let costs = table.costs(*place).iter().zip(table.costs(place.saturating_sub(shift)));
            let states = one.iter_mut().zip(&mut two).zip(from_one.iter_mut().zip(&mut from_two));
            for (((a, b), (from_a, from_b)), (cost_a, cost_b)) in states.zip(costs) {
                let (stay_a, to_a, stay_b, to_b) = (*a + stay, *b + switch, *b + stay, *a + switch);
                let (mut next_a, mut start_a) = if to_a < stay_a { (to_a, *from_b) } else { (stay_a, *from_a) };
                let (mut next_b, mut start_b) = if to_b < stay_b { (to_b, *from_a) } else { (stay_b, *from_b) };
                if next_a > limit {
                    (next_a, start_a) = (limit, at);
                }
                if next_b > limit {
                    (next_b, start_b) = (limit, at);
                }
                (*a, *b, *from_a, *from_b) = (next_a + cost_a, next_b + cost_b, start_a, start_b);
            }
            let (least_one, least_two) = (minimum(&one), minimum(&two));
            least = if least_two < least_one { least_two } else { least_one };
            let (values, from) = if least_two < least_one { (&two, &from_two) } else { (&one, &from_one) };
            let start = position(values, least).and_then(|at| from.get(at)).copied().unwrap_or(0);
            starts.push(start);
        }
        backtrack(&starts)
    }
}

/// From the start of the segment that ends at each point to the starts of the best segmentation, without 0.
fn backtrack(starts: &[u32]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut end = starts.len();
    while let Some(start) = end.checked_sub(1).and_then(|last| starts.get(last)).map(|start| *start as usize) {
        if start == 0 {
            break;
        }
        found.push(start);
        end = start;
    }
    found.reverse();
    found
}

impl Table {
    /// The costs of a point for every level.
    fn costs(&self, place: usize) -> &[f32] {
        let (whole, phase) = (place / FINE, place % FINE);
        // Level g lies at whole position g + reach.
        let from = self.levels + 2 * self.reach - whole;
        self.phases.get(phase).and_then(|costs| costs.get(from..from + self.levels)).unwrap_or_default()
    }
}

/// The least value, in independent lanes.
fn minimum(values: &[f32]) -> f32 {
    let mut lanes = [f32::INFINITY; LANES];
    for chunk in values.chunks_exact(LANES) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value < *lane { *value } else { *lane };
        }
    }
    lanes.into_iter().fold(f32::INFINITY, f32::min)
}

/// The first place of a value.
fn position(values: &[f32], wanted: f32) -> Option<usize> {
    let chunk =
        values.chunks(LANES).position(|chunk| chunk.iter().fold(false, |found, value| found | (*value == wanted)))?;
    let rest = values.get(LANES * chunk..)?;
    rest.iter().position(|value| *value == wanted).map(|at| LANES * chunk + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(left: f64) -> f64 {
        0.5 * (left * left).min(9.0)
    }

    /// The least cost of any segmentation, every segment's level tried on a fine grid: no dynamic programme over levels.
    fn by_trying(points: &[f64], penalty: f64) -> f64 {
        let segment = |part: &[f64]| {
            let levels = (-400..400).map(|level| f64::from(level) * 0.05);
            levels.map(|level| part.iter().map(|point| cost(point - level)).sum::<f64>()).fold(f64::INFINITY, f64::min)
        };
        let mut best = vec![0.0_f64];
        for end in 1..=points.len() {
            let costs = (0..end)
                .map(|start| best[start] + segment(&points[start..end]) + if start > 0 { penalty } else { 0.0 });
            best.push(costs.fold(f64::INFINITY, f64::min));
        }
        *best.last().unwrap()
    }

    #[test]
    fn no_other_segmentation_costs_less() {
        let mut state = 42_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for _ in 0..10 {
            let (at, size) = ((uniform() * 20.0) as usize + 5, uniform() * 8.0 - 4.0);
            let points: Vec<f64> = (0..30).map(|n| 4.0 * uniform() - 2.0 + if n >= at { size } else { 0.0 }).collect();
            let grid = Grid::new(&points, 1.0, 4096);
            let starts = grid.segment(&grid.table(cost), 6.0);
            let bounds: Vec<_> = super::super::level::segments(&starts, points.len()).collect();
            let found: f64 = bounds.iter().map(|(from, to)| by_trying(&points[*from..*to], 1e9)).sum::<f64>()
                + 6.0 * starts.len() as f64;
            // The grid's levels lie a fifth of a unit apart.
            assert!(found <= by_trying(&points, 6.0) + 0.15, "{starts:?}");
        }
    }

    #[test]
    fn with_no_way_to_switch_the_second_machine_is_not_used() {
        let points = [0.0, 0.1, -0.1, 5.0, 5.1, 4.9, 5.0, 5.2, 0.0, 0.1];
        let grid = Grid::new(&points, 1.0, 4096);
        let table = grid.table(cost);
        assert_eq!(grid.segment(&table, 3.0), [3, 8]);
        assert_eq!(grid.segment_two(&table, 3.0, 5.0, 0.0, 1e6), [3, 8]);
        assert_eq!(grid.segment_two(&table, 3.0, 5.0, 0.1, 0.5), Vec::<usize>::new());
    }
}
