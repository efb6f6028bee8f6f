//! `[load]` of `thresholds.toml`: what a load run may lose against its baseline, and how serious a loss is.
//!
//! ```toml
//! [load.regression]     # medium: WARN
//! p95 = "10 %"          # latency above the baseline's
//! rate = "10 %"         # requests per second below the baseline's
//! errors = "0.5 %"      # points of the error rate above the baseline's
//! memory = "5 %"        # growth of the service's memory over two hours
//! [load.high]           # FAIL, unless waived
//! p95 = "50 %"
//! rate = "50 %"
//! [load.critical]       # FAIL
//! p95 = "100 %"
//! errors = "5 %"        # the error rate itself
//! [load.low]            # written down
//! share = "50 %"        # from this share of what [load.regression] permits
//! ```
//! Must not know: what was measured.

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::ConfigError;
use super::thresholds::Source;
use crate::unit::Unit;

/// What a load run may lose, all as ratios above 0. A loss beyond the limit is medium; see [`Severity`](crate::verdict::Severity).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadPolicy {
    /// How much longer latencies may be.
    pub p95: f64,
    /// How much lower rates may be.
    pub rate: f64,
    /// How many points the error rate may be higher.
    pub errors: f64,
    /// How much of its level the service's memory may grow over two hours.
    pub memory: f64,
    /// From how much longer latencies on a loss is high.
    pub high_p95: f64,
    /// From how much lower rates on a loss is high.
    pub high_rate: f64,
    /// From how much longer latencies on a loss is critical.
    pub critical_p95: f64,
    /// The error rate beyond which a loss is critical.
    pub critical_errors: f64,
    /// From which share of a limit on a loss is written down, though it is permitted.
    pub low_share: f64,
}

impl Default for LoadPolicy {
    fn default() -> Self {
        Self {
            p95: 0.10,
            rate: 0.10,
            errors: 0.005,
            memory: 0.05,
            high_p95: 0.50,
            high_rate: 0.50,
            critical_p95: 1.0,
            critical_errors: 0.05,
            low_share: 0.5,
        }
    }
}

pub(super) const TABLES: [&str; 4] = ["regression", "high", "critical", "low"];

/// Refuses keys that nothing reads.
pub(super) fn check_keys(file: &Source<'_>, load: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
    let DeValue::Table(tables) = load.get_ref() else { return Ok(()) };
    for (name, value) in tables {
        let known: &[&str] = match name.get_ref().as_ref() {
            "regression" => &["p95", "rate", "errors", "memory"],
            "high" => &["p95", "rate"],
            "critical" => &["p95", "errors"],
            _ => &["share"],
        };
        file.check_keys(&format!("load.{}", name.get_ref()), value, known)?;
    }
    Ok(())
}

type Written = Option<Spanned<toml::Value>>;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RawPolicy {
    regression: RawRegression,
    high: RawSevere,
    critical: RawSevere,
    low: RawLow,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawRegression {
    p95: Written,
    rate: Written,
    errors: Written,
    memory: Written,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSevere {
    p95: Written,
    rate: Written,
    errors: Written,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawLow {
    share: Written,
}

impl RawPolicy {
    /// The policy: what is not written is the default.
    pub(super) fn read(&self, file: &Source<'_>) -> Result<LoadPolicy, ConfigError> {
        let default = LoadPolicy::default();
        let ratio = |key: &str, written: &Written, default: f64| match written {
            None => Ok(default),
            Some(value) => match file.quantity(key, value, Some(Unit::Ratio))?.value {
                ratio if ratio > 0.0 => Ok(ratio),
                _ => Err(file.refuse(value.span().start, key, "lies above 0 %, such as \"10 %\"")),
            },
        };
        let (limits, high, critical) = (&self.regression, &self.high, &self.critical);
        let policy = LoadPolicy {
            p95: ratio("load.regression.p95", &limits.p95, default.p95)?,
            rate: ratio("load.regression.rate", &limits.rate, default.rate)?,
            errors: ratio("load.regression.errors", &limits.errors, default.errors)?,
            memory: ratio("load.regression.memory", &limits.memory, default.memory)?,
            high_p95: ratio("load.high.p95", &high.p95, default.high_p95)?,
            high_rate: ratio("load.high.rate", &high.rate, default.high_rate)?,
            critical_p95: ratio("load.critical.p95", &critical.p95, default.critical_p95)?,
            critical_errors: ratio("load.critical.errors", &critical.errors, default.critical_errors)?,
            low_share: ratio("load.low.share", &self.low.share, default.low_share)?,
        };
        // A limit beyond the next severity would make a loss high and permitted at once.
        let ordered = [
            (&limits.p95, "load.regression.p95", policy.p95 <= policy.high_p95),
            (&limits.rate, "load.regression.rate", policy.rate <= policy.high_rate),
            (&high.p95, "load.high.p95", policy.high_p95 <= policy.critical_p95),
        ];
        match ordered.into_iter().find(|(_, _, ordered)| !ordered) {
            None => Ok(policy),
            Some((written, key, _)) => {
                let at = written.as_ref().map_or(0, |value| value.span().start);
                Err(file.refuse(at, key, "lies beyond the limit of the next severity; raise that one, too"))
            }
        }
    }
}
