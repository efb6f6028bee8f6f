//! What can go wrong here, with its code and what to do next.

use std::path::{Path, PathBuf};

use bench_model::file::FileError;
use bench_model::{Code, Exit, Failure, Location, MetricName, Unit};

use crate::{Kind, Problem};

/// What can go wrong in json-processor.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written, or is not of its type.
    #[error(transparent)]
    File(#[from] FileError),
    /// A value has the right type and still cannot be used.
    #[error("{}: {}", path.display(), problem.message)]
    Content {
        /// The file.
        path: PathBuf,
        /// The value and what is wrong with it.
        problem: Problem,
    },
    /// A headline is shown in a unit of another kind than its metric's.
    #[error("headline `{name}` is shown in {unit}, and its metric `{metric}` is in {found}")]
    Headline {
        /// The headline's name.
        name: String,
        /// The unit it is to be shown in.
        unit: String,
        /// Its metric.
        metric: MetricName,
        /// The metric's unit.
        found: Unit,
    },
    /// Two shards are not parts of one run.
    #[error("{} and {} are not shards of one run: {what}", one.display(), other.display())]
    Shards {
        /// A file.
        one: PathBuf,
        /// Another one.
        other: PathBuf,
        /// Where it lies, as a JSON pointer into `other`.
        pointer: String,
        /// What they do not share, or both hold.
        what: String,
    },
    /// Documents violate their schemas.
    #[error("{violations} {} in {files} {}", plural(*violations, "violation"), plural(*files, "file"))]
    Invalid {
        /// The first place.
        first: Location,
        /// How many files.
        files: usize,
        /// How many violations.
        violations: usize,
    },
    /// It cannot be told what a document is.
    #[error("cannot tell what {} is: {found}", path.display())]
    UnknownKind {
        /// The file.
        path: PathBuf,
        /// What was found instead of a known `schema` member.
        found: String,
    },
    /// Committed schemas are not what the types say.
    #[error("stale or missing in {}: {}", folder.display(), names.join(", "))]
    Stale {
        /// The folder.
        folder: PathBuf,
        /// The files.
        names: Vec<String>,
    },
    /// A schema does not compile. A test compiles them all.
    #[error("the schema `{}` does not compile: {reason}", kind.name())]
    SchemaItself {
        /// The schema.
        kind: Kind,
        /// Why.
        reason: String,
    },
    /// The format holds one direction only, and the report has both.
    #[error("{} has {higher} metrics where higher is better and {lower} where lower is better", path.display())]
    Directions {
        /// The report.
        path: PathBuf,
        /// Metrics where higher is better.
        higher: usize,
        /// Metrics where lower is better.
        lower: usize,
    },
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

impl Error {
    pub(crate) fn content(path: &Path, problem: Problem) -> Self {
        Self::Content { path: path.to_path_buf(), problem }
    }
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Content { .. } | Self::Shards { .. } => Code::Parse,
            Self::Headline { .. } | Self::Directions { .. } => Code::Config,
            Self::Invalid { .. } | Self::UnknownKind { .. } | Self::Stale { .. } | Self::SchemaItself { .. } => {
                Code::Schema
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Content { .. } => {
                "measure again, or correct the program that wrote the file; `json-processor validate` lists every problem"
                    .into()
            }
            Self::Headline { name, .. } => {
                format!("give the headline `{name}` another unit or another metric in perfledger.toml")
            }
            Self::Shards { .. } => "merge only shards of one commit, one plan and one kind of machine".into(),
            Self::Invalid { .. } => "correct what wrote the file; each violation names its place".into(),
            Self::UnknownKind { .. } => "name its kind with --kind".into(),
            Self::Stale { folder, .. } => {
                format!("run `json-processor schema --dir {}` and commit the result", folder.display())
            }
            Self::SchemaItself { .. } => "report this as a defect of json-processor".into(),
            Self::Directions { .. } => "pass --direction higher or --direction lower, and store each in its own suite".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Content { path, problem } => Some(Location::pointer(path, problem.pointer.clone())),
            Self::Shards { other, pointer, .. } => Some(Location::pointer(other, pointer.clone())),
            Self::Invalid { first, .. } => Some(first.clone()),
            Self::UnknownKind { path, .. } => Some(Location::pointer(path, "/schema")),
            Self::Stale { folder, .. } => Some(Location::file(folder)),
            Self::Directions { path, .. } => Some(Location::file(path)),
            Self::Headline { .. } | Self::SchemaItself { .. } => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Invalid { .. } | Self::Stale { .. } => Exit::No,
            Self::File(_)
            | Self::Content { .. }
            | Self::Headline { .. }
            | Self::Shards { .. }
            | Self::UnknownKind { .. }
            | Self::SchemaItself { .. }
            | Self::Directions { .. } => Exit::Failed,
        }
    }
}
