//! Where the level of a series changed on the main branch, and which commits that lies between.
//! Must not know: how that is found out (`bench-stats` does), or how it is shown.

use bench_model::time::Timestamp;
use bench_model::{Commit, Direction, Finite, RunId};
use serde::Serialize;

use crate::series::{Past, Point, Series};

/// What the runs of the main branch say about a series.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Findings {
    /// Lasting changes of level, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<LevelChange>,
    /// A slow trend explains the series better: there is no commit to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The newest one or two values differ, and are too few to be a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect: Option<Suspect>,
}

/// A lasting change of level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelChange {
    /// The first run of the new level.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// When it was appended.
    pub time: Timestamp,
    /// The commits between which it happened.
    pub between: Between,
    /// `new / old - 1`; `new - old` in the series' unit where a value is 0 or below (`absolute`).
    pub change: Finite,
    /// The ends of its interval of 95 % confidence, where they are finite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[Finite; 2]>,
    /// How many standard errors it is large; absent between constant levels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<Finite>,
    /// Whether `change` and `interval` are in the series' unit and no ratios.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absolute: bool,
    /// The commit of the run right before, when it is another one.
    #[serde(skip)]
    pub(crate) before: Option<Commit>,
    /// Its place in the series.
    #[serde(skip)]
    pub(crate) point: usize,
}

/// The commits between which a level changed: the last one that is surely on the old level, and the first one that is surely
/// on the new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Between {
    /// The last one before.
    pub good: Commit,
    /// The first one behind; git's range `good..bad` holds the one that did it.
    pub bad: Commit,
}

/// A slow trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// `last / first - 1` of the fitted line.
    pub change: Finite,
    /// The change for each run.
    pub per_run: Finite,
    /// The runs that it goes over.
    pub runs: u64,
}

/// Newest values that look like a new level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The first run of them.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// As in [`LevelChange::change`].
    pub change: Finite,
    /// How many standard deviations of the noise it is large; absent where there is no noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<Finite>,
    /// Whether `change` is in the series' unit and no ratio.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absolute: bool,
}

impl LevelChange {
    /// Whether it is one for the worse.
    pub(crate) fn is_loss(&self, direction: Direction) -> bool {
        match direction {
            Direction::HigherIsBetter => self.change.get() < 0.0,
            Direction::LowerIsBetter => self.change.get() > 0.0,
        }
    }
}

/// The points of a series that runs of the main branch made, each with its place in the series and its commit.
pub(crate) fn on_main<'p>(past: &'p Past, series: &'p Series) -> Vec<(usize, &'p Point, &'p Commit)> {
    let commit = |point: &Point| past.runs.get(point.run).and_then(|run| run.on_main.as_ref());
    let points = series.points.iter().enumerate();
    points.filter_map(|(place, point)| Some((place, point, commit(point)?))).collect()
}

/// What the main branch's part of a series says.
pub fn find_changes(past: &Past, series: &Series) -> Findings {
    let main = on_main(past, series);
    let values: Vec<f64> = main.iter().map(|(_, point, _)| point.value.get()).collect();
    // A series lies in one epoch: there are no groups to tell apart.
    let found = bench_stats::detect(bench_stats::Series { values: &values, groups: None });
    let absolute = values.iter().any(|value| *value <= 0.0);
    let finite = |value: f64| Finite::try_from(value).ok();
    let commit = |index: usize| main.get(index).map(|(_, _, commit)| (*commit).clone());
    let run = |index: usize| main.get(index).and_then(|(_, point, _)| past.runs.get(point.run));
    let change = |change: &bench_stats::ChangePoint| {
        let (run, (first, last)) = (run(change.index)?, change.between);
        let own = commit(change.index)?;
        Some(LevelChange {
            run_id: run.run_id.clone(),
            time: run.time,
            between: Between { good: commit(first.max(1) - 1)?, bad: commit(last)? },
            change: finite(change.change)?,
            interval: finite(change.interval.0).zip(finite(change.interval.1)).map(|(lower, upper)| [lower, upper]),
            strength: finite(change.strength),
            absolute,
            before: commit(change.index.checked_sub(1)?).filter(|before| *before != own),
            commit: own,
            point: main.get(change.index)?.0,
        })
    };
    let drift = |drift: bench_stats::Drift| {
        let (change, per_run) = (finite(drift.change)?, finite(drift.per_point)?);
        Some(Drift { change, per_run, runs: values.len() as u64 })
    };
    let suspect = |suspect: bench_stats::Suspect| {
        let (run_id, commit) = (run(suspect.index)?.run_id.clone(), commit(suspect.index)?);
        let (change, strength) = (finite(suspect.change)?, finite(suspect.strength));
        Some(Suspect { run_id, commit, change, strength, absolute })
    };
    Findings {
        changes: found.changes.iter().filter_map(change).collect(),
        drift: found.drift.and_then(drift),
        suspect: found.suspect.and_then(suspect),
    }
}
