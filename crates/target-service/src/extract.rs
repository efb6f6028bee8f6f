//! Reads bodies and queries for the routes: axum's own extractors, with the time counted as parsing and every refusal in our error
//! shape.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::timing::{self, Stage};

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        timing::measure(Stage::Parsing, async {
            let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
                match rejection.into_response().status() {
                    StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
                    _ => ApiError::BadInput("the body could not be read".to_owned()),
                }
            })?;
            let value = serde_json::from_slice(&bytes)
                .map_err(|source| ApiError::BadInput(format!("the body is not as expected: {source}")))?;
            Ok(Self(value))
        })
        .await
    }
}

/// The query string.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        timing::time(Stage::Parsing, || {
            Query::try_from_uri(&parts.uri)
                .map(|Query(value)| Self(value))
                .map_err(|rejection| ApiError::BadInput(format!("the query is not as expected: {rejection}")))
        })
    }
}

/// Longest name a caller may give anything, bytes.
const LONGEST_NAME: usize = 256;

/// Checks a name a caller gives: not empty, at most 256 bytes, no control characters (PostgreSQL's text cannot hold them all).
///
/// # Errors
/// It is none of this; the message names the `field`.
pub(crate) fn named(field: &str, value: &str) -> Result<(), ApiError> {
    if value.is_empty() || value.len() > LONGEST_NAME || value.chars().any(char::is_control) {
        return Err(ApiError::BadInput(format!("{field} is 1 to {LONGEST_NAME} bytes without control characters")));
    }
    Ok(())
}

/// Which part of a list is wanted: pages count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Number of the page, from 1.
    pub(crate) page: u32,
    /// Items on a page, 1 to 100.
    pub(crate) per_page: u32,
}

impl Page {
    /// Items on a page unless the caller says otherwise.
    pub(crate) const DEFAULT_SIZE: u32 = 20;

    /// The page asked for; absent values are page 1 of 20 items.
    ///
    /// # Errors
    /// A page of 0, or a size outside 1 to 100.
    pub(crate) fn new(page: Option<u32>, per_page: Option<u32>) -> Result<Self, ApiError> {
        let asked = Self { page: page.unwrap_or(1), per_page: per_page.unwrap_or(Self::DEFAULT_SIZE) };
        if asked.page == 0 || !(1..=100).contains(&asked.per_page) {
            return Err(ApiError::BadInput("page counts from 1 and per_page is 1 to 100".to_owned()));
        }
        Ok(asked)
    }

    /// Items before this page.
    pub(crate) fn offset(self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * i64::from(self.per_page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one_and_hold_at_most_a_hundred() {
        assert_eq!(Page::new(None, None).ok(), Some(Page { page: 1, per_page: 20 }));
        assert_eq!(Page::new(Some(3), Some(50)).map(Page::offset).ok(), Some(100));
        assert!(Page::new(Some(0), None).is_err());
        assert!(Page::new(None, Some(101)).is_err());
        assert!(Page::new(None, Some(0)).is_err());
        assert_eq!(Page::new(Some(u32::MAX), Some(100)).map(Page::offset).ok(), Some(429_496_729_400));
    }
}
