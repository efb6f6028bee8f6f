//! The part of the page that only a load run has: thresholds, pictures, requests, phases, analyses.
//! Must not know: how a threshold was decided.

use std::collections::BTreeMap;

use bench_model::load::{
    AnalysisOutcome, LoadModel, LoadSummary, Measured, ObservedThreshold, Quantile, SeriesSummary,
};
use bench_model::unit::rounded;
use bench_model::verdict::{JudgedThreshold, LoadJudgement, Severity, ThresholdOutcome};
use bench_model::{Finite, Quantity, Unit};
use serde::Serialize;

use super::ReportPage;
use super::words::{Fact, Said, duration, fact, said, shown, thousands};
use crate::ReportError;
use crate::chart::Theme;
use crate::load::load_pictures;

const SIZE: (u32, u32) = (640, 230);

#[derive(Debug, Serialize)]
pub(super) struct LoadView {
    facts: Vec<Fact>,
    evaluable: bool,
    thresholds: Vec<ThresholdRow>,
    guards: Vec<ThresholdRow>,
    regressions: Vec<RegressionRow>,
    pictures: Vec<Picture>,
    requests: Vec<SeriesRow>,
    phases: Vec<SeriesRow>,
    /// Each request in each phase, folded away.
    detailed: Vec<SeriesRow>,
    operations: Vec<PartRow>,
    failures: Vec<CountRow>,
    checks: Vec<CheckRow>,
    analyses: Vec<AnalysisRow>,
    usage: Vec<UsageRow>,
}

#[derive(Debug, Serialize)]
struct ThresholdRow {
    outcome: &'static str,
    class: &'static str,
    metric: String,
    expression: String,
    about: String,
    observed: String,
    why: Vec<Said>,
}

#[derive(Debug, Serialize)]
struct RegressionRow {
    severity: &'static str,
    metric: String,
    why: Vec<Said>,
    waived: bool,
}

#[derive(Debug, Serialize)]
struct Picture {
    caption: String,
    svg: String,
}

#[derive(Debug, Serialize)]
struct SeriesRow {
    name: String,
    sub: String,
    sent: String,
    rate: Option<String>,
    failed: String,
    error_rate: Option<String>,
    not_answered: u64,
    figures: Vec<Option<String>>,
}

#[derive(Debug, Serialize)]
struct PartRow {
    name: String,
    figures: Vec<Option<String>>,
}

#[derive(Debug, Serialize)]
struct CountRow {
    what: String,
    count: String,
}

#[derive(Debug, Serialize)]
struct CheckRow {
    name: String,
    passed: String,
    failed: String,
}

#[derive(Debug, Serialize)]
struct AnalysisRow {
    name: String,
    outcome: &'static str,
    class: &'static str,
    text: Vec<Said>,
}

#[derive(Debug, Serialize)]
struct UsageRow {
    what: String,
    mean: String,
    max: String,
    last: String,
}

/// The figures of a row, in the order of the table's head.
const FIGURES: [&str; 6] = ["p50", "p90", "p95", "p99", "p99.9", "max"];

