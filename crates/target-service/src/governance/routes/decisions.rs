//! `POST /api/v1/decisions/evaluate`: may this subject do this?

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use super::name;
use super::reviews::enqueue;
use crate::cache::CacheName;
use crate::error::ApiError;
use crate::extract::Body;
use crate::governance::decision::{Judgement, Question, judge};
use crate::governance::policy::Effect;
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::DecisionRow;
use crate::timing::{self, Stage};

/// How long a decision is remembered.
const REMEMBERED: Duration = Duration::from_secs(300);

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/api/v1/decisions/evaluate", post(evaluate))
}

#[derive(Serialize)]
struct Answer {
    decision_id: String,
    cached: bool,
    #[serde(flatten)]
    judgement: Judgement,
    #[serde(skip_serializing_if = "Option::is_none")]
    review_id: Option<String>,
}

/// A judgement is remembered for its subject, action, resource and those fields of the context that policies or risk read.
/// An escalation is put in the review queue each time, remembered or not; a new judgement is recorded, a remembered one is not.
async fn evaluate(
    State(state): State<Arc<AppState>>,
    Body(question): Body<Question>,
) -> Result<Json<Answer>, ApiError> {
    name("subject", &question.subject)?;
    name("action", &question.action)?;
    name("resource", &question.resource)?;
    let key = timing::time(Stage::Parsing, || state.governance.keys.of(&question));
    let remembered = state.cache.get(CacheName::Decisions, &key).await;
    let remembered = remembered.and_then(|text| serde_json::from_str::<Judgement>(&text).ok());
    let cached = remembered.is_some();
    let judgement = remembered.unwrap_or_else(|| judged(&state, &question));
    let review_id = match judgement.decision {
        Effect::Escalate => Some(enqueue(&state)?.0),
        Effect::Allow | Effect::Deny => None,
    };
    let id = state.ids.next();
    if !cached {
        remember(&state, &key, id, question, &judgement).await?;
    }
    state.metrics.decisions.inc([word(judgement.decision)]);
    for category in &judgement.violations {
        state.metrics.violations.inc([category.word()]);
    }
    Ok(Json(Answer { decision_id: format!("decision-{id:016x}"), cached, judgement, review_id }))
}

fn judged(state: &AppState, question: &Question) -> Judgement {
    let begun = Instant::now();
    let judgement = timing::time(Stage::Evaluation, || judge(&state.governance.policies, question));
    state.metrics.policy_evaluation.observe(begun.elapsed());
    judgement
}

async fn remember(
    state: &AppState,
    key: &str,
    id: i64,
    question: Question,
    judgement: &Judgement,
) -> Result<(), ApiError> {
    let row = DecisionRow {
        id,
        subject: question.subject,
        action: question.action,
        resource: question.resource,
        decision: word(judgement.decision).to_owned(),
        violations: text(&judgement.violations)?,
        at_ms: now_ms(),
    };
    state.store.insert_decision(row).await?;
    state.cache.put(CacheName::Decisions, key, text(judgement)?, REMEMBERED).await;
    Ok(())
}

fn text(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|_| ApiError::Internal("a judgement cannot be written as JSON"))
}

fn word(decision: Effect) -> &'static str {
    match decision {
        Effect::Allow => "allow",
        Effect::Escalate => "escalate",
        Effect::Deny => "deny",
    }
}
