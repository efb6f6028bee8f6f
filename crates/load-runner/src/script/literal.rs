//! JSON as literals of Python and JavaScript, safe for any text. Must not know: what is in it.

use std::fmt::Write;

use serde_json::Value;

/// What the languages write differently.
struct Words {
    null: &'static str,
    yes: &'static str,
    no: &'static str,
    key: fn(&str) -> String,
}

/// A Python expression, indented, one entry a line where that is longer than a line.
pub(crate) fn python(value: &Value) -> String {
    let mut out = String::new();
    write(value, &Words { null: "None", yes: "True", no: "False", key: text }, 0, &mut out);
    out
}

/// A JavaScript expression, as [`python`].
pub(crate) fn javascript(value: &Value) -> String {
    let mut out = String::new();
    write(value, &Words { null: "null", yes: "true", no: "false", key: computed }, 0, &mut out);
    out
}

const WIDTH: usize = 110;

fn write(value: &Value, words: &Words, indent: usize, out: &mut String) {
    let flat = flat(value, words);
    let plain = !matches!(value, Value::Array(_) | Value::Object(_));
    if plain || flat.chars().count() + indent <= WIDTH {
        out.push_str(&flat);
        return;
    }
    let deeper = indent + 2;
    let line = |out: &mut String, key: Option<&str>, item: &Value| {
        let _ = write!(out, "{:deeper$}", "");
        if let Some(key) = key {
            let _ = write!(out, "{}: ", (words.key)(key));
        }
        write(item, words, deeper, out);
        out.push_str(",\n");
    };
    match value {
        Value::Array(items) => {
            out.push_str("[\n");
            items.iter().for_each(|item| line(out, None, item));
            let _ = write!(out, "{:indent$}]", "");
        }
        Value::Object(entries) => {
            out.push_str("{\n");
            entries.iter().for_each(|(key, item)| line(out, Some(key), item));
            let _ = write!(out, "{:indent$}}}", "");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&flat),
    }
}

fn flat(value: &Value, words: &Words) -> String {
    match value {
        Value::Null => words.null.into(),
        Value::Bool(true) => words.yes.into(),
        Value::Bool(false) => words.no.into(),
        Value::Number(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| flat(item, words)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, item)| format!("{}: {}", (words.key)(key), flat(item, words))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A text in double quotes that both languages read alike: everything but printable ASCII is escaped, so that no editor, line
/// separator or encoding can end it early. Characters beyond U+FFFF stay as they are: the languages escape those differently.
fn text(string: &str) -> String {
    let mut out = String::from("\"");
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            ' '..='~' | '\u{10000}'.. => out.push(c),
            _ => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// A key of JavaScript. A plain `__proto__` would name what an object inherits from; a computed one is a key as any other.
fn computed(key: &str) -> String {
    if key == "__proto__" { format!("[{}]", text(key)) } else { text(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hostile_text_stays_inside_its_quotes() {
        let value = json!({ "a\"\n": "\\\" + exit() # \u{2028}\u{0}é", "b": [null, true, 1.5] });
        assert_eq!(python(&value), r#"{"a\"\n": "\\\" + exit() # \u2028\u0000\u00e9", "b": [None, True, 1.5]}"#);
        assert_eq!(javascript(&value), r#"{"a\"\n": "\\\" + exit() # \u2028\u0000\u00e9", "b": [null, true, 1.5]}"#);
    }

    #[test]
    fn the_name_of_the_prototype_is_a_key_as_any_other() {
        let value = json!({ "__proto__": { "__proto__": 1 } });
        assert_eq!(javascript(&value), r#"{["__proto__"]: {["__proto__"]: 1}}"#);
        assert_eq!(python(&value), r#"{"__proto__": {"__proto__": 1}}"#);
        let long = javascript(&json!({ "__proto__": "x".repeat(200) }));
        assert!(long.contains("\n  [\"__proto__\"]: "), "{long}");
    }

    #[test]
    fn long_values_go_over_several_lines() {
        let written = python(&json!({ "list": ["x".repeat(60), "y".repeat(60)] }));
        assert_eq!(written.lines().count(), 6);
    }
}
