//! Owns the cut of a text into words, numbers and marks, and the questions a rule asks about neighbours.
//! Must not know any kind of personal data.

/// The mark of a dash beyond ASCII: it joins the groups of a number as `-` does, and is nothing else.
pub(super) const DASH: u8 = 0x80;
/// Hyphen, non-breaking hyphen, figure dash, en dash, minus sign, small and full-width hyphen. Not the em dash: it parts sentences.
const DASHES: [char; 7] = ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}', '\u{fe63}', '\u{ff0d}'];

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Letters only; an apostrophe between a letter and a capital letter belongs to the word (O'Brien).
    Word,
    /// ASCII digits only.
    Number,
    /// Letters and digits.
    Mixed,
    /// One ASCII character that is none of the above; [`DASH`] stands for a dash beyond ASCII, 0 for any other symbol.
    Mark(u8),
}

/// Byte offsets into the text; both lie on character boundaries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
}

/// A text and its tokens. A question about a token that does not exist has the empty answer.
pub(super) struct Tokens<'text> {
    text: &'text str,
    list: Vec<Token>,
}

impl<'text> Tokens<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        let mut list = Vec::with_capacity(text.len() / 4);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_whitespace() {
                at += 1;
                continue;
            }
            let token = if byte.is_ascii_alphanumeric() {
                run(text, at)
            } else if byte.is_ascii() {
                Token { start: at, end: at + 1, class: Class::Mark(byte) }
            } else {
                beyond_ascii(text, at)
            };
            at = token.end.max(at + 1);
            if token.end > token.start {
                list.push(token);
            }
        }
        Self { text, list }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Token> {
        self.list.get(index).copied()
    }

    pub(super) fn text(&self, index: usize) -> &'text str {
        self.get(index).and_then(|token| self.text.get(token.start..token.end)).unwrap_or("")
    }

    pub(super) fn start(&self, index: usize) -> usize {
        self.get(index).map_or(self.text.len(), |token| token.start)
    }

    /// The end of the token, 0 where there is none.
    pub(super) fn end(&self, index: usize) -> usize {
        self.get(index).map_or(0, |token| token.end)
    }

    pub(super) fn is_mark(&self, index: usize, mark: u8) -> bool {
        self.get(index).is_some_and(|token| token.class == Class::Mark(mark))
    }

    pub(super) fn mark(&self, index: usize) -> Option<u8> {
        match self.get(index)?.class {
            Class::Mark(mark) => Some(mark),
            Class::Word | Class::Number | Class::Mixed => None,
        }
    }

    /// The mark, with every dash as `-`.
    pub(super) fn separator(&self, index: usize) -> Option<u8> {
        self.mark(index).map(|mark| if mark == DASH { b'-' } else { mark })
    }

    /// A dash of any kind.
    pub(super) fn is_dash(&self, index: usize) -> bool {
        self.separator(index) == Some(b'-')
    }

    /// The digits of a number token.
    pub(super) fn digits(&self, index: usize) -> Option<&'text str> {
        (self.get(index)?.class == Class::Number).then(|| self.text(index))
    }

    pub(super) fn is_word(&self, index: usize) -> bool {
        self.get(index).is_some_and(|token| token.class == Class::Word)
    }

    /// A word whose first letter is a capital.
    pub(super) fn is_capitalised(&self, index: usize) -> bool {
        self.is_word(index) && self.text(index).chars().next().is_some_and(char::is_uppercase)
    }

    /// Nothing stands between this token and the next one.
    pub(super) fn joined(&self, index: usize) -> bool {
        matches!((self.get(index), self.get(index + 1)), (Some(left), Some(right)) if left.end == right.start)
    }

    /// White space of any kind and length stands between this token and the next one, but no more than one line break: an empty
    /// line parts what is before it from what is behind it.
    pub(super) fn spaced(&self, index: usize) -> bool {
        let (Some(left), Some(right)) = (self.get(index), self.get(index + 1)) else { return false };
        // Nothing but white space lies between tokens.
        let gap = self.text.get(left.end..right.start).unwrap_or("");
        !gap.is_empty() && gap.bytes().filter(|byte| *byte == b'\n').nth(1).is_none()
    }

    /// The token is joined to the one before it.
    pub(super) fn joined_before(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| self.joined(before))
    }

    /// `[WORD]`: what an earlier redaction left proves nothing about its neighbours.
    fn is_placeholder(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| self.is_mark(before, b'[')) && self.is_mark(index + 1, b']')
    }

    /// One of these words (ASCII case ignored) is among the `reach` tokens before this one; `[WORD]` does not count.
    pub(super) fn word_before(&self, index: usize, reach: usize, words: &[&str]) -> bool {
        (index.saturating_sub(reach)..index)
            .filter(|before| self.is_word(*before) && !self.is_placeholder(*before))
            .any(|before| words.iter().any(|word| word.eq_ignore_ascii_case(self.text(before))))
    }
}

