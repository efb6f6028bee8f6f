//! Owns: what a record looks like (fields, encodings, offsets), checked once when it is built.
//! Must not know: how bytes are decoded, or where they come from.

use crate::{Error, plan::Plan};

/// Digits that a numeric field may have: the most that always fit an `i64`, and COBOL's own limit.
pub const MAX_DIGITS: usize = 18;

/// Longest text field in bytes; keeps a record's arithmetic far from overflow.
const MAX_TEXT: usize = 1 << 24;

/// How a field is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `PIC 9(digits) DISPLAY`: one digit a byte, zone `F`; a signed field's sign is the last byte's zone.
    Zoned {
        /// Digits, 1 to [`MAX_DIGITS`]; the field is as many bytes long.
        digits: usize,
        /// Whether the picture has an `S`.
        signed: bool,
        /// Digits after the `V`, at most `digits`; values stay unscaled.
        scale: usize,
    },
    /// `PIC 9(digits) COMP-3`: two digits a byte, the last nibble is the sign.
    Packed {
        /// Digits, 1 to [`MAX_DIGITS`]; the field is `digits / 2 + 1` bytes long.
        digits: usize,
        /// Whether the picture has an `S`.
        signed: bool,
        /// Digits after the `V`, at most `digits`; values stay unscaled.
        scale: usize,
    },
    /// `PIC X(len)` in EBCDIC code page 037. Trailing spaces are data and are kept.
    Text {
        /// Length in bytes, at least 1.
        len: usize,
    },
}

impl Encoding {
    /// An unsigned zoned integer.
    #[must_use]
    pub const fn zoned(digits: usize) -> Self {
        Self::Zoned { digits, signed: false, scale: 0 }
    }

    /// An unsigned packed integer.
    #[must_use]
    pub const fn packed(digits: usize) -> Self {
        Self::Packed { digits, signed: false, scale: 0 }
    }

    /// Text of `len` bytes.
    #[must_use]
    pub const fn text(len: usize) -> Self {
        Self::Text { len }
    }

    /// The same with a sign. Text has none and stays as it is.
    #[must_use]
    pub const fn signed(self) -> Self {
        match self {
            Self::Zoned { digits, scale, .. } => Self::Zoned { digits, signed: true, scale },
            Self::Packed { digits, scale, .. } => Self::Packed { digits, signed: true, scale },
            Self::Text { len } => Self::Text { len },
        }
    }

    /// The same with `scale` of its digits after the decimal point. Text has none and stays as it is.
    #[must_use]
    pub const fn scaled(self, scale: usize) -> Self {
        match self {
            Self::Zoned { digits, signed, .. } => Self::Zoned { digits, signed, scale },
            Self::Packed { digits, signed, .. } => Self::Packed { digits, signed, scale },
            Self::Text { len } => Self::Text { len },
        }
    }

    /// Length of the field in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Zoned { digits, .. } => digits,
            Self::Packed { digits, .. } => digits / 2 + 1,
            Self::Text { len } => len,
        }
    }

    /// Whether the field has no bytes; no field of a [`Layout`] is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The picture clause, such as `PIC S9(9)V9(2) COMP-3`.
    fn picture(self) -> String {
        let number = |digits: usize, signed: bool, scale: usize| {
            let mut picture = String::from(if signed { "PIC S" } else { "PIC " });
            if digits > scale {
                picture.push_str(&format!("9({})", digits - scale));
            }
            if scale > 0 {
                picture.push_str(&format!("V9({scale})"));
            }
            picture
        };
        match self {
            Self::Zoned { digits, signed, scale } => number(digits, signed, scale),
            Self::Packed { digits, signed, scale } => number(digits, signed, scale) + " COMP-3",
            Self::Text { len } => format!("PIC X({len})"),
        }
    }
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name, unique in its layout.
    pub name: String,
    /// First byte, from the start of the record.
    pub offset: usize,
    /// How it is stored.
    pub encoding: Encoding,
}

/// A fixed-length record: checked fields, and where each kernel loads them from.
#[derive(Debug, Clone)]
pub struct Layout {
    record_len: usize,
    fields: Vec<Field>,
    plans: Vec<Plan>,
}

impl Layout {
    /// A record of `record_len` bytes with these fields. Fields may leave gaps, and may overlap
    /// (COBOL's `REDEFINES`).
    ///
    /// # Errors
    /// No field, a name used twice, a size out of range, a scale larger than its digits, or a field
    /// that ends after the record.
    pub fn new(record_len: usize, fields: Vec<Field>) -> Result<Self, Error> {
        if fields.is_empty() {
            return Err(Error::NoFields);
        }
        let mut names = std::collections::HashSet::new();
        for field in &fields {
            check(field, record_len)?;
            if !names.insert(field.name.as_str()) {
                return Err(Error::DuplicateField { field: field.name.clone() });
            }
        }
        let plans = fields.iter().map(|field| Plan::new(field, record_len)).collect();
        Ok(Self { record_len, fields, plans })
    }

    /// A record of these fields one after the other, without gaps.
    ///
    /// # Errors
    /// As [`Layout::new`].
    pub fn sequential<'a>(fields: impl IntoIterator<Item = (&'a str, Encoding)>) -> Result<Self, Error> {
        let mut offset = 0_usize;
        let fields = fields
            .into_iter()
            .map(|(name, encoding)| {
                let field = Field { name: name.to_owned(), offset, encoding };
                offset = offset.saturating_add(encoding.len());
                field
            })
            .collect();
        Self::new(offset, fields)
    }

    /// Length of a record in bytes, at least 1.
    #[must_use]
    pub fn record_len(&self) -> usize {
        self.record_len
    }

    /// The fields, in the order of the columns.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(crate) fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The same record as copybook source, gaps as `FILLER`; `None` when fields are out of order or overlap.
    #[must_use]
    pub fn to_copybook(&self) -> Option<String> {
        let mut source = String::from("       01 RECORD-LAYOUT.\n");
        let mut end = 0_usize;
        for field in &self.fields {
            let gap = field.offset.checked_sub(end)?;
            if gap > 0 {
                source.push_str(&format!("          05 FILLER PIC X({gap}).\n"));
            }
            source.push_str(&format!("          05 {} {}.\n", field.name, field.encoding.picture()));
            end = field.offset + field.encoding.len();
        }
        if self.record_len > end {
            source.push_str(&format!("          05 FILLER PIC X({}).\n", self.record_len - end));
        }
        Some(source)
    }
}

fn check(field: &Field, record_len: usize) -> Result<(), Error> {
    let (size, scale, max) = match field.encoding {
        Encoding::Zoned { digits, scale, .. } | Encoding::Packed { digits, scale, .. } => (digits, scale, MAX_DIGITS),
        Encoding::Text { len } => (len, 0, MAX_TEXT),
    };
    if size == 0 || size > max {
        return Err(Error::FieldSize { field: field.name.clone(), size, max });
    }
    if scale > size {
        return Err(Error::FieldSize { field: field.name.clone(), size: scale, max: size });
    }
    let end = field.offset.saturating_add(field.encoding.len());
    if end > record_len {
        return Err(Error::FieldOutsideRecord { field: field.name.clone(), end, record_len });
    }
    Ok(())
}
