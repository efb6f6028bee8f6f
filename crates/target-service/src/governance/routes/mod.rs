//! The routes under `/api/v1`: reads requests, asks the modules beside it, writes answers. Must not know how anything is judged.

mod audit;
mod decisions;
mod marketplace;
mod pii;
mod policies;
mod reviews;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde::Deserialize;

use crate::error::ApiError;
use crate::extract::Page;
use crate::state::AppState;

/// All routes of this module, without the layers that every route of the service has.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .merge(decisions::routes())
        .merge(pii::routes())
        .merge(policies::routes())
        .merge(audit::routes())
        .merge(reviews::routes())
        .merge(marketplace::routes())
}

/// The parts of a query string that lists understand; each list reads those it needs.
#[derive(Debug, Deserialize)]
struct ListQuery {
    page: Option<u32>,
    per_page: Option<u32>,
    actor: Option<String>,
    q: Option<String>,
    category: Option<String>,
}

impl ListQuery {
    fn page(&self) -> Result<Page, ApiError> {
        Page::new(self.page, self.per_page)
    }
}

/// Longest name of a subject, an actor and the like, bytes.
const LONGEST_NAME: usize = 512;

/// A name that can be stored: neither empty nor too long, and without NUL, which PostgreSQL has no place for.
fn name<'text>(what: &str, text: &'text str) -> Result<&'text str, ApiError> {
    if text.is_empty() || text.len() > LONGEST_NAME || text.contains('\0') {
        return Err(ApiError::BadInput(format!("{what} is 1 to {LONGEST_NAME} bytes long and holds no NUL")));
    }
    Ok(text)
}

/// The one parameter of a path; what cannot be decoded names nothing.
fn segment(path: Result<Path<String>, PathRejection>, what: &'static str) -> Result<String, ApiError> {
    match path {
        Ok(Path(text)) if !text.contains('\0') => Ok(text),
        Ok(Path(_)) | Err(_) => Err(ApiError::NotFound(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_that_cannot_be_stored_is_refused() {
        assert!(name("actor", "ada").is_ok());
        for bad in ["", "a\0b", &"x".repeat(513)] {
            assert!(name("actor", bad).is_err());
        }
    }
}
