//! Ledgers and contracts to score.

use std::collections::BTreeMap;
use std::path::Path;

use bench_model::config::Contracts;
use bench_model::kpi::{Kpi, KpiLedger, KpiReport};
use bench_model::ledger::{
    Account, Body, Chain, Digests, Incident, IncidentState, LedgerMetric, ObservedMetric, RunEntry, seal,
};
use bench_model::perf::EvidenceLevel;
use bench_model::proof::{DataDigest, Proof};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};
use slo_validator::{Before, LedgerEvidence, score_kpis};

pub(crate) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

/// A judged metric of an unchanged verdict, without a floor.
pub(crate) fn metric(name: &str, value: f64, unit: Unit) -> LedgerMetric {
    LedgerMetric {
        name: name.parse().unwrap(),
        value: finite(value),
        unit,
        direction: Direction::HigherIsBetter,
        rounds: vec![finite(value)],
        verdict: Verdict::Unchanged,
        floor: None,
        target: None,
    }
}

/// A complete, clean, passing run, with the account that bears its level out.
pub(crate) fn run(id: &str, level: EvidenceLevel, metrics: Vec<LedgerMetric>) -> RunEntry {
    RunEntry {
        run_id: id.parse().unwrap(),
        commit: Some("ab".repeat(20).parse().unwrap()),
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch("here".into()),
        mode: Mode::Full,
        complete: true,
        partial: false,
        status: Status::Pass,
        evidence_level: level,
        digests: Digests { perf: Sha256::of(b"perf"), verdict: Sha256::of(b"verdict") },
        metrics,
        missing: Vec::new(),
        account: (level >= EvidenceLevel::RealWorkload).then(|| account(Vec::new())),
    }
}

/// An account of real work, with `metrics` beside the judged ones.
pub(crate) fn account(metrics: Vec<LedgerMetric>) -> Box<Account> {
    let data = DataDigest { sha256: Sha256::of(b"data"), bytes: 4 };
    let proof = Proof {
        work: "job".into(),
        dry_run: false,
        planned: 9,
        done: 9,
        resumed: 0,
        sampled: 9,
        verified: 9,
        input: data.clone(),
        output: Some(data),
        facts: BTreeMap::new(),
    };
    let observed = |metric: LedgerMetric| ObservedMetric {
        name: metric.name,
        value: metric.value,
        unit: metric.unit,
        direction: metric.direction,
    };
    Box::new(Account {
        started: Timestamp::from_unix(0),
        duration_s: finite(1.0),
        proofs: vec![proof],
        scale: None,
        metrics: metrics.into_iter().map(observed).collect(),
    })
}

/// A run with a score of itself, as the measured job leaves it.
pub(crate) fn scored(id: &str, level: EvidenceLevel, score: f64) -> Body {
    Body::Run(run(id, level, vec![metric("job#score", score, Unit::Count)]))
}

pub(crate) fn incident(metric: &str, state: IncidentState) -> Body {
    Body::Incident(Incident {
        metric: metric.parse().unwrap(),
        state,
        epoch: Epoch("here".into()),
        mode: Mode::Full,
        run_id: "r1".parse().unwrap(),
        commit: "ab".repeat(20).parse().unwrap(),
        good: None,
        change: None,
        opened: None,
    })
}

/// The lines of a ledger, a day apart.
pub(crate) fn lines(bodies: &[Body]) -> Vec<Vec<u8>> {
    let mut prev = Sha256::zero();
    let line = |(seq, body): (u64, &Body)| {
        let time = Timestamp::from_unix(1_767_225_600 + i64::try_from(seq).unwrap() * 86_400);
        let (mut line, digest) = seal(seq, &prev, time, body).unwrap();
        line.push(b'\n');
        prev = digest;
        line
    };
    (1..).zip(bodies).map(line).collect()
}

pub(crate) fn contracts(text: &str) -> Contracts {
    Contracts::parse(Path::new("kpi.toml"), text).unwrap()
}

/// The contract of a direct score, with what stands behind it.
pub(crate) fn direct(rest: &str) -> String {
    format!("[[kpi]]\nname = \"a\"\nabout = \"what it says\"\nscore = \"job#score\"\n{rest}\n")
}

/// A contract of points for one measure.
pub(crate) fn points(of: &str, steps: &str) -> String {
    let points = format!("[[kpi.points]]\nwhat = \"the measure\"\n{of}\nsteps = [{steps}]\n");
    format!("[[kpi]]\nname = \"a\"\nabout = \"what it says\"\n{points}")
}

/// Scores the lines of a ledger that holds.
pub(crate) fn report(text: &str, bodies: &[Body], before: Option<&KpiReport>) -> KpiReport {
    report_of("1.0", text, bodies, before)
}

/// The same, as a version.
pub(crate) fn report_of(version: &str, text: &str, bodies: &[Body], before: Option<&KpiReport>) -> KpiReport {
    let contracts = contracts(text);
    let mut evidence = LedgerEvidence::new(&contracts);
    let mut chain = Chain::default();
    for line in lines(bodies) {
        evidence.absorb(&chain.check(line.trim_ascii_end()).unwrap());
    }
    let ledger = KpiLedger { head: chain.head(), lines: bodies.len() as u64, broken: None };
    let sha256 = Sha256::of(b"before");
    let before = before.map(|report| Before { report, sha256: &sha256 });
    score_kpis(&contracts, &evidence, ledger, version.parse().unwrap(), before)
}

/// Scores the only contract there is.
pub(crate) fn kpi(text: &str, bodies: &[Body]) -> Kpi {
    report(text, bodies, None).kpis.remove(0)
}
