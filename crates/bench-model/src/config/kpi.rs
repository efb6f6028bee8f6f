//! `kpi.toml`: the contracts of indicators, as data. What a formula can be is a small closed set.
//!
//! ```toml
//! [defaults]                 # each can stand in a [[kpi]], too
//! floor = 3.0                # below it: red
//! max_drop = 1.0             # fallen by more than this since the newest earlier score: red
//! yellow = 3.0               # below it: red
//! green = 7.0                # from here on: green
//! window = 20                # how many of the newest runs are counted (here only)
//!
//! [[kpi]]
//! name = "scalability"
//! about = "what the re-encryption job reaches"
//! score = "reencryption#scalability_score"       # a metric that is a score from 0 to 10 itself
//!
//! [[kpi]]
//! name = "operational_maturity"
//! about = "whether runs end in a verdict"
//! base = 2                                       # what it has before any input
//! [[kpi.points]]
//! what = "runs with a verdict"
//! of = "decided_runs"                            # a measure of the ledger; or metric = "<full name>"
//! steps = [{ at_least = "90 %", points = 3 }, { at_least = "50 %", points = 1 }]   # the most that is reached counts
//! [[kpi.needs]]                                  # what nothing here measures: named, and it lowers the tier
//! what = "time on call"
//! why = "no line of the ledger holds it"
//! ```
//! Must not know: what the ledger holds, or how a score is judged.

mod formula;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::thresholds::Source;
use super::{ConfigError, read_text, syntax};
use crate::kpi::HIGHEST;
use crate::{Finite, KpiName};

use formula::RawPoints;
pub use formula::{Bound, Formula, LedgerMeasure, Measure, Points, Step};

/// All contracts of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Contracts {
    /// How many of the newest runs the ledger's measures count.
    pub window: u32,
    /// The contracts, in the order of the file; each name once.
    pub kpis: Vec<Contract>,
}

/// The contract of one indicator. All scores lie between 0 and 10.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Its name.
    pub name: KpiName,
    /// What it says.
    pub about: String,
    /// How its score is made.
    pub formula: Formula,
    /// What it would need, and nothing here measures.
    pub needs: Vec<Need>,
    /// Below it: red.
    pub floor: Finite,
    /// How much lower than before it may be.
    pub max_drop: Finite,
    /// Below it: red.
    pub yellow: Finite,
    /// From here on: green.
    pub green: Finite,
}

/// An input that nothing here measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub what: String,
    /// Why it is not measured.
    pub why: String,
}

const TOP_KEYS: [&str; 2] = ["defaults", "kpi"];
const DEFAULT_KEYS: [&str; 5] = ["floor", "max_drop", "yellow", "green", "window"];
const KPI_KEYS: [&str; 10] =
    ["name", "about", "score", "base", "points", "needs", "floor", "max_drop", "yellow", "green"];
const NEED_KEYS: [&str; 2] = ["what", "why"];
/// What holds when nothing else is said.
const LIMITS: Limits = Limits { floor: 3.0, max_drop: 1.0, yellow: 3.0, green: 7.0 };
const WINDOW: u32 = 20;
const MOST_WINDOW: u32 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Limits {
    floor: f64,
    max_drop: f64,
    yellow: f64,
    green: f64,
}

type Number = Option<Spanned<f64>>;

#[derive(Deserialize)]
struct RawFile {
    #[serde(default)]
    defaults: RawDefaults,
    #[serde(default)]
    kpi: Vec<RawKpi>,
}

#[derive(Default, Deserialize)]
struct RawDefaults {
    floor: Number,
    max_drop: Number,
    yellow: Number,
    green: Number,
    window: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
struct RawKpi {
    name: Spanned<String>,
    about: Spanned<String>,
    score: Option<Spanned<String>>,
    base: Number,
    #[serde(default)]
    points: Vec<RawPoints>,
    #[serde(default)]
    needs: Vec<RawNeed>,
    floor: Number,
    max_drop: Number,
    yellow: Number,
    green: Number,
}

#[derive(Deserialize)]
struct RawNeed {
    what: Spanned<String>,
    why: Spanned<String>,
}

impl Contracts {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`Contracts::parse`], or when the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(path, &read_text(path)?)
    }

    /// Reads the text of a file; `path` is only named in errors.
    ///
    /// # Errors
    /// [`ConfigError`] with the line: syntax, unknown keys with the nearest known one, a file without a contract, a name that stands
    /// there twice, a limit that is no score, limits out of order, a contract with no input, two formulas in one.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file = Source { path, text };
        let table = DeTable::parse(text).map_err(|error| syntax(path, text, &error))?;
        check_keys(&file, table.get_ref())?;
        let RawFile { defaults, kpi } = toml::from_str(text).map_err(|error| syntax(path, text, &error))?;
        if kpi.is_empty() {
            return Err(file.refuse(0, "kpi", "has no contract; write one as [[kpi]]"));
        }
        let limits = Limits {
            floor: score(&file, "defaults.floor", &defaults.floor, LIMITS.floor)?,
            max_drop: score(&file, "defaults.max_drop", &defaults.max_drop, LIMITS.max_drop)?,
            yellow: score(&file, "defaults.yellow", &defaults.yellow, LIMITS.yellow)?,
            green: score(&file, "defaults.green", &defaults.green, LIMITS.green)?,
        };
        let window = match &defaults.window {
            None => WINDOW,
            Some(written) => {
                u32::try_from(*written.get_ref()).ok().filter(|window| (1..=MOST_WINDOW).contains(window)).ok_or_else(
                    || file.refuse(written.span().start, "defaults.window", "is a number of runs, 1 to 10000"),
                )?
            }
        };
        let mut names = BTreeSet::new();
        let mut kpis = Vec::new();
        for raw in &kpi {
            let contract = raw.read(&file, limits)?;
            if !names.insert(contract.name.clone()) {
                let reason = format!("`{}` stands there twice", contract.name);
                return Err(file.refuse(raw.name.span().start, "kpi.name", &reason));
            }
            kpis.push(contract);
        }
        Ok(Self { window, kpis })
    }
}

