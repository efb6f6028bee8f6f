//! `thresholds.toml`: floors, targets and how large a change must be to matter, each with its unit.
//!
//! ```toml
//! [defaults]
//! regression = "5 %"
//! safety_margin = 10
//!
//! [[metric]]
//! name = "display_gibs"          # a headline's name, or a metric's full name
//! floor = "80 MB/s"              # for a metric where lower is better: the ceiling
//! target = "4.0 GiB/s"
//! regression = "5 %"
//! required = true                # missing is FAIL; with a floor this is the default
//!
//! [load.regression]              # what a load run may lose: see the `load_policy` module beside this one
//! p95 = "10 %"
//! ```
//! The specification's own file is read as it stands, too: see the `spec` module beside this one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::gate::{self, Gate, RawGate};
use super::load_policy::{self, LoadPolicy, RawPolicy};
use super::{ConfigError, line_of, read_optional, read_text, spec, syntax};
use crate::MetricName;
use crate::unit::{Quantity, QuantityError, Unit, accepted_forms, nearest};

/// How large a change must be to matter when nothing else is said: 5 %.
pub(super) const DEFAULT_REGRESSION: f64 = 0.05;
/// How many times over a floor should be met when nothing else is said.
pub(super) const DEFAULT_SAFETY_MARGIN: f64 = 10.0;

/// All thresholds of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// How large a change must be to matter, as a ratio.
    pub regression: f64,
    /// How many times over a floor should be met.
    pub safety_margin: f64,
    /// The limit on a whole benchmark run, when the file gives one.
    pub timeout: Option<std::time::Duration>,
    /// Per metric.
    pub metrics: Vec<MetricThreshold>,
    /// What a load run may lose against its baseline.
    pub load: LoadPolicy,
    /// What a run of proven work must keep of the entry before it.
    pub gate: Option<Gate>,
}

/// The thresholds of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricThreshold {
    /// A headline's name, or a metric's full name.
    pub name: String,
    /// The least that is acceptable (for a metric where lower is better: the most).
    pub floor: Option<Quantity>,
    /// What is wanted.
    pub target: Option<Quantity>,
    /// How large a change must be to matter, as a ratio.
    pub regression: Option<f64>,
    /// Whether missing is FAIL.
    pub required: bool,
}

/// What holds for one metric after all rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolved {
    /// The floor, in base units.
    pub floor: Option<Quantity>,
    /// The target, in base units.
    pub target: Option<Quantity>,
    /// How large a change must be to matter, as a ratio.
    pub regression: f64,
    /// Whether missing is FAIL.
    pub required: bool,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            regression: DEFAULT_REGRESSION,
            safety_margin: DEFAULT_SAFETY_MARGIN,
            timeout: None,
            metrics: Vec::new(),
            load: LoadPolicy::default(),
            gate: None,
        }
    }
}

#[derive(Deserialize)]
struct RawFile {
    defaults: Option<RawDefaults>,
    #[serde(default)]
    metric: Vec<RawMetric>,
    #[serde(default)]
    load: RawPolicy,
    gate: Option<RawGate>,
}

#[derive(Deserialize)]
struct RawDefaults {
    regression: Option<Spanned<toml::Value>>,
    safety_margin: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
struct RawMetric {
    name: Spanned<String>,
    floor: Option<Spanned<toml::Value>>,
    target: Option<Spanned<toml::Value>>,
    regression: Option<Spanned<toml::Value>>,
    required: Option<bool>,
}

const TOP_KEYS: [&str; 7] =
    ["defaults", "metric", "load", "gate", "performance_floors", "enterprise_targets", "automation"];
const DEFAULT_KEYS: [&str; 2] = ["regression", "safety_margin"];
const METRIC_KEYS: [&str; 5] = ["name", "floor", "target", "regression", "required"];

impl Thresholds {
    /// `thresholds.toml` of a configuration folder; the defaults when there is none.
    ///
    /// # Errors
    /// As [`Thresholds::parse`], or when the file exists and cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join("thresholds.toml");
        match read_optional(&path)? {
            Some(text) => Self::parse(&path, &text),
            None => Ok(Self::default()),
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// As [`Thresholds::parse`], or when the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(path, &read_text(path)?)
    }

