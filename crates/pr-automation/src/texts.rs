//! Every text that is posted, made before anything is.
//! Must not know: GitHub's API, files, or the clock.

use bench_model::Sha256;
use bench_report::comment::{
    Annotation, CHECK_SUMMARY_LIMIT, COMMENT_LIMIT, CheckText, Comment, CommentContext, annotations, check_run,
    format_performance_summary, render_comment, render_summary,
};
use bench_report::{ReportError, Template};

use crate::Evidence;

/// What the record does not say.
pub(crate) struct Around<'a> {
    pub(crate) key: &'a str,
    pub(crate) report_url: Option<&'a str>,
    pub(crate) run_url: Option<&'a str>,
    pub(crate) ledger_head: Option<&'a Sha256>,
    pub(crate) template: Option<Template<'a>>,
    /// The most that the job summary may have, in bytes.
    pub(crate) summary_room: usize,
}

/// Every text that is posted.
pub(crate) struct Texts {
    /// The comment's one line.
    pub(crate) line: String,
    pub(crate) comment: Comment,
    pub(crate) check: CheckText,
    pub(crate) summary: String,
    pub(crate) annotations: Vec<Annotation>,
}

impl Texts {
    pub(crate) fn make(evidence: &Evidence, around: &Around<'_>) -> Result<Self, ReportError> {
        let Evidence { judgement, report } = evidence;
        let context = |limit| CommentContext {
            key: around.key,
            report_url: around.report_url,
            run_url: around.run_url,
            ledger_head: around.ledger_head,
            limit,
        };
        Ok(Self {
            line: format_performance_summary(judgement),
            comment: render_comment(judgement, report, &context(COMMENT_LIMIT), around.template)?,
            check: check_run(judgement, report, &context(CHECK_SUMMARY_LIMIT))?,
            summary: render_summary(judgement, report, &context(around.summary_room))?,
            annotations: annotations(judgement),
        })
    }
}
