//! Runs that fall in two groups, a fast one and a slow one, on both sides: two kinds of machine, or two layouts of
//! memory. Which group a run fell in is luck, and says nothing about a change.

/// How many standard deviations within the groups lie between them at least. One group of a normal law, cut where
/// it fits best, shows 2.7 (6 in few runs, but seldom on both sides with one distance).
const DISTANCE: f64 = 6.0;

/// From how many standard errors on the shares of slow runs differ between the sides: 1 in 1,000 by luck.
const SHARES: f64 = 3.290_526_731_491_895;

/// The two groups of each side, in ascending order.
pub(crate) struct Modes {
    /// How far the slow runs lie above the fast ones.
    pub(crate) distance: f64,
    /// How many of the baseline's lowest values are its fast runs.
    pub(crate) baseline: usize,
    /// How many of head's.
    pub(crate) head: usize,
    /// What not knowing the distance exactly adds to the variance of the difference of the sides.
    pub(crate) variance: f64,
}

/// Finds the groups in ascending numbers: each side is cut in two where that takes most off its sum of squares (for two
/// groups the method of W. D. Fisher, On grouping for maximum homogeneity, Journal of the American Statistical
/// Association 53, 1958), and one distance fitted to both sides by least squares.
///
/// `None` when the groups are not clearly apart, or slow runs are more frequent on one side than luck explains: then
/// their frequency is part of the change.
pub(crate) fn modes(baseline: &[f64], head: &[f64]) -> Option<Modes> {
    let (one, other) = (Cut::best(baseline)?, Cut::best(head)?);
    let weight = one.weight + other.weight;
    let distance = (one.weight * one.distance + other.weight * other.distance) / weight;
    // What the one distance leaves of the squares around the means of the groups.
    let squares = one.within
        + other.within
        + one.weight * (one.distance - distance).powi(2)
        + other.weight * (other.distance - distance).powi(2);
    let (n, m) = (baseline.len() as f64, head.len() as f64);
    let variance = squares / (n + m - 3.0);
    // Groups that do not vary at all are steps of a counter or a clock, where the share is what is measured.
    let apart_by = distance / variance.sqrt();
    if variance == 0.0 || apart_by < DISTANCE || apart_by.is_nan() {
        return None;
    }
    let (slow, slow_head) = (n - one.fast as f64, m - other.fast as f64);
    let share = (slow + slow_head) / (n + m);
    let apart = slow_head / m - slow / n;
    if apart.powi(2) > SHARES.powi(2) * share * (1.0 - share) * (1.0 / n + 1.0 / m) {
        return None;
    }
    Some(Modes { distance, baseline: one.fast, head: other.fast, variance: apart.powi(2) * variance / weight })
}

/// A cut of one side in two.
struct Cut {
    /// How many values lie below it.
    fast: usize,
    /// The distance of the means on both sides of the cut.
    distance: f64,
    /// What the squared distance counts in the sum of squares.
    weight: f64,
    /// The sum of squares around the two means.
    within: f64,
}

impl Cut {
    fn best(ordered: &[f64]) -> Option<Self> {
        let n = ordered.len() as f64;
        let reference = ordered.first()?;
        let center = ordered.iter().map(|value| value - reference).sum::<f64>() / n + reference;
        let mut best: Option<(f64, usize, f64, f64)> = None;
        let mut below = 0.0;
        for (fast, value) in (1..ordered.len()).zip(ordered) {
            below += value - center;
            let (low, high) = (fast as f64, n - fast as f64);
            let distance = -below / low - below / high;
            let weight = low * high / n;
            let between = weight * distance * distance;
            if best.is_none_or(|(most, ..)| between > most) {
                best = Some((between, fast, distance, weight));
            }
        }
        let (_, fast, distance, weight) = best?;
        let (low, high) = ordered.split_at_checked(fast)?;
        Some(Self { fast, distance, weight, within: squares(low) + squares(high) })
    }
}

/// The sum of squares around the mean; exactly 0 for equal numbers.
fn squares(values: &[f64]) -> f64 {
    let reference = values.first().copied().unwrap_or(0.0);
    let mean = values.iter().map(|value| value - reference).sum::<f64>() / values.len() as f64 + reference;
    values.iter().map(|value| (value - mean).powi(2)).sum()
}
