//! The files of a ledger: one segment for each month, named `2026-11.jsonl`, and reading their lines with a limit.
//! Must not know: where segments are stored, or what a line says.

use std::fmt;
use std::io::{self, BufRead, Read};

use bench_model::time::Month;

/// The longest line that is read, in bytes. A run of 10,000 metrics takes about 3 MiB.
pub const MAX_LINE: u64 = 16 << 20;

/// The name of a segment: the month of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment(pub Month);

/// What a file in a ledger's folder is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A part of the ledger.
    Segment(Segment),
    /// It looks like one, and is none: nobody may believe that it was checked.
    Foreign,
    /// It has nothing to do with the ledger.
    Other,
}

impl Segment {
    pub(crate) fn of_name(name: &str) -> Named {
        let Some(stem) = name.strip_suffix(".jsonl") else { return Named::Other };
        match stem.parse::<Month>() {
            Ok(month) if month.to_string() == stem => Named::Segment(Self(month)),
            _ => Named::Foreign,
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.jsonl", self.0)
    }
}

/// What came of reading a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line; it stands in the buffer without its newline.
    Whole,
    /// Nothing more.
    End,
    /// Bytes without a newline behind them.
    Torn,
    /// More bytes than the limit without a newline.
    TooLong,
}

/// Reads the next line behind what `buffer` holds, at most `limit` bytes of it.
pub(crate) fn read_line(reader: &mut dyn BufRead, buffer: &mut Vec<u8>, limit: u64) -> io::Result<Line> {
    let before = buffer.len();
    let read = reader.take(limit + 1).read_until(b'\n', buffer)? as u64;
    Ok(match buffer.get(before..).and_then(<[u8]>::last) {
        None => Line::End,
        Some(b'\n') => {
            buffer.pop();
            Line::Whole
        }
        Some(_) if read > limit => Line::TooLong,
        Some(_) => Line::Torn,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_month_names_a_segment() {
        assert!(matches!(Segment::of_name("2026-11.jsonl"), Named::Segment(_)));
        for name in ["2026-13.jsonl", "2026-1.jsonl", "+2026-11.jsonl", "notes.jsonl", ".jsonl", "2026-11-01.jsonl"] {
            assert_eq!(Segment::of_name(name), Named::Foreign, "{name}");
        }
        for name in ["README.md", "torn-1.txt", ".lock", "2026-11.jsonl.bak"] {
            assert_eq!(Segment::of_name(name), Named::Other, "{name}");
        }
    }

    #[test]
    fn an_endless_line_is_given_up_at_the_limit() {
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        let mut buffer = Vec::new();
        assert_eq!(read_line(&mut endless, &mut buffer, 1000).unwrap(), Line::TooLong);
        assert!(buffer.len() <= 1001);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_read() {
        let mut reader: &[u8] = b"abc\nrest";
        let mut buffer = Vec::new();
        assert_eq!(read_line(&mut reader, &mut buffer, 3).unwrap(), Line::Whole);
        assert_eq!(buffer, b"abc");
        buffer.clear();
        assert_eq!(read_line(&mut reader, &mut buffer, 4).unwrap(), Line::Torn);
        assert_eq!(read_line(&mut reader, &mut buffer, 4).unwrap(), Line::End);
    }
}
