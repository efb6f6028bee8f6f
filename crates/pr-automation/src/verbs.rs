//! What the verbs do, and the edge to files, the environment and the network that they share.

mod alert;
mod check;
mod dry_run;
mod post;
mod tell;

use std::io::Write;
use std::path::Path;

use bench_cli::Context;
use bench_model::file::{FileError, read};
use bench_model::{Commit, Exit, Failure};
use bench_report::comment::{Annotation, Level};

use crate::cli::{Cli, Verb, Where};
use crate::printing::harmless;
use crate::surroundings::{Surroundings, token};
use crate::token::TOKEN_LIMIT;
use crate::{ApiAddress, Error, Github, GithubError, Limits, Pull, Repository, Token};
use crate::{authenticate_github_api, read_event};

/// GitHub's own API.
const GITHUB: &str = "https://api.github.com";

/// Runs the program.
///
/// # Errors
/// [`Error`] for inputs that cannot be used: exit 2. A failure of GitHub is a warning, unless it is demanded otherwise.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    if context.common().show_settings && context.show_settings(&context.layers(Path::new("."))?)? {
        return Ok(Exit::Done);
    }
    let surroundings = Surroundings::read();
    match cli.verb {
        Verb::Post(options) => post::post(&options, &surroundings, context),
        Verb::Alert(options) => alert::alert_issue(&options, &surroundings, context),
        Verb::Start(options) => check::start(&options, &surroundings, context),
        Verb::Abort(options) => check::abort(&options, &surroundings, context),
    }
}

/// Where on GitHub, as far as anything says it.
struct Target {
    repository: Option<Repository>,
    commit: Option<Commit>,
    /// `None` when nothing speaks of pull requests.
    pull: Option<Pull>,
    run_url: Option<String>,
    api: ApiAddress,
}

impl Target {
    /// A flag wins over the event, and the event over the environment.
    fn resolve(place: &Where, pr: Option<u64>, surroundings: &Surroundings) -> Result<Self, Error> {
        let path = place.event.as_deref().or(surroundings.event.as_deref());
        let event = path.map(read_event).transpose()?;
        let named = match (&place.repo, event.as_ref().and_then(|event| event.repository.as_ref())) {
            (Some(repository), _) | (None, Some(repository)) => Some(repository.clone()),
            (None, None) => {
                let named = surroundings.repository.as_deref().map(str::parse).transpose();
                named.map_err(|reason| Error::Variable { name: "GITHUB_REPOSITORY", reason })?
            }
        };
        // A pull request that a flag names is not what a run by hand or by the clock has checked out.
        let by_hand = pr.is_none() && event.as_ref().is_some_and(|event| event.sha_is_commit);
        let sha = surroundings.sha.as_deref().filter(|_| by_hand).and_then(|sha| sha.parse().ok());
        let own = event.as_ref().and_then(|event| event.commit.clone());
        let api = place.api_url.as_deref().or(surroundings.api_url.as_deref()).unwrap_or(GITHUB);
        Ok(Self {
            repository: named,
            commit: place.sha.clone().or(own).or(sha),
            run_url: event.as_ref().and_then(|event| event.run_url.clone()).or_else(|| surroundings.run_url()),
            pull: pr.map(Pull::Number).or(event.map(|event| event.pull)),
            api: ApiAddress::new(api)?,
        })
    }

    fn repository(&self) -> Result<&Repository, Error> {
        self.repository.as_ref().ok_or(Error::Unknown { what: "repository", flag: "--repo" })
    }

    fn commit(&self) -> Result<&Commit, Error> {
        self.commit.as_ref().ok_or(Error::Unknown { what: "commit", flag: "--sha" })
    }

    /// A client of the API; to be called inside a runtime. The inner failure is GitHub's, and the outer one the user's.
    fn github(&self, token: Result<Token, GithubError>) -> Result<Github, GithubError> {
        authenticate_github_api(&self.api, token?, Limits::default())
    }
}

/// The token, from a file or from the environment. A file that cannot be read is the user's error, and a token that is none
/// is like one that GitHub refuses.
fn read_token(file: Option<&Path>) -> Result<Result<Token, GithubError>, FileError> {
    let text = match file {
        Some(file) => String::from_utf8(read(file, TOKEN_LIMIT)?).unwrap_or_else(|_| "\u{fffd}".into()),
        None => token().unwrap_or_default(),
    };
    Ok(Token::new(text))
}

/// An event loop on this thread.
fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Network)
}

/// Says that GitHub could not be told, to people and to the runner.
fn warn(problem: &GithubError, surroundings: &Surroundings, context: &Context) {
    let text = format!("{} {problem}; {}", problem.code(), problem.hint());
    context.warn(harmless(&text));
    let title = "perfledger could not tell GitHub".to_owned();
    command(&Annotation { level: Level::Warning, title, message: text }, surroundings);
}

/// Hands an annotation to the runner, which reads both streams; without one nobody wants it.
fn command(annotation: &Annotation, surroundings: &Surroundings) {
    if surroundings.actions {
        drop(writeln!(std::io::stderr().lock(), "{annotation}"));
    }
}
