//! The assessment as the template shows it: the words of its page, every text legible. Must not know: how pages look.

use bench_model::assessment::Assessment;
use bench_report::assessment::{AssessmentPictures, AssessmentView};
use bench_report::chart::Theme;
use serde_json::{Value, json};

use super::legible::Legible;
use super::{Document, document, world};
use crate::Error;

/// Pixels; a page is about 680 wide where small print has 12.
const RADAR: (u32, u32) = (520, 400);
const CURVE: (u32, u32) = (600, 360);

/// Sets an assessment as PDF. `assessment_json` is attached as it is and ought to be the file that `assessment` was read from; equal
/// arguments give equal bytes.
///
/// # Errors
/// [`Error::Pdf`] when the template or a chart cannot be set, or the result would not be PDF/A-3a and PDF/UA-1.
pub fn render_assessment(assessment: &Assessment, assessment_json: &[u8]) -> Result<Vec<u8>, Error> {
    let fonts = world::fonts();
    let legible = Legible::new(&fonts);
    let assessment = &legible_names(assessment, &legible);
    let failed = |reason: String| Error::Pdf { messages: vec![reason] };
    let pictures =
        AssessmentPictures::of(assessment, Theme::Print, (RADAR, CURVE)).map_err(|it| failed(it.to_string()))?;
    let mut view = serde_json::to_value(AssessmentView::of(assessment)).map_err(|it| failed(it.to_string()))?;
    if let Value::Object(fields) = &mut view {
        fields.insert("radar".into(), pictures.radar.is_some().into());
        fields.insert("radar_alt".into(), json!(radar_alt(assessment)));
        fields.insert("curves".into(), curve_alts(assessment, &pictures));
    }
    spell(&mut view, &legible);
    let mut files = vec![
        ("assessment.json".to_owned(), assessment_json.to_vec()),
        ("view.json".to_owned(), view.to_string().into_bytes()),
    ];
    files.extend(pictures.radar.map(|svg| ("radar.svg".to_owned(), svg.into_bytes())));
    let curves = pictures.curves.into_iter().enumerate();
    files.extend(curves.filter_map(|(index, svg)| Some((format!("curve-{index}.svg"), svg?.into_bytes()))));
    let template = ("templates/assessment.typ", include_str!("../../../../templates/assessment.typ"));
    let tool = legible.name(&assessment.tool);
    document(Document { template, files, record: assessment_json, tool: &tool, made: assessment.generated }, fonts)
}

/// Names that pictures show, as the fonts can show them; whatever else there is, [`spell`] does.
fn legible_names(assessment: &Assessment, legible: &Legible) -> Assessment {
    let mut named = assessment.clone();
    named.subject = legible.name(&named.subject);
    named.tool = legible.name(&named.tool);
    for run in &mut named.scaling {
        run.summary.scenario = legible.name(&run.summary.scenario);
    }
    named
}

/// Makes every text legible.
fn spell(value: &mut Value, legible: &Legible) {
    match value {
        Value::String(text) => *text = legible.text(text),
        Value::Array(items) => items.iter_mut().for_each(|item| spell(item, legible)),
        Value::Object(fields) => fields.values_mut().for_each(|field| spell(field, legible)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn radar_alt(assessment: &Assessment) -> String {
    let score = |it: &bench_model::assessment::Readiness| match it.score {
        Some(score) => format!("{} {:.0}", it.category.label(), score.get()),
        None => format!("{} not measured", it.category.label()),
    };
    format!("Readiness, 0 to 100: {}", assessment.readiness.iter().map(score).collect::<Vec<_>>().join(", "))
}

/// What each curve shows, for those who cannot see it; nothing where there is none.
fn curve_alts(assessment: &Assessment, pictures: &AssessmentPictures) -> Value {
    let alt = |(run, svg): (&bench_model::assessment::ScalingRun, &Option<String>)| {
        let summary = &run.summary;
        let levels = summary.levels.iter();
        let sizes: Vec<_> = levels.map(|level| format!("{}: {:.0}", level.at, level.throughput.value.get())).collect();
        let what = format!("Requests answered per second of {} by {}", summary.scenario, summary.axis);
        svg.as_ref().map(|_| format!("{what}: {}. The table below has every figure.", sizes.join(", ")))
    };
    assessment.scaling.iter().zip(&pictures.curves).map(alt).collect::<Vec<_>>().into()
}
