//! TOML as it was written: refusing keys that nothing reads, reading quantities, and naming the line of everything that is wrong.
//! Must not know: what a file is about.

use std::path::{Path, PathBuf};

use bench_model::config::{ConfigError, Layer};
use bench_model::scale::Axis;
use bench_model::unit::{accepted_forms, nearest};
use bench_model::{Finite, MetricName, Quantity, Unit};
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::{AXES, CostName, ScaleName, unproduced};

/// A text of a file.
pub(super) type Text = Spanned<String>;

/// A file that is being read.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

/// The keys that a file may have at its top, and those in each table of it (none for what is no table).
pub(super) type Keys = [(&'static str, &'static [&'static str])];

impl Written<'_> {
    /// Reads the file into its raw form.
    ///
    /// # Errors
    /// Syntax, keys that nothing reads with the nearest known one, values of another type; each with its line.
    pub(super) fn read<T: DeserializeOwned>(&self, keys: &Keys) -> Result<T, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| self.syntax(&error))?;
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            let Some((_, inner)) = keys.iter().find(|(known, _)| *known == name) else {
                let known: Vec<_> = keys.iter().map(|(known, _)| *known).collect();
                return Err(self.unknown(key.span().start, name, "", &known));
            };
            let tables: Vec<_> = match value.get_ref() {
                DeValue::Table(table) => vec![table],
                DeValue::Array(items) => items
                    .iter()
                    .filter_map(|item| if let DeValue::Table(table) = item.get_ref() { Some(table) } else { None })
                    .collect(),
                _ => Vec::new(),
            };
            for key in tables.into_iter().flat_map(|table| table.keys()) {
                if !inner.contains(&key.get_ref().as_ref()) {
                    return Err(self.unknown(key.span().start, key.get_ref(), &format!("{name}."), inner));
                }
            }
        }
        toml::from_str(self.text).map_err(|error| self.syntax(&error))
    }

    /// Every value as it stands there, with its place, for `--show-settings`. `origin` says where a line is.
    pub(super) fn entries(&self, origin: impl Fn(u64) -> Layer) -> Vec<(String, String, Layer)> {
        let mut entries = Vec::new();
        if let Ok(table) = DeTable::parse(self.text) {
            self.flatten("", table.get_ref(), &origin, &mut entries);
        }
        entries
    }

    fn flatten(
        &self,
        prefix: &str,
        table: &DeTable<'_>,
        origin: &impl Fn(u64) -> Layer,
        entries: &mut Vec<(String, String, Layer)>,
    ) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let mut leaf = |value: &Spanned<DeValue<'_>>| {
                let shown = self.text.get(value.span()).unwrap_or_default().to_owned();
                entries.push((name.clone(), shown, origin(self.line(value.span().start))));
            };
            match value.get_ref() {
                DeValue::Table(inner) => self.flatten(&format!("{name}."), inner, origin, entries),
                DeValue::Array(items) if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) => {
                    for (at, item) in items.iter().enumerate() {
                        let DeValue::Table(inner) = item.get_ref() else { continue };
                        self.flatten(&format!("{name}.{}.", at + 1), inner, origin, entries);
                    }
                }
                _ => leaf(value),
            }
        }
    }

    /// The line, counted from 1, that a byte lies on.
    fn line(&self, offset: usize) -> u64 {
        let before = self.text.as_bytes().get(..offset.min(self.text.len())).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
    }

    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let line = error.span().map(|span| self.line(span.start));
        ConfigError::Syntax { path: self.path.to_path_buf(), line, reason: error.message().to_owned() }
    }

    fn unknown(&self, offset: usize, key: &str, prefix: &str, known: &[&str]) -> ConfigError {
        let nearest = nearest(key, known.iter().copied()).map(|near| format!("{prefix}{near}"));
        let (path, line) = (PathBuf::from(self.path), Some(self.line(offset)));
        ConfigError::UnknownKey { path, line, key: format!("{prefix}{key}"), nearest }
    }

    pub(super) fn refuse(&self, offset: usize, key: &str, reason: impl Into<String>) -> ConfigError {
        let (path, line) = (PathBuf::from(self.path), Some(self.line(offset)));
        ConfigError::Value { path, line, key: key.to_owned(), reason: reason.into() }
    }

    /// A text that people can see.
    pub(super) fn visible(&self, key: &str, text: &Text) -> Result<String, ConfigError> {
        let shown = text.get_ref().trim();
        if shown.is_empty() || shown.chars().any(char::is_control) {
            return Err(self.refuse(text.span().start, key, "is a visible text in one line"));
        }
        Ok(shown.to_owned())
    }

    /// A quantity with its unit; of any kind where none is given.
    pub(super) fn quantity(
        &self,
        key: &str,
        text: &Spanned<toml::Value>,
        unit: Option<Unit>,
    ) -> Result<Quantity, ConfigError> {
        let toml::Value::String(written) = text.get_ref() else {
            let reason = format!("is a text with a unit, such as {}", accepted_forms(unit));
            return Err(self.refuse(text.span().start, key, reason));
        };
        let read = match unit {
            Some(unit) => Quantity::parse_as(written, unit),
            None => written.parse(),
        };
        read.map_err(|error| self.refuse(text.span().start, key, format!("is not usable: {error}")))
    }

    /// A number of at least `least`.
    pub(super) fn number(&self, key: &str, number: &Spanned<f64>, least: f64) -> Result<Finite, ConfigError> {
        Finite::try_from(*number.get_ref())
            .ok()
            .filter(|number| number.get() >= least)
            .ok_or_else(|| self.refuse(number.span().start, key, format!("is a finite number of at least {least}")))
    }

    /// A metric's full name.
    pub(super) fn metric(&self, key: &str, text: &Text) -> Result<MetricName, ConfigError> {
        let refuse = |reason: String| self.refuse(text.span().start, key, reason);
        let name: MetricName = text.get_ref().parse().map_err(|error| refuse(format!("is not usable: {error}")))?;
        match unproduced(&name) {
            Some(reason) => Err(refuse(reason)),
            None => Ok(name),
        }
    }

    /// A scenario and what is varied in it, such as `scale-trust/processes`.
    pub(super) fn scale(&self, key: &str, text: &Text) -> Result<ScaleName, ConfigError> {
        let parsed = text.get_ref().rsplit_once('/').and_then(|(scenario, axis)| {
            let axis = ScaleName::axis(axis)?;
            (!scenario.is_empty()).then(|| ScaleName { scenario: scenario.to_owned(), axis })
        });
        parsed.ok_or_else(|| {
            let axes = AXES.map(Axis::as_str).join(", ");
            let reason = format!("is a scenario and one of {axes}, such as \"scale-trust/processes\"");
            self.refuse(text.span().start, key, reason)
        })
    }

    /// A size of a scalability run, or its cheapest that keeps the service level: `scale-trust/processes/3`, `scale-trust/processes/best`.
    pub(super) fn cost(&self, key: &str, text: &Text) -> Result<CostName, ConfigError> {
        let refuse = || {
            let reason = "is a scenario, an axis and a size or `best`, such as \"scale-trust/processes/1\"";
            self.refuse(text.span().start, key, reason)
        };
        let (scale, size) = text.get_ref().rsplit_once('/').ok_or_else(refuse)?;
        let size = match size {
            "best" => None,
            size => Some(size.parse().ok().filter(|size: &u32| *size > 0).ok_or_else(refuse)?),
        };
        let scale = self.scale(key, &Spanned::new(text.span(), scale.to_owned()))?;
        Ok(CostName { scale, size })
    }
}
