//! `assessment.toml`: what is wanted of a service, what it is made of, what keeps its service level, and what is paid for it. A
//! project's own file replaces the compiled-in one as a whole.
//! Must not know: command lines, or what a ledger holds.

mod read;

use std::path::{Path, PathBuf};

use bench_model::assessment::{Category, Prices};
use bench_model::config::{ConfigError, Layer};
use bench_model::{Finite, MetricName, Quantity};

use super::names::{CostName, ScaleName};
use super::written::Written;
use crate::config::read_optional;

/// The file's name in the configuration folder.
pub const ASSESSMENT_FILE: &str = "assessment.toml";

const DEFAULT: &str = include_str!("../../../../config/assessment.toml");

/// A key, its value as it was written, and where that was.
pub(crate) type Setting = (String, String, Layer);

/// Everything that `assessment.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct AssessConfig {
    /// Evidence of more days is warned of.
    pub max_age_days: u64,
    /// The score, 0 to 100, that each required category needs for a service to be ready.
    pub least_score: Finite,
    /// The categories that it needs.
    pub required: Vec<Category>,
    /// The factor by which more is to be there than is expected, at least 1.
    pub safety_margin: Finite,
    /// What every size has to keep.
    pub service_level: ServiceLevel,
    /// What is paid.
    pub prices: Option<Prices>,
    /// What is demanded of the service.
    pub demands: Vec<DemandOf>,
    /// What is wanted of it.
    pub targets: Vec<TargetOf>,
    /// What it is made of.
    pub components: Vec<ComponentOf>,
    /// What readiness is scored by.
    pub inputs: Vec<InputOf>,
    /// Where tables of operations come from.
    pub operations: Vec<OperationsOf>,
}

/// The service level. At least one of both is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceLevel {
    /// The 95th percentile of latency, in ns, at most.
    pub p95: Option<Finite>,
    /// The share of failed requests, at most.
    pub error_rate: Option<Finite>,
}

/// A demand.
#[derive(Debug, Clone, PartialEq)]
pub struct DemandOf {
    /// Its name.
    pub name: String,
    /// The metric whose history is its own. What a scenario sends is no demand.
    pub metric: Option<MetricName>,
    /// What carries it.
    pub capacity: ScaleName,
    /// How far ahead it is asked for, in days.
    pub horizon_days: Finite,
    /// The peak that holds where no history gives a forecast, in 1/s.
    pub expected: Option<Finite>,
    /// Whether that peak is an example.
    pub example: bool,
}

/// Something wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetOf {
    /// Its name.
    pub name: String,
    /// How much.
    pub target: Quantity,
    /// What measures it.
    pub by: TargetBy,
}

/// What measures a target.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetBy {
    /// The largest throughput at a size that keeps the service level.
    Throughput(ScaleName),
    /// The largest size that keeps the service level.
    Size(ScaleName),
    /// A metric.
    Metric(MetricName),
    /// The regions of a scenario that answered.
    Regions(String),
    /// Nothing, and why.
    Nothing(String),
}

/// A part of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentOf {
    /// Its name.
    pub name: String,
    /// More processes of it.
    pub horizontal: Option<Part<ScaleName>>,
    /// More of one process.
    pub vertical: Option<Part<ScaleName>>,
    /// How fast it is.
    pub performance: Option<Part<MetricName>>,
    /// Where its bottleneck is looked for.
    pub bottleneck: Option<ScaleName>,
}

/// What a component has, or has not.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<T> {
    /// What measures it.
    By(T),
    /// Why it has no meaning.
    NotApplicable(String),
}

/// Something that a category's score is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct InputOf {
    /// The category.
    pub category: Category,
    /// What measures it, and what earns points.
    pub by: InputBy,
}

/// What earns points.
#[derive(Debug, Clone, PartialEq)]
pub enum InputBy {
    /// A metric: all points at one value, none at the other, both in one unit.
    Metric {
        /// Its name.
        metric: MetricName,
        /// All points from here on.
        all: Quantity,
        /// None from here on.
        none: Quantity,
    },
    /// What a million requests cost, in the currency of the prices.
    Cost {
        /// Of what.
        cost: CostName,
        /// All points up to here.
        all: Finite,
        /// None from here on.
        none: Finite,
    },
    /// A test of the plan, by id.
    Test(String),
}

/// A table of operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsOf {
    /// The server.
    pub server: String,
    /// What stands before the operation in a metric's name.
    pub before: String,
    /// What stands between the operation and the measure.
    pub between: String,
}

impl AssessConfig {
    /// The configuration of a folder, or the compiled-in one when there is no file.
    ///
    /// # Errors
    /// As [`Self::parse`], or when the file exists and cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        Ok(Self::with_settings(folder)?.0)
    }

    /// The same, with all its values as they were written.
    ///
    /// # Errors
    /// As [`Self::parse`], or when the file exists and cannot be read.
    pub(crate) fn with_settings(folder: &Path) -> Result<(Self, Vec<Setting>), ConfigError> {
        let path = folder.join(ASSESSMENT_FILE);
        match read_optional(&path)? {
            Some(text) => {
                let entries =
                    Written { path: &path, text: &text }.entries(|line| Layer::File(path.display().to_string(), line));
                Ok((Self::parse(&path, &text)?, entries))
            }
            None => {
                let path = PathBuf::from("compiled-in assessment.toml");
                let entries = Written { path: &path, text: DEFAULT }.entries(|_| Layer::Default);
                Ok((Self::parse(&path, DEFAULT)?, entries))
            }
        }
    }

    /// Reads the text of an `assessment.toml`; `path` is only named in errors.
    ///
    /// # Errors
    /// [`ConfigError`] with the line: syntax, keys that nothing reads with the nearest known one, bare numbers where a unit is needed,
    /// things that several sources measure, or none.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        read::read(&Written { path, text })
    }
}
