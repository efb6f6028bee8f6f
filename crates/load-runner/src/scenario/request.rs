//! Requests: what is sent, and what an answer must be. Must not know: phases.

mod check;

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};
use serde_json::{Number, Value};
use toml::de::DeValue;

use super::file::{Node, Table};
use super::item::is_label;
use super::read::Layers;
use super::template::{Draw, Piece, Scope, Template, is_name};
use super::{Body, JsonTemplate, Request, StatusPattern};
use crate::Error;

const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];
const KEYS: [&str; 14] = [
    "accept", "body", "capture", "checks", "delete", "get", "headers", "json", "name", "patch", "post", "put", "tags",
    "weight",
];
/// What the engine sets itself.
const OWN_HEADERS: [&str; 5] = ["connection", "content-length", "host", "te", "transfer-encoding"];
/// Tags with a meaning of their own.
const OWN_TAGS: [&str; 6] = ["check", "name", "phase", "region", "request", "status"];
/// How deep a JSON body may be.
const MAX_DEPTH: u32 = 64;

/// The names of all captured values, so that placeholders can be checked in any order.
pub(super) fn captured(layers: &Layers<'_>) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for table in layers.with("request").tables("request")? {
        if let Some(capture) = table.table("capture")? {
            names.extend(capture.entries().map(|(name, _)| name.to_owned()));
        }
    }
    Ok(names)
}

pub(super) fn requests(layers: &Layers<'_>, scope: &Scope<'_>) -> Result<Vec<Request>, Error> {
    let top = layers.with("request");
    let mut requests: Vec<Request> = Vec::new();
    let tables = top.tables("request")?;
    for table in &tables {
        let request = request(table.clone().only(&KEYS)?, scope)?;
        if requests.iter().any(|known| known.name == request.name) {
            return Err(table.refuse("name", format!("`{}` names two requests", request.name)));
        }
        requests.push(request);
    }
    if requests.is_empty() {
        return Err(top.refuse("request", "is missing: a scenario has at least one [[request]]"));
    }
    for (index, table) in tables.iter().enumerate() {
        if let Some(circle) = circle(&requests, index) {
            let name = requests.get(index).map_or("", |request| &request.name);
            let reason = format!("request `{name}` can never be sent: capturing what it needs needs `{circle}` first");
            return Err(table.refuse_all(reason));
        }
    }
    Ok(requests)
}

fn request(table: Table<'_>, scope: &Scope<'_>) -> Result<Request, Error> {
    let name = table.required_text("name", scope)?;
    if !is_label(&name) {
        return Err(table.refuse("name", "is a name without quotes, commas, colons and braces"));
    }
    let given: Vec<&str> = METHODS.into_iter().filter(|method| table.has(method)).collect();
    let [method] = given.as_slice() else {
        let reason = "this request has not exactly one of `request.get`, `.post`, `.put`, `.patch` and `.delete`, each with a path";
        return Err(table.refuse_all(reason));
    };
    let body = match (table.get("json"), table.get("body")) {
        (Some(_), Some(_)) => return Err(table.refuse("body", "stands beside `request.json`: a request has one body")),
        (Some(node), None) => Some(Body::Json(json(&table, "json", &node, scope)?)),
        (None, Some(node)) => Some(Body::Text(template(&table, "body", &node, scope)?)),
        (None, None) => None,
    };
    let weight = match table.get("weight") {
        Some(node) => node.number(scope).map_err(|reason| table.refuse("weight", reason))?,
        None => 1.0,
    };
    if weight < 0.0 {
        return Err(table.refuse("weight", "lies from 0 on"));
    }
    let own = table.table("headers")?;
    let entries = own.iter().flat_map(|own| own.entries().map(move |(key, node)| (key, (own.clone(), node)))).collect();
    Ok(Request {
        name,
        weight,
        method: method.to_ascii_uppercase(),
        path: path(&table, method, scope)?,
        headers: headers(&entries, scope)?,
        body,
        accept: accept(&table)?,
        checks: check::checks(&table, scope)?,
        capture: capture(&table, scope)?,
        tags: tags(&table, scope)?,
    })
}

