//! `/api/v1/policies`: what they are, and what one says about an input; asked of the upstream service where there is one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ListQuery, name, segment};
use crate::cache::CacheName;
use crate::error::ApiError;
use crate::extract::{Body, Params};
use crate::governance::decision::hex;
use crate::state::AppState;
use crate::store::PolicyRow;
use crate::timing::{self, Stage};
use crate::upstream::Upstream;

/// How long an answer of the upstream may stand in for a new one.
const REMEMBERED: Duration = Duration::from_secs(300);

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/v1/policies", get(list))
        .route("/api/v1/policies/evaluate", post(evaluate))
        .route("/api/v1/policies/{id}", get(show))
}

#[derive(Deserialize, Serialize)]
struct Request {
    policy_id: String,
    #[serde(default)]
    input: Value,
}

async fn list(State(state): State<Arc<AppState>>, Params(query): Params<ListQuery>) -> Result<Json<Value>, ApiError> {
    let page = query.page()?;
    let listing = state.store.list_policies(page).await?;
    let items = listing.items.iter().map(document).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({"items": items, "page": page.page, "per_page": page.per_page, "total": listing.total})))
}

async fn show(
    State(state): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let id = segment(path, "policy")?;
    let row = state.store.get_policy(&id).await?.ok_or(ApiError::NotFound("policy"))?;
    document(&row).map(Json)
}

fn document(row: &PolicyRow) -> Result<Value, ApiError> {
    serde_json::from_str(&row.document).map_err(|_| ApiError::Internal("a policy row holds no JSON"))
}

async fn evaluate(State(state): State<Arc<AppState>>, Body(request): Body<Request>) -> Result<Json<Value>, ApiError> {
    name("policy_id", &request.policy_id)?;
    let begun = Instant::now();
    let answer = match &state.upstream {
        Some(upstream) => timing::measure(Stage::Evaluation, remote(&state, upstream, &request)).await,
        None => timing::time(Stage::Evaluation, || local(&state, &request)),
    };
    state.metrics.policy_evaluation.observe(begun.elapsed());
    answer.map(Json)
}

fn local(state: &AppState, request: &Request) -> Result<Value, ApiError> {
    let policies = &state.governance.policies;
    let index = policies.binary_search_by(|policy| policy.id.as_str().cmp(&request.policy_id));
    let policy = index.ok().and_then(|index| policies.get(index)).ok_or(ApiError::NotFound("policy"))?;
    let begun = Instant::now();
    let outcome = policy.evaluate(&request.input);
    let elapsed_us = begun.elapsed().as_secs_f64() * 1e6;
    Ok(json!({"effect": outcome.effect, "matched_rules": outcome.matched, "elapsed_us": elapsed_us}))
}

/// The upstream's answer; while it does not answer, what it said to the same request before, marked as stale.
async fn remote(state: &AppState, upstream: &Upstream, request: &Request) -> Result<Value, ApiError> {
    let asked = serde_json::to_value(request).map_err(|_| ApiError::Internal("a request cannot be written as JSON"))?;
    let key = hex(&Sha256::digest(asked.to_string()));
    match upstream.evaluate_policy(&asked).await {
        Ok(answer) => {
            state.cache.put(CacheName::Policies, &key, answer.to_string(), REMEMBERED).await;
            Ok(answer)
        }
        Err(ApiError::DependencyUnavailable(what)) => {
            let before = state.cache.get(CacheName::Policies, &key).await;
            let mut answer = before
                .and_then(|text| serde_json::from_str::<serde_json::Map<_, _>>(&text).ok())
                .ok_or(ApiError::DependencyUnavailable(what))?;
            answer.insert("stale".to_owned(), Value::Bool(true));
            Ok(Value::Object(answer))
        }
        Err(refusal) => Err(refusal),
    }
}
