//! `assessment.json`: what a ledger proves about how far a service scales, what it costs and when it will not do any more. The HTML and
//! PDF reports are made from it and hold nothing else.
//!
//! Everything in it is taken from lines of the ledger, or worked out of them by a rule that stands beside it. What was not measured is
//! absent and says so; nothing that was not measured has a number. Must not know: how anything is worked out.

mod capacity;
mod finding;
mod readiness;

use serde::{Deserialize, Serialize};

pub use capacity::{
    Cost, DecisionKind, Demand, Economics, Forecast, OperationRow, OperationTable, Prices, Reached, ResourceLevel,
    ResourceProfile, ScalingDecision, ScalingRun, Source,
};
pub use finding::{
    Limit, Plan, PlanCategory, PlanCounts, PlanItem, Recommendation, Risk, RiskBasis, RiskLevel, TestStatus,
};
pub use readiness::{
    BenchmarkTarget, Bottleneck, Category, Cell, Component, Missing, Overall, Readiness, ScoreInput, Signal,
    TargetOutcome,
};

use crate::audit::BadLine;
use crate::perf::EvidenceLevel;
use crate::provenance::Epoch;
use crate::run::Mode;
use crate::time::Timestamp;
use crate::verdict::Status;
use crate::{Commit, Finite, Quantity, RunId, Sha256, Unit};

/// The schema name of this version of `assessment.json`.
pub const SCHEMA: &str = "perfledger/assessment/1";

/// The whole file. Lists that nothing stands in are empty, and what would be in them is named under `risks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assessment {
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The tool that made it, with its version.
    pub tool: String,
    /// What was assessed, such as the project's name.
    pub subject: String,
    /// When it was made; ages are counted up to here.
    pub generated: Timestamp,
    /// The ledger that it was made from.
    pub ledger: LedgerState,
    /// What comes of it.
    pub status: AssessmentStatus,
    /// The status in one sentence, with how much was measured.
    pub summary: String,
    /// What keeps the status from being `ready`, most serious first; empty when it is.
    pub reasons: Vec<String>,
    /// What to know before trusting it: old evidence, values of other environments that were left out, example prices.
    pub notes: Vec<String>,
    /// The readiness over all measured categories; absent when none is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overall: Option<Overall>,
    /// Each category once, in the order of [`Category::ALL`].
    pub readiness: Vec<Readiness>,
    /// What is measured against what is wanted, in the order of the configuration.
    pub targets: Vec<BenchmarkTarget>,
    /// What the service is made of, in the order of the configuration.
    pub components: Vec<Component>,
    /// The test plan and what became of each test.
    pub plan: Plan,
    /// What could go wrong, untested things first, then by level.
    pub risks: Vec<Risk>,
    /// What to do, each derived from something that fell short; most serious first.
    pub recommendations: Vec<Recommendation>,
    /// Whether there is to be more or less of something, one for each configured demand.
    pub decisions: Vec<ScalingDecision>,
    /// Where each configured demand that has a metric is heading.
    pub forecasts: Vec<Forecast>,
    /// The newest scalability run of each scenario and axis, ordered by both.
    pub scaling: Vec<ScalingRun>,
    /// What the service used at each size, one for each scalability run, in the same order.
    pub resources: Vec<ResourceProfile>,
    /// What requests cost.
    pub economics: Economics,
    /// What single operations of servers take, one table for each configured server.
    pub operations: Vec<OperationTable>,
    /// The ledger's lines behind all of this, ordered by `seq`.
    pub evidence: Vec<Evidence>,
}

/// The ledger that an assessment was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerState {
    /// Whether every line holds. When it does not, nothing behind the first bad line is in this report.
    pub verified: bool,
    /// The first line that does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<BadLine>,
    /// The SHA-256 of the last good line; 64 zeros for an empty ledger.
    pub head: Sha256,
    /// Good lines.
    pub lines: u64,
    /// Good lines that tell of a run.
    pub runs: u64,
    /// The `seq` of the last good line; 0 for an empty ledger.
    pub last_seq: u64,
    /// Values of the metrics asked for that were left out, because a newer one was measured in another environment.
    pub other_epochs: u64,
    /// Runs that were left out, because not every asked round ended by itself, or nothing was measured in them.
    pub incomplete_runs: u64,
}

/// What comes of an assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AssessmentStatus {
    /// Every required category is measured and reaches the least score, every target that something measures is met, and every test that
    /// a program can run passed.
    Ready,
    /// Something fell short, or was not tested.
    NotReady,
    /// Nothing was measured, or the ledger cannot be trusted.
    NotAssessed,
}

impl AssessmentStatus {
    /// The status in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not ready",
            Self::NotAssessed => "not assessed",
        }
    }
}

/// A line of the ledger that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// What it is referred to by: `E` and the line's `seq`, such as `E12`.
    pub id: String,
    /// The line, counted from 1.
    pub seq: u64,
    /// The SHA-256 of the whole line.
    pub line: Sha256,
    /// When the line was appended.
    pub time: Timestamp,
    /// Whole days from then to when the assessment was made.
    pub age_days: u64,
    /// Whether that is more than the configured number of days.
    pub old: bool,
    /// The run.
    pub run_id: RunId,
    /// The commit measured, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Whether the work tree differed from it.
    pub dirty: bool,
    /// The environment.
    pub epoch: Epoch,
    /// How much its numbers prove.
    pub evidence_level: EvidenceLevel,
    /// How thoroughly it measured: a quick run was shortened, and decides nothing.
    pub mode: Mode,
    /// The status that the run got.
    pub status: Status,
    /// What it is, such as `scale-trust over processes` or `metrics of reencryption`.
    pub what: String,
}

/// A value with its unit: a base unit, or money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amount {
    /// The number, in `unit`.
    pub value: Finite,
    /// What it counts.
    pub unit: AmountUnit,
}

/// What an amount counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AmountUnit {
    /// One of the base units of every record.
    Base(Unit),
    /// Money.
    Money(Money),
}

/// A currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Money {
    /// As the configuration writes it, such as `EUR`.
    pub currency: String,
}

impl Amount {
    /// A value in a base unit; `None` when it is no finite number.
    pub fn base(value: f64, unit: Unit) -> Option<Self> {
        Some(Self { value: Finite::try_from(value).ok()?, unit: AmountUnit::Base(unit) })
    }

    /// Money; `None` when it is no finite number.
    pub fn money(value: f64, currency: &str) -> Option<Self> {
        let unit = AmountUnit::Money(Money { currency: currency.to_owned() });
        Some(Self { value: Finite::try_from(value).ok()?, unit })
    }
}

impl std::fmt::Display for Amount {
    /// As people read it, three significant digits: `4.22 ms`, `0.0712 EUR`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.unit {
            AmountUnit::Base(unit) => write!(f, "{:.3}", Quantity { value: self.value.get(), unit: *unit }),
            AmountUnit::Money(Money { currency }) => {
                write!(f, "{} {currency}", crate::unit::rounded(self.value.get(), 3))
            }
        }
    }
}
