//! `kpi_<version>_merged.json`: indicators from 0 to 10, each with its formula, its inputs, and how much those prove.
//! Must not know: how a score is made, or where its contract is kept.
//!
//! An indicator that was not measured has no score; it is no 0, and there is no mean over all.

use serde::{Deserialize, Serialize};

use crate::perf::EvidenceLevel;
use crate::time::Timestamp;
use crate::{Finite, KpiName, RunId, Sha256, Unit, VersionName};

/// The schema name of this version of the file.
pub const SCHEMA: &str = "perfledger/kpi/1";
/// The highest score there is.
pub const HIGHEST: f64 = 10.0;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KpiReport {
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// What the scores are about.
    pub version: VersionName,
    /// The ledger that they come from.
    pub ledger: KpiLedger,
    /// The scores that they are held against, when some were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<KpiPrevious>,
    /// How many indicators have a contract.
    pub total: u32,
    /// How many of them were measured.
    pub measured: u32,
    /// The indicators, in the order of their contracts.
    pub kpis: Vec<Kpi>,
}

/// A ledger that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KpiLedger {
    /// The SHA-256 of the last line that holds.
    pub head: Sha256,
    /// Lines that hold.
    pub lines: u64,
    /// What is wrong with the first line that does not hold; nothing behind it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

/// The file of earlier scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KpiPrevious {
    /// What they were about.
    pub version: VersionName,
    /// Its SHA-256.
    pub sha256: Sha256,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Kpi {
    /// Its name.
    pub name: KpiName,
    /// What it says, as its contract words it.
    pub about: String,
    /// How its score is made, in words and figures.
    pub formula: String,
    /// The score, at most what its tier permits; absent when nothing of it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0, "maximum" = HIGHEST)))]
    pub score: Option<Finite>,
    /// What the formula gave, when the tier permits less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capped_from: Option<Finite>,
    /// How much the score may claim; absent without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Eligibility>,
    /// Below it the indicator is red.
    pub floor: Finite,
    /// How much lower than before it may be.
    pub max_drop: Finite,
    /// From here on it is yellow; below, red.
    pub yellow: Finite,
    /// From here on it is green.
    pub green: Finite,
    /// The newest score before, when there was one: where the file before has none, the one that was held there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Finite>,
    /// What that score was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_version: Option<VersionName>,
    /// How much lower it is than before; negative when it rose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<Finite>,
    /// What was decided.
    pub status: KpiStatus,
    /// Why, in sentences without a full stop, the most serious first.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub why: Vec<String>,
    /// What it is made of, in the order of its contract.
    pub inputs: Vec<KpiInput>,
}

/// How much a score may claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Eligibility {
    /// The tier.
    pub tier: Tier,
    /// The highest score that it permits.
    pub cap: Finite,
    /// How far the score can be relied on, from 0 to 1.
    pub confidence: Finite,
}

/// What the weakest input of an indicator proves, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Tier {
    /// An input is missing or proves nothing, or the ledger does not hold.
    Unverified,
    /// Made up, planned only, or a benchmark: executed, but nobody's work.
    Simulated,
    /// Real work, done and checked.
    Real,
    /// Real users' work.
    Production,
}

impl Tier {
    /// Every tier, weakest first.
    pub const ALL: [Self; 4] = [Self::Unverified, Self::Simulated, Self::Real, Self::Production];

    /// The tier that evidence allows.
    ///
    /// A benchmark (`ci_benchmark`) was executed and measured, and is `simulated` all the same: its input was made for it, and nothing
    /// says that the result was right or of use to anybody. `real` begins where work was done completely and read back.
    pub const fn of(level: EvidenceLevel) -> Self {
        match level {
            EvidenceLevel::Unmeasured => Self::Unverified,
            EvidenceLevel::Simulated | EvidenceLevel::DryRun | EvidenceLevel::CiBenchmark => Self::Simulated,
            EvidenceLevel::RealWorkload => Self::Real,
            EvidenceLevel::Production => Self::Production,
        }
    }

    /// The highest score that it permits.
    pub const fn cap(self) -> f64 {
        match self {
            Self::Unverified => 3.0,
            Self::Simulated => 6.0,
            Self::Real => 8.5,
            Self::Production => HIGHEST,
        }
    }

    /// How far a score can be relied on, from 0 to 1.
    pub const fn confidence(self) -> f64 {
        match self {
            Self::Unverified => 0.30,
            Self::Simulated => 0.45,
            Self::Real => 0.70,
            Self::Production => 0.90,
        }
    }

    /// The tier as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Simulated => "simulated",
            Self::Real => "real",
            Self::Production => "production",
        }
    }
}

/// What was decided on an indicator, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum KpiStatus {
    /// Below its floor or its yellow limit, or fallen too far.
    Red,
    /// There is no score.
    NotMeasured,
    /// Between.
    Yellow,
    /// As wanted.
    Green,
}

impl KpiStatus {
    /// The status in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::NotMeasured => "not measured",
            Self::Yellow => "yellow",
            Self::Green => "green",
        }
    }
}

/// One thing that an indicator is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KpiInput {
    /// What it is, in words.
    pub what: String,
    /// Where it comes from: `metric <name>`, `ledger <measure>`, or `outside`.
    pub source: String,
    /// Its value, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Finite>,
    /// The base unit of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// How much the value proves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<EvidenceLevel>,
    /// The points that it earned, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Finite>,
    /// The most points that it can earn; absent for what no formula can use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Finite>,
    /// The ledger's lines that hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<KpiEvidence>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// The ledger's lines behind a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KpiEvidence {
    /// The first line.
    pub first_seq: u64,
    /// The last line.
    pub last_seq: u64,
    /// The SHA-256 of the last line.
    pub digest: Sha256,
    /// When the last line was appended.
    pub time: Timestamp,
    /// The run of the last line.
    pub run_id: RunId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tier_permits_more_than_the_one_before_it() {
        for pair in Tier::ALL.windows(2) {
            let [lower, upper] = pair else { continue };
            assert!(lower < upper && lower.cap() < upper.cap() && lower.confidence() < upper.confidence());
        }
        assert_eq!(Tier::ALL.map(Tier::cap), [3.0, 6.0, 8.5, 10.0]);
        assert_eq!(Tier::ALL.map(Tier::confidence), [0.30, 0.45, 0.70, 0.90]);
    }

    #[test]
    fn a_benchmark_is_simulated_and_only_checked_work_is_real() {
        let tiers = EvidenceLevel::ALL.map(Tier::of);
        use Tier::{Production, Real, Simulated, Unverified};
        assert_eq!(tiers, [Simulated, Simulated, Unverified, Simulated, Real, Production]);
    }
}
