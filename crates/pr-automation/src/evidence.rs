//! A report and the verdict on it, read from files that a stranger may have written.
//! Must not know: what they are told to.

use std::path::Path;

use bench_cli::printable;
use bench_model::file::{FileError, parse_json, read};
use bench_model::perf::{self, Report};
use bench_model::verdict::{self, Judgement};
use bench_model::{RunId, Sha256};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// The most that either file may have, in bytes: ten thousand metrics of thirty rounds are a tenth of it.
const LIMIT: u64 = 64 << 20;

/// A report and the verdict on it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What was measured.
    pub report: Report,
    /// What was decided.
    pub judgement: Judgement,
}

impl Evidence {
    /// Reads `perf.json` and `verdict.json`, and holds them against each other.
    ///
    /// # Errors
    /// When a file cannot be read, has more than 64 MiB, or is of another type or schema; [`Error::OtherReport`] when the
    /// verdict was made from another file, [`Error::OtherRun`] when it is of another run.
    pub fn read(perf: &Path, verdict: &Path) -> Result<Self, Error> {
        let bytes = read(perf, LIMIT)?;
        let found = Sha256::of(&bytes);
        let report: Report = document(perf, &bytes, perf::SCHEMA)?;
        let judgement: Judgement = document(verdict, &read(verdict, LIMIT)?, verdict::SCHEMA)?;
        if judgement.perf_sha256 != found {
            return Err(Error::OtherReport { perf: perf.to_path_buf(), stated: judgement.perf_sha256, found });
        }
        if judgement.run_id != report.run_id {
            return Err(Error::OtherRun { judged: judgement.run_id, reported: report.run_id });
        }
        Ok(Self { report, judgement })
    }

    /// The run that both are of.
    pub fn run_id(&self) -> &RunId {
        &self.report.run_id
    }
}

/// A document of a schema. Its name is looked at first: what another version holds says nothing to a reader.
fn document<T: DeserializeOwned>(path: &Path, bytes: &[u8], schema: &'static str) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    let named: Named = parsed(path, bytes)?;
    if named.schema != schema {
        let found = printable(&named.schema.chars().take(80).collect::<String>());
        return Err(Error::Schema { path: path.to_path_buf(), found, expected: schema });
    }
    Ok(parsed(path, bytes)?)
}

/// Errors quote the document, and a runner obeys what it finds at the start of a line.
pub(crate) fn parsed<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, FileError> {
    parse_json(path, bytes).map_err(|error| match error {
        FileError::Content { path, pointer, reason } => {
            let short = |text: &str| printable(&text.chars().take(400).collect::<String>());
            FileError::Content { path, pointer: short(&pointer), reason: short(&reason) }
        }
        FileError::Read { .. } | FileError::Write { .. } | FileError::TooLarge { .. } => error,
    })
}
