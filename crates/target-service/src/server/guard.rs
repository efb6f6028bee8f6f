//! What every request passes before and after its route: measuring, faults, the limit of requests at once, the API key.
//! Faults but the stall touch `/api/` only, so that the service can still be watched and put right; a stall spares only `/faults`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::closable::Closer;
use crate::error::ApiError;
use crate::state::AppState;
use crate::timing::{self, Recorder, Stage};

/// Route label of requests no route matches: a caller's path must not make a metric of its own.
const UNMATCHED: &str = "unmatched";

pub(super) async fn guard(
    State(state): State<Arc<AppState>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let path = request.uri().path();
    let (api, stalls) = (path.starts_with("/api/"), path != "/faults");
    if stalls {
        wait_out_stall(&state).await;
    }
    let response = if api {
        let closer = request.extensions().get::<Closer>().cloned();
        let recorder = Recorder::default();
        let mut response =
            timing::scope(recorder.clone(), admit(&state, request, next)).await.unwrap_or_else(ApiError::into_response);
        if let Some(value) = recorder.header().and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert("server-timing", value);
        }
        if let Some(closer) = closer.filter(|_| state.faults.closes()) {
            closer.close_after_answer();
        }
        response
    } else {
        next.run(request).await
    };
    if stalls {
        wait_out_stall(&state).await;
    }
    let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    state.metrics.answered(route, response.status().as_u16(), start.elapsed());
    response
}

async fn wait_out_stall(state: &AppState) {
    let left = state.faults.stall_left(Instant::now());
    if left > Duration::ZERO {
        tokio::time::sleep(left).await;
    }
}

async fn admit(state: &AppState, request: Request, next: Next) -> Result<Response, ApiError> {
    if state.starting(Instant::now()) {
        return Err(ApiError::Starting);
    }
    let _one_more = InFlight::enter(state)?;
    timing::time(Stage::Auth, || authorise(state, &request))?;
    let slow = state.faults.current().slow_ms;
    if slow > 0 {
        tokio::time::sleep(Duration::from_millis(slow)).await;
    }
    state.faults.leak();
    if state.faults.errs() {
        return Err(ApiError::Injected);
    }
    Ok(next.run(request).await)
}

fn authorise(state: &AppState, request: &Request) -> Result<(), ApiError> {
    let Some(expected) = &state.settings.api_key else { return Ok(()) };
    let given = request.headers().get("x-api-key").map(HeaderValue::as_bytes).unwrap_or_default();
    // Hashed first, so that the comparison takes the same time whatever the lengths are.
    let equal = Sha256::digest(expected).ct_eq(Sha256::digest(given).as_slice());
    if bool::from(equal) { Ok(()) } else { Err(ApiError::Unauthorized) }
}

/// A request being worked on; counted until this is dropped, also when the caller goes away.
struct InFlight<'a>(&'a AppState);

impl<'a> InFlight<'a> {
    fn enter(state: &'a AppState) -> Result<Self, ApiError> {
        let this = Self(state);
        let now = state.metrics.in_flight.add(1);
        if now > i64::from(state.settings.max_in_flight) {
            // Dropping `this` takes it off again.
            return Err(ApiError::Overloaded { what: "the number of requests worked on at once", retry_after_s: 1 });
        }
        Ok(this)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.add(-1);
    }
}
