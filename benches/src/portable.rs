//! Owns: the portable kernels: eight bytes in a 64-bit word at a time (SWAR), no `unsafe`.
//! Must not know: vectors, errors (only that some byte is bad), or columns.
//!
//! Each kernel decodes one field of a block of records and says whether every byte was valid; when not,
//! what it has written is unspecified.

use crate::cp037;
use crate::decode::{Rows, TextSink};
use crate::plan::{Packed, PackedPlan, TextPlan, Word, ZonedPlan};

/// A byte repeated in each byte of a word.
const fn splat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const TOP_BITS: u64 = splat(0x80);

/// The wanted bytes of a record at the top of a word, the last one uppermost; the others are undefined.
#[inline(always)]
fn load(record: &[u8], word: &Word) -> u64 {
    let bytes = record.get(word.start..).and_then(|rest| rest.first_chunk::<8>());
    let raw = bytes.map_or_else(|| load_short(record), |bytes| u64::from_le_bytes(*bytes));
    raw << word.shift
}

/// A record of fewer than 8 bytes.
#[cold]
fn load_short(record: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(record) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

/// Sets the top bit of each byte that is above 9; other bits are undefined.
#[inline(always)]
fn above_nine(bytes: u64) -> u64 {
    ((bytes & !TOP_BITS) + splat(0x76)) | bytes
}

/// Eight digits, one a byte, the lowest byte the most significant.
#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(0x000F_4240_0000_0064);
    let second = (pairs >> 16 & PAIRS).wrapping_mul(0x0000_2710_0000_0001);
    first.wrapping_add(second) >> 32
}

/// Negates a magnitude below 2^63 if `negative` is 1.
#[inline(always)]
fn with_sign(magnitude: u64, negative: u64) -> i64 {
    (magnitude ^ negative.wrapping_neg()).wrapping_add(negative).cast_signed()
}

/// Zoned decimal; false if any byte is bad.
pub(crate) fn zoned(plan: &ZonedPlan, rows: Rows<'_>, out: &mut [i64]) -> bool {
    match (plan.words.as_slice(), plan.signed) {
        ([low], false) => zoned_words::<1, false>([low], rows, out),
        ([low], true) => zoned_words::<1, true>([low], rows, out),
        ([high, low], false) => zoned_words::<2, false>([high, low], rows, out),
        ([high, low], true) => zoned_words::<2, true>([high, low], rows, out),
        ([top, high, low], false) => zoned_words::<3, false>([top, high, low], rows, out),
        ([top, high, low], true) => zoned_words::<3, true>([top, high, low], rows, out),
        _ => false,
    }
}

fn zoned_words<const WORDS: usize, const SIGNED: bool>(words: [&Word; WORDS], rows: Rows<'_>, out: &mut [i64]) -> bool {
    // With zone bit 1 of the last byte flipped, D is 0, C is 1, F is 2, and the invalid E is 3.
    const FLIP: u64 = 0x20 << 56;
    const ZONE: u64 = 0x30 << 56;
    let mut bad = 0;
    for (record, out) in rows.iter().zip(out) {
        let (mut magnitude, mut negative) = (0, 0);
        for (index, word) in words.into_iter().enumerate() {
            let mut digits = (load(record, word) ^ splat(0xF0)) & word.mask;
            if SIGNED && index + 1 == WORDS {
                let zone = (digits ^ FLIP) & ZONE;
                digits &= !ZONE;
                negative = u64::from(zone == 0);
                bad |= zone + (0x50 << 56);
            }
            bad |= above_nine(digits);
            magnitude = u64::wrapping_mul(magnitude, 100_000_000).wrapping_add(eight_digits(digits));
        }
        *out = with_sign(magnitude, negative);
    }
    bad & TOP_BITS == 0
}

