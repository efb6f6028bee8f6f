//! The settings as types, and what makes a value acceptable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{ConfigError, Layer};
use crate::perf::Headline;
use crate::run::Mode;
use crate::unit::{Quantity, Unit, WrittenUnit};

/// Every setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is measured, and how.
    pub bench: Bench,
    /// What must report.
    pub expect: Expect,
    /// How it is judged.
    pub judge: Judge,
    /// Where it is kept.
    pub ledger: Ledger,
    /// What stands at the top, in order.
    pub headline: Vec<Headline>,
}

/// What is measured, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bench {
    /// The package whose benches run; empty for every package.
    pub package: String,
    /// Bench targets by name; empty for all.
    pub targets: Vec<String>,
    /// Cargo features.
    pub features: Vec<String>,
    /// A regular expression over benchmark ids; empty for all.
    pub filter: String,
    /// Quick or full.
    pub mode: Mode,
    /// Processes per bench target, at least 1.
    pub rounds: u32,
    /// For all rounds together.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    /// For all rounds of a comparison of two sides.
    #[serde(deserialize_with = "duration")]
    pub time_budget: Duration,
    /// Rounds a side of a comparison of head with head, at least 5.
    pub noise_rounds: u32,
    /// Further arguments for each bench executable.
    pub args: Vec<String>,
}

/// What must report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Expect {
    /// Benchmarks as `<package>/<target>/<id>`.
    pub benchmarks: Vec<String>,
}

/// How it is judged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Judge {
    /// Confidence of every interval, between 0.5 and 1.
    pub confidence: f64,
    /// Confidence that a change is no noise before it is called one, between 0.5 and 1.
    pub verdict_confidence: f64,
    /// The status that a regression gives.
    pub on_regression: OnRegression,
    /// Whether an inconclusive judged metric ends the judge with exit 3.
    pub require_verdict: bool,
}

/// The status that a regression above the floor gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRegression {
    /// WARN, as the specification has it.
    Warn,
    /// FAIL.
    Fail,
}

/// Where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The place.
    pub location: LedgerLocation,
    /// The remote that a branch is pushed to in CI.
    pub remote: String,
    /// The only branch that baselines come from.
    pub main_branch: String,
    /// What `prune` keeps.
    pub keep_months: u32,
}

/// The place of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerLocation {
    /// A private ref of the measured repository, or in CI its pushed branch `perf-ledger`.
    Auto,
    /// A folder.
    Folder(PathBuf),
    /// A git ref of the measured repository, starting with `refs/`.
    Ref(String),
    /// Nothing is kept.
    None,
}

impl LedgerLocation {
    /// Reads `auto`, `none`, `refs/...`, or a folder.
    pub fn parse(text: &str) -> Self {
        match text {
            "auto" => Self::Auto,
            "none" => Self::None,
            name if name.starts_with("refs/") => Self::Ref(name.to_owned()),
            folder => Self::Folder(PathBuf::from(folder)),
        }
    }
}

#[derive(Deserialize)]
struct RawLedger {
    location: String,
    remote: String,
    main_branch: String,
    keep_months: u32,
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let quantity = Quantity::parse_as(&text, Unit::Nanoseconds).map_err(serde::de::Error::custom)?;
    Ok(Duration::from_secs_f64((quantity.value / 1e9).min(1e9)))
}

