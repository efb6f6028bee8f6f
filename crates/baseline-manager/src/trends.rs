//! How each metric went over the history: figures, and where its level changed.
//! Must not know: how they are shown.

use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{Direction, Finite, MetricName, Unit};
use serde::Serialize;

use crate::changes::{Findings, find_changes};
use crate::series::{Past, Series, SeriesKey};
use crate::sparkline::{marks, sparkline};

/// How a metric went in one environment and mode. Values are in the base unit, changes are ratios (0.05 is 5 % more).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The metric.
    pub metric: MetricName,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// Complete and whole runs that measured it.
    pub runs: u64,
    /// When the first run was appended.
    pub first_time: Timestamp,
    /// When the last run was appended.
    pub last_time: Timestamp,
    /// The oldest value.
    pub first: Finite,
    /// The newest value.
    pub last: Finite,
    /// The middle value; with an even count the mean of the middle two.
    pub median: Finite,
    /// The smallest value.
    pub min: Finite,
    /// The largest value.
    pub max: Finite,
    /// `last / first - 1`; absent where that is not defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// The value in the promotion in force of the same environment and mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Finite>,
    /// `last / baseline - 1`; absent where that is not defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_to_baseline: Option<Finite>,
    /// The newest values as a line of blocks, scaled between their own least and largest. For people.
    pub sparkline: String,
    /// A `^` below each block where a new level begins. For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub marks: String,
    /// Where the level changed, as the runs of the main branch say.
    #[serde(flatten)]
    pub findings: Findings,
}

/// The figures of each series, ordered by metric, environment and mode. A series without values gives none.
pub fn calculate_performance_trends(past: &Past) -> Vec<Trend> {
    past.series.iter().filter_map(|(key, series)| trend(past, key, series)).collect()
}

fn trend(past: &Past, key: &SeriesKey, series: &Series) -> Option<Trend> {
    let values: Vec<Finite> = series.points.iter().map(|point| point.value).collect();
    let (first, last) = (*values.first()?, *values.last()?);
    let mut sorted: Vec<f64> = values.iter().map(|value| value.get()).collect();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let (lower, upper) = (*sorted.get((sorted.len() - 1) / 2)?, *sorted.get(sorted.len() / 2)?);
    let time = |place: usize| past.runs.get(place).map(|run| run.time);
    let findings = find_changes(past, series);
    Some(Trend {
        metric: key.metric.clone(),
        epoch: key.epoch.clone(),
        mode: key.mode,
        unit: key.unit,
        direction: series.direction,
        runs: values.len() as u64,
        first_time: time(series.points.first()?.run)?,
        last_time: time(series.points.last()?.run)?,
        first,
        last,
        // Halved first: the sum of two finite values need not be finite.
        median: Finite::try_from(lower / 2.0 + upper / 2.0).ok()?,
        min: Finite::try_from(min).ok()?,
        max: Finite::try_from(max).ok()?,
        change: ratio(last, first),
        baseline: series.baseline,
        change_to_baseline: series.baseline.and_then(|baseline| ratio(last, baseline)),
        sparkline: sparkline(&values),
        marks: marks(values.len(), findings.changes.iter().map(|change| change.point)),
        findings,
    })
}

/// `value / reference - 1`; `None` where that is not defined.
pub(crate) fn ratio(value: Finite, reference: Finite) -> Option<Finite> {
    let defined = reference.get() > 0.0 && value.get() >= 0.0;
    defined.then(|| Finite::try_from(value.get() / reference.get() - 1.0).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use bench_model::verdict::Verdict;

    use super::*;
    use crate::series::{PastRun, Point};

    fn trend_of(values: &[f64], baseline: Option<f64>) -> Option<Trend> {
        let finite = |value: f64| Finite::try_from(value).unwrap();
        let (metric, epoch) = ("m".parse().unwrap(), Epoch("e".into()));
        let key = SeriesKey { metric, epoch, mode: Mode::Full, unit: Unit::BytesPerSecond };
        let point = |(run, value): (usize, &f64)| Point { run, value: finite(*value), verdict: Verdict::Unchanged };
        let series = Series {
            direction: Direction::HigherIsBetter,
            points: values.iter().enumerate().map(point).collect(),
            baseline: baseline.map(finite),
        };
        let run = |place: usize| PastRun {
            run_id: format!("run-{place}").parse().unwrap(),
            time: Timestamp::from_unix(60 * place as i64),
            on_main: None,
        };
        let past = Past { runs: (0..values.len()).map(run).collect(), series: [(key, series)].into() };
        calculate_performance_trends(&past).into_iter().next()
    }

    #[test]
    fn figures_of_a_short_series_are_those_counted_by_hand() {
        let trend = trend_of(&[4.0, 1.0, 3.0, 6.0], Some(8.0)).unwrap();
        assert_eq!((trend.runs, trend.first.get(), trend.last.get()), (4, 4.0, 6.0));
        assert_eq!((trend.median.get(), trend.min.get(), trend.max.get()), (3.5, 1.0, 6.0));
        assert_eq!(trend.change.map(Finite::get), Some(0.5));
        assert_eq!(trend.change_to_baseline.map(Finite::get), Some(-0.25));
        assert_eq!((trend.first_time.unix(), trend.last_time.unix()), (0, 180));
    }

    #[test]
    fn no_change_is_made_up_where_none_is_defined() {
        let trend = trend_of(&[0.0, 5.0], Some(0.0)).unwrap();
        assert_eq!((trend.change, trend.change_to_baseline), (None, None));
        assert_eq!(trend_of(&[], None), None);
    }

    #[test]
    fn the_largest_values_neither_overflow_nor_vanish() {
        assert_eq!(trend_of(&[f64::MAX, f64::MAX, -f64::MAX], None).unwrap().median.get(), f64::MAX);
    }
}
