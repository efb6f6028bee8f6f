//! The specification's own `thresholds.toml`, read as it stands.
//!
//! Its key says `display_min_mibs` while its comment and its prose say MB/s (80 MB/s = 0.0745 GiB/s), so
//! the number means MB/s (10^6 bytes per second); the same holds for `comp3_min_mibs`. The targets mean what
//! their names say: GiB/s and MiB/s.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::load_policy::LoadPolicy;
use super::thresholds::{DEFAULT_REGRESSION, DEFAULT_SAFETY_MARGIN, MetricThreshold, Source, Thresholds};
use super::{ConfigError, syntax};
use crate::unit::{Quantity, Unit};

pub(super) const FLOOR_KEYS: [&str; 3] = ["display_min_mibs", "comp3_min_mibs", "regression_threshold"];
pub(super) const TARGET_KEYS: [&str; 3] = ["display_target_gibs", "comp3_target_mibs", "safety_margin_multiplier"];
pub(super) const AUTOMATION_KEYS: [&str; 4] =
    ["benchmark_timeout_minutes", "pr_comment_enabled", "baseline_promotion_enabled", "audit_generation_enabled"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    performance_floors: Floors,
    enterprise_targets: Targets,
    automation: Automation,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Floors {
    display_min_mibs: Number,
    comp3_min_mibs: Number,
    regression_threshold: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Targets {
    display_target_gibs: Number,
    comp3_target_mibs: Number,
    safety_margin_multiplier: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Automation {
    benchmark_timeout_minutes: Number,
}

type Number = Option<Spanned<f64>>;

pub(super) fn parse(source: &Source<'_>) -> Result<Thresholds, ConfigError> {
    let file: File = toml::from_str(source.text).map_err(|error| syntax(source.path, source.text, &error))?;
    let check = |key: &str, number: &Number, least: f64, most: f64| match number.as_ref() {
        Some(number) if !(*number.get_ref() >= least && *number.get_ref() <= most) => {
            Err(source.refuse(number.span().start, key, &format!("lies between {least} and {most}")))
        }
        number => Ok(number.map(|number| *number.get_ref())),
    };
    let rate = |key: &str, number: &Number, scale: f64| {
        Ok::<_, ConfigError>(
            check(key, number, 0.0, 1e9)?.map(|value| Quantity { value: value * scale, unit: Unit::BytesPerSecond }),
        )
    };
    const MB: f64 = 1e6;
    const MIB: f64 = 1_048_576.0;
    let metric = |name: &str, floor: Option<Quantity>, target| MetricThreshold {
        name: name.to_owned(),
        floor,
        target,
        regression: None,
        required: floor.is_some(),
    };
    let (floors, targets) = (&file.performance_floors, &file.enterprise_targets);
    let minutes = check("benchmark_timeout_minutes", &file.automation.benchmark_timeout_minutes, 0.1, 1e5)?;
    Ok(Thresholds {
        regression: check("regression_threshold", &floors.regression_threshold, 0.0, 0.99)?
            .unwrap_or(DEFAULT_REGRESSION),
        safety_margin: check("safety_margin_multiplier", &targets.safety_margin_multiplier, 1.0, 1e6)?
            .unwrap_or(DEFAULT_SAFETY_MARGIN),
        load: LoadPolicy::default(),
        gate: None,
        timeout: minutes.map(|minutes| Duration::from_secs_f64(minutes * 60.0)),
        metrics: [
            metric(
                "display_gibs",
                rate("display_min_mibs", &floors.display_min_mibs, MB)?,
                rate("display_target_gibs", &targets.display_target_gibs, 1024.0 * MIB)?,
            ),
            metric(
                "comp3_mibs",
                rate("comp3_min_mibs", &floors.comp3_min_mibs, MB)?,
                rate("comp3_target_mibs", &targets.comp3_target_mibs, MIB)?,
            ),
        ]
        .into_iter()
        .filter(|metric| metric.floor.is_some() || metric.target.is_some())
        .collect(),
    })
}
