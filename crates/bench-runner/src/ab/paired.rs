//! What of two sides can be compared round by round. Pure. Must not know: how it was measured.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::BenchmarkId;
use bench_model::run::{Benchmark, Side};

use crate::RunnerError;

/// Both sides, with the same rounds of each benchmark that both have.
pub(super) struct Paired {
    pub(super) base: Vec<Benchmark>,
    pub(super) head: Vec<Benchmark>,
    /// Rounds that were dropped, and of how many benchmarks.
    pub(super) dropped: (usize, usize),
    /// What both sides measured, but never in one round.
    pub(super) apart: Vec<RunnerError>,
}

/// Keeps, of a benchmark that both sides measured, the rounds in which both did; where there is none, those of the side with
/// more, so that it does not vanish. What only one side measured stays as it is.
pub(super) fn paired(base: &[Benchmark], head: &[Benchmark]) -> Paired {
    let rounds = |all: &[Benchmark]| -> BTreeMap<BenchmarkId, BTreeSet<u32>> {
        all.iter().map(|one| (one.id.clone(), one.rounds.iter().map(|round| round.round).collect())).collect()
    };
    let (of_base, of_head) = (rounds(base), rounds(head));
    let (mut lost, mut apart) = (BTreeMap::new(), Vec::new());
    for (id, base) in &of_base {
        let Some(head) = of_head.get(id).filter(|head| head.is_disjoint(base)) else { continue };
        lost.insert(id, if base.len() > head.len() { Side::Head } else { Side::Base });
        apart.push(RunnerError::Apart { benchmark: id.to_string(), base: base.len(), head: head.len() });
    }
    let mut dropped = (0, BTreeSet::new());
    let mut keep = |all: &[Benchmark], side: Side, other: &BTreeMap<BenchmarkId, BTreeSet<u32>>| -> Vec<Benchmark> {
        let mut all = all.to_vec();
        all.retain(|one| lost.get(&one.id) != Some(&side));
        for one in &mut all {
            if let Some(other) = other.get(&one.id).filter(|_| !lost.contains_key(&one.id)) {
                let before = one.rounds.len();
                one.rounds.retain(|round| other.contains(&round.round));
                if one.rounds.len() < before {
                    dropped.0 += before - one.rounds.len();
                    dropped.1.insert(one.id.clone());
                }
            }
        }
        all
    };
    let (base, head) = (keep(base, Side::Base, &of_head), keep(head, Side::Head, &of_base));
    Paired { base, head, dropped: (dropped.0, dropped.1.len()), apart }
}
