//! A table for a terminal: fits its width, aligned, and never by colour alone.

use bench_model::verdict::{Status, Verdict};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement};

use crate::wrap::printable;

/// Between two columns.
pub(crate) const GAP: u16 = 2;

/// What a cell's colour says. Its text says it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// Good news.
    Good,
    /// Look at this.
    Warn,
    /// Bad news.
    Bad,
    /// Of less interest.
    Faint,
}

impl From<Status> for Tone {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Self::Good,
            Status::Warn => Self::Warn,
            Status::Fail => Self::Bad,
        }
    }
}

impl From<Verdict> for Tone {
    /// The tone of the status that the verdict alone leads to.
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Missing => Self::Bad,
            Verdict::Regressed | Verdict::Inconclusive => Self::Warn,
            Verdict::New | Verdict::Unchanged => Self::Plain,
            Verdict::Improved => Self::Good,
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell of a tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    pub(crate) fn width(&self) -> usize {
        self.text.chars().count()
    }

    pub(crate) fn padded(self, width: usize) -> Self {
        Self { text: format!("{:>width$}", self.text), ..self }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// A table with a header; every column but the first is aligned right, unless said otherwise.
pub struct Table {
    inner: comfy_table::Table,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[&str], colour: bool) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if colour {
            inner.enforce_styling();
        } else {
            inner.force_no_tty();
        }
        inner.set_header(columns.iter().map(|name| comfy_table::Cell::new(name).add_attribute(Attribute::Bold)));
        for column in inner.column_iter_mut() {
            column.set_padding((0, GAP));
            column.set_cell_alignment(CellAlignment::Right);
        }
        if let Some(first) = inner.column_mut(0) {
            first.set_cell_alignment(CellAlignment::Left);
        }
        Self { inner }
    }

    /// Aligns a column left.
    pub fn left(&mut self, column: usize) {
        if let Some(column) = self.inner.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Left);
        }
    }

    /// Adds a row. Control characters are shown as replacement characters.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.inner.add_row(cells.into_iter().map(|cell| {
            let styled = comfy_table::Cell::new(printable(&cell.text));
            match cell.tone {
                Tone::Plain => styled,
                Tone::Good => styled.fg(Color::Green),
                Tone::Warn => styled.fg(Color::Yellow),
                Tone::Bad => styled.fg(Color::Red).add_attribute(Attribute::Bold),
                Tone::Faint => styled.add_attribute(Attribute::Dim),
            }
        }));
    }

    /// The table as text, without trailing spaces.
    pub fn render(&self) -> String {
        self.inner.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }
}
