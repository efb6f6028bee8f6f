//! Owns: decoded columns and their memory, which outlives a call so that the next one allocates nothing.
//! Must not know: encodings or records.

use crate::layout::{Encoding, Layout};

/// Bytes past its end that a kernel may overwrite while it fills a text column.
pub(crate) const TEXT_SLACK: usize = 32;

/// One decoded field of all records.
#[derive(Debug, Clone)]
pub enum Column {
    /// Unscaled values, one a record; the scale is in the layout.
    Integers(Vec<i64>),
    /// Texts, one a record.
    Text(TextColumn),
}

/// UTF-8 texts: one buffer, and offsets into it.
#[derive(Debug, Clone, Default)]
pub struct TextColumn {
    /// Longer than `used`: memory of earlier calls, and slack.
    pub(crate) storage: Vec<u8>,
    pub(crate) used: usize,
    pub(crate) offsets: Vec<u32>,
}

impl TextColumn {
    /// All texts one after the other, in UTF-8.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.storage.get(..self.used).unwrap_or_default()
    }

    /// Where each text starts in [`data`](Self::data), and last the end: one more than there are texts,
    /// or none at all.
    #[must_use]
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a record, `None` past the last one.
    #[must_use]
    pub fn get(&self, record: usize) -> Option<&str> {
        let start = usize::try_from(*self.offsets.get(record)?).ok()?;
        let end = usize::try_from(*self.offsets.get(record.checked_add(1)?)?).ok()?;
        std::str::from_utf8(self.data().get(start..end)?).ok()
    }

    /// Makes sure that `bytes` and the slack can be written after what is used.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        let needed = self.used + bytes + TEXT_SLACK;
        if self.storage.len() < needed {
            self.storage.resize(needed, 0);
        }
    }
}

/// The columns of a batch, in the order of the layout's fields.
///
/// Pass the same value to every [`decode`](crate::decode()): its memory is used again.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    names: Vec<String>,
    columns: Vec<Column>,
    records: usize,
}

impl Columns {
    /// Number of records, the same in every column.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// All columns, in the order of the layout's fields. None before the first successful call.
    #[must_use]
    pub fn as_slice(&self) -> &[Column] {
        &self.columns
    }

    /// The column of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Column> {
        let index = self.names.iter().position(|name| name == field)?;
        self.columns.get(index)
    }

    /// The values of a numeric field, `None` if there is no such field or it is text.
    #[must_use]
    pub fn integers(&self, field: &str) -> Option<&[i64]> {
        match self.get(field)? {
            Column::Integers(values) => Some(values),
            Column::Text(_) => None,
        }
    }

    /// The texts of a text field, `None` if there is no such field or it is numeric.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&TextColumn> {
        match self.get(field)? {
            Column::Integers(_) => None,
            Column::Text(text) => Some(text),
        }
    }

    /// Empties every column; their memory is kept.
    pub fn clear(&mut self) {
        self.records = 0;
        for column in &mut self.columns {
            match column {
                Column::Integers(values) => values.clear(),
                Column::Text(text) => {
                    text.used = 0;
                    text.offsets.clear();
                }
            }
        }
    }

    /// Gives each column the layout's kind and room for `records`; contents are unspecified until filled.
    pub(crate) fn shape(&mut self, layout: &Layout, records: usize) -> &mut [Column] {
        let fields = layout.fields();
        let fits = self.columns.len() == fields.len()
            && fields.iter().zip(&self.columns).all(|(field, column)| {
                matches!(field.encoding, Encoding::Text { .. }) == matches!(column, Column::Text(_))
            });
        if !fits {
            let empty = |encoding| match encoding {
                Encoding::Text { .. } => Column::Text(TextColumn::default()),
                Encoding::Zoned { .. } | Encoding::Packed { .. } => Column::Integers(Vec::new()),
            };
            self.columns = fields.iter().map(|field| empty(field.encoding)).collect();
        }
        if !self.names.iter().eq(fields.iter().map(|field| &field.name)) {
            self.names = fields.iter().map(|field| field.name.clone()).collect();
        }
        for column in &mut self.columns {
            match column {
                Column::Integers(values) => values.resize(records, 0),
                Column::Text(text) => {
                    text.used = 0;
                    text.offsets.resize(records + 1, 0);
                }
            }
        }
        self.records = records;
        &mut self.columns
    }
}
