//! How ready the service is: scores with their inputs, targets, and what each component does and is held back by.

use serde::{Deserialize, Serialize};

use super::Amount;
use crate::{Direction, Finite};

/// What readiness is scored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Category {
    /// More processes.
    Horizontal,
    /// More of one process: threads, memory.
    Vertical,
    /// How well what is there is used: waits, memory, rates.
    Optimisation,
    /// Capacity that follows the load by itself.
    AutoScaling,
    /// Load as expected, peaks, faults.
    LoadHandling,
    /// What it costs.
    Efficiency,
}

impl Category {
    /// All categories, in the order of the report.
    pub const ALL: [Self; 6] =
        [Self::Horizontal, Self::Vertical, Self::Optimisation, Self::AutoScaling, Self::LoadHandling, Self::Efficiency];

    /// The category as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Horizontal => "horizontal",
            Self::Vertical => "vertical",
            Self::Optimisation => "optimisation",
            Self::AutoScaling => "auto_scaling",
            Self::LoadHandling => "load_handling",
            Self::Efficiency => "efficiency",
        }
    }

    /// The category in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Horizontal => "Horizontal scaling",
            Self::Vertical => "Vertical scaling",
            Self::Optimisation => "Optimisation",
            Self::AutoScaling => "Auto-scaling",
            Self::LoadHandling => "Load handling",
            Self::Efficiency => "Efficiency",
        }
    }

    /// The category of a name in files.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

/// The readiness over all categories that are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overall {
    /// The mean of the measured categories' scores, 0 to 100. Never shown without `measured` and `of`.
    pub score: Finite,
    /// Categories that have a score.
    pub measured: u32,
    /// Categories there are.
    pub of: u32,
}

/// The readiness in one category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readiness {
    /// The category.
    pub category: Category,
    /// 0 to 100; absent ("not measured") when none of its inputs was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Finite>,
    /// How the score follows from the inputs, in words, to be printed beside it.
    pub formula: String,
    /// What was measured, in the order of the configuration.
    pub inputs: Vec<ScoreInput>,
    /// What was not, in the order of the configuration; also bad values that the generator or the machine made, and costs at prices that
    /// are examples. It earns no points.
    pub missing: Vec<Missing>,
}

/// Something measured that a score is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScoreInput {
    /// What it is: a metric's full name, `test` and a test's id, or `cost of` and a size.
    pub name: String,
    /// The value; absent for a test, which passed or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// What it earns, 0 to 1.
    pub points: Finite,
    /// What earns all and none, in words: `all from 80 % on, none at 50 %`.
    pub rule: String,
    /// The evidence, by id.
    pub evidence: String,
}

/// Something that a score would be made of, had it been measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Missing {
    /// As [`ScoreInput::name`].
    pub name: String,
    /// Why there is no value.
    pub why: String,
}

/// What is measured against what is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BenchmarkTarget {
    /// What it is about, such as `transactions per second`.
    pub name: String,
    /// What was measured; absent ("not measured") when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Amount>,
    /// Whether there may be more than `current`: something else than the service was the limit, or nothing larger was tested.
    pub at_least: bool,
    /// What is wanted: at least so much where more is better, at most so much where less is.
    pub target: Amount,
    /// Which of both it is.
    pub direction: Direction,
    /// What came of it.
    pub outcome: TargetOutcome,
    /// How many times better than measured is wanted: `target / current`, where less is better `current / target`. At most 1 where the
    /// target is met; absent without a current value above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<Finite>,
    /// The evidence, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Where the current value comes from, or why there is none.
    pub why: String,
}

/// What came of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TargetOutcome {
    /// What was measured reaches it.
    Met,
    /// It does not, and nothing but the service is why.
    Missed,
    /// What was measured cannot tell.
    NotKnown,
    /// Nothing was measured.
    NotMeasured,
}

/// A part of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Component {
    /// Its name.
    pub name: String,
    /// What more processes of it give.
    pub horizontal: Cell,
    /// What more of one process gives.
    pub vertical: Cell,
    /// How fast it is.
    pub performance: Cell,
    /// What holds it back.
    pub bottleneck: Bottleneck,
}

/// A cell of the component matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cell", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Cell {
    /// It was measured.
    Measured {
        /// The finding, such as `1.9x at 2 processes`.
        text: String,
        /// The number in it.
        value: Amount,
        /// The evidence, by id.
        evidence: String,
    },
    /// It was not.
    NotMeasured {
        /// Why.
        why: String,
    },
    /// It has no meaning for this component.
    NotApplicable {
        /// Why.
        why: String,
    },
}

/// What holds a component back, as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "found", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Bottleneck {
    /// A signal is beyond its limit.
    Measured {
        /// What it is, in a few words, such as `the processors of the machine`.
        text: String,
        /// All signals that were looked at, in the order in which they decide; the first beyond its limit does.
        signals: Vec<Signal>,
        /// The evidence, by id.
        evidence: String,
    },
    /// Every signal was measured, and none is beyond its limit.
    NoneShown {
        /// The largest size that this holds for, and of what, such as `up to 4 threads`.
        text: String,
        /// All signals that were looked at.
        signals: Vec<Signal>,
        /// The evidence, by id.
        evidence: String,
    },
    /// At least one signal was not measured well enough to tell, and none of the others is beyond its limit.
    NotMeasured {
        /// Why.
        why: String,
        /// Those that were measured; empty when none was.
        signals: Vec<Signal>,
        /// The evidence, by id, when there is any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
}

/// Something that shows what holds a service back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Signal {
    /// What it is, such as `processors in use, of 2`.
    pub name: String,
    /// What was measured; absent when it was not, or when its interval lies on both sides of the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// From what value on it is the bottleneck.
    pub limit: Amount,
    /// Whether it is; absent without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<bool>,
}
