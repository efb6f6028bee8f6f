//! Where the level of a history changed. Must not know what the points are, or who made them.

mod fit;
mod grid;
mod groups;
mod law;
mod level;
mod mix;
mod newest;
mod search;
mod trend;

use level::Scale;
use search::find;

/// A series of single values, oldest first, and what is known about each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Series<'a> {
    /// The values, in any unit. Those that are not finite are left out, and counted.
    pub values: &'a [f64],
    /// The machine (or epoch) of each value, when it is known: any numbers, equal ones for equal machines. As long as
    /// `values`; anything else is taken as unknown.
    pub groups: Option<&'a [u32]>,
}

/// What a history says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// Where the level changed, oldest first.
    pub changes: Vec<ChangePoint>,
    /// A slow trend explains the series better than steps do: there is no point to blame.
    pub drift: Option<Drift>,
    /// The newest one or two points differ, and are too few to be a change: measure again.
    pub suspect: Option<Suspect>,
    /// The standard deviation of the noise around the levels, as a ratio; in the values' unit when one is 0 or below.
    pub noise: f64,
    /// Values that are not finite, and were left out.
    pub skipped: usize,
}

/// A lasting change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first value of the new level, counted from 0.
    pub index: usize,
    /// The earliest and the latest index that explain the series about as well.
    pub between: (usize, usize),
    /// The new level against the old one: new / old - 1 (new - old when a value is 0 or below).
    pub change: f64,
    /// The interval of the change, of 95 % confidence.
    pub interval: (f64, f64),
    /// How many standard errors the change is large; infinite between constant levels.
    pub strength: f64,
}

/// A slow trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The change over the whole series: last / first - 1 of the fitted line.
    pub change: f64,
    /// The change per point.
    pub per_point: f64,
}

/// The newest points look like a new level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspect {
    /// The first of them, counted from 0.
    pub index: usize,
    /// Their level against the one before, as in [`ChangePoint::change`].
    pub change: f64,
    /// How many noise standard deviations they lie away.
    pub strength: f64,
}

/// Finds the changes of level in a series.
pub fn detect(series: Series<'_>) -> History {
    let kept: Vec<usize> = (0..).zip(series.values).filter(|(_, value)| value.is_finite()).map(|(at, _)| at).collect();
    let values: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
    let skipped = series.values.len() - values.len();
    let scale = Scale::of(&values);
    let points: Vec<f64> = values.iter().map(|value| scale.point(*value)).collect();
    let groups: Option<Vec<u32>> = series
        .groups
        .filter(|groups| groups.len() == series.values.len())
        .map(|groups| kept.iter().filter_map(|at| groups.get(*at).copied()).collect());
    let mut history = find(&points, groups.as_deref(), scale);
    history.skipped = skipped;
    let original = |at: usize| kept.get(at).copied().unwrap_or(at);
    for change in &mut history.changes {
        change.index = original(change.index);
        change.between = (original(change.between.0), original(change.between.1));
    }
    if let Some(suspect) = &mut history.suspect {
        suspect.index = original(suspect.index);
    }
    history
}
