//! The part of the page that only a load run has: thresholds, pictures, requests, phases, analyses.
//! Must not know: how a threshold was decided.

mod judged;
mod tables;
mod told;

use bench_model::load::LoadSummary;
use bench_model::{Finite, Quantity, Unit};
use serde::Serialize;

use super::ReportPage;
use super::words::{Fact, duration, fact, shown, thousands};
use crate::ReportError;
use crate::chart::Theme;
use crate::load::{LoadPicture, load_pictures};
use judged::{AnalysisRow, RegressionRow, ThresholdRow};
use tables::{CheckRow, CountRow, PartRow, SeriesTable, UsageRow};
use told::ToldRow;

const SIZE: (u32, u32) = (540, 220);

#[derive(Debug, Serialize)]
pub(super) struct LoadView {
    facts: Vec<Fact>,
    evaluable: bool,
    thresholds: Vec<ThresholdRow>,
    guards: Vec<ThresholdRow>,
    /// Whether every guard was kept: then they are folded away.
    guarded: bool,
    regressions: Vec<RegressionRow>,
    pictures: Vec<Picture>,
    /// Those of single regions, folded away.
    regional: Vec<Picture>,
    requests: SeriesTable,
    phases: SeriesTable,
    /// Each request in each phase, folded away.
    detailed: Option<SeriesTable>,
    parts: Vec<PartRow>,
    answers: Vec<CountRow>,
    checks: Vec<CheckRow>,
    analyses: Vec<AnalysisRow>,
    /// What the run could not show, folded away.
    open: Vec<AnalysisRow>,
    usage: Vec<UsageRow>,
    /// What the service says of itself, folded away.
    told: Vec<ToldRow>,
}

#[derive(Debug, Serialize)]
struct Picture {
    caption: String,
    svg: String,
}

/// `None` for a run that is no load run.
pub(super) fn load(page: &ReportPage<'_>) -> Result<Option<LoadView>, ReportError> {
    let Some(summary) = page.report.load.as_deref() else { return Ok(None) };
    let judged = page.judgement.load.as_deref();
    let record = page.run.and_then(|run| run.load.as_deref());
    let pictures = match record {
        Some(load) => load_pictures(load, SIZE, Theme::Page)?,
        None => Vec::new(),
    };
    let (regional, pictures): (Vec<_>, Vec<_>) = pictures.into_iter().partition(|picture| picture.region.is_some());
    let drawn = |pictures: Vec<LoadPicture>| {
        pictures.into_iter().map(|picture| Picture { caption: shown(&picture.caption), svg: picture.svg }).collect()
    };
    let (guards, thresholds) = judged::thresholds(summary, judged);
    let (analyses, open) = judged::analyses(summary);
    Ok(Some(LoadView {
        facts: facts(summary),
        evaluable: judged.is_none_or(|judged| judged.evaluable),
        guarded: guards.iter().all(ThresholdRow::met),
        thresholds,
        guards,
        regressions: judged.map(judged::regressions).unwrap_or_default(),
        pictures: drawn(pictures),
        regional: drawn(regional),
        requests: tables::requests(summary),
        phases: tables::phases(summary),
        detailed: tables::detailed(summary),
        parts: tables::parts(summary),
        answers: tables::answers(summary),
        checks: tables::checks(summary),
        analyses,
        open,
        usage: tables::usage(summary),
        told: told::rows(summary),
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
                "from the send: what waited before it does not show"
            },
        ),
    ];
    if let Some(workers) = engine.workers {
        let text = format!("{} of {} ready, {} lost", workers.ready, workers.expected, workers.lost);
        facts.push(fact("Workers", text));
    }
    facts.extend(summary.target.as_deref().map(|target| fact("Target", target)));
    if summary.time_scale.get() != 1.0 {
        facts.push(fact("Phases last", format!("{} of the scenario's lengths", summary.time_scale.get())));
    }
    if let Some(cut) = &summary.cut {
        facts.push(fact("Cut", format!("after {}: {}", duration(cut.at_s.get()), cut.reason)));
    }
    facts.extend(summary.disagreements.iter().map(|text| fact("The engine disagrees", text)));
    facts
}

/// A value with three digits, in the unit that people read it in; a whole count with all of its digits.
fn figure(value: Finite, unit: Unit) -> String {
    match unit == Unit::Count && value.get() >= 0.0 && value.get().fract() == 0.0 {
        true => thousands(value.get()),
        false => format!("{:.3}", Quantity { value: value.get(), unit }),
    }
}