fn template(table: &Table<'_>, key: &str, node: &Node<'_>, scope: &Scope<'_>) -> Result<Template, Error> {
    let text = node.value().as_str().ok_or_else(|| table.refuse(key, "is a text in quotes"))?;
    Template::parse(text, scope).map_err(|reason| table.refuse(key, reason))
}

fn path(table: &Table<'_>, method: &str, scope: &Scope<'_>) -> Result<Template, Error> {
    let node = table.get(method).ok_or_else(|| table.refuse(method, "is missing"))?;
    let template = template(table, method, &node, scope)?;
    let example = example(&template);
    match example.starts_with('/') && !example.contains('#') && example.parse::<http::uri::PathAndQuery>().is_ok() {
        true => Ok(template),
        false => {
            Err(table.refuse(method, "is a path with an optional query, percent-encoded, such as \"/items?page=1\""))
        }
    }
}

/// The text with something harmless for each value.
fn example(template: &Template) -> String {
    template.pieces.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "x" }).collect()
}

/// Headers by name in lower case.
pub(super) fn headers<'a>(
    entries: &BTreeMap<&'a str, (Table<'a>, Node<'a>)>,
    scope: &Scope<'_>,
) -> Result<Vec<(String, Template)>, Error> {
    let mut headers: Vec<(String, Template)> = Vec::new();
    for (name, (table, node)) in entries {
        if HeaderName::from_bytes(name.as_bytes()).is_err() || name.chars().any(|c| c.is_ascii_uppercase()) {
            // One spelling: an extending file's header replaces the other file's.
            return Err(table.refuse(name, "is no header's name in lower case"));
        }
        if OWN_HEADERS.contains(name) {
            return Err(table.refuse(name, "is set by the engine"));
        }
        let template = template(table, name, node, scope)?;
        if HeaderValue::from_str(&example(&template)).is_err() {
            return Err(table.refuse(name, "is no header's value: it has characters that cannot be sent"));
        }
        headers.push(((*name).to_owned(), template));
    }
    Ok(headers)
}

fn accept(table: &Table<'_>) -> Result<Vec<StatusPattern>, Error> {
    let Some(node) = table.get("accept") else { return Ok(vec![StatusPattern::Class(2), StatusPattern::Class(3)]) };
    let wrong = || table.refuse("accept", "is a list of statuses, such as [\"2xx\", 404]");
    let patterns: Option<Vec<StatusPattern>> = node.list().ok_or_else(wrong)?.iter().map(status).collect();
    patterns.filter(|patterns| !patterns.is_empty()).ok_or_else(wrong)
}

/// `200`, `"200"` or `"2xx"`.
fn status(node: &Node<'_>) -> Option<StatusPattern> {
    let text = match node.value() {
        DeValue::Integer(number) => number.as_str(),
        DeValue::String(text) => text.as_ref(),
        DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            return None;
        }
    };
    if let Some(class) = text.strip_suffix("xx") {
        return class.parse().ok().filter(|class| (1..=5).contains(class)).map(StatusPattern::Class);
    }
    text.parse().ok().filter(|status| (100..=599).contains(status)).map(StatusPattern::Exact)
}

fn capture(table: &Table<'_>, scope: &Scope<'_>) -> Result<BTreeMap<String, String>, Error> {
    let Some(capture) = table.table("capture")? else { return Ok(BTreeMap::new()) };
    let mut pointers = BTreeMap::new();
    for (name, node) in capture.entries() {
        let pointer = node.text(scope).map_err(|reason| capture.refuse(name, reason))?;
        if !is_name(name) || !is_pointer(&pointer) {
            return Err(
                capture.refuse(name, "is a name of letters, digits, `_` and `-`, and a JSON pointer such as \"/id\"")
            );
        }
        pointers.insert(name.to_owned(), pointer);
    }
    Ok(pointers)
}

