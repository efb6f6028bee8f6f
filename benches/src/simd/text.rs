//! Owns: the AVX2 kernel for text: code page 037 to ASCII, 32 bytes at a time.
//! Must not know: numbers, or UTF-8 beyond ASCII (anything else is looked up byte by byte).

use std::arch::x86_64::*;

use crate::cp037::{self, ASCII, NOT_ASCII};
use crate::decode::{Rows, TextSink};
use crate::plan::TextPlan;
use crate::portable;
use crate::simd::memory::{Four, load_32, load_two, store_32, store_four, store_two};

/// Bytes in a vector.
const VECTOR: usize = 32;

/// Tables of 16 bytes that together translate what is common in text, built from the code page itself.
///
/// From `0x80` on, letters and digits are their byte plus an amount that depends on its high nibble. Space and
/// punctuation, `0x40..0x80`, fill so few places that two rows of 16 share a table: odd rows are found with bit 3 of the
/// index flipped. Everything else is marked [`NOT_ASCII`]: accented letters, controls, and eight rare signs such as `{`.
struct Tables {
    marks: [[u8; 16]; 2],
    shift: [u8; 16],
    /// By low nibble, the groups of rows (one bit each) in which such a byte is translated rightly.
    fine: [u8; 16],
    /// By high nibble, the bit of the row's group; none for rows without letters, digits or marks.
    group: [u8; 16],
}

static TABLES: Tables = tables();

