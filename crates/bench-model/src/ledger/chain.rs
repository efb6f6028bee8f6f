//! Sealing a line and checking a chain of them, one line at a time and in constant memory.

use serde::Deserialize;

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
    /// The line is longer than any that is ever written.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// The most that is read.
        limit: u64,
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

const HEAD: &str = "{\"body\":";
/// Every `seq` lies below: integers up to it are exact for every JSON reader (RFC 8785, section 3.2.2.3).
const MAX_SEQ: u64 = (1 << 53) - 1;

/// The members of a line, for the message when they are not there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to find out what is wrong with a line")]
struct Members {
    body: serde::de::IgnoredAny,
    hash: Sha256,
    kind: String,
    prev: Sha256,
    seq: u64,
    time: String,
}

/// Makes a line: its canonical bytes without the newline, and their digest.
///
/// # Errors
/// When the body has no JSON form, which no validated body lacks.
pub fn seal(seq: u64, prev: &Sha256, time: Timestamp, body: &Body) -> Result<(Vec<u8>, Sha256), serde_json::Error> {
    let kind = body.kind();
    // Members are ordered by name: the body stands first, and everything behind it needs no escapes.
    let mut line = [HEAD.as_bytes(), &canonical_body(body)?].concat();
    let tail = tail(kind, prev, seq, time);
    let (hash, digest) = digests(&line, &tail, None);
    line.extend_from_slice(hash_member(&hash).as_bytes());
    line.extend_from_slice(tail.as_bytes());
    Ok((line, digest))
}

/// The digest of a line without its hash member, and of the whole line with `stated` (or else the first) in it.
fn digests(until_body: &[u8], tail: &str, stated: Option<&Sha256>) -> (Sha256, Sha256) {
    let mut content = <sha2::Sha256 as sha2::Digest>::new();
    sha2::Digest::update(&mut content, until_body);
    // The body is most of a line: it is hashed once for both digests.
    let mut whole = content.clone();
    sha2::Digest::update(&mut content, tail);
    let hash = Sha256::from_digest(&sha2::Digest::finalize(content));
    sha2::Digest::update(&mut whole, hash_member(stated.unwrap_or(&hash)));
    sha2::Digest::update(&mut whole, tail);
    (hash, Sha256::from_digest(&sha2::Digest::finalize(whole)))
}

fn canonical_body(body: &Body) -> Result<Vec<u8>, serde_json::Error> {
    match body {
        Body::Run(body) => canonical::to_vec(body),
        Body::Promotion(body) => canonical::to_vec(body),
        Body::Waiver(body) => canonical::to_vec(body),
        Body::Noise(body) => canonical::to_vec(body),
        Body::Incident(body) => canonical::to_vec(body),
        Body::Retention(body) => canonical::to_vec(body),
    }
}

fn hash_member(hash: &Sha256) -> String {
    format!(",\"hash\":\"{hash}\"")
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
    let Some(Frame { body, hash, kind, prev, seq, time, tail }) = frame(text) else {
        // Slower, and only to say what is wrong.
        return Err(match serde_json::from_str::<Members>(text) {
            Err(error) => malformed(&error),
            Ok(Members { seq: MAX_SEQ.., .. }) => malformed(&"`seq` is beyond every ledger"),
            Ok(_) => ChainProblem::NotCanonical,
        });
    };
    let until_body = line.get(..HEAD.len() + body.len()).unwrap_or(line);
    let (found, digest) = digests(until_body, tail, Some(&hash));
    if found != hash {
        return Err(ChainProblem::Hash { found, stated: hash });
    }
    let written = body;
    let body = match kind {
        "run" => serde_json::from_str(written).map(Body::Run),
        "promotion" => serde_json::from_str(written).map(Body::Promotion),
        "waiver" => serde_json::from_str(written).map(Body::Waiver),
        "noise" => serde_json::from_str(written).map(Body::Noise),
        "incident" => serde_json::from_str(written).map(Body::Incident),
        "retention" => serde_json::from_str(written).map(Body::Retention),
        other => return Err(ChainProblem::Malformed(format!("unknown kind `{other}`"))),
    }
    .map_err(|e| malformed(&e))?;
    let at: Timestamp = time.parse().map_err(|e| malformed(&e))?;
    if !canonical::is_canonical(written) || at.to_string() != time {
        return Err(ChainProblem::NotCanonical);
    }
    Ok(Entry { seq, prev, time: at, body, digest })
}

/// A line taken apart from its end, without reading the body.
struct Frame<'a> {
    body: &'a str,
    hash: Sha256,
    kind: &'a str,
    prev: Sha256,
    seq: u64,
    time: &'a str,
    /// Everything behind the hash member.
    tail: &'a str,
}

