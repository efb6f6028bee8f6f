//! The audit and the assessment as PDF: PDF/A-3a and PDF/UA-1, tagged, with the record attached inside.
//!
//! Typst sets `templates/audit_report.typ` and `templates/assessment.typ`. Everything from a record reaches it as JSON strings, so that
//! no name can become markup, and the bytes depend on nothing but the arguments: fonts are compiled in, and the date is the record's.
//! Must not know: the ledger, files, or the clock.

mod assessment;
mod charts;
mod legible;
mod view;
mod words;
mod world;

use bench_model::Sha256;
use bench_model::audit::Audit;
use bench_model::time::Timestamp;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst::text::Font;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::Error;
pub use assessment::render_assessment;
use legible::Legible;
use world::Fixed;

/// The name of the audit's template in messages.
const TEMPLATE: &str = "templates/audit_report.typ";

/// A document to be set.
struct Document<'a> {
    /// The template's name in messages, and its text.
    template: (&'a str, &'static str),
    /// What the template reads, by name.
    files: Vec<(String, Vec<u8>)>,
    /// The record that is attached, whose digest the document is known by.
    record: &'a [u8],
    /// The tool that made the record.
    tool: &'a str,
    made: Timestamp,
}

/// Sets an audit as PDF. `audit_json` is attached as it is and ought to be the file that `audit` was read from; equal
/// arguments give equal bytes.
///
/// # Errors
/// [`Error::Pdf`] when the template or a chart cannot be set, or the result would not be PDF/A-3a and PDF/UA-1.
pub fn render(audit: &Audit, audit_json: &[u8]) -> Result<Vec<u8>, Error> {
    let fonts = world::fonts();
    let legible = Legible::new(&fonts);
    let charts = charts::charts(audit, &legible);
    let view = view::view(audit, &charts, &legible).to_string();
    let mut files = vec![("audit.json".to_owned(), audit_json.to_vec()), ("view.json".to_owned(), view.into_bytes())];
    files.extend(charts.into_iter().map(|chart| (chart.file, chart.svg.into_bytes())));
    let template = (TEMPLATE, include_str!("../../../templates/audit_report.typ"));
    let tool = legible.name(&audit.tool);
    document(Document { template, files, record: audit_json, tool: &tool, made: audit.generated }, fonts)
}

/// Sets a document.
fn document(document: Document<'_>, fonts: Vec<Font>) -> Result<Vec<u8>, Error> {
    let made = moment(document.made);
    let (name, text) = document.template;
    let files = document.files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect();
    let world = Fixed::new(text, files, fonts, made);
    let options = PdfOptions {
        ident: Smart::Custom(Sha256::of(document.record).to_string()),
        creator: Smart::Custom(Some(document.tool.to_owned())),
        timestamp: made.map(typst_pdf::Timestamp::new_utc),
        standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
            .map_err(|error| Error::Pdf { messages: vec![error.message().to_string()] })?,
        ..PdfOptions::default()
    };
    set(&world, &options, name)
}

fn set(world: &Fixed, options: &PdfOptions, template: &str) -> Result<Vec<u8>, Error> {
    let Warned { output, .. } = typst::compile::<PagedDocument>(world);
    output.and_then(|document| typst_pdf::pdf(&document, options)).map_err(|problems| Error::Pdf {
        messages: problems.iter().map(|problem| message(world, problem, template)).collect(),
    })
}

/// What typst complains about, with the template's line where it knows one.
fn message(world: &Fixed, problem: &SourceDiagnostic, template: &str) -> String {
    let line = WorldExt::range(world, problem.span)
        .and_then(|range| world.source(world.main()).ok()?.lines().byte_to_line(range.start))
        .map(|line| format!("{template}, line {}: ", line + 1));
    let hints: String = problem.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
    format!("{}{}{hints}", line.unwrap_or_default(), problem.message)
}

/// The same moment as typst's type; a year that typst cannot hold gives none.
fn moment(time: Timestamp) -> Option<Datetime> {
    let text = time.to_string();
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u16>().ok());
    let year = numbers.next()?;
    let mut small = || numbers.next().and_then(|number| u8::try_from(number).ok());
    Datetime::from_ymd_hms(year.into(), small()?, small()?, small()?, small()?, small()?)
}

#[cfg(test)]
mod tests {
    use bench_model::Failure;

    use super::*;

    fn set_alone(template: &str) -> Result<Vec<u8>, Error> {
        let world = Fixed::new(template, std::collections::BTreeMap::new(), world::fonts(), None);
        set(&world, &PdfOptions::default(), TEMPLATE)
    }

    #[test]
    fn what_typst_complains_about_comes_with_code_line_and_hint() {
        let error = set_alone("fine\n#panic(1)").unwrap_err();
        assert_eq!(error.code().as_str(), "CBKB007");
        let text = error.to_string();
        assert!(text.contains("templates/audit_report.typ, line 2: panicked with: 1"), "{text}");
        assert!(!error.hint().is_empty());
    }

    #[test]
    fn a_template_reaches_no_disk_and_no_package() {
        for template in
            ["#read(\"/etc/hostname\")", "#read(\"../../Cargo.toml\")", "#import \"@preview/cetz:0.3.0\": canvas"]
        {
            assert!(set_alone(template).is_err(), "{template}");
        }
    }
}
