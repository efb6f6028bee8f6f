//! Owns e-mail addresses (the common part of RFC 5321: a dotted local part of up to 64 characters, a domain with a
//! top-level name of letters) and street addresses. Must not know people's names.

use super::tokens::{Class, Tokens};
use super::{Kind, Span};

const STREETS: &[&str] = &[
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "lane",
    "ln",
    "drive",
    "dr",
    "court",
    "ct",
    "place",
    "pl",
    "terrace",
    "way",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "cir",
    "square",
    "trail",
    "alley",
];
const UNITS: &[&str] = &["apt", "apartment", "suite", "ste", "unit", "floor"];
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR \
                      PA RI SC SD TN TX UT VT VA WA WV WI WY DC";

/// The e-mail address around the `@` at token `at`.
pub(super) fn email(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let mut first = at;
    while tokens.joined_before(first) && tokens.end(at) - tokens.start(first - 1) <= 65 {
        match tokens.get(first - 1)?.class {
            Class::Word | Class::Number | Class::Mixed => first -= 1,
            Class::Mark(mark) if b"._%+-".contains(&mark) => first -= 1,
            Class::Mark(_) => break,
        }
    }
    while tokens.mark(first).is_some_and(|mark| mark != b'@' && mark != b'_') {
        first += 1;
    }
    let (mut last, mut dots) = (at + 1, 0);
    if first >= at || !tokens.joined(at) || tokens.mark(last).is_some() {
        return None;
    }
    while dots < 8 && tokens.joined(last) && tokens.joined(last + 1) && tokens.mark(last + 2).is_none() {
        match tokens.mark(last + 1) {
            Some(b'.') => dots += 1,
            Some(b'-') => {}
            Some(_) | None => break,
        }
        last += 2;
    }
    let top = tokens.is_word(last) && tokens.text(last).len() >= 2;
    (top && dots > 0).then(|| Span::of(Kind::Email, tokens, first, last))
}

/// `12 North Oak Street, Apt 4, Springfield, IL 62704`: the parts behind the street are optional.
pub(super) fn street(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let house = tokens.get(at)?;
    let short = match house.class {
        Class::Number => house.end - house.start <= 5,
        Class::Mixed => {
            house.end - house.start <= 6 && tokens.text(at).starts_with(|first: char| first.is_ascii_digit())
        }
        Class::Word | Class::Mark(_) => false,
    };
    if !short
        || tokens.joined_before(at)
            && !tokens.is_mark(at.wrapping_sub(1), b'"')
            && !tokens.is_mark(at.wrapping_sub(1), b'(')
    {
        return None;
    }
    let (mut index, mut names) = (at + 1, 0);
    while names < 5 && tokens.spaced(index - 1) && (tokens.is_capitalised(index) || is_ordinal(tokens.text(index))) {
        if names > 0 && is_one_of(tokens.text(index), STREETS) {
            let behind = if is_abbreviation(tokens, index) { index + 1 } else { index };
            return Some(Span::of(Kind::Address, tokens, at, town(tokens, unit(tokens, behind))));
        }
        names += 1;
        index += if tokens.is_mark(index + 1, b'.') && tokens.text(index).len() <= 2 { 2 } else { 1 };
    }
    None
}

/// `P.O. Box 123` or `PO Box 123`, from the word that starts it.
pub(super) fn box_number(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let word = match tokens.text(at) {
        "PO" => at + 1,
        "P" if tokens.is_mark(at + 1, b'.') && tokens.text(at + 2) == "O" && tokens.is_mark(at + 3, b'.') => at + 4,
        _ => return None,
    };
    let number = tokens.digits(word + 1).is_some_and(|digits| digits.len() <= 6);
    (tokens.text(word) == "Box" && number).then(|| Span::of(Kind::Address, tokens, at, town(tokens, word + 1)))
}

/// Behind `, Apt 4B` or ` #4`, if that follows the token.
fn unit(tokens: &Tokens<'_>, last: usize) -> usize {
    let mut word = if tokens.is_mark(last + 1, b',') { last + 2 } else { last + 1 };
    if tokens.is_mark(word, b'#') || is_one_of(tokens.text(word), UNITS) {
        word += if tokens.is_mark(word + 1, b'.') { 2 } else { 1 };
        let number = tokens.get(word).is_some_and(|token| matches!(token.class, Class::Number | Class::Mixed));
        if number && tokens.text(word).len() <= 6 {
            return word;
        }
    }
    last
}

/// Behind `, Springfield, IL 62704-1234`, if that follows the token.
fn town(tokens: &Tokens<'_>, last: usize) -> usize {
    if !tokens.is_mark(last + 1, b',') {
        return last;
    }
    let mut index = last + 2;
    while index < last + 5 && tokens.is_capitalised(index) && tokens.digits(index + 1).is_none() {
        index += 1;
    }
    let state = if tokens.is_mark(index, b',') { index + 1 } else { index };
    let zip = state + 1;
    let named = STATES.split_ascii_whitespace().any(|name| name == tokens.text(state));
    if index == last + 2 || !named || tokens.digits(zip).is_none_or(|digits| digits.len() != 5) {
        return last;
    }
    let long = tokens.is_dash(zip + 1) && tokens.joined(zip) && tokens.joined(zip + 1);
    if long && tokens.digits(zip + 2).is_some_and(|digits| digits.len() == 4) { zip + 2 } else { zip }
}

/// The full stop behind `St` belongs to the address only where the address goes on.
fn is_abbreviation(tokens: &Tokens<'_>, word: usize) -> bool {
    let goes_on =
        tokens.is_mark(word + 2, b',') || tokens.is_mark(word + 2, b'#') || is_one_of(tokens.text(word + 2), UNITS);
    tokens.text(word).len() <= 4 && tokens.is_mark(word + 1, b'.') && tokens.joined(word) && goes_on
}

fn is_ordinal(text: &str) -> bool {
    let digits = text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    digits > 0 && text.get(digits..).is_some_and(|rest| matches!(rest, "st" | "nd" | "rd" | "th"))
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

pub(super) fn is_street(text: &str) -> bool {
    is_one_of(text, STREETS)
}
