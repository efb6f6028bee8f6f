//! Finding k6's summary in what a file holds: as k6 wrote it, inside another JSON document, or inside Markdown or a log.
//! Must not know: what the summary says.

use serde_json::Value;

use super::super::fault::Fault;

/// How many places of a text are tried.
const TRIES: usize = 256;
/// How deep a summary may lie in another document.
const DEPTH: usize = 12;

/// What a summary looks like, by its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `--summary-export`: figures beside `thresholds`, where `true` is failed.
    Legacy,
    /// What `handleSummary` is given: figures in `values`, thresholds with `ok`.
    Data,
    /// Version 1.0.0 of the machine-readable summary: no thresholds.
    Machine,
}

/// Whether a document holds a summary somewhere.
pub(in super::super) fn looks_like_a_summary(value: &Value) -> bool {
    !all(value).is_empty()
}

/// The one summary in a text, with its shape.
pub(super) fn find(text: &str) -> Result<(Value, Shape), Fault> {
    let whole: Result<Value, _> = serde_json::from_str(text.trim());
    let candidates = match whole {
        Ok(value) => vec![value],
        Err(error) => {
            let inside = embedded(text);
            if inside.is_empty() {
                let line = u64::try_from(error.line()).unwrap_or(1);
                return Err(Fault::at(line, format!("expected a k6 summary as JSON: {error}")));
            }
            inside
        }
    };
    let mut found: Vec<(Value, Shape)> =
        candidates.iter().flat_map(all).map(|(value, shape)| (value.clone(), shape)).collect();
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), others) => Err(Fault::new(format!("it holds {} k6 summaries; pass one of them", others + 1))),
        (None, _) => Err(Fault::new(
            "expected a k6 summary: `metrics` as an object, or `version` and `results`, somewhere in the document",
        )),
    }
}

/// Objects in a text that is no JSON document: between the words of Markdown or a log.
fn embedded(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut from = 0;
    for _ in 0..TRIES {
        let Some(rest) = text.get(from..) else { break };
        let Some(at) = rest.find('{') else { break };
        let mut stream = serde_json::Deserializer::from_str(rest.get(at..).unwrap_or_default()).into_iter::<Value>();
        from += at;
        match stream.next() {
            Some(Ok(value)) => {
                from += stream.byte_offset().max(1);
                if !all(&value).is_empty() {
                    found.push(value);
                }
            }
            Some(Err(_)) | None => from += 1,
        }
    }
    found
}

/// All summaries in a document. Inside one none is looked for.
fn all(value: &Value) -> Vec<(&Value, Shape)> {
    fn walk<'a>(value: &'a Value, depth: usize, found: &mut Vec<(&'a Value, Shape)>) {
        if let Some(shape) = shape(value) {
            found.push((value, shape));
            return;
        }
        if depth == 0 {
            return;
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| walk(member, depth - 1, found)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, depth - 1, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(value, DEPTH, &mut found);
    found
}

fn shape(value: &Value) -> Option<Shape> {
    if value.get("version").is_some_and(Value::is_string)
        && value.pointer("/results/metrics").is_some_and(Value::is_array)
    {
        return Some(Shape::Machine);
    }
    let metrics = value.get("metrics")?.as_object()?;
    let (mut data, mut legacy) = (false, false);
    for metric in metrics.values() {
        let metric = metric.as_object()?;
        data |= metric.get("values").is_some_and(Value::is_object);
        legacy |= metric.values().any(Value::is_number);
    }
    // Other tools' documents have `metrics` too: one of k6's own names, or a stream's custom one beside k6's other members.
    let k6 = metrics.keys().any(|name| KNOWN.contains(&name.split('{').next().unwrap_or_default()))
        || value.get("root_group").is_some();
    match (k6, data, legacy) {
        (true, true, _) => Some(Shape::Data),
        (true, false, true) => Some(Shape::Legacy),
        (true, false, false) | (false, _, _) => None,
    }
}

const KNOWN: [&str; 12] = [
    "http_reqs",
    "http_req_duration",
    "http_req_failed",
    "http_req_waiting",
    "iterations",
    "iteration_duration",
    "checks",
    "vus",
    "vus_max",
    "data_sent",
    "data_received",
    "dropped_iterations",
];
