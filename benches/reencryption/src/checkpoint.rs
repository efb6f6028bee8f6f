//! How far a rotation got, in a file that is whole at every moment. It holds counts, digests and key versions, and nothing of a key.

use std::collections::BTreeMap;

use bench_model::time::Timestamp;
use bench_model::{Sha256, file};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::place::{self, Place};

const SCHEMA: &str = "perfledger/reencryption-checkpoint/1";

/// What is known of an unfinished rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    pub(crate) schema: String,
    pub(crate) phase: Phase,
    pub(crate) input: Input,
    pub(crate) to_version: u32,
    /// Attempts that were begun, the present one among them.
    pub(crate) attempts: u32,
    /// When the first began.
    pub(crate) started: Timestamp,
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

impl Checkpoint {
    pub(crate) fn new(input: Input, to_version: u32, started: Timestamp) -> Self {
        let done = Position::default();
        Self { schema: SCHEMA.into(), phase: Phase::Rotating, input, to_version, attempts: 1, started, done }
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
        let Position { records, input_bytes, output_bytes } = found.done;
        if found.schema != SCHEMA {
            return Err(fail(format!("expected `{SCHEMA}`, found `{}`", crate::record::shown(&found.schema))));
        }
        if records > found.input.records || input_bytes > found.input.bytes || (output_bytes == 0) != (records == 0) {
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
