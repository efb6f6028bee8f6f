//! The page of one run: `report.html`.
//! It copies what the records say. Must not know: how a verdict is reached, files, or the clock.

mod cards;
mod charts;
mod gate;
mod grounds;
mod head;
mod load;
mod rows;
mod samples;
mod scale;
pub mod trend;
mod words;
mod work;

use bench_model::Sha256;
use bench_model::ledger::Baseline;
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::Judgement;
use serde::Serialize;

use crate::{ReportError, Template, render_template};

/// The template that is compiled in.
const TEMPLATE: Template<'static> = Template {
    name: "templates/performance_report.html",
    text: include_str!("../../../templates/performance_report.html"),
};

/// A file that the page was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageFile {
    /// Its name, such as `perf.json`.
    pub name: String,
    /// The digest of its bytes.
    pub sha256: Sha256,
}

/// What the page of a run is made from.
#[derive(Debug, Clone, Copy)]
pub struct ReportPage<'a> {
    /// `perf.json`.
    pub report: &'a Report,
    /// `verdict.json`.
    pub judgement: &'a Judgement,
    /// `baseline.json`: without it there is no history to draw.
    pub baseline: Option<&'a Baseline>,
    /// `run.json`: without it only the rounds' values are drawn, and not their samples.
    pub run: Option<&'a Run>,
    /// The ledger's head after this run was recorded.
    pub ledger_head: Option<&'a Sha256>,
    /// The files that all this was read from, with their digests.
    pub files: &'a [PageFile],
}

/// What the template sees.
#[derive(Debug, Serialize)]
struct View {
    head: head::Head,
    load: Option<load::LoadView>,
    scale: Option<scale::ScaleView>,
    work: Option<work::WorkView>,
    gate: Option<gate::GateView>,
    rows: Vec<rows::Row>,
    /// Metrics that nobody must look at, in a folded table of their own where there are many.
    quiet: Vec<rows::Row>,
    cards: cards::Cards,
    environment: Vec<words::Fact>,
    grounds: grounds::Grounds,
    integrity: grounds::Integrity,
}

/// Writes the page of a run as one HTML document that needs nothing else, with `template` instead of the one compiled in.
///
/// # Errors
/// [`ReportError::Template`] when the template cannot be filled, [`ReportError::Chart`] when a chart cannot be drawn.
pub fn report_page(page: &ReportPage<'_>, template: Option<Template<'_>>) -> Result<String, ReportError> {
    let (rows, quiet) = rows::rows(page);
    let view = View {
        head: head::head(page),
        load: load::load(page)?,
        scale: scale::scale(page)?,
        work: work::work(page),
        gate: gate::gate(page),
        rows,
        quiet,
        cards: cards::cards(page)?,
        environment: grounds::environment(page),
        grounds: grounds::grounds(page),
        integrity: grounds::integrity(page),
    };
    render_template(template.unwrap_or(TEMPLATE), &view)
}
