//! What can keep load from being sent, or results from being read.

use std::path::PathBuf;

use bench_model::file::FileError;
use bench_model::load::ThresholdError;
use bench_model::{Code, Failure, Location};

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A scenario that cannot be used.
    #[error("{reason}")]
    Scenario {
        /// The file.
        path: PathBuf,
        /// Its line, when one is to blame.
        line: Option<u64>,
        /// What is wrong, with the key.
        reason: String,
    },
    /// A threshold of a scenario or another engine's file.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// A flag whose value cannot be used.
    #[error("--{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A result file that cannot be read.
    #[error("{reason}")]
    Import {
        /// The file.
        path: PathBuf,
        /// The line, when one is to blame.
        line: Option<u64>,
        /// What is wrong.
        reason: String,
    },
    /// A program could not be started.
    #[error("{} could not be started: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Load could not be sent at all.
    #[error("{what}")]
    Load {
        /// What happened.
        what: String,
        /// What to do next.
        hint: String,
    },
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Scenario { .. } | Self::Threshold(_) | Self::Flag { .. } => Code::Config,
            Self::Import { .. } => Code::Parse,
            Self::Start { .. } => Code::Harness,
            Self::Load { .. } => Code::Load,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Scenario { .. } => "correct the scenario; docs/load.md has every key".into(),
            Self::Threshold(_) => "correct the threshold; docs/load.md has the grammar".into(),
            Self::Flag { .. } => "correct the flag; --help says what it takes".into(),
            Self::Import { .. } => "pass a file as the tool wrote it; docs/load.md names the formats".into(),
            Self::Start { .. } => "install it, or name where it is".into(),
            Self::Load { hint, .. } => hint.clone(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Scenario { path, line, .. } | Self::Import { path, line, .. } => {
                Some(Location { line: *line, ..Location::file(path) })
            }
            Self::Threshold(_) | Self::Flag { .. } | Self::Start { .. } | Self::Load { .. } => None,
        }
    }
}
