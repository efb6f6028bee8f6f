//! A scenario as the JSON that scripts read: placeholders as numbers of draws, secrets as names of environment variables.
//! Must not know: the language of a script.

use std::collections::BTreeSet;
use std::path::Path;

use bench_cli::Interrupt;
use bench_model::Sha256;
use bench_model::file;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::scenario::{
    Action, Arrivals, Body, Check, DataSource, Demand, Draw, JsonTemplate, Model, Overrides, Phase, Piece, Protocol,
    Request, Scenario, Spacing, StatusPattern, Template,
};
use crate::service::{Service, Wanted};

/// The most data that is written into a script, in bytes.
const MAX_DATA: u64 = 4 << 20;

/// A scenario, and the plan for scripts.
#[derive(Debug)]
pub(crate) struct Script {
    /// The scenario.
    pub(crate) scenario: Scenario,
    /// What it sends, as a digest.
    pub(crate) digest: Sha256,
    /// The seed of every random choice.
    pub(crate) seed: u64,
    /// The environment variables that hold its secrets.
    pub(crate) secrets: BTreeSet<String>,
    /// What scripts read.
    pub(crate) plan: Value,
}

/// Reads a scenario for an engine, and refuses what scripts cannot do.
///
/// # Errors
/// [`Error::Scenario`] and [`Error::Flag`] as [`Scenario::read`]; [`Error::Scenario`] for regions, HTTP/2 and a dependency that is cut.
pub(crate) fn read(path: &Path, overrides: &Overrides<'_>, seed: u64, engine: &str) -> Result<Script, Error> {
    let scenario = Scenario::read(path, overrides)?;
    let refuse = |what: &str| {
        let reason = format!("{engine} cannot run it: {what}; `load-runner run` can");
        Err(Error::Scenario { path: path.to_path_buf(), line: None, reason })
    };
    if !scenario.regions.is_empty() {
        return refuse("regions need the built-in proxies");
    }
    if scenario.protocol == Protocol::Http2 {
        return refuse("it speaks HTTP/2 by prior knowledge");
    }
    if scenario.events.iter().any(|event| matches!(event.action, Action::CutDependency | Action::HealDependency)) {
        return refuse("it cuts a dependency with the built-in proxy");
    }
    let digest = scenario.plan_sha256().map_err(|error| Error::Scenario {
        path: path.to_path_buf(),
        line: None,
        reason: format!("has no digest: {error}"),
    })?;
    let mut writer = Writer::default();
    let mut plan = writer.scenario(&scenario)?;
    if let Value::Object(entries) = &mut plan {
        entries.insert("seed".into(), json!(seed));
        entries.insert("digest".into(), json!(digest.as_str()));
        entries.insert("draws".into(), Value::Array(writer.draws.iter().map(draw).collect()));
        entries.insert("environment".into(), json!(writer.secrets));
    }
    Ok(Script { digest, seed, secrets: writer.secrets, plan, scenario })
}

impl Script {
    /// Starts the service that is wanted, with what the scenario asks for; requests go to it from then on.
    ///
    /// # Errors
    /// As [`Wanted::start`].
    pub(crate) fn start_service(
        &mut self,
        wanted: &Wanted<'_>,
        log: &Path,
        interrupt: &Interrupt,
    ) -> Result<Service, Error> {
        let service = wanted.start(&mut self.scenario, log, interrupt)?;
        if let Value::Object(entries) = &mut self.plan {
            entries.insert("base_url".into(), json!(base_url(&self.scenario)));
        }
        Ok(service)
    }
}

fn base_url(scenario: &Scenario) -> &str {
    scenario.base_url.trim_end_matches('/')
}

