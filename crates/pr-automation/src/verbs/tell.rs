//! Telling GitHub: the check run, then the comment, and what became of each.
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

/// Tells. What fails keeps nothing else from being told, but for a token that is refused. The check run, which may hold up a
/// merge, comes before the comment, so that a slow one does not take its time.
pub(super) async fn tell(github: &mut Github, task: &Task<'_>) -> Told {
    let mut told = Told::default();
    match find_pull(github, task.repository, task.pull).await {
        Ok(pull) => (told.pull, told.stale) = (pull, pull.is_none() && *task.pull != Pull::None),
        Err(problem) => told.comment_problem = Some(problem),
    }
    if !refused(told.comment_problem.as_ref()) {
        conclude(github, task, &mut told).await;
    }
    if let Some(pull) = told.pull {
        let posted = match told.check_problem.take_if(|problem| refused(Some(problem))) {
            Some(problem) => Err(problem),
            None => post_pr_comment(github, task.repository, pull, task.key, &task.texts.comment).await,
        };
        match posted {
            Ok(posted) => told.comment = Some(posted),
            Err(problem) => told.comment_problem = Some(problem),
        }
    }
    told
}

fn refused(problem: Option<&GithubError>) -> bool {
    matches!(problem, Some(GithubError::Unauthorized { .. }))
}

async fn conclude(github: &mut Github, task: &Task<'_>, told: &mut Told) {
    let Some(check) = &task.check else { return };
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
