//! How much a run's numbers prove: what the measured programs said that they did. Must not know values of metrics.

use std::collections::BTreeMap;

use bench_model::perf::{EvidenceLevel, Metric};
use bench_model::proof::Proof;
use bench_model::run::Benchmark;
use bench_model::words::count;
use bench_model::{BenchmarkId, MetricName};

use crate::{Problem, score};

/// The accounts of all rounds so far.
#[derive(Default)]
pub(super) struct Evidence {
    proofs: Vec<Proof>,
    /// Rounds that were seen and gave none.
    silent: usize,
}

/// What came of a run that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// Whether anything was measured.
    pub(super) measured: bool,
    /// Rounds that were asked for and left nothing: they gave no account either.
    pub(super) lost: usize,
    /// Whether every asked round ended by itself.
    pub(super) complete: bool,
}

/// What a run's accounts come to.
pub(super) struct Proven {
    pub(super) level: EvidenceLevel,
    /// One for each round, where every round has one.
    pub(super) proofs: Vec<Proof>,
    pub(super) warnings: Vec<String>,
}

impl Evidence {
    pub(super) fn add(&mut self, benchmark: &Benchmark) {
        for round in &benchmark.rounds {
            match &round.proof {
                Some(proof) => self.proofs.push(Proof::clone(proof)),
                None => self.silent += 1,
            }
        }
    }

    /// Whether any round gave an account.
    pub(super) fn is_given(&self) -> bool {
        !self.proofs.is_empty()
    }

    /// The level of the whole: that of its weakest round. A run in which some asked rounds gave no account is a benchmark: a failure
    /// may be what the others were spared.
    pub(super) fn proven(self, outcome: Outcome) -> Proven {
        let Outcome { measured, lost, complete } = outcome;
        // Who writes a run has run something, whatever came of it.
        let plain = if measured { EvidenceLevel::CiBenchmark } else { EvidenceLevel::Unmeasured };
        let Some(weakest) = self.proofs.iter().map(Proof::level).min() else {
            return Proven { level: plain, proofs: Vec::new(), warnings: Vec::new() };
        };
        let mut warnings: Vec<String> = self
            .proofs
            .iter()
            .filter_map(Proof::shortfall)
            .map(|why| format!("the run is no evidence of real work: {why}"))
            .collect();
        warnings.sort();
        warnings.dedup();
        let silent = self.silent + lost;
        if silent > 0 {
            let silent = count(silent, "round gave", "rounds gave");
            warnings.push(format!("the run is no evidence of real work: {silent} no account of what was done"));
            return Proven { level: plain.min(weakest), proofs: Vec::new(), warnings };
        }
        if !complete {
            warnings.push("the run is no evidence of real work: it did not end by itself".into());
            return Proven { level: plain.min(weakest), proofs: Vec::new(), warnings };
        }
        let level = if measured { weakest } else { weakest.min(EvidenceLevel::Unmeasured) };
        Proven { level, proofs: self.proofs, warnings }
    }
}

/// The scores of proven work.
pub(super) fn scores(
    metrics: &BTreeMap<MetricName, Metric>,
    proofs: &[Proof],
    level: EvidenceLevel,
) -> Result<Vec<Metric>, Problem> {
    if !proofs.iter().any(|proof| proof.work == score::WORK) {
        return Ok(Vec::new());
    }
    let all: Vec<&Metric> = metrics.values().collect();
    let benchmarks: std::collections::BTreeSet<&BenchmarkId> = all.iter().map(|metric| &metric.benchmark).collect();
    let scored = benchmarks.into_iter().map(|benchmark| score::scalability(benchmark, &all, level));
    scored.filter_map(Result::transpose).collect()
}
