//! Requests that are the same every time: what data are fetched with, and what the service is told. Must not know: the load.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bench_cli::Interrupt;
use bench_model::file;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::Error;
use crate::engine::{Target, call};
use crate::exchange::{Built, Filled};
use crate::scenario::{DataSource, Piece, Scenario, Template};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The largest data file, in bytes.
const MAX_DATA: u64 = 64 << 20;

/// Requests with the scenario's own headers.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    target: Arc<Target>,
    headers: HeaderMap,
    prefix: String,
    interrupt: Interrupt,
}

impl Caller {
    /// Headers that are drawn for each arrival are left out: here is none.
    pub(super) fn new(scenario: &Scenario, target: &Arc<Target>, interrupt: &Interrupt) -> Self {
        let header = |(name, value): &(String, Template)| {
            let mut text = HeaderValue::from_str(&fixed(value)?).ok()?;
            text.set_sensitive(true);
            Some((name.parse::<HeaderName>().ok()?, text))
        };
        let headers = scenario.headers.iter().filter_map(header).collect();
        let (target, interrupt) = (Arc::clone(target), interrupt.clone());
        Self { target, headers, prefix: scenario.path_prefix().to_owned(), interrupt }
    }

    /// Sends a request, with a JSON body or none, and returns its answer's body.
    ///
    /// # Errors
    /// There was no answer, its status is none of success, or the run was interrupted.
    pub(super) fn call(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Bytes, String> {
        let path_and_query: PathAndQuery =
            format!("{}{path}", self.prefix).parse().map_err(|error| format!("`{path}` is no path: {error}"))?;
        let mut headers = self.headers.clone();
        if body.is_some() {
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let built = || Built {
            method: method.clone(),
            path_and_query: path_and_query.clone(),
            headers: headers.clone(),
            body: body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
            filled: Filled::default(),
        };
        match call(&self.target, built, LIMIT, &self.interrupt)? {
            (200..300, body) => Ok(body),
            (status, _) => Err(format!("the answer's status was {status}")),
        }
    }
}

/// A template's text, when nothing in it is drawn and no secret is missing.
fn fixed(template: &Template) -> Option<String> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Some(text.clone()),
        Piece::Secret(secret) => secret.value().map(str::to_owned),
        Piece::Drawn(_) => None,
    };
    template.pieces.iter().map(piece).collect()
}

/// The items of a scenario's data sources, read and fetched.
///
/// # Errors
/// `CBKB105` for what the service does not answer, `CBKB102` for files.
pub(in crate::verbs) fn data(
    scenario: &Scenario,
    target: &Arc<Target>,
    interrupt: &Interrupt,
) -> Result<BTreeMap<String, Vec<Value>>, Error> {
    let caller = Caller::new(scenario, target, interrupt);
    let mut data = BTreeMap::new();
    for (name, source) in &scenario.data {
        let refuse = |reason: String| Error::Load {
            what: format!("the data `{name}` cannot be had: {reason}"),
            hint: "see whether the service runs and answers, and whether the scenario names the right path".into(),
        };
        let bytes = match source {
            DataSource::File(path) => file::read(path, MAX_DATA)?.into(),
            DataSource::Get(path, _) => caller.call(&Method::GET, path, None).map_err(refuse)?,
        };
        data.insert(name.clone(), source.items(&bytes).map_err(refuse)?);
    }
    Ok(data)
}
