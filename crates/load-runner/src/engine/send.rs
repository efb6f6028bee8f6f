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
use crate::exchange::{Built, Filled};
use crate::scenario::Protocol;

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
    let Job { place, number, due, waits_since } = job;
    let exchanges = &shard.engine.exchanges;
    let Some(target) = shard.engine.targets.get(place.region) else { return Sent::NoConnection };
    let built = exchanges.build(place.request, number);
    let now = shard.clock.now();
    let mut parts = Parts { queue: waits_since.map(|since| now.saturating_sub(since)), ..Parts::default() };
    let ticket = shard.recorder().sent(place, due, now, built.body.len() as u64);

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
    let (result, renewed) = lane.exchange(make, limit, &mut parts).await;
    let end = shard.clock.now();

    let reply = match result {
        Ok(reply) => reply,
        Err(fault) => {
            let mut recorder = shard.recorder();
            recorder.reconnected(renewed);
            recorder.ended(ticket, end, &Ending { parts, answer: None, failure: Some(fault.kind) });
            return if parts.first_byte.is_none() && ["connect", "dns", "tls"].contains(&fault.kind) {
                Sent::NoConnection
            } else {
                Sent::Over
            };
        }
    };
    parts.first_byte = Some(reply.first_byte.saturating_sub(now));
    let status = reply.status.as_u16();
    let outcome = filled.map(|filled| exchanges.check(&filled, place.request, status, &reply.body)).unwrap_or_default();
    let answer = Answer { status, headers: &reply.headers, received: reply.received, checks: outcome.checks };
    let mut recorder = shard.recorder();
    recorder.reconnected(renewed);
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
