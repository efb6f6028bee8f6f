//! Owns the detection and redaction of personal data in a text: one pass over its tokens, rules at each token, overlaps
//! resolved, and a second look at what is left. Must not know HTTP, the store, or the corpus it is measured with.

mod contacts;
pub(crate) mod names;
mod numbers;
mod people;
mod score;
mod tokens;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use tokens::{Class, Tokens};

pub(crate) use numbers::luhn;
pub(crate) use score::{Score, missed};

/// What an entity is. The order is the strength in an overlap: the first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Email,
    Card,
    Ssn,
    Phone,
    Mrn,
    Dob,
    Address,
    Name,
}

impl Kind {
    /// The word for it in answers and metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Card => "card",
            Self::Ssn => "ssn",
            Self::Phone => "phone",
            Self::Mrn => "mrn",
            Self::Dob => "dob",
            Self::Address => "address",
            Self::Name => "name",
        }
    }

    /// What stands in a redacted text in its place.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[EMAIL]",
            Self::Card => "[CARD]",
            Self::Ssn => "[SSN]",
            Self::Phone => "[PHONE]",
            Self::Mrn => "[MRN]",
            Self::Dob => "[DOB]",
            Self::Address => "[ADDRESS]",
            Self::Name => "[NAME]",
        }
    }
}

/// An entity in a text. The unit of the offsets is the owner's: bytes inside this module, characters outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    fn of(kind: Kind, tokens: &Tokens<'_>, first: usize, last: usize) -> Self {
        Self { kind, start: tokens.start(first), end: tokens.end(last) }
    }
}

/// What was found in a text and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detection {
    /// In text order, not overlapping; offsets in characters (Unicode scalar values).
    pub(crate) entities: Vec<Span>,
    /// The text with a placeholder for each entity.
    pub(crate) redacted: String,
    /// Entities that a further look of the same detector finds in `redacted`; 0 unless the rounds did not suffice. Of what the
    /// detector cannot see it says nothing.
    pub(crate) unredacted: usize,
}

/// A cut may free an entity that a stronger neighbour had hidden; more rounds than this never helped.
const ROUNDS: usize = 4;

/// Finds and redacts the personal data of a text. Time grows with its length only.
pub(crate) fn detect(text: &str) -> Detection {
    let mut entities = scan(text);
    let mut redacted = redact(text, &entities);
    let mut left = scan(&redacted);
    for _ in 1..ROUNDS {
        if left.is_empty() {
            break;
        }
        let more = left.iter().filter_map(|span| in_original(&entities, *span)).collect::<Vec<_>>();
        entities.extend(more);
        entities.sort_unstable_by_key(|span| span.start);
        redacted = redact(text, &entities);
        left = scan(&redacted);
    }
    to_characters(text, &mut entities);
    Detection { entities, redacted, unredacted: left.len() }
}

/// Every rule at every token; byte offsets, overlaps resolved.
fn scan(text: &str) -> Vec<Span> {
    let tokens = Tokens::new(text);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some(token) = tokens.get(at) else { break };
        match token.class {
            Class::Number => {
                found.extend(numbers::number(&tokens, at));
                found.extend(contacts::street(&tokens, at));
            }
            Class::Mixed => {
                found.extend(numbers::mixed_record(&tokens, at));
                found.extend(contacts::street(&tokens, at));
            }
            Class::Mark(b'+' | b'(') => found.extend(numbers::marked_phone(&tokens, at)),
            Class::Mark(b'@') => found.extend(contacts::email(&tokens, at)),
            Class::Mark(_) => {}
            Class::Word if tokens.is_capitalised(at) => {
                found.extend(people::name(&tokens, at));
                found.extend(numbers::month_first(&tokens, at));
                found.extend(contacts::box_number(&tokens, at));
            }
            Class::Word => {}
        }
    }
    without_overlaps(found)
}

/// Of two that overlap, the stronger kind stays, of one kind the longer.
fn without_overlaps(mut found: Vec<Span>) -> Vec<Span> {
    found.sort_unstable_by_key(|span| (span.start, span.kind));
    let mut kept: Vec<Span> = Vec::with_capacity(found.len());
    for span in found {
        match kept.last_mut() {
            Some(last) if span.start < last.end => {
                let strength = |span: &Span| (span.kind, usize::MAX - (span.end - span.start));
                if strength(&span) < strength(last) {
                    *last = span;
                }
            }
            Some(_) | None => kept.push(span),
        }
    }
    kept
}

/// The text with the placeholder of each span in its place; the spans are in order, in bytes, and do not overlap.
fn redact(text: &str, spans: &[Span]) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut copied = 0;
    for span in spans {
        let kept = text.get(copied..span.start).unwrap_or("");
        let _infallible = write!(redacted, "{kept}{}", span.kind.placeholder());
        copied = span.end.max(copied);
    }
    redacted.push_str(text.get(copied..).unwrap_or(""));
    redacted
}

/// Where a span of the redacted text lies in the original; none if it touches a placeholder.
fn in_original(entities: &[Span], span: Span) -> Option<Span> {
    let (mut original, mut redacted) = (0, 0);
    for entity in entities {
        let before = redacted + (entity.start - original);
        let after = before + entity.kind.placeholder().len();
        if span.end <= before {
            break;
        }
        if span.start < after {
            return None;
        }
        (original, redacted) = (entity.end, after);
    }
    Some(Span { kind: span.kind, start: original + (span.start - redacted), end: original + (span.end - redacted) })
}

/// Turns byte offsets into character offsets.
fn to_characters(text: &str, spans: &mut [Span]) {
    if text.is_ascii() {
        return;
    }
    let (mut byte, mut character) = (0, 0);
    let mut advance = |to: usize| {
        character += text.get(byte..to).map_or(0, |part| part.chars().count());
        byte = to;
        character
    };
    for span in spans {
        span.start = advance(span.start);
        span.end = advance(span.end);
    }
}