/// `None` for a run that is no load run.
pub(super) fn load(page: &ReportPage<'_>) -> Result<Option<LoadView>, ReportError> {
    let Some(summary) = page.report.load.as_deref() else { return Ok(None) };
    let judged = page.judgement.load.as_deref();
    let record = page.run.and_then(|run| run.load.as_deref());
    let pictures = match record {
        Some(load) => load_pictures(load, SIZE, Theme::Page)?,
        None => Vec::new(),
    };
    let (guards, thresholds) = thresholds(summary, judged);
    let whole = |series: &&SeriesSummary| series.request.is_none() && series.phase.is_none();
    let by_request = |series: &&SeriesSummary| series.phase.is_none();
    Ok(Some(LoadView {
        facts: facts(summary),
        evaluable: judged.is_none_or(|judged| judged.evaluable),
        thresholds,
        guards,
        regressions: judged.map(regressions).unwrap_or_default(),
        pictures: pictures
            .into_iter()
            .map(|picture| Picture { caption: shown(&picture.caption), svg: picture.svg })
            .collect(),
        requests: summary.series.iter().filter(by_request).map(row).collect(),
        phases: summary
            .phases
            .iter()
            .map(|phase| SeriesRow {
                name: shown(&phase.name),
                sub: format!(
                    "{}{}, {}",
                    if phase.warm_up { "warm-up, " } else { "" },
                    model(&phase.model),
                    duration(phase.measured_s.get())
                ),
                ..row(&phase.figures)
            })
            .collect(),
        detailed: summary
            .series
            .iter()
            .filter(|series| series.request.is_some() && series.phase.is_some())
            .map(row)
            .collect(),
        operations: summary.series.iter().filter(whole).flat_map(|series| series.parts.iter().map(part)).collect(),
        failures: summary.series.iter().filter(whole).flat_map(failures).collect(),
        checks: checks(summary),
        analyses: summary
            .analyses
            .iter()
            .map(|analysis| AnalysisRow {
                name: shown(&match &analysis.about {
                    Some(about) => format!("{}: {about}", analysis.name.replace('_', " ")),
                    None => analysis.name.replace('_', " "),
                }),
                outcome: match analysis.outcome {
                    AnalysisOutcome::Fine => "fine",
                    AnalysisOutcome::Found => "found",
                    AnalysisOutcome::NotEvaluable => "not evaluable",
                },
                class: match analysis.outcome {
                    AnalysisOutcome::Fine => "pass",
                    AnalysisOutcome::Found => "fail",
                    AnalysisOutcome::NotEvaluable => "warn",
                },
                text: said(&analysis.text),
            })
            .collect(),
        usage: summary
            .usage
            .iter()
            .map(|usage| UsageRow {
                what: format!("{:?} {}", usage.of, usage.what.replace('_', " ")).to_lowercase(),
                mean: amount(usage.mean, usage.unit),
                max: amount(usage.max, usage.unit),
                last: amount(usage.last, usage.unit),
            })
            .collect(),
    }))
}

fn facts(summary: &LoadSummary) -> Vec<Fact> {
    let engine = &summary.engine;
    let version = engine.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let mut facts = vec![
        fact("Scenario", &*summary.scenario),
        fact("Engine", format!("{}{version}", engine.name)),
        fact(
            "Latency is timed",
            if engine.times_from_due {
                "from when a request was due"
            } else {
                "from the send: a stalled service can hide"
            },
        ),
    ];
    if let Some(workers) = engine.workers {
        let text = format!("{} of {} ready, {} lost", workers.ready, workers.expected, workers.lost);
        facts.push(fact("Workers", text));
    }
    facts.extend(summary.target.as_deref().map(|target| fact("Target", target)));
    if summary.time_scale.get() != 1.0 {
        facts.push(fact("Phases shortened", format!("to {} of their lengths", rounded(summary.time_scale.get(), 3))));
    }
    if let Some(cut) = &summary.cut {
        facts.push(fact("Cut", format!("after {}: {}", duration(cut.at_s.get()), cut.reason)));
    }
    facts.extend(summary.disagreements.iter().map(|text| fact("The engine disagrees", text)));
    facts
}

fn model(model: &LoadModel) -> String {
    let range = |from: String, to: String| if from == to { from } else { format!("{from} to {to}") };
    match model {
        LoadModel::Open { from, to, poisson } => format!(
            "{} req/s due{}",
            range(rounded(from.get(), 3), rounded(to.get(), 3)),
            if *poisson { ", Poisson" } else { "" }
        ),
        LoadModel::Closed { from, to } => format!("{} users", range(from.to_string(), to.to_string())),
        LoadModel::Unknown => "load unknown".into(),
    }
}

/// Guards and thresholds: as judged, or as observed where nobody judged.
fn thresholds(summary: &LoadSummary, judged: Option<&LoadJudgement>) -> (Vec<ThresholdRow>, Vec<ThresholdRow>) {
    match judged {
        Some(judged) => {
            let (guards, thresholds): (Vec<_>, Vec<_>) = judged.thresholds.iter().partition(|row| row.guard);
            (guards.into_iter().map(judged_row).collect(), thresholds.into_iter().map(judged_row).collect())
        }
        None => {
            let rows =
                |list: &[ObservedThreshold]| list.iter().map(|row| threshold_row(row, "not judged", "", "")).collect();
            (rows(&summary.guards), rows(&summary.thresholds))
        }
    }
}

