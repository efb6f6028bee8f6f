//! Texts of records in a page or a Markdown file: what would be dropped or obeyed there becomes visible.
//! Must not know: which page.

/// A record's text for a page: control characters, which a browser would drop or obey, become visible or a space.
pub(crate) fn shown(text: &str) -> String {
    let visible = |letter: char| match letter {
        '\n' | '\r' | '\t' => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(visible).collect()
}

/// Text that Markdown shows as it is, on one line; what turns the direction of writing becomes visible.
pub(crate) fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => shown.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.push_str(&format!("\\\\u{{{:x}}}", u32::from(c)));
            }
            '/' | '.' | ',' | ':' | '-' => shown.push(c),
            c if c.is_ascii_punctuation() => shown.extend(['\\', c]),
            c => shown.push(c),
        }
    }
    shown
}
