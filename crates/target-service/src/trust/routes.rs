//! The routes of role gates, ceilings, alerts and statistics.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::counters::hour;
use super::gates::{self, Role};
use super::provenance_routes;
use crate::cache::CacheName;
use crate::error::ApiError;
use crate::extract::{Body, Page, Params, named};
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::{AlertRow, EvaluationRow};
use crate::timing::{self, Stage};

const STATS_KEY: &str = "phase6";
const STATS_TTL: Duration = Duration::from_secs(30);
/// Ceilings are counted in thousandths, so that sums of fractions stay exact.
const SCALE: f64 = 1000.0;
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// The routes of the trust engine.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/phase6/stats", get(stats))
        .route("/api/phase6/role-gates/evaluate", post(evaluate))
        .route("/api/phase6/ceiling/check", post(check))
        .route("/api/phase6/alerts", get(alerts))
        .merge(provenance_routes::routes())
}

#[derive(Serialize, Deserialize)]
struct Stats {
    evaluations: i64,
    denied: i64,
    provenance_records: i64,
    alerts_open: i64,
    chain_head: String,
    generated_at_ms: i64,
    cached: bool,
}

async fn stats(State(state): State<Arc<AppState>>) -> Result<Json<Stats>, ApiError> {
    if let Some(stats) = kept_stats(&state).await {
        return Ok(Json(stats));
    }
    let waiting = state.trust.stats.try_lock();
    let _one_at_a_time = match waiting {
        Ok(guard) => guard,
        Err(_) => {
            let guard = timing::measure(Stage::Database, state.trust.stats.lock()).await;
            // Somebody else has just computed them.
            if let Some(stats) = kept_stats(&state).await {
                return Ok(Json(stats));
            }
            guard
        }
    };
    let counts = state.store.counts().await?;
    let stats = Stats {
        evaluations: counts.evaluations,
        denied: counts.denied,
        provenance_records: counts.provenance,
        alerts_open: counts.alerts_open,
        chain_head: hex(&state.trust.chain.tip().last_hash),
        generated_at_ms: now_ms(),
        cached: false,
    };
    let text = serde_json::to_string(&stats).map_err(|_| ApiError::Internal("statistics cannot be written"))?;
    state.cache.put(CacheName::Stats, STATS_KEY, text, STATS_TTL).await;
    Ok(Json(stats))
}

async fn kept_stats(state: &AppState) -> Option<Stats> {
    let text = state.cache.get(CacheName::Stats, STATS_KEY).await?;
    let stats: Stats = serde_json::from_str(&text).ok()?;
    Some(Stats { cached: true, ..stats })
}

#[derive(Deserialize)]
struct GateRequest {
    user_id: String,
    role: Role,
    action: String,
    resource: String,
}

async fn evaluate(
    State(state): State<Arc<AppState>>,
    Body(request): Body<GateRequest>,
) -> Result<Json<Value>, ApiError> {
    named("user_id", &request.user_id)?;
    named("action", &request.action)?;
    named("resource", &request.resource)?;
    let role = request.role;
    let outcome = timing::time(Stage::Evaluation, || gates::evaluate(role, &request.action));
    let row = EvaluationRow {
        id: state.ids.next(),
        user_id: request.user_id.clone(),
        role: role.name(),
        action: request.action,
        resource: request.resource,
        allowed: outcome.allowed,
        gate: outcome.gate,
        at_ms: now_ms(),
    };
    let (id, at_ms) = (row.id, row.at_ms);
    let denied = state.trust.counters.evaluated(&state.store, row).await?;
    if let Some(severity) = denied.and_then(|count| repeated(count, [10, 100, 1000], ["medium", "high", "critical"])) {
        raise(&state, severity, "repeated-denials", request.user_id, "actions were denied many times this hour", at_ms)
            .await?;
    }
    let reason = match (outcome.allowed, outcome.needs) {
        (true, _) => format!("the role {} passes", role.name()),
        (false, Some(needs)) => format!("the action needs the role {} or above", needs.name()),
        (false, None) => "no gate knows the action".to_owned(),
    };
    Ok(Json(json!({
        "evaluation_id": format!("ev-{id:016x}"), "allowed": outcome.allowed, "gate": outcome.gate, "reason": reason,
    })))
}