fn judged_row(row: &JudgedThreshold) -> ThresholdRow {
    let (outcome, class) = match row.outcome {
        ThresholdOutcome::Met => ("met", "pass"),
        ThresholdOutcome::NotMet => ("not met", "fail"),
        ThresholdOutcome::NotEvaluable => ("not evaluable", "warn"),
        ThresholdOutcome::NothingToCompare => ("nothing to compare", ""),
    };
    threshold_row(&row.observed, outcome, class, &row.why)
}

fn threshold_row(row: &ObservedThreshold, outcome: &'static str, class: &'static str, why: &str) -> ThresholdRow {
    ThresholdRow {
        outcome,
        class,
        metric: shown(&row.threshold.metric),
        expression: shown(&row.threshold.expression),
        about: shown(&row.about),
        observed: match &row.observed {
            Measured::Known(value) => amount(*value, row.unit),
            Measured::AtLeast(value) => format!("at least {}", amount(*value, row.unit)),
            Measured::NotKnown(_) => "not known".into(),
        },
        why: said(why),
    }
}

fn regressions(judged: &LoadJudgement) -> Vec<RegressionRow> {
    let row = |regression: &bench_model::verdict::LoadRegression| RegressionRow {
        severity: match regression.severity {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        },
        metric: shown(regression.metric.as_str()),
        why: said(&regression.why),
        waived: regression.waived,
    };
    judged.regressions.iter().map(row).collect()
}

fn row(series: &SeriesSummary) -> SeriesRow {
    let region = series.region.as_ref().map(|region| format!("from {region}"));
    let phase = series.phase.as_ref().map(|phase| format!("in {phase}"));
    SeriesRow {
        name: shown(series.request.as_deref().unwrap_or("all requests")),
        sub: shown(&[phase, region].into_iter().flatten().collect::<Vec<_>>().join(", ")),
        sent: thousands(usize::try_from(series.sent).unwrap_or(usize::MAX)),
        rate: series.rps.map(|rate| format!("{} /s", rounded(rate.get(), 3))),
        failed: thousands(usize::try_from(series.failed).unwrap_or(usize::MAX)),
        error_rate: series.error_rate.map(|rate| amount(rate, Unit::Ratio)),
        not_answered: series.unsent.saturating_add(series.in_flight),
        figures: figures(&series.latency),
    }
}

fn figures(latency: &BTreeMap<String, Quantile>) -> Vec<Option<String>> {
    let text = |quantile: &Quantile| match quantile {
        Quantile::Known(value) => amount(*value, Unit::Nanoseconds),
        Quantile::AtLeast(value) => format!("≥ {}", amount(*value, Unit::Nanoseconds)),
    };
    FIGURES.iter().map(|name| latency.get(*name).map(text)).collect()
}

fn part((name, figures_of): (&String, &BTreeMap<String, Quantile>)) -> PartRow {
    PartRow { name: shown(name), figures: figures(figures_of) }
}

fn failures(series: &SeriesSummary) -> Vec<CountRow> {
    let row = |what: String, count: u64| CountRow {
        what: shown(&what),
        count: thousands(usize::try_from(count).unwrap_or(usize::MAX)),
    };
    let statuses = series.statuses.iter().map(|(status, count)| row(format!("status {status}"), *count));
    statuses.chain(series.errors.iter().map(|(kind, count)| row(format!("failed: {kind}"), *count))).collect()
}

fn checks(summary: &LoadSummary) -> Vec<CheckRow> {
    let mut all: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for series in summary.series.iter().filter(|series| series.request.is_some() && series.phase.is_none()) {
        for (name, count) in &series.checks {
            let sum = all.entry(name).or_default();
            *sum = (sum.0.saturating_add(count.passed), sum.1.saturating_add(count.failed));
        }
    }
    let text = |count: u64| thousands(usize::try_from(count).unwrap_or(usize::MAX));
    all.into_iter()
        .map(|(name, (passed, failed))| CheckRow { name: shown(name), passed: text(passed), failed: text(failed) })
        .collect()
}

fn amount(value: Finite, unit: Unit) -> String {
    format!("{:.3}", Quantity { value: value.get(), unit })
}
