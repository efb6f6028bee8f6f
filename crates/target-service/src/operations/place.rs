//! Where a server is: on this machine, unless others are allowed.
//! Must not know: what is measured there.

use std::net::ToSocketAddrs as _;

use redis::{Client, ConnectionAddr};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::OperationsError;

/// A Redis at an address.
pub(super) fn redis(url: &str, allow_remote: bool) -> Result<Client, OperationsError> {
    const SERVER: &str = "Redis";
    // A driver's message may repeat the address, and with it a password.
    let client = Client::open(url).map_err(|_| OperationsError::Address(SERVER))?;
    let here = match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => is_loopback(host, *port),
        ConnectionAddr::Unix(_) => true,
        // Whatever comes later is none that is known to be here.
        _ => false,
    };
    if here || allow_remote { Ok(client) } else { Err(OperationsError::Remote(SERVER)) }
}

/// A PostgreSQL at an address; all of them, when there are several.
pub(super) fn postgres(url: &str, allow_remote: bool) -> Result<Config, OperationsError> {
    const SERVER: &str = "PostgreSQL";
    let config: Config = url.parse().map_err(|_| OperationsError::Address(SERVER))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(OperationsError::Address(SERVER));
    }
    let here = |host: &Host| match host {
        Host::Tcp(name) => is_loopback(name, 0),
        Host::Unix(_) => true,
    };
    // Where an IP address is given, the name beside it is not looked up.
    let all = match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(here),
        addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
    };
    if all || allow_remote { Ok(config) } else { Err(OperationsError::Remote(SERVER)) }
}

/// Whether every address of a name is a loopback address.
fn is_loopback(host: &str, port: u16) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match (bare, port).to_socket_addrs() {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.collect();
            !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback())
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_on_this_machine_are_taken() {
        for url in ["redis://127.0.0.1:1/", "redis://127.9.9.9/", "redis://[::1]:6379/", "redis+unix:///run/redis.sock"]
        {
            assert!(redis(url, false).is_ok(), "{url}");
        }
        for url in [
            "postgres://me@127.0.0.1:1/db",
            "postgres://me@[::1]/db",
            "host=/run/postgresql user=me",
            "host=db.example hostaddr=127.0.0.1 user=me",
        ] {
            assert!(postgres(url, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn servers_elsewhere_are_refused_unless_they_are_allowed() {
        // Addresses for documentation (RFC 5737, RFC 3849).
        for url in ["redis://192.0.2.1/", "redis://[2001:db8::1]/"] {
            assert!(matches!(redis(url, false), Err(OperationsError::Remote("Redis"))), "{url}");
            assert!(redis(url, true).is_ok(), "{url}");
        }
        for url in [
            "postgres://me@192.0.2.1/db",
            "host=127.0.0.1,192.0.2.1 user=me",
            "host=127.0.0.1 hostaddr=192.0.2.1 user=me",
        ] {
            assert!(matches!(postgres(url, false), Err(OperationsError::Remote("PostgreSQL"))), "{url}");
            assert!(postgres(url, true).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_address_that_makes_no_sense_is_not_repeated() {
        for url in ["", "secret", "http://me:secret@127.0.0.1/", "redis://me:secret@127.0.0.1:port/"] {
            let error = redis(url, false).err().unwrap().to_string();
            assert_eq!(error, "the address of Redis makes no sense", "{url}");
        }
        for url in ["", "secret", "postgres://me:secret@127.0.0.1:port/", "user=me password=secret"] {
            let error = postgres(url, false).err().unwrap().to_string();
            assert_eq!(error, "the address of PostgreSQL makes no sense", "{url}");
        }
    }
}
