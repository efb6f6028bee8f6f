//! Kubernetes manifests: the parts that every engine's need, and YAML that is written from values and not from text, so that no name or
//! scenario can break out of its place. Must not know: what runs in the containers.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use bench_model::file::{self, FileError};
use serde_json::{Value, json};

use crate::Error;

/// What Kubernetes takes as one ConfigMap, in bytes, less some for its frame.
const MAX_CONFIG: usize = (1 << 20) - 4096;

/// A scenario's name as Kubernetes takes names (RFC 1123 label, with room for a suffix).
pub(crate) fn name(scenario: &str) -> String {
    let plain: String =
        scenario.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain: String = plain.trim_matches('-').chars().take(40).collect();
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { "load".to_owned() } else { format!("load-{plain}") }
}

/// Labels by which a component's pods are found.
pub(crate) fn labels(name: &str, component: &str) -> Value {
    json!({
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/managed-by": "load-runner",
    })
}

/// What a container may use. Load that was throttled by a limit on its processor would be measured instead of the service: there is none.
pub(crate) fn resources(cpu: &str, memory: &str) -> Value {
    json!({ "requests": { "cpu": cpu, "memory": memory }, "limits": { "memory": memory } })
}

/// The scenario's secrets as a container's environment, from a Secret of that name that people make themselves.
pub(crate) fn secrets(names: &BTreeSet<String>, secret: &str) -> Vec<Value> {
    let one = |name: &String| json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": secret, "key": name } } });
    names.iter().map(one).collect()
}

/// A ConfigMap with one file.
///
/// # Errors
/// [`Error::Load`] when it is larger than Kubernetes takes.
pub(crate) fn config_map(name: &str, labels: Value, file: &str, content: &str) -> Result<Value, Error> {
    if content.len() > MAX_CONFIG {
        return Err(Error::Load {
            what: format!("{file} has {} bytes, and a ConfigMap takes {MAX_CONFIG}", content.len()),
            hint: "let the scenario get its [data] from the service instead of a file".into(),
        });
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": name, "labels": labels },
        "data": { file: content },
    }))
}

/// Writes documents as one YAML file, with comments before them.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, comments: &[String], documents: &[Value]) -> Result<(), FileError> {
    let mut text: String = comments.iter().map(|line| format!("# {line}\n")).collect();
    for document in documents {
        text.push_str("---\n");
        yaml(document, 0, &mut text);
    }
    file::write(path, text.as_bytes())
}

/// A value as block YAML 1.2, of which JSON's texts and numbers are a part.
fn yaml(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(entries) => {
            for (key, item) in entries {
                let key = if plain(key) { key.clone() } else { Value::String(key.clone()).to_string() };
                let _ = write!(out, "{:indent$}{key}:", "");
                below(item, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                yaml(item, indent + 2, &mut inner);
                let _ = write!(out, "{:indent$}- {}", "", inner.trim_start());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = writeln!(out, "{:indent$}{value}", "");
        }
    }
}

fn below(item: &Value, indent: usize, out: &mut String) {
    let empty = item.as_object().is_some_and(serde_json::Map::is_empty) || item.as_array().is_some_and(Vec::is_empty);
    match item {
        Value::String(text) if block(text) => {
            out.push_str(" |\n");
            let deeper = indent + 2;
            for line in text.lines() {
                let pad = if line.is_empty() { 0 } else { deeper };
                let _ = writeln!(out, "{:pad$}{line}", "");
            }
        }
        Value::Object(_) | Value::Array(_) if !empty => {
            out.push('\n');
            yaml(item, indent + 2, out);
        }
        Value::String(text) if plain(text) => {
            let _ = writeln!(out, " {text}");
        }
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = writeln!(out, " {item}");
        }
    }
}

/// Whether a text needs no quotes: it cannot be read as a number, a date, a word such as `yes`, or structure.
fn plain(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_'));
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    first && rest && !word.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a text can stand as a literal block: several lines of printable ASCII, ending in one line end, the first not indented.
fn block(text: &str) -> bool {
    let printable = text.chars().all(|c| c == '\n' || (' '..='~').contains(&c));
    printable
        && text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.ends_with('\n')
        && !text.ends_with("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_kubernetes_takes() {
        for (scenario, expected) in [
            ("trust-engine-smoke", "load-trust-engine-smoke"),
            ("Über_Last!", "load-ber-last"),
            ("---", "load"),
            (&"x".repeat(90), &format!("load-{}", "x".repeat(40))),
        ] {
            assert_eq!(name(scenario), expected);
        }
    }

    #[test]
    fn values_come_back_from_yaml_as_they_were() {
        let value = json!({
            "script": "a = 1\n  b: \"x\"\n\n# end\n",
            "odd": "line\n---\nkind: Secret \u{2028}\n",
            "yes": ["no", "1.0", "- x", "", { "a": { "b": [] }, "c": [[1, true, null]] }],
            "key: with": "x",
        });
        let mut text = String::new();
        yaml(&value, 0, &mut text);
        let back: Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(back, value, "{text}");
    }
}
