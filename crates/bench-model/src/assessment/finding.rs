//! What was tested and what became of it, what could go wrong, and what to do.

use serde::{Deserialize, Serialize};

use super::Amount;

/// The test plan with its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// How many tests each category has, by status; in the order of [`PlanCategory::ALL`].
    pub counts: Vec<PlanCounts>,
    /// Every test, in the order of the plan.
    pub items: Vec<PlanItem>,
}

/// What a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PlanCategory {
    /// More processes.
    Horizontal,
    /// More of one process.
    Vertical,
    /// Databases and caches.
    Database,
    /// Connections and distance.
    Network,
    /// Cost.
    Economic,
    /// Load over time.
    Load,
}

impl PlanCategory {
    /// All categories, in the order of the report.
    pub const ALL: [Self; 6] =
        [Self::Horizontal, Self::Vertical, Self::Database, Self::Network, Self::Economic, Self::Load];

    /// The category as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Horizontal => "horizontal",
            Self::Vertical => "vertical",
            Self::Database => "database",
            Self::Network => "network",
            Self::Economic => "economic",
            Self::Load => "load",
        }
    }

    /// The category of a name in files.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TestStatus {
    /// Measured, and within its limit.
    Passed,
    /// Measured, and not within it.
    Failed,
    /// Measured, and the measurement cannot tell.
    Inconclusive,
    /// Nothing in the ledger measured it.
    NotRun,
    /// No program of this project can measure it.
    NotAutomated,
    /// The service has nothing that it could be about.
    NotApplicable,
}

impl TestStatus {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::Failed, Self::Inconclusive, Self::NotRun, Self::NotAutomated, Self::NotApplicable];

    /// The status in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::NotRun => "not run",
            Self::NotAutomated => "not automated",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// How many tests of a category there are, by status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanCounts {
    /// The category.
    pub category: PlanCategory,
    /// All tests of it.
    pub all: u32,
    /// Those that passed.
    pub passed: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that the measurement cannot decide.
    pub inconclusive: u32,
    /// Those that nothing in the ledger measured.
    pub not_run: u32,
    /// Those that no program of this project can measure.
    pub not_automated: u32,
    /// Those that do not apply.
    pub not_applicable: u32,
}

/// A test of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanItem {
    /// Its id, such as `H1`; unique in the plan.
    pub id: String,
    /// What it is about.
    pub category: PlanCategory,
    /// What it tests, as the plan words it.
    pub title: String,
    /// What became of it.
    pub status: TestStatus,
    /// What measures it: a metric's full name, the largest throughput of a scalability run, a scenario, or a cost; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_by: Option<String>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// What it was held against; absent for scenarios, which bring their own thresholds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The evidence, by id; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Why the status is what it is, in a sentence.
    pub why: String,
}

/// What a value is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Limit {
    /// At least so much.
    AtLeast(Amount),
    /// At most so much.
    AtMost(Amount),
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(amount) => write!(f, "at least {amount}"),
            Self::AtMost(amount) => write!(f, "at most {amount}"),
        }
    }
}

/// How serious a risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RiskLevel {
    /// Look at it first.
    High,
    /// Look at it.
    Medium,
    /// Know of it.
    Low,
}

/// Something that could go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Risk {
    /// How serious it is.
    pub level: RiskLevel,
    /// What it is, in a sentence.
    pub text: String,
    /// What says so.
    pub basis: RiskBasis,
}

/// What says that something is a risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum RiskBasis {
    /// Nobody knows: it was not tested.
    Untested,
    /// Lines of the ledger, by their ids of evidence, ordered.
    Evidence(Vec<String>),
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recommendation {
    /// What to do, in a sentence.
    pub text: String,
    /// What fell short, such as `test H8: 24.1 % where at most 10 % is wanted`.
    pub from: String,
    /// The evidence, by id, ordered; empty where something was not tested.
    pub evidence: Vec<String>,
}
