//! What the service uses and costs, what single operations take, where demand is heading, and whether there is to be more.
//! Must not know: scores, or the test plan.

use bench_model::assessment::{
    Cost, DecisionKind, Economics, Forecast, OperationTable, Prices, Reached, ResourceProfile, ScalingDecision, Source,
};
use bench_model::unit::rounded;
use bench_model::words::{amount, count, thousands};
use bench_model::{Finite, Unit};
use serde::Serialize;

use super::refs::{Ref, Refs};
use crate::scaling::estimated;
use crate::visible::shown;

#[derive(Debug, Serialize)]
pub(super) struct ResourceView {
    scenario: String,
    axis: &'static str,
    evidence: Ref,
    rows: Vec<ResourceRow>,
    memory_per_thousand: Option<String>,
}

#[derive(Debug, Serialize)]
struct ResourceRow {
    at: u32,
    throughput: String,
    cpu: Option<String>,
    cpu_per_request: Option<String>,
    memory: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct EconomicsView {
    currency: Option<String>,
    example: bool,
    prices: Vec<String>,
    service_level: String,
    rows: Vec<CostRow>,
    why: String,
}

#[derive(Debug, Serialize)]
struct CostRow {
    scenario: String,
    size: String,
    throughput: String,
    per_hour: Option<String>,
    per_million: Option<String>,
    keeps: &'static str,
    class: &'static str,
    cheapest: bool,
    why: String,
    evidence: Ref,
}

#[derive(Debug, Serialize)]
pub(super) struct OperationsView {
    server: String,
    rows: Vec<OperationsRow>,
    why: String,
}

#[derive(Debug, Serialize)]
struct OperationsRow {
    operation: String,
    /// Per second, and the percentiles p50, p95, p99.
    figures: [Option<String>; 4],
    evidence: Ref,
}

#[derive(Debug, Serialize)]
pub(super) struct ForecastRow {
    name: String,
    metric: String,
    horizon: String,
    history: String,
    newest: Option<String>,
    value: Option<String>,
    per_day: Option<String>,
    reached: Option<String>,
    evidence: Vec<Ref>,
    why: String,
}

#[derive(Debug, Serialize)]
pub(super) struct DecisionRow {
    name: String,
    decision: &'static str,
    class: &'static str,
    ratio: Option<String>,
    peak: Option<String>,
    source: Option<&'static str>,
    margin: String,
    capacity: Option<String>,
    capacity_at: Option<String>,
    enough: Option<String>,
    evidence: Vec<Ref>,
    why: String,
}

fn rate(rate: Finite) -> String {
    rounded(rate.get(), 4)
}

pub(super) fn resource(profile: &ResourceProfile, refs: &Refs<'_>) -> ResourceView {
    let row = |level: &bench_model::assessment::ResourceLevel| ResourceRow {
        at: level.at,
        throughput: rate(level.throughput),
        cpu: level.cpu.map(|cpu| format!("{:.2}", cpu.get())),
        cpu_per_request: level.cpu_per_request.map(|time| amount(time, Unit::Nanoseconds)),
        memory: level.memory.map(|memory| amount(memory, Unit::Bytes)),
    };
    ResourceView {
        scenario: shown(&profile.scenario),
        axis: profile.axis.as_str(),
        evidence: refs.one(&profile.evidence),
        rows: profile.levels.iter().map(row).collect(),
        memory_per_thousand: profile.memory_per_thousand.as_ref().map(|memory| {
            let text = estimated(memory, |value| amount(value, Unit::Bytes));
            format!("{text} for each further 1,000 {}", profile.axis)
        }),
    }
}

pub(super) fn economics(economics: &Economics, refs: &Refs<'_>) -> EconomicsView {
    EconomicsView {
        currency: economics.prices.as_ref().map(|prices| shown(&prices.currency)),
        example: economics.prices.as_ref().is_some_and(|prices| prices.example),
        prices: economics.prices.as_ref().map(prices).unwrap_or_default(),
        service_level: shown(&economics.service_level),
        rows: economics
            .costs
            .iter()
            .zip(0_u32..)
            .map(|(row, at)| cost(row, economics.cheapest == Some(at), refs))
            .collect(),
        why: shown(&economics.why),
    }
}

fn prices(prices: &Prices) -> Vec<String> {
    let currency = shown(&prices.currency);
    let each = [
        ("for each process and hour", prices.process_hour),
        ("for each processor kept busy and hour", prices.cpu_hour),
        ("for each GiB of memory and hour", prices.gib_hour),
    ];
    each.into_iter().filter_map(|(what, price)| Some(format!("{} {currency} {what}", money(price?)))).collect()
}

fn money(money: Finite) -> String {
    rounded(money.get(), 3)
}

fn cost(row: &Cost, cheapest: bool, refs: &Refs<'_>) -> CostRow {
    let (keeps, class) = match row.keeps_level {
        Some(true) => ("kept", "pass"),
        Some(false) => ("broken", "fail"),
        None => ("not known", "warn"),
    };
    CostRow {
        scenario: shown(&row.scenario),
        size: row.axis.counted(row.at),
        throughput: rate(row.throughput),
        per_hour: row.per_hour.map(money),
        per_million: row.per_million.map(money),
        keeps,
        class,
        cheapest,
        why: shown(&row.why),
        evidence: refs.one(&row.evidence),
    }
}

pub(super) fn operations(table: &OperationTable, refs: &Refs<'_>) -> OperationsView {
    let row = |row: &bench_model::assessment::OperationRow| {
        let time = |time: Option<Finite>| time.map(|time| amount(time, Unit::Nanoseconds));
        OperationsRow {
            operation: shown(&row.operation),
            figures: [row.rate.map(rate), time(row.p50), time(row.p95), time(row.p99)],
            evidence: refs.one(&row.evidence),
        }
    };
    OperationsView {
        server: super::named(&table.server),
        rows: table.rows.iter().map(row).collect(),
        why: shown(&table.why),
    }
}

pub(super) fn forecast(forecast: &Forecast, refs: &Refs<'_>) -> ForecastRow {
    let in_unit = |value: Finite| {
        let unit = forecast.newest.as_ref().map(|newest| newest.unit.clone());
        let amount = unit.map(|unit| super::amount(&bench_model::assessment::Amount { value, unit }));
        amount.unwrap_or_else(|| rounded(value.get(), 3))
    };
    let day = |time: &bench_model::time::Timestamp| time.to_string().get(..10).unwrap_or_default().to_owned();
    let history = match (&forecast.first, &forecast.last) {
        (Some(first), Some(last)) => {
            format!("{} from {} to {}", count(forecast.moments, "moment", "moments"), day(first), day(last))
        }
        (Some(_) | None, Some(_) | None) => count(forecast.moments, "moment", "moments"),
    };
    ForecastRow {
        name: shown(&forecast.name),
        metric: shown(forecast.metric.as_str()),
        horizon: days(forecast.horizon_days),
        history,
        newest: forecast.newest.as_ref().map(super::amount),
        value: forecast.value.as_ref().map(|value| estimated(value, in_unit)),
        per_day: forecast.per_day.as_ref().map(|change| estimated(change, in_unit)),
        reached: forecast.reached.as_ref().map(reached),
        evidence: refs.all(&forecast.evidence),
        why: shown(&forecast.why),
    }
}

/// `30 days`, or `2.5 days`.
fn days(days: Finite) -> String {
    let days = if days.get() < 10.0 { (days.get() * 10.0).round() / 10.0 } else { days.get().round() };
    let text = if days.fract() == 0.0 && (0.0..1e15).contains(&days) { thousands(days) } else { days.to_string() };
    if text == "1" { "1 day".into() } else { format!("{text} days") }
}

fn reached(reached: &Reached) -> String {
    match reached {
        Reached::Already => "the trend has reached it".into(),
        Reached::Within { days: at, earliest, latest } => {
            let latest = latest.map_or_else(|| "beyond the horizon".to_owned(), days);
            format!("in {}; at the earliest in {}, at the latest {latest}", days(*at), days(*earliest))
        }
        Reached::NotWithin { earliest: Some(earliest) } => {
            format!("not within the horizon; at the earliest in {}", days(*earliest))
        }
        Reached::NotWithin { earliest: None } => "not within the horizon".into(),
        Reached::Never => "never: the trend leads away from it".into(),
    }
}

pub(super) fn decision(decision: &ScalingDecision, refs: &Refs<'_>) -> DecisionRow {
    let (word, class) = match decision.decision {
        DecisionKind::Up => ("scale up", "fail"),
        DecisionKind::Down => ("scale down", "warn"),
        DecisionKind::Hold => ("hold", "pass"),
        DecisionKind::Undecided => ("undecided", "inconclusive"),
    };
    let mut evidence = decision.evidence.clone();
    let demand = decision.predicted_peak.as_ref();
    evidence.extend(
        demand.iter().flat_map(|demand| &demand.evidence).filter(|id| !decision.evidence.contains(id)).cloned(),
    );
    DecisionRow {
        name: shown(&decision.name),
        decision: word,
        class,
        ratio: match (decision.ratio, decision.ratio_interval) {
            (ratio, Some(ends)) => {
                let ends = format!("{} to {}", rounded(ends.lower.get(), 3), rounded(ends.upper.get(), 3));
                Some(ratio.map_or_else(|| ends.clone(), |ratio| format!("{} ({ends})", rounded(ratio.get(), 3))))
            }
            (ratio, None) => ratio.map(|ratio| rounded(ratio.get(), 3)),
        },
        peak: demand.map(|demand| super::amount(&demand.amount)),
        source: demand.map(|demand| match demand.source {
            Source::Forecast => "forecast",
            Source::Configured => "configured",
            Source::Example => "an example",
        }),
        margin: rounded(decision.safety_margin.get(), 3),
        capacity: decision.capacity.as_ref().map(|capacity| {
            let least = if decision.capacity_at_least { "at least " } else { "" };
            format!("{least}{}", super::amount(capacity))
        }),
        capacity_at: decision.capacity_at.as_ref().map(|at| shown(at)),
        enough: decision.enough.as_ref().map(|enough| shown(enough)),
        evidence: refs.all(&evidence),
        why: shown(&decision.why),
    }
}
