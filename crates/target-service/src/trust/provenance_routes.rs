//! The routes of the provenance chain.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::chain::Draft;
use super::routes::hex;
use crate::error::ApiError;
use crate::extract::{Body, Page, Params, named};
use crate::state::AppState;
use crate::store::{ProvenanceFilter, ProvenanceRow};
use crate::timing::{self, Stage};

const PREFIX: &str = "prv-";

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/phase6/provenance", get(list).post(create))
        .route("/api/phase6/provenance/verify", get(verify))
        .route("/api/phase6/provenance/{id}", get(one))
}

#[derive(Deserialize)]
struct ListQuery {
    page: Option<u32>,
    per_page: Option<u32>,
    entity_type: Option<String>,
    entity_id: Option<String>,
    actor: Option<String>,
}

async fn list(State(state): State<Arc<AppState>>, Params(query): Params<ListQuery>) -> Result<Json<Value>, ApiError> {
    let page = Page::new(query.page, query.per_page)?;
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let filter = ProvenanceFilter {
        entity_type: given(query.entity_type),
        entity_id: given(query.entity_id),
        actor: given(query.actor),
    };
    let found = state.store.list_provenance(&filter, page).await?;
    let items: Vec<Value> = found.items.iter().map(shown).collect();
    Ok(Json(json!({"items": items, "page": page.page, "per_page": page.per_page, "total": found.total})))
}

#[derive(Deserialize)]
struct CreateRequest {
    entity_type: String,
    entity_id: String,
    action: String,
    actor: String,
    #[serde(default)]
    payload: Map<String, Value>,
}

async fn create(
    State(state): State<Arc<AppState>>,
    Body(request): Body<CreateRequest>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    named("entity_type", &request.entity_type)?;
    named("entity_id", &request.entity_id)?;
    named("action", &request.action)?;
    named("actor", &request.actor)?;
    let draft = Draft {
        entity_type: request.entity_type,
        entity_id: request.entity_id,
        action: request.action,
        actor: request.actor,
        payload: Value::Object(request.payload).to_string(),
    };
    let appended = timing::measure(Stage::Record, state.trust.chain.append(draft)).await?;
    let row = &appended.row;
    let body = json!({
        "id": id(row.leaf_index), "hash": hex(&row.hash), "prev_hash": hex(&row.prev_hash), "signature": hex(&row.signature),
        "leaf_index": row.leaf_index, "root": hex(&appended.root),
    });
    Ok((StatusCode::CREATED, Json(body)))
}

async fn one(State(state): State<Arc<AppState>>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    let missing = || ApiError::NotFound("provenance record");
    let leaf_index = leaf_index(&name).ok_or_else(missing)?;
    let row = state.store.get_provenance(leaf_index).await?.ok_or_else(missing)?;
    let proof = state.trust.chain.prove(leaf_index).await?.ok_or_else(missing)?;
    let hashes: Vec<String> = proof.hashes.iter().map(|hash| hex(hash)).collect();
    let mut body = shown(&row);
    if let Value::Object(fields) = &mut body {
        let proof = json!({
            "leaf_index": leaf_index, "tree_size": proof.tree_size, "root": hex(&proof.root), "hashes": hashes,
            "root_signature": hex(&proof.signature),
        });
        fields.insert("proof".to_owned(), proof);
    }
    Ok(Json(body))
}

async fn verify(State(state): State<Arc<AppState>>) -> Result<Json<Value>, ApiError> {
    let _one_at_a_time = (state.trust.verifying.try_lock())
        .map_err(|_| ApiError::Conflict("the chain is being verified for another request".to_owned()))?;
    let (valid, records) = timing::measure(Stage::Evaluation, state.trust.chain.verify()).await?;
    Ok(Json(json!({"valid": valid, "records": records})))
}

fn shown(row: &ProvenanceRow) -> Value {
    json!({
        "id": id(row.leaf_index), "leaf_index": row.leaf_index, "entity_type": row.entity_type, "entity_id": row.entity_id,
        "action": row.action, "actor": row.actor, "payload": serde_json::from_str::<Value>(&row.payload).unwrap_or(Value::Null),
        "at_ms": row.at_ms, "hash": hex(&row.hash), "prev_hash": hex(&row.prev_hash), "signature": hex(&row.signature),
        "public_key": hex(&row.public_key),
    })
}

/// A record's name tells its place, so that it needs no index of its own.
fn id(leaf_index: i64) -> String {
    format!("{PREFIX}{leaf_index:016x}")
}

fn leaf_index(name: &str) -> Option<i64> {
    let index = i64::from_str_radix(name.strip_prefix(PREFIX)?, 16).ok()?;
    // Only the form we give out: no sign, no short or long spelling.
    (index >= 0 && id(index) == name).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_place_and_nothing_else_does() {
        for index in [0, 1, 255, i64::MAX] {
            assert_eq!(leaf_index(&id(index)), Some(index));
        }
        for wrong in [
            "",
            "prv-",
            "prv-1",
            "prv--000000000000001",
            "prv-+000000000000001",
            "PRV-0000000000000001",
            "prv-ffffffffffffffff",
        ] {
            assert_eq!(leaf_index(wrong), None, "{wrong}");
        }
    }
}
