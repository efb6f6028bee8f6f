//! Writes `run.json`. Must not know: how it was measured.

use std::path::Path;

use bench_model::Sha256;
use bench_model::file::write_json_compact;
use bench_model::run::Run;

use crate::RunnerError;

/// Writes a run as JSON on one line, completely or not at all, and returns the file's digest. `-` is standard output.
///
/// # Errors
/// [`RunnerError::File`] when it cannot be written; a file that stood there before is untouched then.
pub fn generate_json_report(run: &Run, path: &Path) -> Result<Sha256, RunnerError> {
    Ok(write_json_compact(path, run)?)
}
