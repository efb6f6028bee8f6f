//! What a summary states, whatever its shape: metrics with their figures, thresholds with `passed` meaning met, checks.
//! Must not know: what becomes of it.

use std::collections::BTreeMap;

use bench_model::load::CheckCount;
use serde_json::{Map, Value};

use super::super::fault::Fault;
use super::find::{Shape, find};

/// A summary in one form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stated {
    pub(super) metrics: Vec<Metric>,
    pub(super) checks: BTreeMap<String, CheckCount>,
    pub(super) duration_s: Option<f64>,
    pub(super) version: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// A metric as stated.
#[derive(Debug, PartialEq)]
pub(super) struct Metric {
    /// Without its selector.
    pub(super) name: String,
    /// What stood between braces.
    pub(super) selector: Option<String>,
    pub(super) sort: Sort,
    pub(super) values: BTreeMap<String, f64>,
    /// Expression and whether the engine called it met.
    pub(super) thresholds: Vec<(String, bool)>,
}

/// k6's four types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Counter,
    Gauge,
    Rate,
    Trend,
}

impl Sort {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "rate" => Self::Rate,
            "trend" => Self::Trend,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Rate => "rate",
            Self::Trend => "trend",
        }
    }

    /// The type of figures without one, by their names.
    fn guess(values: &BTreeMap<String, f64>) -> Self {
        let has = |key: &str| values.contains_key(key);
        if has("passes") || has("fails") {
            Self::Rate
        } else if has("avg") || has("med") || values.keys().any(|key| key.starts_with("p(")) {
            Self::Trend
        } else if has("value") {
            Self::Gauge
        } else if has("rate") {
            Self::Counter
        } else {
            // `summaryTrendStats` may ask for as little as `min`, `max` or `count`.
            Self::Trend
        }
    }
}

impl Metric {
    pub(super) fn value(&self, key: &str) -> Option<f64> {
        self.values.get(key).copied()
    }

    /// A count among the figures.
    pub(super) fn count(&self, key: &str) -> Option<u64> {
        self.value(key).filter(|value| (0.0..9e15).contains(value)).map(|value| value as u64)
    }

    /// The name with its selector, as in k6's thresholds.
    pub(super) fn written(&self) -> String {
        self.selector.as_ref().map_or_else(|| self.name.clone(), |selector| format!("{}{{{selector}}}", self.name))
    }
}

