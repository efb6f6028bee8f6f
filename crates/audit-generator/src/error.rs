//! What can keep a page from being made.

use bench_model::config::ConfigError;
use bench_model::file::FileError;
use bench_model::{Code, Failure, Location};
use bench_report::ReportError;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A template or a chart.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Report(_) => Code::Audit,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Report(ReportError::Template { .. }) => {
                "compare your template with the one in templates/ that it replaces".into()
            }
            Self::Report(ReportError::Chart { .. }) => {
                "look at the metric's values in the ledger, and report this with them".into()
            }
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::Report(ReportError::Template { name, line, .. }) => {
                Some(Location { line: line.and_then(|line| line.try_into().ok()), ..Location::file(name) })
            }
            Self::Report(ReportError::Chart { .. }) => None,
        }
    }
}