/// The members of a line in their canonical order and form; the body and the time are still to be read.
fn frame(text: &str) -> Option<Frame<'_>> {
    const DIGEST: usize = 64;
    let content = text.strip_prefix(HEAD)?;
    // The members behind the body hold no quotes, so the last such text is the member itself.
    let (body, rest) = content.split_at_checked(content.rfind(",\"hash\":\"")?)?;
    let (hash, tail) = rest.strip_prefix(",\"hash\":\"")?.split_at_checked(DIGEST)?;
    let tail = tail.strip_prefix('"')?;
    let (kind, rest) = tail.strip_prefix(",\"kind\":\"")?.split_once('"')?;
    let (prev, rest) = rest.strip_prefix(",\"prev\":\"")?.split_at_checked(DIGEST)?;
    let (seq, time) = rest.strip_prefix("\",\"seq\":")?.split_once(',')?;
    let time = time.strip_prefix("\"time\":\"")?.strip_suffix("\"}")?;
    let plain = seq.bytes().all(|byte| byte.is_ascii_digit()) && (seq == "0" || !seq.starts_with('0'));
    let seq = seq.parse().ok().filter(|seq| plain && *seq < MAX_SEQ)?;
    Some(Frame { body, hash: hash.parse().ok()?, kind, prev: prev.parse().ok()?, seq, time, tail })
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
        let entry = parse_line(line).map_err(|problem| ChainError { seq: self.next_seq(), problem })?;
        self.link(&entry)?;
        Ok(entry)
    }

    /// Checks the place of a line that was read by [`parse_line`].
    ///
    /// # Errors
    /// As [`Chain::check`].
    pub fn link(&mut self, entry: &Entry) -> Result<(), ChainError> {
        let seq = self.next_seq();
        let at = |problem| ChainError { seq, problem };
        match &self.last {
            None => {
                if entry.seq == 0 {
                    return Err(at(ChainProblem::Sequence { expected: 1, found: 0 }));
                }
                if entry.seq == 1 && entry.prev != Sha256::zero() {
                    return Err(at(ChainProblem::Prev { found: Sha256::zero(), stated: entry.prev.clone() }));
                }
                self.explained = entry.seq == 1;
                self.first = Some((entry.seq, entry.prev.clone()));
            }
            Some((seq, digest)) => {
                if entry.seq != seq + 1 {
                    return Err(at(ChainProblem::Sequence { expected: seq + 1, found: entry.seq }));
                }
                if entry.prev != *digest {
                    return Err(at(ChainProblem::Prev { found: digest.clone(), stated: entry.prev.clone() }));
                }
            }
        }
        if let Body::Retention(marker) = &entry.body {
            self.explained |= self.is_explained_by(marker, entry.seq);
        }
        self.last = Some((entry.seq, entry.digest.clone()));
        self.lines += 1;
        Ok(())
    }

    /// A marker is written before lines are removed, oldest first. So it explains a first line right behind its range,
    /// and one inside: removing was interrupted there, and the next prune goes on with it.
    fn is_explained_by(&self, marker: &Retention, seq: u64) -> bool {
        let Some((first, prev)) = &self.first else { return false };
        let right_behind = marker.last_seq.checked_add(1) == Some(*first) && marker.last_line == *prev;
        let inside = (*first..seq).contains(&marker.last_seq);
        right_behind || inside
    }

    /// The digest of the line checked last; 64 zeros before the first.
    pub fn head(&self) -> Sha256 {
        self.last.as_ref().map_or_else(Sha256::zero, |(_, digest)| digest.clone())
    }

    /// The `seq` that the next line must have.
    pub fn next_seq(&self) -> u64 {
        self.last.as_ref().map_or(1, |(seq, _)| seq + 1)
    }

    /// What the lines checked so far amount to, whether or not what is lacking before them is explained.
    pub fn so_far(&self) -> Summary {
        let first_seq = self.first.as_ref().map_or(1, |(seq, _)| *seq);
        let last_seq = self.last.as_ref().map_or(0, |(seq, _)| *seq);
        Summary { head: self.head(), last_seq, lines: self.lines, first_seq }
    }

    /// Ends the check.
    ///
    /// # Errors
    /// [`ChainProblem::Unexplained`] when lines before the first present one are gone and no
    /// retention line in the chain covers them.
    pub fn finish(self) -> Result<Summary, ChainError> {
        let summary = self.so_far();
        if self.first.is_some() && !self.explained {
            let problem = ChainProblem::Unexplained { first: summary.first_seq };
            return Err(ChainError { seq: summary.first_seq, problem });
        }
        Ok(summary)
    }
}