    /// Reads the text of a file, in our form or in the specification's.
    ///
    /// # Errors
    /// [`ConfigError`] with the line: syntax, unknown keys with the nearest known one, bare numbers,
    /// units of the wrong kind, a metric named twice.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file = Source { path, text };
        let table = toml::de::DeTable::parse(text).map_err(|error| syntax(path, text, &error))?;
        let mut specs = 0;
        for (key, value) in table.get_ref() {
            let known: &[&str] = match key.get_ref().as_ref() {
                "defaults" => &DEFAULT_KEYS,
                "metric" => &METRIC_KEYS,
                "load" => &load_policy::TABLES,
                "gate" => {
                    gate::check_keys(&file, value)?;
                    continue;
                }
                "performance_floors" => &spec::FLOOR_KEYS,
                "enterprise_targets" => &spec::TARGET_KEYS,
                "automation" => &spec::AUTOMATION_KEYS,
                other => return Err(file.unknown(key.span().start, other, "", &TOP_KEYS)),
            };
            specs += usize::from(!matches!(key.get_ref().as_ref(), "defaults" | "metric" | "load"));
            file.check_keys(key.get_ref(), value, known)?;
            if key.get_ref() == "load" {
                load_policy::check_keys(&file, value)?;
            }
        }
        if specs > 0 && specs < table.get_ref().len() {
            return Err(ConfigError::Syntax {
                path: path.to_path_buf(),
                line: None,
                reason:
                    "[performance_floors] and its companions cannot stand beside [defaults], [[metric]], [load] or [gate]; use one form".into(),
            });
        }
        if specs > 0 {
            return spec::parse(&file);
        }
        let raw: RawFile = toml::from_str(text).map_err(|error| syntax(path, text, &error))?;
        let defaults = raw.defaults.as_ref();
        let mut names = BTreeSet::new();
        let mut metrics = Vec::new();
        for metric in &raw.metric {
            let name = metric.name.get_ref();
            if let Err(error) = name.parse::<MetricName>() {
                let at = metric.name.span().start;
                return Err(file.refuse(at, "metric.name", &format!("is not usable: {error}")));
            }
            if !names.insert(name) {
                return Err(file.refuse(
                    metric.name.span().start,
                    "metric.name",
                    &format!("`{name}` stands there twice"),
                ));
            }
            let floor = metric.floor.as_ref().map(|value| file.quantity("metric.floor", value, None)).transpose()?;
            let target = metric.target.as_ref().map(|value| file.quantity("metric.target", value, None)).transpose()?;
            if let (Some(floor), Some(target), Some(at)) = (floor, target, &metric.target)
                && floor.unit != target.unit
            {
                let reason = format!("is in {}, its floor in {}", target.unit, floor.unit);
                return Err(file.refuse(at.span().start, "metric.target", &reason));
            }
            metrics.push(MetricThreshold {
                name: name.clone(),
                floor,
                target,
                regression: metric
                    .regression
                    .as_ref()
                    .map(|value| file.ratio("metric.regression", value))
                    .transpose()?,
                required: metric.required.unwrap_or(floor.is_some()),
            });
        }
        let safety = defaults.and_then(|defaults| defaults.safety_margin.as_ref());
        if let Some(safety) = safety
            && !(safety.get_ref().is_finite() && *safety.get_ref() >= 1.0)
        {
            return Err(file.refuse(
                safety.span().start,
                "defaults.safety_margin",
                "is a factor of at least 1, such as 10",
            ));
        }
        Ok(Self {
            regression: match defaults.and_then(|defaults| defaults.regression.as_ref()) {
                Some(value) => file.ratio("defaults.regression", value)?,
                None => DEFAULT_REGRESSION,
            },
            safety_margin: safety.map_or(DEFAULT_SAFETY_MARGIN, |safety| *safety.get_ref()),
            timeout: None,
            metrics,
            load: raw.load.read(&file)?,
            gate: raw.gate.map(|gate| gate.read(&file)).transpose()?,
        })
    }

    /// What holds for a metric that goes by any of these names, the first match first.
    pub fn resolve<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Resolved {
        let found = names.into_iter().find_map(|name| self.metrics.iter().find(|metric| metric.name == name));
        Resolved {
            floor: found.and_then(|metric| metric.floor),
            target: found.and_then(|metric| metric.target),
            regression: found.and_then(|metric| metric.regression).unwrap_or(self.regression),
            required: found.is_some_and(|metric| metric.required),
        }
    }
}

/// The file being read, for errors with a place.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn check_keys(
        &self,
        section: &str,
        value: &Spanned<toml::de::DeValue<'_>>,
        known: &[&str],
    ) -> Result<(), ConfigError> {
        use toml::de::DeValue;
        let tables: Vec<_> = match value.get_ref() {
            DeValue::Table(table) => vec![table],
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| if let DeValue::Table(table) = item.get_ref() { Some(table) } else { None })
                .collect(),
            _ => return Err(self.refuse(value.span().start, section, "is a table")),
        };
        for key in tables.into_iter().flat_map(|table| table.keys()) {
            if !known.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(key.span().start, key.get_ref(), &format!("{section}."), known));
            }
        }
        Ok(())
    }

    pub(super) fn unknown(&self, at: usize, key: &str, prefix: &str, known: &[&str]) -> ConfigError {
        ConfigError::UnknownKey {
            path: self.path.to_path_buf(),
            line: Some(line_of(self.text, at)),
            key: format!("{prefix}{key}"),
            nearest: nearest(key, known.iter().copied()).map(|near| format!("{prefix}{near}")),
        }
    }

    pub(super) fn refuse(&self, at: usize, key: &str, reason: &str) -> ConfigError {
        ConfigError::Value {
            path: PathBuf::from(self.path),
            line: Some(line_of(self.text, at)),
            key: key.to_owned(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn quantity(
        &self,
        key: &str,
        value: &Spanned<toml::Value>,
        unit: Option<Unit>,
    ) -> Result<Quantity, ConfigError> {
        let line = Some(line_of(self.text, value.span().start));
        let text = match value.get_ref() {
            toml::Value::String(text) => text.clone(),
            other => {
                let error = QuantityError::NoUnit { text: other.to_string(), accepted: accepted_forms(unit) };
                return Err(ConfigError::quantity(self.path, line, key, &error));
            }
        };
        match unit {
            Some(unit) => Quantity::parse_as(&text, unit),
            None => text.parse(),
        }
        .map_err(|error| ConfigError::quantity(self.path, line, key, &error))
    }

    pub(super) fn ratio(&self, key: &str, value: &Spanned<toml::Value>) -> Result<f64, ConfigError> {
        let ratio = self.quantity(key, value, Some(Unit::Ratio))?.value;
        if ratio < 1.0 {
            Ok(ratio)
        } else {
            Err(self.refuse(value.span().start, key, "lies below 100 %, such as \"5 %\""))
        }
    }
}
