//! A judged run as the ledger keeps it: reading its two files, and holding them against each other.
//! Must not know: whether the run is any good, or what the ledger holds.

use std::collections::BTreeSet;
use std::path::Path;

use bench_model::file::{MAX_DOCUMENT, parse_json, read, read_json};
use bench_model::ledger::{Account, Digests, LedgerMetric, NoiseEntry, ObservedMetric, RunEntry, WaiverEntry};
use bench_model::perf::{self, Metric, Report};
use bench_model::run::{Pass, Purpose, Side};
use bench_model::verdict::{self, Judgement, Verdict, WaiverOutcome, WaiverUse};
use bench_model::{Finite, Sha256};

use crate::Error;
use crate::append::{Record, RunRecord};
use crate::incidents::Evidence;

/// A report with its verdict, read and held against each other.
#[derive(Debug, Clone)]
pub struct JudgedRun {
    /// What was measured.
    pub report: Report,
    /// What was decided on it.
    pub judgement: Judgement,
    /// The digests of both files' bytes.
    pub digests: Digests,
}

fn schema(path: &Path, found: &str, expected: &'static str) -> Result<(), Error> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::Schema { path: path.to_path_buf(), found: found.to_owned(), expected }),
    }
}

impl JudgedRun {
    /// Reads `perf.json` and `verdict.json`.
    ///
    /// # Errors
    /// When a file cannot be read or is of another type or schema. Whether they belong together is checked by [`Self::matched`].
    pub fn read(perf: &Path, verdict: &Path) -> Result<Self, Error> {
        let bytes = read(perf, MAX_DOCUMENT)?;
        let report: Report = parse_json(perf, &bytes)?;
        schema(perf, &report.schema, perf::SCHEMA)?;
        let perf_digest = Sha256::of(&bytes);
        drop(bytes);
        let bytes = read(verdict, MAX_DOCUMENT)?;
        let judgement: Judgement = parse_json(verdict, &bytes)?;
        schema(verdict, &judgement.schema, verdict::SCHEMA)?;
        let digests = Digests { perf: perf_digest, verdict: Sha256::of(&bytes) };
        Ok(Self { report, judgement, digests })
    }

    /// Checks that the verdict was made from this report; `perf` names the report in errors.
    ///
    /// # Errors
    /// [`Error::OtherReport`] with both digests, or [`Error::OtherRun`] with both run ids.
    pub fn matched(&self, perf: &Path) -> Result<(), Error> {
        let (stated, found) = (self.judgement.perf_sha256.clone(), self.digests.perf.clone());
        if stated != found {
            return Err(Error::OtherReport { perf: perf.to_path_buf(), stated, found });
        }
        if self.judgement.run_id != self.report.run_id {
            let (judged, reported) = (self.judgement.run_id.clone(), self.report.run_id.clone());
            return Err(Error::OtherRun { judged, reported });
        }
        Ok(())
    }