impl Stated {
    /// Reads a summary in any shape.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let (value, shape) = find(text)?;
        let mut stated = Self::default();
        match shape {
            Shape::Legacy | Shape::Data => {
                for (name, metric) in object(&value, "metrics")? {
                    let metric =
                        metric.as_object().ok_or_else(|| Fault::new(format!("metric `{name}`: expected an object")))?;
                    stated.metric(name, metric, shape)?;
                }
                if let Some(group) = value.get("root_group") {
                    stated.group(group, 64);
                }
                let millis = value.pointer("/state/testRunDurationMs").and_then(Value::as_f64);
                stated.duration_s = millis.map(|millis| millis / 1e3);
            }
            Shape::Machine => stated.machine(&value)?,
        }
        if stated.duration_s.is_none() {
            stated.duration_s = stated.derived_duration();
        }
        Ok(stated)
    }

    fn metric(&mut self, written: &str, metric: &Map<String, Value>, shape: Shape) -> Result<(), Fault> {
        let figures = match shape {
            Shape::Legacy => Some(metric),
            Shape::Data | Shape::Machine => metric.get("values").and_then(Value::as_object),
        };
        let values: BTreeMap<String, f64> = figures
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_f64().filter(|value| value.is_finite())?)))
            .collect();
        let sort = metric.get("type").and_then(Value::as_str).and_then(Sort::of);
        let mut thresholds = Vec::new();
        for (expression, state) in metric.get("thresholds").and_then(Value::as_object).into_iter().flatten() {
            let passed = match (state, shape) {
                (Value::Bool(failed), Shape::Legacy) => !failed,
                (Value::Object(state), _) => state.get("ok").and_then(Value::as_bool).ok_or_else(|| {
                    Fault::new(format!("threshold `{expression}` of `{written}`: expected `ok` as true or false"))
                })?,
                _ => {
                    return Err(Fault::new(format!(
                        "threshold `{expression}` of `{written}`: a bare true or false means failed or met depending on the shape, \
                         and this one is edited; expected `{{\"ok\": …}}`"
                    )));
                }
            };
            thresholds.push((expression.clone(), passed));
        }
        let (name, selector) = split(written);
        let sort = sort.unwrap_or_else(|| Sort::guess(&values));
        self.metrics.push(Metric { name, selector, sort, values, thresholds });
        Ok(())
    }

    /// Checks of a group and its groups: objects in the legacy shape, arrays in the other.
    fn group(&mut self, group: &Value, depth: usize) {
        for check in items(group.get("checks")) {
            self.check(check);
        }
        if depth > 0 {
            items(group.get("groups")).for_each(|inner| self.group(inner, depth - 1));
        }
    }

    fn check(&mut self, check: &Value) {
        let count = |key: &str| check.get(key).and_then(Value::as_u64);
        if let (Some(name), Some(passed), Some(failed)) =
            (check.get("name").and_then(Value::as_str), count("passes"), count("fails"))
        {
            let entry = self.checks.entry(name.chars().take(200).collect()).or_default();
            entry.passed = entry.passed.saturating_add(passed);
            entry.failed = entry.failed.saturating_add(failed);
        }
    }

    fn machine(&mut self, value: &Value) -> Result<(), Fault> {
        let version = value.get("version").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("1.") {
            return Err(Fault::new(format!(
                "its version is `{version}`; expected 1.x of k6's machine-readable summary"
            )));
        }
        for metric in items(value.pointer("/results/metrics")) {
            let (Some(name), Some(members)) = (metric.get("name").and_then(Value::as_str), metric.as_object()) else {
                return Err(Fault::new("a metric of `/results/metrics` has no name"));
            };
            self.metric(name, members, Shape::Machine)?;
        }
        for metric in self.metrics.iter_mut().filter(|metric| metric.sort == Sort::Rate) {
            if let (Some(matches), Some(total)) = (metric.value("matches"), metric.value("total")) {
                metric.values.insert("passes".to_owned(), matches);
                metric.values.insert("fails".to_owned(), total - matches);
            }
        }
        items(value.pointer("/results/checks/results")).for_each(|check| self.check(check));
        self.duration_s = value.pointer("/config/duration").and_then(Value::as_f64);
        let version = value.pointer("/metadata/k6Version").and_then(Value::as_str);
        self.version = version.map(|version| version.trim_start_matches('v').chars().take(40).collect());
        Ok(())
    }

    /// A counter's rate is its count by the whole run's length, so their quotient is that length.
    fn derived_duration(&self) -> Option<f64> {
        let counters = self.metrics.iter().filter(|metric| metric.sort == Sort::Counter);
        let longest =
            counters.max_by(|a, b| a.value("count").unwrap_or(0.0).total_cmp(&b.value("count").unwrap_or(0.0)))?;
        let seconds = longest.value("count")? / longest.value("rate")?;
        (seconds.is_finite() && seconds > 0.0).then_some(seconds)
    }
}

/// `name{selector}` in its parts. The value of a tag may hold anything, so only the outer braces count.
fn split(written: &str) -> (String, Option<String>) {
    match written.split_once('{').and_then(|(name, rest)| Some((name, rest.strip_suffix('}')?))) {
        Some((name, selector)) => (name.to_owned(), Some(selector.to_owned())),
        None => (written.to_owned(), None),
    }
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>, Fault> {
    value.get(key).and_then(Value::as_object).ok_or_else(|| Fault::new(format!("expected `{key}` as an object")))
}

fn items(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(Value::Object(members)) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}