/// The run of letters and digits that starts at `start`.
fn run(text: &str, start: usize) -> Token {
    let mut end = start;
    let (mut letters, mut digits) = (false, false);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii_digit() {
            digits = true;
            end += 1;
        } else if byte.is_ascii_alphabetic() {
            letters = true;
            end += 1;
        } else if byte == b'\'' {
            let inside = letters && bytes.get(end + 1).is_some_and(u8::is_ascii_uppercase);
            if !inside {
                break;
            }
            end += 1;
        } else if byte.is_ascii() {
            break;
        } else {
            let Some(letter) = text.get(end..).and_then(|rest| rest.chars().next()) else { break };
            if !letter.is_alphanumeric() {
                break;
            }
            letters = true;
            end += letter.len_utf8();
        }
    }
    let class = match (letters, digits) {
        (true, true) => Class::Mixed,
        (false, true) => Class::Number,
        (true, false) | (false, false) => Class::Word,
    };
    Token { start, end, class }
}

/// A letter starts a word; white space gives an empty token of its length; everything else is a mark.
fn beyond_ascii(text: &str, start: usize) -> Token {
    let Some(letter) = text.get(start..).and_then(|rest| rest.chars().next()) else {
        return Token { start: text.len(), end: text.len(), class: Class::Mark(0) };
    };
    let after = start + letter.len_utf8();
    if letter.is_alphanumeric() {
        run(text, start)
    } else if letter.is_whitespace() {
        Token { start: after, end: after, class: Class::Mark(0) }
    } else {
        let mark = if DASHES.contains(&letter) { DASH } else { 0 };
        Token { start, end: after, class: Class::Mark(mark) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Tokens};

    fn cut(text: &str) -> Vec<(&str, Class)> {
        let tokens = Tokens::new(text);
        (0..tokens.len())
            .map(|index| (tokens.text(index), tokens.get(index).map_or(Class::Word, |token| token.class)))
            .collect()
    }

    #[test]
    fn cuts_words_numbers_and_marks() {
        assert_eq!(
            cut("O'Brien's A12, 7\u{a0}Žižek…"),
            [
                ("O'Brien", Class::Word),
                ("'", Class::Mark(b'\'')),
                ("s", Class::Word),
                ("A12", Class::Mixed),
                (",", Class::Mark(b',')),
                ("7", Class::Number),
                ("Žižek", Class::Word),
                ("…", Class::Mark(0)),
            ]
        );
        assert!(cut("").is_empty());
    }

    #[test]
    fn answers_about_neighbours() {
        let tokens = Tokens::new("Order no: 12-3");
        assert!(tokens.spaced(0) && !tokens.spaced(1));
        assert!(tokens.joined(1) && tokens.joined_before(5));
        let gaps = Tokens::new("a \u{a0}\u{2003} b\r\nc\n \nd\u{2011}e");
        assert!(gaps.spaced(0) && gaps.spaced(1) && !gaps.spaced(2) && gaps.is_dash(4) && !gaps.is_mark(4, b'-'));
        assert!(tokens.word_before(3, 3, &["order"]));
        assert!(!tokens.word_before(3, 2, &["order"]));
        assert_eq!(tokens.text(99), "");
    }
}
