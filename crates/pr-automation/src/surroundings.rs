//! What the environment of a workflow says, read once, at the edge.

use std::ffi::OsString;
use std::path::PathBuf;

/// Variables that GitHub Actions sets, as they stand. An empty one counts as not set.
pub(crate) struct Surroundings {
    pub(crate) event: Option<PathBuf>,
    pub(crate) repository: Option<String>,
    /// On a pull request this is a merge commit that nobody pushed: it is used for no event that names its own.
    pub(crate) sha: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) summary: Option<PathBuf>,
    pub(crate) server_url: Option<String>,
    pub(crate) run_id: Option<String>,
    /// Whether a runner reads what is printed and obeys the commands in it.
    pub(crate) actions: bool,
}

impl Surroundings {
    pub(crate) fn read() -> Self {
        Self::from(|name| std::env::var_os(name))
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        Self {
            event: set("GITHUB_EVENT_PATH").map(PathBuf::from),
            repository: text("GITHUB_REPOSITORY"),
            sha: text("GITHUB_SHA"),
            api_url: text("GITHUB_API_URL"),
            summary: set("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            server_url: text("GITHUB_SERVER_URL"),
            run_id: text("GITHUB_RUN_ID"),
            actions: text("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
        }
    }

    /// The page of this workflow run.
    pub(crate) fn run_url(&self) -> Option<String> {
        let (server, repository, run) = (self.server_url.as_ref()?, self.repository.as_ref()?, self.run_id.as_ref()?);
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    }
}

/// The token in the environment, taken apart from the rest so that it is in no other type.
pub(crate) fn token() -> Option<String> {
    std::env::var("GITHUB_TOKEN").ok()
}
