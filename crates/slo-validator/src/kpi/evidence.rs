//! What indicators need of a ledger, kept while its lines go by: the newest value of each metric that is asked for, the newest runs,
//! and the incidents that are open. Memory grows with those, not with the ledger.
//! Must not know: contracts beyond what they ask for, or what a value is worth.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bench_model::config::{Contracts, Formula, Measure};
use bench_model::kpi::KpiEvidence;
use bench_model::ledger::{Body, Entry, Incident, IncidentState, RunEntry};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Commit, Finite, MetricName, Unit};

/// What the lines of a ledger amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEvidence {
    /// What is asked for.
    metrics: BTreeMap<MetricName, Found>,
    window: usize,
    newest: VecDeque<RunFacts>,
    runs: u64,
    open: BTreeSet<(Epoch, Mode, MetricName)>,
}

/// What the ledger holds of a metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Found {
    /// Nothing.
    #[default]
    Nowhere,
    /// Values of runs that did not end by themselves, or of no commit as it stands: nobody can tell what they are of.
    InSpoiltRuns,
    /// A value.
    Value(FoundValue),
}

/// A metric's value in the newest complete run of a clean tree that holds it. What flags left out of that run are other metrics.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundValue {
    pub(super) value: Finite,
    pub(super) unit: Unit,
    pub(super) level: EvidenceLevel,
    /// What was measured; none outside a repository.
    pub(super) commit: Option<Commit>,
    pub(super) evidence: KpiEvidence,
}

/// What is counted of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunFacts {
    pub(super) evidence: KpiEvidence,
    pub(super) level: EvidenceLevel,
    pub(super) complete: bool,
    pub(super) clean: bool,
    pub(super) decided: bool,
    pub(super) passed: bool,
    pub(super) reported: usize,
    pub(super) missing: usize,
    pub(super) with_floor: usize,
}

impl LedgerEvidence {
    /// An empty ledger, to be shown lines that the contracts are scored by.
    pub fn new(contracts: &Contracts) -> Self {
        let mut metrics = BTreeMap::new();
        for contract in &contracts.kpis {
            match &contract.formula {
                Formula::None => {}
                Formula::Score(name) => drop(metrics.insert(name.clone(), Found::Nowhere)),
                Formula::Points { points, .. } => {
                    for points in points {
                        if let Measure::Metric(name) = &points.of {
                            metrics.insert(name.clone(), Found::Nowhere);
                        }
                    }
                }
            }
        }
        let window = usize::try_from(contracts.window).unwrap_or(usize::MAX);
        Self { metrics, window, newest: VecDeque::new(), runs: 0, open: BTreeSet::new() }
    }

    /// Takes in the next line.
    pub fn absorb(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Run(run) => self.run(entry, run),
            Body::Incident(incident) => self.incident(incident),
            Body::Retention(retention) => {
                retention.incidents.iter().for_each(|carried| self.incident(&carried.incident));
            }
            Body::Promotion(_) | Body::Waiver(_) | Body::Noise(_) => {}
        }
    }

    fn run(&mut self, entry: &Entry, run: &RunEntry) {
        let evidence = KpiEvidence {
            first_seq: entry.seq,
            last_seq: entry.seq,
            digest: entry.digest.clone(),
            time: entry.time,
            run_id: run.run_id.clone(),
        };
        // What a line claims counts as far as the accounts in it bear it out.
        let level = run.evidence();
        let judged = run.metrics.iter().map(|metric| (&metric.name, metric.value, metric.unit));
        let account = run.account.iter().flat_map(|account| &account.metrics);
        let observed = account.map(|metric| (&metric.name, metric.value, metric.unit));
        for (name, value, unit) in judged.chain(observed) {
            let Some(found) = self.metrics.get_mut(name) else { continue };
            match (run.complete && !run.dirty, &found) {
                (true, _) => {
                    let (commit, evidence) = (run.commit.clone(), evidence.clone());
                    *found = Found::Value(FoundValue { value, unit, level, commit, evidence });
                }
                (false, Found::Nowhere) => *found = Found::InSpoiltRuns,
                (false, Found::InSpoiltRuns | Found::Value(_)) => {}
            }
        }
        let decided = |verdict: Verdict| match verdict {
            Verdict::Regressed | Verdict::Unchanged | Verdict::Improved => true,
            Verdict::Missing | Verdict::Inconclusive | Verdict::New => false,
        };
        self.runs += 1;
        if self.newest.len() == self.window {
            self.newest.pop_front();
        }
        self.newest.push_back(RunFacts {
            evidence,
            level,
            complete: run.complete && !run.partial,
            clean: run.commit.is_some() && !run.dirty,
            decided: run.metrics.iter().any(|metric| decided(metric.verdict)),
            passed: run.status == Status::Pass,
            reported: run.metrics.len(),
            missing: run.missing.len(),
            with_floor: run.metrics.iter().filter(|metric| metric.floor.is_some()).count(),
        });
    }

    fn incident(&mut self, incident: &Incident) {
        let key = (incident.epoch.clone(), incident.mode, incident.metric.clone());
        match incident.state {
            IncidentState::Opened => drop(self.open.insert(key)),
            IncidentState::Recovered | IncidentState::Waived | IncidentState::Accepted => drop(self.open.remove(&key)),
        }
    }

    /// What the ledger holds of a metric.
    pub(super) fn metric(&self, name: &MetricName) -> &Found {
        self.metrics.get(name).unwrap_or(&Found::Nowhere)
    }

    /// The newest runs, oldest first.
    pub(super) fn newest(&self) -> &VecDeque<RunFacts> {
        &self.newest
    }

    /// How many runs there are.
    pub(super) const fn runs(&self) -> u64 {
        self.runs
    }

    /// How many incidents are open.
    pub(super) fn open_incidents(&self) -> usize {
        self.open.len()
    }

    /// How much a count over the newest runs proves: as much as the weakest of those that measured something. One that measured
    /// nothing counts as a run, and has no number that could prove less than the others.
    pub(super) fn level(&self) -> EvidenceLevel {
        let levels = self.newest.iter().map(|run| run.level).filter(|level| *level != EvidenceLevel::Unmeasured);
        levels.min().unwrap_or(EvidenceLevel::Unmeasured)
    }

    /// The lines of the newest runs; `None` when there is no run.
    pub(super) fn lines(&self) -> Option<KpiEvidence> {
        let first_seq = self.newest.front()?.evidence.first_seq;
        Some(KpiEvidence { first_seq, ..self.newest.back()?.evidence.clone() })
    }
}
