//! What people say of a promotion: who makes it, and why. It is what they typed, and nothing is collected.
//! Must not know: where it is kept.

use std::fmt;

/// One line of visible text with at most `MOST` characters, without white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<const MOST: usize>(String);

/// Who promotes.
pub type Author = Said<200>;
/// Why.
pub type Reason = Said<1000>;

impl<const MOST: usize> std::str::FromStr for Said<MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // A letter or digit is needed: a text of marks alone may show as nothing.
        if text.chars().any(char::is_alphanumeric) && !text.chars().any(misleads) && text.chars().count() <= MOST {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("it takes one line of 1 to {MOST} visible characters, with no control or text direction marks"))
    }
}

impl<const MOST: usize> fmt::Display for Said<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that break a line, steer a terminal, turn the direction of text around, or show as nothing. The joiners
/// (U+200C, U+200D) stay: names in several scripts need them.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visible_line_is_kept_as_it_was_said() {
        for text in ["Zoë Ångström <z@example.org>", "می‌خواهم", "a | `b` <script>", "7"] {
            assert_eq!(text.parse::<Author>().map(|said| said.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(" release 1.2 ".parse::<Reason>().map(|said| said.to_string()), Ok("release 1.2".into()));
    }

    #[test]
    fn what_shows_as_nothing_or_as_something_else_is_refused() {
        let bad =
            ["", "  ", "\u{200d}", "--", "a\nb", "a\u{7}", "a\u{2028}b", "a\u{202e}b", "a\u{2066}b", "a\u{200b}b"];
        for text in bad {
            assert!(text.parse::<Author>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!("ü".repeat(200).parse::<Author>().is_ok() && "ü".repeat(201).parse::<Author>().is_err());
        assert!("ü".repeat(1000).parse::<Reason>().is_ok() && "ü".repeat(1001).parse::<Reason>().is_err());
    }
}
