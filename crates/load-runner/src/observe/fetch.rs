//! Blocking GET requests for the control side: metrics, queries, readiness. Not for load.
//! Errors name no host, since warnings are written into records.

use std::time::Duration;

use ureq::Agent;

/// The largest answer read.
const LARGEST: u64 = 16 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// It took too long.
    #[error("there was no answer in time")]
    Timeout,
    /// The host is not known.
    #[error("its host is not known")]
    Host,
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Connection(std::io::ErrorKind),
    /// The answer is too long.
    #[error("the answer is longer than 16 MiB")]
    Large,
    /// Anything else, as with TLS and broken HTTP.
    #[error("the exchange failed")]
    Exchange,
}

/// Asks one address after the other.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher(Agent);

impl Fetcher {
    /// With a limit for each whole exchange. Redirects are not followed, proxies of the environment not used.
    pub(crate) fn new(limit: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(limit))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(crate::TOOL.replace(' ', "/"))
            .build();
        Self(config.new_agent())
    }

    /// The status and text of an answer.
    ///
    /// # Errors
    /// There is none, or not in time.
    pub(crate) fn get(&self, address: &str) -> Result<(u16, String), NoAnswer> {
        let mut answer = self.0.get(address).call().map_err(|error| refused(&error))?;
        let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|error| refused(&error))?;
        Ok((answer.status().as_u16(), String::from_utf8_lossy(&bytes).into_owned()))
    }
}

fn refused(error: &ureq::Error) -> NoAnswer {
    // The enum of another crate, which may grow.
    match error {
        ureq::Error::Timeout(_) => NoAnswer::Timeout,
        ureq::Error::HostNotFound => NoAnswer::Host,
        ureq::Error::ConnectionFailed => NoAnswer::Connection(std::io::ErrorKind::NotConnected),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => NoAnswer::Timeout,
        ureq::Error::Io(error) => NoAnswer::Connection(error.kind()),
        ureq::Error::BodyExceedsLimit(_) => NoAnswer::Large,
        _ => NoAnswer::Exchange,
    }
}

/// Checks an address: http or https with a host, without credentials, which would end in a process list.
///
/// # Errors
/// What is wrong.
pub(crate) fn check(address: &str) -> Result<(), String> {
    let uri: http::Uri = address.parse().map_err(|_| format!("`{address}` is no address"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(format!("`{address}` is no address: expected http://HOST:PORT/PATH"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("an address holds no credentials".to_owned());
    }
    Ok(())
}
