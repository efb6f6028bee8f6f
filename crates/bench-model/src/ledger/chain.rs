//! Sealing a line and checking a chain of them, one line at a time and in constant memory.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::entry::{Body, Entry, Retention};
use crate::time::Timestamp;
use crate::{Sha256, canonical};

/// What is wrong with a line or between two lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainProblem {
    /// Not a line of a ledger.
    #[error("not a ledger line: {0}")]
    Malformed(String),
    /// The line's bytes are not the canonical form of what they say.
    #[error("the line is not in canonical form")]
    NotCanonical,
    /// The content does not fit the hash inside the line.
    #[error("the content was changed: its hash is {found}, the line says {stated}")]
    Hash {
        /// The hash of the content.
        found: Sha256,
        /// The hash that the line states.
        stated: Sha256,
    },
    /// Lines are missing, doubled or swapped.
    #[error("expected line {expected}, found line {found}: lines are missing, doubled or swapped")]
    Sequence {
        /// The `seq` that should follow.
        expected: u64,
        /// The `seq` found.
        found: u64,
    },
    /// The line before was changed, together with its hash.
    #[error("the line before was replaced: its hash is {found}, this line was built on {stated}")]
    Prev {
        /// The digest of the line before.
        found: Sha256,
        /// The digest that this line states.
        stated: Sha256,
    },
    /// The last line ends without a newline.
    #[error("the last line was not written to its end")]
    Torn,
    /// Lines before the first are gone and nobody signed for it.
    #[error("the ledger starts at line {first}, and no retention line covers the lines before")]
    Unexplained {
        /// The `seq` of the first line present.
        first: u64,
    },
}

/// A problem with the line it was found at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ledger line {seq}: {problem}")]
pub struct ChainError {
    /// The `seq` that was due there.
    pub seq: u64,
    /// What is wrong.
    pub problem: ChainProblem,
}

#[derive(Serialize)]
struct Unsealed<'a, B> {
    body: &'a B,
    kind: &'a str,
    prev: &'a Sha256,
    seq: u64,
    time: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine<'a> {
    #[serde(borrow)]
    body: &'a RawValue,
    hash: Sha256,
    kind: &'a str,
    prev: Sha256,
    seq: u64,
    time: &'a str,
}

/// Makes a line: its canonical bytes without the newline, and their digest.
///
/// # Errors
/// When the body has no JSON form, which no validated body lacks.
pub fn seal(seq: u64, prev: &Sha256, time: Timestamp, body: &Body) -> Result<(Vec<u8>, Sha256), serde_json::Error> {
    let kind = body.kind();
    let unsealed = match body {
        Body::Run(body) => canonical::to_vec(&Unsealed { body, kind, prev, seq, time }),
        Body::Promotion(body) => canonical::to_vec(&Unsealed { body, kind, prev, seq, time }),
        Body::Waiver(body) => canonical::to_vec(&Unsealed { body, kind, prev, seq, time }),
        Body::Retention(body) => canonical::to_vec(&Unsealed { body, kind, prev, seq, time }),
    }?;
    let hash = Sha256::of(&unsealed);
    // Members are ordered by name, and everything behind the body has a known length, so the hash
    // goes in at a known distance from the end.
    let tail = tail(kind, prev, seq, time);
    let at = unsealed.len().saturating_sub(tail.len());
    let (body, tail) = unsealed.split_at_checked(at).unwrap_or((&unsealed, &[]));
    let line = [body, format!(",\"hash\":\"{hash}\"").as_bytes(), tail].concat();
    let digest = Sha256::of(&line);
    Ok((line, digest))
}

fn tail(kind: &str, prev: &Sha256, seq: u64, time: impl std::fmt::Display) -> String {
    format!(",\"kind\":\"{kind}\",\"prev\":\"{prev}\",\"seq\":{seq},\"time\":\"{time}\"}}")
}

