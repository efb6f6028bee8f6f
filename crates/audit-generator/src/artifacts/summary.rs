//! `results_summary.json`: the load-test plans' own format. What was not measured is absent.

use std::collections::BTreeMap;

use bench_model::load::{Load, LoadSummary, Measured, Quantile, SeriesSummary};
use bench_model::perf::Report;
use bench_model::verdict::{Judgement, ThresholdOutcome};
use bench_model::{Finite, Quantity};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    test_metadata: Metadata<'a>,
    results: BTreeMap<&'a str, Scenario<'a>>,
    resources: BTreeMap<String, Resource>,
    acceptance: Acceptance<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    run_id: String,
    timestamp: String,
    duration_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    tool: &'a str,
    engine: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    time_scale: f64,
    complete: bool,
    environment: Environment<'a>,
}

#[derive(Debug, Serialize)]
struct Environment<'a> {
    cpu_model: &'a str,
    cpus: u32,
    memory_bytes: u64,
    os: &'a str,
    kernel: &'a str,
}

#[derive(Debug, Serialize)]
struct Scenario<'a> {
    #[serde(flatten)]
    whole: Option<Figures<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rps_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_hit_ratio: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<&'a str, Figures<'a>>,
    requests: BTreeMap<String, Figures<'a>>,
    phases: BTreeMap<&'a str, Figures<'a>>,
}

#[derive(Debug, Serialize)]
struct Figures<'a> {
    requests_sent: u64,
    requests_failed: u64,
    requests_not_answered: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rps_avg: Option<f64>,
    latency: BTreeMap<String, f64>,
    /// Percentiles that are only known not to lie below these, in ms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    latency_at_least: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate: Option<f64>,
    http_status: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: &'a BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Resource {
    mean: f64,
    max: f64,
    last: f64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct Acceptance<'a> {
    status: String,
    evaluable: bool,
    summary: &'a str,
    criteria: Vec<Criterion<'a>>,
}

#[derive(Debug, Serialize)]
struct Criterion<'a> {
    metric: &'a str,
    threshold: &'a str,
    guard: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<String>,
    outcome: ThresholdOutcome,
    why: &'a str,
}

pub(super) fn summary<'a>(
    report: &'a Report,
    judgement: &'a Judgement,
    load: &'a LoadSummary,
    record: Option<&Load>,
) -> Document<'a> {
    let provenance = &report.provenance;
    let source = provenance.source.as_ref();
    let whole = |series: &&SeriesSummary| series.request.is_none() && series.phase.is_none();
    let by_request = |series: &&SeriesSummary| series.request.is_some() && series.phase.is_none();
    let name = |series: &SeriesSummary| match (&series.request, &series.region) {
        (Some(request), Some(region)) => format!("{request} from {region}"),
        (Some(request), None) => request.clone(),
        (None, _) => String::new(),
    };
    let regions =
        load.series.iter().filter(whole).filter_map(|series| Some((series.region.as_deref()?, figures(series))));
    let scenario = Scenario {
        whole: load.series.iter().find(|series| whole(series) && series.region.is_none()).map(figures),
        rps_max: record.and_then(most_per_second),
        cache_hit_ratio: record.and_then(cache_hit_ratio),
        regions: regions.collect(),
        requests: load.series.iter().filter(by_request).map(|series| (name(series), figures(series))).collect(),
        phases: load.phases.iter().map(|phase| (phase.name.as_str(), figures(&phase.figures))).collect(),
    };
    let resource = |usage: &bench_model::load::UsageSummary| {
        let name = format!("{:?}_{}", usage.of, usage.what).to_lowercase();
        let value = Resource {
            mean: usage.mean.get(),
            max: usage.max.get(),
            last: usage.last.get(),
            unit: usage.unit.symbol(),
        };
        (name, value)
    };
    let judged = judgement.load.as_deref();
    Document {
        test_metadata: Metadata {
            run_id: report.run_id.to_string(),
            timestamp: provenance.started.to_string(),
            duration_seconds: provenance.duration_s,
            commit: source.map(|source| source.commit.to_string()),
            branch: source.and_then(|source| source.branch.as_deref()),
            tool: &provenance.tool,
            engine: &load.engine.name,
            target: load.target.as_deref(),
            time_scale: load.time_scale.get(),
            complete: report.complete,
            environment: Environment {
                cpu_model: &provenance.machine.cpu_model,
                cpus: provenance.machine.cpus,
                memory_bytes: provenance.machine.memory_bytes,
                os: &provenance.system.os,
                kernel: &provenance.system.kernel,
            },
        },
        results: BTreeMap::from([(load.scenario.as_str(), scenario)]),
        resources: load.usage.iter().map(resource).collect(),
        acceptance: Acceptance {
            status: judgement.status.to_string(),
            evaluable: judged.is_some_and(|judged| judged.evaluable),
            summary: &judgement.summary,
            criteria: judged.map(|judged| judged.thresholds.iter().map(criterion).collect()).unwrap_or_default(),
        },
    }
}

fn criterion(row: &bench_model::verdict::JudgedThreshold) -> Criterion<'_> {
    let shown = |value: &Finite| format!("{:.3}", Quantity { value: value.get(), unit: row.observed.unit });
    Criterion {
        metric: &row.observed.threshold.metric,
        threshold: &row.observed.threshold.expression,
        guard: row.guard,
        observed: match &row.observed.observed {
            Measured::Known(value) => Some(shown(value)),
            Measured::AtLeast(value) => Some(format!("at least {}", shown(value))),
            Measured::NotKnown(_) => None,
        },
        outcome: row.outcome,
        why: &row.why,
    }
}

fn figures(series: &SeriesSummary) -> Figures<'_> {
    let key = |name: &str| format!("{name}_ms");
    let ms = |value: &Finite| value.get() / 1e6;
    let mut latency = BTreeMap::new();
    let mut latency_at_least = BTreeMap::new();
    for (name, quantile) in &series.latency {
        match quantile {
            Quantile::Known(value) => latency.insert(key(name), ms(value)),
            Quantile::AtLeast(value) => latency_at_least.insert(key(name), ms(value)),
        };
    }
    Figures {
        requests_sent: series.sent,
        requests_failed: series.failed,
        requests_not_answered: series.unsent.saturating_add(series.in_flight),
        rps_avg: series.rps.map(Finite::get),
        latency,
        latency_at_least,
        error_rate: series.error_rate.map(Finite::get),
        http_status: &series.statuses,
        errors: &series.errors,
    }
}

/// The most answers in a window, per second. Regions' windows of one moment belong together.
fn most_per_second(load: &Load) -> Option<f64> {
    let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
    for window in &load.windows {
        let sum = sums.entry((window.at_s.get() * 1e3) as u64).or_default();
        *sum = sum.saturating_add(window.completed);
    }
    let width = load.window_s.get();
    sums.into_values().max().filter(|_| width > 0.0).map(|most| most as f64 / width)
}

/// The last word on the cache, when the scenario scrapes it under that name.
fn cache_hit_ratio(load: &Load) -> Option<f64> {
    let gauge = load.gauges.iter().find(|gauge| gauge.name == "cache_hit_ratio")?;
    gauge.points.last().map(|(_, value)| value.get())
}
