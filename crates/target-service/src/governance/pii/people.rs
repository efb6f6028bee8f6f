//! Owns names of people: lists of given and family names, and what stands around them.
//! Must not know numbers and addresses, but for the words that make a name a street.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::contacts::is_street;
use super::names::{AMBIGUOUS, FAMILY, GIVEN};
use super::tokens::{Class, Tokens};
use super::{Kind, Span};

/// The word behind one of these names a person. The title itself is no part of the name.
const TITLES: &[&str] = &["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Professor", "Nurse", "Judge"];
/// Words behind which two capitalised words are a person even if no list has them.
const INTRODUCTIONS: &[&str] = &["named", "name", "contact", "signed", "patient", "applicant", "by", "with", "from"];
/// A lone given name behind one of these is a person.
const GREETINGS: &[&str] = &["Dear", "Hi", "Hello", "Regards", "Thanks", "Sincerely"];
/// A name in front of one of these is the name of a place, a company or a thing.
const THINGS: &[&str] = &[
    "Inc",
    "Ltd",
    "LLC",
    "Corp",
    "Company",
    "Group",
    "Bank",
    "Hospital",
    "University",
    "College",
    "School",
    "Library",
    "Museum",
    "County",
    "City",
    "State",
    "River",
    "Lake",
    "Park",
    "Bridge",
    "Award",
    "Prize",
    "Foundation",
    "Institute",
    "Building",
    "Center",
    "Hall",
    "Field",
    "Memorial",
    "Airport",
    "Systems",
    "Partners",
    "Brothers",
];

#[derive(Clone, Copy, Default)]
struct Word {
    given: bool,
    family: bool,
    ambiguous: bool,
}

/// The name that starts at the capitalised word `at`.
pub(super) fn name(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    if tokens.joined_before(at) && tokens.mark(at.wrapping_sub(1)).is_some_and(|mark| b"@._-/&#".contains(&mark)) {
        return None;
    }
    let last = titled(tokens, at)
        .or_else(|| reversed(tokens, at))
        .or_else(|| in_order(tokens, at))
        .or_else(|| greeted(tokens, at))?;
    let thing =
        is_one_of(tokens.text(last + 1), THINGS) || is_street(tokens.text(last + 1)) && tokens.is_capitalised(last + 1);
    let continues = tokens.joined(last) && tokens.mark(last + 1).is_some_and(|mark| b"@_/".contains(&mark));
    (!thing && !continues).then(|| Span::of(Kind::Name, tokens, at, last))
}

/// `Dr. Lovelace`, `Mrs. Ada Lovelace`.
fn titled(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    let title = if tokens.is_mark(before, b'.') { before.checked_sub(1)? } else { before };
    (tokens.spaced(before) && is_one_of(tokens.text(title), TITLES)).then(|| {
        let mut last = at;
        for _ in 0..2 {
            let next = after_initial(tokens, last);
            if !(tokens.spaced(next - 1) && is_shaped(tokens, next)) {
                break;
            }
            last = next;
        }
        hyphened(tokens, last)
    })
}

/// `Lovelace, Ada`: both listed.
fn reversed(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    if !(tokens.is_mark(at + 1, b',') && tokens.joined(at) && tokens.spaced(at + 1) && tokens.is_capitalised(at + 2)) {
        return None;
    }
    let (family, given) = (word(tokens, at), word(tokens, at + 2));
    let both = family.family && given.given && !(family.ambiguous && given.ambiguous);
    let listing = tokens.spaced(at + 2) && (word(tokens, at + 3).family || tokens.is_mark(at + 3, b','));
    let initial = is_initial(tokens, at + 3) && tokens.spaced(at + 2);
    (both && !listing).then_some(if initial { at + 4 } else { at + 2 })
}

