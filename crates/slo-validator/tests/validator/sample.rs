//! Reports and baselines to judge, with only what a test is about spelled out.

use std::collections::BTreeMap;

use bench_model::config::{Judge, MetricThreshold, OnRegression, Thresholds};
use bench_model::ledger::{BASELINE_SCHEMA, Baseline, Digests, LedgerMetric, Promotion, Waiver};
use bench_model::perf::{self, EvidenceLevel, Headline, Interval, IntervalSource, Metric, Report};
use bench_model::provenance::{Epoch, Machine, Provenance, System, Toolchain};
use bench_model::run::{Mode, Plan};
use bench_model::time::Timestamp;
use bench_model::verdict::{JudgedMetric, Judgement, Verdict};
use bench_model::{BenchmarkId, Direction, Finite, Quantity, Sha256, Unit};

pub(crate) const MIB: f64 = 1_048_576.0;
pub(crate) const GIB: f64 = 1024.0 * MIB;
pub(crate) const MB: f64 = 1e6;

pub(crate) fn finite(value: f64) -> Finite {
    value.try_into().unwrap()
}

fn all(values: &[f64]) -> Vec<Finite> {
    values.iter().map(|value| finite(*value)).collect()
}

/// Five rounds around `value`, spread by about one in a thousand.
pub(crate) fn steady(value: f64) -> Vec<f64> {
    [0.999, 1.001, 1.0, 1.0005, 0.9995].iter().map(|factor| value * factor).collect()
}

/// Five rounds around `value`, spread by about a tenth.
pub(crate) fn noisy(value: f64) -> Vec<f64> {
    [0.9, 1.1, 1.0, 1.05, 0.95].iter().map(|factor| value * factor).collect()
}

/// A throughput metric `demo/<id>#throughput`, in bytes per second.
pub(crate) fn rate(id: &str, rounds: &[f64]) -> Metric {
    metric(id, "throughput", Unit::BytesPerSecond, Direction::HigherIsBetter, rounds)
}

/// A time metric `demo/<id>#time`, in nanoseconds.
pub(crate) fn time(id: &str, rounds: &[f64]) -> Metric {
    metric(id, "time", Unit::Nanoseconds, Direction::LowerIsBetter, rounds)
}

pub(crate) fn metric(id: &str, measure: &str, unit: Unit, direction: Direction, rounds: &[f64]) -> Metric {
    let benchmark = BenchmarkId { harness: "criterion".into(), target: "demo/bench".into(), id: id.into() };
    let summary = bench_stats::summarise(rounds, 0.95).unwrap();
    let interval = summary.interval.map(|(lower, upper)| Interval {
        lower: finite(lower),
        upper: finite(upper),
        level: finite(0.95),
        from: IntervalSource::Rounds,
    });
    Metric {
        name: benchmark.metric(measure).unwrap(),
        benchmark,
        measure: measure.into(),
        value: finite(summary.value),
        unit,
        direction,
        interval,
        rounds: all(rounds),
        samples: rounds.len() as u64 * 100,
        primary: true,
    }
}

pub(crate) fn report(metrics: Vec<Metric>) -> Report {
    let machine = Machine {
        cpu_model: "Example 9000".into(),
        cpus: 8,
        memory_bytes: 16 << 30,
        virtualization: None,
        governor: None,
        load_average: None,
    };
    let system = System {
        os: "linux-x86_64".into(),
        kernel: "6.1.0".into(),
        distribution: None,
        libc: None,
        runner_image: None,
    };
    let toolchain = Toolchain { rustc: None, cargo: None, harness: BTreeMap::new() };
    Report {
        headline_values: BTreeMap::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
        schema: perf::SCHEMA.into(),
        run_id: "run-1".parse().unwrap(),
        evidence_level: EvidenceLevel::CiBenchmark,
        complete: true,
        plan: Plan { mode: Mode::Full, rounds: 5, filter: None, partial: false },
        headline: Vec::new(),
        expected: Vec::new(),
        provenance: Provenance {
            tool: "bench-runner 0.1.0".into(),
            started: Timestamp::from_unix(1_795_000_000),
            duration_s: 60.0,
            source: None,
            epoch: Epoch::of(&machine, &system, &toolchain),
            machine,
            system,
            toolchain,
        },
        metrics,
    }
}

pub(crate) fn headline(name: &str, label: &str, metric: &Metric, unit: &str) -> Headline {
    Headline { name: name.into(), label: label.into(), metric: metric.name.clone(), unit: unit.into() }
}

/// A baseline of the sample reports' epoch that holds these metrics.
pub(crate) fn baseline(metrics: &[Metric]) -> Baseline {
    let epoch = report(Vec::new()).provenance.epoch;
    Baseline { promotion: Some(promotion(epoch, metrics)), ..no_baseline() }
}

pub(crate) fn no_baseline() -> Baseline {
    Baseline {
        schema: BASELINE_SCHEMA.into(),
        ledger_head: Sha256::zero(),
        promotion: None,
        others: Vec::new(),
        waivers: Vec::new(),
    }
}

pub(crate) fn promotion(epoch: Epoch, metrics: &[Metric]) -> Promotion {
    let kept = metrics.iter().map(|metric| LedgerMetric {
        name: metric.name.clone(),
        value: metric.value,
        unit: metric.unit,
        direction: metric.direction,
        rounds: metric.rounds.clone(),
        verdict: Verdict::New,
    });
    Promotion {
        run_id: "run-0".parse().unwrap(),
        commit: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
        epoch,
        mode: Mode::Full,
        digests: Digests { perf: Sha256::zero(), verdict: Sha256::zero() },
        replaces: None,
        criteria: Vec::new(),
        metrics: kept.collect(),
    }
}

pub(crate) fn waiver(metric: &Metric, ceiling: f64) -> Waiver {
    Waiver {
        metric: metric.name.clone(),
        ceiling: finite(ceiling),
        expires: "2026-12-31".into(),
        issue: "https://example.com/issues/7".into(),
        reason: "the checks cost this".into(),
        author: "Jo Example".into(),
    }
}

pub(crate) fn floor(name: &str, floor: Quantity) -> MetricThreshold {
    MetricThreshold { name: name.into(), floor: Some(floor), target: None, regression: None, required: true }
}

pub(crate) fn per_second(bytes: f64) -> Quantity {
    Quantity { value: bytes, unit: Unit::BytesPerSecond }
}

pub(crate) fn thresholds(metrics: Vec<MetricThreshold>) -> Thresholds {
    Thresholds { metrics, ..Thresholds::default() }
}

pub(crate) fn settings() -> Judge {
    Judge { confidence: 0.95, on_regression: OnRegression::Warn, require_verdict: false }
}

/// Judges with the default settings.
pub(crate) fn judged(report: &Report, baseline: Option<&Baseline>, thresholds: &Thresholds) -> Judgement {
    slo_validator::judge(report, baseline, thresholds, &settings(), &Sha256::zero())
}

pub(crate) fn find<'a>(judgement: &'a Judgement, id: &str) -> &'a JudgedMetric {
    let start = format!("demo/bench/{id}");
    judgement.metrics.iter().find(|m| m.name.as_str().starts_with(&start)).unwrap_or_else(|| panic!("no {start}"))
}
