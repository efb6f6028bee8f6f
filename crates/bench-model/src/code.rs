//! Error codes, diagnostics and exit statuses: the contract of every failure a user can meet.
//! Must not know: which stage fails, or how a terminal shows it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A stable error code. `CBKB001` to `CBKB007` are the specification's; the hundreds are ours and
/// are never stretched over the seven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Code {
    /// A benchmark ran into its timeout.
    #[serde(rename = "CBKB001")]
    Timeout,
    /// Performance data could not be parsed.
    #[serde(rename = "CBKB002")]
    Parse,
    /// A document violates its JSON schema.
    #[serde(rename = "CBKB003")]
    Schema,
    /// GitHub refused the credentials.
    #[serde(rename = "CBKB004")]
    GithubAuth,
    /// A service level objective is violated.
    #[serde(rename = "CBKB005")]
    Slo,
    /// A baseline was not promoted.
    #[serde(rename = "CBKB006")]
    Promotion,
    /// An audit report could not be made.
    #[serde(rename = "CBKB007")]
    Audit,
    /// The configuration or the command line is wrong.
    #[serde(rename = "CBKB101")]
    Config,
    /// A file could not be read or written.
    #[serde(rename = "CBKB102")]
    Io,
    /// The ledger's chain does not hold.
    #[serde(rename = "CBKB103")]
    Ledger,
    /// A request to GitHub failed.
    #[serde(rename = "CBKB104")]
    Github,
    /// A load run failed.
    #[serde(rename = "CBKB105")]
    Load,
    /// This machine cannot measure at all.
    #[serde(rename = "CBKB106")]
    Environment,
    /// A harness or a command failed.
    #[serde(rename = "CBKB107")]
    Harness,
}

impl Code {
    /// The code as people and machines see it, such as `CBKB002`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "CBKB001",
            Self::Parse => "CBKB002",
            Self::Schema => "CBKB003",
            Self::GithubAuth => "CBKB004",
            Self::Slo => "CBKB005",
            Self::Promotion => "CBKB006",
            Self::Audit => "CBKB007",
            Self::Config => "CBKB101",
            Self::Io => "CBKB102",
            Self::Ledger => "CBKB103",
            Self::Github => "CBKB104",
            Self::Load => "CBKB105",
            Self::Environment => "CBKB106",
            Self::Harness => "CBKB107",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, and nothing gated failed.
    Done = 0,
    /// Done, and the evidence says no.
    No = 1,
    /// Could not do it: usage, environment, input or output.
    Failed = 2,
    /// Done, but no verdict could be reached where one was demanded.
    Undecided = 3,
}

/// Where a problem is: a file, and inside it a line (1-based) or a JSON pointer (RFC 6901).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// The file, as the user named it where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The line in the file, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The place in a JSON document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl Location {
    /// A whole file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { file: Some(path.as_ref().to_path_buf()), ..Self::default() }
    }

    /// A line of a file, counted from 1.
    pub fn line(path: impl AsRef<Path>, line: u64) -> Self {
        Self { line: Some(line), ..Self::file(path) }
    }

    /// A place in a JSON file.
    pub fn pointer(path: impl AsRef<Path>, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..Self::file(path) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match &self.pointer {
            Some(pointer) if pointer.is_empty() => f.write_str(" (document root)"),
            Some(pointer) => write!(f, " {pointer}"),
            None => Ok(()),
        }
    }
}

/// One problem, ready to be shown: code, what happened, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// What happened: lower case, no full stop.
    pub message: String,
    /// Where it happened, when that is a place.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What to do next.
    pub hint: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)?;
        match &self.location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}

/// What every crate's error enum offers beside its message, so that the edge can print it.
pub trait Failure: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;
    /// What to do next.
    fn hint(&self) -> String;
    /// Where it happened, when that is a place.
    fn location(&self) -> Option<Location> {
        None
    }
    /// How a program ends that stops on this error.
    fn exit(&self) -> Exit {
        Exit::Failed
    }
    /// The problem as a record.
    fn diagnostic(&self) -> Diagnostic {
        let mut message = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Diagnostic { code: self.code(), message, location: self.location(), hint: self.hint() }
    }
}