/// Reads one line (without its newline) and checks its own hash, not its place in a chain.
///
/// # Errors
/// The first [`ChainProblem`] of the line.
pub fn parse_line(line: &[u8]) -> Result<Entry, ChainProblem> {
    let malformed = |error: &dyn std::fmt::Display| ChainProblem::Malformed(error.to_string());
    let text = std::str::from_utf8(line).map_err(|e| malformed(&e))?;
    let raw: RawLine<'_> = serde_json::from_str(text).map_err(|e| malformed(&e))?;
    let tail = tail(raw.kind, &raw.prev, raw.seq, raw.time);
    let body = raw.body.get();
    let hash = format!(",\"hash\":\"{}\"", raw.hash);
    let canonical = text
        .strip_prefix("{\"body\":")
        .and_then(|rest| rest.strip_prefix(body))
        .and_then(|rest| rest.strip_prefix(hash.as_str()))
        == Some(tail.as_str());
    if !canonical {
        return Err(ChainProblem::NotCanonical);
    }
    let mut state = <sha2::Sha256 as sha2::Digest>::new();
    for part in ["{\"body\":", body, &tail] {
        sha2::Digest::update(&mut state, part);
    }
    let found = Sha256::from_digest(&sha2::Digest::finalize(state));
    if found != raw.hash {
        return Err(ChainProblem::Hash { found, stated: raw.hash });
    }
    let body = match raw.kind {
        "run" => serde_json::from_str(body).map(Body::Run),
        "promotion" => serde_json::from_str(body).map(Body::Promotion),
        "waiver" => serde_json::from_str(body).map(Body::Waiver),
        "retention" => serde_json::from_str(body).map(Body::Retention),
        other => return Err(ChainProblem::Malformed(format!("unknown kind `{other}`"))),
    }
    .map_err(|e| malformed(&e))?;
    let time = raw.time.parse().map_err(|e| malformed(&e))?;
    Ok(Entry { seq: raw.seq, prev: raw.prev, time, body, digest: Sha256::of(line) })
}

/// The state of a chain that is being checked line by line.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    first: Option<(u64, Sha256)>,
    last: Option<(u64, Sha256)>,
    lines: u64,
    explained: bool,
}

/// What a checked chain amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The digest of the last line; 64 zeros for an empty ledger.
    pub head: Sha256,
    /// The `seq` of the last line; 0 for an empty ledger.
    pub last_seq: u64,
    /// Lines present.
    pub lines: u64,
    /// The `seq` of the first line present; above 1 when older ones were pruned.
    pub first_seq: u64,
}

impl Chain {
    /// Checks the next line (without its newline) and reads it.
    ///
    /// # Errors
    /// The line's first problem. The chain must not be continued after it.
    pub fn check(&mut self, line: &[u8]) -> Result<Entry, ChainError> {
        let due = self.last.as_ref().map(|(seq, _)| seq + 1);
        let at = |problem| ChainError { seq: due.unwrap_or(1), problem };
        let entry = parse_line(line).map_err(at)?;
        match &self.last {
            None => {
                if entry.seq == 0 {
                    return Err(at(ChainProblem::Sequence { expected: 1, found: 0 }));
                }
                if entry.seq == 1 && entry.prev != Sha256::zero() {
                    return Err(at(ChainProblem::Prev { found: Sha256::zero(), stated: entry.prev }));
                }
                self.explained = entry.seq == 1;
                self.first = Some((entry.seq, entry.prev.clone()));
            }
            Some((seq, digest)) => {
                if entry.seq != seq + 1 {
                    return Err(at(ChainProblem::Sequence { expected: seq + 1, found: entry.seq }));
                }
                if entry.prev != *digest {
                    return Err(at(ChainProblem::Prev { found: digest.clone(), stated: entry.prev }));
                }
            }
        }
        if let (Body::Retention(Retention { last_seq, last_line, .. }), Some((first, prev))) =
            (&entry.body, &self.first)
            && last_seq + 1 == *first
            && last_line == prev
        {
            self.explained = true;
        }
        self.last = Some((entry.seq, entry.digest.clone()));
        self.lines += 1;
        Ok(entry)
    }

    /// The `seq` that the next line must have.
    pub fn next_seq(&self) -> u64 {
        self.last.as_ref().map_or(1, |(seq, _)| seq + 1)
    }

    /// Ends the check.
    ///
    /// # Errors
    /// [`ChainProblem::Unexplained`] when lines before the first present one are gone and no
    /// retention line in the chain covers them.
    pub fn finish(self) -> Result<Summary, ChainError> {
        let first_seq = self.first.as_ref().map_or(1, |(seq, _)| *seq);
        if self.first.is_some() && !self.explained {
            let problem = ChainProblem::Unexplained { first: first_seq };
            return Err(ChainError { seq: first_seq, problem });
        }
        let (last_seq, head) = self.last.unwrap_or((0, Sha256::zero()));
        Ok(Summary { head, last_seq, lines: self.lines, first_seq })
    }
}
