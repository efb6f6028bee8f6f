//! Columns of a pipe: fields separated by tabs where a line has one, else by any white space.

use super::number::number;
use super::pump::BadLine;

/// A line and its fields.
pub(super) struct Fields<'a> {
    pub(super) line: u64,
    pub(super) fields: Vec<&'a str>,
}

/// The lines that are not blank. A first one without any number is taken for a header and left out.
pub(super) fn rows(bytes: &[u8]) -> impl Iterator<Item = Result<Fields<'_>, BadLine>> {
    let lines = (1_u64..).zip(bytes.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty());
    lines.enumerate().filter_map(|(place, (number, line))| {
        let Ok(text) = std::str::from_utf8(line) else {
            return Some(Err(BadLine { line: number, reason: "not UTF-8".into() }));
        };
        let fields = split(text);
        let is_header = place == 0 && !fields.iter().any(|field| is_number(field));
        (!is_header).then_some(Ok(Fields { line: number, fields }))
    })
}

/// With tabs an empty field is a missing value, as `paste` writes it for files of unequal length.
fn split(line: &str) -> Vec<&str> {
    if line.contains('\t') { line.split('\t').map(str::trim).collect() } else { line.split_whitespace().collect() }
}

/// Whether a field is a number or a missing one.
pub(super) fn is_number(field: &str) -> bool {
    number(field).is_some()
}

/// The number in a field.
pub(super) fn parsed(field: &str) -> Result<f64, String> {
    number(field).ok_or_else(|| format!("`{}` is not a number", field.escape_debug()))
}
