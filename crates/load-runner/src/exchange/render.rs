//! Drawn values, and how each is written where it stands. Must not know: scenarios.

use std::io::Write;
use std::sync::Arc;

use super::captured::{Filled, Ready};
use super::percent::encoded;
use super::random::{below, number};

/// Bytes with drawn values between.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Bytes(Vec<u8>),
    Drawn(Source, Place),
}

/// Where a value stands, which decides how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a text body: as it is.
    Text,
    /// In a path: all but unreserved characters (RFC 3986, section 2.3) percent-encoded.
    Path,
    /// In a header: as it is, control characters as blanks.
    Header,
    /// Within a JSON string: escaped.
    JsonString,
    /// A JSON value by itself.
    Json,
}

/// Where a value comes from. Keys are this request's own for each placeholder.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Int {
        key: u64,
        from: i64,
        span: u64,
    },
    Repeat {
        key: u64,
        per_ten_thousand: u32,
        among: u64,
    },
    Uuid {
        key: u64,
    },
    Text {
        key: u64,
        length: u32,
    },
    One {
        key: u64,
        of: Arc<[Ready]>,
    },
    Arrival,
    Region,
    /// A place in what was filled.
    Captured(usize),
}

/// What a value is drawn for.
#[derive(Clone, Copy)]
pub(super) struct For<'a> {
    pub(super) filled: &'a Filled,
    pub(super) region: &'a str,
}

impl Rendered {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        match self.segments.last_mut() {
            Some(Segment::Bytes(last)) => last.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => self.segments.push(Segment::Bytes(bytes.to_vec())),
        }
    }

    /// Fixed text, written for its place.
    pub(super) fn text(&mut self, text: &str, place: Place) {
        let mut bytes = Vec::new();
        match place {
            // What stands in the scenario is encoded already.
            Place::Path | Place::Header | Place::Text => bytes.extend_from_slice(text.as_bytes()),
            Place::JsonString | Place::Json => write_text(text, place, &mut bytes),
        }
        self.bytes(&bytes);
    }

    /// Fixed text of which nobody knows whether it is encoded.
    pub(super) fn encoded(&mut self, text: &str, place: Place) {
        let mut bytes = Vec::new();
        write_text(text, place, &mut bytes);
        self.bytes(&bytes);
    }

    pub(super) fn drawn(&mut self, source: Source, place: Place) {
        self.segments.push(Segment::Drawn(source, place));
    }

    /// The bytes, when nothing is drawn.
    pub(super) fn fixed(&self) -> Option<&[u8]> {
        match self.segments.as_slice() {
            [] => Some(&[]),
            [Segment::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// How long it becomes at most, in bytes.
    pub(super) fn longest(&self) -> usize {
        let lengths = self.segments.iter().map(|segment| match segment {
            Segment::Bytes(bytes) => bytes.len(),
            Segment::Drawn(source, _) => source.longest().saturating_mul(3),
        });
        lengths.fold(0, usize::saturating_add)
    }

    pub(super) fn render(&self, to: For<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.segments.iter().map(Segment::usual).sum());
        for segment in &self.segments {
            match segment {
                Segment::Bytes(bytes) => out.extend_from_slice(bytes),
                Segment::Drawn(source, place) => source.write(to, *place, &mut out),
            }
        }
        out
    }
}

impl Segment {
    /// A first guess at its length, in bytes.
    fn usual(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Drawn(Source::One { of, .. }, _) => of.first().map_or(0, |one| one.json.len()),
            Self::Drawn(source, _) => source.longest().min(1 << 20),
        }
    }
}

impl Source {
    /// How long its text is at most, in bytes.
    fn longest(&self) -> usize {
        match self {
            Self::Int { .. } | Self::Repeat { .. } | Self::Arrival => 20,
            Self::Uuid { .. } => 36,
            Self::Text { length, .. } => usize::try_from(*length).unwrap_or(usize::MAX),
            Self::One { of, .. } => of.iter().map(|one| one.text.len()).max().unwrap_or(0),
            Self::Region => 100,
            Self::Captured(_) => super::captured::LONGEST,
        }
    }

