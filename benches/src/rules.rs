//! Owns: what a valid field is, byte by byte, in the plainest form; run only to name an error.
//! Must not know: kernels or columns.
//!
//! The rules are those of the published `copybook-codec` 0.6 for code page 037, which the property tests
//! hold them to.

use crate::decode::Rows;
use crate::layout::{Encoding, Layout};
use crate::{Error, Expected, cp037};

/// The first bad byte of a block whose first record has index `first` in the input.
pub(crate) fn first_error(layout: &Layout, rows: Rows<'_>, first: usize) -> Error {
    for (index, record) in rows.iter().enumerate() {
        for field in layout.fields() {
            let bytes = record.get(field.offset..field.offset + field.encoding.len());
            let bytes = bytes.unwrap_or_default();
            if let Some((at, byte, expected)) = first_bad_byte(field.encoding, bytes) {
                let record = first + index;
                return Error::BadByte {
                    record,
                    field: field.name.clone(),
                    offset: record * layout.record_len() + field.offset + at,
                    byte,
                    expected,
                };
            }
        }
    }
    Error::Disagreement { first_record: first }
}

fn first_bad_byte(encoding: Encoding, bytes: &[u8]) -> Option<(usize, u8, Expected)> {
    let last = bytes.len().saturating_sub(1);
    bytes.iter().enumerate().find_map(|(at, &byte)| {
        let broken = match encoding {
            Encoding::Zoned { signed, .. } => zoned(byte, signed && at == last),
            Encoding::Packed { digits, signed, .. } => {
                packed(byte, digits.is_multiple_of(2) && at == 0, (at == last).then_some(signed))
            }
            Encoding::Text { .. } => cp037::utf8(byte).is_none().then_some(Expected::Text),
        };
        broken.map(|expected| (at, byte, expected))
    })
}

fn zoned(byte: u8, sign: bool) -> Option<Expected> {
    let (zone, digit) = (byte >> 4, byte & 0xF);
    if sign {
        (!matches!(zone, 0xC | 0xD | 0xF) || digit > 9).then_some(Expected::ZonedSign)
    } else {
        (zone != 0xF || digit > 9).then_some(Expected::ZonedDigit)
    }
}

/// `sign` is `Some` for the last byte and says whether the field is signed.
fn packed(byte: u8, padding: bool, sign: Option<bool>) -> Option<Expected> {
    let (high, low) = (byte >> 4, byte & 0xF);
    if padding && high != 0 {
        return Some(Expected::PackedPadding);
    }
    if high > 9 {
        return Some(Expected::PackedDigits);
    }
    match sign {
        None => (low > 9).then_some(Expected::PackedDigits),
        Some(true) => (low < 0xA).then_some(Expected::PackedSign),
        Some(false) => (low != 0xF).then_some(Expected::PackedNoSign),
    }
}
