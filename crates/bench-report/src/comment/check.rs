//! What a check run says.

use bench_model::perf::Report;
use bench_model::verdict::{Judgement, Status};

use super::page::Page;
use super::{CommentContext, TEMPLATE, markdown};
use crate::ReportError;

/// The most bytes of a title.
const TITLE: usize = 255;

/// How a check run is concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// `PASS`.
    Success,
    /// `FAIL`.
    Failure,
    /// `WARN`: branch protection lets it through, as the exit of the judge does, and it is not green.
    Neutral,
}

impl Conclusion {
    /// The word of GitHub's API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
        }
    }
}

/// What a check run says. It has no annotations: GitHub ties each to a path and a line, and a metric has neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckText {
    /// One line of plain text, at most 255 bytes.
    pub title: String,
    /// Markdown, at most `context.limit` bytes.
    pub summary: String,
    /// How it ends.
    pub conclusion: Conclusion,
}

/// The text of a judgement's check run; `context.limit` is [`CHECK_SUMMARY_LIMIT`](super::CHECK_SUMMARY_LIMIT).
///
/// # Errors
/// As [`render_comment`](super::render_comment).
pub fn check_run(
    judgement: &Judgement,
    report: &Report,
    context: &CommentContext<'_>,
) -> Result<CheckText, ReportError> {
    let page = Page { judgement, report, context, template: TEMPLATE, folded: true };
    Ok(CheckText {
        title: title(judgement),
        summary: page.fitted(None)?,
        conclusion: match judgement.status {
            Status::Pass => Conclusion::Success,
            Status::Warn => Conclusion::Neutral,
            Status::Fail => Conclusion::Failure,
        },
    })
}

/// The one line, shortened in the middle, as its end is the status.
fn title(judgement: &Judgement) -> String {
    let fitting = (1..=TITLE).rev().map(|most| markdown::plain(&judgement.summary, most));
    fitting.into_iter().find(|title| title.len() <= TITLE).unwrap_or_default()
}
