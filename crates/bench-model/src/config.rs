//! Settings and thresholds: read once, layered, validated, and carried as types.
//! Must not know: command lines (flags arrive as values with their origin) or what uses a setting.

mod gate;
mod kpi;
mod layers;
mod load_policy;
mod settings;
mod spec;
mod thresholds;
mod waivers;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use gate::{Gate, Keep, KeepBy};
pub use kpi::{Bound, Contract, Contracts, Formula, LedgerMeasure, Measure, Need, Points, Step};
pub use layers::{Layer, Layers};
pub use load_policy::LoadPolicy;
pub use settings::{Bench, Expect, Judge, Ledger, LedgerLocation, OnRegression, Settings};
pub use thresholds::{MetricThreshold, Resolved, Thresholds};
pub use waivers::{WAIVERS_FILE, parse_waivers, waivers_from_folder};

use crate::{Code, Failure, Location, unit::QuantityError};

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] crate::file::FileError),
    /// The file is not TOML, or a value has the wrong type.
    #[error("{}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<u64>,
        /// What is wrong.
        reason: String,
    },
    /// A key that nothing reads.
    #[error("unknown key `{key}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownKey {
        /// The file, or the flag or variable.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<u64>,
        /// The key with its tables.
        key: String,
        /// The nearest known key.
        nearest: Option<String>,
    },
    /// A value that cannot be used.
    #[error("`{key}` {reason}")]
    Value {
        /// Where it comes from.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<u64>,
        /// The key with its tables.
        key: String,
        /// What is wrong and what is accepted.
        reason: String,
    },
}

impl ConfigError {
    fn quantity(path: &Path, line: Option<u64>, key: &str, error: &QuantityError) -> Self {
        Self::Value { path: path.to_path_buf(), line, key: key.to_owned(), reason: format!("is not usable: {error}") }
    }
}

impl Failure for ConfigError {
    fn code(&self) -> Code {
        Code::Config
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Syntax { .. } => "correct the line; strings stand in double quotes, as in \"80 MB/s\"".into(),
            Self::UnknownKey { .. } => "correct or remove the key; `--show-settings` prints every key there is".into(),
            Self::Value { .. } => "correct the value; `--show-settings` prints where each value comes from".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Syntax { path, line, .. } | Self::UnknownKey { path, line, .. } | Self::Value { path, line, .. } => {
                Some(Location { file: Some(path.clone()), line: *line, pointer: None })
            }
        }
    }
}

/// The largest configuration file that is read.
const MAX_FILE: u64 = 1 << 20;

/// A configuration file's text.
fn read_text(path: &Path) -> Result<String, ConfigError> {
    String::from_utf8(crate::file::read(path, MAX_FILE)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        ConfigError::Syntax {
            path: path.to_path_buf(),
            line: Some(line_of(&String::from_utf8_lossy(error.as_bytes()), valid)),
            reason: "is not UTF-8".into(),
        }
    })
}

/// A configuration file's text, where the file may be absent. One that exists and cannot be read is an error: its
/// gates would be skipped silently.
fn read_optional(path: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        _ => read_text(path).map(Some),
    }
}

/// The line, counted from 1, that a byte offset lies on.
fn line_of(text: &str, offset: usize) -> u64 {
    let before = text.as_bytes().get(..offset.min(text.len())).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    ConfigError::Syntax {
        path: path.to_path_buf(),
        line: error.span().map(|span| line_of(text, span.start)),
        reason: error.message().to_owned(),
    }
}
