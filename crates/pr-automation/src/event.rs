//! What an event of GitHub says: repository, commit and pull request.
//!
//! Pull request and commit come from the event alone, never from what was measured: whoever runs code in a fork writes that,
//! and could name another pull request. Webhook payloads: <https://docs.github.com/webhooks/webhook-events-and-payloads>.

use std::path::Path;

use bench_model::Commit;
use bench_model::file::read;
use serde::Deserialize;

use crate::evidence::parsed;
use crate::{Error, Repository};

/// The most that GitHub puts into a payload, in bytes.
const LIMIT: u64 = 25 << 20;

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The repository that it happened in.
    pub repository: Option<Repository>,
    /// The commit at the head of what was measured; absent when the event has none of its own.
    pub commit: Option<Commit>,
    /// Whether `GITHUB_SHA` is the commit: for what is started by hand or by the clock, and for nothing else.
    pub sha_is_commit: bool,
    /// The pull request.
    pub pull: Pull,
    /// The page of the workflow run that measured, when it is another than this one.
    pub run_url: Option<String>,
}

/// Which pull request an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// None.
    None,
    /// The one of a number.
    Number(u64),
    /// The open one of a branch, to be asked for.
    Branch {
        /// Who owns the repository with the branch.
        owner: String,
        /// The branch.
        branch: String,
        /// The commit at its head when it was measured.
        head: Commit,
    },
    /// One whose branch is gone.
    Gone,
}

#[derive(Deserialize)]
struct Payload {
    repository: Option<Base>,
    pull_request: Option<PullRequest>,
    workflow_run: Option<WorkflowRun>,
    merge_group: Option<MergeGroup>,
    /// The file of the workflow, in events that start one directly.
    workflow: Option<String>,
    after: Option<Commit>,
}

#[derive(Deserialize)]
struct Base {
    id: Option<u64>,
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Head,
    base: Option<Side>,
}

#[derive(Deserialize)]
struct Head {
    sha: Commit,
}

#[derive(Deserialize)]
struct Side {
    repo: Option<Base>,
}

#[derive(Deserialize)]
struct WorkflowRun {
    event: String,
    head_sha: Commit,
    head_branch: Option<String>,
    head_repository: Option<HeadRepository>,
    html_url: Option<String>,
    #[serde(default)]
    pull_requests: Option<Vec<Option<PullRequest>>>,
}

