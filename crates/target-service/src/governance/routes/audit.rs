//! `/api/v1/audit`: the log of what happened.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ListQuery, name};
use crate::error::ApiError;
use crate::extract::{Body, Params};
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::AuditRow;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/api/v1/audit", get(list).post(add))
}

#[derive(Deserialize)]
struct Event {
    event: String,
    actor: String,
    #[serde(default)]
    details: Value,
}

async fn add(
    State(state): State<Arc<AppState>>,
    Body(event): Body<Event>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    name("event", &event.event)?;
    name("actor", &event.actor)?;
    let id = state.ids.next();
    let details = event.details.to_string();
    state.store.insert_audit(AuditRow { id, event: event.event, actor: event.actor, details, at_ms: now_ms() }).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": shown(id)}))))
}

async fn list(State(state): State<Arc<AppState>>, Params(query): Params<ListQuery>) -> Result<Json<Value>, ApiError> {
    let page = query.page()?;
    let actor =
        query.actor.as_deref().filter(|actor| !actor.is_empty()).map(|actor| name("actor", actor)).transpose()?;
    let listing = state.store.list_audit(actor, page).await?;
    let items = listing.items.into_iter().map(item).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({"items": items, "page": page.page, "per_page": page.per_page, "total": listing.total})))
}

fn item(row: AuditRow) -> Result<Value, ApiError> {
    let details: Value =
        serde_json::from_str(&row.details).map_err(|_| ApiError::Internal("an audit row holds no JSON"))?;
    Ok(json!({"id": shown(row.id), "event": row.event, "actor": row.actor, "details": details, "at_ms": row.at_ms}))
}

/// As text: the number is beyond 2^53, where readers of JSON begin to round.
fn shown(id: i64) -> String {
    format!("audit-{id:016x}")
}
