//! `assessment.html`, and what its twin as PDF is made from: an [`Assessment`] in words and pictures.
//! It copies what the assessment says. Must not know: how anything in it was worked out, files, or the clock.

mod capacity;
mod found;
mod ready;
mod refs;

use bench_model::Unit;
use bench_model::assessment::{Amount, AmountUnit, Assessment, AssessmentStatus, LedgerState};
use bench_model::words::{count, thousands};
use serde::Serialize;

use crate::chart::{Radar, Spoke, Theme, radar_svg, scaling_svg};
use crate::scaling::{ScalingView, scaling_view};
use crate::visible::shown;
use crate::{ReportError, Template, render_template};
use refs::{EvidenceRow, Ref, Refs};

/// The template compiled in.
const TEMPLATE: Template<'static> =
    Template { name: "templates/assessment.html", text: include_str!("../../../templates/assessment.html") };

/// Readiness scores end here.
const HIGHEST: f64 = 100.0;

/// The page of an assessment, as one file that needs no network.
///
/// # Errors
/// [`ReportError`] when the template cannot be filled, or a chart cannot be drawn.
pub fn render_assessment(assessment: &Assessment) -> Result<String, ReportError> {
    let page =
        Page { view: AssessmentView::of(assessment), pictures: AssessmentPictures::of(assessment, Theme::Page, PAGE)? };
    render_template(TEMPLATE, &page)
}

/// What the template is given.
#[derive(Debug, Serialize)]
struct Page {
    #[serde(flatten)]
    view: AssessmentView,
    pictures: AssessmentPictures,
}

/// How large pictures are, in pixels: the radar, and the curves.
pub type PictureSizes = ((u32, u32), (u32, u32));

/// Sizes for a page that phones show, too.
const PAGE: PictureSizes = ((520, 420), (560, 360));

/// The pictures of an assessment as SVG.
#[derive(Debug, Serialize)]
pub struct AssessmentPictures {
    /// The readiness scores; absent when there is no category.
    pub radar: Option<String>,
    /// One for each scalability run, in their order; absent for one of which no size was kept.
    pub curves: Vec<Option<String>>,
}

impl AssessmentPictures {
    /// Draws what there is to draw.
    ///
    /// # Errors
    /// [`ReportError::Chart`] when the backend refuses.
    pub fn of(assessment: &Assessment, theme: Theme, (radar, curve): PictureSizes) -> Result<Self, ReportError> {
        let spoke = |readiness: &bench_model::assessment::Readiness| Spoke {
            label: readiness.category.label().to_owned(),
            value: readiness.score.map(bench_model::Finite::get),
            cap: None,
        };
        let spokes: Vec<_> = assessment.readiness.iter().map(spoke).collect();
        let chart = Radar { title: "Readiness by category", most: HIGHEST, floor: 0.0, spokes: &spokes };
        let drawn = |run: &bench_model::assessment::ScalingRun| {
            let some = !run.summary.levels.is_empty();
            some.then(|| scaling_svg(&run.summary, curve, theme)).transpose()
        };
        Ok(Self {
            radar: (!spokes.is_empty()).then(|| radar_svg(&chart, radar, theme)).transpose()?,
            curves: assessment.scaling.iter().map(drawn).collect::<Result<_, _>>()?,
        })
    }
}

/// An assessment in words: every number with its unit, every reference to evidence with its place. Its texts are a stranger's, with
/// nothing in them that a page would obey but markup.
#[derive(Debug, Serialize)]
pub struct AssessmentView {
    subject: String,
    tool: String,
    generated: String,
    status: &'static str,
    class: &'static str,
    summary: String,
    reasons: Vec<String>,
    notes: Vec<String>,
    /// The mean score, and how many categories it is the mean of.
    overall: Option<(String, String)>,
    ledger: LedgerView,
    risks: Vec<found::RiskRow>,
    readiness: Vec<ready::ReadinessView>,
    targets: Vec<ready::TargetRow>,
    components: Vec<ready::ComponentRow>,
    plan: found::PlanView,
    scaling: Vec<RunView>,
    resources: Vec<capacity::ResourceView>,
    economics: capacity::EconomicsView,
    operations: Vec<capacity::OperationsView>,
    forecasts: Vec<capacity::ForecastRow>,
    decisions: Vec<capacity::DecisionRow>,
    recommendations: Vec<found::RecommendationRow>,
    evidence: Vec<EvidenceRow>,
}

