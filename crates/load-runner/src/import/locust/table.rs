//! A CSV file by its header's text: columns moved between versions, and users change the percentiles.
//! Bytes that are no UTF-8 are kept visible. Must not know: what columns mean.

use std::collections::BTreeMap;

use super::super::fault::Fault;
use super::super::source::visible;

/// Locust's CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Sheet {
    /// `P_stats.csv`, before 1.0 `P_requests.csv`.
    Stats,
    /// `P_distribution.csv`, before 1.0.
    Distribution,
    /// `P_stats_history.csv`.
    History,
    /// `P_failures.csv`.
    Failures,
    /// `P_exceptions.csv`.
    Exceptions,
}

/// Which file a header is of.
pub(in super::super) fn sheet_of(first_line: &str) -> Option<Sheet> {
    let header: Vec<String> = first_line.trim().split(',').map(normal).collect();
    let has = |column: &str| header.iter().any(|known| known == column);
    Some(match () {
        () if has("timestamp") && has("name") => Sheet::History,
        () if has("traceback") && has("count") => Sheet::Exceptions,
        () if has("error") && (has("occurrences") || has("# occurences") || has("# occurrences")) => Sheet::Failures,
        () if has("name") && (has("failure count") || has("# failures")) => Sheet::Stats,
        () if has("name") && has("# requests") && has("50%") => Sheet::Distribution,
        () => return None,
    })
}

/// Rows under a header.
#[derive(Debug)]
pub(super) struct Table {
    columns: BTreeMap<String, usize>,
    percents: Vec<(f64, usize)>,
    rows: Vec<(u64, Vec<String>)>,
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    line: u64,
    cells: &'a [String],
}

impl Table {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let mut records = reader.byte_records();
        let header = match records.next() {
            Some(Ok(header)) => header,
            Some(Err(error)) => return Err(Fault::at(1, format!("expected a header: {error}"))),
            None => return Err(Fault::at(1, "it is empty; expected a header")),
        };
        let names: Vec<String> = header.iter().map(|cell| normal(&visible(cell))).collect();
        let percents = names
            .iter()
            .enumerate()
            .filter_map(|(at, name)| Some((name.strip_suffix('%')?.trim().parse::<f64>().ok()?, at)))
            .filter(|(percent, _)| (0.0..=100.0).contains(percent))
            .collect();
        let width = names.len();
        let columns = names.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        let mut rows = Vec::new();
        for record in records {
            let record = record.map_err(|error| Fault::new(format!("it is no CSV: {error}")))?;
            // After CR LF the reader stands before the LF, still in the line before.
            let line = record.position().map_or(0, |position| {
                let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
                position.line() + u64::from(bytes.get(at) == Some(&b'\n'))
            });
            if record.len() != width {
                return Err(Fault::at(line, format!("the row has {} cells; its header has {width}", record.len())));
            }
            rows.push((line, record.iter().map(visible).collect()));
        }
        Ok(Self { columns, percents, rows })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, line: *line, cells })
    }
}

impl<'a> Row<'a> {
    /// The first of these columns that there is.
    pub(super) fn text(&self, columns: &[&str]) -> Option<&'a str> {
        let at = columns.iter().find_map(|column| self.table.columns.get(*column))?;
        self.cells.get(*at).map(String::as_str)
    }

    pub(super) fn need(&self, column: &str) -> Result<&'a str, Fault> {
        self.text(&[column]).ok_or_else(|| Fault::at(1, format!("expected a column `{column}`")))
    }

    /// A number; absent for `N/A` and what is none.
    pub(super) fn number(&self, columns: &[&str]) -> Option<f64> {
        self.text(columns)?.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
    }

    /// A whole number that must be there.
    pub(super) fn count(&self, columns: &[&str]) -> Result<u64, Fault> {
        let first = columns.first().copied().unwrap_or_default();
        let text = self.text(columns).ok_or_else(|| Fault::at(1, format!("expected a column `{first}`")))?;
        text.trim().parse().map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            Fault::at(self.line, format!("`{shown}` in column `{first}` is no whole number"))
        })
    }

    /// The percentiles that are numbers, in the file's unit.
    pub(super) fn percentiles(&self) -> impl Iterator<Item = (f64, f64)> + use<'a> {
        let cells = self.cells;
        self.table.percents.iter().filter_map(move |(percent, at)| {
            let value: f64 = cells.get(*at)?.trim().parse().ok()?;
            (value.is_finite() && value >= 0.0).then_some((*percent, value))
        })
    }
}

fn normal(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase()
}
