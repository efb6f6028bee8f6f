//! `controls.toml`: reading the mapping from requirements to evidence, and choosing what a configuration lists of it.
//! Must not know: what a ledger holds.

mod evidence;

use std::path::{Path, PathBuf};

use bench_model::audit::{Control, Controls};
use bench_model::config::ConfigError;
use bench_model::unit::nearest;
use toml::de::{DeTable, DeValue};

use crate::AuditConfig;
use crate::config::read_optional;

pub use evidence::{Facts, validate_compliance_requirements};

/// The file's name in the configuration folder.
pub const CONTROLS_FILE: &str = "controls.toml";

const DEFAULT: &str = include_str!("../../../config/controls.toml");
const KEYS: [&str; 6] = ["standard", "clause", "title", "requirement", "scope", "evidence"];

/// The mapping of a configuration folder, or the compiled-in one when there is no file.
///
/// # Errors
/// As [`parse_controls`], or when the file exists and cannot be read.
pub fn controls_from_folder(folder: &Path) -> Result<Controls, ConfigError> {
    let path = folder.join(CONTROLS_FILE);
    match read_optional(&path)? {
        Some(text) => parse_controls(&path, &text),
        None => parse_controls(Path::new("compiled-in controls.toml"), DEFAULT),
    }
}

/// Reads the text of a `controls.toml`; `path` is only named in errors.
///
/// # Errors
/// [`ConfigError`] with the line: syntax, unknown or missing keys, an empty text, no evidence or an unknown kind of it, the same
/// clause twice.
pub fn parse_controls(path: &Path, text: &str) -> Result<Controls, ConfigError> {
    let file = File { path, text };
    let table = DeTable::parse(text).map_err(|error| file.syntax(&error))?;
    let mut starts = Vec::new();
    for (key, value) in table.get_ref() {
        if key.get_ref() != "control" {
            return Err(file.unknown(key.span().start, key.get_ref(), "", &["control"]));
        }
        let DeValue::Array(items) = value.get_ref() else {
            return Err(file.refuse(value.span().start, "control", "is a list of tables: write [[control]]"));
        };
        for item in items {
            starts.push(item.span().start);
            let DeValue::Table(keys) = item.get_ref() else { continue };
            if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref())) {
                return Err(file.unknown(key.span().start, key.get_ref(), "control.", &KEYS));
            }
        }
    }
    let controls: Controls = toml::from_str(text).map_err(|error| file.syntax(&error))?;
    for (at, (control, start)) in controls.control.iter().zip(starts).enumerate() {
        let Control { standard, clause, title, requirement, scope, evidence } = control;
        for (key, text) in [
            ("standard", standard),
            ("clause", clause),
            ("title", title),
            ("requirement", requirement),
            ("scope", scope),
        ] {
            if text.trim().is_empty() || text.chars().any(|c| c.is_control() && c != '\n') {
                return Err(file.refuse(start, &format!("control.{key}"), "is a visible text"));
            }
        }
        let doubled = evidence.iter().enumerate().any(|(at, kind)| evidence.iter().take(at).any(|other| other == kind));
        if evidence.is_empty() || doubled {
            let reason = "names at least one kind of evidence, each once, such as [\"intact_ledger\"]";
            return Err(file.refuse(start, "control.evidence", reason));
        }
        let same = |other: &Control| other.standard == *standard && other.clause == *clause;
        if controls.control.iter().take(at).any(same) {
            return Err(file.refuse(
                start,
                "control.clause",
                &format!("`{clause}` of `{standard}` stands there twice"),
            ));
        }
    }
    Ok(controls)
}

/// What a configuration lists of a mapping: its standards in its order, of each the clauses it asks for.
///
/// # Errors
/// [`ConfigError::Value`] for a standard or a clause that the mapping does not hold.
pub fn selected(controls: &Controls, config: &AuditConfig) -> Result<Controls, ConfigError> {
    let of = |standard: &str| -> Vec<&Control> {
        controls.control.iter().filter(|control| control.standard == standard).collect()
    };
    let standards = || controls.control.iter().map(|control| control.standard.as_str());
    let lacking = |key: &'static str, name: &str, known: Vec<&str>| {
        let near =
            nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
        let mut known: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
        known.dedup();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        config.refuse(key, format!("names `{name}`, which {CONTROLS_FILE} does not hold{near}: it holds {known}"))
    };
    for (standard, clauses) in &config.regulatory_requirements {
        if !config.compliance_standards.contains(standard) {
            let reason = format!("names `{standard}`, which `compliance_standards` does not list");
            return Err(config.refuse("regulatory_requirements", reason));
        }
        let known: Vec<_> = of(standard).iter().map(|control| control.clause.as_str()).collect();
        if let Some(clause) = clauses.iter().find(|clause| !known.contains(&clause.as_str())) {
            return Err(lacking("regulatory_requirements", clause, known));
        }
    }
    let mut control = Vec::new();
    for standard in &config.compliance_standards {
        let all = of(standard);
        if all.is_empty() {
            return Err(lacking("compliance_standards", standard, standards().collect()));
        }
        let wanted = config.regulatory_requirements.get(standard);
        let chosen = all.into_iter().filter(|control| wanted.is_none_or(|clauses| clauses.contains(&control.clause)));
        control.extend(chosen.cloned());
    }
    Ok(Controls { control })
}

/// A file that is being read, for the places of errors.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn at(&self, offset: usize) -> (PathBuf, Option<u64>) {
        let before = self.text.as_bytes().get(..offset.min(self.text.len())).unwrap_or_default();
        (self.path.to_path_buf(), Some(1 + before.iter().filter(|byte| **byte == b'\n').count() as u64))
    }

    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let line = error.span().and_then(|span| self.at(span.start).1);
        ConfigError::Syntax { path: self.path.to_path_buf(), line, reason: error.message().to_owned() }
    }

    fn unknown(&self, offset: usize, key: &str, prefix: &str, known: &[&str]) -> ConfigError {
        let (path, line) = self.at(offset);
        let nearest = nearest(key, known.iter().copied()).map(|near| format!("{prefix}{near}"));
        ConfigError::UnknownKey { path, line, key: format!("{prefix}{key}"), nearest }
    }

    fn refuse(&self, offset: usize, key: &str, reason: &str) -> ConfigError {
        let (path, line) = self.at(offset);
        ConfigError::Value { path, line, key: key.to_owned(), reason: reason.to_owned() }
    }
}
