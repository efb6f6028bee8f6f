//! `/api/v1/reviews`: questions for a person.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::name;
use crate::error::ApiError;
use crate::extract::Body;
use crate::governance::reviews::{Full, Stats};
use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/api/v1/reviews", post(submit)).route("/api/v1/reviews/stats", get(stats))
}

#[derive(Deserialize)]
struct Review {
    subject: String,
    reason: String,
}

async fn submit(
    State(state): State<Arc<AppState>>,
    Body(review): Body<Review>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    name("subject", &review.subject)?;
    name("reason", &review.reason)?;
    let (review_id, queue_depth) = enqueue(&state)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"review_id": review_id, "queue_depth": queue_depth}))))
}

async fn stats(State(state): State<Arc<AppState>>) -> Json<Stats> {
    Json(state.governance.reviews.stats())
}

/// Puts a review in the queue: its name, and how many wait.
///
/// # Errors
/// The queue is full.
pub(super) fn enqueue(state: &AppState) -> Result<(String, usize), ApiError> {
    match state.governance.reviews.submit() {
        Ok(depth) => Ok((state.ids.name("review"), depth)),
        Err(Full) => Err(ApiError::Overloaded { what: "the review queue", retry_after_s: 10 }),
    }
}