/// Refuses keys that nothing reads, in every table.
fn check_keys(file: &Source<'_>, table: &DeTable<'_>) -> Result<(), ConfigError> {
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "defaults" => file.check_keys("defaults", value, &DEFAULT_KEYS)?,
            "kpi" => {
                file.check_keys("kpi", value, &KPI_KEYS)?;
                let DeValue::Array(kpis) = value.get_ref() else { continue };
                for kpi in kpis.iter() {
                    let DeValue::Table(kpi) = kpi.get_ref() else { continue };
                    if let Some(needs) = kpi.get("needs") {
                        file.check_keys("kpi.needs", needs, &NEED_KEYS)?;
                    }
                    if let Some(points) = kpi.get("points") {
                        formula::check_keys(file, points)?;
                    }
                }
            }
            other => return Err(file.unknown(key.span().start, other, "", &TOP_KEYS)),
        }
    }
    Ok(())
}

impl RawKpi {
    fn read(&self, file: &Source<'_>, defaults: Limits) -> Result<Contract, ConfigError> {
        let at = self.name.span().start;
        let name = self.name.get_ref().parse::<KpiName>();
        let name = name.map_err(|error| file.refuse(at, "kpi.name", &format!("is not usable: {error}")))?;
        let limits = Limits {
            floor: score(file, "kpi.floor", &self.floor, defaults.floor)?,
            max_drop: score(file, "kpi.max_drop", &self.max_drop, defaults.max_drop)?,
            yellow: score(file, "kpi.yellow", &self.yellow, defaults.yellow)?,
            green: score(file, "kpi.green", &self.green, defaults.green)?,
        };
        if !(limits.floor <= limits.yellow && limits.yellow <= limits.green) {
            let Limits { floor, yellow, green, .. } = limits;
            let reason = format!("needs floor <= yellow <= green, and they are {floor}, {yellow} and {green}");
            return Err(file.refuse(at, "kpi", &reason));
        }
        let needs: Vec<Need> = self.needs.iter().map(|need| need.read(file)).collect::<Result<_, _>>()?;
        let formula = formula::read(file, at, self.score.as_ref(), self.base.as_ref(), &self.points)?;
        if formula == Formula::None && needs.is_empty() {
            return Err(file.refuse(at, "kpi", "has no input: give it `score`, `points` or `needs`"));
        }
        let finite = |value: f64| Finite::try_from(value).unwrap_or_default();
        Ok(Contract {
            name,
            about: visible(file, "kpi.about", &self.about)?,
            formula,
            needs,
            floor: finite(limits.floor),
            max_drop: finite(limits.max_drop),
            yellow: finite(limits.yellow),
            green: finite(limits.green),
        })
    }
}

impl RawNeed {
    fn read(&self, file: &Source<'_>) -> Result<Need, ConfigError> {
        Ok(Need { what: visible(file, "kpi.needs.what", &self.what)?, why: visible(file, "kpi.needs.why", &self.why)? })
    }
}

/// A score, or a part of one.
fn score(file: &Source<'_>, key: &str, written: &Number, default: f64) -> Result<f64, ConfigError> {
    match written {
        None => Ok(default),
        Some(written) if (0.0..=HIGHEST).contains(written.get_ref()) => Ok(*written.get_ref()),
        Some(written) => Err(file.refuse(written.span().start, key, "lies from 0 to 10, such as 3.0")),
    }
}

fn visible(file: &Source<'_>, key: &str, text: &Spanned<String>) -> Result<String, ConfigError> {
    let words = text.get_ref();
    if words.trim().is_empty() || words.chars().any(char::is_control) {
        return Err(file.refuse(text.span().start, key, "is a visible text on one line"));
    }
    Ok(words.clone())
}
