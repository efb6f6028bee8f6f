//! Counts and times of series together: the rows of a report. Regions' counts are added, their latencies never.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::Finite;
use bench_model::load::{CheckCount, Load, PhaseSummary, Series, SeriesSummary};

use super::Facts;
use super::pool::Pool;
use super::select::{REGION, counted, is_request, region, regions, seconds, view};

/// Requests by what became of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) offered: Option<u64>,
    pub(super) sent: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) unsent: u64,
    pub(super) in_flight: u64,
    pub(super) received: Option<u64>,
    pub(super) posted: Option<u64>,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) statuses: BTreeMap<String, u64>,
    pub(super) checks: BTreeMap<String, CheckCount>,
}

impl Counts {
    pub(super) fn of(series: &[&Series]) -> Self {
        let mut sum = Self::default();
        let add = |total: &mut Option<u64>, more: Option<u64>| {
            if let Some(more) = more {
                *total = Some(total.unwrap_or(0).saturating_add(more));
            }
        };
        for one in series {
            add(&mut sum.offered, one.offered);
            add(&mut sum.received, one.received_bytes);
            add(&mut sum.posted, one.sent_bytes);
            sum.sent = sum.sent.saturating_add(one.sent);
            sum.completed = sum.completed.saturating_add(one.completed);
            sum.failed = sum.failed.saturating_add(one.failed);
            sum.unsent = sum.unsent.saturating_add(one.unsent);
            sum.in_flight = sum.in_flight.saturating_add(one.in_flight);
            add_all(&mut sum.errors, &one.errors);
            add_all(&mut sum.statuses, &one.statuses);
            for (name, check) in &one.checks {
                let total = sum.checks.entry(name.clone()).or_default();
                total.passed = total.passed.saturating_add(check.passed);
                total.failed = total.failed.saturating_add(check.failed);
            }
        }
        sum
    }

    /// Requests that were sent or due.
    pub(super) fn all(&self) -> u64 {
        self.offered.unwrap_or(0).max(self.sent.saturating_add(self.unsent)).max(self.failed)
    }

    /// Failed requests by those that were sent; `None` when there were none at all. Those that were never sent are told apart: among
    /// all that were due, failures would look rare.
    pub(super) fn error_rate(&self) -> Option<f64> {
        let sent = self.sent.max(self.completed).max(self.failed);
        (sent > 0).then(|| self.failed as f64 / sent as f64)
    }

    /// Requests answered without failure: of those that failed, the ones without an answer are not among the answered.
    pub(super) fn good(&self) -> u64 {
        let unanswered = self.sent.saturating_sub(self.completed).saturating_sub(self.in_flight);
        self.completed.saturating_sub(self.failed.saturating_sub(unanswered))
    }

    /// Requests answered without failure per second.
    pub(super) fn rps(&self, seconds: f64) -> Option<f64> {
        (seconds > 0.0).then(|| self.good() as f64 / seconds)
    }
}

fn add_all(total: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>) {
    for (name, count) in more {
        let total = total.entry(name.clone()).or_default();
        *total = total.saturating_add(*count);
    }
}

/// A row for series. Latencies only where all are of one region; `told` is what the tool says of all of them together.
pub(super) fn row(facts: &Facts<'_>, series: &[&Series], told: Option<&Series>, seconds: f64) -> SeriesSummary {
    let counts = Counts::of(series);
    let finite = |value: f64| Finite::try_from(value).ok();
    let (rps, error_rate) = (counts.rps(seconds).and_then(finite), counts.error_rate().and_then(finite));
    let mut row = SeriesSummary {
        seconds: finite(seconds).unwrap_or_default(),
        offered: counts.offered,
        sent: counts.sent,
        completed: counts.completed,
        failed: counts.failed,
        unsent: counts.unsent,
        in_flight: counts.in_flight,
        rps,
        error_rate,
        errors: counts.errors,
        statuses: counts.statuses,
        checks: counts.checks,
        received_bytes: counts.received,
        ..SeriesSummary::default()
    };
    if regions(series).len() <= 1 {
        let told = told.filter(|told| told.latency.is_some());
        let of_latency = told.as_ref().map_or(series, std::slice::from_ref);
        row.latency = Pool::latency(facts.load, of_latency).figures();
        row.service = Pool::of(series, |series| series.service.as_ref()).figures();
        row.lag = Pool::of(series, |series| series.lag.as_ref()).figures();
        row.parts = parts(series);
    }
    row
}