/// The values of the secrets, to be given to a child process.
///
/// # Errors
/// [`Error::Load`] when one is not set.
pub(crate) fn environment(
    secrets: &BTreeSet<String>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, Error> {
    secrets
        .iter()
        .map(|name| match variable(name) {
            Some(value) => Ok((name.clone(), value)),
            None => Err(Error::Load {
                what: format!("the environment variable {name} is not set; the scenario refers to it"),
                hint: format!("set {name}; its value is written nowhere"),
            }),
        })
        .collect()
}

/// Draws and secrets that were met.
#[derive(Default)]
struct Writer {
    draws: Vec<Draw>,
    secrets: BTreeSet<String>,
}

impl Writer {
    fn scenario(&mut self, scenario: &Scenario) -> Result<Value, Error> {
        let requests: Vec<Value> = scenario.requests.iter().map(|request| self.request(request)).collect();
        let phases: Vec<Value> = scenario.phases.iter().map(|it| phase(it, scenario)).collect();
        Ok(json!({
            "scenario": scenario.name,
            "base_url": base_url(scenario),
            "timeout_s": scenario.timeout.as_secs_f64(),
            "headers": self.headers(&scenario.headers),
            "data": data(scenario)?,
            "phases": phases,
            "requests": requests,
        }))
    }

    fn headers(&mut self, headers: &[(String, Template)]) -> Value {
        headers.iter().map(|(name, value)| json!([name, self.template(value)])).collect()
    }

    fn request(&mut self, request: &Request) -> Value {
        let body = request.body.as_ref().map(|body| match body {
            Body::Json(value) => json!(["json", self.json(value)]),
            Body::Text(text) => json!(["text", self.template(text)]),
        });
        let reads = |check: &Check| !matches!(check.demand, Demand::Status(_));
        json!({
            "name": request.name,
            "method": request.method,
            "path": self.template(&request.path),
            "headers": self.headers(&request.headers),
            "body": body,
            "accept": request.accept.iter().map(|pattern| status(*pattern)).collect::<Vec<_>>(),
            "checks": request.checks.iter().map(|check| self.check(check)).collect::<Vec<_>>(),
            "capture": request.capture,
            "tags": request.tags,
            "needs": needs(request),
            "json": !request.capture.is_empty() || request.checks.iter().any(reads),
        })
    }

    fn check(&mut self, check: &Check) -> Value {
        let demand = match &check.demand {
            Demand::Status(pattern) => json!(["status", status(*pattern)]),
            Demand::Exists(pointer) => json!(["exists", pointer]),
            Demand::Equals(pointer, value) => json!(["equals", pointer, self.json(value)]),
            Demand::Matches(pointer, expression) => json!(["matches", pointer, expression]),
            Demand::Within(pointer, low, high) => json!(["within", pointer, low, high]),
        };
        json!({ "name": check.name, "demand": demand })
    }

    /// Text as it is, or its pieces under `$`: texts, numbers of draws, names of variables.
    fn template(&mut self, template: &Template) -> Value {
        if let Some(text) = template.as_fixed() {
            return json!(text);
        }
        let pieces: Vec<Value> = template
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => json!(text),
                Piece::Secret(secret) => {
                    self.secrets.insert(secret.name.clone());
                    json!({ "env": secret.name })
                }
                Piece::Drawn(draw) => json!(self.number(draw)),
            })
            .collect();
        json!({ "$": pieces })
    }

    fn number(&mut self, draw: &Draw) -> usize {
        self.draws.iter().position(|known| known == draw).unwrap_or_else(|| {
            self.draws.push(draw.clone());
            self.draws.len() - 1
        })
    }

    /// JSON with templates in it; an object whose keys could be taken for one is wrapped in `$map`.
    fn json(&mut self, value: &JsonTemplate) -> Value {
        match value {
            JsonTemplate::Null => Value::Null,
            JsonTemplate::Bool(value) => json!(value),
            JsonTemplate::Number(number) => Value::Number(number.clone()),
            JsonTemplate::String(text) => self.template(text),
            JsonTemplate::List(items) => items.iter().map(|item| self.json(item)).collect(),
            JsonTemplate::Object(entries) => {
                let object: Map<String, Value> =
                    entries.iter().map(|(key, item)| (key.clone(), self.json(item))).collect();
                let ambiguous = object.contains_key("$") || object.contains_key("$map");
                if ambiguous { json!({ "$map": object }) } else { Value::Object(object) }
            }
        }
    }
}

