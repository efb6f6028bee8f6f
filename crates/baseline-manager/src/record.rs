//! A judged run as a ledger line: reading its two files, holding them against each other, and appending.
//! Must not know: whether the run is any good.

use std::path::Path;

use bench_model::file::{MAX_DOCUMENT, parse_json, read, read_json};
use bench_model::ledger::{Body, Digests, LedgerMetric, RunEntry};
use bench_model::perf::{self, Report};
use bench_model::time::Timestamp;
use bench_model::verdict::{self, Judgement};
use bench_model::{RunId, Sha256};

use crate::store::{Change, Store};
use crate::{Error, Ledger};

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

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Appended {
    /// The run.
    pub run_id: RunId,
    /// The line that holds it.
    pub seq: u64,
    /// Whether this call appended it; otherwise it stood there already.
    pub appended: bool,
    /// The ledger's head afterwards.
    pub head: Sha256,
    /// What to know.
    pub warnings: Vec<String>,
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

    /// The line's body. Values and rounds come from the report, verdicts from the verdict.
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
            });
        }
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
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
        })
    }
}

/// Whether the ledger holds a run already, made from the same files.
///
/// # Errors
/// [`Error::RunTaken`] when it was made from others.
pub(crate) fn held_line(ledger: &Ledger, run_id: &RunId, digests: &Digests) -> Result<Option<u64>, Error> {
    match &ledger.watched {
        None => Ok(None),
        Some(known) if known.digests == *digests => Ok(Some(known.seq)),
        Some(known) => Err(Error::RunTaken { run_id: run_id.clone(), seq: known.seq }),
    }
}

/// Appends a run to the ledger, once: a run that stands there already, made from the same files, is left as it is.
///
/// # Errors
/// [`Error::RunTaken`] when the run stands there made from other files, [`Error::Broken`] when the chain does not hold,
/// [`Error::ReadOnly`], and what storage can fail with. The ledger is unchanged then.
pub fn store_historical_data(store: &Store, run: &RunEntry, now: Timestamp) -> Result<Appended, Error> {
    let (mut seq, mut appended) = (0, false);
    let changed = store.update(now, Some(&run.run_id), &mut |ledger| {
        if let Some(line) = held_line(ledger, &run.run_id, &run.digests)? {
            (seq, appended) = (line, false);
            return Ok(Change::default());
        }
        (seq, appended) = (ledger.summary.last_seq + 1, true);
        Ok(Change { append: vec![Body::Run(run.clone())], ..Change::default() })
    })?;
    Ok(Appended { run_id: run.run_id.clone(), seq, appended, head: changed.head, warnings: changed.warnings })
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
