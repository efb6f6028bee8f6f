//! The client of GitHub's API: one request after another, none for longer than the limits say, none again before GitHub
//! wants it, and no word of the token.
//! Must not know: comments, check runs, or what they say.

mod error;
mod limits;
mod operation;

use std::time::{Duration, Instant, SystemTime};

use bench_cli::printable;
use octocrab::Octocrab;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::GithubError;
pub(crate) use limits::Again;
use limits::LimitHeaders;
pub use limits::Limits;
pub use operation::Operation;

use crate::{ApiAddress, Token};

/// How much of what GitHub says is shown.
const SAID: usize = 600;

/// GitHub's API, as one token may use it.
pub struct Github {
    client: Octocrab,
    token: Token,
    limits: Limits,
    /// Time that requests were under way.
    spent: Duration,
    /// Time between requests.
    waited: Duration,
}

/// A request that failed, and whether to try again.
pub(crate) struct Trouble {
    pub(crate) error: GithubError,
    pub(crate) again: Again,
}

/// An answer with a status that says yes.
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    /// Whether another page follows.
    pub(crate) more: bool,
}

/// What a request does, with what it sends.
enum Method<'a> {
    Get,
    Post(&'a serde_json::Value),
    Patch(&'a serde_json::Value),
}

/// A client that shows GitHub a token. No request is made yet, so a token that GitHub refuses is found out by the first one.
/// Wants a tokio runtime to run in.
///
/// # Errors
/// [`GithubError::Client`] when there are no certificates to know GitHub by.
pub fn authenticate_github_api(address: &ApiAddress, token: Token, limits: Limits) -> Result<Github, GithubError> {
    let client = Octocrab::builder()
        .personal_token(token.secret())
        .base_uri(address.as_str())
        .and_then(|builder| builder.build())
        .map_err(|error| GithubError::Client { reason: said(&token, &chain(&error)) })?;
    Ok(Github { client, token, limits, spent: Duration::ZERO, waited: Duration::ZERO })
}

impl Github {
    /// Reads; tried again where that may help.
    pub(crate) async fn get<T: DeserializeOwned>(
        &mut self,
        doing: Operation,
        path: &str,
    ) -> Result<Answer<T>, GithubError> {
        self.repeated(doing, path, &Method::Get).await
    }

    /// Changes; tried again where that may help, for the same change twice is one.
    pub(crate) async fn patch<T: DeserializeOwned>(
        &mut self,
        doing: Operation,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, GithubError> {
        let body = json(doing, body)?;
        Ok(self.repeated(doing, path, &Method::Patch(&body)).await?.body)
    }

    /// Creates, and tries once only: who creates has to look whether it is there before trying again.
    pub(crate) async fn post<T: DeserializeOwned>(
        &mut self,
        doing: Operation,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        let body = json(doing, body).map_err(|error| Trouble { error, again: Again::No })?;
        match self.once(doing, path, &Method::Post(&body)).await {
            Ok(answer) => Ok(answer.body),
            Err(Trouble { error, again }) if error.is_open() => {
                Err(Trouble { again: again.settled(&self.limits), error })
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Waits before attempt `attempt + 1`.
    ///
    /// # Errors
    /// The trouble's own error when there is no point in another attempt, or no time for it.
    pub(crate) async fn pause(&mut self, trouble: Trouble, attempt: u32) -> Result<(), GithubError> {
        let Some(pause) = trouble.again.pause(&self.limits, attempt) else { return Err(trouble.error) };
        if self.waited + pause > self.limits.waiting {
            return Err(trouble.error);
        }
        tracing::info!("{}; trying again in {} ms", trouble.error, pause.as_millis());
        tokio::time::sleep(pause).await;
        self.waited += pause;
        Ok(())
    }

    async fn repeated<T: DeserializeOwned>(
        &mut self,
        doing: Operation,
        path: &str,
        method: &Method<'_>,
    ) -> Result<Answer<T>, GithubError> {
        let mut attempt = 0;
        loop {
            match self.once(doing, path, method).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => {
                    attempt += 1;
                    self.pause(trouble, attempt).await?;
                }
            }
        }
    }

    /// A single request, for no longer than there is time.
    async fn once<T: DeserializeOwned>(
        &mut self,
        doing: Operation,
        path: &str,
        method: &Method<'_>,
    ) -> Result<Answer<T>, Trouble> {
        let time = self.limits.request.min(self.limits.api_time.saturating_sub(self.spent));
        if time.is_zero() {
            return Err(Trouble { error: GithubError::TooSlow { doing }, again: Again::No });
        }
        let began = Instant::now();
        let answer = tokio::time::timeout(time, self.exchange(path, method)).await;
        let took = began.elapsed();
        self.spent += took;
        let name = match method {
            Method::Get => "GET",
            Method::Post(_) => "POST",
            Method::Patch(_) => "PATCH",
        };
        tracing::debug!("{name} {path} took {} ms", took.as_millis());
        match answer {
            Err(_) => Err(Trouble { error: GithubError::TooSlow { doing }, again: Again::Soon }),
            Ok(Err(error)) => Err(self.trouble(doing, error)),
            Ok(Ok((body, more))) => match serde_json::from_str(&body) {
                Ok(body) => Ok(Answer { body, more }),
                Err(error) => {
                    let reason = said(&self.token, &error.to_string());
                    Err(Trouble { error: GithubError::Answer { doing, reason }, again: Again::No })
                }
            },
        }
    }

    /// The body of an answer that says yes, and whether another page follows.
    async fn exchange(&self, path: &str, method: &Method<'_>) -> octocrab::Result<(String, bool)> {
        let response = match method {
            Method::Get => self.client._get(path).await,
            Method::Post(body) => self.client._post(path, Some(body)).await,
            Method::Patch(body) => self.client._patch(path, Some(body)).await,
        }?;
        let response = octocrab::map_github_error(response).await?;
        let link = response.headers().get("link").and_then(|link| link.to_str().ok());
        let more = link.is_some_and(|link| link.contains("rel=\"next\""));
        Ok((self.client.body_to_string(response).await?, more))
    }

    fn trouble(&self, doing: Operation, error: octocrab::Error) -> Trouble {
        let octocrab::Error::GitHub { source: error, .. } = error else {
            let reason = match &error {
                octocrab::Error::Service { source, .. } => chain(source.as_ref()),
                error => chain(error),
            };
            let reason = said(&self.token, &reason);
            return Trouble { error: GithubError::Unreachable { doing, reason }, again: Again::Soon };
        };
        let number = |name: &str| {
            let header = error.headers.as_ref().and_then(|headers| headers.get(name));
            header.and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse::<u64>().ok())
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let headers = LimitHeaders {
            retry_after: number("retry-after"),
            remaining: number("x-ratelimit-remaining"),
            reset_in: number("x-ratelimit-reset").map(|reset| reset.saturating_sub(now)),
            message: &error.message,
        };
        let status = error.status_code.as_u16();
        let again = Again::after(status, headers);
        let details = error.errors.iter().flatten().map(|detail| format!("; {detail}"));
        let text = said(&self.token, &format!("{}{}", error.message, details.collect::<String>()));
        let error = match (status, again) {
            (401, _) => GithubError::Unauthorized { doing, said: text },
            (403 | 429, Again::After(asked)) => GithubError::Limited { doing, seconds: Some(asked.as_secs()) },
            (429, _) => GithubError::Limited { doing, seconds: None },
            (403, _) => GithubError::Forbidden { doing, said: text },
            (404, _) => GithubError::NotFound { doing },
            (500.., _) => GithubError::Server { doing, status },
            _ => GithubError::Refused { doing, status, said: text },
        };
        Trouble { error, again }
    }
}

fn json(doing: Operation, body: &impl Serialize) -> Result<serde_json::Value, GithubError> {
    serde_json::to_value(body).map_err(|error| GithubError::Answer { doing, reason: error.to_string() })
}

/// What somebody else said, cut, and safe to print.
fn said(token: &Token, text: &str) -> String {
    let text = printable(&token.hide(text));
    match text.char_indices().nth(SAID) {
        Some((at, _)) => text.get(..at).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// An error with what caused it, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
