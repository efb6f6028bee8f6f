//! One request from its turn to its end, written down. Must not know: whose turn it is.

use std::sync::Arc;

use bytes::Bytes;
use http::uri::Uri;
use http::{Request, Version, header};
use http_body_util::Full;

use super::account::Parts;
use super::fault::Fault;
use super::lane::Lane;
use super::pool::Job;
use super::recorder::{Answer, Ending};
use super::shard::Shard;
use super::target::Target;
use crate::exchange::{Built, Checked, Filled, Outcome as Judged};
use crate::scenario::Protocol;

/// The kind of failure of an answer that is longer than what is kept for its checks.
const TOO_LARGE: &str = "too_large";

/// How sending went, for who decides when the next one is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It was answered, or failed on the way.
    Over,
    /// There was no connection to send it over.
    NoConnection,
}

/// Sends a request over a lane, and writes down what became of it.
pub(crate) async fn send(shard: &Arc<Shard>, lane: &mut Lane, job: Job) -> Sent {
    let Job { place, number, ticket, waits_since } = job;
    let exchanges = &shard.engine.exchanges;
    // A request in a region that is none stays unsent.
    let Some(target) = shard.engine.targets.get(place.region) else { return Sent::NoConnection };
    let built = exchanges.build(place.request, number);
    let now = shard.clock.now();
    let mut parts = Parts { queue: waits_since.map(|since| now.saturating_sub(since)), ..Parts::default() };
    shard.recorder().sent(&ticket, now, built.body.len() as u64);

    let mut built = Some(built);
    let mut filled = None;
    let make = || {
        // A request that has to be sent again is made again: the first one is gone.
        let built = built.take().unwrap_or_else(|| exchanges.build(place.request, number));
        let (request, drawn) = request(built, target)?;
        filled = Some(drawn);
        Ok(request)
    };
    let limit = shard.clock.instant(now) + shard.engine.scenario.timeout;
    let (result, closed) = lane.exchange(make, limit, &mut parts).await;
    let end = shard.clock.now();

    let reply = match result {
        Ok(reply) => reply,
        Err(fault) => {
            let mut recorder = shard.recorder();
            recorder.closed(closed);
            recorder.ended(ticket, end, &Ending { parts, answer: None, failure: Some(fault.kind) });
            return if parts.first_byte.is_none() && ["connect", "dns", "tls"].contains(&fault.kind) {
                Sent::NoConnection
            } else {
                Sent::Over
            };
        }
    };
    parts.first_byte = Some(reply.first_byte);
    let status = reply.status.as_u16();
    let beyond = reply.is_cut() && exchanges.wants_body(place.request);
    let body = if beyond { &[][..] } else { &reply.body };
    let mut outcome = filled.map(|filled| exchanges.check(&filled, place.request, status, body)).unwrap_or_default();
    if beyond {
        // What was not kept cannot be checked: of the answer, only its status is known.
        let failed = outcome.failed.filter(|kind| *kind == "status").or(Some(TOO_LARGE));
        outcome = Judged { failed, checks: Checked::default() };
    }
    let answer = Answer { status, headers: &reply.headers, received: reply.received, checks: outcome.checks };
    let mut recorder = shard.recorder();
    recorder.closed(closed);
    recorder.ended(ticket, end, &Ending { parts, answer: Some(answer), failure: outcome.failed });
    Sent::Over
}

/// What was built, as a message for the target.
pub(crate) fn request(built: Built, target: &Target) -> Result<(Request<Full<Bytes>>, Filled), Fault> {
    let Built { method, path_and_query, headers, body, filled } = built;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    match target.protocol {
        Protocol::Http1 => {
            *request.uri_mut() = Uri::from(path_and_query);
            let host = request.headers_mut().entry(header::HOST);
            host.or_insert_with(|| target.host_header.clone());
        }
        Protocol::Http2 => {
            let uri = Uri::builder().scheme(target.scheme.clone()).authority(target.authority.clone());
            *request.uri_mut() = uri.path_and_query(path_and_query).build().map_err(|_| Fault::unspeakable())?;
            *request.version_mut() = Version::HTTP_2;
        }
    }
    Ok((request, filled))
}