/// Packed decimal; false if any byte is bad.
pub(crate) fn packed(plan: &PackedPlan, rows: Rows<'_>, out: &mut [i64]) -> bool {
    let (mut bad, mut sign_max) = (0, 0);
    match &plan.high {
        None => {
            for (record, out) in rows.iter().zip(out) {
                let (magnitude, sign) = packed_low(record, &plan.low, &mut bad);
                sign_max = sign_max.max(sign);
                *out = with_sign(magnitude, 0x14 >> sign & 1);
            }
        }
        Some(high) => {
            for (record, out) in rows.iter().zip(out) {
                let (magnitude, sign) = packed_low(record, &plan.low, &mut bad);
                let digits = packed_word(record, high);
                let high = packed_digits(digits, high.padding, &mut bad);
                sign_max = sign_max.max(sign);
                let magnitude = high.wrapping_mul(1_000_000_000_000_000).wrapping_add(magnitude);
                *out = with_sign(magnitude, 0x14 >> sign & 1);
            }
        }
    }
    bad & TOP_BITS == 0 && sign_max <= u64::from(plan.sign_limit)
}

/// A field's bytes as a number with two nibbles a byte, the last byte lowest.
#[inline(always)]
fn packed_word(record: &[u8], part: &Packed) -> u64 {
    (load(record, &part.word) & part.word.mask).swap_bytes()
}

/// The digits before the sign, and the sign nibble's complement: 0 to 5 are valid, 2 and 4 negative.
#[inline(always)]
fn packed_low(record: &[u8], part: &Packed, bad: &mut u64) -> (u64, u64) {
    let word = packed_word(record, part);
    (packed_digits(word >> 4, part.padding, bad), !word & 0xF)
}

/// Sixteen digits, one a nibble, the lowest the least significant.
#[inline(always)]
fn packed_digits(digits: u64, padding: u64, bad: &mut u64) -> u64 {
    let high = digits >> 4 & splat(0x0F);
    let low = digits & splat(0x0F);
    *bad |= (high + splat(0x76)) | (low + splat(0x76)) | (u64::from(digits & padding != 0) << 7);
    let hundreds = high * 10 + low;
    let pairs =
        |word: u64, mask: u64, bits: u32, factor: u64| (word & mask) + (word >> bits & mask).wrapping_mul(factor);
    let four = pairs(hundreds, 0x00FF_00FF_00FF_00FF, 8, 100);
    let eight = pairs(four, 0x0000_FFFF_0000_FFFF, 16, 10_000);
    pairs(eight, 0xFFFF_FFFF, 32, 100_000_000)
}

/// Text; false if any byte is bad.
pub(crate) fn text(plan: TextPlan, rows: Rows<'_>, sink: &mut TextSink<'_>) -> bool {
    for index in 0..rows.count {
        if !text_of_record(plan, rows, index, sink) {
            return false;
        }
    }
    true
}

/// The text of one record of the block.
pub(crate) fn text_of_record(plan: TextPlan, rows: Rows<'_>, index: usize, sink: &mut TextSink<'_>) -> bool {
    let start = index * rows.stride + plan.offset;
    let field = rows.bytes.get(start..start + plan.len);
    let room = sink.storage.get_mut(sink.used..).and_then(|rest| rest.get_mut(..plan.len * 2));
    let (Some(field), Some(room), Some(end)) = (field, room, sink.ends.get_mut(index)) else {
        return false;
    };
    let Some(len) = ascii(field, room).or_else(|| utf8(field, room)) else {
        return false;
    };
    sink.used += len;
    u32::try_from(sink.used).map(|used| *end = used).is_ok()
}

/// The text's length if all of it is ASCII.
fn ascii(field: &[u8], room: &mut [u8]) -> Option<usize> {
    let mut seen = 0;
    for (to, &from) in room.iter_mut().zip(field) {
        let byte = cp037::ASCII.get(usize::from(from)).copied().unwrap_or(cp037::NOT_ASCII);
        *to = byte;
        seen |= byte;
    }
    (seen < cp037::NOT_ASCII).then_some(field.len())
}

/// The text's length in UTF-8, `None` if a byte is refused.
fn utf8(field: &[u8], room: &mut [u8]) -> Option<usize> {
    let mut used = 0;
    for &from in field {
        let (bytes, len) = cp037::utf8(from)?;
        let pair = room.get_mut(used..).and_then(|rest| rest.first_chunk_mut::<2>())?;
        *pair = bytes;
        used += len;
    }
    Some(used)
}
