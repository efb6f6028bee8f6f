//! Owns what starts with a digit: social security, phone, card and record numbers, dates of birth.
//! Must not know names and addresses.
//!
//! Formats: US social security numbers (areas 000, 666 and 900-999 were never given out, nor group 00 or serial 0000);
//! North American phone numbers (area and exchange start with 2-9) and international ones of 8 to 15 digits (E.164);
//! payment cards of 13 to 19 digits whose last digit is the Luhn check digit (ISO/IEC 7812).

use super::tokens::{Class, Tokens};
use super::{Kind, Span};

/// A number behind one of these is a number of a thing.
const THINGS: &[&str] = &[
    "order",
    "orders",
    "ticket",
    "invoice",
    "part",
    "item",
    "sku",
    "lot",
    "tracking",
    "shipment",
    "serial",
    "case",
    "model",
    "version",
    "build",
    "isbn",
    "catalogue",
];
const SECURITY: &[&str] = &["ssn", "social"];
const PHONE: &[&str] = &["phone", "call", "tel", "telephone", "mobile", "cell", "fax", "dial", "text"];
const BIRTH: &[&str] = &["born", "dob", "birth", "birthday", "birthdate"];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];

/// The strongest reading of the number that starts at token `at`.
pub(super) fn number(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    if !free_on_the_left(tokens, at) {
        return None;
    }
    card(tokens, at)
        .or_else(|| security(tokens, at))
        .or_else(|| phone(tokens, at))
        .or_else(|| birth_date(tokens, at))
        .or_else(|| record(tokens, at))
}

/// A phone number that starts with `(` or `+`.
pub(super) fn marked_phone(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    if tokens.is_mark(at, b'+') { international(tokens, at) } else { bracketed(tokens, at, at) }
}

/// A date of birth that starts with the name of a month: `March 4, 1980`.
pub(super) fn month_first(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let (day, mut year) = (at + 1, at + 2);
    if tokens.is_mark(year, b',') {
        year += 1;
    }
    let date = in_range(tokens, day, 1, 31) && is_year(tokens, year) && is_month(tokens.text(at));
    (date && about_birth(tokens, at)).then(|| Span::of(Kind::Dob, tokens, at, year))
}

/// A record number that has letters in it: `MRN A1234567`.
pub(super) fn mixed_record(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let text = tokens.text(at);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let fits = (6..=12).contains(&text.len()) && digits + 3 >= text.len() && text.is_ascii();
    (fits && free_on_the_left(tokens, at) && about_record(tokens, at)).then(|| Span::of(Kind::Mrn, tokens, at, at))
}

/// The digits satisfy the Luhn check: from the right, every second digit doubled, digit sums add up to a multiple of 10.
pub(crate) fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.wrapping_sub(b'0'));
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn security(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let first = tokens.digits(at)?;
    if first.len() == 9 {
        let named = tokens.word_before(at, 4, SECURITY) && free_on_the_right(tokens, at);
        return (named && plausible_security(first)).then(|| Span::of(Kind::Ssn, tokens, at, at));
    }
    let last = groups(tokens, at, &[3, 2, 4], b'-').or_else(|| groups(tokens, at, &[3, 2, 4], b' '))?;
    let digits = all_digits(tokens, at, last);
    let allowed = !tokens.word_before(at, 4, THINGS) || tokens.word_before(at, 4, SECURITY);
    (allowed && plausible_security(&digits)).then(|| Span::of(Kind::Ssn, tokens, at, last))
}

fn plausible_security(digits: &str) -> bool {
    let (area, group, serial) = (digits.get(..3), digits.get(3..5), digits.get(5..));
    !matches!(area, None | Some("000" | "666"))
        && !digits.starts_with('9')
        && group != Some("00")
        && serial != Some("0000")
}

fn phone(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let first = tokens.digits(at)?;
    if first == "1" {
        let mut area = at + 1;
        if tokens.separator(area).is_some_and(|mark| mark == b'-' || mark == b'.')
            && tokens.joined(at)
            && tokens.joined(area)
        {
            area += 1;
        } else if !tokens.spaced(at) {
            return None;
        }
        return if tokens.is_mark(area, b'(') { bracketed(tokens, area, at) } else { plain_phone(tokens, area, at) };
    }
    if first.len() == 10 {
        let named = tokens.word_before(at, 4, PHONE) && free_on_the_right(tokens, at);
        return (named && plausible_phone(first)).then(|| Span::of(Kind::Phone, tokens, at, at));
    }
    plain_phone(tokens, at, at)
}

