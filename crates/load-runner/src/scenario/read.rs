//! From a file and the command line to a scenario. Must not know: what is inside phases, requests and the other items.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_model::Unit;
use bench_model::unit::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{File, Node, Table};
use super::template::{Scope, Template, is_name};
use super::{Model, Protocol, Scenario, item, model, request, threshold};
use crate::Error;

/// What the command line and the environment say about a scenario.
pub struct Overrides<'a> {
    /// `--set`: `base_url`, `timeout`, `connections` or a key of `[variables]`, and its value.
    pub set: Vec<(String, String)>,
    /// What phases' lengths are multiplied with, above 0; rates stay.
    pub time_scale: f64,
    /// A variable of the environment, for `${ENV:NAME}`.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// How many files may extend each other.
const MAX_LAYERS: usize = 4;
const KEYS: [&str; 16] = [
    "base_url",
    "connections",
    "data",
    "description",
    "event",
    "extends",
    "headers",
    "phase",
    "protocol",
    "region",
    "request",
    "scrape",
    "service",
    "thresholds",
    "timeout",
    "variables",
];
const SETTABLE: [&str; 3] = ["base_url", "timeout", "connections"];
const RESERVED: [&str; 4] = ["arrival", "now", "region", "uuid"];

impl Scenario {
    /// Reads a scenario and checks all of it, so that no mistake is left for when load has begun. A secret that the environment does
    /// not have is none: a plan can be shown without it.
    ///
    /// # Errors
    /// [`Error::Scenario`] with file, line and key; [`Error::Flag`] for a `--set` or `--time-scale` that cannot be used.
    pub fn read(path: &Path, overrides: &Overrides<'_>) -> Result<Self, Error> {
        Self::of(path, own(path)?, overrides)
    }

    /// Reads a scenario from the text of its file, whose place tells its name and what it extends.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn of(path: &Path, text: String, overrides: &Overrides<'_>) -> Result<Self, Error> {
        let texts = texts(path, text)?;
        let mut tables = Vec::new();
        for (path, text) in &texts {
            let file = File { path, text };
            let table = DeTable::parse(text)
                .map_err(|error| file.refuse(error.span().map_or(0, |span| span.start), error.message()))?;
            tables.push((file, table));
        }
        let layers = Layers::of(&tables)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        scenario(name, path, &layers, overrides)
    }
}

/// The text of a file.
fn own(path: &Path) -> Result<String, Error> {
    let bytes = bench_model::file::read(path, MAX_FILE)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        File { path, text: &String::from_utf8_lossy(error.as_bytes()) }.refuse(valid, "is not UTF-8")
    })
}

/// The texts of a file and of those that it extends, its own first.
fn texts(path: &Path, text: String) -> Result<Vec<(PathBuf, String)>, Error> {
    let mut next = extended(path, &text)?;
    let mut texts = vec![(path.to_path_buf(), text)];
    while let Some((path, at)) = next.take() {
        if let (true, Some((from, text))) = (texts.len() == MAX_LAYERS, texts.last()) {
            let reason = format!("`extends` goes over more than {MAX_LAYERS} files: does one extend itself");
            return Err(File { path: from, text }.refuse(at, reason));
        }
        let text = own(&path)?;
        next = extended(&path, &text)?;
        texts.push((path, text));
    }
    Ok(texts)
}