fn tags(table: &Table<'_>, scope: &Scope<'_>) -> Result<BTreeMap<String, String>, Error> {
    let Some(tags) = table.table("tags")? else { return Ok(BTreeMap::new()) };
    let mut values = BTreeMap::new();
    for (name, node) in tags.entries() {
        let value = node.text(scope).map_err(|reason| tags.refuse(name, reason))?;
        if OWN_TAGS.contains(&name) || !is_label(name) || !is_label(&value) {
            return Err(tags.refuse(
                name,
                "cannot be a tag: it has a meaning of its own, or has quotes, commas, colons or braces",
            ));
        }
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

/// Whether a text is a JSON pointer (RFC 6901).
pub(super) fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// A JSON value with templates for strings.
pub(super) fn json(table: &Table<'_>, key: &str, node: &Node<'_>, scope: &Scope<'_>) -> Result<JsonTemplate, Error> {
    let read = |value| json_value(value, scope, MAX_DEPTH).map_err(|reason| table.refuse(key, reason));
    read(node.value())
}

fn json_value(value: &DeValue<'_>, scope: &Scope<'_>, depth: u32) -> Result<JsonTemplate, String> {
    let depth = depth.checked_sub(1).ok_or("is nested too deep")?;
    Ok(match value {
        DeValue::String(text) => JsonTemplate::String(Template::parse(text, scope)?),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            JsonTemplate::Number(number.map_err(|_| "has a whole number beyond 64 bits")?.into())
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            JsonTemplate::Number(number.ok_or("has a number that JSON cannot hold")?)
        }
        DeValue::Boolean(value) => JsonTemplate::Bool(*value),
        DeValue::Datetime(_) => return Err("has a date: write it as a text".into()),
        DeValue::Array(items) => JsonTemplate::List(
            items.iter().map(|item| json_value(item.get_ref(), scope, depth)).collect::<Result<_, _>>()?,
        ),
        DeValue::Table(entries) => {
            let mut object = BTreeMap::new();
            for (key, value) in entries {
                if key.get_ref().contains("${") {
                    return Err(format!("has a placeholder in the key `{}`: only values are drawn", key.get_ref()));
                }
                object.insert(key.get_ref().to_string(), json_value(value.get_ref(), scope, depth)?);
            }
            JsonTemplate::Object(object)
        }
    })
}

impl JsonTemplate {
    /// All its templates.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => Vec::new(),
            Self::String(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Object(entries) => entries.values().flat_map(Self::templates).collect(),
        }
    }

    /// The value, when nothing in it is drawn or secret.
    pub fn fixed(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(template) => Value::String(template.as_fixed()?.to_owned()),
            Self::List(items) => Value::Array(items.iter().map(Self::fixed).collect::<Option<_>>()?),
            Self::Object(entries) => Value::Object(
                entries.iter().map(|(key, value)| Some((key.clone(), value.fixed()?))).collect::<Option<_>>()?,
            ),
        })
    }
}

impl Request {
    /// All templates of what is sent.
    pub fn templates(&self) -> Vec<&Template> {
        let body = match &self.body {
            Some(Body::Json(json)) => json.templates(),
            Some(Body::Text(text)) => vec![text],
            None => Vec::new(),
        };
        std::iter::once(&self.path).chain(self.headers.iter().map(|(_, value)| value)).chain(body).collect()
    }

    /// The captured values that it needs to be sent.
    pub fn needs(&self) -> BTreeSet<&str> {
        let draws = self.templates().into_iter().flat_map(Template::draws);
        draws.filter_map(|draw| if let Draw::Captured(name) = draw { Some(name.as_str()) } else { None }).collect()
    }
}

/// The request that the first capture of what this one needs leads back to: none of them could be the first to be sent.
fn circle(requests: &[Request], start: usize) -> Option<&str> {
    fn visit<'a>(requests: &'a [Request], index: usize, path: &mut Vec<usize>) -> Option<&'a str> {
        let request = requests.get(index)?;
        if path.contains(&index) {
            return Some(&request.name);
        }
        path.push(index);
        let found = request.needs().into_iter().find_map(|name| {
            let source = requests.iter().position(|request| request.capture.contains_key(name))?;
            visit(requests, source, path)
        });
        path.pop();
        found
    }
    visit(requests, start, &mut Vec::new())
}
