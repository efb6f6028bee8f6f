//! How far measuring can be trusted, as it was measured.
//! Must not know: verdicts.

use bench_model::audit::NoiseRecord;
use serde::Serialize;

use super::lines::Lines;
use super::metrics::{MetricRef, Names};
use super::words::{Moment, count, shown, size};

/// One measurement of noise.
#[derive(Debug, Serialize)]
pub(super) struct Noise {
    seq: u64,
    time: Moment,
    environment: String,
    /// Comparisons and false alarms over all metrics.
    summary: String,
    metrics: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    metric: MetricRef,
    floor: String,
    rounds: u32,
    comparisons: u32,
    alarms: u32,
}

impl Noise {
    pub(super) fn of(record: &NoiseRecord, names: &Names<'_>, lines: &mut Lines) -> Self {
        lines.say(record.seq, Some(record.time), "Measurement of noise".to_owned());
        let sum = |of: fn(&bench_model::ledger::NoiseMetric) -> u32| -> u64 {
            record.metrics.iter().map(|metric| u64::from(of(metric))).sum()
        };
        let summary = format!(
            "{}, {} of head with head, {}",
            count(record.metrics.len() as u64, "metric", "metrics"),
            count(sum(|metric| metric.comparisons), "comparison", "comparisons"),
            count(sum(|metric| metric.alarms), "false alarm", "false alarms"),
        );
        let row = |metric: &bench_model::ledger::NoiseMetric| Row {
            metric: names.of_metric(&metric.name),
            floor: size(metric.floor),
            rounds: metric.rounds,
            comparisons: metric.comparisons,
            alarms: metric.alarms,
        };
        Self {
            seq: record.seq,
            time: record.time.into(),
            environment: shown(&format!("{}, {}", record.epoch, record.mode.as_str())),
            summary,
            metrics: record.metrics.iter().map(row).collect(),
        }
    }
}
