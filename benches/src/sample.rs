//! Owns: the layouts and records that the benches and the tests decode.
//! Must not know: how they are decoded.
//!
//! Records are a pure function of layout, number and seed. They are made to look like real data: numbers of mixed
//! length with leading zeros, text of mixed length padded with spaces, capital letters mostly, a few accents.

use crate::Error;
use crate::cp037;
use crate::layout::{Encoding, Layout};

/// A bank's account master record, 168 bytes: 9 numbers (88 bytes) and 6 texts (80 bytes).
///
/// # Errors
/// None in practice: the layout is valid.
pub fn account_display() -> Result<Layout, Error> {
    Layout::sequential([
        ("ACCOUNT-NUMBER", Encoding::zoned(16)),
        ("CUSTOMER-ID", Encoding::zoned(9)),
        ("CUSTOMER-NAME", Encoding::text(30)),
        ("STREET", Encoding::text(25)),
        ("CITY", Encoding::text(15)),
        ("POSTCODE", Encoding::text(7)),
        ("COUNTRY", Encoding::text(2)),
        ("STATUS", Encoding::text(1)),
        ("BRANCH", Encoding::zoned(4)),
        ("OPENED-ON", Encoding::zoned(8)),
        ("LAST-ENTRY-ON", Encoding::zoned(8)),
        ("BALANCE", Encoding::zoned(11).signed().scaled(2)),
        ("CREDIT-LIMIT", Encoding::zoned(9)),
        ("INTEREST-RATE", Encoding::zoned(5).signed().scaled(4)),
        ("TURNOVER", Encoding::zoned(18).signed().scaled(2)),
    ])
}

/// Ten amounts `PIC S9(9)V99 COMP-3`, 60 bytes.
///
/// # Errors
/// None in practice: the layout is valid.
pub fn amounts_comp3() -> Result<Layout, Error> {
    ten(Encoding::packed(11).signed().scaled(2))
}

/// Ten numbers `PIC 9(9)`, 90 bytes.
///
/// # Errors
/// None in practice: the layout is valid.
pub fn counts_zoned() -> Result<Layout, Error> {
    ten(Encoding::zoned(9))
}

/// Ten texts `PIC X(50)`, 500 bytes.
///
/// # Errors
/// None in practice: the layout is valid.
pub fn names_text() -> Result<Layout, Error> {
    ten(Encoding::text(50))
}

fn ten(encoding: Encoding) -> Result<Layout, Error> {
    let names: [String; 10] = std::array::from_fn(|index| format!("FIELD-{}", index + 1));
    Layout::sequential(names.iter().map(|name| (name.as_str(), encoding)))
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// A generator; equal seeds give equal numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, or 0 if that is 0. Not exactly uniform: `bound` is small here.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next_u64() >> 33).unwrap_or(0).checked_rem(bound).unwrap_or(0)
    }
}

/// Valid records of this layout, one after the other. Gaps are EBCDIC spaces; where fields overlap, the later one wins.
#[must_use]
pub fn records(layout: &Layout, count: usize, seed: u64) -> Vec<u8> {
    let mut random = SplitMix::new(seed);
    let mut bytes = vec![0x40; count * layout.record_len()];
    for record in bytes.chunks_exact_mut(layout.record_len()) {
        for field in layout.fields() {
            let slot = record.get_mut(field.offset..field.offset + field.encoding.len());
            let slot = slot.unwrap_or_default();
            match field.encoding {
                Encoding::Zoned { digits, signed, .. } => {
                    fill_zoned(slot, &number(&mut random, digits), signed, &mut random);
                }
                Encoding::Packed { digits, signed, .. } => {
                    fill_packed(slot, &number(&mut random, digits), signed, &mut random);
                }
                Encoding::Text { .. } => fill_text(slot, &mut random),
            }
        }
    }
    bytes
}

/// Decimal digits with some leading zeros: small values are commoner than large ones.
fn number(random: &mut SplitMix, digits: usize) -> Vec<u8> {
    let significant = 1 + random.below(digits).max(random.below(digits));
    let digit = |at: usize, random: &mut SplitMix| {
        if at + significant < digits { 0 } else { u8::try_from(random.below(10)).unwrap_or(0) }
    };
    (0..digits).map(|at| digit(at, random)).collect()
}

/// Mostly `C`, sometimes `D`, and `F` as some compilers leave it.
fn sign(random: &mut SplitMix) -> u8 {
    match random.below(10) {
        0 => 0xF,
        1..=3 => 0xD,
        _ => 0xC,
    }
}

fn fill_zoned(slot: &mut [u8], digits: &[u8], signed: bool, random: &mut SplitMix) {
    for (byte, digit) in slot.iter_mut().zip(digits) {
        *byte = 0xF0 | digit;
    }
    if let (true, Some(last)) = (signed, slot.last_mut()) {
        *last = sign(random) << 4 | *last & 0xF;
    }
}

fn fill_packed(slot: &mut [u8], digits: &[u8], signed: bool, random: &mut SplitMix) {
    let sign = if signed { sign(random) } else { 0xF };
    let nibbles = digits.iter().rev();
    let mut nibbles = std::iter::once(sign).chain(nibbles.copied());
    for byte in slot.iter_mut().rev() {
        let low = nibbles.next().unwrap_or(0);
        *byte = nibbles.next().unwrap_or(0) << 4 | low;
    }
}

const WORDS: [&str; 24] = [
    "MARTIN",
    "O'NEILL",
    "SMITH-JONES",
    "GARCIA",
    "J.",
    "R.",
    "DR.",
    "AND",
    "SONS",
    "LTD",
    "NORTH",
    "STREET",
    "AVENUE",
    "12",
    "1047",
    "7B",
    "SAINT",
    "PORT",
    "VALLEY",
    "Main",
    "Road",
    "c/o",
    "(FLAT 3)",
    "No. 9",
];

const ACCENTED: [&str; 4] = ["JOSÉ", "Zürich", "MUÑOZ", "FRANÇOIS"];

/// Words with single spaces between and spaces after; one word in fifty has an accent.
fn fill_text(slot: &mut [u8], random: &mut SplitMix) {
    let filled = slot.len() - random.below(slot.len() / 2 + 1);
    let mut at = 0;
    while at < filled {
        let words = if random.below(50) == 0 { ACCENTED.as_slice() } else { WORDS.as_slice() };
        let word = words.get(random.below(words.len())).copied().unwrap_or_default();
        for (byte, letter) in slot.iter_mut().take(filled).skip(at).zip(word.chars()) {
            *byte = cp037::encode(letter).unwrap_or(0x40);
        }
        at += word.chars().count() + 1;
    }
}
