//! Blocking GET requests for the control side: metrics, queries, readiness. Not for load.
//! Errors name no host, since warnings are written into records.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use http::Uri;
use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::engine::is_loopback;

/// The largest answer read.
const LARGEST: u64 = 16 << 20;

/// The resolver's list takes no more.
const MOST_ADDRESSES: usize = 16;

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
        Self(config(limit).new_agent())
    }

    /// The same for one host only, whose name is resolved once, here. Unless `remote`, it is this machine's loopback.
    ///
    /// # Errors
    /// The address is none, or not permitted.
    pub(crate) fn to(address: &str, remote: bool, limit: Duration) -> Result<Self, String> {
        let (host, port) = check(address)?;
        let found: Vec<_> = match (host.as_str(), port).to_socket_addrs() {
            Ok(found) => found.collect(),
            // Where it may be anywhere, it may also come to be known later.
            Err(_) if remote => return Ok(Self::new(limit)),
            Err(_) => return Err(format!("`{host}` cannot be resolved")),
        };
        if !remote && !found.iter().all(|at| is_loopback(at.ip())) {
            return Err(format!("`{host}` is not this machine's loopback: with --allow-remote it may be asked"));
        }
        Ok(Self(Agent::with_parts(config(limit), DefaultConnector::default(), Pinned(found))))
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

fn config(limit: Duration) -> Config {
    Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent(crate::TOOL.replace(' ', "/"))
        .build()
}

/// Addresses that were checked; whatever a name resolves to later.
#[derive(Debug)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        self.0.iter().take(MOST_ADDRESSES).for_each(|address| addresses.push(*address));
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
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

/// Checks an address: http or https with a host, without credentials, which would end in a process list. Returns its host and port.
///
/// # Errors
/// What is wrong.
fn check(address: &str) -> Result<(String, u16), String> {
    let uri: http::Uri = address.parse().map_err(|_| format!("`{address}` is no address"))?;
    let other = || format!("`{address}` is no address: expected http://HOST:PORT/PATH");
    let port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        Some(_) | None => return Err(other()),
    };
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(other)?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("an address holds no credentials".to_owned());
    }
    Ok((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(port)))
}