fn parts(series: &[&Series]) -> BTreeMap<String, BTreeMap<String, bench_model::load::Quantile>> {
    let names: BTreeSet<&str> = series.iter().flat_map(|series| series.parts.keys()).map(String::as_str).collect();
    let stages: BTreeSet<&str> =
        series.iter().flat_map(|series| series.operations.keys()).map(String::as_str).collect();
    let part = |name: &str| (name.to_owned(), Pool::of(series, |series| series.parts.get(name)).figures());
    let stage =
        |name: &str| (format!("operation {name}"), Pool::of(series, |series| series.operations.get(name)).figures());
    names.into_iter().map(part).chain(stages.into_iter().map(stage)).collect()
}

/// Everything together, then for each region everything, each request, each phase, and each request in each phase.
pub(super) fn series(facts: &Facts<'_>) -> Vec<SeriesSummary> {
    let load = facts.load;
    let warm_up = |series: &Series| {
        load.phases.iter().any(|phase| phase.warm_up && series.phase.as_deref() == Some(phase.name.as_str()))
    };
    let all: Vec<&Series> = counted(load).collect();
    let steady: Vec<&Series> = all.iter().copied().filter(|series| !warm_up(series)).collect();
    let mut rows = Vec::new();
    let regional = regions(&all);
    let many = regional.iter().any(Option::is_some);
    if many || steady.is_empty() {
        rows.push(row(facts, &steady, None, seconds(load, None)));
    }
    for of in regional {
        let here: Vec<&Series> = all.iter().copied().filter(|series| region(series) == of).collect();
        let steady: Vec<&Series> = steady.iter().copied().filter(|series| region(series) == of).collect();
        let mut add = |request: Option<&str>, phase: Option<&str>, series: &[&Series]| {
            if !series.is_empty() {
                let seconds = seconds(load, phase);
                let (request, phase) = (request.map(str::to_owned), phase.map(str::to_owned));
                let region = of.map(str::to_owned);
                let told = told(load, request.as_deref(), phase.as_deref(), of);
                rows.push(SeriesSummary { request, phase, region, ..row(facts, series, told, seconds) });
            }
        };
        let requests: BTreeSet<&str> =
            here.iter().filter(|series| is_request(series)).map(|series| series.request.as_str()).collect();
        let phases: Vec<&str> = phase_names(load);
        // Beside regions, requests without one are no whole of their own: everything together stands above.
        let is_whole = of.is_some() || !many;
        if is_whole {
            add(None, None, &steady);
        }
        for request in &requests {
            let mine: Vec<&Series> = steady.iter().copied().filter(|series| series.request == *request).collect();
            add(Some(request), None, &mine);
        }
        for phase in phases {
            let then: Vec<&Series> =
                here.iter().copied().filter(|series| series.phase.as_deref() == Some(phase)).collect();
            if is_whole {
                add(None, Some(phase), &then);
            }
            for request in &requests {
                let mine: Vec<&Series> = then.iter().copied().filter(|series| series.request == *request).collect();
                add(Some(request), Some(phase), &mine);
            }
        }
    }
    rows
}

/// What a tool says of a request, phase and region together.
fn told<'a>(load: &'a Load, request: Option<&str>, phase: Option<&str>, region: Option<&str>) -> Option<&'a Series> {
    let tags = [("name", request), ("phase", phase), (REGION, region)];
    view(load, &tags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect())
}

/// The names of phases in order, each once.
fn phase_names(load: &Load) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for phase in &load.phases {
        if !names.contains(&phase.name.as_str()) {
            names.push(&phase.name);
        }
    }
    names
}

/// Phases in figures.
pub(super) fn phases(facts: &Facts<'_>) -> Vec<PhaseSummary> {
    let summary = |phase: &bench_model::load::LoadPhase| {
        let then: Vec<&Series> =
            counted(facts.load).filter(|series| series.phase.as_deref() == Some(phase.name.as_str())).collect();
        let told = told(facts.load, None, Some(&phase.name), None);
        PhaseSummary {
            name: phase.name.clone(),
            start_s: phase.start_s,
            measured_s: phase.measured_s,
            model: phase.model,
            warm_up: phase.warm_up,
            figures: SeriesSummary {
                phase: Some(phase.name.clone()),
                ..row(facts, &then, told, seconds(facts.load, Some(&phase.name)))
            },
        }
    };
    facts.load.phases.iter().map(summary).collect()
}
