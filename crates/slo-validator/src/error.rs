//! What can keep a run from being judged, and what is wrong with its thresholds.

use std::path::PathBuf;

use bench_model::config::ConfigError;
use bench_model::file::FileError;
use bench_model::{Code, Failure, Location, MetricName, Unit};

use crate::Mismatch;

/// Why the program could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The settings or the thresholds are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
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
    /// A threshold cannot be applied to the metric it names.
    #[error("{problem}{}", further(*more))]
    Threshold {
        /// The thresholds file, or the folder it is looked for in.
        path: PathBuf,
        /// The first problem.
        problem: ThresholdProblem,
        /// How many further problems there are.
        more: usize,
    },
    /// Reports do not belong together.
    #[error("{} cannot be judged together with the run: {problem}", path.display())]
    Mismatch {
        /// The report that does not belong.
        path: PathBuf,
        /// Why not.
        problem: Mismatch,
    },
    /// A verdict holds no metric of a name.
    #[error("no metric is called `{name}`{}", nearest.as_ref().map(|near| format!("; did you mean `{near}`")).unwrap_or_default())]
    UnknownMetric {
        /// The verdict.
        path: PathBuf,
        /// The name asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// No contract has a name.
    #[error("no indicator is called `{name}`{}", nearest.as_ref().map(|near| format!("; did you mean `{near}`")).unwrap_or_default())]
    UnknownKpi {
        /// The contracts.
        path: PathBuf,
        /// The name asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A line of a stream cannot be read.
    #[error("{reason}")]
    Line {
        /// The input.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A table cannot be read at all.
    #[error("{reason}")]
    Table {
        /// The input.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

fn further(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" (and {more} more like it)") }
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Schema { .. } => Code::Schema,
            Self::Threshold { .. } | Self::UnknownMetric { .. } | Self::UnknownKpi { .. } => Code::Config,
            Self::Mismatch { .. } => Code::Parse,
            Self::Line { .. } | Self::Table { .. } => Code::Parse,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Schema { .. } => "pass the file that the stage before wrote, made by the same version".into(),
            Self::Threshold { problem: ThresholdProblem::Unit { metric_unit, .. }, .. } => {
                format!(
                    "write the threshold in the metric's unit, such as {}",
                    bench_model::unit::accepted_forms(Some(*metric_unit))
                )
            }
            Self::Threshold { problem: ThresholdProblem::Twice { .. }, .. } => {
                "keep one entry per metric, by its headline name or by its full name".into()
            }
            Self::Threshold { problem: ThresholdProblem::Name { .. }, .. } => {
                "name a headline or a metric as perf.json lists it".into()
            }
            Self::Mismatch { .. } => {
                "pass the reports of one comparison: both sides of the same pass, and of the second pass to confirm"
                    .into()
            }
            Self::UnknownMetric { .. } => "name a metric as verdict.json lists it, or a headline".into(),
            Self::UnknownKpi { .. } => "name an indicator as the contracts list it".into(),
            Self::Line { .. } => "correct the line or leave it out; the verb's --help shows every shape".into(),
            Self::Table { .. } => {
                "compare it with the shapes in the verb's --help, or name its shape with --input".into()
            }
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Config(error) => error.location(),
            Self::Schema { path, .. } => Some(Location::pointer(path, "/schema")),
            Self::Threshold { path, .. }
            | Self::Table { path, .. }
            | Self::Mismatch { path, .. }
            | Self::UnknownKpi { path, .. }
            | Self::UnknownMetric { path, .. } => Some(Location::file(path)),
            Self::Line { path, line, .. } => Some(Location::line(path, *line)),
        }
    }
}

/// A threshold that cannot be applied. It fails the run: a gate that cannot be checked is not met.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ThresholdProblem {
    /// A floor or target measures something else than its metric.
    #[error("the {what} of `{metric}` is in {found}, the metric in {metric_unit}")]
    Unit {
        /// The metric.
        metric: MetricName,
        /// `floor` or `target`.
        what: &'static str,
        /// The base unit of the threshold.
        found: Unit,
        /// The base unit of the metric.
        metric_unit: Unit,
    },
    /// Two entries hold for one metric, so that one would be ignored.
    #[error("the thresholds `{first}` and `{second}` name the same metric `{metric}`")]
    Twice {
        /// The metric.
        metric: MetricName,
        /// The entry that comes first.
        first: String,
        /// The other.
        second: String,
    },
    /// A name that no metric can have.
    #[error("the threshold `{shown}` has a name that no metric can have", shown = name.escape_debug())]
    Name {
        /// The name.
        name: String,
    },
}

impl ThresholdProblem {
    /// The metric concerned, when the entry names one.
    pub fn metric(&self) -> Option<&MetricName> {
        match self {
            Self::Unit { metric, .. } | Self::Twice { metric, .. } => Some(metric),
            Self::Name { .. } => None,
        }
    }
}