#[derive(Deserialize)]
struct HeadRepository {
    id: Option<u64>,
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

#[derive(Deserialize)]
struct MergeGroup {
    head_sha: Commit,
}

/// Reads an event: `pull_request`, `pull_request_target`, `workflow_run`, `merge_group`, `push`, or one without a commit.
///
/// # Errors
/// When the file cannot be read, has more than 25 MiB, or is no event.
pub fn read_event(path: &Path) -> Result<Event, Error> {
    let bytes = read(path, LIMIT).map_err(Error::EventFile)?;
    let payload: Payload = parsed(path, &bytes).map_err(Error::EventFile)?;
    let named = payload.repository.as_ref().and_then(|repository| repository.full_name.as_deref());
    let repository = named.map(str::parse).transpose().map_err(|_| Error::Event { path: path.to_path_buf() })?;
    let event = |commit, pull| Event { repository, commit, sha_is_commit: false, pull, run_url: None };
    Ok(match payload {
        Payload { workflow_run: Some(run), repository, .. } => {
            let (pull, url) = (pull_of(&run, repository.and_then(|repository| repository.id)), run.html_url);
            Event { run_url: url, ..event(Some(run.head_sha), pull) }
        }
        Payload { pull_request: Some(pull), .. } => event(Some(pull.head.sha), Pull::Number(pull.number)),
        Payload { merge_group: Some(group), .. } => event(Some(group.head_sha), Pull::None),
        Payload { after: Some(after), .. } => event(Some(after), Pull::None),
        Payload { workflow, .. } => Event { sha_is_commit: workflow.is_some(), ..event(None, Pull::None) },
    })
}

/// The pull request that a workflow ran for. GitHub lists it unless it comes from a fork; what is listed of a fork's branch, or
/// twice, is asked for.
fn pull_of(run: &WorkflowRun, repository: Option<u64>) -> Pull {
    if !matches!(run.event.as_str(), "pull_request" | "pull_request_target") {
        return Pull::None;
    }
    let from = run.head_repository.as_ref();
    let own = repository.is_some() && from.and_then(|from| from.id) == repository;
    // GitHub also lists pull requests of that branch into other repositories.
    let here = |pull: &&PullRequest| {
        let base = pull.base.as_ref().and_then(|base| base.repo.as_ref()).and_then(|repo| repo.id);
        pull.head.sha == run.head_sha && base.is_some() && base == repository
    };
    let listed: Vec<_> = run.pull_requests.iter().flatten().flatten().filter(here).collect();
    match (listed.as_slice(), from, &run.head_branch) {
        ([pull], ..) if own => Pull::Number(pull.number),
        (_, Some(from), Some(branch)) => {
            Pull::Branch { owner: from.owner.login.clone(), branch: branch.clone(), head: run.head_sha.clone() }
        }
        (_, None, _) | (_, _, None) => Pull::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "1111111111111111111111111111111111111111";
    const OTHER: &str = "2222222222222222222222222222222222222222";

    fn event(payload: serde_json::Value) -> Result<Event, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), payload.to_string()).unwrap();
        read_event(file.path())
    }

    fn workflow_run(listed: serde_json::Value, event_name: &str) -> Pull {
        workflow_run_from(8, listed, event_name)
    }

    fn workflow_run_from(head_repository: u64, listed: serde_json::Value, event_name: &str) -> Pull {
        let payload = serde_json::json!({
            "repository": { "id": 7, "full_name": "a/b" },
            "workflow_run": { "event": event_name, "head_sha": SHA, "head_branch": "x",
                "head_repository": { "id": head_repository, "owner": { "login": "stranger" } }, "pull_requests": listed },
        });
        event(payload).unwrap().pull
    }

    #[test]
    fn a_pull_request_gives_its_number_and_the_head_and_never_the_merge_commit() {
        let payload = serde_json::json!({ "repository": { "full_name": "a/b" }, "after": OTHER,
            "pull_request": { "number": 5, "merge_commit_sha": OTHER, "head": { "sha": SHA } } });
        let event = event(payload).unwrap();
        assert_eq!((event.commit.unwrap().as_str(), event.pull), (SHA, Pull::Number(5)));
        assert!(!event.sha_is_commit);
    }

    #[test]
    fn a_workflow_run_of_a_fork_asks_for_the_branch() {
        let asked = Pull::Branch { owner: "stranger".into(), branch: "x".into(), head: SHA.parse().unwrap() };
        assert_eq!(workflow_run(serde_json::json!([]), "pull_request"), asked);
        let elsewhere = serde_json::json!([{ "number": 9, "head": { "sha": SHA }, "base": { "repo": { "id": 8 } } }]);
        assert_eq!(workflow_run(elsewhere, "pull_request"), asked);
        let older = serde_json::json!([{ "number": 9, "head": { "sha": OTHER }, "base": { "repo": { "id": 7 } } }]);
        assert_eq!(workflow_run(older, "pull_request"), asked);
        for none in [serde_json::json!(null), serde_json::json!([null])] {
            assert_eq!(workflow_run(none, "pull_request"), asked);
        }
    }

    #[test]
    fn what_is_listed_for_a_forks_branch_or_twice_is_asked_for() {
        let pull =
            |number| serde_json::json!({ "number": number, "head": { "sha": SHA }, "base": { "repo": { "id": 7 } } });
        let asked = Pull::Branch { owner: "stranger".into(), branch: "x".into(), head: SHA.parse().unwrap() };
        assert_eq!(workflow_run_from(8, serde_json::json!([pull(9)]), "pull_request"), asked);
        assert_eq!(workflow_run_from(7, serde_json::json!([pull(9), pull(10)]), "pull_request"), asked);
    }

    #[test]
    fn a_workflow_run_that_lists_its_pull_request_needs_no_question() {
        let listed = serde_json::json!([{ "number": 9, "head": { "sha": SHA }, "base": { "repo": { "id": 7 } } }]);
        assert_eq!(workflow_run_from(7, listed.clone(), "pull_request"), Pull::Number(9));
        assert_eq!(workflow_run_from(7, listed, "push"), Pull::None);
    }

    #[test]
    fn a_push_has_a_commit_and_a_start_by_hand_has_none() {
        let push = event(serde_json::json!({ "repository": { "full_name": "a/b" }, "after": SHA })).unwrap();
        assert_eq!((push.commit.unwrap().as_str(), push.pull), (SHA, Pull::None));
        let started = event(serde_json::json!({ "workflow": "x.yml", "inputs": null })).unwrap();
        assert_eq!((started.commit, started.sha_is_commit), (None, true));
        let comment = event(serde_json::json!({ "issue": { "number": 5 } })).unwrap();
        assert_eq!((comment.commit, comment.sha_is_commit), (None, false));
    }

    #[test]
    fn what_a_stranger_may_write_into_an_event_is_refused_or_taken_as_text() {
        assert!(event(serde_json::json!({ "repository": { "full_name": "a/b/../c" } })).is_err());
        assert!(event(serde_json::json!({ "after": "HEAD" })).is_err());
        assert!(event(serde_json::json!([])).is_err());
    }
}