#[derive(Deserialize)]
struct CeilingRequest {
    user_id: String,
    role: Role,
    requested: f64,
}

async fn check(
    State(state): State<Arc<AppState>>,
    Body(request): Body<CeilingRequest>,
) -> Result<Json<Value>, ApiError> {
    named("user_id", &request.user_id)?;
    if !(0.0..=1e9).contains(&request.requested) {
        return Err(ApiError::BadInput("requested is a number from 0 to 1e9".to_owned()));
    }
    let ceiling = request.role.ceiling() * SCALE as i64;
    let amount = (request.requested * SCALE).round() as i64;
    let (now, name) = (now_ms(), format!("ceiling:{}:{}", request.role.name(), request.user_id));
    let (allowed, used) = state.trust.counters.take(&state.store, name, hour(now), amount, ceiling).await?;
    if !allowed {
        let breaches =
            state.trust.counters.count_up(&state.store, format!("breaches:{}", request.user_id), hour(now)).await?;
        if let Some(severity) = repeated(breaches, [1, 10, 100], ["low", "medium", "high"]) {
            raise(
                &state,
                severity,
                "ceiling-breach",
                request.user_id,
                "more was asked for than the hour's ceiling allows",
                now,
            )
            .await?;
        }
    }
    let shown = |thousandths: i64| thousandths as f64 / SCALE;
    Ok(Json(json!({
        "allowed": allowed, "ceiling": shown(ceiling), "used": shown(used), "remaining": shown((ceiling - used).max(0)),
    })))
}

/// The severity of the `count`-th occurrence in an hour: only the one that reaches a step raises an alert, so that a user who is
/// denied all day does not fill the list.
fn repeated(count: i64, steps: [i64; 3], severities: [&'static str; 3]) -> Option<&'static str> {
    steps.into_iter().zip(severities).find_map(|(step, severity)| (count == step).then_some(severity))
}

async fn raise(
    state: &AppState,
    severity: &str,
    kind: &str,
    subject: String,
    message: &str,
    at_ms: i64,
) -> Result<(), ApiError> {
    let row = AlertRow {
        id: state.ids.next(),
        severity: severity.to_owned(),
        kind: kind.to_owned(),
        subject,
        message: message.to_owned(),
        at_ms,
    };
    Ok(state.store.insert_alert(row).await?)
}

#[derive(Deserialize)]
struct AlertQuery {
    severity: Option<String>,
    page: Option<u32>,
    per_page: Option<u32>,
}

async fn alerts(
    State(state): State<Arc<AppState>>,
    Params(query): Params<AlertQuery>,
) -> Result<Json<Value>, ApiError> {
    let page = Page::new(query.page, query.per_page)?;
    let severity = query.severity.as_deref().filter(|severity| !severity.is_empty());
    if severity.is_some_and(|severity| !SEVERITIES.contains(&severity)) {
        return Err(ApiError::BadInput(format!("severity is one of {}", SEVERITIES.join(", "))));
    }
    let found = state.store.list_alerts(severity, page).await?;
    let items: Vec<Value> = found
        .items
        .into_iter()
        .map(|row| {
            json!({
                "id": format!("al-{:016x}", row.id), "severity": row.severity, "kind": row.kind, "subject": row.subject,
                "message": row.message, "at_ms": row.at_ms,
            })
        })
        .collect();
    Ok(Json(json!({"items": items, "total": found.total, "page": page.page, "per_page": page.per_page})))
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_occurrence_that_reaches_a_step_is_an_alert() {
        let severities: Vec<_> =
            (1..=1000).filter_map(|count| repeated(count, [10, 100, 1000], ["medium", "high", "critical"])).collect();
        assert_eq!(severities, ["medium", "high", "critical"]);
    }

    #[test]
    fn hexadecimal_is_lower_case_and_complete() {
        assert_eq!(hex(&[0, 0x0f, 0xa5, 0xff]), "000fa5ff");
    }
}
