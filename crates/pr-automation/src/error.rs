//! What can keep a pull request from being told.

use std::path::PathBuf;

use bench_model::config::ConfigError;
use bench_model::file::FileError;
use bench_model::{Code, Failure, Location, RunId, Sha256};
use bench_report::ReportError;

use crate::{GithubError, RepositoryError};

/// Why the program could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A text could not be made.
    #[error(transparent)]
    Text(#[from] ReportError),
    /// GitHub could not be told.
    #[error(transparent)]
    Github(#[from] GithubError),
    /// A document is of another kind or version.
    #[error("{} has the schema `{found}`, where `{expected}` is wanted", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema name.
        found: String,
        /// The schema name wanted.
        expected: &'static str,
    },
    /// The verdict was made from another report.
    #[error("the verdict was made from a report with SHA-256 {stated}, and this one has {found}")]
    OtherReport {
        /// The report.
        perf: PathBuf,
        /// The digest that the verdict states.
        stated: Sha256,
        /// The digest of the file.
        found: Sha256,
    },
    /// The verdict is of another run.
    #[error("the verdict is of run {judged}, and the report of run {reported}")]
    OtherRun {
        /// The run of the verdict.
        judged: RunId,
        /// The run of the report.
        reported: RunId,
    },
    /// The event's file cannot be read, or is no event.
    #[error(transparent)]
    EventFile(FileError),
    /// A variable of the environment holds what it cannot.
    #[error("the variable {name} cannot be used: {reason}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What it should be.
        reason: RepositoryError,
    },
    /// The event names no repository, or none that can be.
    #[error("the event does not name its repository as OWNER/NAME")]
    Event {
        /// The event's file.
        path: PathBuf,
    },
    /// Nothing says which repository, commit or pull request is meant.
    #[error("nothing says which {what} is meant")]
    Unknown {
        /// `repository`, `commit` or `pull request`.
        what: &'static str,
        /// The flag that says it.
        flag: &'static str,
    },
    /// An address cannot be used. It is not repeated: it may hold a password.
    #[error("the address given by {flag} cannot be used: {reason}")]
    Address {
        /// The flag that gives it.
        flag: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The system did not give what an event loop needs.
    #[error("the network cannot be used: {0}")]
    Network(std::io::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) | Self::EventFile(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Github(error) => error.code(),
            Self::Text(_) | Self::Unknown { .. } | Self::Variable { .. } | Self::Address { .. } => Code::Config,
            Self::Schema { .. } => Code::Schema,
            Self::OtherReport { .. } | Self::OtherRun { .. } | Self::Event { .. } => Code::Parse,
            Self::Network(_) => Code::Github,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Github(error) => error.hint(),
            Self::Text(_) => "compare your template with templates/pr_template.md, which it replaces".into(),
            Self::Schema { .. } => "pass --perf and --verdict as json-processor and slo-validator wrote them".into(),
            Self::OtherReport { .. } | Self::OtherRun { .. } => {
                "pass the perf.json and the verdict.json of one run; nothing was posted".into()
            }
            Self::Event { .. } | Self::EventFile(_) => {
                "pass the file that GITHUB_EVENT_PATH names in a workflow".into()
            }
            Self::Unknown { flag, .. } => format!("run it in a workflow of GitHub Actions, or pass {flag}"),
            Self::Variable { name, .. } => format!("set {name} as GitHub does, or pass --repo"),
            Self::Address { .. } => "pass it as https://HOST/PATH, without a user or a password".into(),
            Self::Network(_) => "look at the limits of processes and open files".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) | Self::EventFile(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::Schema { path, .. } => Some(Location::pointer(path, "/schema")),
            Self::OtherReport { perf, .. } => Some(Location::file(perf)),
            Self::Event { path } => Some(Location::pointer(path, "/repository/full_name")),
            Self::Text(ReportError::Template { name, line, .. }) => {
                Some(Location { line: line.and_then(|line| line.try_into().ok()), ..Location::file(name) })
            }
            Self::Text(ReportError::Chart { .. })
            | Self::Github(_)
            | Self::OtherRun { .. }
            | Self::Unknown { .. }
            | Self::Variable { .. }
            | Self::Address { .. }
            | Self::Network(_) => None,
        }
    }
}
