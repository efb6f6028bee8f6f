//! A history, and how a line of JSON holds it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::number::Number;

/// A name that is given back as it came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a text or a whole number as a name")]
pub(super) enum Id {
    Number(i64),
    Text(String),
}

/// What `detect` is asked: values, oldest first, and what is known of each.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) id: Id,
    /// Missing ones are NaN.
    pub(super) values: Vec<f64>,
    pub(super) higher_is_better: bool,
    /// The machine of each value, equal numbers for equal ones.
    pub(super) groups: Option<Vec<u32>>,
    /// The commit of each value, where it is known.
    pub(super) commits: Option<Vec<Option<Id>>>,
}

impl Series {
    /// Reads a line of JSON. Its number stands in for an id.
    pub(super) fn from_json(number: u64, json: &[u8], higher_is_better: bool) -> Result<Self, String> {
        let line: SeriesLine = parse(json)?;
        let points = line.values.len();
        check("groups", line.groups.as_ref().map(Vec::len), points)?;
        check("commits", line.commits.as_ref().map(Vec::len), points)?;
        Ok(Self {
            id: line.id.unwrap_or_else(|| Id::Text(number.to_string())),
            values: line.values.into_iter().map(|Number(value)| value).collect(),
            higher_is_better: line.higher_is_better.unwrap_or(higher_is_better),
            groups: line.groups.map(numbered),
            commits: line.commits,
        })
    }
}

fn check(what: &str, length: Option<usize>, values: usize) -> Result<(), String> {
    match length {
        Some(length) if length != values => Err(format!("{length} {what} for {values} values")),
        _ => Ok(()),
    }
}

/// Equal names as equal numbers.
pub(super) fn numbered<N: Ord>(names: Vec<N>) -> Vec<u32> {
    let mut known = BTreeMap::new();
    let mut number = |name| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(name).or_insert(next)
    };
    names.into_iter().map(&mut number).collect()
}

#[derive(Deserialize)]
#[serde(expecting = "an object with values")]
struct SeriesLine {
    id: Option<Id>,
    values: Vec<Number>,
    higher_is_better: Option<bool>,
    groups: Option<Vec<Option<Id>>>,
    commits: Option<Vec<Option<Id>>>,
}

/// Reads one line of JSON. Bare `NaN` and `Infinity`, which are no JSON but what Python writes, are read as null.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err("not a JSON object, which starts with {".into());
    }
    serde_json::from_slice(json)
        .or_else(|error| match without_bare_words(json) {
            Some(mended) => serde_json::from_slice(&mended),
            None => Err(error),
        })
        .map_err(|error| {
            // The line of the document is always the first; that of the input stands beside.
            let text = error.to_string();
            match text.split_once(" at line ") {
                Some((reason, _)) => format!("{reason} at column {}", error.column()),
                None => text,
            }
        })
}

/// The line with bare words outside of texts replaced by null; nothing when there is none.
fn without_bare_words(json: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut mended: Option<Vec<u8>> = None;
    let (mut inside, mut escaped, mut at) = (false, false, 0);
    while let Some(rest) = json.get(at..).filter(|rest| !rest.is_empty()) {
        let word = WORDS.iter().find(|word| !inside && rest.starts_with(word));
        if let Some(word) = word {
            mended.get_or_insert_with(|| json.get(..at).unwrap_or_default().to_vec()).extend_from_slice(b"null");
            at += word.len();
            continue;
        }
        let byte = rest.first().copied().unwrap_or_default();
        inside ^= byte == b'"' && !escaped;
        escaped = inside && byte == b'\\' && !escaped;
        if let Some(mended) = &mut mended {
            mended.push(byte);
        }
        at += 1;
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_words_become_null_but_not_inside_of_texts() {
        let mended = |text: &str| without_bare_words(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(mended(r#"{"a\"NaN":[NaN,-Infinity,1]}"#), Some(r#"{"a\"NaN":[null,null,1]}"#.into()));
        assert_eq!(mended(r#"{"NaN\\":"Infinity"}"#), None);
        assert_eq!(mended(r#"["\\",NaN]"#), Some(r#"["\\",null]"#.into()));
    }

    #[test]
    fn equal_names_get_equal_numbers() {
        assert_eq!(numbered(vec!["b", "a", "b", "c"]), [0, 1, 0, 2]);
    }
}
