//! The service this one may depend on: another target-service that evaluates policies. A small client over hyper connections kept
//! for reuse, a time limit of 250 ms, and a circuit breaker. Knows one route of the other service.

mod breaker;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::ApiError;
use crate::faults::Faults;
use breaker::Breaker;

const PATH: &str = "/api/v1/policies/evaluate";
const TIMEOUT: Duration = Duration::from_millis(250);
/// Longest answer read.
const LARGEST_ANSWER: usize = 1 << 20;
/// Connections kept for reuse.
const MOST_IDLE: usize = 64;
const NAME: &str = "the policy service";

/// Why the upstream gave no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the connection failed: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the exchange failed: {0}")]
    Exchange(#[from] hyper::Error),
    #[error("the answer is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the answer could not be read")]
    Body,
    #[error("no answer in time")]
    Timeout,
    #[error("cut by a fault")]
    Cut,
}

/// The URL of an upstream cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the upstream must look like http://127.0.0.1:8080 (an address, not a name)")]
pub(crate) struct BadUpstream;

/// The upstream service.
pub(crate) struct Upstream {
    address: SocketAddr,
    host: HeaderValue,
    api_key: Option<HeaderValue>,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    breaker: Mutex<Breaker>,
    faults: Arc<Faults>,
}

impl Upstream {
    /// `url`: `http://ADDRESS:PORT`; `api_key`: sent as `x-api-key`.
    ///
    /// # Errors
    /// The URL is of another form.
    pub(crate) fn new(url: &str, api_key: Option<&str>, faults: Arc<Faults>) -> Result<Self, BadUpstream> {
        let authority = url.strip_prefix("http://").ok_or(BadUpstream)?.trim_end_matches('/');
        let address = authority.parse().map_err(|_| BadUpstream)?;
        let host = HeaderValue::from_str(authority).map_err(|_| BadUpstream)?;
        let api_key = api_key.map(HeaderValue::from_str).transpose().map_err(|_| BadUpstream)?;
        Ok(Self { address, host, api_key, idle: Mutex::default(), breaker: Mutex::new(Breaker::new()), faults })
    }

    /// Asks the upstream to evaluate a policy; `request` is the body of its `POST /api/v1/policies/evaluate`, the value its answer.
    ///
    /// # Errors
    /// The upstream does not answer in time, is held back by the breaker, or refuses the request (400, 404).
    pub(crate) async fn evaluate_policy(&self, request: &serde_json::Value) -> Result<serde_json::Value, ApiError> {
        if !self.breaker.lock().unwrap_or_else(PoisonError::into_inner).allows(Instant::now()) {
            return Err(ApiError::DependencyUnavailable(NAME));
        }
        let answer = match tokio::time::timeout(TIMEOUT, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Timeout),
        };
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok((StatusCode::OK, value)) => {
                breaker.succeeded();
                Ok(value)
            }
            // The upstream works, the request does not.
            Ok((StatusCode::NOT_FOUND, _)) => {
                breaker.succeeded();
                Err(ApiError::NotFound("policy"))
            }
            Ok((StatusCode::BAD_REQUEST, value)) => {
                breaker.succeeded();
                let message = value.pointer("/error/message").and_then(serde_json::Value::as_str);
                Err(ApiError::BadInput(message.unwrap_or("the policy service refuses the request").to_owned()))
            }
            Ok((_, _)) => {
                breaker.failed(Instant::now());
                Err(ApiError::DependencyUnavailable(NAME))
            }
            Err(
                Failure::Connect(_)
                | Failure::Exchange(_)
                | Failure::Json(_)
                | Failure::Body
                | Failure::Timeout
                | Failure::Cut,
            ) => {
                breaker.failed(Instant::now());
                Err(ApiError::DependencyUnavailable(NAME))
            }
        }
    }

    async fn exchange(&self, body: &serde_json::Value) -> Result<(StatusCode, serde_json::Value), Failure> {
        if self.faults.dependency_cut() {
            return Err(Failure::Cut);
        }
        let body = Bytes::from(serde_json::to_vec(body)?);
        // A kept connection may have been closed by the other side a moment ago; evaluating a policy twice does no harm, so try anew.
        loop {
            let (mut sender, kept) = match self.kept() {
                Some(sender) => (sender, true),
                None => (self.connect().await?, false),
            };
            match self.send(&mut sender, body.clone()).await {
                Ok(answer) => {
                    self.keep(sender);
                    return Ok(answer);
                }
                Err(Failure::Exchange(_)) if kept => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn send(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        body: Bytes,
    ) -> Result<(StatusCode, serde_json::Value), Failure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = axum::http::Uri::from_static(PATH);
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.api_key {
            headers.insert("x-api-key", key.clone());
        }
        sender.ready().await?;
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let bytes =
            Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await.map_err(|_| Failure::Body)?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes)?))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends when the sender is dropped or the other side closes; its error also reaches the request that was under way.
        tokio::spawn(connection);
        Ok(sender)
    }

    fn kept(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|sender| !sender.is_closed())
    }

    fn keep(&self, sender: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push(sender);
        }
    }
}
