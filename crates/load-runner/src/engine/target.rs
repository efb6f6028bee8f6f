//! Where requests go, and opening connections to it. Must not know: what is sent.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::account::Parts;
use super::fault::Fault;
use super::pacer::Clock;
use super::stream::Stream;
use super::tls;
use crate::Error;
use crate::scenario::Protocol;

/// A service's address, checked.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// The authority as the header `host`.
    pub(crate) host_header: HeaderValue,
    pub(crate) protocol: Protocol,
    host: String,
    port: u16,
    /// Connections go here, whatever the host's name resolves to: a region's proxy.
    via: Option<SocketAddr>,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// What the host's name resolved to at first, as far as it is permitted.
    found: Vec<SocketAddr>,
    /// Whether addresses that are not this machine's loopback may be connected to.
    remote: bool,
}

/// What one is permitted to do with a target.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Permit {
    /// Load may leave this machine.
    pub(crate) remote: bool,
    /// Certificates are not checked.
    pub(crate) insecure: bool,
}

impl Target {
    /// Reads `base_url`, and resolves its host once.
    ///
    /// # Errors
    /// It is no `http` or `https` address; its host is not this machine's loopback and load may not leave; certificates are to
    /// go unchecked beyond loopback. A name that cannot be resolved is none: that is what its requests will fail of, when load may leave.
    pub(crate) fn new(base_url: &str, protocol: Protocol, permit: Permit) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Flag { flag: "set base_url", reason };
        let uri: Uri = base_url.parse().map_err(|error| wrong(format!("`{base_url}` is no address: {error}")))?;
        let encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) | None => return Err(wrong(format!("`{base_url}` does not begin with http:// or https://"))),
        };
        let given = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = given.ok_or_else(|| wrong("it names no host, or a user".to_owned()))?.clone();
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let loopback = found.as_ref().map(|found| !found.is_empty() && found.iter().all(|at| is_loopback(at.ip())));
        if !permit.remote && !matches!(loopback, Ok(true)) {
            let what = match loopback {
                Ok(_) => "is not this machine's loopback",
                Err(_) => "cannot be resolved",
            };
            return Err(wrong(format!(
                "load goes to this machine only, and `{host}` {what}: with --allow-remote it may go there"
            )));
        }
        if permit.insecure && !matches!(loopback, Ok(true)) {
            return Err(Error::Flag { flag: "insecure", reason: format!("`{host}` is not this machine's loopback") });
        }
        let tls = if encrypted { Some(tls::config(&host, protocol, permit.insecure)?) } else { None };
        let host_header = HeaderValue::from_str(authority.as_str()).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            scheme: if encrypted { Scheme::HTTPS } else { Scheme::HTTP },
            authority,
            host_header,
            protocol,
            host,
            port,
            via: None,
            tls,
            found: found.unwrap_or_default(),
            remote: permit.remote,
        })
    }

    /// The same service, reached through a proxy.
    pub(crate) fn via(&self, proxy: SocketAddr) -> Self {
        Self { via: Some(proxy), ..self.clone() }
    }

    /// Scheme, host and port, nothing else.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Its address, for a proxy before it: the first that its name resolved to when it was checked.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.found.first().copied()
    }

    /// Opens a connection, each part of that timed.
    pub(crate) async fn dial(&self, clock: Clock, parts: &mut Parts) -> Result<Stream, Fault> {
        let begun = clock.now();
        let addresses = self.look_up().await?;
        let named = self.via.is_none() && self.host.parse::<IpAddr>().is_err();
        let found = clock.now();
        parts.dns = named.then(|| found.saturating_sub(begun));
        let mut stream = Err(Fault::connect());
        for address in addresses {
            if !self.remote && !is_loopback(address.ip()) {
                continue;
            }
            stream = TcpStream::connect(address).await.map_err(|_| Fault::connect());
            if stream.is_ok() {
                break;
            }
        }
        let stream = stream?;
        // Small requests must not wait for one another.
        drop(stream.set_nodelay(true));
        let connected = clock.now();
        parts.connect = Some(connected.saturating_sub(found));
        let Some((config, name)) = &self.tls else { return Ok(Stream::Plain(stream)) };
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name.clone(), stream).await.map_err(|error| Fault::tls(&error))?;
        parts.tls = Some(clock.now().saturating_sub(connected));
        Ok(Stream::Tls(Box::new(stream)))
    }

    async fn look_up(&self) -> Result<Vec<SocketAddr>, Fault> {
        if let Some(proxy) = self.via {
            return Ok(vec![proxy]);
        }
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        match tokio::net::lookup_host((self.host.as_str(), self.port)).await {
            Ok(found) => Ok(found.collect()),
            Err(_) => Err(Fault::dns()),
        }
    }
}

/// Whether an address is this machine's own.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or(address.is_loopback(), |mapped| mapped.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, remote: bool) -> Result<Target, Error> {
        Target::new(url, Protocol::Http1, Permit { remote, insecure: false })
    }

    #[test]
    fn load_stays_on_this_machine_unless_it_may_leave() {
        for local in ["http://127.0.0.1:80", "http://[::1]:80", "http://127.8.8.8/prefix/", "http://localhost:8080"] {
            assert!(target(local, false).is_ok(), "{local}");
        }
        for elsewhere in ["http://192.0.2.1", "http://[2001:db8::1]:80", "http://0.0.0.0:80"] {
            assert!(target(elsewhere, false).is_err(), "{elsewhere}");
            assert!(target(elsewhere, true).is_ok(), "{elsewhere}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_service_is_refused() {
        for wrong in ["", "127.0.0.1:80", "ftp://127.0.0.1", "http://user@127.0.0.1", "http://"] {
            assert!(target(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn certificates_go_unchecked_on_loopback_only() {
        let insecure = |url| Target::new(url, Protocol::Http1, Permit { remote: true, insecure: true });
        assert!(insecure("https://127.0.0.1:1").is_ok());
        assert!(insecure("https://192.0.2.1:1").is_err());
    }
}
