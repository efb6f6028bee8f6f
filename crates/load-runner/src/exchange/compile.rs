//! From a scenario's request to what is quick to send: what is fixed is made once. Must not know: arrivals.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::Built;
use super::answer::Answer;
use super::captured::{Captured, Filled, Ready};
use super::random::{key, number};
use super::render::{For, Place, Rendered, Source};
use crate::Error;
use crate::scenario::{Body, Draw, JsonTemplate, Piece, Request, Scenario, Template};

/// The longest path with its query, in bytes: `http` takes less than 65,535.
const LONGEST_PATH: usize = 60_000;

/// A request, ready to be sent.
#[derive(Debug)]
pub(super) struct Compiled {
    method: Method,
    path: Path,
    headers: HeaderMap,
    drawn_headers: Vec<(HeaderName, Rendered, bool)>,
    body: BodyBytes,
    /// Captured values that it needs, each once: by their places in [`Filled`].
    pub(super) needs: Vec<usize>,
    key: u64,
    pub(super) answer: Answer,
}

#[derive(Debug)]
enum Path {
    Fixed(PathAndQuery),
    Drawn(Rendered),
}

#[derive(Debug)]
enum BodyBytes {
    Fixed(Bytes),
    Drawn(Rendered),
}

impl Compiled {
    pub(super) fn build(&self, arrival: u64, region: &str, captured: &Captured) -> Built {
        let take = |(place, name): (u64, &usize)| captured.one(*name, number(self.key ^ place, arrival));
        let filled = Filled { arrival, captured: (0..).zip(&self.needs).map(take).collect() };
        let to = For { filled: &filled, region };
        let path_and_query = match &self.path {
            Path::Fixed(path) => path.clone(),
            // Its length and characters were checked when it was compiled.
            Path::Drawn(path) => PathAndQuery::from_maybe_shared(Bytes::from(path.render(to)))
                .unwrap_or_else(|_| PathAndQuery::from_static("/")),
        };
        let mut headers = self.headers.clone();
        for (name, value, secret) in &self.drawn_headers {
            if let Ok(mut value) = HeaderValue::from_maybe_shared(Bytes::from(value.render(to))) {
                value.set_sensitive(*secret);
                headers.insert(name.clone(), value);
            }
        }
        let body = match &self.body {
            BodyBytes::Fixed(bytes) => bytes.clone(),
            BodyBytes::Drawn(body) => Bytes::from(body.render(to)),
        };
        Built { method: self.method.clone(), path_and_query, headers, body, filled }
    }
}

/// Compiles requests one by one; data are made ready once.
pub(super) struct Compiler<'a> {
    scenario: &'a Scenario,
    seed: u64,
    data: &'a BTreeMap<String, Vec<Value>>,
    captured: &'a Captured,
    ready: BTreeMap<(String, String), Arc<[Ready]>>,
}

/// The request at work.
pub(super) struct Job<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    index: u64,
    needs: Vec<usize>,
}

fn failed(what: String, hint: &str) -> Error {
    Error::Load { what, hint: hint.to_owned() }
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        seed: u64,
        data: &'a BTreeMap<String, Vec<Value>>,
        captured: &'a Captured,
    ) -> Self {
        Self { scenario, seed, data, captured, ready: BTreeMap::new() }
    }

    /// The request of an index; `None` when there is none.
    pub(super) fn request(&mut self, index: usize) -> Option<Result<Compiled, Error>> {
        let scenario = self.scenario;
        let request = scenario.requests.get(index)?;
        Some(Job { compiler: self, index: index as u64, needs: Vec::new() }.compile(scenario, request))
    }
}