/// The file that a text extends, and where it says so.
fn extended(path: &Path, text: &str) -> Result<Option<(PathBuf, usize)>, Error> {
    let file = File { path, text };
    let table = DeTable::parse(text)
        .map_err(|error| file.refuse(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let Some(value) = table.get_ref().get("extends") else { return Ok(None) };
    let at = value.span().start;
    let beside = value.get_ref().as_str().ok_or_else(|| file.refuse(at, "`extends` is the path of a file"))?;
    let other = path.parent().unwrap_or(Path::new("")).join(beside);
    match other.is_file() {
        true => Ok(Some((other, at))),
        false => Err(file.refuse(at, format!("`extends`: there is no file `{beside}` beside this one"))),
    }
}

/// A file over those that it extends.
pub(super) struct Layers<'a> {
    tables: Vec<Table<'a>>,
    first: Table<'a>,
}

impl<'a> Layers<'a> {
    fn of(files: &'a [(File<'a>, Spanned<DeTable<'a>>)]) -> Result<Self, Error> {
        let mut tables = Vec::new();
        for (file, table) in files {
            tables.push(Table::top(*file, table.get_ref(), &KEYS)?);
        }
        let first =
            tables.first().cloned().ok_or_else(|| Error::Flag { flag: "scenario", reason: "no file".into() })?;
        Ok(Self { tables, first })
    }

    /// The file that has a key, the extending one first; that one when none has it.
    pub(super) fn with(&self, key: &str) -> &Table<'a> {
        self.tables.iter().find(|table| table.has(key)).unwrap_or(&self.first)
    }

    /// The keys of a table in all files, the extending file's value before others'.
    pub(super) fn merged(&self, section: &str) -> Result<BTreeMap<&'a str, (Table<'a>, Node<'a>)>, Error> {
        let mut merged = BTreeMap::new();
        for layer in self.tables.iter().rev() {
            if let Some(table) = layer.table(section)? {
                merged.extend(table.entries().map(|(key, node)| (key, (table.clone(), node))));
            }
        }
        Ok(merged)
    }
}

fn scenario(name: String, path: &Path, layers: &Layers<'_>, overrides: &Overrides<'_>) -> Result<Scenario, Error> {
    let scale = overrides.time_scale;
    if !(scale.is_finite() && scale > 0.0) {
        return Err(Error::Flag { flag: "time-scale", reason: "is a number above 0, such as 0.01".into() });
    }
    let set: BTreeMap<&str, &str> = overrides.set.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut scope = Scope {
        captures: request::captured(layers)?,
        data: layers.merged("data")?.keys().map(|name| (*name).to_owned()).collect(),
        regions: layers.with("region").has("region"),
        environment: Some(overrides.variable),
        ..Scope::default()
    };
    scope.variables = variables(layers, &set, &scope)?;
    let regions = item::regions(layers, &scope)?;
    let mut phases = model::phases(layers, &scope, scale)?;
    let requests = request::requests(layers, &scope)?;
    model::weights(layers, &scope, &mut phases, &requests)?;
    let service = item::service(layers, &scope)?;
    let connections = match set.get("connections") {
        Some(value) => value.parse().map_err(|_| flag("connections", "is a whole number"))?,
        None => {
            layers.with("connections").whole("connections", &scope)?.unwrap_or_else(|| default_connections(&phases))
        }
    };
    let connections = u32::try_from(connections)
        .ok()
        .filter(|connections| (1..=100_000).contains(connections))
        .ok_or_else(|| layers.with("connections").refuse("connections", "lies from 1 to 100,000"))?;
    let mut scenario = Scenario {
        name,
        description: layers.first.required_text("description", &scope)?,
        base_url: base_url(layers, &scope, set.get("base_url").copied())?,
        protocol: protocol(layers, &scope)?,
        timeout: timeout(layers, &scope, set.get("timeout").copied())?,
        connections,
        headers: request::headers(&layers.merged("headers")?, &scope)?,
        data: item::data(layers, &scope, path)?,
        events: item::events(layers, &scope, &phases, &service)?,
        phases,
        requests,
        regions,
        thresholds: Vec::new(),
        service,
        scrape: item::scrape(layers, &scope)?,
        time_scale: scale,
    };
    scenario.thresholds = threshold::thresholds(layers, &scope, &scenario)?;
    Ok(scenario)
}

fn flag(key: &str, reason: &str) -> Error {
    Error::Flag { flag: "set", reason: format!("`{key}` {reason}") }
}

