//! Layers of settings: compiled-in default < file < environment < flag, each value with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{ConfigError, Settings, line_of, read_optional, syntax};
use crate::unit::nearest;

const DEFAULT: &str = include_str!("default.toml");
const HEADLINE_KEYS: [&str; 4] = ["name", "label", "metric", "unit"];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The compiled-in default.
    Default,
    /// A configuration file and the line in it.
    File(String, u64),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{path}:{line}"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Settings that are still being layered.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) values: Table,
    origins: BTreeMap<String, Layer>,
}

impl Layers {
    /// The compiled-in defaults alone.
    ///
    /// # Errors
    /// Never for a released program: a test reads the defaults.
    pub fn compiled_in() -> Result<Self, ConfigError> {
        let path = Path::new("compiled-in default.toml");
        let values: Table = DEFAULT.parse().map_err(|error| syntax(path, DEFAULT, &error))?;
        Ok(Self { values, origins: BTreeMap::new() })
    }

    /// The defaults with `perfledger.toml` of a configuration folder over them, when there is one.
    ///
    /// # Errors
    /// As [`Layers::merge_text`], or when the file exists and cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, ConfigError> {
        let mut layers = Self::compiled_in()?;
        let path = folder.join("perfledger.toml");
        if let Some(text) = read_optional(&path)? {
            layers.merge_text(&path, &text)?;
        }
        Ok(layers)
    }

    /// Puts a file's text over what is there.
    ///
    /// # Errors
    /// [`ConfigError::Syntax`] or [`ConfigError::UnknownKey`], with the line.
    pub fn merge_text(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let spans = DeTable::parse(text).map_err(|error| syntax(path, text, &error))?;
        let table: Table = text.parse().map_err(|error| syntax(path, text, &error))?;
        let shown = path.display().to_string();
        for (section, value) in spans.get_ref() {
            let line = line_of(text, section.span().start);
            if section.get_ref() == "headline" {
                check_headlines(path, text, value.get_ref())?;
                self.origins.insert("headline".into(), Layer::File(shown.clone(), line));
                continue;
            }
            let Some(Value::Table(known)) = self.values.get(section.get_ref().as_ref()) else {
                let known = self.values.keys().map(String::as_str).chain(["headline"]);
                return Err(unknown(path, line, section.get_ref(), "", known));
            };
            let DeValue::Table(keys) = value.get_ref() else {
                return Err(ConfigError::Value {
                    path: path.to_path_buf(),
                    line: Some(line),
                    key: section.get_ref().to_string(),
                    reason: format!("is a table: write [{}]", section.get_ref()),
                });
            };
            for key in keys.keys() {
                let line = line_of(text, key.span().start);
                if !known.contains_key(key.get_ref().as_ref()) {
                    let prefix = format!("{}.", section.get_ref());
                    return Err(unknown(path, line, key.get_ref(), &prefix, known.keys().map(String::as_str)));
                }
                let name = format!("{}.{}", section.get_ref(), key.get_ref());
                self.origins.insert(name, Layer::File(shown.clone(), line));
            }
        }
        for (section, value) in table {
            match (self.values.get_mut(&section), value) {
                (Some(Value::Table(known)), Value::Table(new)) => known.extend(new),
                (_, value) => {
                    self.values.insert(section, value);
                }
            }
        }
        Ok(())
    }

    /// Sets one value, such as `bench.rounds`, from the environment or a flag.
    pub fn set(&mut self, key: &str, value: impl Into<Value>, origin: Layer) {
        if let Some((section, name)) = key.split_once('.')
            && let Some(Value::Table(table)) = self.values.get_mut(section)
        {
            table.insert(name.to_owned(), value.into());
            self.origins.insert(key.to_owned(), origin);
        }
    }

    /// Every value with its origin, ordered by key, as `--show-settings` prints them.
    pub fn entries(&self) -> Vec<(String, String, Layer)> {
        let mut entries = Vec::new();
        for (section, value) in &self.values {
            match value {
                Value::Table(table) => {
                    entries.extend(table.iter().map(|(key, value)| (format!("{section}.{key}"), value.to_string())));
                }
                other => entries.push((section.clone(), other.to_string())),
            }
        }
        entries.sort();
        entries
            .into_iter()
            .map(|(key, value)| {
                let origin = self.origins.get(&key).cloned().unwrap_or(Layer::Default);
                (key, value, origin)
            })
            .collect()
    }

    /// The validated settings.
    ///
    /// # Errors
    /// [`ConfigError::Value`] naming the key and where its value came from.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::validated(&self.values, &self.origins)
    }
}

fn unknown<'a>(
    path: &Path,
    line: u64,
    key: &str,
    prefix: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> ConfigError {
    ConfigError::UnknownKey {
        path: path.to_path_buf(),
        line: Some(line),
        key: format!("{prefix}{key}"),
        nearest: nearest(key, known).map(|near| format!("{prefix}{near}")),
    }
}

fn check_headlines(path: &Path, text: &str, value: &DeValue<'_>) -> Result<(), ConfigError> {
    let DeValue::Array(items) = value else {
        return Err(ConfigError::Value {
            path: path.to_path_buf(),
            line: None,
            key: "headline".into(),
            reason: "is a list of tables: write [[headline]]".into(),
        });
    };
    for item in items {
        if let DeValue::Table(table) = item.get_ref() {
            for key in table.keys() {
                if !HEADLINE_KEYS.contains(&key.get_ref().as_ref()) {
                    let line = line_of(text, key.span().start);
                    return Err(unknown(path, line, key.get_ref(), "headline.", HEADLINE_KEYS));
                }
            }
        }
    }
    Ok(())
}
