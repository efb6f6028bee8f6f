//! The hidden line that finds a comment again. Must not know what else is in the comment.

/// The line that marks the comment of a key, an HTML comment that GitHub does not show. It is the last line of a comment.
///
/// Bytes of the key other than `a-z A-Z 0-9 . _` and a single `-` are written as `%XX`, so that no key ends the HTML comment,
/// and no two keys have markers of which one holds the other.
pub fn marker(key: &str) -> String {
    let mut text = String::from("<!-- perfledger:comment key=");
    let mut before = 0;
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' => text.push(char::from(byte)),
            b'-' if before != b'-' => text.push('-'),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        before = byte;
    }
    text + " -->"
}

/// Whether a comment's body is that of a key: a line of it is the key's marker and nothing else. A quoted one is not.
pub fn has_marker(body: &str, key: &str) -> bool {
    let marker = marker(key);
    body.lines().any(|line| line.trim_end() == marker)
}
