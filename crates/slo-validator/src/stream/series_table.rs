//! Histories in tables.

use super::columns::{is_number, parsed, rows};
use super::flow::Items;
use super::pump::BadLine;
use super::series::{Id, Series, numbered};
use super::table::{Groups, Row, Table, UNNAMED, in_order};

const GROUP: [&str; 2] = ["group", "machine"];
const COMMIT: [&str; 1] = ["commit"];

/// Reads a table: long with the columns id and value, or else wide, where every column of numbers is a history. The
/// columns group (or machine) and commit belong to the values of their row.
pub(super) fn from_csv(bytes: &[u8], higher_is_better: bool) -> Result<Items<Series>, String> {
    let table = Table::open(bytes)?;
    match (table.column(&["id"]), table.column(&["value"])) {
        (Some(id), Some(value)) => Ok(long(table, id, value, higher_is_better)),
        _ => wide(table, higher_is_better),
    }
}

/// Reads columns: one is a history, two are id and value, or a label and a value where the first one is a number.
pub(super) fn from_columns(bytes: &[u8], higher_is_better: bool) -> Items<Series> {
    let mut groups: Groups<Points> = Groups::new();
    let mut shape = None;
    for row in rows(bytes) {
        let added = row.and_then(|row| {
            let bad = |reason| BadLine { line: row.line, reason };
            let width = row.fields.len();
            let (first, value) = match row.fields.as_slice() {
                [value] => (None, *value),
                [first, value] => (Some(*first), *value),
                _ => return Err(bad(format!("{width} columns, where one or two are wanted"))),
            };
            let (expected, by_id) = *shape.get_or_insert((width, first.is_some_and(|first| !is_number(first))));
            if width != expected {
                return Err(bad(format!("{width} columns, where the lines above have {expected}")));
            }
            let id = first.filter(|_| by_id).unwrap_or(UNNAMED);
            let value = parsed(value).map_err(bad)?;
            groups.group(id, row.line).values.push(value);
            Ok(())
        });
        if let Err(bad) = added {
            groups.bad(bad);
        }
    }
    groups.finish(|id, points| Ok(points.series(id, None, higher_is_better)))
}

/// The values of one history, and what is known of each when the table says it.
#[derive(Default)]
struct Points {
    values: Vec<f64>,
    about: About,
    higher_is_better: Option<bool>,
}

impl Points {
    fn series(self, id: String, known: Option<&Known>, higher_is_better: bool) -> Series {
        let known = |column: fn(&Known) -> Option<usize>| known.is_some_and(|known| column(known).is_some());
        Series {
            id: Id::Text(id),
            values: self.values,
            higher_is_better: self.higher_is_better.unwrap_or(higher_is_better),
            groups: known(|known| known.group).then(|| numbered(self.about.groups)),
            commits: known(|known| known.commit).then_some(self.about.commits),
        }
    }
}

/// Which columns say what is known of a value.
struct Known {
    group: Option<usize>,
    commit: Option<usize>,
}

impl Known {
    fn of(table: &Table<'_>) -> Self {
        Self { group: table.column(&GROUP), commit: table.column(&COMMIT) }
    }
}

#[derive(Default, Clone)]
struct About {
    groups: Vec<String>,
    commits: Vec<Option<Id>>,
}

impl About {
    fn add(&mut self, row: &Row, known: &Known) {
        if known.group.is_some() {
            self.groups.push(row.text(known.group).to_owned());
        }
        if known.commit.is_some() {
            let commit = row.text(known.commit);
            self.commits.push((!commit.is_empty()).then(|| Id::Text(commit.to_owned())));
        }
    }
}

fn long(table: Table<'_>, id: usize, value: usize, higher_is_better: bool) -> Items<Series> {
    let known = Known::of(&table);
    let better = table.column(&["higher_is_better"]);
    let mut groups: Groups<Points> = Groups::new();
    for row in table.rows() {
        let added = row.and_then(|row| {
            let bad = |reason| BadLine { line: row.line, reason };
            let value = row.number(value).map_err(bad)?;
            let better = row.flag(better).map_err(bad)?;
            let points = groups.group(row.text(Some(id)), row.line);
            points.values.push(value);
            points.about.add(&row, &known);
            points.higher_is_better = points.higher_is_better.or(better);
            Ok(())
        });
        if let Err(bad) = added {
            groups.bad(bad);
        }
    }
    groups.finish(|id, points| Ok(points.series(id, Some(&known), higher_is_better)))
}

/// What a column of a wide table holds.
enum Column {
    /// Nothing so far but missing values.
    Empty(Vec<f64>),
    Numbers(Vec<f64>),
    Texts,
}

impl Column {
    /// Takes a cell; a word in a column of numbers is a bad one, and taken for a missing value.
    fn add(&mut self, cell: Result<f64, String>) -> Result<(), String> {
        match (&mut *self, cell) {
            (Self::Texts, _) => {}
            (Self::Empty(_), Err(_)) => *self = Self::Texts,
            (Self::Empty(values), Ok(value)) => {
                values.push(value);
                if value.is_finite() {
                    *self = Self::Numbers(std::mem::take(values));
                }
            }
            (Self::Numbers(values), Ok(value)) => values.push(value),
            (Self::Numbers(values), Err(reason)) => {
                values.push(f64::NAN);
                return Err(reason);
            }
        }
        Ok(())
    }
}

fn wide(table: Table<'_>, higher_is_better: bool) -> Result<Items<Series>, String> {
    let known = Known::of(&table);
    let header = table.header.clone();
    let is_about = |place: usize| Some(place) == known.group || Some(place) == known.commit;
    let mut columns: Vec<Column> = (0..header.len())
        .map(|place| if is_about(place) { Column::Texts } else { Column::Empty(Vec::new()) })
        .collect();
    let (mut about, mut bad, mut first) = (About::default(), Vec::new(), None);
    for row in table.rows() {
        let row = match row {
            Ok(row) => row,
            Err(unreadable) => {
                bad.push(unreadable);
                continue;
            }
        };
        first = first.or(Some(row.line));
        about.add(&row, &known);
        for (place, column) in columns.iter_mut().enumerate() {
            if let Err(reason) = column.add(row.number(place)) {
                bad.push(BadLine { line: row.line, reason });
            }
        }
    }
    let histories: Vec<_> = header
        .into_iter()
        .zip(columns)
        .filter_map(|(name, column)| match column {
            Column::Numbers(values) => {
                let points = Points { values, about: about.clone(), higher_is_better: None };
                Some((first.unwrap_or_default(), Ok(points.series(name, Some(&known), higher_is_better))))
            }
            Column::Empty(_) | Column::Texts => None,
        })
        .collect();
    if histories.is_empty() && first.is_some() {
        return Err("no column holds numbers".into());
    }
    Ok(in_order(histories, bad))
}