/// `Ada Lovelace`, `Ada B. Lovelace`, `Ada Maria Lovelace`, `Ada Byron-Lovelace`.
fn in_order(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let next = after_initial(tokens, at);
    if !tokens.spaced(next - 1) || !tokens.is_capitalised(next) {
        return None;
    }
    let (first, second) = (word(tokens, at), word(tokens, next));
    let (introduced, opening) = (introduced(tokens, at), starts_sentence(tokens, at));
    if second.given
        && tokens.spaced(next)
        && !is_street(tokens.text(next + 1))
        && !is_one_of(tokens.text(next + 1), THINGS)
    {
        let third = word(tokens, next + 1);
        let rare = !second.family && is_shaped(tokens, next + 1);
        if (first.given && (third.family || rare)) || (third.family && !opening && is_shaped(tokens, at)) {
            return Some(hyphened(tokens, next + 1));
        }
    }
    if first.given && second.family && (introduced || !(first.ambiguous && second.ambiguous)) {
        return Some(hyphened(tokens, next));
    }
    let known = first.given || second.family;
    let half = (first.given && !first.ambiguous) || (second.family && !second.ambiguous && !opening);
    let likely = introduced || (known && next > at + 1) || (half && !known_otherwise(tokens, at));
    (likely && is_shaped(tokens, at) && is_shaped(tokens, next)).then(|| hyphened(tokens, next))
}

/// `Dear Ada`, `Regards, Ada`.
fn greeted(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    let greeting = if tokens.is_mark(before, b',') { before.checked_sub(1)? } else { before };
    (is_one_of(tokens.text(greeting), GREETINGS) && word(tokens, at).given).then_some(at)
}

/// The word behind `at`, or behind the initial `B.` that follows it.
fn after_initial(tokens: &Tokens<'_>, at: usize) -> usize {
    if is_initial(tokens, at + 1) && tokens.spaced(at) { at + 3 } else { at + 1 }
}

fn is_initial(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.is_capitalised(at) && tokens.text(at).len() == 1 && tokens.joined(at) && tokens.is_mark(at + 1, b'.')
}

/// The second half of `Byron-Lovelace`, or the word itself.
fn hyphened(tokens: &Tokens<'_>, last: usize) -> usize {
    let double =
        tokens.joined(last) && tokens.is_dash(last + 1) && tokens.joined(last + 1) && tokens.is_capitalised(last + 2);
    if double { last + 2 } else { last }
}

/// A capital and at least one small letter: no acronym, no initial.
fn is_shaped(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.is_capitalised(at)
        && tokens.text(at).chars().nth(1).is_some_and(|letter| letter.is_lowercase() || letter == '\'')
}

fn introduced(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.word_before(at, 1, INTRODUCTIONS)
}

/// The pair follows a capitalised word directly, as in `Project Mercury Carter`, or the placeholder of one.
fn known_otherwise(tokens: &Tokens<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| {
        let capitalised = tokens.is_capitalised(before) && !starts_sentence(tokens, before);
        tokens.spaced(before) && (capitalised || tokens.is_mark(before, b']'))
    })
}

fn starts_sentence(tokens: &Tokens<'_>, at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| matches!(tokens.mark(before), Some(b'.' | b'!' | b'?')))
}

fn word(tokens: &Tokens<'_>, at: usize) -> Word {
    let Some(token) = tokens.get(at).filter(|token| token.class == Class::Word && token.end - token.start <= 24) else {
        return Word::default();
    };
    let text = tokens.text(at);
    let all_capitals = token.end - token.start > 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if all_capitals {
        let lowered = text.get(1..).unwrap_or("").to_ascii_lowercase();
        return look_up(&format!("{}{lowered}", text.get(..1).unwrap_or("")));
    }
    if tokens.is_capitalised(at) { look_up(text) } else { Word::default() }
}

fn look_up(text: &str) -> Word {
    KNOWN.get(text).copied().unwrap_or_default()
}

/// The lists as one table: one look-up per word instead of three searches halves the time of a text.
static KNOWN: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut known = HashMap::<_, Word>::new();
    GIVEN.iter().for_each(|name| known.entry(*name).or_default().given = true);
    FAMILY.iter().for_each(|name| known.entry(*name).or_default().family = true);
    AMBIGUOUS.iter().for_each(|name| known.entry(*name).or_default().ambiguous = true);
    known
});

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.contains(&text)
}
