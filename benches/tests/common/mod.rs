//! Owns: random layouts, and records with random damage, for the property tests. Must not know: decoders.

use copybook_bench::{Encoding, Field, Layout, sample};
use proptest::prelude::*;

/// Every kind of numeric field, 1 to 18 digits, at least one of them before the point (the codec parses no `PIC V9`).
pub(crate) fn number() -> impl Strategy<Value = Encoding> {
    (1..=18_usize, any::<bool>(), any::<bool>(), any::<prop::sample::Index>()).prop_map(
        |(digits, packed, signed, scale)| {
            let plain = if packed { Encoding::packed(digits) } else { Encoding::zoned(digits) };
            let plain = plain.scaled(scale.index(digits));
            if signed { plain.signed() } else { plain }
        },
    )
}

/// A field of any kind, text of 1 to 80 bytes.
pub(crate) fn encoding() -> impl Strategy<Value = Encoding> {
    prop_oneof![2 => number(), 1 => (1..=80_usize).prop_map(Encoding::text)]
}

/// One to six fields with gaps of 0 to 4 bytes before, between, and after them.
pub(crate) fn layout() -> impl Strategy<Value = Layout> {
    let gap = prop_oneof![3 => Just(0_usize), 1 => 1..=4_usize];
    (prop::collection::vec((encoding(), gap.clone()), 1..=6), gap).prop_map(|(encodings, after)| {
        let mut offset = 0;
        let fields: Vec<Field> = encodings
            .into_iter()
            .enumerate()
            .map(|(index, (encoding, gap))| {
                let field = Field { name: format!("F{index}"), offset: offset + gap, encoding };
                offset = field.offset + encoding.len();
                field
            })
            .collect();
        Layout::new(offset + after, fields).unwrap()
    })
}

/// What is done to one byte of valid records.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    HighNibble(u8),
    LowNibble(u8),
    Byte(u8),
}

pub(crate) fn damage() -> impl Strategy<Value = (prop::sample::Index, Damage)> {
    let kind = prop_oneof![
        (0..16_u8).prop_map(Damage::HighNibble),
        (0..16_u8).prop_map(Damage::LowNibble),
        any::<u8>().prop_map(Damage::Byte),
    ];
    (any::<prop::sample::Index>(), kind)
}

pub(crate) fn damaged(mut bytes: Vec<u8>, damages: &[(prop::sample::Index, Damage)]) -> Vec<u8> {
    for (at, damage) in damages {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        bytes[at] = match *damage {
            Damage::HighNibble(nibble) => nibble << 4 | bytes[at] & 0xF,
            Damage::LowNibble(nibble) => bytes[at] & 0xF0 | nibble,
            Damage::Byte(byte) => byte,
        };
    }
    bytes
}

/// A layout and records of it, `counts` of them, with up to `most` damaged bytes.
pub(crate) fn batch(counts: std::ops::Range<usize>, most: usize) -> impl Strategy<Value = (Layout, Vec<u8>)> {
    let damages = prop_oneof![
        1 => Just(Vec::new()),
        2 => prop::collection::vec(damage(), 1..=most),
    ];
    (layout(), counts, any::<u64>(), damages).prop_map(|(layout, count, seed, damages)| {
        let records = damaged(sample::records(&layout, count, seed), &damages);
        (layout, records)
    })
}
