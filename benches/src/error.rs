//! Owns: every way in which a layout or an input is refused, and its wording.
//! Must not know: how a decoder found the fault.

use std::fmt;

/// What a byte had to be, and was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// `0xF0` to `0xF9`: a zoned digit without a sign.
    ZonedDigit,
    /// Zone `C` or `F` (positive) or `D` (negative) over a digit: the last byte of a signed zoned field.
    ZonedSign,
    /// Two digit nibbles, or one beside the sign nibble.
    PackedDigits,
    /// Nibble `0` before the first digit: packed fields with an even number of digits have one to spare.
    PackedPadding,
    /// Nibble `A`, `C`, `E`, `F` (positive) or `B`, `D` (negative): the sign of a signed packed field.
    PackedSign,
    /// Nibble `F`: the sign position of an unsigned packed field.
    PackedNoSign,
    /// A byte that is no C0 control character, or is tab, line feed or carriage return.
    Text,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZonedDigit => "a zoned digit (F0 to F9)",
            Self::ZonedSign => "a zoned digit with a sign zone (C, D or F)",
            Self::PackedDigits => "packed digits (nibbles 0 to 9)",
            Self::PackedPadding => "a zero padding nibble before the packed digits",
            Self::PackedSign => "a packed sign nibble (A to F)",
            Self::PackedNoSign => "the unsigned packed sign nibble (F)",
            Self::Text => "text in code page 037",
        })
    }
}

/// Why a layout or an input was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A layout without fields decodes nothing.
    #[error("layout has no fields")]
    NoFields,
    /// Two fields bear one name, so that a column could not be found by it.
    #[error("field {field}: name is used twice in the layout")]
    DuplicateField {
        /// The name used twice.
        field: String,
    },
    /// A numeric field outside 1 to [`MAX_DIGITS`](crate::MAX_DIGITS) digits, or a text field of 0 bytes.
    #[error("field {field}: {size} is outside 1 to {max}")]
    FieldSize {
        /// The field's name.
        field: String,
        /// Digits, or bytes of text, asked for.
        size: usize,
        /// The largest size accepted.
        max: usize,
    },
    /// A field ends after the record does.
    #[error("field {field}: ends at byte {end} of a record of {record_len} bytes")]
    FieldOutsideRecord {
        /// The field's name.
        field: String,
        /// First byte after the field, from the start of the record.
        end: usize,
        /// Length of a record in bytes.
        record_len: usize,
    },
    /// The input's length is no multiple of the record's.
    #[error("input of {input_len} bytes ends {excess} bytes into a record of {record_len}, at offset {offset}")]
    PartialRecord {
        /// Length of the input in bytes.
        input_len: usize,
        /// Length of a record in bytes.
        record_len: usize,
        /// Bytes after the last whole record.
        excess: usize,
        /// Offset in the input at which the partial record starts.
        offset: usize,
    },
    /// A text column could outgrow its 32-bit offsets (each input byte becomes at most 2 bytes).
    #[error("field {field}: {records} records of text may exceed 4 GiB in one column")]
    TextTooLarge {
        /// The field's name.
        field: String,
        /// Records in the input.
        records: usize,
    },
    /// A byte of a field is not what the field's encoding demands.
    #[error("record {record}, field {field}: byte 0x{byte:02X} at offset {offset} is not {expected}")]
    BadByte {
        /// Index of the record in the input, from 0.
        record: usize,
        /// The field's name.
        field: String,
        /// Offset of the byte in the whole input, from 0.
        offset: usize,
        /// The byte found.
        byte: u8,
        /// What it had to be.
        expected: Expected,
    },
    /// A kernel refused records in which no byte breaks a rule: a defect of this crate.
    #[error("records from {first_record} on: refused without a bad byte")]
    Disagreement {
        /// First record of the block that was refused.
        first_record: usize,
    },
}

impl Error {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoFields => "give the layout at least one field",
            Self::DuplicateField { .. } => "rename one of the fields",
            Self::FieldSize { .. } => "numeric fields hold 1 to 18 digits, text at least 1 byte",
            Self::FieldOutsideRecord { .. } => "lengthen the record or move the field",
            Self::PartialRecord { .. } => "check the record length, and whether the file was cut short",
            Self::TextTooLarge { .. } => "decode the input in smaller batches of records",
            Self::BadByte { .. } => {
                "check the layout against the copybook, and that the file was not converted to ascii"
            }
            Self::Disagreement { .. } => "report this as a defect, with the layout and the records",
        }
    }
}
