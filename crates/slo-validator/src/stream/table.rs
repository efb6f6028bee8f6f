//! Tables: a header, rows under it, and groups of rows in the order in which they begin.

use std::collections::BTreeMap;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

use super::flow::Items;
use super::number::number;
use super::pump::BadLine;

/// The name of the one question of a table that names none.
pub(super) const UNNAMED: &str = "-";

/// A table with a header, separated by commas.
pub(super) struct Table<'a> {
    reader: Reader<&'a [u8]>,
    /// The names of the columns as they stand.
    pub(super) header: Vec<String>,
}

impl<'a> Table<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| reason(&error))?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        if !header.is_empty() && header.iter().all(|name| number(name).is_some()) {
            return Err("the first line holds numbers, where the names of the columns are wanted".into());
        }
        Ok(Self { reader, header })
    }

    /// The first column of one of these names, whatever their case.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
    }

    pub(super) fn rows(self) -> impl Iterator<Item = Result<Row, BadLine>> {
        self.reader.into_records().map(|record| match record {
            Ok(record) => Ok(Row { line: record.position().map_or(0, csv::Position::line), record }),
            Err(error) => {
                Err(BadLine { line: error.position().map_or(0, csv::Position::line), reason: reason(&error) })
            }
        })
    }
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells under a header of {expected_len}"),
        ErrorKind::Utf8 { .. } => "not UTF-8".into(),
        _ => error.to_string(),
    }
}

/// A row of a table.
pub(super) struct Row {
    pub(super) line: u64,
    record: StringRecord,
}

impl Row {
    /// The text of a cell; empty where there is none.
    pub(super) fn text(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.record.get(column)).unwrap_or_default()
    }

    /// The number in a cell, NaN where it is missing.
    pub(super) fn number(&self, column: usize) -> Result<f64, String> {
        let text = self.text(Some(column));
        number(text).ok_or_else(|| format!("`{}` is not a number", text.escape_debug()))
    }

    /// Yes or no, where a cell says so.
    pub(super) fn flag(&self, column: Option<usize>) -> Result<Option<bool>, String> {
        let text = self.text(column);
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "1" => Ok(Some(true)),
            "false" | "no" | "0" => Ok(Some(false)),
            _ => Err(format!("`{}` is neither true nor false", text.escape_debug())),
        }
    }
}

/// Groups of rows by name, and the rows that belong to none because they cannot be read.
pub(super) struct Groups<G> {
    groups: BTreeMap<String, (u64, G)>,
    bad: Vec<BadLine>,
}

impl<G: Default> Groups<G> {
    pub(super) fn new() -> Self {
        Self { groups: BTreeMap::new(), bad: Vec::new() }
    }

    /// The group of a name, which begins with this line if it is new.
    pub(super) fn group(&mut self, name: &str, line: u64) -> &mut G {
        let name = if name.is_empty() { UNNAMED } else { name };
        &mut self.groups.entry(name.to_owned()).or_insert_with(|| (line, G::default())).1
    }

    pub(super) fn bad(&mut self, bad: BadLine) {
        self.bad.push(bad);
    }

    /// The groups as questions, with the bad rows between them, by the line that each begins with.
    pub(super) fn finish<Q>(self, question: impl Fn(String, G) -> Result<Q, String>) -> Items<Q> {
        let questions = self
            .groups
            .into_iter()
            .map(|(name, (line, group))| (line, question(name, group).map_err(|reason| BadLine { line, reason })));
        in_order(questions.collect(), self.bad)
    }
}

/// Questions and bad rows by the line that each begins with.
pub(super) fn in_order<Q>(mut items: Vec<(u64, Result<Q, BadLine>)>, bad: Vec<BadLine>) -> Items<Q> {
    items.extend(bad.into_iter().map(|bad| (bad.line, Err(bad))));
    items.sort_by_key(|(line, _)| *line);
    items.into_iter().map(|(_, item)| item).collect()
}
