//! Appending: a run, or what it says about noise, with every line that it brings along, in one update.
//! Must not know: where the run was read from.

use bench_model::ledger::{Body, Digests, Incident, NoiseEntry, RunEntry, WaiverEntry};
use bench_model::time::Timestamp;
use bench_model::{MetricName, RunId, Sha256};

use crate::incidents::{self, Decided, Evidence, Mainline};
use crate::store::{Change, Store};
use crate::{Error, Ledger};

/// What a judged run becomes in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A run, with everything that its line brings along.
    Run(Box<RunRecord>),
    /// What it says about noise.
    Noise(NoiseEntry),
}

/// A run, and what its verdict says beyond its own line.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    pub(crate) run: RunEntry,
    pub(crate) waivers: Vec<WaiverEntry>,
    pub(crate) evidence: Evidence,
}

impl From<RunEntry> for Record {
    /// A run whose verdict used no waiver and bears on no incident.
    fn from(run: RunEntry) -> Self {
        Self::Run(Box::new(RunRecord { run, waivers: Vec::new(), evidence: Evidence::default() }))
    }
}

impl RunRecord {
    /// The run's line with the lines that it brings along: used waivers, and incidents that it opens and closes.
    pub(crate) fn lines(&self, ledger: &Ledger, main: &Mainline<'_>) -> (Vec<Body>, Decided) {
        let decided = incidents::of_run(ledger, &self.run, &self.evidence, main);
        let mut lines = vec![Body::Run(self.run.clone())];
        lines.extend(self.waivers.iter().cloned().map(Body::Waiver));
        lines.extend(decided.incidents.iter().cloned().map(Body::Incident));
        (lines, decided)
    }
}

impl Record {
    fn run_id(&self) -> &RunId {
        match self {
            Self::Run(record) => &record.run.run_id,
            Self::Noise(noise) => &noise.run_id,
        }
    }

    fn digests(&self) -> &Digests {
        match self {
            Self::Run(record) => &record.run.digests,
            Self::Noise(noise) => &noise.digests,
        }
    }
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Appended {
    /// The run.
    pub run_id: RunId,
    /// The line that holds it.
    pub seq: u64,
    /// Its kind: `run` or `noise`.
    pub kind: &'static str,
    /// Whether this call appended it; otherwise it stood there already.
    pub appended: bool,
    /// The metrics whose regression a waiver permitted, each with a line of its own behind the run's.
    pub waived: Vec<MetricName>,
    /// The incidents that it opened and closed, each with a line of its own behind those.
    pub incidents: Vec<Incident>,
    /// Why a confirmed regression that it shows opened none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
    /// The ledger's head afterwards.
    pub head: Sha256,
    /// What to know.
    pub warnings: Vec<String>,
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

/// Appends a run, or what it says about noise, to the ledger, once: a run that stands there already, made from the same
/// files, is left as it is. Used waivers and incidents of the branch `main` go into the same update.
///
/// # Errors
/// [`Error::RunTaken`] when the run stands there made from other files, [`Error::Broken`] when the chain does not hold,
/// [`Error::ReadOnly`], and what storage can fail with. The ledger is unchanged then.
pub fn store_historical_data(
    store: &Store,
    record: &Record,
    main: &Mainline<'_>,
    now: Timestamp,
) -> Result<Appended, Error> {
    let (run_id, digests) = (record.run_id(), record.digests());
    let kind = match record {
        Record::Run(_) => "run",
        Record::Noise(_) => "noise",
    };
    let mut done = (0, Vec::new(), None);
    let changed = store.update(now, Some(run_id), &mut |ledger| {
        if let Some(line) = held_line(ledger, run_id, digests)? {
            done = (line, Vec::new(), None);
            return Ok(Change::default());
        }
        let (append, decided) = match record {
            Record::Run(record) => record.lines(ledger, main),
            Record::Noise(noise) => (vec![Body::Noise(noise.clone())], Decided::default()),
        };
        let waived = append.iter().filter_map(|line| match line {
            Body::Waiver(used) => Some(used.waiver.metric.clone()),
            Body::Run(_) | Body::Promotion(_) | Body::Noise(_) | Body::Incident(_) | Body::Retention(_) => None,
        });
        done = (ledger.summary.last_seq + 1, waived.collect(), Some(decided));
        Ok(Change { append, ..Change::default() })
    })?;
    let (seq, waived, decided) = done;
    let appended = decided.is_some();
    let Decided { incidents, not_kept } = decided.unwrap_or_default();
    Ok(Appended {
        run_id: run_id.clone(),
        seq,
        kind,
        appended,
        waived,
        incidents,
        not_kept,
        head: changed.head,
        warnings: changed.warnings,
    })
}
