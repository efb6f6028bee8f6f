//! Telling GitHub: the comment, then the check run, and what became of each.
//! Must not know: files, or how it is printed.

use crate::texts::Texts;
use crate::{Check, CheckOutput, Github, GithubError, Posted, Pull, Repository};
use crate::{conclude_check, find_pull, post_pr_comment};

/// What is told, and where.
pub(super) struct Task<'a> {
    pub(super) texts: &'a Texts,
    pub(super) key: &'a str,
    pub(super) pull: &'a Pull,
    pub(super) repository: &'a Repository,
    pub(super) check: Option<Check<'a>>,
    pub(super) check_id: Option<u64>,
    pub(super) external_id: &'a str,
}

/// What became of it.
#[derive(Default)]
pub(super) struct Told {
    /// No open pull request has the commit at its head.
    pub(super) stale: bool,
    pub(super) pull: Option<u64>,
    pub(super) comment: Option<Posted>,
    pub(super) check: Option<u64>,
    pub(super) comment_problem: Option<GithubError>,
    pub(super) check_problem: Option<GithubError>,
}

/// Tells. What fails keeps nothing else from being told, but for a token that is refused.
pub(super) async fn tell(github: &mut Github, task: &Task<'_>) -> Told {
    let mut told = Told::default();
    match comment(github, task, &mut told).await {
        Ok(posted) => told.comment = posted,
        Err(problem @ GithubError::Unauthorized { .. }) => {
            told.comment_problem = Some(problem);
            return told;
        }
        Err(problem) => told.comment_problem = Some(problem),
    }
    if let Some(check) = &task.check {
        let text = &task.texts.check;
        let output = CheckOutput {
            conclusion: text.conclusion.as_str(),
            title: &text.title,
            summary: &text.summary,
            external_id: task.external_id,
        };
        // What is over gets no new check run, but one that was begun is not left open.
        match conclude_check(github, check, &output, task.check_id, told.stale).await {
            Ok(id) => told.check = id,
            Err(problem) => told.check_problem = Some(problem),
        }
    }
    told
}

async fn comment(github: &mut Github, task: &Task<'_>, told: &mut Told) -> Result<Option<Posted>, GithubError> {
    told.pull = find_pull(github, task.repository, task.pull).await?;
    let Some(pull) = told.pull else {
        told.stale = *task.pull != Pull::None;
        return Ok(None);
    };
    post_pr_comment(github, task.repository, pull, task.key, &task.texts.comment).await.map(Some)
}
