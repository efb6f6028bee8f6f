//! The tables of a load run: requests, phases, parts of the time, answers, checks, what was in use.
//! Must not know: thresholds.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::load::{CheckCount, LoadModel, LoadSummary, PhaseSummary, Quantile, SeriesSummary, UsageSummary};
use bench_model::unit::rounded;
use bench_model::{Finite, Unit};
use serde::Serialize;

use super::super::words::{duration, shown, thousands};
use super::figure;

/// Figures of a row, in the order of the table's head.
const FIGURES: [&str; 6] = ["p50", "p90", "p95", "p99", "p99.9", "max"];

#[derive(Debug, Serialize)]
pub(super) struct SeriesTable {
    rows: Vec<SeriesRow>,
    /// Whether any row has latencies: those of regions are never pooled.
    timed: bool,
}

#[derive(Debug, Serialize)]
struct SeriesRow {
    name: String,
    sub: String,
    sent: String,
    not_answered: Option<String>,
    rate: Option<String>,
    failed: String,
    error_rate: Option<String>,
    figures: Vec<Option<String>>,
}

#[derive(Debug, Serialize)]
pub(super) struct PartRow {
    name: String,
    figures: Vec<Option<String>>,
}

#[derive(Debug, Serialize)]
pub(super) struct CountRow {
    what: String,
    count: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CheckRow {
    name: String,
    passed: String,
    failed: String,
}

#[derive(Debug, Serialize)]
pub(super) struct UsageRow {
    what: String,
    mean: String,
    max: String,
    last: String,
}

/// Everything together, and each request.
pub(super) fn requests(summary: &LoadSummary) -> SeriesTable {
    let names: BTreeSet<_> = summary.series.iter().filter_map(|series| series.request.as_ref()).collect();
    let regions = summary.series.iter().any(|series| series.region.is_some());
    // The only request is everything together, and that of a region all of the region.
    let only = |series: &SeriesSummary| series.request.is_none() && (series.region.is_some() || !regions);
    let doubled = |series: &SeriesSummary| names.len() == 1 && only(series);
    let rows = summary.series.iter().filter(|series| series.phase.is_none() && !doubled(series));
    table(rows.map(row).collect())
}

/// Each request in each phase; nothing where that says no more than [`requests`].
pub(super) fn detailed(summary: &LoadSummary) -> Option<SeriesTable> {
    let rows = summary.series.iter().filter(|series| series.request.is_some() && series.phase.is_some());
    let rows: Vec<_> = rows.map(row).collect();
    (summary.phases.len() > 1 && !rows.is_empty()).then(|| table(rows))
}

pub(super) fn phases(summary: &LoadSummary) -> SeriesTable {
    let phase = |phase: &PhaseSummary| SeriesRow {
        name: shown(&phase.name),
        sub: format!(
            "{}{}, {}",
            if phase.warm_up { "warm-up, " } else { "" },
            model(&phase.model),
            duration(phase.measured_s.get())
        ),
        ..row(&phase.figures)
    };
    table(summary.phases.iter().map(phase).collect())
}

fn table(rows: Vec<SeriesRow>) -> SeriesTable {
    SeriesTable { timed: rows.iter().any(|row| row.figures.iter().any(Option::is_some)), rows }
}

fn row(series: &SeriesSummary) -> SeriesRow {
    let region = series.region.as_ref().map(|region| format!("from {region}"));
    let phase = series.phase.as_ref().map(|phase| format!("in {phase}"));
    let not_answered = series.unsent.saturating_add(series.in_flight);
    SeriesRow {
        name: shown(series.request.as_deref().unwrap_or("all requests")),
        sub: shown(&[phase, region].into_iter().flatten().collect::<Vec<_>>().join(", ")),
        sent: thousands(series.sent),
        not_answered: (not_answered > 0).then(|| thousands(not_answered)),
        rate: series.rps.map(|rate| rounded(rate.get(), 3)),
        failed: thousands(series.failed),
        error_rate: series.error_rate.filter(|_| series.failed > 0).map(|rate| figure(rate, Unit::Ratio)),
        figures: figures(&series.latency),
    }
}

fn model(model: &LoadModel) -> String {
    let range = |from: String, to: String| if from == to { from } else { format!("{from} to {to}") };
    match model {
        LoadModel::Open { from, to, poisson } => format!(
            "{} req/s due{}",
            range(from.get().to_string(), to.get().to_string()),
            if *poisson { ", Poisson" } else { "" }
        ),
        LoadModel::Closed { from, to } => match (from, to) {
            (1, 1) => "1 user".into(),
            (from, to) => format!("{} users", range(from.to_string(), to.to_string())),
        },
        LoadModel::Unknown => "load unknown".into(),
    }
}

fn figures(latency: &BTreeMap<String, Quantile>) -> Vec<Option<String>> {
    let text = |quantile: &Quantile| match quantile {
        Quantile::Known(value) => figure(*value, Unit::Nanoseconds),
        Quantile::AtLeast(value) => format!("≥ {}", figure(*value, Unit::Nanoseconds)),
    };
    FIGURES.iter().map(|name| latency.get(*name).map(text)).collect()
}

/// Series of everything: one, or one for each region.
fn whole(summary: &LoadSummary) -> impl Iterator<Item = &SeriesSummary> {
    summary.series.iter().filter(|series| series.request.is_none() && series.phase.is_none())
}

pub(super) fn parts(summary: &LoadSummary) -> Vec<PartRow> {
    let part = |series: &SeriesSummary, (name, of): (&String, &BTreeMap<String, Quantile>)| {
        let name = name.replace('_', " ").replacen("operation ", "operation: ", 1);
        let region = series.region.as_ref().map(|region| format!(", from {region}")).unwrap_or_default();
        PartRow { name: shown(&format!("{name}{region}")), figures: figures(of) }
    };
    whole(summary).flat_map(|series| series.parts.iter().map(move |of| part(series, of))).collect()
}

/// Answers by status and failures by kind. Regions' are added up in everything together, which comes first.
pub(super) fn answers(summary: &LoadSummary) -> Vec<CountRow> {
    let row = |what: String, count: u64| CountRow { what: shown(&what), count: thousands(count) };
    let Some(series) = whole(summary).next() else { return Vec::new() };
    let statuses = series.statuses.iter().map(|(status, count)| row(format!("status {status}"), *count));
    statuses.chain(series.errors.iter().map(|(kind, count)| row(format!("failed: {kind}"), *count))).collect()
}

/// Checks, those that failed most often first.
pub(super) fn checks(summary: &LoadSummary) -> Vec<CheckRow> {
    let Some(series) = whole(summary).next() else { return Vec::new() };
    let mut rows: Vec<_> = series.checks.iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(count.failed));
    let row = |(name, count): (&String, &CheckCount)| CheckRow {
        name: shown(name),
        passed: thousands(count.passed),
        failed: thousands(count.failed),
    };
    rows.into_iter().map(row).collect()
}

pub(super) fn usage(summary: &LoadSummary) -> Vec<UsageRow> {
    let row = |usage: &UsageSummary| {
        // Descriptors and threads are counted, and their mean is hardly ever whole.
        let amount = |value: Finite| match usage.unit == Unit::Count && value.get().fract() != 0.0 {
            true => format!("{:.1}", value.get()),
            false => figure(value, usage.unit),
        };
        UsageRow {
            what: shown(&format!("{:?} {}", usage.of, usage.what.replace('_', " ")).to_lowercase()),
            mean: amount(usage.mean),
            max: amount(usage.max),
            last: amount(usage.last),
        }
    };
    summary.usage.iter().map(row).collect()
}
