//! The record under construction, and what every importer puts into it in the same way. Must not know: any tool's format.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::{
    Buckets, Distribution, Engine, Gauge, Load, LoadModel, LoadPhase, Series, SummaryStatistics, ThresholdError,
};

/// The request of a series that a tool does not break down.
pub(super) const ALL: &str = "all requests";
/// The phase of tools that have only one.
pub(super) const RUN: &str = "run";

/// A record under construction.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) load: Load,
    pub(super) warnings: Vec<String>,
    /// When the last thing of a k6 scenario happened, in seconds since the record's zero.
    pub(super) ends: BTreeMap<String, f64>,
}

impl Draft {
    /// A record of a tool whose latencies begin at the send, as those of most do.
    pub(super) fn new(engine: &str) -> Self {
        let engine = Engine { name: engine.to_owned(), version: None, workers: None, times_from_due: false };
        let load = Load {
            scenario: engine.name.clone(),
            plan_sha256: None,
            engine,
            target: None,
            time_scale: finite(1.0),
            seed: None,
            phases: Vec::new(),
            series: Vec::new(),
            window_s: finite(1.0),
            windows: Vec::new(),
            tick_lag: None,
            usage: Vec::new(),
            gauges: Vec::new(),
            thresholds: Vec::new(),
            engine_thresholds: Vec::new(),
            cut: None,
            doubts: Vec::new(),
        };
        Self { load, warnings: Vec::new(), ends: BTreeMap::new() }
    }

    /// The single phase of a tool that tells how long it ran, for all its series.
    pub(super) fn one_phase(&mut self, seconds: Option<f64>, model: LoadModel) {
        let Some(measured_s) =
            seconds.filter(|seconds| *seconds > 0.0).and_then(|seconds| Finite::try_from(seconds).ok())
        else {
            self.warnings.push("the file does not say how long the run lasted: rates are not known".to_owned());
            return;
        };
        self.load.phases.push(LoadPhase {
            name: RUN.to_owned(),
            start_s: finite(0.0),
            planned_s: None,
            measured_s,
            model,
            warm_up: false,
            offered: None,
        });
        for series in &mut self.load.series {
            series.phase = Some(RUN.to_owned());
        }
    }

    /// A single figure under a name of its own.
    pub(super) fn figure(&mut self, name: String, from: String, counter: bool, at_s: f64, value: f64) {
        if let (Ok(at), Ok(value)) = (Finite::try_from(at_s), Finite::try_from(value)) {
            self.load.gauges.push(Gauge { name, from, counter, points: vec![(at, value)] });
        }
    }
}

/// A series without anything.
pub(super) fn series(request: &str) -> Series {
    Series {
        request: request.to_owned(),
        phase: None,
        tags: BTreeMap::new(),
        offered: None,
        sent: 0,
        completed: 0,
        failed: 0,
        unsent: 0,
        in_flight: 0,
        errors: BTreeMap::new(),
        statuses: BTreeMap::new(),
        checks: BTreeMap::new(),
        received_bytes: None,
        sent_bytes: None,
        latency: None,
        open: None,
        service: None,
        lag: None,
        parts: BTreeMap::new(),
        operations: BTreeMap::new(),
    }
}

/// Requests of which nothing is known but that they were not answered.
pub(super) fn unanswered(count: u64) -> Option<Buckets> {
    let buckets = vec![(0, count)];
    (count > 0).then(|| Buckets { resolution: finite(0.0), min: Some(0), max: Some(0), sum: finite(0.0), buckets })
}

/// Figures in units of `scale` ns; `None` when there is not one of them.
pub(super) fn printed(
    scale: f64,
    count: Option<u64>,
    [min, mean, max]: [Option<f64>; 3],
    percentiles: impl IntoIterator<Item = (f64, f64)>,
) -> Option<Distribution> {
    let ns = |value: f64| Finite::try_from(value * scale).ok().filter(|value| value.get() >= 0.0);
    let summary = SummaryStatistics {
        count,
        min: min.and_then(ns),
        mean: mean.and_then(ns),
        max: max.and_then(ns),
        percentiles: percentiles
            .into_iter()
            .filter(|(percent, _)| (0.0..=100.0).contains(percent))
            .filter_map(|(percent, value)| Some((percent.to_string(), ns(value)?)))
            .collect(),
    };
    let known = summary.mean.is_some() || summary.max.is_some() || !summary.percentiles.is_empty();
    known.then_some(Distribution::Summary(summary))
}

/// Adds a count. Files are hostile: what does not fit stays at the largest.
pub(super) fn add(slot: &mut u64, more: u64) {
    *slot = slot.saturating_add(more);
}

/// A finite number; 0 for what is none, which callers have excluded.
pub(super) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap_or_default()
}

/// Why a threshold of another engine is only carried along.
pub(super) fn not_judged_again(error: &ThresholdError) -> String {
    format!("{error}; it is kept as the engine judged it")
}
