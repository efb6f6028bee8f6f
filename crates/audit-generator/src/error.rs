//! What can keep a page from being made.

use std::path::PathBuf;

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
    /// A flag whose value cannot be used.
    #[error("--{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The folder of a run lacks a file that the page is made from.
    #[error("{} holds no {name}", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
        /// The file.
        name: &'static str,
    },
    /// A run of which other programs read nothing.
    #[error(
        "run {run} is no run of load, of proven work or of several sizes: its perf.json has none of `load`, `proofs` and `scale`"
    )]
    NoArtifacts {
        /// The run.
        run: bench_model::RunId,
    },
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
    /// A verdict that no gate is in.
    #[error("the verdict on run {run} has no gate")]
    NoGate {
        /// The run.
        run: bench_model::RunId,
    },
    /// A verdict on another report.
    #[error("{} holds a verdict that was made from another perf.json", folder.display())]
    OtherReport {
        /// The folder.
        folder: PathBuf,
    },
    /// No metric was named, and no gate says which is meant.
    #[error("no metric is named, and thresholds.toml has no [gate] that keeps a share of one")]
    NothingKept,
    /// No metric was named, and the project has no headline.
    #[error("no metric is named, and the project's configuration has no headline")]
    NoHeadline,
    /// The ledger has no such metric.
    #[error("the ledger has no metric `{text}` among {known}{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`")).unwrap_or_default())]
    UnknownMetric {
        /// The text as given.
        text: String,
        /// The closest name.
        nearest: Option<String>,
        /// How many metrics the ledger has.
        known: usize,
    },
    /// Several metrics have that part.
    #[error("`{text}` is a part of several metrics: {}{}", first.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "), if *more > 0 { format!(" and {more} more") } else { String::new() })]
    AmbiguousMetric {
        /// The text as given.
        text: String,
        /// The first few of them.
        first: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// The record could not be written as JSON.
    #[error("the record has no JSON form")]
    Record(#[source] serde_json::Error),
    /// This program was built without PDF.
    #[cfg(not(feature = "pdf"))]
    #[error("this audit-generator was built without PDF")]
    NoPdf,
    /// The audit could not be set as PDF.
    #[cfg(feature = "pdf")]
    #[error("the audit cannot be set as PDF: {}", messages.join("; "))]
    Pdf {
        /// What the typesetter says, with the template's line where it knows one.
        messages: Vec<String>,
    },
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Report(_) | Self::Record(_) => Code::Audit,
            Self::Flag { .. } | Self::NoHeadline | Self::UnknownMetric { .. } | Self::AmbiguousMetric { .. } => {
                Code::Config
            }
            Self::Schema { .. } => Code::Schema,
            Self::NoRun { .. } => Code::Io,
            Self::NoArtifacts { .. } | Self::NoGate { .. } | Self::NothingKept => Code::Config,
            Self::OtherReport { .. } => Code::Parse,
            #[cfg(not(feature = "pdf"))]
            Self::NoPdf => Code::Audit,
            #[cfg(feature = "pdf")]
            Self::Pdf { .. } => Code::Audit,
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
            Self::Flag { .. } => "correct the flag; --help says what it takes".into(),
            Self::NoRun { .. } => {
                "run `cargo xtask bench`, and pass the folder that it made: target/perf/<run-id>".into()
            }
            Self::NoArtifacts { .. } => {
                "pass the folder of a run that `cargo xtask load`, `cargo xtask benchmark` or `cargo xtask scale` made".into()
            }
            Self::Schema { .. } => "pass the file that the stage before wrote, made by the same version".into(),
            Self::NoGate { .. } => {
                "add [gate] to thresholds.toml in the configuration folder, judge the run again, and pass a run of the work that it is \
                 for: `cargo xtask benchmark`"
                    .into()
            }
            Self::OtherReport { .. } => "judge the run again with `slo-validator judge`".into(),
            Self::NothingKept => {
                "name a metric with --of-previous, or add [[gate.keep]] with `of_previous` to thresholds.toml of the project that --project \
                 and --config mean"
                    .into()
            }
            Self::NoHeadline => "name a metric, or pass --project and --config of the project that is meant".into(),
            Self::UnknownMetric { .. } => {
                "pass a full name, or a part of one; `baseline-manager history` shows them".into()
            }
            Self::AmbiguousMetric { .. } => "pass a longer part, or the full name".into(),
            Self::Record(_) => "report this with the ledger's lines of the period".into(),
            #[cfg(not(feature = "pdf"))]
            Self::NoPdf => {
                "run `cargo xtask audit`, which builds it in; or build with `cargo build --release -p audit-generator \
                            --features pdf`, or leave it out with `--export html,json`"
                    .into()
            }
            #[cfg(feature = "pdf")]
            Self::Pdf { .. } => "make the other formats, which do not need it, and report this with audit.json".into(),
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::Report(ReportError::Template { name, line, .. }) => {
                Some(Location { line: line.and_then(|line| line.try_into().ok()), ..Location::file(name) })
            }
            Self::NoRun { folder, name } => Some(Location::file(folder.join(name))),
            Self::OtherReport { folder } => Some(Location::file(folder.join("verdict.json"))),
            Self::Schema { path, .. } => Some(Location::pointer(path, "/schema")),
            Self::Report(ReportError::Chart { .. })
            | Self::Flag { .. }
            | Self::NoHeadline
            | Self::NoArtifacts { .. }
            | Self::NoGate { .. }
            | Self::NothingKept
            | Self::UnknownMetric { .. }
            | Self::AmbiguousMetric { .. }
            | Self::Record(_) => None,
            #[cfg(not(feature = "pdf"))]
            Self::NoPdf => None,
            #[cfg(feature = "pdf")]
            Self::Pdf { .. } => None,
        }
    }
}
