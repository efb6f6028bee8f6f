//! Reading records: a run benchmark by benchmark, and any document with every key once. Each error has its place.

mod run;
mod value;

use std::path::Path;

use bench_model::file::{self, FileError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

pub(crate) use run::{Head, read_run, read_whole_run};

/// Reads a document of a type, each of its keys once.
pub(crate) fn read_record<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = file::read(path, file::MAX_DOCUMENT)?;
    drop(value::parse(path, &bytes)?);
    Ok(file::parse_json(path, &bytes)?)
}

/// Reads any document, each of its keys once.
pub(crate) fn read_value(path: &Path) -> Result<Value, FileError> {
    value::parse(path, &file::read(path, file::MAX_DOCUMENT)?)
}

pub(crate) use value::parse as parse_value;

fn content(path: &Path, pointer: String, error: &serde_json::Error) -> FileError {
    FileError::Content { path: path.to_path_buf(), pointer, reason: error.to_string() }
}
