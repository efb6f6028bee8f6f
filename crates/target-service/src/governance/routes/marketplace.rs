//! `/api/v1/marketplace/plugins`: search, details, download.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ListQuery, segment};
use crate::cache::CacheName;
use crate::error::ApiError;
use crate::extract::Params;
use crate::governance::catalogue;
use crate::governance::decision::hex;
use crate::state::AppState;
use crate::store::PluginRow;
use crate::timing::{self, Stage};

/// How long the details of a plugin are remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/v1/marketplace/plugins", get(search))
        .route("/api/v1/marketplace/plugins/{id}", get(show))
        .route("/api/v1/marketplace/plugins/{id}/download", get(download))
}

async fn search(State(state): State<Arc<AppState>>, Params(query): Params<ListQuery>) -> Result<Json<Value>, ApiError> {
    let page = query.page()?;
    let words = query.q.as_deref().unwrap_or_default();
    let category = query.category.as_deref().filter(|category| !category.is_empty());
    if words.len() > 512 || category.is_some_and(|category| category.len() > 64 || category.contains('\0')) {
        return Err(ApiError::BadInput("q has at most 512 bytes, category at most 64 and no NUL".to_owned()));
    }
    let listing = state.store.search_plugins(words, category, page).await?;
    let items = listing.items.iter().map(summary).collect::<Vec<_>>();
    Ok(Json(json!({"items": items, "page": page.page, "per_page": page.per_page, "total": listing.total})))
}

async fn show(
    State(state): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let begun = Instant::now();
    let id = plugin_id(path)?;
    let plugin = load(&state, id).await?;
    state.metrics.plugin_load.observe(begun.elapsed());
    Ok(Json(plugin))
}

/// The package, with the SHA-256 of its bytes; 304 to a caller who has it already.
async fn download(
    State(state): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let begun = Instant::now();
    let id = plugin_id(path)?;
    load(&state, id).await?;
    let (bytes, checksum) = timing::time(Stage::Evaluation, || {
        let bytes = catalogue::package(id);
        let checksum = hex(&Sha256::digest(&bytes));
        (bytes, checksum)
    });
    let tag = format!("\"{checksum}\"");
    state.metrics.plugin_load.observe(begun.elapsed());
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known = known.flat_map(|value| value.split(',')).map(str::trim);
    if known.map(|value| value.strip_prefix("W/").unwrap_or(value)).any(|value| value == "*" || value == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let headers = [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::ETAG, tag)];
    Ok((headers, [("x-checksum-sha256", checksum)], bytes).into_response())
}

fn plugin_id(path: Result<Path<String>, PathRejection>) -> Result<i64, ApiError> {
    segment(path, "plugin")?.parse().map_err(|_| ApiError::NotFound("plugin"))
}

/// The details of a plugin, from the cache or the store.
async fn load(state: &AppState, id: i64) -> Result<Value, ApiError> {
    let key = id.to_string();
    let remembered = state.cache.get(CacheName::Plugins, &key).await;
    if let Some(plugin) = remembered.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(plugin);
    }
    let row = state.store.get_plugin(id).await?.ok_or(ApiError::NotFound("plugin"))?;
    let details =
        serde_json::from_str::<Value>(&row.details).map_err(|_| ApiError::Internal("a plugin row holds no JSON"))?;
    let mut plugin = summary(&row);
    if let (Value::Object(plugin), Value::Object(details)) = (&mut plugin, details) {
        plugin.extend(details);
    }
    state.cache.put(CacheName::Plugins, &key, plugin.to_string(), REMEMBERED).await;
    Ok(plugin)
}

fn summary(row: &PluginRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "summary": row.summary,
        "category": row.category,
        "downloads": row.downloads,
        "rating": row.rating,
    })
}
