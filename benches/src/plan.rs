//! Owns: from which bytes of a record each kernel loads a field, worked out once per layout.
//! Must not know: record contents, columns, or how a kernel computes.
//!
//! A kernel loads whole machine words, never single bytes. A word that covers a field is chosen so that it
//! lies inside the record whenever the record is as long as the word; then no load can pass the input's end.

use crate::layout::{Encoding, Field};

/// Bytes that a word or a vector lane may not take are zeroed: `pshufb` does that for a control byte ≥ 0x80.
const ZERO: u8 = 0x80;

/// Up to 8 bytes of a record, for a 64-bit load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    /// Where the load starts, from the start of the record.
    pub(crate) start: usize,
    /// Shift left that brings the last wanted byte of the little-endian word to its top.
    pub(crate) shift: u32,
    /// Keeps the wanted bytes after the shift.
    pub(crate) mask: u64,
}

impl Word {
    /// Bytes `from..to` of a record, 1 to 8 of them.
    fn new(from: usize, to: usize, record_len: usize) -> Self {
        let start = from.min(record_len.saturating_sub(8));
        let bits = |bytes: usize| u32::try_from(bytes * 8).unwrap_or(0);
        Self { start, shift: bits(start + 8 - to), mask: u64::MAX << bits(8 - (to - from)) }
    }
}

/// Up to 16 bytes of a record for a 128-bit load, moved to the end of the lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ZonedLane {
    pub(crate) start: usize,
    pub(crate) control: [u8; 16],
}

impl ZonedLane {
    /// Bytes `from..to` of a record, at most 16 of them, in a record of at least 16 bytes.
    fn new(from: usize, to: usize, record_len: usize) -> Self {
        let start = from.min(record_len.saturating_sub(16));
        let mut control = [ZERO; 16];
        for (slot, byte) in control.iter_mut().rev().zip((from..to).rev()) {
            *slot = u8::try_from(byte - start).unwrap_or(ZERO);
        }
        Self { start, control }
    }
}

/// Up to 8 bytes of a record for a 64-bit load, reversed so that the lane is a little-endian number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedLane {
    pub(crate) start: usize,
    /// For two such lanes in 128 bits.
    pub(crate) control: [u8; 16],
}

impl PackedLane {
    /// Bytes `from..to` of a record, at most 8 of them, in a record of at least 8 bytes.
    fn new(from: usize, to: usize, record_len: usize) -> Self {
        let start = from.min(record_len.saturating_sub(8));
        let mut control = [ZERO; 16];
        let (low, high) = control.split_at_mut(8);
        for ((low, high), byte) in low.iter_mut().zip(high).zip((from..to).rev()) {
            let index = u8::try_from(byte - start).unwrap_or(ZERO);
            *low = index;
            *high = index | 8;
        }
        Self { start, control }
    }
}

/// A zoned field, cut into words of 8 digits from its end.
#[derive(Debug, Clone)]
pub(crate) struct ZonedPlan {
    pub(crate) signed: bool,
    /// One to three words, the most significant first.
    pub(crate) words: Vec<Word>,
    /// The last 16 digits.
    pub(crate) low: ZonedLane,
    /// The digits before them, if there are more.
    pub(crate) high: Option<ZonedLane>,
}

impl ZonedPlan {
    fn new(from: usize, digits: usize, signed: bool, record_len: usize) -> Self {
        let to = from + digits;
        let mut words = Vec::new();
        let mut end = to;
        while end > from {
            let start = end.saturating_sub(8).max(from);
            words.insert(0, Word::new(start, end, record_len));
            end = start;
        }
        let cut = to.saturating_sub(16).max(from);
        Self {
            signed,
            words,
            low: ZonedLane::new(cut, to, record_len),
            high: (cut > from).then(|| ZonedLane::new(from, cut, record_len)),
        }
    }
}

/// A packed field: its last 8 bytes (15 digits and the sign), and the bytes before them.
#[derive(Debug, Clone)]
pub(crate) struct PackedPlan {
    /// Largest value of the sign nibble's complement: 5 (`A` to `F`) when signed, 0 (`F`) when not.
    pub(crate) sign_limit: u8,
    pub(crate) low: Packed,
    pub(crate) high: Option<Packed>,
}

/// Up to 8 bytes of a packed field, for either kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed {
    pub(crate) word: Word,
    pub(crate) lane: PackedLane,
    /// Nibbles that must be 0 once the digits stand at the bottom of the word: the padding.
    pub(crate) padding: u64,
}

impl PackedPlan {
    fn new(from: usize, digits: usize, signed: bool, record_len: usize) -> Self {
        let to = from + digits / 2 + 1;
        let cut = to.saturating_sub(8).max(from);
        let part = |from: usize, to: usize, digits: usize, padded: bool| Packed {
            word: Word::new(from, to, record_len),
            lane: PackedLane::new(from, to, record_len),
            padding: if padded { 0xF_u64 << (digits * 4) } else { 0 },
        };
        let even = digits.is_multiple_of(2);
        let high = (cut > from).then(|| part(from, cut, digits - 15, even));
        Self {
            sign_limit: if signed { 5 } else { 0 },
            low: part(cut, to, digits.min(15), even && high.is_none()),
            high,
        }
    }
}

/// A text field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextPlan {
    pub(crate) offset: usize,
    pub(crate) len: usize,
}

/// One field's plan.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    Zoned(ZonedPlan),
    Packed(PackedPlan),
    Text(TextPlan),
}

impl Plan {
    /// The plan for a field that has been checked to lie inside the record.
    pub(crate) fn new(field: &Field, record_len: usize) -> Self {
        match field.encoding {
            Encoding::Zoned { digits, signed, .. } => {
                Self::Zoned(ZonedPlan::new(field.offset, digits, signed, record_len))
            }
            Encoding::Packed { digits, signed, .. } => {
                Self::Packed(PackedPlan::new(field.offset, digits, signed, record_len))
            }
            Encoding::Text { len } => Self::Text(TextPlan { offset: field.offset, len }),
        }
    }
}
