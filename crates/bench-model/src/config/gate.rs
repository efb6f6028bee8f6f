//! `[gate]` of `thresholds.toml`: what a run of proven work must keep of the entry before it.
//!
//! ```toml
//! [gate]
//! evidence = "real_workload"          # the least that its numbers must prove
//! [[gate.keep]]
//! metric = "reencryption#records_per_second"
//! of_previous = "80 %"                # at least this share of the last entry's (a lower-is-better metric: at most its inverse)
//! [[gate.keep]]
//! metric = "reencryption#scalability_score"
//! drop = 1                            # at most so much below the last entry's, in the metric's base unit
//! ```
//! Must not know: what was measured.

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::ConfigError;
use super::thresholds::Source;
use crate::perf::EvidenceLevel;
use crate::unit::Unit;
use crate::{Direction, MetricName};

/// What a run must keep. It holds for runs that report any of the metrics or were to, and for those that give an account of their work.
/// The entry before is the newest of the same environment and mode that worked on the same file.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The least evidence level.
    pub evidence: EvidenceLevel,
    /// What is kept of each metric.
    pub keep: Vec<Keep>,
}

/// What is kept of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// Its full name.
    pub metric: MetricName,
    /// How far below the last entry's value it may fall.
    pub by: KeepBy,
}

/// How far a value may fall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeepBy {
    /// To this share of the last entry's, above 0 and at most 1.
    Share(f64),
    /// By so much, in the metric's base unit.
    Drop(f64),
}

/// 80 % of a value is no exact number, and a value that is exactly that must not fail for it: relative to the limit.
const ROUNDING: f64 = 1e-12;

impl KeepBy {
    /// What a value must reach after one of `before` (for a metric where lower is better: not exceed), in the same unit.
    pub fn limit(self, before: f64, direction: Direction) -> f64 {
        match (self, direction) {
            (Self::Share(share), Direction::HigherIsBetter) => before * share,
            (Self::Share(share), Direction::LowerIsBetter) => before / share,
            (Self::Drop(drop), Direction::HigherIsBetter) => before - drop,
            (Self::Drop(drop), Direction::LowerIsBetter) => before + drop,
        }
    }

    /// Whether a value reaches its limit.
    pub fn is_kept(self, before: f64, value: f64, direction: Direction) -> bool {
        let limit = self.limit(before, direction);
        let rounding = ROUNDING * limit.abs();
        match direction {
            Direction::HigherIsBetter => value >= limit - rounding,
            Direction::LowerIsBetter => value <= limit + rounding,
        }
    }
}

const KEYS: [&str; 2] = ["evidence", "keep"];
const KEEP_KEYS: [&str; 3] = ["metric", "of_previous", "drop"];

/// Refuses keys that nothing reads.
pub(super) fn check_keys(file: &Source<'_>, gate: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
    file.check_keys("gate", gate, &KEYS)?;
    let DeValue::Table(table) = gate.get_ref() else { return Ok(()) };
    match table.get("keep") {
        Some(keep) => file.check_keys("gate.keep", keep, &KEEP_KEYS),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
pub(super) struct RawGate {
    evidence: Spanned<String>,
    #[serde(default)]
    keep: Vec<RawKeep>,
}

#[derive(Deserialize)]
struct RawKeep {
    metric: Spanned<String>,
    of_previous: Option<Spanned<toml::Value>>,
    drop: Option<Spanned<f64>>,
}

impl RawGate {
    pub(super) fn read(&self, file: &Source<'_>) -> Result<Gate, ConfigError> {
        let evidence = EvidenceLevel::named(self.evidence.get_ref()).ok_or_else(|| {
            let names = EvidenceLevel::ALL.map(EvidenceLevel::as_str).join(", ");
            file.refuse(self.evidence.span().start, "gate.evidence", &format!("is one of {names}"))
        })?;
        let mut keep: Vec<Keep> = Vec::new();
        for raw in &self.keep {
            let one = raw.read(file)?;
            if keep.iter().any(|other| other.metric == one.metric) {
                let reason = format!("`{}` stands there twice", one.metric);
                return Err(file.refuse(raw.metric.span().start, "gate.keep.metric", &reason));
            }
            keep.push(one);
        }
        Ok(Gate { evidence, keep })
    }
}

impl RawKeep {
    fn read(&self, file: &Source<'_>) -> Result<Keep, ConfigError> {
        let at = self.metric.span().start;
        let metric = self
            .metric
            .get_ref()
            .parse::<MetricName>()
            .map_err(|error| file.refuse(at, "gate.keep.metric", &format!("is not usable: {error}")))?;
        let by = match (&self.of_previous, &self.drop) {
            (Some(share), None) => match file.quantity("gate.keep.of_previous", share, Some(Unit::Ratio))?.value {
                value if value > 0.0 && value <= 1.0 => KeepBy::Share(value),
                _ => {
                    let reason = "lies above 0 % and at most at 100 %, such as \"80 %\"";
                    return Err(file.refuse(share.span().start, "gate.keep.of_previous", reason));
                }
            },
            (None, Some(drop)) if drop.get_ref().is_finite() && *drop.get_ref() >= 0.0 => KeepBy::Drop(*drop.get_ref()),
            (None, Some(drop)) => {
                return Err(file.refuse(drop.span().start, "gate.keep.drop", "is 0 or more, such as 1"));
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err(file.refuse(at, "gate.keep", "has either `of_previous` or `drop`"));
            }
        };
        Ok(Keep { metric, by })
    }
}