fn plain_phone(tokens: &Tokens<'_>, area: usize, from: usize) -> Option<Span> {
    let last = [b'-', b'.', b' '].into_iter().find_map(|mark| groups(tokens, area, &[3, 3, 4], mark))?;
    let allowed = plausible_phone(&all_digits(tokens, area, last)) && !tokens.word_before(from, 4, THINGS);
    allowed.then(|| Span::of(Kind::Phone, tokens, from, extension(tokens, last)))
}

/// `(212) 555-0123`, the span starting at token `from`.
fn bracketed(tokens: &Tokens<'_>, open: usize, from: usize) -> Option<Span> {
    let area = tokens.digits(open + 1).filter(|area| area.len() == 3)?;
    let tight = tokens.joined(open) && tokens.joined(open + 1);
    let next = tokens.spaced(open + 2) || tokens.joined(open + 2);
    if !(tight && next && tokens.is_mark(open + 2, b')')) {
        return None;
    }
    let last = [b'-', b'.', b' '].into_iter().find_map(|mark| groups(tokens, open + 3, &[3, 4], mark))?;
    let number = format!("{area}{}", all_digits(tokens, open + 3, last));
    plausible_phone(&number).then(|| Span::of(Kind::Phone, tokens, from, extension(tokens, last)))
}

/// `+44 20 7946 0958`: `+` and up to six groups.
fn international(tokens: &Tokens<'_>, plus: usize) -> Option<Span> {
    let first = plus + 1;
    let mut count = tokens.digits(first).filter(|code| tokens.joined(plus) && !code.starts_with('0'))?.len();
    if tokens.digits(first) == Some("1") && tokens.spaced(first) && tokens.is_mark(first + 1, b'(') {
        return bracketed(tokens, first + 1, plus);
    }
    let mut last = first;
    for _ in 0..5 {
        let next = match tokens.separator(last + 1) {
            Some(b'-' | b'.') if tokens.joined(last) && tokens.joined(last + 1) => last + 2,
            Some(_) => break,
            None if tokens.spaced(last) => last + 1,
            None => break,
        };
        let Some(group) = tokens.digits(next).filter(|group| count + group.len() <= 15) else { break };
        count += group.len();
        last = next;
    }
    ((8..=15).contains(&count) && free_on_the_right(tokens, last)).then(|| Span::of(Kind::Phone, tokens, plus, last))
}

/// The last token of an extension (` ext. 12`, ` x12`) behind the number, or the number's own last token.
fn extension(tokens: &Tokens<'_>, last: usize) -> usize {
    if !tokens.spaced(last) {
        return last;
    }
    let word = tokens.text(last + 1);
    if tokens.get(last + 1).is_some_and(|token| token.class == Class::Mixed) {
        let short = word.len() <= 6
            && word.strip_prefix('x').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        return if short { last + 1 } else { last };
    }
    if !word.eq_ignore_ascii_case("ext") {
        return last;
    }
    let number = if tokens.is_mark(last + 2, b'.') { last + 3 } else { last + 2 };
    if tokens.digits(number).is_some_and(|digits| digits.len() <= 5) { number } else { last }
}

fn plausible_phone(digits: &str) -> bool {
    let fits = |index: usize| digits.as_bytes().get(index).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    digits.len() == 10 && fits(0) && fits(3)
}

fn card(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let first = tokens.digits(at)?;
    let last = match first.len() {
        13..=19 => free_on_the_right(tokens, at).then_some(at)?,
        4 => [b' ', b'-'].into_iter().find_map(|mark| {
            [&[4, 4, 4, 4, 3][..], &[4, 4, 4, 4], &[4, 6, 5]]
                .into_iter()
                .find_map(|lengths| groups(tokens, at, lengths, mark))
        })?,
        _ => return None,
    };
    let digits = all_digits(tokens, at, last);
    let issued = digits.starts_with(['2', '3', '4', '5', '6']);
    (issued && luhn(digits.bytes())).then(|| Span::of(Kind::Card, tokens, at, last))
}

