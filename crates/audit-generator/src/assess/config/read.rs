//! From the text of `assessment.toml` to what it says.

use bench_model::assessment::{Category, Prices};
use bench_model::config::ConfigError;
use bench_model::unit::nearest;
use bench_model::{Finite, Unit};
use serde::Deserialize;
use toml::Spanned;

use super::{
    AssessConfig, ComponentOf, DemandOf, InputBy, InputOf, OperationsOf, Part, ServiceLevel, TargetBy, TargetOf,
};
use crate::assess::written::{Keys, Text, Written};

/// More than a hundred years are a mistake.
const MOST_DAYS: u64 = 36_600;

const KEYS: &Keys = &[
    ("max_age_days", &[]),
    ("least_score", &[]),
    ("required", &[]),
    ("safety_margin", &[]),
    ("service_level", &["p95", "error_rate"]),
    ("prices", &["currency", "example", "process_hour", "cpu_hour", "gib_hour"]),
    ("demand", &["name", "metric", "capacity", "horizon_days", "expected", "example"]),
    ("target", &["name", "target", "throughput", "size", "metric", "regions", "not_measured"]),
    (
        "component",
        &[
            "name",
            "horizontal",
            "no_horizontal",
            "vertical",
            "no_vertical",
            "performance",
            "no_performance",
            "bottleneck",
        ],
    ),
    ("input", &["category", "metric", "cost", "test", "all", "none"]),
    ("operations", &["server", "metrics"]),
];

type Value = Spanned<toml::Value>;

#[derive(Deserialize)]
struct RawFile {
    max_age_days: Spanned<u64>,
    least_score: Spanned<f64>,
    required: Vec<Text>,
    safety_margin: Spanned<f64>,
    service_level: Spanned<RawLevel>,
    prices: Option<Spanned<RawPrices>>,
    #[serde(default)]
    demand: Vec<RawDemand>,
    #[serde(default)]
    target: Vec<Spanned<RawTarget>>,
    #[serde(default)]
    component: Vec<RawComponent>,
    #[serde(default)]
    input: Vec<Spanned<RawInput>>,
    #[serde(default)]
    operations: Vec<RawOperations>,
}

#[derive(Deserialize)]
struct RawLevel {
    p95: Option<Value>,
    error_rate: Option<Value>,
}

