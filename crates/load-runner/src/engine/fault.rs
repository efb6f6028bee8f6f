//! Why a request got no answer. Must not know: whether that is tried again.

use std::error::Error as _;
use std::io;

use super::recorder::TIMEOUT;

/// A connection that is closed within this after a request was handed to it, in ns, may have been closed before the request came. Later,
/// the service had it and gave no answer.
const RACE: u64 = 5_000_000;

/// A request without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The kind of failure that is counted.
    pub(crate) kind: &'static str,
    /// How far the request had come.
    pub(crate) reached: Reached,
}

/// How far a request had come when it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Nothing of it was sent.
    Nothing,
    /// Something may have been sent, and the connection was closed at once: most likely before the request came there.
    Raced,
    /// Something may have been sent, and nothing came back.
    Service,
    /// Something came back.
    Answer,
}

impl Fault {
    pub(crate) const fn timeout() -> Self {
        Self { kind: TIMEOUT, reached: Reached::Answer }
    }

    pub(crate) const fn dns() -> Self {
        Self { kind: "dns", reached: Reached::Nothing }
    }

    pub(crate) const fn connect() -> Self {
        Self { kind: "connect", reached: Reached::Nothing }
    }

    /// A connection that broke during the handshake is a closed one; anything else is the handshake itself.
    pub(crate) fn tls(error: &io::Error) -> Self {
        let kind = if is_closed(error.kind()) && error.get_ref().is_none() { "closed" } else { "tls" };
        Self { kind, reached: Reached::Nothing }
    }

    /// A request that cannot be put into HTTP.
    pub(crate) const fn unspeakable() -> Self {
        Self { kind: "protocol", reached: Reached::Nothing }
    }

    /// The connection could not take a request.
    pub(crate) fn unready(error: &hyper::Error) -> Self {
        Self { reached: Reached::Nothing, ..Self::of(error) }
    }

    /// Sending it, or waiting for the answer's head, failed.
    pub(crate) fn of(error: &hyper::Error) -> Self {
        let broken = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let closed = error.is_canceled()
            || error.is_closed()
            || error.is_incomplete_message()
            || broken.is_some_and(|error| is_closed(error.kind()));
        let reached = match (error.is_canceled(), closed) {
            (true, _) => Reached::Nothing,
            (false, true) => Reached::Service,
            (false, false) => Reached::Answer,
        };
        Self { kind: if closed { "closed" } else { "protocol" }, reached }
    }

    /// As [`of`](Self::of), so many ns after the request was handed to the connection.
    pub(crate) fn after(error: &hyper::Error, waited: u64) -> Self {
        let fault = Self::of(error);
        let raced = fault.reached == Reached::Service && waited <= RACE;
        Self { reached: if raced { Reached::Raced } else { fault.reached }, ..fault }
    }

    /// Reading the answer's body failed.
    pub(crate) fn within_answer(error: &hyper::Error) -> Self {
        Self { reached: Reached::Answer, ..Self::of(error) }
    }
}

fn is_closed(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof
    )
}
