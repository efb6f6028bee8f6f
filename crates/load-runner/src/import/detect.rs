//! Telling by its content what a file is. Must not know: how it is read.

use serde_json::Value;

use super::Format;
use super::fault::Fault;
use super::locust::{Sheet, sheet_of};
use super::source::text;

/// What the beginning of a file says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// k6's `--out json`.
    K6Lines,
    /// vegeta's `encode` to JSON.
    VegetaLines,
    /// One of Locust's CSV files.
    Sheet(Sheet),
    /// hey's `-o csv`.
    HeyRows,
    /// hey's text.
    HeyText,
    /// wrk's text.
    Wrk,
    /// Some JSON document, or text around one.
    Document,
}

/// What a JSON document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// A summary of k6.
    K6,
    /// A list of Locust's entries.
    Locust,
    /// A report of vegeta.
    Vegeta,
    /// A report of oha.
    Oha,
}

/// What a file is by its first bytes.
pub(super) fn guess(head: &[u8], format: Format) -> Result<Guess, Fault> {
    let shown = text(head);
    let begin = shown.trim_start();
    let first = begin.lines().next().unwrap_or_default();
    let found = match format {
        Format::Auto => automatic(begin, first),
        Format::K6Summary | Format::Oha => Some(Guess::Document),
        Format::K6Ndjson => Some(Guess::K6Lines),
        Format::Locust if begin.starts_with('[') => Some(Guess::Document),
        Format::Locust => sheet_of(first).map(Guess::Sheet),
        Format::Vegeta => Some(if is_hit(first) { Guess::VegetaLines } else { Guess::Document }),
        Format::Wrk => Some(Guess::Wrk),
        Format::Hey if first.starts_with("response-time,") => Some(Guess::HeyRows),
        Format::Hey => Some(Guess::HeyText),
    };
    if begin.is_empty() {
        return Err(Fault::at(1, "it is empty; expected what k6, Locust, vegeta, oha, wrk or hey wrote"));
    }
    found.ok_or_else(|| {
        Fault::at(
            1,
            "it is none of: k6's summary or JSON lines, Locust's CSV or JSON, vegeta's JSON, oha's JSON, wrk's or hey's text",
        )
    })
}

fn automatic(begin: &str, first: &str) -> Option<Guess> {
    let lines = || begin.lines().map(str::trim);
    if first.starts_with('{') && is_k6_line(first) {
        Some(Guess::K6Lines)
    } else if first.starts_with('{') && is_hit(first) {
        Some(Guess::VegetaLines)
    } else if begin.starts_with(['{', '[']) {
        Some(Guess::Document)
    } else if let Some(sheet) = sheet_of(first) {
        Some(Guess::Sheet(sheet))
    } else if first.starts_with("response-time,") {
        Some(Guess::HeyRows)
    } else if lines().any(|line| line.starts_with("Running ") && line.contains(" test @ ")) {
        Some(Guess::Wrk)
    } else if lines().any(|line| line == "Summary:") {
        Some(Guess::HeyText)
    } else {
        begin.contains('{').then_some(Guess::Document)
    }
}

fn is_k6_line(first: &str) -> bool {
    match serde_json::from_str::<Value>(first) {
        Ok(line) => line.get("metric").is_some_and(Value::is_string) && line.get("data").is_some_and(Value::is_object),
        // A run that was killed at once leaves a piece of a line.
        Err(_) => ["{\"type\":\"Metric\"", "{\"type\":\"Point\"", "{\"metric\":\""]
            .iter()
            .any(|begin| first.starts_with(begin)),
    }
}

fn is_hit(first: &str) -> bool {
    let line = serde_json::from_str::<Value>(first).ok();
    line.is_some_and(|line| ["timestamp", "latency", "code"].iter().all(|key| line.get(key).is_some()))
}

/// What a JSON document is by its keys.
pub(super) fn document(value: &Value, format: Format) -> Result<Document, Fault> {
    let has = |key: &str| value.get(key).is_some();
    match format {
        Format::K6Summary => Ok(Document::K6),
        Format::Oha => Ok(Document::Oha),
        Format::Vegeta => Ok(Document::Vegeta),
        Format::Locust => Ok(Document::Locust),
        Format::Auto | Format::K6Ndjson | Format::Wrk | Format::Hey => match () {
            () if is_entries(value) => Ok(Document::Locust),
            () if has("latencies") && has("status_codes") => Ok(Document::Vegeta),
            () if has("latencyPercentiles") || (has("summary") && has("statusCodeDistribution")) => Ok(Document::Oha),
            () if super::k6::looks_like_a_summary(value) => Ok(Document::K6),
            () => Err(Fault::new(
                "the JSON document is none of: a summary of k6, Locust's entries, a report of vegeta, a report of oha",
            )),
        },
    }
}

fn is_entries(value: &Value) -> bool {
    value.as_array().is_some_and(|entries| entries.iter().all(|entry| entry.get("response_times").is_some()))
}
