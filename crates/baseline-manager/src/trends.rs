//! How each metric went over the history: plain figures, no statistics.
//! Must not know: how they are shown.

use std::collections::BTreeMap;

use bench_model::ledger::Body;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{Direction, Finite, MetricName, Unit};
use serde::Serialize;

use crate::{Error, MetricNames, Store};

/// Values that may be compared: one metric, one environment, one mode, one unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesKey {
    /// The metric.
    pub metric: MetricName,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The base unit.
    pub unit: Unit,
}

/// The values of a metric in one environment and mode, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Which way it improves, as the newest run says.
    pub direction: Direction,
    /// The value of each run, in the key's unit.
    pub values: Vec<Finite>,
    /// When the first run was appended.
    pub first_time: Timestamp,
    /// When the last run was appended.
    pub last_time: Timestamp,
    /// The value in the promotion in force of the same environment and mode.
    pub baseline: Option<Finite>,
}

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
}

/// How many of the newest values a sparkline shows.
const SPARKS: usize = 24;

/// The series of a ledger's complete and whole runs; with `metric` (a headline's name or a full one) of that metric alone.
///
/// # Errors
/// [`Error::UnknownMetric`], [`Error::Broken`], and what reading can fail with.
pub fn collect_series(
    store: &Store,
    now: Timestamp,
    names: &mut MetricNames<'_>,
    metric: Option<&str>,
) -> Result<BTreeMap<SeriesKey, Series>, Error> {
    let wanted = metric.map(|text| names.full(text).to_owned());
    let mut all: BTreeMap<SeriesKey, Series> = BTreeMap::new();
    let ledger = store.read(now, None, &mut |entry| {
        names.learn(entry);
        let Body::Run(run) = &entry.body else { return };
        // What was cut short, or chosen by hand, says little about how things went.
        if !run.complete || run.partial {
            return;
        }
        for metric in &run.metrics {
            if wanted.as_deref().is_some_and(|wanted| metric.name.as_str() != wanted) {
                continue;
            }
            let (name, epoch) = (metric.name.clone(), run.epoch.clone());
            let key = SeriesKey { metric: name, epoch, mode: run.mode, unit: metric.unit };
            let series = all.entry(key).or_insert_with(|| Series {
                direction: metric.direction,
                values: Vec::new(),
                first_time: entry.time,
                last_time: entry.time,
                baseline: None,
            });
            series.values.push(metric.value);
            series.direction = metric.direction;
            series.last_time = entry.time;
        }
    })?;
    if let Some(text) = metric {
        names.resolve(text)?;
    }
    for (key, series) in &mut all {
        let promotion = ledger.promotion(&key.epoch, key.mode).map(|held| &held.value);
        let metrics = promotion.into_iter().flat_map(|promotion| &promotion.metrics);
        series.baseline = metrics
            .filter(|metric| metric.name == key.metric && metric.unit == key.unit)
            .map(|metric| metric.value)
            .next();
    }
    Ok(all)
}

/// The figures of each series, ordered by metric, environment and mode. A series without values gives none.
pub fn calculate_performance_trends(history: &BTreeMap<SeriesKey, Series>) -> Vec<Trend> {
    history.iter().filter_map(|(key, series)| trend(key, series)).collect()
}

fn trend(key: &SeriesKey, series: &Series) -> Option<Trend> {
    let (first, last) = (*series.values.first()?, *series.values.last()?);
    let mut sorted: Vec<f64> = series.values.iter().map(|value| value.get()).collect();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let (lower, upper) = (*sorted.get((sorted.len() - 1) / 2)?, *sorted.get(sorted.len() / 2)?);
    let shown = series.values.get(series.values.len().saturating_sub(SPARKS)..)?;
    Some(Trend {
        metric: key.metric.clone(),
        epoch: key.epoch.clone(),
        mode: key.mode,
        unit: key.unit,
        direction: series.direction,
        runs: series.values.len() as u64,
        first_time: series.first_time,
        last_time: series.last_time,
        first,
        last,
        // Halved first: the sum of two finite values need not be finite.
        median: Finite::try_from(lower / 2.0 + upper / 2.0).ok()?,
        min: Finite::try_from(min).ok()?,
        max: Finite::try_from(max).ok()?,
        change: ratio(last, first),
        baseline: series.baseline,
        change_to_baseline: series.baseline.and_then(|baseline| ratio(last, baseline)),
        sparkline: sparkline(shown),
    })
}

/// `value / reference - 1`; `None` where that is not defined.
pub(crate) fn ratio(value: Finite, reference: Finite) -> Option<Finite> {
    let defined = reference.get() > 0.0 && value.get() >= 0.0;
    defined.then(|| Finite::try_from(value.get() / reference.get() - 1.0).ok()).flatten()
}

/// Values as blocks of eight heights; equal values stand in the middle.
fn sparkline(values: &[Finite]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let least = values.iter().map(|value| value.get()).fold(f64::INFINITY, f64::min);
    let most = values.iter().map(|value| value.get()).fold(f64::NEG_INFINITY, f64::max);
    let height = |value: f64| match (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0) {
        share if share.is_finite() => (share * 7.0).round() as usize,
        _ => 3,
    };
    values.iter().filter_map(|value| BLOCKS.get(height(value.get()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64], baseline: Option<f64>) -> BTreeMap<SeriesKey, Series> {
        let finite = |value: f64| Finite::try_from(value).unwrap();
        let (metric, epoch) = ("m".parse().unwrap(), Epoch("e".into()));
        let key = SeriesKey { metric, epoch, mode: Mode::Full, unit: Unit::BytesPerSecond };
        let series = Series {
            direction: Direction::HigherIsBetter,
            values: values.iter().copied().map(finite).collect(),
            first_time: Timestamp::from_unix(0),
            last_time: Timestamp::from_unix(60),
            baseline: baseline.map(finite),
        };
        BTreeMap::from([(key, series)])
    }

    fn trend_of(values: &[f64], baseline: Option<f64>) -> Option<Trend> {
        calculate_performance_trends(&series(values, baseline)).into_iter().next()
    }

    #[test]
    fn figures_of_a_short_series_are_those_counted_by_hand() {
        let trend = trend_of(&[4.0, 1.0, 3.0, 6.0], Some(8.0)).unwrap();
        assert_eq!((trend.runs, trend.first.get(), trend.last.get()), (4, 4.0, 6.0));
        assert_eq!((trend.median.get(), trend.min.get(), trend.max.get()), (3.5, 1.0, 6.0));
        assert_eq!(trend.change.map(Finite::get), Some(0.5));
        assert_eq!(trend.change_to_baseline.map(Finite::get), Some(-0.25));
        assert_eq!(trend.sparkline, "▅▁▄█");
    }

    #[test]
    fn no_change_is_made_up_where_none_is_defined() {
        let trend = trend_of(&[0.0, 5.0], Some(0.0)).unwrap();
        assert_eq!((trend.change, trend.change_to_baseline), (None, None));
        assert_eq!(trend_of(&[], None), None);
    }

    #[test]
    fn the_largest_values_neither_overflow_nor_vanish() {
        let trend = trend_of(&[f64::MAX, f64::MAX, -f64::MAX], None).unwrap();
        assert_eq!((trend.median.get(), trend.sparkline.as_str()), (f64::MAX, "██▁"));
    }

    #[test]
    fn a_sparkline_shows_the_newest_values_and_equal_ones_in_the_middle() {
        assert_eq!(trend_of(&[2.0; 100], None).unwrap().sparkline, "▄".repeat(SPARKS));
    }
}