fn birth_date(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let last = numeric_date(tokens, at).or_else(|| day_first(tokens, at))?;
    about_birth(tokens, at).then(|| Span::of(Kind::Dob, tokens, at, last))
}

/// `03/04/1980`, `3-4-1980`, `03.04.1980` or `1980-03-04`.
fn numeric_date(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mark = tokens.separator(at + 1).filter(|mark| matches!(mark, b'/' | b'-' | b'.'))?;
    let tight = (at..at + 4).all(|index| tokens.joined(index)) && tokens.separator(at + 3) == Some(mark);
    let year_first = is_year(tokens, at) && in_range(tokens, at + 2, 1, 12) && in_range(tokens, at + 4, 1, 31);
    let year_last = in_range(tokens, at, 1, 31) && in_range(tokens, at + 2, 1, 31) && is_year(tokens, at + 4);
    (tight && (year_first || year_last) && free_on_the_right(tokens, at + 4)).then_some(at + 4)
}

/// `4 March 1980`.
fn day_first(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    (in_range(tokens, at, 1, 31) && is_month(tokens.text(at + 1)) && is_year(tokens, at + 2)).then_some(at + 2)
}

fn record(tokens: &Tokens<'_>, at: usize) -> Option<Span> {
    let fits = tokens.digits(at).is_some_and(|digits| (6..=10).contains(&digits.len()));
    (fits && free_on_the_right(tokens, at) && about_record(tokens, at)).then(|| Span::of(Kind::Mrn, tokens, at, at))
}

fn about_birth(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.word_before(at, 4, BIRTH)
}

fn about_record(tokens: &Tokens<'_>, at: usize) -> bool {
    let medical = tokens.word_before(at, 6, &["medical", "patient", "chart"]);
    tokens.word_before(at, 3, &["mrn"]) || (medical && tokens.word_before(at, 4, &["record", "id", "chart"]))
}

fn is_month(word: &str) -> bool {
    MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word))
}

fn is_year(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.digits(at).is_some_and(|year| year.len() == 4) && in_range(tokens, at, 1900, 2099)
}

fn in_range(tokens: &Tokens<'_>, at: usize, from: u16, to: u16) -> bool {
    let value = tokens.digits(at).filter(|digits| digits.len() <= 4).and_then(|digits| digits.parse::<u16>().ok());
    value.is_some_and(|value| (from..=to).contains(&value))
}

/// Numbers of these lengths from token `at` on, with `mark` (a blank: white space, `-`: any dash) between them; the last one's index.
fn groups(tokens: &Tokens<'_>, at: usize, lengths: &[usize], mark: u8) -> Option<usize> {
    let mut index = at;
    for (place, length) in lengths.iter().enumerate() {
        if place > 0 && mark == b' ' {
            tokens.spaced(index).then_some(())?;
            index += 1;
        } else if place > 0 {
            (tokens.separator(index + 1) == Some(mark) && tokens.joined(index) && tokens.joined(index + 1))
                .then_some(())?;
            index += 2;
        }
        tokens.digits(index).filter(|digits| digits.len() == *length)?;
    }
    free_on_the_right(tokens, index).then_some(index)
}

fn all_digits(tokens: &Tokens<'_>, from: usize, to: usize) -> String {
    (from..=to).filter_map(|index| tokens.digits(index)).collect()
}

/// The token does not continue a longer code such as `AB-123-45-6789`, `$12` or `1.23-45`.
fn free_on_the_left(tokens: &Tokens<'_>, at: usize) -> bool {
    let before = at.wrapping_sub(1);
    !(tokens.joined_before(at) && tokens.mark(before).is_some_and(|mark| b"-_./\\$+@".contains(&mark)))
        || (tokens.is_mark(before, b'-') && tokens.text(before.wrapping_sub(1)).eq_ignore_ascii_case("mrn"))
}

fn free_on_the_right(tokens: &Tokens<'_>, last: usize) -> bool {
    let continues = tokens.joined(last) && tokens.joined(last + 1) && tokens.mark(last + 2).is_none();
    !(continues && tokens.mark(last + 1).is_some_and(|mark| b"-_./\\@".contains(&mark)))
}
