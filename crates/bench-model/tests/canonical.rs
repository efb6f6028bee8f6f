//! The quick check of canonical JSON against the serializer that writes it.

use bench_model::canonical::{is_canonical, to_vec};
use proptest::prelude::*;
use serde_json::Value;

fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<f64>().prop_map(|value| serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)),
        any::<i32>().prop_map(Value::from),
        (-1e22..1e22).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        any::<String>().prop_map(Value::String)
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner.clone(), 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            prop::collection::btree_map("[a-c\u{e000}\u{10000}\"\\\\]{0,3}", inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What canonical means: a valid text that the serializer would write just so.
fn by_definition(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| to_vec(&value).is_ok_and(|bytes| bytes == text.as_bytes()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_the_serializer_writes_is_canonical(value in any_json()) {
        let text = String::from_utf8(to_vec(&value).unwrap()).unwrap();
        prop_assert!(is_canonical(&text), "{}", text);
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(is_canonical(&spaced), spaced == text);
    }

    #[test]
    fn an_edited_text_is_judged_as_by_definition(value in any_json(), at in any::<prop::sample::Index>(), with in "[-+.0-9eE{}\\[\\]:,\"\\\\utfn aé]{0,3}", cut in 0..3_usize) {
        let text = String::from_utf8(to_vec(&value).unwrap()).unwrap();
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let behind = chars.get(at + cut..).unwrap_or_default();
        let edited: String = chars[..at].iter().chain(with.chars().collect::<Vec<_>>().iter()).chain(behind).collect();
        prop_assert_eq!(is_canonical(&edited), by_definition(&edited), "{}", edited);
    }
}

#[test]
fn keys_are_ordered_by_utf_16_and_stand_once() {
    // U+E000 is below U+10000 by code point and above its first surrogate by code unit.
    assert!(is_canonical("{\"\u{10000}\":1,\"\u{e000}\":2}"));
    for text in ["{\"\u{e000}\":2,\"\u{10000}\":1}", r#"{"b":1,"a":2}"#, r#"{"a":1,"a":2}"#, r#"{"ab":1,"a":2}"#] {
        assert!(!is_canonical(text), "{text}");
    }
    assert!(is_canonical(r#"{"":0,"a":1,"ab":2,"b":3}"#));
}

#[test]
fn each_character_and_each_number_has_one_form() {
    for text in [
        r#""\n""#,
        r#""\u0001""#,
        r#""/""#,
        "\"é\u{7f}\"",
        "1e+21",
        "1e-7",
        "0.000001",
        "-0.5",
        "100000000000000000000",
        "{}",
        "[]",
    ] {
        assert!(is_canonical(text) && by_definition(text), "{text}");
    }
    for text in [
        r#""\u000a""#,
        r#""\u001F""#,
        r#""\/""#,
        r#""\u00e9""#,
        "1E21",
        "1e21",
        "-0",
        "00",
        "1.0",
        "0x1",
        "+1",
        ".5",
        "1.",
        "",
        " 1",
        "1 ",
        "[1,]",
        "{\"a\":1,}",
        "nul",
        "\"",
        "\"\\",
    ] {
        assert!(!is_canonical(text) && !by_definition(text), "{text}");
    }
}

#[test]
fn depth_beyond_every_record_is_refused_and_overflows_no_stack() {
    assert!(!is_canonical(&"[".repeat(1 << 20)));
    assert!(!is_canonical(&format!("{}{}", "[".repeat(100), "]".repeat(100))));
    assert!(is_canonical(&format!("{}{}", "[".repeat(60), "]".repeat(60))));
}
