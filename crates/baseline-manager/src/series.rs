//! The values of each metric over the history, in one pass: what trends, change points and ranges are made from.
//! Must not know: statistics, or how anything is shown.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::ledger::{Body, Entry};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Verdict;
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Unit};

use crate::{Error, Ledger, Mainline, MetricNames, Store};

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
    /// One for each run that measured it.
    pub points: Vec<Point>,
    /// The value in the promotion in force of the same environment and mode.
    pub baseline: Option<Finite>,
}

/// The value of a metric in one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The run's place in [`Past::runs`].
    pub run: usize,
    /// The value, in the series' unit.
    pub value: Finite,
    /// What was decided on it.
    pub verdict: Verdict,
}

/// A run that series have values from.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// The run.
    pub run_id: RunId,
    /// When it was appended.
    pub time: Timestamp,
    /// The commit, when the run measured one of the main branch as it is.
    pub on_main: Option<Commit>,
}

/// A ledger's complete and whole runs as series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// The runs, oldest first.
    pub runs: Vec<PastRun>,
    /// The series, ordered.
    pub series: BTreeMap<SeriesKey, Series>,
}

/// Collects series line by line.
#[derive(Debug)]
pub(crate) struct Collector<'a> {
    main: Mainline<'a>,
    wanted: BTreeSet<String>,
    past: Past,
}

impl<'a> Collector<'a> {
    /// Collects the metrics `wanted` by full name; none means all.
    pub(crate) fn new(main: Mainline<'a>, wanted: BTreeSet<String>) -> Self {
        Self { main, wanted, past: Past::default() }
    }

    pub(crate) fn visit(&mut self, entry: &Entry) {
        let Body::Run(run) = &entry.body else { return };
        // What was cut short, or chosen by hand, says little about how things went.
        if !run.complete || run.partial {
            return;
        }
        let place = self.past.runs.len();
        let mut measured = false;
        for metric in &run.metrics {
            if !self.wanted.is_empty() && !self.wanted.contains(metric.name.as_str()) {
                continue;
            }
            measured = true;
            let (name, epoch) = (metric.name.clone(), run.epoch.clone());
            let key = SeriesKey { metric: name, epoch, mode: run.mode, unit: metric.unit };
            let new = || Series { direction: metric.direction, points: Vec::new(), baseline: None };
            let series = self.past.series.entry(key).or_insert_with(new);
            series.points.push(Point { run: place, value: metric.value, verdict: metric.verdict });
            series.direction = metric.direction;
        }
        if measured {
            let on_main = run.commit.clone().filter(|_| self.main.holds(run));
            self.past.runs.push(PastRun { run_id: run.run_id.clone(), time: entry.time, on_main });
        }
    }

    /// The series, with their values in the promotions in force.
    pub(crate) fn finish(self, ledger: &Ledger) -> Past {
        let mut past = self.past;
        for (key, series) in &mut past.series {
            let promotion = ledger.promotion(&key.epoch, key.mode).map(|held| &held.value);
            let mut metrics = promotion.into_iter().flat_map(|promotion| &promotion.metrics);
            let held = metrics.find(|metric| metric.name == key.metric && metric.unit == key.unit);
            series.baseline = held.map(|metric| metric.value);
        }
        past
    }
}

/// The series of a ledger's complete and whole runs; with `metrics` (headlines' names or full ones) of those alone.
///
/// # Errors
/// [`Error::UnknownMetric`], [`Error::Broken`], and what reading can fail with.
pub fn collect_series(
    store: &Store,
    names: &mut MetricNames<'_>,
    metrics: &[String],
    main: Mainline<'_>,
) -> Result<Past, Error> {
    let wanted = metrics.iter().map(|text| names.full(text).to_owned()).collect();
    let mut collector = Collector::new(main, wanted);
    let ledger = store.read(None, &mut |entry| {
        names.learn(entry);
        collector.visit(entry);
    })?;
    for text in metrics {
        names.resolve(text)?;
    }
    Ok(collector.finish(&ledger))
}
