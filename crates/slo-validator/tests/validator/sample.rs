//! Reports and baselines to judge, with only what a test is about spelled out.

use std::collections::BTreeMap;

use bench_model::config::{Judge, MetricThreshold, OnRegression, Thresholds};
use bench_model::ledger::{BASELINE_SCHEMA, Baseline, Digests, LedgerMetric, NoiseMetric, Promotion, Waiver};
use bench_model::perf::{self, EvidenceLevel, Headline, Interval, IntervalSource, Metric, Report};
use bench_model::provenance::{Epoch, Machine, Provenance, System, Toolchain};
use bench_model::run::{BenchSource, Mode, Pairing, Pass, Plan, Purpose, Side};
use bench_model::time::Timestamp;
use bench_model::verdict::{JudgedMetric, Judgement, Verdict};
use bench_model::{BenchmarkId, Direction, Finite, Quantity, Sha256, Unit};
use slo_validator::{File, Inputs, Judged, Second, judge};

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

/// So many rounds around `value`, spread by about one in a hundred.
pub(crate) fn around(value: f64, rounds: usize) -> Vec<f64> {
    [1.006, 0.991, 1.003, 0.996, 1.009, 0.994, 1.001].iter().cycle().take(rounds).map(|factor| value * factor).collect()
}

/// So many rounds beside those of [`around`], each of which shared its moment: only one in a thousand is their own.
pub(crate) fn shaken(value: f64, rounds: usize) -> Vec<f64> {
    let own = [0.9992, 1.0007, 1.0002, 0.9996, 1.0009, 1.0001, 0.9994, 1.0003, 0.9998, 1.0005, 0.9997];
    around(value, rounds).iter().zip(own.iter().cycle()).map(|(value, factor)| value * factor).collect()
}

/// Noise of about half a percent, the same on every call.
pub(crate) fn wobble(at: usize) -> f64 {
    // The finaliser of SplitMix64.
    let mut state = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^= state >> 31;
    let uniform = |shift: u32| ((state >> shift) & 0xffff) as f64 / 65_535.0 - 0.5;
    1.0 + 0.01 * (uniform(16) + uniform(32) + uniform(48))
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
        plan: Plan { mode: Mode::Full, rounds: 5, filter: None, partial: false, asked: Vec::new(), pairing: None },
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
        load: None,
        proofs: Vec::new(),
        scale: None,
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
        measured_elsewhere: false,
        anchor: None,
        noise: Vec::new(),
        history: Vec::new(),
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
        floor: None,
        target: None,
    });
    Promotion {
        run_id: "run-0".parse().unwrap(),
        commit: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
        epoch,
        mode: Mode::Full,
        digests: Digests { perf: Sha256::zero(), verdict: Sha256::zero() },
        replaces: None,
        anchor: None,
        author: None,
        reason: None,
        criteria: Vec::new(),
        metrics: kept.collect(),
    }
}

pub(crate) fn noise(metric: &Metric, floor: f64) -> NoiseMetric {
    NoiseMetric { name: metric.name.clone(), floor: finite(floor), rounds: 5, comparisons: 6, alarms: 0 }
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
    Judge { confidence: 0.95, verdict_confidence: 0.99, on_regression: OnRegression::Warn, require_verdict: false }
}

/// A side of a comparison with `main`.
pub(crate) fn side(side: Side, pass: Pass) -> Pairing {
    Pairing {
        side,
        comparison: "run-1".parse().unwrap(),
        purpose: Purpose::Change,
        pass,
        against: "main".into(),
        looks: vec![6, 9, 12],
        bench_source: BenchSource::Head,
        planted: None,
    }
}

/// What a judgement is made from, with the default settings. A test changes what it is about.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) head: Report,
    pub(crate) base: Option<Report>,
    pub(crate) confirm: Option<Report>,
    pub(crate) confirm_base: Option<Report>,
    pub(crate) require_confirmation: bool,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) thresholds: Thresholds,
    pub(crate) waivers: Vec<Waiver>,
    pub(crate) settings: Judge,
}

impl Evidence {
    pub(crate) fn of(head: Report) -> Self {
        Self {
            head,
            base: None,
            confirm: None,
            confirm_base: None,
            require_confirmation: false,
            baseline: None,
            thresholds: Thresholds::default(),
            waivers: Vec::new(),
            settings: settings(),
        }
    }

    /// The same, with another side that these metrics were measured on, in turns, a look after every third pair of rounds
    /// from the sixth on.
    pub(crate) fn against(mut self, metrics: Vec<Metric>) -> Self {
        let mut base = report(metrics);
        base.run_id = "run-1-base".parse().unwrap();
        base.plan = self.head.plan.clone();
        base.plan.pairing = Some(side(Side::Base, Pass::First));
        self.head.plan.pairing = Some(side(Side::Head, Pass::First));
        self.base = Some(base);
        self
    }

    /// The same, with a second pass of these metrics, and of those on its base side when there is one.
    pub(crate) fn confirmed_by(mut self, head: Vec<Metric>, base: Option<Vec<Metric>>) -> Self {
        let second = |metrics, name: &str, which| {
            let mut second = report(metrics);
            second.run_id = name.parse().unwrap();
            second.plan.pairing = self.base.is_some().then(|| side(which, Pass::Confirm));
            second
        };
        self.confirm_base = base.map(|metrics| second(metrics, "run-2-base", Side::Base));
        self.confirm = Some(second(head, "run-2", Side::Head));
        self
    }

    /// The pairing of both sides, changed.
    pub(crate) fn pairing(mut self, change: impl Fn(&mut Pairing)) -> Self {
        let sides = [Some(&mut self.head), self.base.as_mut()];
        sides.into_iter().flatten().for_each(|side| change(side.plan.pairing.as_mut().unwrap()));
        self
    }

    pub(crate) fn judged(&self) -> Judged {
        let zero = Sha256::zero();
        judge(&Inputs {
            head: File { report: &self.head, sha256: &zero },
            base: self.base.as_ref().map(|report| File { report, sha256: &zero }),
            require_confirmation: self.require_confirmation,
            confirm: self.confirm.as_ref().map(|head| Second { head, base: self.confirm_base.as_ref() }),
            baseline: self.baseline.as_ref(),
            thresholds: &self.thresholds,
            waivers: &self.waivers,
            settings: &self.settings,
            rounds: 5,
        })
    }

    pub(crate) fn judgement(&self) -> Judgement {
        self.judged().judgement
    }
}

/// Judges with the default settings.
pub(crate) fn judged(report: &Report, baseline: Option<&Baseline>, thresholds: &Thresholds) -> Judgement {
    let thresholds = thresholds.clone();
    Evidence { baseline: baseline.cloned(), thresholds, ..Evidence::of(report.clone()) }.judgement()
}

pub(crate) fn find<'a>(judgement: &'a Judgement, id: &str) -> &'a JudgedMetric {
    let start = format!("demo/bench/{id}");
    judgement.metrics.iter().find(|m| m.name.as_str().starts_with(&start)).unwrap_or_else(|| panic!("no {start}"))
}