/// `[variables]` with `--set` over them.
fn variables(
    layers: &Layers<'_>,
    set: &BTreeMap<&str, &str>,
    scope: &Scope<'_>,
) -> Result<BTreeMap<String, Template>, Error> {
    let mut variables = BTreeMap::new();
    let entries = layers.merged("variables")?;
    for (name, (table, node)) in &entries {
        if !is_name(name) || SETTABLE.contains(name) || RESERVED.contains(name) {
            return Err(table.refuse(name, "cannot be a variable's name: it has a meaning of its own, or other characters than letters, digits, `_` and `-`"));
        }
        let text = match node.value() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(_) | DeValue::Float(_) => {
                node.number(scope).map_err(|reason| table.refuse(name, reason))?.to_string()
            }
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                return Err(table.refuse(name, "is a text, a number, `true` or `false`"));
            }
        };
        let template = match set.get(name) {
            Some(value) => Template::parse(value, scope).map_err(|reason| flag(name, &reason))?,
            None => Template::parse(&text, scope).map_err(|reason| table.refuse(name, reason))?,
        };
        variables.insert((*name).to_owned(), template);
    }
    let known: BTreeSet<&str> = entries.keys().copied().chain(SETTABLE).collect();
    match set.keys().find(|key| !known.contains(**key)) {
        None => Ok(variables),
        Some(key) => Err(match nearest(key, known.iter().copied()) {
            Some(near) => flag(key, &format!("cannot be set; did you mean `{near}`")),
            None => {
                flag(key, &format!("cannot be set; there are {}", known.into_iter().collect::<Vec<_>>().join(", ")))
            }
        }),
    }
}

/// Scheme, host, port and path prefix, without a slash at its end.
fn base_url(layers: &Layers<'_>, scope: &Scope<'_>, set: Option<&str>) -> Result<String, Error> {
    let table = layers.with("base_url");
    let text = match set {
        Some(text) => text.to_owned(),
        None => table.required_text("base_url", scope)?,
    };
    let usable = text.parse::<http::Uri>().ok().filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@') && !authority.host().is_empty())
            && uri.query().is_none()
    });
    let reason = "is scheme, host, port and an optional path, such as \"http://127.0.0.1:8080\"; names and passwords belong in headers";
    match (usable, set) {
        (Some(_), _) => Ok(text.trim_end_matches('/').to_owned()),
        (None, Some(_)) => Err(flag("base_url", reason)),
        (None, None) => Err(table.refuse("base_url", reason)),
    }
}

fn protocol(layers: &Layers<'_>, scope: &Scope<'_>) -> Result<Protocol, Error> {
    let table = layers.with("protocol");
    match table.text("protocol", scope)?.as_deref() {
        None | Some("http1") => Ok(Protocol::Http1),
        Some("http2") => Ok(Protocol::Http2),
        Some(_) => Err(table.refuse("protocol", "is \"http1\" or \"http2\"")),
    }
}

fn timeout(layers: &Layers<'_>, scope: &Scope<'_>, set: Option<&str>) -> Result<Duration, Error> {
    let table = layers.with("timeout");
    let nanoseconds = match set {
        Some(text) => {
            let quantity = bench_model::Quantity::parse_as(text, Unit::Nanoseconds);
            quantity.map_err(|error| flag("timeout", &format!("is not usable: {error}")))?.value
        }
        None => table.quantity("timeout", Unit::Nanoseconds, scope)?.unwrap_or(5e9),
    };
    match (1e6..=3.6e12).contains(&nanoseconds) {
        true => Ok(Duration::from_nanos(nanoseconds as u64)),
        false => Err(table.refuse("timeout", "lies from 1 ms to 1 h")),
    }
}

/// Half a second's arrivals at the highest rate, or the most users: from 10 to 1,000.
fn default_connections(phases: &[super::Phase]) -> u64 {
    let wanted = phases.iter().map(|phase| match phase.model {
        Model::Open(arrivals) => (arrivals.from.max(arrivals.to) / 2.0).ceil() as u64,
        Model::Closed(users) => u64::from(users.from.max(users.to)),
    });
    wanted.max().unwrap_or(10).clamp(10, 1000)
}
