//! The one comment of a pull request: found by its hidden marker, written again, or created.
//! Must not know: what it says.

use bench_report::comment::{Comment, has_marker};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::routes;
use crate::{Github, GithubError, Operation, Repository};

/// A comment that is on the pull request now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Posted {
    /// Its number.
    pub id: u64,
    /// Its page.
    pub url: String,
    /// What was done.
    pub done: Done,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// There was none.
    Created,
    /// It said something else.
    Updated,
    /// It said the same already.
    Unchanged,
}

#[derive(Deserialize)]
struct Found {
    id: u64,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
pub(crate) struct User {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

/// Updates the comment of a key, or creates it. Nothing is sent when it says the same already.
///
/// A request to create that fails may have created: it is repeated only after the comment was looked for again. Whoever may
/// comment may paste the marker, so a comment counts only when a bot wrote it or the token's own user; another bot's, which
/// GitHub does not let us change, is passed over.
///
/// # Errors
/// [`GithubError`].
pub async fn post_pr_comment(
    github: &mut Github,
    repository: &Repository,
    pull: u64,
    key: &str,
    comment: &Comment,
) -> Result<Posted, GithubError> {
    let mut attempt = 0;
    loop {
        if let Some(posted) = update(github, repository, pull, key, comment).await? {
            // What says the same after an attempt to create is what that created.
            let done = if attempt > 0 { Done::Created } else { posted.done };
            return Ok(Posted { done, ..posted });
        }
        let body = json!({ "body": comment.body });
        match github.post::<Found>(Operation::CreateComment, &routes::comments(repository, pull), &body).await {
            Ok(created) => return Ok(Posted { id: created.id, url: created.html_url, done: Done::Created }),
            Err(trouble) => {
                attempt += 1;
                github.pause(trouble, attempt).await?;
            }
        }
    }
}

/// Updates the comment, if it is there.
async fn update(
    github: &mut Github,
    repository: &Repository,
    pull: u64,
    key: &str,
    comment: &Comment,
) -> Result<Option<Posted>, GithubError> {
    let mut own = Own::Unasked;
    for page in 1.. {
        let path = routes::comments_page(repository, pull, page);
        let found = github.get::<Vec<Found>>(Operation::ListComments, &path).await?;
        for candidate in found.body {
            let body = candidate.body.unwrap_or_default();
            if !has_marker(&body, key) || !own.wrote(github, candidate.user.as_ref()).await? {
                continue;
            }
            if same(&body, &comment.body) {
                return Ok(Some(Posted { id: candidate.id, url: candidate.html_url, done: Done::Unchanged }));
            }
            let path = routes::comment(repository, candidate.id);
            let text = json!({ "body": comment.body });
            match github.patch::<Found>(Operation::UpdateComment, &path, &text).await {
                Ok(updated) => {
                    return Ok(Some(Posted { id: updated.id, url: updated.html_url, done: Done::Updated }));
                }
                // Another's, or deleted since.
                Err(GithubError::Forbidden { .. } | GithubError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if !found.more {
            break;
        }
    }
    Ok(None)
}

/// GitHub keeps neither the kind of line ends nor blanks at the end.
pub(crate) fn same(old: &str, new: &str) -> bool {
    old.trim_end().lines().eq(new.trim_end().lines())
}

/// Who the token belongs to, asked only when a marker stands in what a user wrote.
pub(crate) enum Own {
    Unasked,
    User(String),
    /// The token of a workflow or of an app belongs to no user.
    NoUser,
}

impl Own {
    pub(crate) async fn wrote(&mut self, github: &mut Github, author: Option<&User>) -> Result<bool, GithubError> {
        let Some(author) = author else { return Ok(false) };
        if author.kind == "Bot" {
            return Ok(true);
        }
        if let Self::Unasked = self {
            *self = match github.get::<User>(Operation::FindUser, routes::USER).await {
                Ok(user) => Self::User(user.body.login),
                Err(GithubError::Forbidden { .. } | GithubError::NotFound { .. }) => Self::NoUser,
                Err(error) => return Err(error),
            };
        }
        Ok(match self {
            Self::User(login) => *login == author.login,
            Self::Unasked | Self::NoUser => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_blanks_at_the_end_make_no_difference() {
        assert!(same("a\r\nb", "a\nb\n"));
        assert!(!same("a\nb", "a\nc"));
        assert!(!same("a\nb", "a"));
    }
}
