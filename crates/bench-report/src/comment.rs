//! What a pull request shows: the comment, the job summary, the check run's text and the annotations.
//!
//! Owns: the order of what people read, what is cut when there is too much, GitHub's limits of length, and the escaping of
//! names in Markdown. The verdict is copied word for word.
//! Must not know: the network, tokens, files, or how anything was judged.

mod alert;
mod annotation;
mod check;
mod contents;
mod facts;
mod figures;
mod indicator;
mod load;
pub(crate) mod markdown;
mod marker;
mod page;
mod part;
mod table;

use bench_model::Sha256;
use bench_model::perf::Report;
use bench_model::verdict::Judgement;

pub use alert::{ALERT_LABELS, Alert, AlertContext, alert, alert_key};
pub use annotation::{Annotation, Level, annotations};
pub use check::{CheckText, Conclusion, check_run};
pub use indicator::{Indicator, determine_status_indicator};
pub use marker::{has_marker, marker};

use crate::{ReportError, Template};
use page::Page;

/// The template that is compiled in.
const TEMPLATE: Template<'static> =
    Template { name: "templates/pr_template.md", text: include_str!("../../../templates/pr_template.md") };

/// The most that a comment may hold. GitHub speaks of 65,536 characters without saying which; bytes of UTF-8 are never fewer
/// than characters or UTF-16 units, so a text of as many bytes passes whichever is meant.
pub const COMMENT_LIMIT: usize = 65_536;

/// The most that a step's job summary may hold, in bytes: 1024 KiB. GitHub drops a larger one whole.
pub const SUMMARY_LIMIT: usize = 1_048_576;

/// The most that a check run's summary may hold, in bytes of UTF-8: see [`COMMENT_LIMIT`].
pub const CHECK_SUMMARY_LIMIT: usize = 65_535;

/// What a record does not say.
#[derive(Debug, Clone, Copy)]
pub struct CommentContext<'a> {
    /// Tells apart the comments of one pull request, such as `default`; any text.
    pub key: &'a str,
    /// Where the full report can be had.
    pub report_url: Option<&'a str>,
    /// The workflow run that measured.
    pub run_url: Option<&'a str>,
    /// The ledger's head when the text was made. Without one, that which the baseline was read from is shown, and called so.
    pub ledger_head: Option<&'a Sha256>,
    /// The most that the text may hold, in bytes of UTF-8: [`COMMENT_LIMIT`], [`SUMMARY_LIMIT`] or [`CHECK_SUMMARY_LIMIT`].
    pub limit: usize,
}

/// A comment, ready to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its Markdown: the performance line first, the marker last.
    pub body: String,
    /// The line that finds it again, as [`marker()`] makes it and [`has_marker`] looks for it.
    pub marker: String,
}

/// The one line, such as `Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]`, as Markdown: what the judge
/// wrote, with whatever a name could do to a page taken away. It ends with the status.
pub fn format_performance_summary(judgement: &Judgement) -> String {
    let status = format!("[{}]", judgement.status);
    let line = judgement.summary.trim_end();
    // A pair of brackets is no link where nothing defines one, and names have theirs escaped.
    format!("{} {status}", markdown::prose(line.strip_suffix(&status).unwrap_or(line)).trim_end())
}

/// The comment of a judgement, in at most `context.limit` bytes. Without a template of the user's own it is
/// `templates/pr_template.md`.
///
/// # Errors
/// [`ReportError::Template`] when the template cannot be filled, leaves out the verdict's line, or does not fit the limit with
/// only the verdict in it.
pub fn render_comment(
    judgement: &Judgement,
    report: &Report,
    context: &CommentContext<'_>,
    template: Option<Template<'_>>,
) -> Result<Comment, ReportError> {
    let marker = marker(context.key);
    let page = Page { judgement, report, context, template: template.unwrap_or(TEMPLATE), folded: true };
    let body = page.fitted(Some(&marker))?;
    if !body.contains(&format_performance_summary(judgement)) {
        let reason = "what it makes does not hold `{{ line }}`, the verdict, as it is".to_owned();
        return Err(ReportError::Template { name: page.template.name.to_owned(), line: None, reason });
    }
    Ok(Comment { body, marker })
}

/// The job summary of a judgement: the same with everything unfolded, and without a marker.
///
/// # Errors
/// As [`render_comment`].
pub fn render_summary(
    judgement: &Judgement,
    report: &Report,
    context: &CommentContext<'_>,
) -> Result<String, ReportError> {
    Page { judgement, report, context, template: TEMPLATE, folded: false }.fitted(None)
}
