//! A port that stays ours while nobody listens on it, so that connections to it are refused and no other program takes it.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A reserved address.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    /// Bound and never listening.
    _holder: TcpSocket,
}

impl Port {
    /// Reserves an address; port 0 becomes a free one.
    pub(super) fn reserve(address: SocketAddr) -> io::Result<Self> {
        let holder = bound(address)?;
        Ok(Self { address: holder.local_addr()?, _holder: holder })
    }

    /// The address.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on it until dropped.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        bound(self.address)?.listen(BACKLOG)
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Two sockets may share an address while at most one of them listens (Linux: socket(7), SO_REUSEADDR).
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
