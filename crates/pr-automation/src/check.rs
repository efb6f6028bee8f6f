//! The check run of a commit: begun before measuring, and always concluded.
//! Must not know: what it says.

use bench_model::Commit;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::routes;
use crate::{Github, GithubError, Operation, Repository};

/// Which check run is meant.
#[derive(Debug, Clone, Copy)]
pub struct Check<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The commit that it stands at.
    pub commit: &'a Commit,
    /// Its name, which branch protection goes by.
    pub name: &'a str,
    /// The page that it links to.
    pub details_url: Option<&'a str>,
}

/// What a finished check run says.
#[derive(Debug, Clone, Copy)]
pub struct CheckOutput<'a> {
    /// A word of GitHub's API, such as `success`.
    pub conclusion: &'a str,
    /// One line of plain text.
    pub title: &'a str,
    /// Markdown.
    pub summary: &'a str,
    /// Finds the check run again when an attempt to create it was cut off, such as the id of a run.
    pub external_id: &'a str,
}

#[derive(Deserialize)]
struct Found {
    id: u64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    check_runs: Vec<Found>,
}

impl Check<'_> {
    /// What GitHub needs to know of a check run that it does not know yet.
    fn with(&self, mut body: Value) -> Value {
        if let Value::Object(body) = &mut body {
            body.insert("name".into(), self.name.into());
            body.insert("head_sha".into(), self.commit.as_str().into());
        }
        self.linked(body)
    }

    fn linked(&self, mut body: Value) -> Value {
        if let (Value::Object(body), Some(url)) = (&mut body, self.details_url) {
            body.insert("details_url".into(), url.into());
        }
        body
    }

    /// The check run of this name that is not finished, or the finished one of an external id.
    async fn find(&self, github: &mut Github, external_id: Option<&str>) -> Result<Option<u64>, GithubError> {
        let path = routes::checks_of(self.repository, self.commit, self.name);
        let found = github.get::<Page>(Operation::FindCheck, &path).await?.body.check_runs;
        let is_it = |run: &&Found| {
            run.status != "completed" || (external_id.is_some() && run.external_id.as_deref() == external_id)
        };
        Ok(found.iter().find(is_it).map(|run| run.id))
    }

    async fn update(&self, github: &mut Github, id: u64, body: &Value) -> Result<u64, GithubError> {
        let path = routes::check(self.repository, id);
        let updated: Found = github.patch(Operation::UpdateCheck, &path, &self.linked(body.clone())).await?;
        Ok(updated.id)
    }

    /// One attempt; `None` when it failed and another makes sense.
    async fn create(&self, github: &mut Github, body: Value, attempt: &mut u32) -> Result<Option<u64>, GithubError> {
        let path = routes::checks(self.repository);
        match github.post::<Found>(Operation::CreateCheck, &path, &self.with(body)).await {
            Ok(created) => Ok(Some(created.id)),
            Err(trouble) => {
                *attempt += 1;
                github.pause(trouble, *attempt).await?;
                Ok(None)
            }
        }
    }
}

/// Concludes a check run that is in progress, and returns its id: the one of `id`, or without one the first of this name.
/// `None`, and nothing is changed, when there is none, or when it is concluded already: what a verdict said stays.
///
/// # Errors
/// [`GithubError`].
pub async fn abort_check(
    github: &mut Github,
    check: &Check<'_>,
    output: &CheckOutput<'_>,
    id: Option<u64>,
) -> Result<Option<u64>, GithubError> {
    if let Some(id) = id {
        match github.get::<Found>(Operation::FindCheck, &routes::check(check.repository, id)).await {
            Ok(found) if found.body.status == "completed" => return Ok(None),
            // One that is not there, or that we may not see, is looked for by its name.
            Ok(_) | Err(GithubError::Forbidden { .. } | GithubError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    conclude_check(github, check, output, id, true).await
}

/// Makes a check run in progress, or takes the one that an earlier attempt left, and returns its id.
///
/// # Errors
/// [`GithubError`].
pub async fn start_check(github: &mut Github, check: &Check<'_>) -> Result<u64, GithubError> {
    let mut attempt = 0;
    loop {
        if let Some(id) = check.find(github, None).await? {
            return Ok(id);
        }
        let output = json!({ "title": "Measuring", "summary": "The benchmarks are running." });
        let body = json!({ "status": "in_progress", "output": output });
        if let Some(id) = check.create(github, body, &mut attempt).await? {
            return Ok(id);
        }
    }
}

/// Concludes a check run, and returns its id: the one of `id`, whatever it said before; without one, that which is in progress;
/// and without that a new one, unless `only_begun` says that there must be one already.
///
/// # Errors
/// [`GithubError`].
pub async fn conclude_check(
    github: &mut Github,
    check: &Check<'_>,
    output: &CheckOutput<'_>,
    id: Option<u64>,
    only_begun: bool,
) -> Result<Option<u64>, GithubError> {
    let text = json!({ "title": output.title, "summary": output.summary });
    let body = json!({
        "status": "completed", "conclusion": output.conclusion, "external_id": output.external_id, "output": text,
    });
    // A check run that GitHub does not let us change is another app's of the same name, or gone.
    let mut refused = None;
    if let Some(id) = id {
        match check.update(github, id, &body).await {
            Err(error @ (GithubError::Forbidden { .. } | GithubError::NotFound { .. })) => refused = Some(error),
            concluded => return concluded.map(Some),
        }
    }
    let mut attempt = 0;
    loop {
        let ours = (attempt > 0).then_some(output.external_id);
        if let Some(id) = check.find(github, ours).await? {
            match check.update(github, id, &body).await {
                Err(error @ (GithubError::Forbidden { .. } | GithubError::NotFound { .. })) => refused = Some(error),
                concluded => return concluded.map(Some),
            }
        }
        if only_begun {
            return refused.map_or(Ok(None), Err);
        }
        if let Some(id) = check.create(github, body.clone(), &mut attempt).await? {
            return Ok(Some(id));
        }
    }
}
