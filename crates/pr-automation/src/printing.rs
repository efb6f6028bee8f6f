//! What is printed. A runner obeys commands that it finds in what a step prints, and names are written by strangers: no text
//! of theirs can be one.

use bench_cli::printable;

/// A text of one line that a runner does not obey: no `::` in front, no `##[` anywhere
/// (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).
pub(crate) fn harmless(line: &str) -> String {
    let line = printable(line).replace("##[", "## [");
    // What a runner skips in front of a command is white space.
    if line.trim_start().starts_with("::") { format!("| {line}") } else { line }
}

/// A text of many lines, each behind a bar, so that none is a command.
pub(crate) fn barred(text: &str) -> String {
    text.lines().map(|line| format!("  | {}\n", harmless(line))).collect()
}

/// A document on one line that a runner does not obey, and that says the same to who reads JSON.
pub(crate) fn harmless_json(value: &serde_json::Value) -> String {
    // Outside of texts there is no `#`.
    value.to_string().replace("##[", "##\\u005b")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_stranger_wrote_is_a_command_to_a_runner() {
        for text in
            ["::error::x", " \u{a0}::set-output name=a::b", "##[error]x", "a ##[stop-commands]b", "\r::error::x"]
        {
            let line = harmless(text);
            assert!(!line.contains("##["), "{line}");
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains(['\r', '\n']), "{line}");
        }
        let value = serde_json::json!({ "a": "\n::b ##[c]" });
        let text = harmless_json(&value);
        assert!(!text.contains("##[") && text.lines().count() == 1, "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert_eq!(barred("a\n::b"), "  | a\n  | | ::b\n");
    }
}
