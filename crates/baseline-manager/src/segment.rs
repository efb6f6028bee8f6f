//! The files of a ledger: one segment for each month, named `2026-11.jsonl`.
//! Must not know: where segments are stored, or what a line says.

use std::fmt;

use bench_model::time::Month;

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
}
