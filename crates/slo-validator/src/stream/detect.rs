//! The changes of level in a history.

use bench_model::verdict::Verdict;
use bench_stats::History;
use serde::Serialize;

use super::args::DetectArgs;
use super::flow::{Items, Verb};
use super::number::{rounded, rounded_ratio};
use super::series::{Id, Series};
use super::series_table;

/// The verb `detect`.
pub(super) struct Detect {
    higher_is_better: bool,
}

/// One line of output. Changes and noise are ratios, 0.03 is 3 %; in the values' unit where one is 0 or below.
#[derive(Debug, Serialize)]
pub(super) struct SeriesAnswer {
    id: Id,
    change_points: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Drift>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspect: Option<Suspect>,
    noise: f64,
    #[serde(skip_serializing_if = "is_zero")]
    skipped: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Debug, Serialize)]
struct Change {
    index: usize,
    between: (usize, usize),
    change: f64,
    ci: (f64, f64),
    /// In standard errors; null between constant levels, where it is infinite.
    strength: f64,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Id>,
}

#[derive(Debug, Serialize)]
struct Drift {
    change: f64,
    per_point: f64,
}

#[derive(Debug, Serialize)]
struct Suspect {
    index: usize,
    change: f64,
    strength: f64,
}

impl Detect {
    pub(super) fn new(args: &DetectArgs) -> Self {
        Self { higher_is_better: args.stream.higher_is_better }
    }

    /// Without any flag.
    pub(super) fn usual() -> Self {
        Self { higher_is_better: false }
    }
}

impl Verb for Detect {
    type Question = Series;
    type Answer = SeriesAnswer;

    fn read_json(&self, number: u64, json: &[u8]) -> Result<Series, String> {
        Series::from_json(number, json, self.higher_is_better)
    }

    fn read_csv(&self, bytes: &[u8]) -> Result<Items<Series>, String> {
        series_table::from_csv(bytes, self.higher_is_better)
    }

    fn read_columns(&self, bytes: &[u8]) -> Items<Series> {
        series_table::from_columns(bytes, self.higher_is_better)
    }

    fn answer(&self, series: Series) -> SeriesAnswer {
        let history =
            bench_stats::detect(bench_stats::Series { values: &series.values, groups: series.groups.as_deref() });
        answer(series, history)
    }
}

fn answer(series: Series, history: History) -> SeriesAnswer {
    // Changes are ratios only where all values are above 0, and only ratios have a smallest digit that means something.
    let ratios = series.values.iter().all(|value| *value > 0.0 || !value.is_finite());
    let digits = if ratios { rounded_ratio } else { rounded };
    let commit = |index: usize| series.commits.as_ref().and_then(|commits| commits.get(index).cloned().flatten());
    let change_points = history.changes.iter().map(|change| Change {
        index: change.index,
        between: change.between,
        change: digits(change.change),
        ci: (digits(change.interval.0), digits(change.interval.1)),
        strength: rounded(change.strength),
        verdict: match (change.change > 0.0) == series.higher_is_better {
            true => Verdict::Improved,
            false => Verdict::Regressed,
        },
        commit: commit(change.index),
    });
    SeriesAnswer {
        change_points: change_points.collect(),
        drift: history.drift.map(|drift| Drift { change: digits(drift.change), per_point: digits(drift.per_point) }),
        suspect: history.suspect.map(|suspect| Suspect {
            index: suspect.index,
            change: digits(suspect.change),
            strength: rounded(suspect.strength),
        }),
        noise: digits(history.noise),
        skipped: history.skipped,
        id: series.id,
    }
}
