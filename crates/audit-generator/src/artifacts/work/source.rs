//! A run of proven work, from its report or from its line in the ledger: the same values by the same names.
//! Must not know: what is written of it.

use std::collections::BTreeMap;

use bench_model::ledger::RunEntry;
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::proof::Proof;
use bench_model::provenance::Epoch;
use bench_model::time::Timestamp;
use bench_model::{Finite, MetricName, RunId};

/// A measure that only the job itself reports, and one that every process has: by these the job is found among a run's metrics.
const OWN: [&str; 2] = ["records_per_second", "wall"];

/// A run of proven work.
pub(crate) struct Work<'a> {
    pub(super) run_id: &'a RunId,
    pub(super) environment: &'a Epoch,
    pub(super) started: Timestamp,
    pub(super) duration_s: f64,
    pub(super) level: EvidenceLevel,
    /// One for each round.
    pub(super) proofs: &'a [Proof],
    /// The job's metrics by measure, in base units.
    measures: BTreeMap<&'a str, Finite>,
}

impl<'a> Work<'a> {
    pub(super) fn of_report(report: &'a Report) -> Option<Self> {
        let all: Vec<_> = report.metrics.iter().map(|metric| (&metric.name, metric.value)).collect();
        (!report.proofs.is_empty()).then(|| Self {
            run_id: &report.run_id,
            environment: &report.provenance.epoch,
            started: report.provenance.started,
            duration_s: report.provenance.duration_s,
            level: report.evidence(),
            proofs: &report.proofs,
            measures: of_the_job(&all),
        })
    }

    /// `None` for a run that gave no account, or of other work.
    pub(super) fn of_entry(run: &'a RunEntry, kind: &str) -> Option<Self> {
        let account = run.account.as_deref()?;
        let judged = run.metrics.iter().map(|metric| (&metric.name, metric.value));
        let all: Vec<_> = judged.chain(account.metrics.iter().map(|metric| (&metric.name, metric.value))).collect();
        account.proofs.first().filter(|proof| proof.work == kind).map(|_| Self {
            run_id: &run.run_id,
            environment: &run.epoch,
            started: account.started,
            duration_s: account.duration_s.get(),
            level: run.evidence(),
            proofs: &account.proofs,
            measures: of_the_job(&all),
        })
    }

    pub(super) fn execution_mode(&self) -> &'static str {
        match self.level {
            EvidenceLevel::DryRun => "dry_run",
            level if level >= EvidenceLevel::RealWorkload => "real_workload",
            _ => "ci_benchmark",
        }
    }

    pub(super) fn kpi_eligible(&self) -> bool {
        self.level >= EvidenceLevel::RealWorkload
    }

    /// In whole seconds, as all times in files are.
    pub(super) fn completed(&self) -> Timestamp {
        Timestamp::from_unix(self.started.unix().saturating_add(self.duration_s.round() as i64))
    }

    /// A measure over a divisor, such as 1e9 for seconds.
    pub(super) fn measured(&self, measure: &str, divisor: f64) -> Option<Finite> {
        Finite::try_from(self.measures.get(measure)?.get() / divisor).ok()
    }

    pub(super) fn bytes(&self, measure: &str) -> Option<u64> {
        self.measures.get(measure).map(|value| value.get().round() as u64)
    }

    pub(super) fn cpu_seconds(&self) -> Option<Finite> {
        let (user, system) = (self.measured("user", 1e9)?, self.measured("system", 1e9)?);
        Finite::try_from(user.get() + system.get()).ok()
    }

    pub(super) fn mb_per_minute(&self) -> Option<Finite> {
        self.measured("bytes_per_second", 1e6 / 60.0)
    }

    /// What all rounds have in common.
    pub(super) fn common<T: PartialEq>(&self, of: impl Fn(&'a Proof) -> T) -> Option<T> {
        let mut all = self.proofs.iter().map(of);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    pub(super) fn fact(&self, name: &str) -> Option<&'a str> {
        self.common(|proof| proof.facts.get(name).map(String::as_str)).flatten()
    }

    /// When the compromise that a round recovers from began, and when it had recovered: of the round nearest to the value that is given.
    pub(super) fn recovery(&self) -> Option<(Timestamp, Timestamp)> {
        let given = self.measured("mttr", 1e9)?.get();
        let time = |proof: &Proof, name: &str| proof.facts.get(name)?.parse::<Timestamp>().ok();
        let rounds = self.proofs.iter().filter_map(|proof| Some((time(proof, "started")?, time(proof, "recovered")?)));
        let distance = |(from, to): &(Timestamp, Timestamp)| ((to.unix() - from.unix()) as f64 - given).abs();
        rounds.min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }
}

/// The metrics of the benchmark that did the work, by measure.
fn of_the_job<'a>(all: &[(&'a MetricName, Finite)]) -> BTreeMap<&'a str, Finite> {
    let parts = |name: &'a MetricName| name.as_str().rsplit_once('#');
    let found = |own: &&str| all.iter().find_map(|(name, _)| parts(name).filter(|(_, measure)| measure == own));
    let Some((job, _)) = OWN.iter().find_map(found) else { return BTreeMap::new() };
    let mine =
        all.iter().filter_map(|(name, value)| parts(name).filter(|(of, _)| *of == job).map(|(_, m)| (m, *value)));
    mine.collect()
}
