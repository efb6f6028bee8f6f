//! What is wrong with a file, before it is known which one it is.

use std::path::Path;

use crate::Error;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: Option<u64>,
    pub(super) reason: String,
}

impl Fault {
    /// Something that is wrong with the whole.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }

    /// Something that is wrong with a line, counted from 1.
    pub(super) fn at(line: u64, reason: impl Into<String>) -> Self {
        Self { line: Some(line), reason: reason.into() }
    }

    /// The same, of a file.
    pub(super) fn of(self, path: &Path) -> Error {
        Error::Import { path: path.to_path_buf(), line: self.line, reason: self.reason }
    }
}