/// Whether the ledger can be trusted. What of it was left out is among the assessment's notes.
#[derive(Debug, Serialize)]
struct LedgerView {
    verified: bool,
    empty: bool,
    problem: Option<String>,
    head: String,
    lines: String,
    told: String,
}

/// A scalability run with its evidence.
#[derive(Debug, Serialize)]
struct RunView {
    told: ScalingView,
    evidence: Ref,
}

impl AssessmentView {
    /// Puts an assessment into words.
    pub fn of(assessment: &Assessment) -> Self {
        let refs = Refs::of(&assessment.evidence);
        let texts = |list: &[String]| list.iter().map(|text| shown(text)).collect();
        let (status, class) = match assessment.status {
            AssessmentStatus::Ready => (AssessmentStatus::Ready.label(), "pass"),
            AssessmentStatus::NotReady => (AssessmentStatus::NotReady.label(), "fail"),
            AssessmentStatus::NotAssessed => (AssessmentStatus::NotAssessed.label(), "warn"),
        };
        let overall = assessment.overall.as_ref().map(|overall| {
            let of = format!("the mean of {} of {} categories", overall.measured, overall.of);
            (format!("{:.1} of 100", overall.score.get()), of)
        });
        Self {
            subject: named(&assessment.subject),
            tool: shown(&assessment.tool),
            generated: refs::second(assessment.generated),
            status,
            class,
            summary: shown(&assessment.summary),
            reasons: texts(&assessment.reasons),
            notes: texts(&assessment.notes),
            overall,
            ledger: LedgerView::of(&assessment.ledger),
            risks: assessment.risks.iter().map(|risk| found::risk(risk, &refs)).collect(),
            readiness: assessment.readiness.iter().map(|category| ready::readiness(category, &refs)).collect(),
            targets: assessment.targets.iter().map(|target| ready::target(target, &refs)).collect(),
            components: assessment.components.iter().map(|component| ready::component(component, &refs)).collect(),
            plan: found::plan(&assessment.plan, &refs),
            scaling: assessment
                .scaling
                .iter()
                .map(|run| RunView { told: scaling_view(&run.summary), evidence: refs.one(&run.evidence) })
                .collect(),
            resources: assessment.resources.iter().map(|profile| capacity::resource(profile, &refs)).collect(),
            economics: capacity::economics(&assessment.economics, &refs),
            operations: assessment.operations.iter().map(|table| capacity::operations(table, &refs)).collect(),
            forecasts: assessment.forecasts.iter().map(|forecast| capacity::forecast(forecast, &refs)).collect(),
            decisions: assessment.decisions.iter().map(|decision| capacity::decision(decision, &refs)).collect(),
            recommendations: assessment.recommendations.iter().map(|it| found::recommendation(it, &refs)).collect(),
            evidence: refs.rows(&assessment.evidence),
        }
    }
}

/// A name that heads something.
fn named(text: &str) -> String {
    if text.trim().is_empty() { "(no name)".to_owned() } else { shown(text) }
}

/// An amount as people read it, a whole count with all of its digits.
fn amount(amount: &Amount) -> String {
    let value = amount.value.get();
    match amount.unit {
        AmountUnit::Base(Unit::Count) if value.fract() == 0.0 && (0.0..1e15).contains(&value) => thousands(value),
        AmountUnit::Base(_) | AmountUnit::Money(_) => shown(&amount.to_string()),
    }
}

impl LedgerView {
    fn of(ledger: &LedgerState) -> Self {
        Self {
            verified: ledger.verified,
            empty: ledger.lines == 0,
            problem: ledger.problem.as_ref().map(|bad| format!("line {}: {}", thousands(bad.seq), shown(&bad.problem))),
            head: ledger.head.to_string(),
            lines: count(ledger.lines, "line", "lines"),
            told: format!("{}, {} of them of runs", count(ledger.lines, "line", "lines"), thousands(ledger.runs)),
        }
    }
}
