//! A TOML file with its lines: every value is asked for by key, and every mistake names file, line and key. Must not know: what keys mean.

use std::path::Path;

use bench_model::unit::nearest;
use bench_model::{Quantity, Unit};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::template::{Scope, Template};
use crate::Error;

/// A file's text, to tell lines.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl File<'_> {
    /// An error at a byte of the file.
    pub(super) fn refuse(&self, at: usize, reason: impl Into<String>) -> Error {
        let before = self.text.as_bytes().get(..at.min(self.text.len())).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        Error::Scenario { path: self.path.to_path_buf(), line: Some(line), reason: reason.into() }
    }
}

/// A value, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    file: File<'a>,
    value: &'a Spanned<DeValue<'a>>,
    at: usize,
}

/// A table, and where it stands.
#[derive(Clone)]
pub(super) struct Table<'a> {
    file: File<'a>,
    table: &'a DeTable<'a>,
    at: usize,
    /// What its keys are called in errors, such as `phase.`.
    prefix: String,
}

impl<'a> Table<'a> {
    /// The whole file, once its keys are known to be among `keys`.
    pub(super) fn top(file: File<'a>, table: &'a DeTable<'a>, keys: &[&str]) -> Result<Self, Error> {
        Self { file, table, at: 0, prefix: String::new() }.only(keys)
    }

    /// Refuses keys that nothing reads.
    pub(super) fn only(self, keys: &[&str]) -> Result<Self, Error> {
        for key in self.table.keys() {
            if !keys.contains(&key.get_ref().as_ref()) {
                let near = nearest(key.get_ref(), keys.iter().copied());
                let near = near.map_or_else(
                    || format!("; there are {}", keys.join(", ")),
                    |near| format!("; did you mean `{}{near}`", self.prefix),
                );
                let reason = format!("unknown key `{}{}`{near}", self.prefix, key.get_ref());
                return Err(self.file.refuse(key.span().start, reason));
            }
        }
        Ok(self)
    }

    /// An error about a key, at its line, or at the table's when it is not there.
    pub(super) fn refuse(&self, key: &str, reason: impl std::fmt::Display) -> Error {
        let at =
            self.table.iter().find(|(name, _)| name.get_ref() == key).map_or(self.at, |(name, _)| name.span().start);
        self.file.refuse(at, format!("`{}{key}` {reason}", self.prefix))
    }

    /// An error about the table.
    pub(super) fn refuse_all(&self, reason: impl Into<String>) -> Error {
        self.file.refuse(self.at, reason)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.table.get(key)?;
        Some(Node { file: self.file, value, at: value.span().start })
    }

    /// Keys and values, in the order of keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let file = self.file;
        self.table.iter().map(move |(key, value)| (key.get_ref().as_ref(), Node { file, value, at: key.span().start }))
    }

    /// A text; `[variables]` are put in.
    pub(super) fn text(&self, key: &str, scope: &Scope<'_>) -> Result<Option<String>, Error> {
        self.get(key).map(|node| node.text(scope).map_err(|reason| self.refuse(key, reason))).transpose()
    }

    pub(super) fn required_text(&self, key: &str, scope: &Scope<'_>) -> Result<String, Error> {
        match self.text(key, scope)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(self.refuse(key, "is empty")),
            None => Err(self.refuse(key, "is missing")),
        }
    }

    /// A quantity in base units.
    pub(super) fn quantity(&self, key: &str, unit: Unit, scope: &Scope<'_>) -> Result<Option<f64>, Error> {
        let read = |node: Node<'_>| node.quantity(unit, scope).map_err(|reason| self.refuse(key, reason));
        self.get(key).map(read).transpose()
    }

    /// A whole number.
    pub(super) fn whole(&self, key: &str, scope: &Scope<'_>) -> Result<Option<u64>, Error> {
        self.get(key).map(|node| node.whole(scope).map_err(|reason| self.refuse(key, reason))).transpose()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, Error> {
        match self.get(key).map(|node| node.value.get_ref()) {
            None => Ok(false),
            Some(DeValue::Boolean(value)) => Ok(*value),
            Some(_) => Err(self.refuse(key, "is `true` or `false`")),
        }
    }

    /// The table under a key.
    pub(super) fn table(&self, key: &str) -> Result<Option<Self>, Error> {
        let Some(node) = self.get(key) else { return Ok(None) };
        node.table(&format!("{}{key}.", self.prefix))
            .map(Some)
            .ok_or_else(|| self.refuse(key, format!("is a table: write [{key}]")))
    }

    /// The list of tables under a key; empty without it.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, Error> {
        let wrong = || self.refuse(key, format!("is a list of tables: write [[{key}]]"));
        let Some(node) = self.get(key) else { return Ok(Vec::new()) };
        let items = node.list().ok_or_else(wrong)?;
        let prefix = format!("{}{key}.", self.prefix);
        items.into_iter().map(|item| item.table(&prefix).ok_or_else(wrong)).collect()
    }
}

impl<'a> Node<'a> {
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Error {
        self.file.refuse(self.at, reason)
    }

    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(super) fn table(&self, prefix: &str) -> Option<Table<'a>> {
        let table = self.value.get_ref().as_table()?;
        Some(Table { file: self.file, table, at: self.at, prefix: prefix.to_owned() })
    }

    pub(super) fn list(&self) -> Option<Vec<Self>> {
        let items = self.value.get_ref().as_array()?;
        Some(items.iter().map(|value| Self { file: self.file, value, at: value.span().start }).collect())
    }

    /// A text with `[variables]` put in, and nothing else.
    pub(super) fn text(&self, scope: &Scope<'_>) -> Result<String, String> {
        let text = self.value().as_str().ok_or("is a text in quotes")?;
        let plain = Scope { variables: scope.variables.clone(), ..Scope::default() };
        let template = Template::parse(text, &plain)?;
        match template.as_fixed() {
            Some(text) => Ok(text.to_owned()),
            None => Err("cannot be drawn or secret: only [variables] with fixed values can stand here".into()),
        }
    }

    pub(super) fn quantity(&self, unit: Unit, scope: &Scope<'_>) -> Result<f64, String> {
        let forms = bench_model::unit::accepted_forms(Some(unit));
        let text = self.text(scope).map_err(|reason| match self.value() {
            DeValue::String(_) => reason,
            _ => format!("has no unit; write it as a text with one, such as {forms}"),
        })?;
        let quantity = Quantity::parse_as(&text, unit).map_err(|error| format!("is not usable: {error}"))?;
        Ok(quantity.value)
    }

    pub(super) fn whole(&self, scope: &Scope<'_>) -> Result<u64, String> {
        let wrong = "is a whole number from 0 on";
        match self.value() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).map_err(|_| wrong.into()),
            DeValue::String(_) => self.text(scope)?.parse().map_err(|_| wrong.into()),
            _ => Err(wrong.into()),
        }
    }

    /// A number without a unit, such as a weight.
    pub(super) fn number(&self, scope: &Scope<'_>) -> Result<f64, String> {
        let number = match self.value() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n as f64),
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(_) => self.text(scope)?.parse().ok(),
            DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
        };
        number.filter(|number: &f64| number.is_finite()).ok_or_else(|| "is a number".into())
    }
}
