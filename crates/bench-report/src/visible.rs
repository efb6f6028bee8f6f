//! Texts of records in a page: what a browser would drop or obey becomes visible.
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