    /// Why no line is kept of this run: it is a side, a pass or a check of a comparison that nobody looks up later.
    pub fn not_kept(&self) -> Option<&'static str> {
        let pairing = self.report.plan.pairing.as_ref()?;
        match (pairing.purpose, pairing.side, pairing.pass) {
            (Purpose::Plant, ..) => Some("its delay was planted to check the verdict"),
            (_, Side::Base, _) => Some("it is the base side of a comparison, and the head side is what was judged"),
            (_, _, Pass::Confirm) => Some("it is the pass that confirms another run"),
            (Purpose::Noise, Side::Head, Pass::First) if self.judgement.noise.is_empty() => {
                Some("it was to learn about noise, and its verdict says nothing about that")
            }
            (Purpose::Noise | Purpose::Change, Side::Head, Pass::First) => None,
        }
    }

    /// What the ledger keeps of this run; see [`Self::not_kept`] for what is not to be kept.
    ///
    /// # Errors
    /// [`Error::NotReported`] as for [`Self::entry`], [`Error::WaivedBy`] when a waiver was used and the verdict lacks the change.
    pub fn record(&self) -> Result<Record, Error> {
        let Self { report, judgement, digests } = self;
        let purpose = report.plan.pairing.as_ref().map(|pairing| pairing.purpose);
        if purpose == Some(Purpose::Noise) {
            let mut metrics = judgement.noise.clone();
            metrics.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(Record::Noise(NoiseEntry {
                run_id: report.run_id.clone(),
                commit: report.provenance.source.as_ref().map(|source| source.commit.clone()),
                epoch: report.provenance.epoch.clone(),
                mode: report.plan.mode,
                digests: digests.clone(),
                metrics,
            }));
        }
        Ok(Record::Run(Box::new(self.run_record()?)))
    }

    /// The run's line with everything it brings along.
    pub(crate) fn run_record(&self) -> Result<RunRecord, Error> {
        let run = self.entry()?;
        let used = self.judgement.waivers.iter().filter(|waiver| waiver.outcome == WaiverOutcome::Used);
        let entry = |WaiverUse { waiver, change, .. }: &WaiverUse| {
            let change = change.ok_or_else(|| Error::WaivedBy { metric: waiver.metric.to_string() })?;
            let (run_id, commit) = (run.run_id.clone(), run.commit.clone());
            Ok::<_, Error>(WaiverEntry { run_id, commit, change, waiver: waiver.clone() })
        };
        let waivers = used.map(entry).collect::<Result<_, _>>()?;
        Ok(RunRecord { run, waivers, evidence: Evidence::of(&self.judgement) })
    }

    /// The line's body. Values and rounds come from the report; verdicts, floors, targets and what is missing from the verdict.
    ///
    /// # Errors
    /// [`Error::NotReported`] when the verdict gives a value to a metric that the report lacks.
    pub fn entry(&self) -> Result<RunEntry, Error> {
        let Self { report, judgement, digests } = self;
        let source = report.provenance.source.as_ref();
        let reported: std::collections::BTreeMap<_, _> = report.metrics.iter().map(|m| (&m.name, m)).collect();
        let mut metrics = Vec::new();
        for judged in judgement.metrics.iter().filter(|judged| judged.value.is_some()) {
            let Some(metric) = reported.get(&judged.name) else {
                return Err(Error::NotReported { metric: judged.name.to_string() });
            };
            metrics.push(LedgerMetric {
                name: metric.name.clone(),
                value: metric.value,
                unit: metric.unit,
                direction: metric.direction,
                rounds: metric.rounds.clone(),
                verdict: judged.verdict,
                floor: judged.floor,
                target: judged.target,
            });
        }
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
        let missing = judgement.metrics.iter().filter(|judged| judged.verdict == Verdict::Missing);
        let mut missing: Vec<_> = missing.map(|judged| judged.name.clone()).collect();
        missing.sort();
        Ok(RunEntry {
            run_id: report.run_id.clone(),
            commit: source.map(|source| source.commit.clone()),
            branch: source.and_then(|source| source.branch.clone()),
            dirty: source.is_some_and(|source| source.dirty),
            epoch: report.provenance.epoch.clone(),
            mode: report.plan.mode,
            complete: report.complete,
            partial: report.plan.partial || report.plan.filter.is_some(),
            status: judgement.status,
            evidence_level: report.evidence_level,
            digests: digests.clone(),
            metrics,
            missing,
            account: account(report, judgement),
        })
    }
}

/// What the ledger keeps of a run of work that gave an account of itself, or of scalability, beyond what was judged.
fn account(report: &Report, judgement: &Judgement) -> Option<Box<Account>> {
    if report.proofs.is_empty() && report.scale.is_none() {
        return None;
    }
    let judged: BTreeSet<_> =
        judgement.metrics.iter().filter(|judged| judged.value.is_some()).map(|judged| &judged.name).collect();
    let others = report.metrics.iter().filter(|metric| !judged.contains(&metric.name));
    let mut metrics: Vec<_> = others
        .map(|Metric { name, value, unit, direction, .. }| ObservedMetric {
            name: name.clone(),
            value: *value,
            unit: *unit,
            direction: *direction,
        })
        .collect();
    metrics.sort_by(|a, b| a.name.cmp(&b.name));
    Some(Box::new(Account {
        started: report.provenance.started,
        duration_s: Finite::try_from(report.provenance.duration_s).unwrap_or_default(),
        proofs: report.proofs.clone(),
        scale: report.scale.clone(),
        metrics,
    }))
}

/// Reads a report alone.
///
/// # Errors
/// When the file cannot be read or is no report.
pub(crate) fn read_report(perf: &Path) -> Result<Report, Error> {
    let report: Report = read_json(perf)?;
    schema(perf, &report.schema, perf::SCHEMA)?;
    Ok(report)
}
