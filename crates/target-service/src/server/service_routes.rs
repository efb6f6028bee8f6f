//! The routes about the service itself: health, readiness, metrics, faults.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::extract::Body;
use crate::faults::FaultSet;
use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

pub(super) fn fault_routes() -> Router<Arc<AppState>> {
    Router::new().route("/faults", get(shown).post(switched).delete(reset))
}

async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn readyz(State(state): State<Arc<AppState>>) -> (StatusCode, Json<Value>) {
    if state.starting(Instant::now()) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "starting"})));
    }
    (StatusCode::OK, Json(json!({"status": "ready"})))
}

async fn metrics(State(state): State<Arc<AppState>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.text(&state.store.pool()))
}

async fn shown(State(state): State<Arc<AppState>>) -> Json<FaultSet> {
    Json(state.faults.current())
}

async fn switched(State(state): State<Arc<AppState>>, Body(set): Body<FaultSet>) -> Result<Json<FaultSet>, ApiError> {
    state.faults.switch(set, Instant::now())?;
    Ok(Json(state.faults.current()))
}

async fn reset(State(state): State<Arc<AppState>>) -> Json<FaultSet> {
    state.faults.reset(Instant::now());
    Json(state.faults.current())
}