fn draw(draw: &Draw) -> Value {
    match draw {
        Draw::Int(low, high) => json!(["int", low, high]),
        Draw::Repeat { per_ten_thousand, among } => json!(["repeat", per_ten_thousand, among]),
        Draw::Uuid => json!(["uuid"]),
        Draw::Text(length) => json!(["text", length]),
        Draw::Choice(values) => json!(["choice", values]),
        Draw::Arrival => json!(["arrival"]),
        // Scenarios with regions are refused: without them it is empty.
        Draw::Region => json!(["choice", [""]]),
        Draw::Captured(name) => json!(["captured", name]),
        Draw::Data { name, pointer } => json!(["data", name, pointer]),
    }
}

fn status(pattern: StatusPattern) -> Value {
    match pattern {
        StatusPattern::Exact(status) => json!(["exact", status]),
        StatusPattern::Class(class) => json!(["class", class]),
    }
}

/// The captured variables that a request is made of.
fn needs(request: &Request) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut of = |template: &Template| {
        found.extend(template.draws().filter_map(|draw| match draw {
            Draw::Captured(name) => Some(name.clone()),
            Draw::Int(..)
            | Draw::Repeat { .. }
            | Draw::Uuid
            | Draw::Text(_)
            | Draw::Choice(_)
            | Draw::Arrival
            | Draw::Region
            | Draw::Data { .. } => None,
        }));
    };
    of(&request.path);
    request.headers.iter().for_each(|(_, value)| of(value));
    match &request.body {
        Some(Body::Text(text)) => of(text),
        Some(Body::Json(value)) => strings(value, &mut of),
        None => {}
    }
    found
}

fn strings(value: &JsonTemplate, of: &mut impl FnMut(&Template)) {
    match value {
        JsonTemplate::Null | JsonTemplate::Bool(_) | JsonTemplate::Number(_) => {}
        JsonTemplate::String(text) => of(text),
        JsonTemplate::List(items) => items.iter().for_each(|item| strings(item, of)),
        JsonTemplate::Object(entries) => entries.values().for_each(|item| strings(item, of)),
    }
}

fn phase(phase: &Phase, scenario: &Scenario) -> Value {
    let mut sum = 0.0;
    let weights: Vec<f64> = scenario
        .requests
        .iter()
        .map(|request| {
            sum += phase.weight(request);
            sum
        })
        .collect();
    let posts: Vec<Value> = scenario
        .events
        .iter()
        .filter(|event| event.phase == phase.name)
        .filter_map(|event| match &event.action {
            Action::Post(path, body) => Some(json!([path, body])),
            Action::CutDependency | Action::HealDependency => None,
        })
        .collect();
    let (open, users, iterations) = match &phase.model {
        Model::Open(arrivals) => {
            let poisson = arrivals.spacing == Spacing::Poisson;
            let lanes = lanes(arrivals, scenario.connections);
            (json!({ "from": arrivals.from, "to": arrivals.to, "poisson": poisson, "lanes": lanes }), Value::Null, None)
        }
        Model::Closed(users) => {
            let think = [users.think_time.0.as_secs_f64(), users.think_time.1.as_secs_f64()];
            (Value::Null, json!({ "from": users.from, "to": users.to, "think_s": think }), users.iterations)
        }
    };
    json!({
        "name": phase.name,
        "duration_s": phase.duration.as_secs_f64(),
        "weights": weights,
        "open": open,
        "users": users,
        "iterations": iterations,
        "posts": posts,
    })
}

/// How many users hold a rate: as many as there are requests due in a second, so that each may wait a second for its answer; not
/// more than the scenario's connections.
pub(crate) fn lanes(arrivals: &Arrivals, connections: u32) -> u32 {
    (arrivals.from.max(arrivals.to).ceil() as u32).clamp(1, connections.max(1))
}

fn data(scenario: &Scenario) -> Result<Value, Error> {
    let mut all = Map::new();
    for (name, source) in &scenario.data {
        let value = match source {
            DataSource::File(path) => {
                let bytes = file::read(path, MAX_DATA)?;
                let refuse = |reason| Error::Scenario { path: path.clone(), line: None, reason };
                json!({ "values": source.items(&bytes).map_err(refuse)? })
            }
            DataSource::Get(path, pointer) => json!({ "path": path, "pointer": pointer }),
        };
        all.insert(name.clone(), value);
    }
    Ok(Value::Object(all))
}

/// Scheme, host and port of an address, nothing else.
pub(crate) fn origin(base_url: &str) -> Option<String> {
    let uri: http::Uri = base_url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}
