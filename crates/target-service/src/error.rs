//! The errors an HTTP caller can see, and the one JSON shape they are written in.
//! Owns status codes, error codes and `Retry-After`; knows no route.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body, the query or a path segment makes no sense (400).
    #[error("{0}")]
    BadInput(String),
    /// The header `x-api-key` is missing or wrong (401).
    #[error("the header x-api-key is missing or wrong")]
    Unauthorized,
    /// There is no such thing (404).
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The route does not know the method (405).
    #[error("the route does not know this method")]
    MethodNotAllowed,
    /// The request contradicts what is stored or another request in progress (409).
    #[error("{0}")]
    Conflict(String),
    /// The body is larger than 1 MiB (413).
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    /// A limit is reached; worth trying again after so many seconds (429).
    #[error("{what} is full")]
    Overloaded {
        /// What is full.
        what: &'static str,
        /// Seconds for `Retry-After`.
        retry_after_s: u32,
    },
    /// A service this one depends on does not answer (503).
    #[error("{0} does not answer")]
    DependencyUnavailable(&'static str),
    /// The slow start asked for on the command line is not over (503).
    #[error("the service is still starting")]
    Starting,
    /// A fault somebody switched on (500).
    #[error("a fault was injected")]
    Injected,
    /// The store or the cache failed (503).
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The service broke one of its own rules (500).
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadInput(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Overloaded { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::DependencyUnavailable(_) | Self::Starting | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Injected | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadInput(_) => "bad_input",
            Self::Unauthorized => "unauthorized",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict(_) => "conflict",
            Self::TooLarge => "too_large",
            Self::Overloaded { .. } => "overloaded",
            Self::DependencyUnavailable(_) => "dependency_unavailable",
            Self::Starting => "starting",
            Self::Injected => "injected",
            Self::Store(_) => "store_unavailable",
            Self::Internal(_) => "internal",
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Overloaded { retry_after_s, .. } => Some(*retry_after_s),
            Self::DependencyUnavailable(_) | Self::Starting => Some(1),
            Self::BadInput(_)
            | Self::Unauthorized
            | Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::Conflict(_)
            | Self::TooLarge
            | Self::Injected
            | Self::Store(_)
            | Self::Internal(_) => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        // The caller learns that the store failed, the log learns why: a driver's message may hold a host name.
        if let Self::Store(source) = &self {
            eprintln!("target-service: the store failed: {source}");
        }
        let body = serde_json::json!({"error": {"code": self.code(), "message": self.to_string()}});
        let mut response = (self.status(), Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
