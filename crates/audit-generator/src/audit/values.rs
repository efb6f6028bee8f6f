//! Every value of the period, kept small, until what is said about them can be made.
//! Must not know: where lines come from, or what a report looks like.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::audit::{Series, SeriesPoint};
use bench_model::ledger::RunEntry;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Verdict;
use bench_model::{Direction, Finite, MetricName, RunId, Unit};

/// More points than this no chart can show.
const MOST_POINTS: usize = 400;

/// A run of the period.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) seq: u64,
    pub(super) time: Timestamp,
    id: RunId,
}

/// A value of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    /// Its run, by place.
    pub(super) run: u32,
    pub(super) value: Finite,
    pub(super) floor: Option<Finite>,
    target: Option<Finite>,
    regressed: bool,
}

/// The values of a metric in one environment and mode, oldest first.
#[derive(Debug)]
pub(super) struct History {
    pub(super) unit: Unit,
    pub(super) direction: Direction,
    pub(super) values: Vec<Value>,
}

/// What a metric showed in one environment and mode; more than one history only if its unit or direction changed.
type Metrics = BTreeMap<MetricName, Vec<History>>;

/// The values of a period.
#[derive(Debug, Default)]
pub(super) struct Values {
    runs: Vec<Run>,
    promoted: BTreeSet<RunId>,
    all: BTreeMap<(Epoch, Mode), Metrics>,
}

impl Values {
    /// Takes a run's values.
    pub(super) fn add(&mut self, seq: u64, time: Timestamp, entry: &RunEntry) {
        let run = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        self.runs.push(Run { seq, time, id: entry.run_id.clone() });
        let metrics = self.all.entry((entry.epoch.clone(), entry.mode)).or_default();
        for metric in &entry.metrics {
            let histories = match metrics.get_mut(&metric.name) {
                Some(histories) => histories,
                None => metrics.entry(metric.name.clone()).or_default(),
            };
            let value = Value {
                run,
                value: metric.value,
                floor: metric.floor,
                target: metric.target,
                regressed: metric.verdict == Verdict::Regressed,
            };
            match histories.iter_mut().find(|known| known.unit == metric.unit && known.direction == metric.direction) {
                Some(history) => history.values.push(value),
                None => histories.push(History { unit: metric.unit, direction: metric.direction, values: vec![value] }),
            }
        }
    }

    /// Notes that a run became a baseline.
    pub(super) fn promote(&mut self, run: &RunId) {
        self.promoted.insert(run.clone());
    }

    /// A run by its place.
    pub(super) fn run(&self, place: u32) -> Option<&Run> {
        self.runs.get(usize::try_from(place).ok()?)
    }

    /// The histories of each metric, in all its environments and modes; ordered by name.
    pub(super) fn by_metric(&self) -> BTreeMap<&MetricName, Vec<&History>> {
        let mut metrics: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (name, histories) in self.all.values().flatten() {
            metrics.entry(name).or_default().extend(histories);
        }
        metrics
    }

    /// The values for charts, ordered by metric, environment and mode.
    pub(super) fn series(&self) -> Vec<Series> {
        let mut all = Vec::new();
        for ((epoch, mode), metrics) in &self.all {
            for (metric, histories) in metrics {
                all.extend(histories.iter().map(|history| Series {
                    metric: metric.clone(),
                    unit: history.unit,
                    direction: history.direction,
                    epoch: epoch.clone(),
                    mode: *mode,
                    points: self.points(&history.values),
                }));
            }
        }
        // What was ordered by environment and mode stays so within a metric.
        all.sort_by(|a, b| a.metric.cmp(&b.metric));
        all
    }

    fn points(&self, values: &[Value]) -> Vec<SeriesPoint> {
        let together = values.len().div_ceil(MOST_POINTS).max(1);
        values.chunks(together).filter_map(|values| self.point(values)).collect()
    }

    fn point(&self, values: &[Value]) -> Option<SeriesPoint> {
        let last = values.last()?;
        let run = self.run(last.run)?;
        let spread = Spread::of(values.iter().map(|value| value.value))?;
        let is_promoted = |value: &Value| self.run(value.run).is_some_and(|run| self.promoted.contains(&run.id));
        Some(SeriesPoint {
            time: run.time,
            seq: run.seq,
            runs: u32::try_from(values.len()).unwrap_or(u32::MAX),
            lowest: spread.lowest,
            median: spread.median,
            highest: spread.highest,
            floor: last.floor,
            target: last.target,
            promoted: values.iter().any(is_promoted),
            regressed: values.iter().any(|value| value.regressed),
        })
    }
}

/// How values spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) lowest: Finite,
    /// The middle value, or the mean of the middle two.
    pub(super) median: Finite,
    pub(super) highest: Finite,
}

impl Spread {
    /// `None` without values.
    pub(super) fn of(values: impl Iterator<Item = Finite>) -> Option<Self> {
        let mut sorted: Vec<Finite> = values.collect();
        sorted.sort_by(|a, b| a.get().total_cmp(&b.get()));
        let (upper, lower) = (sorted.get(sorted.len() / 2)?, sorted.get(sorted.len().checked_sub(1)? / 2)?);
        let median = Finite::try_from(f64::midpoint(lower.get(), upper.get())).ok()?;
        Some(Self { lowest: *sorted.first()?, median, highest: *sorted.last()? })
    }
}
