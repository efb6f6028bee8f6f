//! The one place where a stranger's text becomes Markdown: it shows as it is, on one line, and does nothing else.
//! Must not know: what the text is about.
//!
//! What has a meaning in Markdown or HTML is written as an entity, which no parser takes for markup. What GitHub looks for
//! in the finished page (mentions, issue numbers, addresses, emoji) is broken by a zero-width space, as entities do not hide
//! it there.

use std::fmt::Write as _;

/// Breaks a mention or an address without showing.
const BREAK: &str = "&#8203;";
/// Stands where the middle of a long text was.
const CUT: char = '…';
/// How many characters of a name a sentence shows.
const NAME_IN_PROSE: usize = 80;
/// How many characters of a sentence are shown.
const PROSE: usize = 1000;

/// A text of at most `most` characters: of a longer one both ends, `…` between them.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let tail = kept / 2;
    let head = text.chars().take(kept - tail);
    head.chain([CUT]).chain(text.chars().skip(length - tail)).collect()
}

/// A name as code, at most `most` characters of it.
pub(crate) fn code(name: &str, most: usize) -> String {
    format!("<code>{}</code>", escaped(&visible(&shortened(name, most)), true))
}

/// A sentence, its names in backticks as code. It is cut in the middle beyond 1,000 characters.
pub(crate) fn prose(sentence: &str) -> String {
    prose_at(sentence, false)
}

/// As [`prose`], where it does not begin a line, such as in a table.
pub(crate) fn prose_inside(sentence: &str) -> String {
    prose_at(sentence, true)
}

fn prose_at(sentence: &str, inside: bool) -> String {
    let parts = sentence.split('`').enumerate();
    let short: Vec<_> =
        parts.map(|(at, part)| if at % 2 == 1 { shortened(part, NAME_IN_PROSE) } else { part.to_owned() }).collect();
    let short = shortened(&short.join("`"), PROSE);
    let parts: Vec<_> = short.split('`').collect();
    // The last backtick of an odd number of them opens nothing.
    let lone = if parts.len() % 2 == 0 { parts.len() - 1 } else { parts.len() };
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        match (at, *part) {
            (0, part) => text.push_str(&escaped(spaced(part).trim_start(), inside)),
            (at, part) if at == lone => text.extend(["&#96;", &escaped(&spaced(part), true)]),
            (at, "") if at % 2 == 1 => text.push_str("&#96;&#96;"),
            (at, part) if at % 2 == 1 => text.push_str(&code(part, NAME_IN_PROSE)),
            (_, part) => text.push_str(&escaped(&spaced(part), true)),
        }
    }
    text
}

/// A link, or nothing when it is not one to a web page.
pub(super) fn link(label: &str, url: &str) -> Option<String> {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return None;
    }
    let mut target = String::new();
    for byte in url.bytes() {
        match byte {
            b'!' | b'#'..=b'\'' | b'*'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => {
                target.push(char::from(byte));
            }
            // Brackets, quotes, blanks and what is not ASCII.
            _ => {
                let _ = write!(target, "%{byte:02X}");
            }
        }
    }
    // Entities are read in an address, too.
    Some(format!("[{label}]({})", target.replace('&', "&amp;")))
}

/// A text for where nothing is markup, at most `most` characters on one line, with what would not show made visible.
pub(super) fn plain(text: &str, most: usize) -> String {
    visible(&shortened(text, most))
}

/// One line, with what is invisible or turns the direction written as `\u{202e}`.
fn visible(text: &str) -> String {
    match spaced(text).trim() {
        "" => "(blank)".to_owned(),
        text => text.to_owned(),
    }
}

/// As [`visible`], with the blanks at both ends. Letters written from right to left are isolated, so that they do not turn what
/// stands beside them.
fn spaced(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let turned = text.find(is_right_to_left).zip(text.rfind(is_right_to_left));
    for (at, c) in text.char_indices() {
        if turned.is_some_and(|(first, _)| first == at) {
            shown.push('\u{2068}');
        }
        match c {
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            c if c.is_control() || is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
        if turned.is_some_and(|(_, last)| last == at) {
            shown.push('\u{2069}');
        }
    }
    shown
}

/// Format characters of Unicode: they have no shape of their own, and some turn the direction of what follows.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters written from right to left.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Escapes one line. What only means something at the beginning of a line is left alone `inside` of one.
fn escaped(text: &str, inside: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| chars.get(index)).copied();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut numbering = !inside;
    for (index, &c) in chars.iter().enumerate() {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        let first = index == 0 && !inside;
        match c {
            '&' | '<' | '>' | '"' | '|' | '`' | '*' | '[' | ']' | '\\' | '~' => entity(&mut out, c),
            // GitHub's own way to keep a dollar from beginning a formula.
            '$' => out.push_str("<span>$</span>"),
            '_' if !(is_word(before) && is_word(after)) => entity(&mut out, c),
            '-' | '+' | '#' | '=' if first => entity(&mut out, c),
            '.' | ')' if numbering && index > 0 => entity(&mut out, c),
            c => out.push(c),
        }
        numbering &= c.is_ascii_digit();
        let rest = chars.get(index + 1..).unwrap_or_default();
        let breaks = match c {
            '@' => true,
            '#' => after.is_some_and(|c| c.is_ascii_digit()),
            ':' => rest.starts_with(&['/', '/']) || is_emoji(rest),
            'w' | 'W' => after == Some('.') && is_www(chars.get(..=index).unwrap_or_default()),
            '-' => after.is_some_and(|c| c.is_ascii_digit()) && is_gh(chars.get(..index).unwrap_or_default()),
            _ => false,
        };
        if breaks {
            out.push_str(BREAK);
        }
    }
    out
}

fn entity(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        c => {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Whether an emoji's name ends what began with a colon: `heart:`. Of numbers only two are names, which times of day are not.
fn is_emoji(rest: &[char]) -> bool {
    let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-')).count();
    let name: String = rest.iter().take(length).collect();
    let number = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
    rest.get(length) == Some(&':') && length > 0 && (!number || matches!(name.as_str(), "100" | "1234"))
}

fn is_www(until: &[char]) -> bool {
    until.iter().rev().take(3).filter(|c| c.eq_ignore_ascii_case(&'w')).count() == 3
}

/// Whether what comes before a hyphen makes it the beginning of an issue's number.
fn is_gh(before: &[char]) -> bool {
    matches!(before, [.., g, h] if g.eq_ignore_ascii_case(&'g') && h.eq_ignore_ascii_case(&'h'))
}
