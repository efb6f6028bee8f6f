//! The one issue about runs that fail: found by its hidden marker, opened, written again, or closed.
//! Must not know: what it says.

use bench_report::comment::{ALERT_LABELS, Alert, alert_key, has_marker};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::comment::{Own, User, same};
use crate::routes;
use crate::{Github, GithubError, Operation, Repository};

/// What became of the issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "done")]
pub enum Alerted {
    /// Something fails now, and nothing did.
    Opened {
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
    },
    /// Something still fails, and it says what.
    Updated {
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
    },
    /// It says so already.
    Unchanged {
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
    },
    /// Nothing fails any more.
    Closed {
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
    },
    /// Nothing fails, and there is no issue.
    Nothing,
}

#[derive(Deserialize)]
struct Found {
    number: u64,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<User>,
    /// GitHub lists pull requests among issues.
    #[serde(default)]
    pull_request: Option<serde_json::Value>,
}

/// Opens, writes again, or closes the issue of a key.
///
/// A request to open that fails may have opened: it is repeated only after the issue was looked for again. Whoever may open issues
/// may paste the marker, so one counts only when a bot wrote it or the token's own user.
///
/// # Errors
/// [`GithubError`].
pub async fn post_alert(
    github: &mut Github,
    repository: &Repository,
    key: &str,
    alert: &Alert,
) -> Result<Alerted, GithubError> {
    let mut attempt = 0;
    loop {
        let found = find(github, repository, &alert_key(key)).await?;
        match (found, alert.failing) {
            (None, 0) => return Ok(Alerted::Nothing),
            (Some(issue), 0) => return close(github, repository, issue, alert).await,
            (Some(issue), _) => return update(github, repository, issue, alert, attempt > 0).await,
            (None, _) => {
                let body = json!({ "title": alert.title, "body": alert.body, "labels": ALERT_LABELS });
                match github.post::<Found>(Operation::OpenIssue, &routes::issues(repository), &body).await {
                    Ok(issue) => return Ok(Alerted::Opened { number: issue.number, url: issue.html_url }),
                    Err(trouble) => {
                        attempt += 1;
                        github.pause(trouble, attempt).await?;
                    }
                }
            }
        }
    }
}

async fn find(github: &mut Github, repository: &Repository, key: &str) -> Result<Option<Found>, GithubError> {
    let mut own = Own::Unasked;
    for page in 1.. {
        let path = routes::issues_page(repository, &ALERT_LABELS.join(","), page);
        let found = github.get::<Vec<Found>>(Operation::FindIssue, &path).await?;
        for issue in found.body {
            let is_it = issue.pull_request.is_none() && has_marker(issue.body.as_deref().unwrap_or_default(), key);
            if is_it && own.wrote(github, issue.user.as_ref()).await? {
                return Ok(Some(issue));
            }
        }
        if !found.more {
            break;
        }
    }
    Ok(None)
}

async fn update(
    github: &mut Github,
    repository: &Repository,
    issue: Found,
    alert: &Alert,
    just_opened: bool,
) -> Result<Alerted, GithubError> {
    let Found { number, html_url: url, .. } = issue;
    if same(issue.body.as_deref().unwrap_or_default(), &alert.body) && issue.title == alert.title {
        return Ok(if just_opened { Alerted::Opened { number, url } } else { Alerted::Unchanged { number, url } });
    }
    let body = json!({ "title": alert.title, "body": alert.body });
    github.patch::<Found>(Operation::UpdateIssue, &routes::issue(repository, number), &body).await?;
    Ok(Alerted::Updated { number, url })
}

/// Says why, and closes. When only saying fails, it is closed all the same: the next run would say it again.
async fn close(
    github: &mut Github,
    repository: &Repository,
    issue: Found,
    alert: &Alert,
) -> Result<Alerted, GithubError> {
    let Found { number, html_url: url, .. } = issue;
    let body = json!({ "state": "closed", "state_reason": "completed" });
    github.patch::<Found>(Operation::UpdateIssue, &routes::issue(repository, number), &body).await?;
    let text = json!({ "body": alert.closing });
    let path = routes::comments(repository, number);
    if let Err(trouble) = github.post::<serde_json::Value>(Operation::CommentIssue, &path, &text).await {
        tracing::warn!("{}", trouble.error);
    }
    Ok(Alerted::Closed { number, url })
}
