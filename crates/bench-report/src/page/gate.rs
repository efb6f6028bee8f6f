//! What a run of proven work kept of the entry before it. Must not know: how that was decided.

use bench_model::Unit;
use bench_model::verdict::{GateCheck, GateOutcome, Slide};
use serde::Serialize;

use super::ReportPage;
use super::words::{Said, amount, count, said, shown, size};

#[derive(Debug, Serialize)]
pub(super) struct GateView {
    /// What the run's numbers prove, and what they must.
    evidence: String,
    wanted: String,
    proven: bool,
    rows: Vec<GateRow>,
}

#[derive(Debug, Serialize)]
struct GateRow {
    outcome: &'static str,
    class: &'static str,
    metric: String,
    why: Vec<Said>,
    slide: Option<String>,
    value: Option<String>,
    previous: Option<String>,
    previous_run: String,
    limit: Option<String>,
}

/// `None` for a run that no gate is for.
pub(super) fn gate(page: &ReportPage<'_>) -> Option<GateView> {
    let gate = page.judgement.gate.as_deref()?;
    let words = |level: bench_model::perf::EvidenceLevel| level.as_str().replace('_', " ");
    Some(GateView {
        evidence: words(gate.evidence),
        wanted: words(gate.wanted),
        proven: gate.evidence >= gate.wanted,
        rows: gate.checks.iter().map(row).collect(),
    })
}

fn row(check: &GateCheck) -> GateRow {
    let (outcome, class) = match check.outcome {
        GateOutcome::Met => ("met", "pass"),
        GateOutcome::NotMet => ("not met", "fail"),
        GateOutcome::NoPrevious => ("no verdict", "warn"),
    };
    let in_unit = |value| match check.unit {
        Some(unit) => amount(value, unit),
        // Of a metric that was not measured nobody knows the unit.
        None => bench_model::unit::rounded(value.get(), 3),
    };
    GateRow {
        outcome,
        class,
        metric: shown(check.metric.as_str()),
        why: said(&check.why),
        slide: check.slide.as_ref().map(|slide| slid(slide, check.unit)),
        value: check.value.map(in_unit),
        previous: check.previous.as_ref().map(|previous| in_unit(previous.value)),
        previous_run: check.previous.as_ref().map(|previous| shown(previous.run_id.as_str())).unwrap_or_default(),
        limit: check.limit.map(in_unit),
    }
}

/// A loss over many entries.
fn slid(slide: &Slide, unit: Option<Unit>) -> String {
    let shown_in = |value| amount(value, unit.unwrap_or(Unit::Count));
    let step = slide.step.as_ref().map(|step| {
        format!("; run {} ({}) lost more in one step than it may", shown(step.run_id.as_str()), shown_in(step.value))
    });
    format!(
        "A slide: {} of the {} that stood {} ago{}",
        size(slide.share),
        shown_in(slide.best),
        count(slide.entries, "entry", "entries"),
        step.unwrap_or_default()
    )
}