    fn write(&self, to: For<'_>, place: Place, out: &mut Vec<u8>) {
        let arrival = to.filled.arrival;
        match self {
            Self::Int { key, from, span } => {
                let random = number(*key, arrival);
                // The whole range of 64 bits has a span that 64 bits cannot hold; it comes as 0.
                let offset = if *span == 0 { random } else { below(random, *span) };
                digits(out, from.wrapping_add_unsigned(offset));
            }
            Self::Repeat { key, per_ten_thousand, among } => {
                let repeats = below(number(*key, arrival), 10_000) < u64::from(*per_ten_thousand);
                let again = 1 + below(number(!*key, arrival), *among);
                digits(out, if repeats { again } else { among.saturating_add(1).saturating_add(arrival) });
            }
            Self::Arrival => digits(out, arrival),
            Self::Uuid { key } => quoted(place, out, |out| uuid(out, number(*key, arrival), number(!*key, arrival))),
            Self::Text { key, length } => quoted(place, out, |out| letters(out, number(*key, arrival), *length, place)),
            Self::Region => write_text(to.region, place, out),
            Self::One { key, of } => {
                let index = usize::try_from(below(number(*key, arrival), of.len() as u64)).ok();
                if let Some(one) = index.and_then(|index| of.get(index)) {
                    one.write(place, out);
                }
            }
            Self::Captured(index) => match to.filled.captured.get(*index) {
                Some(one) => one.write(place, out),
                None => write_text("", place, out),
            },
        }
    }
}

impl Ready {
    fn write(&self, place: Place, out: &mut Vec<u8>) {
        match place {
            Place::Json => out.extend_from_slice(self.json.as_bytes()),
            Place::JsonString if self.json.starts_with('"') => {
                out.extend_from_slice(unquoted(&self.json));
            }
            Place::Text | Place::Path | Place::Header | Place::JsonString => write_text(&self.text, place, out),
        }
    }
}

fn digits(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{number}");
}

/// Writes what needs no escaping, in quotes where it is a JSON value.
fn quoted(place: Place, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let quote: &[u8] = if place == Place::Json { b"\"" } else { b"" };
    out.extend_from_slice(quote);
    write(out);
    out.extend_from_slice(quote);
}

/// A UUID of version 4, variant 1 (RFC 9562, section 5.4).
fn uuid(out: &mut Vec<u8>, high: u64, low: u64) {
    let high = (high & !0xF000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let (a, b, c) = (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xFFFF_FFFF_FFFF);
}

/// Letters, with a blank every six or so: `%20` in a path.
fn letters(out: &mut Vec<u8>, key: u64, length: u32, place: Place) {
    const LETTERS: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz      ";
    const EACH: u32 = 12;
    for chunk in 0..length.div_ceil(EACH) {
        let mut bits = number(key, u64::from(chunk));
        for _ in 0..EACH.min(length - chunk * EACH) {
            match LETTERS.get((bits & 31) as usize) {
                Some(b' ') if place == Place::Path => out.extend_from_slice(b"%20"),
                Some(letter) => out.push(*letter),
                None => {}
            }
            bits >>= 5;
        }
    }
}

/// Text of any kind, written for its place.
fn write_text(text: &str, place: Place, out: &mut Vec<u8>) {
    match place {
        Place::Text => out.extend_from_slice(text.as_bytes()),
        Place::Header => out.extend(text.bytes().map(|byte| if byte.is_ascii_control() { b' ' } else { byte })),
        Place::Path => out.extend(encoded(text)),
        Place::JsonString | Place::Json => {
            let json = serde_json::Value::String(text.to_owned()).to_string();
            match place {
                Place::Json => out.extend_from_slice(json.as_bytes()),
                _ => out.extend_from_slice(unquoted(&json)),
            }
        }
    }
}

/// A JSON string without its quotes.
fn unquoted(json: &str) -> &[u8] {
    json.as_bytes().get(1..json.len().saturating_sub(1)).unwrap_or_default()
}
