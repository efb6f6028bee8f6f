//! Judgements as the judge writes them, without measuring anything.

use std::collections::BTreeMap;

use bench_model::ledger::Waiver;
use bench_model::perf::{self, EvidenceLevel, Headline, Interval, IntervalSource, Report};
use bench_model::provenance::{Epoch, Machine, Provenance, Source, System, Toolchain};
use bench_model::run::{BenchSource, Mode, Plan, Purpose};
use bench_model::verdict::{
    Against, Change, Confirmation, JudgedMetric, Judgement, Rule, SecondPass, Status, Verdict, Violation,
    WaiverOutcome, WaiverUse,
};
use bench_model::{Direction, Finite, Sha256, Unit};
use bench_report::comment::{COMMENT_LIMIT, CommentContext};

pub(crate) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

pub(crate) fn context() -> CommentContext<'static> {
    CommentContext { key: "default", report_url: None, run_url: None, ledger_head: None, limit: COMMENT_LIMIT }
}

pub(crate) fn interval(lower: f64, upper: f64) -> Interval {
    Interval { lower: finite(lower), upper: finite(upper), level: finite(0.95), from: IntervalSource::Rounds }
}

/// A change, one point of a percent to either side.
pub(crate) fn change(value: f64) -> Change {
    Change { value: finite(value), interval: Some(interval(value - 0.01, value + 0.01)) }
}

/// A time of 100 µs on the base side, changed by a share.
pub(crate) fn metric(name: &str, verdict: Verdict, by: f64) -> JudgedMetric {
    JudgedMetric {
        name: name.parse().unwrap(),
        verdict,
        unit: Unit::Nanoseconds,
        direction: Direction::LowerIsBetter,
        value: Some(finite(100e3 * (1.0 + by))),
        interval: None,
        rounds: 12,
        baseline: Some(finite(100e3)),
        change: Some(change(by)),
        threshold: finite(0.05),
        floor: None,
        target: None,
        margin: None,
        rule: Rule::Paired,
        why: "a sentence of the judge".into(),
        confirmation: None,
        noise_floor: None,
        history: None,
        anchor: None,
        waived: false,
        more_rounds: None,
    }
}

pub(crate) fn missing(name: &str) -> JudgedMetric {
    JudgedMetric {
        value: None,
        rounds: 0,
        baseline: None,
        change: None,
        rule: Rule::Expected,
        why: "it did not report".into(),
        ..metric(name, Verdict::Missing, 0.0)
    }
}

pub(crate) fn confirmed(metric: JudgedMetric, by: f64) -> JudgedMetric {
    let confirmation = Confirmation { outcome: SecondPass::Agreed, change: Some(change(by)), rounds: 12 };
    JudgedMetric { confirmation: Some(confirmation), noise_floor: Some(finite(0.021)), ..metric }
}

pub(crate) fn violation(name: &str) -> Violation {
    Violation {
        metric: name.parse().unwrap(),
        message: format!("`{name}` is missing: it did not report"),
        value: None,
        floor: None,
        unit: Unit::Nanoseconds,
    }
}

pub(crate) fn waiver(name: &str, by: f64) -> WaiverUse {
    WaiverUse {
        waiver: Waiver {
            metric: name.parse().unwrap(),
            ceiling: finite(0.15),
            expires: "2026-12-31".into(),
            issue: "#42".into(),
            reason: "checksums are verified now".into(),
            author: "@release-team".into(),
        },
        change: Some(finite(by)),
        outcome: WaiverOutcome::Used,
    }
}

pub(crate) fn judgement(status: Status, content: &str, metrics: Vec<JudgedMetric>) -> Judgement {
    Judgement {
        schema: bench_model::verdict::SCHEMA.into(),
        run_id: "20261121T114311Z-c6d7bb6-1a03".parse().unwrap(),
        perf_sha256: Sha256::of(b"perf"),
        status,
        summary: format!("Performance Report: {content} [{status}]"),
        reasons: Vec::new(),
        baseline: None,
        anchor: None,
        against: None,
        together: None,
        noise: Vec::new(),
        plant: None,
        waivers: Vec::new(),
        headline: Vec::new(),
        warnings: Vec::new(),
        violations: Vec::new(),
        metrics,
        load: None,
        gate: None,
    }
}

/// With headlines the judge's line gives their values.
pub(crate) fn headlines() -> Vec<Headline> {
    [("display_gibs", "DISPLAY", "GiB/s"), ("comp3_mibs", "COMP-3", "MiB/s")]
        .map(|(name, label, unit)| Headline {
            name: name.into(),
            label: label.into(),
            metric: format!("copybook-bench/decode/{label}#throughput").parse().unwrap(),
            unit: unit.into(),
        })
        .into()
}

pub(crate) fn against_main() -> Option<Against> {
    Some(Against {
        purpose: Purpose::Change,
        reference: "main".into(),
        commit: Some("6465159a56bd4baa9283b5bda0286f44986326bd".parse().unwrap()),
        run_id: "20261121T114311Z-c6d7bb6-1a03-base".parse().unwrap(),
        perf_sha256: Sha256::of(b"base"),
        pairs: 12,
        looks: 3,
        bench_source: BenchSource::Head,
    })
}

pub(crate) fn report() -> Report {
    Report {
        headline_values: BTreeMap::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
        schema: perf::SCHEMA.into(),
        run_id: "20261121T114311Z-c6d7bb6-1a03".parse().unwrap(),
        evidence_level: EvidenceLevel::RealWorkload,
        complete: true,
        plan: Plan { mode: Mode::Quick, rounds: 12, filter: None, partial: false, asked: Vec::new(), pairing: None },
        headline: Vec::new(),
        expected: Vec::new(),
        provenance: Provenance {
            tool: "bench-runner 0.1.0".into(),
            started: "2026-11-21T11:43:36Z".parse().unwrap(),
            duration_s: 41.3,
            source: Some(Source {
                commit: "c6d7bb6c25cf346ce4af0a41c5afbc89014cf668".parse().unwrap(),
                branch: Some("faster-decode".into()),
                dirty: false,
                base: None,
            }),
            machine: Machine {
                cpu_model: "Example CPU @ 2.5GHz".into(),
                cpus: 4,
                memory_bytes: 17_179_869_184,
                virtualization: Some("docker".into()),
                governor: None,
                load_average: Some([0.1, 0.2, 0.3]),
            },
            system: System {
                os: "linux-x86_64".into(),
                kernel: "6.18.44".into(),
                distribution: Some("Debian GNU/Linux 12 (bookworm)".into()),
                libc: Some("glibc 2.36".into()),
                runner_image: None,
            },
            toolchain: Toolchain {
                rustc: Some("rustc 1.95.0".into()),
                cargo: None,
                harness: BTreeMap::from([("criterion".to_owned(), "0.8.2".to_owned())]),
            },
            epoch: Epoch("5c23f3c42946d671".into()),
        },
        metrics: Vec::new(),
        load: None,
        proofs: Vec::new(),
        scale: None,
    }
}
