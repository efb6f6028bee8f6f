//! The small items of a scenario: regions, events, data, the default service, samples of `/metrics`. Must not know: requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bench_model::Unit;
use bench_model::load::Subject;
use bench_model::unit::nearest;
use serde_json::Value;

use super::file::{Node, Table};
use super::read::Layers;
use super::request::{is_pointer, json};
use super::template::{Scope, is_name};
use super::{Action, DataSource, Event, Limits, Phase, Region, Scrape, ScrapeExpression, Service};
use crate::Error;

/// Whether a text can be the value of a tag in a threshold's key.
pub(super) fn is_label(text: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '{' | '}' | ',' | ':' | '"' | '\'');
    !text.is_empty() && text.len() <= 100 && text.trim() == text && !text.chars().any(odd)
}

pub(super) fn regions(layers: &Layers<'_>, scope: &Scope<'_>) -> Result<Vec<Region>, Error> {
    let mut regions: Vec<Region> = Vec::new();
    for table in layers.with("region").tables("region")? {
        let table = table.only(&["delay", "loss", "name"])?;
        let name = table.required_text("name", scope)?;
        if !is_label(&name) || regions.iter().any(|region| region.name == name) {
            return Err(table.refuse("name", "is a name of its own, without quotes, commas, colons and braces"));
        }
        let delay = table.quantity("delay", Unit::Nanoseconds, scope)?.unwrap_or(0.0);
        let loss = table.quantity("loss", Unit::Ratio, scope)?.unwrap_or(0.0);
        if delay > 1e10 {
            return Err(table.refuse("delay", "lies up to 10 s"));
        }
        if loss > 0.5 {
            return Err(table.refuse("loss", "lies up to 50 %"));
        }
        regions.push(Region { name, delay: Duration::from_nanos(delay as u64), loss });
    }
    if regions.len() > 100 {
        return Err(layers.with("region").refuse("region", "has more than 100 entries"));
    }
    Ok(regions)
}