/// Rows with letters at the same low nibbles share a bit.
const fn group(row: usize) -> u8 {
    match row {
        4..=7 => 1 << (row - 4),
        0x8 | 0x9 | 0xC | 0xD => 1 << 4,
        0xA | 0xE => 1 << 5,
        0xF => 1 << 6,
        _ => 0,
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time, where out of bounds does not compile")]
const fn tables() -> Tables {
    let mut tables = Tables { marks: [[0; 16]; 2], shift: [0; 16], fine: [u8::MAX; 16], group: [0; 16] };
    let mut byte = 0x40;
    while byte < 0x100 {
        let (row, low) = (byte >> 4, byte & 0xF);
        let point = ASCII[byte];
        tables.group[row] = group(row);
        let fine = if row < 8 {
            // So small that the mark is greater, if there is one.
            tables.shift[row] = 0_u8.wrapping_sub(row as u8 * 16);
            let place = &mut tables.marks[(row - 4) / 2][low ^ ((row & 1) * 8)];
            let free = point < NOT_ASCII && *place == 0;
            if free {
                *place = point;
            }
            free
        } else {
            // The fifth place of each row from 8 on, but for row B, is a letter or digit.
            tables.shift[row] = ASCII[row * 16 + 5].wrapping_sub(row as u8 * 16 + 5);
            point < NOT_ASCII && point == (byte as u8).wrapping_add(tables.shift[row])
        };
        if !fine {
            tables.fine[low] &= !group(row);
        }
        byte += 1;
    }
    tables
}

/// The tables, each in both lanes of a vector.
struct Translator {
    marks: [__m256i; 2],
    shift: __m256i,
    fine: __m256i,
    group: __m256i,
}

#[inline]
#[target_feature(enable = "avx2")]
fn both(lane: &[u8; 16]) -> __m256i {
    let half = u128::from_le_bytes(*lane);
    let [low, high] = [half as u64, (half >> 64) as u64].map(u64::cast_signed);
    _mm256_set_epi64x(high, low, high, low)
}

impl Translator {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new() -> Self {
        let Tables { marks: [low, high], shift, fine, group } = &TABLES;
        Self { marks: [both(low), both(high)], shift: both(shift), fine: both(fine), group: both(group) }
    }

    /// ASCII bytes; at least [`NOT_ASCII`] where there is none, or none in the tables.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn translate(&self, bytes: __m256i) -> __m256i {
        let nibble = _mm256_set1_epi8(0x0F);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
        let low = _mm256_and_si256(bytes, nibble);
        // Bytes from 0x80 on give 0 here, and what is no mark a lesser letter below: the greater one is right.
        let odd = _mm256_and_si256(_mm256_srli_epi16::<1>(bytes), _mm256_set1_epi8(8));
        let index = _mm256_xor_si256(bytes, odd);
        let [first, second] = self.marks.map(|marks| _mm256_shuffle_epi8(marks, index));
        let marks = _mm256_blendv_epi8(first, second, _mm256_slli_epi16::<2>(bytes));
        let letters = _mm256_add_epi8(bytes, _mm256_shuffle_epi8(self.shift, high));
        let fine = _mm256_and_si256(_mm256_shuffle_epi8(self.fine, low), _mm256_shuffle_epi8(self.group, high));
        let strange = _mm256_cmpeq_epi8(fine, _mm256_setzero_si256());
        _mm256_or_si256(_mm256_max_epu8(marks, letters), strange)
    }
}

/// Text; false if any byte is bad.
#[target_feature(enable = "avx2")]
pub(super) fn text(plan: TextPlan, rows: Rows<'_>, sink: &mut TextSink<'_>) -> bool {
    match plan.len {
        0..=8 => groups::<4>(plan, rows, sink),
        9..=16 => groups::<2>(plan, rows, sink),
        _ => groups::<1>(plan, rows, sink),
    }
}

/// As many records of the block as may be loaded in whole vectors, or whole shares of one.
fn vector_rows<const GROUP: usize>(plan: TextPlan, rows: Rows<'_>) -> usize {
    let load = plan.len.next_multiple_of(VECTOR / GROUP);
    let after_first = rows.bytes.len().checked_sub(plan.offset + load);
    after_first.map_or(0, |bytes| bytes / rows.stride + 1).min(rows.count)
}

/// `GROUP` records at a time, each in its share of a vector.
#[target_feature(enable = "avx2")]
fn groups<const GROUP: usize>(plan: TextPlan, rows: Rows<'_>, sink: &mut TextSink<'_>) -> bool {
    let tables = Translator::new();
    let fast = vector_rows::<GROUP>(plan, rows) / GROUP * GROUP;
    let mut used = sink.used;
    let mut from = plan.offset;
    for ends in sink.ends.chunks_exact_mut(GROUP).take(fast / GROUP) {
        let lengths = if GROUP == 1 {
            one(&tables, rows.bytes, from, sink.storage, used, plan.len).map(|len| [len; GROUP])
        } else {
            several::<GROUP>(&tables, rows, from, sink.storage, used, plan.len)
        };
        let Some(lengths) = lengths else {
            return false;
        };
        for (end, len) in ends.iter_mut().zip(lengths) {
            used += len;
            // `decode` has refused inputs whose texts could pass 4 GiB.
            *end = used as u32;
        }
        from += GROUP * rows.stride;
    }
    sink.used = used;
    (fast..rows.count).all(|index| portable::text_of_record(plan, rows, index, sink))
}

/// Translates the text at `from` to `start` in the storage and gives its length in UTF-8; `None` if a byte is bad or there is no room.
#[inline]
#[target_feature(enable = "avx2")]
fn one(tables: &Translator, input: &[u8], from: usize, storage: &mut [u8], start: usize, len: usize) -> Option<usize> {
    let (mut at, mut to) = (0, start);
    while at < len {
        let count = (len - at).min(VECTOR);
        let bytes = tables.translate(load_32(input, from + at)?);
        let strange = _mm256_movemask_epi8(bytes).cast_unsigned() & (u32::MAX >> (VECTOR - count));
        if strange == 0 {
            store_32(storage, to, bytes)?;
            to += count;
        } else {
            let field = input.get(from + at..)?.get(..count)?;
            to = expand(&in_memory(bytes)?, 0, strange, field, storage, to)?;
        }
        at += count;
    }
    Some(to - start)
}

/// Translates texts of at most `VECTOR / GROUP` bytes, the first at `from`, the others each a record later, to `to` in the
/// storage, and gives their lengths in UTF-8; `None` if a byte is bad or there is no room.
#[inline]
#[target_feature(enable = "avx2")]
fn several<const GROUP: usize>(
    tables: &Translator,
    rows: Rows<'_>,
    from: usize,
    storage: &mut [u8],
    to: usize,
    len: usize,
) -> Option<[usize; GROUP]> {
    let width = VECTOR / GROUP;
    let own = u32::MAX >> (VECTOR - len);
    let bytes = tables.translate(if GROUP == 2 {
        load_two(rows.bytes, from, from + rows.stride)?
    } else {
        Four::<8>::new(rows.bytes, rows.stride)?.load(from)?
    });
    let all = (0..GROUP).fold(0, |mask, index| mask | own << (index * width));
    let strange = _mm256_movemask_epi8(bytes).cast_unsigned() & all;
    if strange == 0 {
        // What a store writes past its own text, the next overwrites.
        if GROUP == 2 {
            store_two(storage, to, len, bytes)?;
        } else {
            store_four(storage, to, len, bytes)?;
        }
        return Some([len; GROUP]);
    }
    several_strange::<GROUP>(rows, from, storage, to, len, strange, bytes)
}

/// [`several`] when some bytes are not ASCII: kept apart so that the common path keeps its registers.
#[inline(never)]
#[target_feature(enable = "avx2")]
fn several_strange<const GROUP: usize>(
    rows: Rows<'_>,
    from: usize,
    storage: &mut [u8],
    mut to: usize,
    len: usize,
    strange: u32,
    bytes: __m256i,
) -> Option<[usize; GROUP]> {
    let translated = in_memory(bytes)?;
    let mut lengths = [0; GROUP];
    for (index, length) in lengths.iter_mut().enumerate() {
        let lane = index * (VECTOR / GROUP);
        let strange = strange >> lane & (u32::MAX >> (VECTOR - len));
        let field = rows.bytes.get(from + index * rows.stride..)?.get(..len)?;
        let end = expand(&translated, lane, strange, field, storage, to)?;
        *length = end - to;
        to = end;
    }
    Some(lengths)
}

/// A translated vector in memory, with room to load a vector from any byte of it.
#[inline]
#[target_feature(enable = "avx2")]
fn in_memory(bytes: __m256i) -> Option<[u8; 2 * VECTOR]> {
    let mut memory = [0; 2 * VECTOR];
    store_32(&mut memory, 0, bytes)?;
    Some(memory)
}

/// Writes the translation of `field`, found from `lane` on, to `storage` at `to`; those bytes whose bit is set in
/// `strange` are looked up. Gives the end of what was written; `None` if a byte is bad or there is no room.
#[inline]
#[target_feature(enable = "avx2")]
fn expand(
    translated: &[u8; 2 * VECTOR],
    lane: usize,
    mut strange: u32,
    field: &[u8],
    storage: &mut [u8],
    mut to: usize,
) -> Option<usize> {
    let mut at = 0;
    loop {
        store_32(storage, to, load_32(translated, lane + at)?)?;
        if strange == 0 {
            return Some(to + field.len() - at);
        }
        let run = strange.trailing_zeros() as usize;
        at += run;
        to += run;
        let (bytes, len) = cp037::utf8(*field.get(at)?)?;
        *storage.get_mut(to..)?.first_chunk_mut::<2>()? = bytes;
        at += 1;
        to += len;
        strange = strange >> run >> 1;
    }
}
