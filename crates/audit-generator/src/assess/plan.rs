//! `scalability_plan.toml`: what is to be tested about scaling, as data. Each test names what measures it, or why nothing does.
//! Must not know: what a ledger holds.

use std::path::Path;

use bench_model::MetricName;
use bench_model::assessment::PlanCategory;
use bench_model::config::ConfigError;
use bench_model::unit::nearest;
use bench_model::{Finite, Quantity, Unit};
use serde::Deserialize;
use toml::Spanned;

use super::names::{CostName, ScaleName};
use super::written::{Keys, Text, Written};
use crate::config::read_optional;

/// The file's name in the configuration folder.
pub const PLAN_FILE: &str = "scalability_plan.toml";

const DEFAULT: &str = include_str!("../../../../config/scalability_plan.toml");
const KEYS: &Keys = &[(
    "test",
    &[
        "id",
        "category",
        "title",
        "metric",
        "throughput",
        "scenario",
        "cost",
        "at_least",
        "at_most",
        "not_automated",
        "imported",
        "not_applicable",
    ],
)];

/// All tests, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct TestPlan {
    /// The tests.
    pub tests: Vec<Test>,
}

/// A test.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Unique in the plan, such as `H1`.
    pub id: String,
    /// What it is about.
    pub category: PlanCategory,
    /// What it tests.
    pub title: String,
    /// What measures it.
    pub by: Measure,
}

/// What measures a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// A metric, held against a limit.
    Metric(MetricName, Bound),
    /// The largest throughput measured at a size that keeps the service level, held against a limit.
    Throughput(ScaleName, Bound),
    /// What a million requests cost in the currency of the prices, at most.
    Cost(CostName, Finite),
    /// A load scenario with thresholds of its own.
    Scenario(String),
    /// No program of this project.
    NotAutomated {
        /// Why.
        why: String,
        /// The scenario of a load run that was made elsewhere and imported, where one could show it: its own thresholds decide.
        imported: Option<String>,
    },
    /// Nothing, for the service has nothing like it.
    NotApplicable(String),
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// At least so much.
    AtLeast(Quantity),
    /// At most so much.
    AtMost(Quantity),
}

#[derive(Deserialize)]
struct RawFile {
    #[serde(default)]
    test: Vec<Spanned<RawTest>>,
}

#[derive(Deserialize)]
struct RawTest {
    id: Text,
    category: Text,
    title: Text,
    metric: Option<Text>,
    throughput: Option<Text>,
    scenario: Option<Text>,
    cost: Option<Text>,
    at_least: Option<Spanned<toml::Value>>,
    at_most: Option<Spanned<toml::Value>>,
    not_automated: Option<Text>,
    imported: Option<Text>,
    not_applicable: Option<Text>,
}

/// The plan of a file, or else of a configuration folder, or else the compiled-in one.
///
/// # Errors
/// As [`parse_plan`], or when a file exists and cannot be read, or a named one does not exist.
pub fn plan_from(file: Option<&Path>, folder: &Path) -> Result<TestPlan, ConfigError> {
    let path = file.map_or_else(|| folder.join(PLAN_FILE), Path::to_path_buf);
    match (read_optional(&path)?, file) {
        (Some(text), _) => parse_plan(&path, &text),
        (None, Some(_)) => Err(ConfigError::Syntax { path, line: None, reason: "there is no such plan".into() }),
        (None, None) => parse_plan(Path::new("compiled-in scalability_plan.toml"), DEFAULT),
    }
}

/// Reads the text of a `scalability_plan.toml`; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError`] with the line: syntax, keys that nothing reads, an id twice, a test that several things measure, or none, or one
/// without the limit that it needs, and metrics that nothing ever measures.
pub fn parse_plan(path: &Path, text: &str) -> Result<TestPlan, ConfigError> {
    let file = Written { path, text };
    let raw: RawFile = file.read(KEYS)?;
    let mut tests: Vec<Test> = Vec::new();
    for test in &raw.test {
        let read = read(&file, test)?;
        if tests.iter().any(|other| other.id == read.id) {
            let reason = format!("`{}` stands there twice", read.id);
            return Err(file.refuse(test.get_ref().id.span().start, "test.id", reason));
        }
        tests.push(read);
    }
    if tests.is_empty() {
        return Err(file.refuse(0, "test", "holds at least one test: write [[test]]"));
    }
    Ok(TestPlan { tests })
}