#[derive(Deserialize)]
struct RawPrices {
    currency: Text,
    #[serde(default)]
    example: bool,
    process_hour: Option<Spanned<f64>>,
    cpu_hour: Option<Spanned<f64>>,
    gib_hour: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
struct RawDemand {
    name: Text,
    metric: Option<Text>,
    capacity: Text,
    horizon_days: Spanned<f64>,
    expected: Option<Value>,
    #[serde(default)]
    example: bool,
}

#[derive(Deserialize)]
struct RawTarget {
    name: Text,
    target: Value,
    throughput: Option<Text>,
    size: Option<Text>,
    metric: Option<Text>,
    regions: Option<Text>,
    not_measured: Option<Text>,
}

#[derive(Deserialize)]
struct RawComponent {
    name: Text,
    horizontal: Option<Text>,
    no_horizontal: Option<Text>,
    vertical: Option<Text>,
    no_vertical: Option<Text>,
    performance: Option<Text>,
    no_performance: Option<Text>,
    bottleneck: Option<Text>,
}

#[derive(Deserialize)]
struct RawInput {
    category: Text,
    metric: Option<Text>,
    cost: Option<Text>,
    test: Option<Text>,
    all: Option<Value>,
    none: Option<Value>,
}

#[derive(Deserialize)]
struct RawOperations {
    server: Text,
    metrics: Text,
}

pub(super) fn read(file: &Written<'_>) -> Result<AssessConfig, ConfigError> {
    let raw: RawFile = file.read(KEYS)?;
    let least_score = file.number("least_score", &raw.least_score, 0.0)?;
    if least_score.get() > 100.0 {
        return Err(file.refuse(raw.least_score.span().start, "least_score", "lies between 0 and 100"));
    }
    if *raw.max_age_days.get_ref() > MOST_DAYS {
        let reason = format!("is a number of days of at most {MOST_DAYS}");
        return Err(file.refuse(raw.max_age_days.span().start, "max_age_days", reason));
    }
    Ok(AssessConfig {
        max_age_days: *raw.max_age_days.get_ref(),
        least_score,
        required: raw.required.iter().map(|name| category(file, "required", name)).collect::<Result<_, _>>()?,
        safety_margin: file.number("safety_margin", &raw.safety_margin, 1.0)?,
        service_level: service_level(file, &raw.service_level)?,
        prices: raw.prices.as_ref().map(|raw| prices(file, raw)).transpose()?,
        demands: raw.demand.iter().map(|raw| demand(file, raw)).collect::<Result<_, _>>()?,
        targets: raw.target.iter().map(|raw| target(file, raw)).collect::<Result<_, _>>()?,
        components: raw.component.iter().map(|raw| component(file, raw)).collect::<Result<_, _>>()?,
        inputs: raw.input.iter().map(|raw| input(file, raw)).collect::<Result<_, _>>()?,
        operations: raw.operations.iter().map(|raw| operations(file, raw)).collect::<Result<_, _>>()?,
    })
}

fn category(file: &Written<'_>, key: &str, name: &Text) -> Result<Category, ConfigError> {
    Category::named(name.get_ref()).ok_or_else(|| {
        let names = Category::ALL.map(Category::as_str);
        let near = nearest(name.get_ref(), names).map(|near| format!("; did you mean `{near}`"));
        let reason = format!("is one of {}{}", names.join(", "), near.unwrap_or_default());
        file.refuse(name.span().start, key, reason)
    })
}

fn service_level(file: &Written<'_>, raw: &Spanned<RawLevel>) -> Result<ServiceLevel, ConfigError> {
    let read = |key: &str, value: &Option<Value>, unit: Unit| {
        let value = value.as_ref().map(|value| file.quantity(key, value, Some(unit))).transpose()?;
        Ok::<_, ConfigError>(value.and_then(|quantity| Finite::try_from(quantity.value).ok()))
    };
    let level = ServiceLevel {
        p95: read("service_level.p95", &raw.get_ref().p95, Unit::Nanoseconds)?,
        error_rate: read("service_level.error_rate", &raw.get_ref().error_rate, Unit::Ratio)?,
    };
    if level.p95.is_none() && level.error_rate.is_none() {
        return Err(file.refuse(raw.span().start, "service_level", "has `p95`, `error_rate`, or both"));
    }
    Ok(level)
}

fn prices(file: &Written<'_>, raw: &Spanned<RawPrices>) -> Result<Prices, ConfigError> {
    let (at, raw) = (raw.span().start, raw.get_ref());
    let price = |key: &str, price: &Option<Spanned<f64>>| {
        price.as_ref().map(|price| file.number(&format!("prices.{key}"), price, 0.0)).transpose()
    };
    let prices = Prices {
        currency: file.visible("prices.currency", &raw.currency)?,
        example: raw.example,
        process_hour: price("process_hour", &raw.process_hour)?,
        cpu_hour: price("cpu_hour", &raw.cpu_hour)?,
        gib_hour: price("gib_hour", &raw.gib_hour)?,
    };
    let any = [prices.process_hour, prices.cpu_hour, prices.gib_hour].into_iter().flatten().any(|it| it.get() > 0.0);
    if !any {
        return Err(file.refuse(at, "prices", "has at least one price above 0; without prices, leave the table out"));
    }
    Ok(prices)
}

fn demand(file: &Written<'_>, raw: &RawDemand) -> Result<DemandOf, ConfigError> {
    if raw.metric.is_none() && raw.expected.is_none() {
        return Err(file.refuse(raw.name.span().start, "demand", "has a `metric`, an `expected` peak, or both"));
    }
    let expected = raw.expected.as_ref();
    let expected = expected.map(|text| file.quantity("demand.expected", text, Some(Unit::PerSecond))).transpose()?;
    Ok(DemandOf {
        name: file.visible("demand.name", &raw.name)?,
        metric: raw.metric.as_ref().map(|metric| file.metric("demand.metric", metric)).transpose()?,
        capacity: file.scale("demand.capacity", &raw.capacity)?,
        horizon_days: file.number("demand.horizon_days", &raw.horizon_days, 0.0)?,
        expected: expected.and_then(|quantity| Finite::try_from(quantity.value).ok()),
        example: raw.example,
    })
}

fn target(file: &Written<'_>, raw: &Spanned<RawTarget>) -> Result<TargetOf, ConfigError> {
    let (at, raw) = (raw.span().start, raw.get_ref());
    let (by, unit) = match (&raw.throughput, &raw.size, &raw.metric, &raw.regions, &raw.not_measured) {
        (Some(scale), None, None, None, None) => {
            (TargetBy::Throughput(file.scale("target.throughput", scale)?), Some(Unit::PerSecond))
        }
        (None, Some(scale), None, None, None) => (TargetBy::Size(file.scale("target.size", scale)?), Some(Unit::Count)),
        (None, None, Some(metric), None, None) => (TargetBy::Metric(file.metric("target.metric", metric)?), None),
        (None, None, None, Some(scenario), None) => {
            (TargetBy::Regions(file.visible("target.regions", scenario)?), Some(Unit::Count))
        }
        (None, None, None, None, Some(why)) => (TargetBy::Nothing(file.visible("target.not_measured", why)?), None),
        _ => {
            let reason = "has exactly one of `throughput`, `size`, `metric`, `regions` and `not_measured`";
            return Err(file.refuse(at, "target", reason));
        }
    };
    let target = file.quantity("target.target", &raw.target, unit)?;
    if target.value <= 0.0 {
        return Err(file.refuse(raw.target.span().start, "target.target", "lies above 0"));
    }
    Ok(TargetOf { name: file.visible("target.name", &raw.name)?, target, by })
}

/// What measures a part of a component, or why it has none.
fn part<T>(
    file: &Written<'_>,
    key: &str,
    (by, none): (&Option<Text>, &Option<Text>),
    read: impl Fn(&str, &Text) -> Result<T, ConfigError>,
) -> Result<Option<Part<T>>, ConfigError> {
    Ok(match (by, none) {
        (Some(by), None) => Some(Part::By(read(&format!("component.{key}"), by)?)),
        (None, Some(why)) => Some(Part::NotApplicable(file.visible(&format!("component.no_{key}"), why)?)),
        (None, None) => None,
        (Some(_), Some(why)) => {
            let reason = format!("has either `{key}` or `no_{key}`");
            return Err(file.refuse(why.span().start, "component", reason));
        }
    })
}

fn component(file: &Written<'_>, raw: &RawComponent) -> Result<ComponentOf, ConfigError> {
    Ok(ComponentOf {
        name: file.visible("component.name", &raw.name)?,
        horizontal: part(file, "horizontal", (&raw.horizontal, &raw.no_horizontal), |key, by| file.scale(key, by))?,
        vertical: part(file, "vertical", (&raw.vertical, &raw.no_vertical), |key, by| file.scale(key, by))?,
        performance: part(file, "performance", (&raw.performance, &raw.no_performance), |key, by| {
            file.metric(key, by)
        })?,
        bottleneck: raw.bottleneck.as_ref().map(|by| file.scale("component.bottleneck", by)).transpose()?,
    })
}

fn input(file: &Written<'_>, raw: &Spanned<RawInput>) -> Result<InputOf, ConfigError> {
    let (at, raw) = (raw.span().start, raw.get_ref());
    let category = category(file, "input.category", &raw.category)?;
    let by = match (&raw.metric, &raw.cost, &raw.test, &raw.all, &raw.none) {
        (Some(metric), None, None, Some(all_at), Some(none_at)) => {
            let all = file.quantity("input.all", all_at, None)?;
            let none = file.quantity("input.none", none_at, Some(all.unit))?;
            if all.value == none.value {
                return Err(file.refuse(none_at.span().start, "input.none", "is another value than `all`"));
            }
            InputBy::Metric { metric: file.metric("input.metric", metric)?, all, none }
        }
        (None, Some(cost), None, Some(all), Some(none)) => {
            let number = |key: &str, value: &Value| {
                let number = match value.get_ref() {
                    toml::Value::Float(number) => Some(*number),
                    toml::Value::Integer(number) => Some(*number as f64),
                    _ => None,
                };
                let finite = number.and_then(|number| Finite::try_from(number).ok());
                finite.ok_or_else(|| file.refuse(value.span().start, key, "is a number in the currency of the prices"))
            };
            let (from, to) = (number("input.all", all)?, number("input.none", none)?);
            if from >= to {
                return Err(file.refuse(none.span().start, "input.none", "lies above `all`: less cost is better"));
            }
            InputBy::Cost { cost: file.cost("input.cost", cost)?, all: from, none: to }
        }
        (None, None, Some(test), None, None) => InputBy::Test(file.visible("input.test", test)?),
        _ => {
            let reason = "has a `metric` or a `cost` with `all` and `none`, or a `test`";
            return Err(file.refuse(at, "input", reason));
        }
    };
    Ok(InputOf { category, by })
}

fn operations(file: &Written<'_>, raw: &RawOperations) -> Result<OperationsOf, ConfigError> {
    let server = file.visible("operations.server", &raw.server)?;
    let pattern = raw.metrics.get_ref();
    let parts = pattern.strip_suffix("{measure}").and_then(|rest| rest.split_once("{operation}"));
    match parts {
        Some((before, between)) if !between.is_empty() => {
            Ok(OperationsOf { server, before: before.to_owned(), between: between.to_owned() })
        }
        _ => {
            let reason =
                "has {operation} in it and ends with {measure}, such as \"operations/redis/{operation}#{measure}\"";
            Err(file.refuse(raw.metrics.span().start, "operations.metrics", reason))
        }
    }
}