impl Settings {
    pub(super) fn validated(values: &Table, origins: &BTreeMap<String, Layer>) -> Result<Self, ConfigError> {
        let reader = Reader { values, origins };
        let bench: Bench = reader.section("bench")?;
        let judge: Judge = reader.section("judge")?;
        let ledger: RawLedger = reader.section("ledger")?;
        if bench.rounds == 0 || bench.rounds > 1000 {
            return Err(reader.refuse("bench.rounds", "lies between 1 and 1000"));
        }
        if bench.timeout < Duration::from_secs(1) {
            return Err(reader.refuse("bench.timeout", "is at least \"1 s\""));
        }
        if bench.time_budget < Duration::from_secs(1) {
            return Err(reader.refuse("bench.time_budget", "is at least \"1 s\""));
        }
        if bench.noise_rounds < 5 || bench.noise_rounds > 1000 {
            return Err(reader.refuse("bench.noise_rounds", "lies between 5 and 1000"));
        }
        for (key, level) in
            [("judge.confidence", judge.confidence), ("judge.verdict_confidence", judge.verdict_confidence)]
        {
            if !(0.5..1.0).contains(&level) {
                return Err(reader.refuse(key, "lies between 0.5 and 1, such as 0.95"));
            }
        }
        if ledger.keep_months == 0 {
            return Err(reader.refuse("ledger.keep_months", "is at least 1"));
        }
        if ledger.location.is_empty() {
            return Err(reader.refuse("ledger.location", "is \"auto\", \"none\", a folder or a git ref"));
        }
        // Both become arguments of git.
        for (key, name) in [("ledger.remote", &ledger.remote), ("ledger.main_branch", &ledger.main_branch)] {
            if name.is_empty() || name.starts_with('-') {
                return Err(reader.refuse(key, "is a name, and does not start with a dash"));
            }
        }
        let headline: Vec<Headline> = match values.get("headline") {
            Some(value) => reader.read("headline", value)?,
            None => Vec::new(),
        };
        let mut names = BTreeSet::new();
        for line in &headline {
            if let Err(error) = line.unit.parse::<WrittenUnit>() {
                return Err(reader.refuse("headline.unit", &format!("of `{}`: {error}", line.name)));
            }
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if line.name.is_empty() || !line.name.chars().all(fits) || RESERVED.contains(&line.name.as_str()) {
                let text = format!("`{}` is made of a-z, 0-9 and _, and is no other key of perf.json", line.name);
                return Err(reader.refuse("headline.name", &text));
            }
            if !names.insert(&line.name) {
                return Err(reader.refuse("headline.name", &format!("`{}` stands there twice", line.name)));
            }
            if line.label.trim().is_empty() || line.label.chars().any(char::is_control) {
                return Err(reader.refuse("headline.label", &format!("of `{}` is a visible text", line.name)));
            }
        }
        Ok(Self {
            bench,
            expect: reader.section("expect")?,
            judge,
            ledger: Ledger {
                location: LedgerLocation::parse(&ledger.location),
                remote: ledger.remote,
                main_branch: ledger.main_branch,
                keep_months: ledger.keep_months,
            },
            headline,
        })
    }
}

const RESERVED: [&str; 12] = [
    "warnings",
    "errors",
    "schema",
    "run_id",
    "evidence_level",
    "complete",
    "plan",
    "headline",
    "expected",
    "provenance",
    "metrics",
    "load",
];

struct Reader<'a> {
    values: &'a Table,
    origins: &'a BTreeMap<String, Layer>,
}

impl Reader<'_> {
    fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        let value = self.values.get(name).cloned().unwrap_or(Value::Table(Table::new()));
        // Key by key, so that an error can name the key and the layer it came from.
        if let (Value::Table(table), Err(_)) = (&value, value.clone().try_into::<T>()) {
            let defaults = super::Layers::compiled_in()?.values;
            for key in table.keys() {
                let mut probe = defaults.get(name).and_then(Value::as_table).cloned().unwrap_or_default();
                probe.insert(key.clone(), table.get(key).cloned().unwrap_or(Value::Boolean(false)));
                if let Err(error) = Value::Table(probe).try_into::<T>() {
                    return Err(self.refuse(&format!("{name}.{key}"), &format!("is not usable: {}", error.message())));
                }
            }
        }
        self.read(name, &value)
    }

    fn read<T: DeserializeOwned>(&self, key: &str, value: &Value) -> Result<T, ConfigError> {
        value
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| self.refuse(key, &format!("is not usable: {}", error.message())))
    }

    fn refuse(&self, key: &str, reason: &str) -> ConfigError {
        let section = key.split('.').next().unwrap_or(key);
        let origin = self.origins.get(key).or_else(|| self.origins.get(section));
        let (path, line) = match origin {
            Some(Layer::File(path, line)) => (PathBuf::from(path), Some(*line)),
            Some(other) => (PathBuf::from(other.to_string()), None),
            None => (Path::new("compiled-in default.toml").to_path_buf(), None),
        };
        ConfigError::Value { path, line, key: key.to_owned(), reason: reason.to_owned() }
    }
}
