//! The noise in force: of each metric, in each epoch and mode, what was measured last. Pure.
//! Must not know: how noise is measured.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::ledger::{NoiseEntry, NoiseMetric};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{Finite, MetricName};
use serde::Serialize;

/// The noise of each epoch and mode. A measurement of some metrics leaves what is known of the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Noise(BTreeMap<(Epoch, Mode), Vec<Measured>>);

/// What is still the newest of one measurement.
#[derive(Debug, Clone, PartialEq)]
struct Measured {
    /// The line that holds it: its own, or a retention line that carries it.
    line: u64,
    when: When,
    /// Without the metrics that were measured again since.
    entry: NoiseEntry,
}

/// The noise in force of one epoch and mode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoiseSummary {
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// How many metrics it is known of.
    pub metrics: u64,
    /// The median of their floors, as a ratio; of an even number the mean of the middle two.
    pub median_floor: Finite,
    /// The largest of their floors, as a ratio.
    pub largest_floor: Finite,
    /// Comparisons of equal code with itself.
    pub comparisons: u64,
    /// Those that came out as a change.
    pub alarms: u64,
    /// The newest measurement among them.
    #[serde(flatten)]
    pub when: When,
}

/// When noise was measured, as far as the ledger still knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Its own line was pruned; the line that carries it is of this time.
    MeasuredBefore(Timestamp),
    /// Its line was appended then.
    Measured(Timestamp),
}

impl Noise {
    /// A measurement: it replaces what was known of the metrics that it measured.
    pub(crate) fn measure(&mut self, line: u64, time: Timestamp, entry: NoiseEntry) {
        self.replace(Measured { line, when: When::Measured(time), entry });
    }

    /// What a retention line carries of a measurement: the metrics that nothing before that line has measured again.
    pub(crate) fn carry(&mut self, line: u64, time: Timestamp, entry: NoiseEntry) {
        self.replace(Measured { line, when: When::MeasuredBefore(time), entry });
    }

    fn replace(&mut self, new: Measured) {
        let all = self.0.entry((new.entry.epoch.clone(), new.entry.mode)).or_default();
        let names: BTreeSet<_> = new.entry.metrics.iter().map(|metric| &metric.name).collect();
        for held in &mut *all {
            held.entry.metrics.retain(|metric| !names.contains(&metric.name));
        }
        all.push(new);
        all.retain(|held| !held.entry.metrics.is_empty());
    }

    /// The noise of each metric in an epoch and mode, ordered by name.
    pub(crate) fn of(&self, epoch: &Epoch, mode: Mode) -> Vec<NoiseMetric> {
        let held = self.0.get(&(epoch.clone(), mode)).into_iter().flatten();
        let mut metrics: Vec<_> = held.flat_map(|held| &held.entry.metrics).cloned().collect();
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
        metrics
    }

    /// What is in force and held by lines up to `last_seq`.
    pub(crate) fn up_to(&self, last_seq: u64) -> Vec<NoiseEntry> {
        let held = self.0.values().flatten().filter(|held| held.line <= last_seq);
        held.map(|held| held.entry.clone()).collect()
    }

    /// The noise of each epoch and mode, ordered by them, as far as it is of metrics that are wanted.
    pub(crate) fn summaries(&self, is_wanted: impl Fn(&MetricName) -> bool) -> Vec<NoiseSummary> {
        let summary = |((epoch, mode), all): (&(Epoch, Mode), &Vec<Measured>)| {
            let wanted = all.iter().flat_map(|held| held.entry.metrics.iter().map(|metric| (held.when, metric)));
            let wanted: Vec<_> = wanted.filter(|(_, metric)| is_wanted(&metric.name)).collect();
            let mut floors: Vec<_> = wanted.iter().map(|(_, metric)| metric.floor.get()).collect();
            floors.sort_by(f64::total_cmp);
            let (low, high) = (floors.get(floors.len().checked_sub(1)? / 2)?, floors.get(floors.len() / 2)?);
            Some(NoiseSummary {
                epoch: epoch.clone(),
                mode: *mode,
                metrics: wanted.len() as u64,
                median_floor: Finite::try_from(low.midpoint(*high)).ok()?,
                largest_floor: Finite::try_from(*floors.last()?).ok()?,
                comparisons: wanted.iter().map(|(_, metric)| u64::from(metric.comparisons)).sum(),
                alarms: wanted.iter().map(|(_, metric)| u64::from(metric.alarms)).sum(),
                when: wanted.iter().map(|(when, _)| *when).max()?,
            })
        };
        self.0.iter().filter_map(summary).collect()
    }
}