pub(super) fn events(
    layers: &Layers<'_>,
    scope: &Scope<'_>,
    phases: &[Phase],
    service: &Service,
) -> Result<Vec<Event>, Error> {
    let mut events = Vec::new();
    for table in layers.with("event").tables("event")? {
        let table = table.only(&["cut_dependency", "heal_dependency", "json", "phase", "post"])?;
        let phase = table.required_text("phase", scope)?;
        if !phases.iter().any(|known| known.name == phase) {
            let near = nearest(&phase, phases.iter().map(|phase| phase.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
            return Err(table.refuse("phase", format!("`{phase}` is no phase{near}")));
        }
        let (cut, heal) = (table.flag("cut_dependency")?, table.flag("heal_dependency")?);
        let action = match (table.text("post", scope)?, cut, heal) {
            (Some(path), false, false) if path.starts_with('/') => {
                let body = table.get("json").ok_or_else(|| table.refuse("json", "is missing"))?;
                Action::Post(
                    path,
                    json(&table, "json", &body, scope)?
                        .fixed()
                        .ok_or_else(|| table.refuse("json", "cannot be drawn: an event happens once"))?,
                )
            }
            (Some(_), false, false) => return Err(table.refuse("post", "is a path, such as \"/faults\"")),
            (None, true, false) => Action::CutDependency,
            (None, false, true) => Action::HealDependency,
            _ => {
                return Err(table.refuse_all(
                    "this event has not exactly one of `event.post`, `event.cut_dependency` and `event.heal_dependency`",
                ));
            }
        };
        if table.has("json") && !table.has("post") {
            return Err(table.refuse("json", "belongs to `event.post`"));
        }
        if (cut || heal) && !service.dependency {
            return Err(table.refuse_all("this event needs `service.dependency = true`: there is nothing to cut"));
        }
        events.push(Event { phase, action });
    }
    Ok(events)
}

pub(super) fn data(layers: &Layers<'_>, scope: &Scope<'_>, path: &Path) -> Result<BTreeMap<String, DataSource>, Error> {
    let mut sources = BTreeMap::new();
    for (name, (section, node)) in layers.merged("data")? {
        if !is_name(name) {
            return Err(section.refuse(name, "is a name of letters, digits, `_` and `-`"));
        }
        let table = node.table(&format!("data.{name}.")).ok_or_else(|| section.refuse(name, "is a table"))?;
        let table = table.only(&["file", "get", "pointer"])?;
        let source = match (table.text("file", scope)?, table.text("get", scope)?) {
            (Some(file), None) if !table.has("pointer") => {
                let file = path.parent().unwrap_or(Path::new("")).join(file);
                if !file.is_file() {
                    return Err(table.refuse("file", "is no file beside the scenario"));
                }
                DataSource::File(file)
            }
            (None, Some(get)) if get.starts_with('/') => {
                let pointer = table.text("pointer", scope)?.unwrap_or_default();
                if !is_pointer(&pointer) {
                    return Err(table.refuse("pointer", "is a JSON pointer, such as \"/documents\", or empty"));
                }
                DataSource::Get(get, pointer)
            }
            (None, Some(_)) => return Err(table.refuse("get", "is a path of the service, such as \"/documents\"")),
            _ => {
                return Err(table.refuse_all(format!(
                    "`data.{name}` has either `file`, or `get` with `pointer` to the list in the answer"
                )));
            }
        };
        sources.insert(name.to_owned(), source);
    }
    Ok(sources)
}

pub(super) fn service(layers: &Layers<'_>, scope: &Scope<'_>) -> Result<Service, Error> {
    let Some(table) = layers.with("service").table("service")? else { return Ok(Service::default()) };
    let table = table.only(&["args", "dependency", "limits"])?;
    let wrong = || table.refuse("args", "is a list of texts");
    let mut args = Vec::new();
    for node in table.get("args").map(|node| node.list().ok_or_else(wrong)).transpose()?.unwrap_or_default() {
        args.push(node.text(scope).map_err(|reason| table.refuse("args", reason))?);
    }
    Ok(Service { args, dependency: table.flag("dependency")?, limits: limits(&table, scope)? })
}

fn limits(service: &Table<'_>, scope: &Scope<'_>) -> Result<Limits, Error> {
    let Some(table) = service.table("limits")? else { return Ok(Limits::default()) };
    let table = table.only(&["cpus", "descriptors", "memory"])?;
    let above_0 = |key: &str| match table.whole(key, scope)? {
        Some(0) => Err(table.refuse(key, "lies above 0")),
        value => Ok(value),
    };
    let memory = table.quantity("memory", Unit::Bytes, scope)?;
    if memory.is_some_and(|memory| memory < 1.0) {
        return Err(table.refuse("memory", "lies above 0"));
    }
    Ok(Limits {
        cpus: above_0("cpus")?.map(|cpus| u32::try_from(cpus).unwrap_or(u32::MAX)),
        descriptors: above_0("descriptors")?,
        memory: memory.map(|memory| memory as u64),
    })
}

pub(super) fn scrape(layers: &Layers<'_>, scope: &Scope<'_>) -> Result<Vec<Scrape>, Error> {
    let read = |(name, (table, node)): (&str, (Table<'_>, Node<'_>))| {
        if !is_name(name) || !matches!(Subject::of(name), Subject::Other(_)) {
            return Err(table.refuse(
                name,
                "cannot be a gauge's name: it is a metric's, or has other characters than letters, digits, `_` and `-`",
            ));
        }
        let text = node.text(scope).map_err(|reason| table.refuse(name, reason))?;
        let expression = scrape_expression(&text).ok_or_else(|| {
            table.refuse(
                name,
                "is a sample such as \"queue_depth\" or \"hits_total{cache=\\\"a\\\"}\", share(a, b, …), ratio(a, b), per_hour(a), \
                 mean(a) or by(label, a)",
            )
        })?;
        Ok(Scrape { name: name.to_owned(), expression })
    };
    layers.merged("scrape")?.into_iter().map(read).collect()
}

fn scrape_expression(text: &str) -> Option<ScrapeExpression> {
    let arguments = |name: &str| {
        let inside = text.trim().strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
        let samples: Vec<String> = outside_braces(inside).into_iter().map(|part| part.trim().to_owned()).collect();
        samples.iter().all(|sample| is_sample(sample)).then_some(samples)
    };
    if let Some(samples) = arguments("share").filter(|samples| samples.len() >= 2) {
        return Some(ScrapeExpression::Share(samples));
    }
    if let Some([of, by]) = arguments("ratio").as_deref() {
        return Some(ScrapeExpression::Ratio(of.clone(), by.clone()));
    }
    if let Some([of]) = arguments("per_hour").as_deref() {
        return Some(ScrapeExpression::PerHour(of.clone()));
    }
    if let Some([of]) = arguments("mean").as_deref() {
        return Some(ScrapeExpression::Mean(of.clone()));
    }
    if let Some([label, of]) = arguments("by").as_deref() {
        // A label is named like a sample, but for colons, and must not be called like what requests have.
        let taken = ["check", "name", "phase", "region", "request"].contains(&label.as_str());
        return (!taken && !label.contains(['{', ':'])).then(|| ScrapeExpression::By(label.clone(), of.clone()));
    }
    is_sample(text.trim()).then(|| ScrapeExpression::Sample(text.trim().to_owned()))
}

/// The parts between commas that stand outside braces.
fn outside_braces(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth <= 0
    })
    .collect()
}

/// Whether a text is a sample's name as Prometheus has it, with or without a label selector.
fn is_sample(text: &str) -> bool {
    let (name, labels) = text.find('{').map_or((text, None), |at| {
        let (name, labels) = text.split_at(at);
        (name, Some(labels))
    });
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ':'));
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
    first && rest && labels.is_none_or(|labels| labels.ends_with('}'))
}

impl DataSource {
    /// The items in a file's bytes (JSON Lines) or in an answer's body (the list at the pointer).
    ///
    /// # Errors
    /// What is wrong with the bytes, and in which line.
    pub fn items(&self, bytes: &[u8]) -> Result<Vec<Value>, String> {
        let items = match self {
            Self::File(_) => {
                let lines = bytes.split(|byte| *byte == b'\n').enumerate();
                let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
                full.map(|(number, line)| {
                    serde_json::from_slice(line).map_err(|error| format!("line {}: {error}", number + 1))
                })
                .collect::<Result<Vec<Value>, String>>()?
            }
            Self::Get(_, pointer) => {
                let answer: Value =
                    serde_json::from_slice(bytes).map_err(|error| format!("the answer is no JSON: {error}"))?;
                match answer.pointer(pointer) {
                    Some(Value::Array(items)) => items.clone(),
                    Some(_) | None => return Err(format!("the answer has no list at `{pointer}`")),
                }
            }
        };
        if items.is_empty() { Err("has no items".into()) } else { Ok(items) }
    }
}
