//! A table of metrics: their names are shortened to fit beside the figures, or stand on lines of their own.
//! Must not know: what the figures mean.

use crate::short_names::shorten;
use crate::table::{Cell, GAP, Table};
use crate::wrap::{printable, wrapped};

/// A column beside the names.
#[derive(Debug, Clone)]
pub struct Column {
    title: String,
    cells: Vec<Cell>,
    left: bool,
    /// Of the widest cell or the title.
    width: usize,
}

impl Column {
    /// Figures, aligned right; a cell for each name.
    pub fn right<C: Into<Cell>>(title: &str, cells: impl IntoIterator<Item = C>) -> Self {
        let cells: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        let width = cells.iter().map(Cell::width).fold(title.chars().count(), usize::max);
        Self { title: title.to_owned(), cells, left: false, width }
    }

    /// Words, aligned left; a cell for each name.
    pub fn left<C: Into<Cell>>(title: &str, cells: impl IntoIterator<Item = C>) -> Self {
        Self { left: true, ..Self::right(title, cells) }
    }

    fn cell(&self, row: usize) -> Cell {
        let cell = self.cells.get(row).cloned().unwrap_or_else(|| "".into());
        if self.left { cell } else { cell.padded(self.width) }
    }

    fn header(&self) -> String {
        let width = if self.left { 0 } else { self.width };
        format!("{:>width$}", self.title)
    }
}

/// A table of `names` for a terminal of `width` columns, with a caption where something was cut off every name. Columns
/// without any content are left out.
pub fn named_table(names: &[&str], mut columns: Vec<Column>, width: usize, colour: bool) -> String {
    columns.retain(|column| column.cells.iter().any(|cell| cell.width() > 0));
    let figures: usize = columns.iter().map(|column| column.width + usize::from(GAP)).sum();
    let room = width.saturating_sub(figures);
    let beside = shorten(names, room);
    // Names that would be cut beyond recognition stand on lines of their own, and so does a long one that is alone.
    let most = if names.len() > 1 { room * 2 } else { room };
    let stacked = beside.longest > most || beside.shown.iter().any(|name| name.chars().count() > room);
    let short = if stacked { shorten(names, width) } else { beside };

    let title = (!stacked).then(|| "metric".to_owned());
    let titles: Vec<String> = title.into_iter().chain(columns.iter().map(Column::header)).collect();
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>(), colour);
    for (place, column) in columns.iter().enumerate() {
        if column.left {
            table.left(place + usize::from(!stacked));
        }
    }
    for (row, name) in short.shown.iter().enumerate() {
        let name = (!stacked).then(|| Cell::from(name.as_str()));
        table.row(name.into_iter().chain(columns.iter().map(|column| column.cell(row))));
    }
    let caption = wrapped(&short.caption(), width, "", "");
    if !stacked {
        return caption + &table.render();
    }
    // Among several names the header comes first and has none of its own; a single one stands above it.
    let mut above: Vec<_> = short.shown.iter().map(|name| printable(name) + "\n").collect();
    above.insert(usize::from(above.len() == 1), String::new());
    let lines = table.render();
    above.iter().zip(lines.lines()).fold(caption, |text, (name, line)| format!("{text}{name}  {line}\n"))
}
