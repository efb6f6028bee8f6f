//! Keeps the values of secrets out of what children write: engines put paths, and so what was drawn into them, into their messages.
//! Must not know: which child writes.

use std::fmt::Write;

use crate::exchange::percent::{encoded, is_unreserved};

/// What stands where a secret stood.
const SHOWN: &str = "***";
/// Lines of a secret of several lines that are shorter than this say nothing of it (bytes).
const SHORTEST_LINE: usize = 4;

/// The values of secrets in every form that a message may hold them in, the longest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hide {
    forms: Vec<String>,
}

impl Hide {
    /// Hides the values of these variables.
    pub(crate) fn new(secrets: &[(String, String)]) -> Self {
        let mut forms: Vec<String> = secrets
            .iter()
            .flat_map(|(_, value)| {
                let lines = value.lines().filter(|line| line.len() >= SHORTEST_LINE || value.lines().count() == 1);
                lines.chain([value.as_str()]).flat_map(written).collect::<Vec<_>>()
            })
            .filter(|form| !form.is_empty())
            .collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// A text without them.
    pub(crate) fn text(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), SHOWN))
    }
}

/// As it is; in a header; in a path, with digits of either case; in JSON or a quoted message, once and twice.
fn written(value: &str) -> [String; 6] {
    let quoted = |text: &str| {
        let json = serde_json::Value::String(text.to_owned()).to_string();
        json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
    };
    let header = value.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }).collect();
    let upper = encoded(value).map(char::from).collect();
    let mut lower = String::new();
    for byte in value.bytes() {
        if is_unreserved(byte) {
            lower.push(char::from(byte));
        } else {
            let _ = write!(lower, "%{byte:02x}");
        }
    }
    [value.to_owned(), header, upper, lower, quoted(value), quoted(&quoted(value))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form_that_it_is_written_in() {
        let secret = "a b/\u{e9}\"\\c";
        let hide =
            Hide::new(&[("KEY".into(), secret.into()), ("PART".into(), "a b".into()), ("NONE".into(), String::new())]);
        for form in [
            secret,
            "a%20b%2F%C3%A9%22%5Cc",
            "a%20b%2f%c3%a9%22%5cc",
            "a b/\u{e9}\\\"\\\\c",
            "a b/\u{e9}\\\\\\\"\\\\\\\\c",
        ] {
            assert_eq!(hide.text(&format!("get /{form}: refused")), "get /***: refused");
        }
        assert_eq!(Hide::default().text("as it is"), "as it is");
    }

    #[test]
    fn a_secret_of_several_lines_is_hidden_in_each() {
        let hide = Hide::new(&[("KEY".into(), "first line\nsecond\n-\n".into())]);
        assert_eq!(hide.text("x first line"), "x ***");
        assert_eq!(hide.text("second -"), "*** -");
    }
}
