//! What one request at a time goes over: a connection of HTTP/1.1, or a share of one of HTTP/2. Opens its connection when it needs one.
//! Must not know: which requests, or when.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::Sleep;

use super::account::Parts;
use super::fault::{Fault, Reached};
use super::pacer::Clock;
use super::stream::Stream;
use super::target::Target;
use crate::scenario::Protocol;

/// Bytes of a body that are kept for checks; the rest is read and counted.
const KEPT: usize = 8 << 20;

type Body = Full<Bytes>;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, up to its first 8 MiB.
    pub(crate) body: Bytes,
    /// All bytes of the body.
    pub(crate) received: u64,
    /// How long after it was handed to the connection the answer's head had arrived, in ns.
    pub(crate) first_byte: u64,
}

impl Reply {
    /// Whether some of the body was not kept.
    pub(crate) fn is_cut(&self) -> bool {
        self.received > self.body.len() as u64
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Lane(Box<Inner>);

#[derive(Debug)]
struct Inner {
    target: Arc<Target>,
    clock: Clock,
    link: Link,
    limit: Pin<Box<Sleep>>,
}

#[derive(Debug)]
enum Link {
    /// A connection of its own.
    Own(Option<Own>),
    /// A share of one, and the sender for it once it was used.
    Share(Arc<Shared>, Option<http2::SendRequest<Body>>),
}

/// A connection of HTTP/1.1. Whoever waits for an answer also drives the connection: one task and one wake-up per event.
#[derive(Debug)]
struct Own {
    sender: http1::SendRequest<Body>,
    /// `None` once it is over: whoever waits for an answer is told only when it is dropped.
    connection: Option<Pin<Box<Connection>>>,
}

type Connection = http1::Connection<TokioIo<Stream>, Body>;

/// A connection of HTTP/2 that several lanes share.
#[derive(Debug, Default)]
pub(crate) struct Shared(tokio::sync::Mutex<Option<http2::SendRequest<Body>>>);

impl Lane {
    /// A lane without a connection yet. `shared`: whose share it gets, for HTTP/2.
    pub(crate) fn new(target: Arc<Target>, clock: Clock, shared: Option<Arc<Shared>>) -> Self {
        let link = match (target.protocol, shared) {
            (Protocol::Http2, shared) => Link::Share(shared.unwrap_or_default(), None),
            (Protocol::Http1, _) => Link::Own(None),
        };
        let limit = Box::pin(tokio::time::sleep(std::time::Duration::ZERO));
        Self(Box::new(Inner { target, clock, link, limit }))
    }

    /// Sends what `request` makes, and reads the whole answer, until `limit`. A connection that the service closed between two requests is
    /// opened anew, once; returns how many it closed. Where something of the request may have been sent, only a method that may be
    /// repeated is (RFC 9110, 9.2.2), and only if the connection was closed at once: later, the service worked and failed.
    pub(crate) async fn exchange(
        &mut self,
        mut request: impl FnMut() -> Result<Request<Body>, Fault>,
        limit: Instant,
        parts: &mut Parts,
    ) -> (Result<Reply, Fault>, u64) {
        let Inner { target, clock, link, limit: sleep } = &mut *self.0;
        sleep.as_mut().reset(limit.into());
        let mut closed = 0;
        loop {
            let made = match request() {
                Ok(made) => made,
                Err(fault) => return (Err(fault), closed),
            };
            let safe = made.method().is_idempotent();
            let (result, used) = match link {
                Link::Own(own) => once_over_own(own, target, *clock, made, sleep, parts).await,
                Link::Share(shared, sender) => {
                    once_over_share(shared, sender, target, *clock, made, sleep, parts).await
                }
            };
            match result {
                Err(fault) if used && closed == 0 && fault.kind == "closed" && may_repeat(fault.reached, safe) => {
                    closed += 1;
                }
                result => {
                    closed += u64::from(result.is_ok() && matches!(link, Link::Own(None)));
                    return (result, closed);
                }
            }
        }
    }
}

fn may_repeat(reached: Reached, safe: bool) -> bool {
    match reached {
        Reached::Nothing => true,
        Reached::Raced => safe,
        Reached::Service | Reached::Answer => false,
    }
}

/// Sends one request over a connection of HTTP/1.1; the second value tells whether it had been used before.
async fn once_over_own(
    own: &mut Option<Own>,
    target: &Target,
    clock: Clock,
    request: Request<Body>,
    limit: &mut Pin<Box<Sleep>>,
    parts: &mut Parts,
) -> (Result<Reply, Fault>, bool) {
    let used = own.is_some();
    if own.is_none() {
        let opened = within(limit, async {
            let io = TokioIo::new(target.dial(clock, parts).await?);
            // Heads and bodies of requests are small: one buffer is cheaper than a list of them.
            let handshake = http1::Builder::new().writev(false).handshake(io);
            let (sender, connection) = handshake.await.map_err(|error| Fault::unready(&error))?;
            Ok(Own { sender, connection: Some(Box::pin(connection)) })
        });
        match opened.await {
            Ok(opened) => *own = Some(opened),
            Err(fault) => return (Err(fault), used),
        }
    }
    let Some(open) = own else { return (Err(Fault::connect()), used) };
    let result = open.exchange(request, clock, limit).await;
    if result.is_err() || open.connection.is_none() {
        *own = None;
    }
    (result, used)
}

impl Own {
    async fn exchange(
        &mut self,
        request: Request<Body>,
        clock: Clock,
        limit: &mut Pin<Box<Sleep>>,
    ) -> Result<Reply, Fault> {
        let Self { sender, connection } = self;
        let exchange = async {
            sender.ready().await.map_err(|error| Fault::unready(&error))?;
            let handed = clock.now();
            let answer = sender.send_request(request).await;
            let answer = answer.map_err(|error| Fault::after(&error, clock.now().saturating_sub(handed)))?;
            read(answer, clock, handed).await
        };
        let mut exchange = pin!(exchange);
        poll_fn(|cx| {
            if connection.as_mut().is_some_and(|connection| connection.as_mut().poll(cx).is_ready()) {
                *connection = None;
            }
            match exchange.as_mut().poll(cx) {
                Poll::Ready(result) => Poll::Ready(result),
                Poll::Pending => limit.as_mut().poll(cx).map(|()| Err(Fault::timeout())),
            }
        })
        .await
    }
}

/// As [`once_over_own`], over a share of a connection of HTTP/2.
async fn once_over_share(
    shared: &Shared,
    sender: &mut Option<http2::SendRequest<Body>>,
    target: &Target,
    clock: Clock,
    request: Request<Body>,
    limit: &mut Pin<Box<Sleep>>,
    parts: &mut Parts,
) -> (Result<Reply, Fault>, bool) {
    let mut used = true;
    if sender.as_ref().is_none_or(http2::SendRequest::is_closed) {
        let opened = within(limit, async {
            let mut connection = shared.0.lock().await;
            if let Some(open) = connection.as_ref().filter(|open| !open.is_closed()) {
                return Ok((open.clone(), true));
            }
            let io = TokioIo::new(target.dial(clock, parts).await?);
            let handshake = http2::handshake(TokioExecutor::new(), io);
            let (opened, driver) = handshake.await.map_err(|error| Fault::unready(&error))?;
            drop(tokio::spawn(driver));
            *connection = Some(opened.clone());
            Ok((opened, false))
        });
        match opened.await {
            Ok((opened, before)) => {
                *sender = Some(opened);
                used = before;
            }
            Err(fault) => return (Err(fault), used),
        }
    }
    let Some(sender) = sender else { return (Err(Fault::connect()), used) };
    let result = within(limit, async {
        sender.ready().await.map_err(|error| Fault::unready(&error))?;
        let handed = clock.now();
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| Fault::after(&error, clock.now().saturating_sub(handed)))?;
        read(answer, clock, handed).await
    });
    (result.await, used)
}

/// Waits for `future` until the limit.
async fn within<T>(limit: &mut Pin<Box<Sleep>>, future: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(result),
        Poll::Pending => limit.as_mut().poll(cx).map(|()| Err(Fault::timeout())),
    })
    .await
}

/// Reads an answer to its end. `handed`: when its request was handed to the connection.
async fn read(answer: Response<Incoming>, clock: Clock, handed: u64) -> Result<Reply, Fault> {
    let first_byte = clock.now().saturating_sub(handed);
    let (head, mut incoming) = answer.into_parts();
    let mut body = Bytes::new();
    let mut joined = BytesMut::new();
    let mut received = 0;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Fault::within_answer(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if received == 0 {
            // Most bodies are one piece, which is kept as it is.
            body = data.clone();
        } else if joined.len() < KEPT {
            if joined.is_empty() {
                joined.extend_from_slice(&body);
            }
            joined.extend_from_slice(&data);
        }
        received += data.len() as u64;
    }
    if !joined.is_empty() {
        body = joined.freeze();
    }
    Ok(Reply { status: head.status, headers: head.headers, body, received, first_byte })
}
