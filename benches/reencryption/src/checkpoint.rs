//! How far a rotation got, in a file that is whole at every moment. It holds counts, digests, times and key versions, and nothing
//! of a key.

use std::collections::BTreeMap;
use std::fmt;

use bench_model::time::Timestamp;
use bench_model::{Sha256, file};
use serde::{Deserialize, Serialize};

use crate::place::{self, Place, Stamp};
use crate::{Error, Plan, Proof};

const SCHEMA: &str = "perfledger/reencryption-checkpoint/1";

/// What is known of an unfinished rotation. It is written before the file is read for the first time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    schema: String,
    pub(crate) job: Job,
    /// Absent until a plan was made: nothing was written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<Progress>,
    /// Present when all is done but the cleaning up, so that the account can still be given once the original is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proven: Option<Proven>,
}

/// A finished rotation's proof, and the file that it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proven {
    pub(crate) file: Stamp,
    pub(crate) proof: Box<Proof>,
}

/// What a plan was held against, and under which kind of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    pub(crate) policy_sha256: Sha256,
    pub(crate) test_keys: bool,
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = if self.test_keys { "test keys" } else { "given keys" };
        write!(f, "{keys} and the crypto policy with the SHA-256 {}", self.policy_sha256.as_str())
    }
}

/// A rotation over all its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    /// Attempts that were begun, the present one among them.
    pub(crate) attempts: u32,
    /// When the first began.
    pub(crate) started: Timestamp,
    /// When the old key was compromised, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compromised_at: Option<Timestamp>,
    /// The original as it was found. As long as nothing was read, it is known by this alone; once it is kept under another name,
    /// this tells whether somebody still wrote to it.
    pub(crate) file: Stamp,
    /// Of the newest attempt: each that writes plans under its own.
    pub(crate) rules: Rules,
}

/// What was done of a rotation that was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    pub(crate) input: Input,
    pub(crate) to_version: u32,
    pub(crate) done: Position,
}

/// The original, by what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) bytes: u64,
    pub(crate) sha256: Sha256,
    pub(crate) records: u64,
    pub(crate) key_versions: BTreeMap<u32, u64>,
}

/// What may have happened to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The part grows.
    Rotating,
    /// The part is whole and is taking the file's name, or has it and is being verified.
    Placing,
}

/// A place between two records, in both files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    pub(crate) records: u64,
    pub(crate) input_bytes: u64,
    pub(crate) output_bytes: u64,
}

impl Job {
    pub(crate) fn new(started: Timestamp, compromised_at: Option<Timestamp>, file: Stamp, rules: Rules) -> Self {
        Self { attempts: 1, started, compromised_at, file, rules }
    }

    /// The same job, begun once more. A compromise that is said to be later than the time from which the job counts already is not
    /// taken over: it would shorten the time to recovery.
    pub(crate) fn again(self, compromised_at: Option<Timestamp>, rules: Rules) -> Self {
        let since = self.since();
        let compromised_at = compromised_at.filter(|at| *at < since).or(self.compromised_at);
        Self { attempts: self.attempts.saturating_add(1), compromised_at, rules, ..self }
    }

    /// From when the time to recovery counts.
    pub(crate) fn since(&self) -> Timestamp {
        self.compromised_at.unwrap_or(self.started)
    }
}

impl Input {
    pub(crate) fn of(plan: &Plan) -> Self {
        let Plan { records, bytes, ref sha256, ref key_versions, .. } = *plan;
        Self { bytes, sha256: sha256.clone(), records, key_versions: key_versions.clone() }
    }
}

impl Progress {
    /// Of a rotation of which nothing is done.
    pub(crate) fn none(input: Input, to_version: u32) -> Self {
        Self { phase: Phase::Rotating, input, to_version, done: Position::default() }
    }
}

impl Checkpoint {
    pub(crate) fn new(job: Job, progress: Option<Progress>) -> Self {
        Self { schema: SCHEMA.into(), job, progress, proven: None }
    }

    /// The last one of a rotation.
    pub(crate) fn proven(job: Job, progress: Progress, proven: Proven) -> Self {
        Self { proven: Some(proven), ..Self::new(job, Some(progress)) }
    }

    /// The checkpoint that an attempt left, if any.
    pub(crate) fn read(place: &Place) -> Result<Option<Self>, Error> {
        let path = &place.checkpoint;
        if !path.exists() {
            return Ok(None);
        }
        let bytes = file::read(path, 1 << 20)?;
        let fail = |reason: String| Error::Checkpoint { path: path.clone(), reason };
        let found: Self = serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))?;
        if found.schema != SCHEMA {
            return Err(fail(format!("expected `{SCHEMA}`, found `{}`", crate::record::shown(&found.schema))));
        }
        if let Some(Progress { input, done: Position { records, input_bytes, output_bytes }, .. }) = &found.progress
            && (*records > input.records || *input_bytes > input.bytes || (*output_bytes == 0) != (*records == 0))
        {
            return Err(fail("more is done in it than there was to do".into()));
        }
        Ok(Some(found))
    }

    pub(crate) fn write(&self, place: &Place) -> Result<(), Error> {
        let text = serde_json::to_vec(self).map_err(|error| Error::write(&place.checkpoint)(error.into()))?;
        place::replace(&place.checkpoint, &text)?;
        place.sync_folder()
    }

    /// Removes it, and one that was being written.
    pub(crate) fn remove(place: &Place) -> Result<(), Error> {
        Place::remove(&place::beside(&place.checkpoint))?;
        Place::remove(&place.checkpoint)
    }
}
