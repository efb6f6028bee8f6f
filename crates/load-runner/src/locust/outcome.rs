//! What the master's locustfile writes at the end. Must not know: what it is made into.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bench_model::file;
use serde::Deserialize;

use crate::Error;

/// The form that the locustfile writes.
const SCHEMA: &str = "perfledger-locust/1";
/// The most that is read, in bytes.
const MAX: u64 = 1 << 30;

/// What the workers counted, added up by the master.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    pub(super) schema: String,
    /// The digest of the plan that ran.
    pub(super) plan: Option<String>,
    /// Locust's version.
    pub(super) locust: String,
    pub(super) expected: u32,
    pub(super) ready: u32,
    pub(super) lost: u32,
    /// Whether load began.
    pub(super) started: bool,
    /// When the last phase ended, or the run was cut, in seconds since the first began.
    pub(super) ended_s: f64,
    /// Beginning and end of each phase.
    pub(super) phases: Vec<(f64, f64)>,
    /// Phase, request, counts.
    pub(super) series: Vec<(usize, usize, Tally)>,
    /// Second, counts.
    pub(super) windows: Vec<(u64, Tally)>,
    /// Seconds, users, users wanted.
    pub(super) users: Vec<(f64, u64, u64)>,
    /// Seconds, processors in use, bytes in use, of all workers together.
    pub(super) usage: Vec<(f64, Option<f64>, Option<u64>)>,
    /// Workers that used more than 90 % of a processor, and the most they used, in percent.
    pub(super) busy: Vec<(Option<u32>, f64)>,
    pub(super) problems: Vec<String>,
    /// When and why the run ended early.
    pub(super) cut: Option<(f64, String)>,
}

/// Counts of a request in a phase, or of a second.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tally {
    pub(super) offered: u64,
    pub(super) sent: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) unsent: u64,
    pub(super) in_flight: u64,
    pub(super) received: u64,
    pub(super) sent_bytes: u64,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) statuses: BTreeMap<String, u64>,
    pub(super) passed: BTreeMap<String, u64>,
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) latency: Option<Times>,
    pub(super) lag: Option<Times>,
    pub(super) tick: Option<Times>,
    pub(super) open: Option<Times>,
    /// Of a second: p50, p95, p99 in ns.
    pub(super) quantiles: Option<(Option<f64>, Option<f64>, Option<f64>)>,
}

/// Smallest, largest, sum, and upper ends of buckets with their counts, in ns.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Times(pub(super) u64, pub(super) u64, pub(super) f64, pub(super) Vec<(u64, u64)>);

impl Outcome {
    /// The digest of the plan that ran.
    pub(crate) fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// How long load was sent.
    pub(crate) fn duration(&self) -> Duration {
        Duration::try_from_secs_f64(self.ended_s).unwrap_or_default()
    }

    /// What went wrong with the measurement itself.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// Reads a master's result: its file, or the log of a master that printed it.
///
/// # Errors
/// [`Error::File`] when it cannot be read, [`Error::Import`] when it holds no result.
pub(crate) fn read(path: &Path) -> Result<Outcome, Error> {
    let bytes = file::read(path, MAX)?;
    let refuse = |line, reason| Error::Import { path: path.to_path_buf(), line, reason };
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    // The last one: a log may hold an earlier try.
    let Some((number, line)) = lines.filter(|(_, line)| line.starts_with(b"{\"")).last() else {
        return Err(refuse(None, "there is no result of a Locust master in it".into()));
    };
    let line_number = Some(number as u64 + 1);
    let outcome: Outcome = serde_json::from_slice(line)
        .map_err(|error| refuse(line_number, format!("is no result of a Locust master: {error}")))?;
    if outcome.schema != SCHEMA {
        return Err(refuse(line_number, format!("has the form `{}` where `{SCHEMA}` is expected", outcome.schema)));
    }
    Ok(outcome)
}
