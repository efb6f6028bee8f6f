//! `perf.json`: the report that the world reads.
//!
//! The specification's keys stand at the top: `display_gibs` (GiB/s), `comp3_mibs` (MiB/s), `warnings` and
//! `errors`. A project with other workloads has its own headline keys there. A value that was not
//! measured is absent, never 0.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::load::LoadSummary;
use crate::proof::{Proof, borne_out_by_run};
use crate::provenance::Provenance;
use crate::run::Plan;
use crate::scale::ScaleSummary;
use crate::{BenchmarkId, Direction, Finite, MetricName, RunId, Unit};

/// The schema name of this version of `perf.json`.
pub const SCHEMA: &str = "perfledger/perf/1";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The headline values that were measured, by name, each in the unit that `headline` gives.
    #[serde(flatten)]
    pub headline_values: BTreeMap<String, Finite>,
    /// What to know before trusting the numbers.
    pub warnings: Vec<String>,
    /// What could not be measured.
    pub errors: Vec<String>,
    /// Always [`SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The run this reports.
    pub run_id: RunId,
    /// How much the numbers prove; derived from what was measured.
    pub evidence_level: EvidenceLevel,
    /// Whether every asked round ended by itself.
    pub complete: bool,
    /// How the run was asked for.
    pub plan: Plan,
    /// What stands at the top, in order, whether or not it was measured.
    pub headline: Vec<Headline>,
    /// Benchmarks that must report, as the configuration lists them.
    pub expected: Vec<String>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Every metric, ordered by name.
    pub metrics: Vec<Metric>,
    /// The load in figures, for a load run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Box<LoadSummary>>,
    /// What the measured program said that it did, one for each round, when it gave an account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Proof>,
    /// What a scalability run says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Box<ScaleSummary>>,
}

/// A metric that stands for the project, and how people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Headline {
    /// The key in `perf.json`, such as `display_gibs`.
    pub name: String,
    /// What people read, such as `DISPLAY`.
    pub label: String,
    /// The full name of the metric behind it.
    pub metric: MetricName,
    /// The unit it is shown in, such as `GiB/s`.
    pub unit: String,
}

/// How much a run's numbers prove, weakest first. Each level claims what its line says, and nothing of the next one. It follows from
/// what was measured; nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EvidenceLevel {
    /// Numbers were made up; nothing was executed.
    Simulated,
    /// The work was planned and not done: there is no number.
    DryRun,
    /// The run took place, and no figure of it is a measurement: nothing reported or answered, or what it needs to be evidence was
    /// not kept. There is no metric.
    Unmeasured,
    /// A benchmark was executed, or load was sent and answered, and at least one metric was measured.
    CiBenchmark,
    /// Real work was done and checked.
    RealWorkload,
    /// Real users' work was observed.
    Production,
}

impl EvidenceLevel {
    /// All levels, weakest first.
    pub const ALL: [Self; 6] =
        [Self::Simulated, Self::DryRun, Self::Unmeasured, Self::CiBenchmark, Self::RealWorkload, Self::Production];

    /// The level as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::DryRun => "dry_run",
            Self::Unmeasured => "unmeasured",
            Self::CiBenchmark => "ci_benchmark",
            Self::RealWorkload => "real_workload",
            Self::Production => "production",
        }
    }

    /// The level of a name in files.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// One metric of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metric {
    /// `<package>/<target>/<benchmark id>#<measure>`.
    pub name: MetricName,
    /// What produced it.
    pub benchmark: BenchmarkId,
    /// What was measured of it: `time`, `throughput`, `wall`, `peak_rss` …
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub measure: String,
    /// The typical value over rounds, in `unit`.
    pub value: Finite,
    /// The base unit.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The interval of the value, when there is evidence for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The typical value of each round, in order.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub rounds: Vec<Finite>,
    /// Samples behind all rounds.
    pub samples: u64,
    /// Whether this is the metric of its benchmark that is judged. The others restate the same
    /// samples in another unit.
    pub primary: bool,
}

/// A confidence interval, in the unit of what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval {
    /// The lower end.
    pub lower: Finite,
    /// The upper end.
    pub upper: Finite,
    /// The confidence level, between 0 and 1.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1)))]
    pub level: Finite,
    /// What the interval was made from.
    pub from: IntervalSource,
}

/// What an interval was made from. Only rounds are replicates; samples of one process share its luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum IntervalSource {
    /// The spread between processes.
    Rounds,
    /// The spread inside one process.
    Samples,
}

impl Report {
    /// How much the numbers prove: what the accounts bear out, and not the word of whoever wrote the file.
    pub fn evidence(&self) -> EvidenceLevel {
        borne_out_by_run(self.evidence_level, self.complete, &self.proofs)
    }

    /// The metric of a name, which may also be a headline's name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        let full = self.headline.iter().find(|h| h.name == name).map_or(name, |h| h.metric.as_str());
        self.metrics.iter().find(|metric| metric.name.as_str() == full)
    }
}

macro_rules! take {
    ($fields:ident, $name:literal) => {
        match $fields.remove($name) {
            Some(raw) => serde_json::from_str(raw.get())
                .map_err(|e| D::Error::custom(format!(concat!("in `", $name, "`: {}"), e)))?,
            None => return Err(D::Error::missing_field($name)),
        }
    };
}

/// A key that may be absent, and then has its type's default.
fn optional<T: serde::de::DeserializeOwned + Default, E: serde::de::Error>(
    fields: &mut BTreeMap<String, Box<RawValue>>,
    name: &str,
) -> Result<T, E> {
    match fields.remove(name) {
        Some(raw) => serde_json::from_str(raw.get()).map_err(|e| E::custom(format!("in `{name}`: {e}"))),
        None => Ok(T::default()),
    }
}

impl<'de> Deserialize<'de> for Report {
    /// Headline keys are free, so the rest of the keys are taken out first. Fields stay raw text
    /// until then: ten thousand metrics are not buffered twice.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields: BTreeMap<String, Box<RawValue>> = crate::unique::map(deserializer)?;
        Ok(Self {
            warnings: take!(fields, "warnings"),
            errors: take!(fields, "errors"),
            schema: take!(fields, "schema"),
            run_id: take!(fields, "run_id"),
            evidence_level: take!(fields, "evidence_level"),
            complete: take!(fields, "complete"),
            plan: take!(fields, "plan"),
            headline: take!(fields, "headline"),
            expected: take!(fields, "expected"),
            provenance: take!(fields, "provenance"),
            metrics: take!(fields, "metrics"),
            load: optional(&mut fields, "load")?,
            proofs: optional(&mut fields, "proofs")?,
            scale: optional(&mut fields, "scale")?,
            headline_values: fields
                .into_iter()
                .map(|(name, raw)| match serde_json::from_str(raw.get()) {
                    Ok(value) => Ok((name, value)),
                    Err(error) => Err(D::Error::custom(format!("in `{name}`: {error}"))),
                })
                .collect::<Result<_, _>>()?,
        })
    }
}