impl Job<'_, '_> {
    fn compile(mut self, scenario: &Scenario, request: &Request) -> Result<Compiled, Error> {
        let mut path = Rendered::default();
        path.text(scenario.path_prefix(), Place::Path);
        self.template(&request.path, Place::Path, &mut path)?;
        let bad_path = |why: &str| {
            failed(format!("the path of request `{}` {why}", request.name), "shorten what is drawn into it")
        };
        if path.longest() > LONGEST_PATH {
            return Err(bad_path("can become longer than 60,000 bytes"));
        }
        let path = match path.fixed() {
            Some(bytes) => Path::Fixed(
                PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(bytes))
                    .map_err(|_| bad_path("cannot be sent"))?,
            ),
            None => Path::Drawn(path),
        };
        let (mut headers, mut drawn_headers) = (HeaderMap::new(), Vec::new());
        // A request's own headers come last and replace the scenario's.
        for (name, template) in scenario.headers.iter().chain(&request.headers) {
            let bad = || {
                failed(
                    format!("the value of the header `{name}` cannot be sent"),
                    "look for line breaks in the variable that it takes",
                )
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let secret = template.pieces.iter().any(|piece| matches!(piece, Piece::Secret(_)));
            let mut value = Rendered::default();
            self.template(template, Place::Header, &mut value)?;
            headers.remove(&name);
            drawn_headers.retain(|(known, _, _)| *known != name);
            match value.fixed() {
                Some(bytes) => {
                    let mut value = HeaderValue::from_bytes(bytes).map_err(|_| bad())?;
                    value.set_sensitive(secret);
                    headers.insert(name, value);
                }
                None => drawn_headers.push((name, value, secret)),
            }
        }
        let mut body = Rendered::default();
        let kind = match &request.body {
            Some(Body::Json(json)) => {
                self.json(json, &mut body)?;
                Some("application/json")
            }
            Some(Body::Text(text)) => {
                self.template(text, Place::Text, &mut body)?;
                Some("text/plain; charset=utf-8")
            }
            None => None,
        };
        if let Some(kind) = kind.filter(|_| drawn_headers.iter().all(|(name, _, _)| *name != CONTENT_TYPE)) {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        }
        let body = match body.fixed() {
            Some(bytes) => BodyBytes::Fixed(Bytes::copy_from_slice(bytes)),
            None => BodyBytes::Drawn(body),
        };
        let answer = Answer::new(request, &mut self)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| failed(format!("`{}` is no method", request.method), "correct the scenario"))?;
        let key = self.key("captured");
        Ok(Compiled { method, path, headers, drawn_headers, body, needs: self.needs, key, answer })
    }

    fn key(&self, purpose: &str) -> u64 {
        key(self.compiler.seed, purpose, self.index)
    }

    pub(super) fn captured(&self, name: &str) -> Option<usize> {
        self.compiler.captured.index(name)
    }

    fn template(&mut self, template: &Template, place: Place, to: &mut Rendered) -> Result<(), Error> {
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => to.text(text, place),
                Piece::Secret(secret) => {
                    let missing = || {
                        let what =
                            format!("the environment has no `{}`, which the scenario's requests need", secret.name);
                        failed(what, "set the variable; it is sent, and stored nowhere")
                    };
                    to.encoded(secret.value().ok_or_else(missing)?, place);
                }
                Piece::Drawn(draw) => to.drawn(self.source(draw)?, place),
            }
        }
        Ok(())
    }

    /// Compact JSON.
    pub(super) fn json(&mut self, json: &JsonTemplate, to: &mut Rendered) -> Result<(), Error> {
        match json {
            JsonTemplate::Null => to.bytes(b"null"),
            JsonTemplate::Bool(value) => to.bytes(value.to_string().as_bytes()),
            JsonTemplate::Number(number) => to.bytes(number.to_string().as_bytes()),
            JsonTemplate::String(template) => match template.as_draw() {
                Some(draw) => to.drawn(self.source(draw)?, Place::Json),
                None => {
                    to.bytes(b"\"");
                    self.template(template, Place::JsonString, to)?;
                    to.bytes(b"\"");
                }
            },
            JsonTemplate::List(items) => {
                to.bytes(b"[");
                for (place, item) in items.iter().enumerate() {
                    to.bytes(if place == 0 { b"" } else { b"," });
                    self.json(item, to)?;
                }
                to.bytes(b"]");
            }
            JsonTemplate::Object(entries) => {
                to.bytes(b"{");
                for (place, (key, value)) in entries.iter().enumerate() {
                    to.bytes(if place == 0 { b"" } else { b"," });
                    to.text(key, Place::Json);
                    to.bytes(b":");
                    self.json(value, to)?;
                }
                to.bytes(b"}");
            }
        }
        Ok(())
    }

    fn source(&mut self, draw: &Draw) -> Result<Source, Error> {
        // The placeholder's text is its key: written twice in a request, it is the same value twice.
        let key = self.key(&draw.to_string());
        Ok(match draw {
            Draw::Int(from, to) => Source::Int { key, from: *from, span: to.abs_diff(*from).wrapping_add(1) },
            Draw::Repeat { per_ten_thousand, among } => {
                Source::Repeat { key, per_ten_thousand: *per_ten_thousand, among: *among }
            }
            Draw::Uuid => Source::Uuid { key },
            Draw::Text(length) => Source::Text { key, length: *length },
            Draw::Choice(values) => {
                Source::One { key, of: values.iter().map(|value| Ready::new(&Value::String(value.clone()))).collect() }
            }
            Draw::Arrival => Source::Arrival,
            Draw::Region => Source::Region,
            Draw::Captured(name) => {
                let index = self.captured(name).unwrap_or(usize::MAX);
                let place = self.needs.iter().position(|known| *known == index).unwrap_or_else(|| {
                    self.needs.push(index);
                    self.needs.len() - 1
                });
                Source::Captured(place)
            }
            // Without the pointer: all of a request's values are of one item.
            Draw::Data { name, pointer } => {
                Source::One { key: self.key(&format!("data.{name}")), of: self.data(name, pointer)? }
            }
        })
    }

    fn data(&mut self, name: &str, pointer: &str) -> Result<Arc<[Ready]>, Error> {
        let at = (name.to_owned(), pointer.to_owned());
        if let Some(ready) = self.compiler.ready.get(&at) {
            return Ok(Arc::clone(ready));
        }
        let hint = "look at what [data] takes its items from";
        let items = self.compiler.data.get(name).filter(|items| !items.is_empty());
        let items = items.ok_or_else(|| failed(format!("the data `{name}` have no items"), hint))?;
        let mut ready = Vec::with_capacity(items.len());
        for (number, item) in items.iter().enumerate() {
            let missing =
                || failed(format!("item {} of the data `{name}` has nothing at `{pointer}`", number + 1), hint);
            ready.push(Ready::new(item.pointer(pointer).ok_or_else(missing)?));
        }
        let ready: Arc<[Ready]> = ready.into();
        self.compiler.ready.insert(at, Arc::clone(&ready));
        Ok(ready)
    }
}