fn read(file: &Written<'_>, test: &Spanned<RawTest>) -> Result<Test, ConfigError> {
    let (at, raw) = (test.span().start, test.get_ref());
    let category = PlanCategory::named(raw.category.get_ref()).ok_or_else(|| {
        let names = PlanCategory::ALL.map(PlanCategory::as_str);
        let near = nearest(raw.category.get_ref(), names).map(|near| format!("; did you mean `{near}`"));
        let reason = format!("is one of {}{}", names.join(", "), near.unwrap_or_default());
        file.refuse(raw.category.span().start, "test.category", reason)
    })?;
    let sources = [&raw.metric, &raw.throughput, &raw.cost, &raw.scenario, &raw.not_automated, &raw.not_applicable];
    if sources.iter().filter(|source| source.is_some()).count() != 1 {
        let reason =
            "has exactly one of `metric`, `throughput`, `cost`, `scenario`, `not_automated` and `not_applicable`";
        return Err(file.refuse(at, "test", reason));
    }
    let limited = raw.metric.is_some() || raw.throughput.is_some() || raw.cost.is_some();
    if let Some(limit) = raw.at_least.as_ref().or(raw.at_most.as_ref()).filter(|_| !limited) {
        let reason = "has a limit only beside a `metric`, a `throughput` or a `cost`";
        return Err(file.refuse(limit.span().start, "test", reason));
    }
    if let Some(imported) = raw.imported.as_ref().filter(|_| raw.not_automated.is_none()) {
        let reason = "has `imported` only beside `not_automated`: what runs here is a `scenario`";
        return Err(file.refuse(imported.span().start, "test", reason));
    }
    let by = if let Some(metric) = &raw.metric {
        Measure::Metric(file.metric("test.metric", metric)?, bound(file, at, raw, None)?)
    } else if let Some(name) = &raw.throughput {
        Measure::Throughput(file.scale("test.throughput", name)?, bound(file, at, raw, Some(Unit::PerSecond))?)
    } else if let Some(cost) = &raw.cost {
        Measure::Cost(file.cost("test.cost", cost)?, money(file, at, raw)?)
    } else if let Some(scenario) = &raw.scenario {
        Measure::Scenario(file.visible("test.scenario", scenario)?)
    } else if let Some(why) = &raw.not_automated {
        let imported = raw.imported.as_ref().map(|name| file.visible("test.imported", name)).transpose()?;
        Measure::NotAutomated { why: file.visible("test.not_automated", why)?, imported }
    } else if let Some(why) = &raw.not_applicable {
        Measure::NotApplicable(file.visible("test.not_applicable", why)?)
    } else {
        return Err(file.refuse(at, "test", "has nothing that measures it"));
    };
    let (id, title) = (file.visible("test.id", &raw.id)?, file.visible("test.title", &raw.title)?);
    Ok(Test { id, category, title, by })
}

fn bound(file: &Written<'_>, at: usize, raw: &RawTest, unit: Option<Unit>) -> Result<Bound, ConfigError> {
    match (&raw.at_least, &raw.at_most) {
        (Some(least), None) => Ok(Bound::AtLeast(file.quantity("test.at_least", least, unit)?)),
        (None, Some(most)) => Ok(Bound::AtMost(file.quantity("test.at_most", most, unit)?)),
        (None, None) | (Some(_), Some(_)) => {
            Err(file.refuse(at, "test", "has either `at_least` or `at_most` beside what measures it"))
        }
    }
}

fn money(file: &Written<'_>, at: usize, raw: &RawTest) -> Result<Finite, ConfigError> {
    let reason = "has `at_most`, a number in the currency of the prices, beside its `cost`";
    let most = match (&raw.at_least, raw.at_most.as_ref().map(Spanned::get_ref)) {
        (None, Some(toml::Value::Float(number))) => Finite::try_from(*number).ok(),
        (None, Some(toml::Value::Integer(number))) => Finite::try_from(*number as f64).ok(),
        _ => None,
    };
    most.filter(|number| number.get() >= 0.0).ok_or_else(|| file.refuse(at, "test", reason))
}
