//! A judgement as a page of Markdown within a limit. Must not know: what is said of a metric, or in which order.

use bench_model::Sha256;
use bench_model::perf::Report;
use bench_model::verdict::Judgement;
use serde::Serialize;

use super::contents::{Contents, Density, ShownParts};
use super::figures::thousands;
use super::part::largest;
use super::{CommentContext, determine_status_indicator, format_performance_summary, markdown, table};
use crate::{ReportError, Template, render_template};

/// A page to be made.
pub(super) struct Page<'a> {
    pub(super) judgement: &'a Judgement,
    pub(super) report: &'a Report,
    pub(super) context: &'a CommentContext<'a>,
    pub(super) template: Template<'a>,
    /// Whether details are folded.
    pub(super) folded: bool,
}

/// What a template may name; described at the top of `templates/pr_template.md`.
#[derive(Serialize)]
struct Values<'a> {
    line: &'a str,
    indicator: Glance,
    counts: &'a [String],
    links: &'a [String],
    ledger_head: Option<String>,
    folded: bool,
    #[serde(flatten)]
    parts: ShownParts,
}

#[derive(Serialize)]
struct Glance {
    word: &'static str,
    symbol: &'static str,
}

impl Page<'_> {
    /// The page in at most as many bytes as the context permits, `last` as its last line. What does not fit is left out from
    /// the least important on, and a line says so. Violations and regressions are said in fewer words before any is left out.
    pub(super) fn fitted(&self, last: Option<&str>) -> Result<String, ReportError> {
        let line = format_performance_summary(self.judgement);
        let counts = table::counts(self.judgement);
        let context = self.context;
        let links = [("Full report", context.report_url), ("Workflow run", context.run_url)];
        let links: Vec<_> = links.into_iter().filter_map(|(label, url)| markdown::link(label, url?)).collect();
        let ledger_head = self.ledger_head();
        let indicator = determine_status_indicator(self.judgement);
        let made = |contents: &Contents, rows: usize| {
            let values = Values {
                line: &line,
                indicator: Glance { word: indicator.word(), symbol: indicator.symbol() },
                counts: &counts,
                links: &links,
                ledger_head: ledger_head.clone(),
                folded: self.folded,
                parts: contents.shown(rows),
            };
            let mut text = single_spaced(&render_template(self.template, &values)?);
            let ends = [self.left_out(contents, rows), last.map(str::to_owned)];
            text.extend(ends.into_iter().flatten().flat_map(|end| ["\n".to_owned(), end, "\n".to_owned()]));
            Ok(text)
        };
        let fits = |contents: &Contents, least: usize| {
            let within = |rows| made(contents, rows).map(|text| Some(text).filter(|text| text.len() <= context.limit));
            largest(least, contents.len(), within)
        };
        let mut contents = Contents::new(self.judgement, self.report, Density::Full);
        for shorter in [Density::Names(40), Density::Names(24)] {
            if let Some(text) = fits(&contents, contents.kept())? {
                return Ok(text);
            }
            contents = Contents::new(self.judgement, self.report, shorter);
        }
        fits(&contents, 0)?.ok_or_else(|| ReportError::Template {
            name: self.template.name.to_owned(),
            line: None,
            reason: format!("with only the verdict it is longer than {} bytes", thousands(context.limit)),
        })
    }

    /// Follows the words "Ledger head": the head when the text was made, or else the one that the baseline was read from.
    fn ledger_head(&self) -> Option<String> {
        let code = |head: &Sha256| markdown::code(head.as_str(), usize::MAX);
        let before = || Some(format!("before this run {}", code(&self.judgement.baseline.as_ref()?.ledger_head)));
        self.context.ledger_head.map(code).or_else(before)
    }

    fn left_out(&self, contents: &Contents, rows: usize) -> Option<String> {
        let missing = contents.left_out(rows);
        if missing.is_empty() {
            return None;
        }
        let whole = if self.context.report_url.is_some() { "the full report" } else { "`verdict.json`" };
        let limit = thousands(self.context.limit);
        Some(format!("<sub>Left out to stay within {limit} bytes: {}; {whole} has them.</sub>", missing.join(", ")))
    }
}

/// Never more than one empty line in a row, none at the beginning, and one line end at the end.
fn single_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if empty > 0 && !spaced.is_empty() {
            spaced.push('\n');
        }
        empty = 0;
        spaced.extend([line, "\n"]);
    }
    spaced
}
