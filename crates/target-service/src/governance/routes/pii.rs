//! `/api/v1/pii`: finds and redacts personal data, and hands out texts to measure it with.
//!
//! Two numbers say what is left in `redacted`. `unredacted` is what the detector itself still finds there: that redaction is
//! complete (100 %) means that it is 0, which tells nothing about what the detector cannot see. `missed`, with labels only, is what is
//! labelled and can still be read, in whole or in part: it is not 0 for a detector that makes mistakes, and belongs to accuracy, as
//! `score` does, which also counts wrong kinds and bounds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::extract::{Body, Params};
use crate::governance::corpus;
use crate::governance::pii::{Detection, Score, Span, detect, missed};
use crate::state::AppState;
use crate::timing::{self, Stage};

const MOST_DOCUMENTS: usize = 1_000;
const LARGEST_DOCUMENT: usize = 64 << 10;
/// Of a corpus as a whole.
const MOST_BYTES: usize = 32 << 20;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/api/v1/pii/detect", post(find)).route("/api/v1/pii/corpus", get(documents))
}

#[derive(Deserialize)]
struct Request {
    text: String,
    /// What is in the text, offsets in characters: asks for a score.
    labels: Option<Vec<Span>>,
}

#[derive(Serialize)]
struct Answer {
    /// Offsets in characters.
    entities: Vec<Span>,
    redacted: String,
    /// Detected but left; must be 0.
    unredacted: usize,
    /// Labelled entities of which something can still be read; absent without labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Score>,
}

async fn find(State(state): State<Arc<AppState>>, Body(request): Body<Request>) -> Result<Json<Answer>, ApiError> {
    let Request { text, labels } = request;
    if let Some(labels) = &labels {
        check(labels, &text)?;
    }
    let (detection, marked) = timing::time(Stage::Evaluation, || {
        let detection = detect(&text);
        let marked =
            labels.map(|labels| (Score::of(&detection.entities, &labels), missed(&text, &detection.entities, &labels)));
        (detection, marked)
    });
    let metrics = &state.metrics;
    for entity in &detection.entities {
        metrics.pii_entities.inc([entity.kind.word()]);
    }
    metrics.pii_unredacted.add(u64::try_from(detection.unredacted).unwrap_or(u64::MAX));
    if let Some((score, missed)) = marked {
        metrics.pii_true_positives.add(score.tp);
        metrics.pii_false_positives.add(score.fp);
        metrics.pii_false_negatives.add(score.r#fn);
        metrics.pii_missed.add(u64::try_from(missed).unwrap_or(u64::MAX));
    }
    let (score, missed) = marked.unzip();
    let Detection { entities, redacted, unredacted } = detection;
    Ok(Json(Answer { entities, redacted, unredacted, missed, score }))
}

fn check(labels: &[Span], text: &str) -> Result<(), ApiError> {
    let length = text.chars().count();
    match labels.iter().position(|label| label.start >= label.end || label.end > length) {
        Some(index) => Err(ApiError::BadInput(format!("label {index} is not a part of a text of {length} characters"))),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
struct CorpusQuery {
    seed: Option<u64>,
    documents: Option<usize>,
    bytes: Option<usize>,
}

async fn documents(Params(query): Params<CorpusQuery>) -> Result<impl IntoResponse, ApiError> {
    let (seed, count, bytes) = (query.seed.unwrap_or(7), query.documents.unwrap_or(10), query.bytes.unwrap_or(10_240));
    if count > MOST_DOCUMENTS || bytes > LARGEST_DOCUMENT || count * bytes > MOST_BYTES {
        let limits =
            format!("at most {MOST_DOCUMENTS} documents of {LARGEST_DOCUMENT} bytes, {MOST_BYTES} bytes together");
        return Err(ApiError::BadInput(limits));
    }
    // A large corpus takes long enough to hold up the other requests of this thread.
    let made = tokio::task::spawn_blocking(move || {
        let documents = corpus::documents(seed, bytes).take(count).collect::<Vec<_>>();
        serde_json::to_vec(&serde_json::json!({"documents": documents}))
    });
    let body = timing::measure(Stage::Evaluation, made).await;
    let body = body.ok().and_then(Result::ok).ok_or(ApiError::Internal("the corpus could not be made"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}
