//! The few values of a JSON text that are asked for: the rest is passed over without being built. Must not know: what they are for.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// JSON pointers, as a tree. Each has a place in what is picked.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    root: Node,
    count: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// Where the value here goes.
    places: Vec<usize>,
    /// What is wanted inside, by key or index, pointers' escapes resolved.
    inside: Vec<(String, Node)>,
}

impl Wanted {
    /// Asks for the value at a pointer, and gives its place.
    pub(super) fn add(&mut self, pointer: &str) -> usize {
        let place = self.count;
        self.count += 1;
        let mut tokens = pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"));
        self.root.add(&mut tokens, place);
        place
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The values of a text, by place. A text that is no JSON has none.
    pub(super) fn pick(&self, text: &[u8]) -> Vec<Option<Value>> {
        let mut picked = vec![None; self.count];
        let mut from = serde_json::Deserializer::from_slice(text);
        let read = Pick { node: &self.root, picked: &mut picked }.deserialize(&mut from);
        if read.and_then(|()| from.end()).is_err() {
            picked.fill(None);
        }
        picked
    }
}

impl Node {
    /// Asks for what lies at the tokens from here on.
    fn add(&mut self, tokens: &mut dyn Iterator<Item = String>, place: usize) {
        let Some(token) = tokens.next() else {
            self.places.push(place);
            return;
        };
        match self.inside.iter_mut().find(|(key, _)| *key == token) {
            Some((_, node)) => node.add(tokens, place),
            None => {
                let mut node = Self::default();
                node.add(tokens, place);
                self.inside.push((token, node));
            }
        }
    }

    fn inside(&self, key: &str) -> Option<&Self> {
        self.inside.iter().find(|(known, _)| known == key).map(|(_, node)| node)
    }

    /// Forgets what was picked here: a key that comes twice counts as it came last.
    fn forget(&self, picked: &mut [Option<Value>]) {
        for place in &self.places {
            if let Some(picked) = picked.get_mut(*place) {
                *picked = None;
            }
        }
        self.inside.iter().for_each(|(_, node)| node.forget(picked));
    }

    /// Takes what is wanted out of a value that was built.
    fn take(&self, value: &Value, picked: &mut [Option<Value>]) {
        for place in &self.places {
            if let Some(picked) = picked.get_mut(*place) {
                *picked = Some(value.clone());
            }
        }
        for (key, node) in &self.inside {
            let inner = match value {
                Value::Object(entries) => entries.get(key),
                Value::Array(items) => index(key).and_then(|index| items.get(index)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            };
            if let Some(inner) = inner {
                node.take(inner, picked);
            }
        }
    }
}

/// A place in a list, written as RFC 6901 has it: no sign, no leading zero.
fn index(token: &str) -> Option<usize> {
    let written = token == "0" || (!token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit()));
    written.then(|| token.parse().ok())?
}

struct Pick<'a> {
    node: &'a Node,
    picked: &'a mut [Option<Value>],
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.node.places.is_empty() {
            return from.deserialize_any(self);
        }
        let value = <Value as serde::Deserialize>::deserialize(from)?;
        self.node.take(&value, self.picked);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(node) = map.next_key_seed(Key(self.node))? {
            match node {
                Some(node) => {
                    node.forget(self.picked);
                    map.next_value_seed(Pick { node, picked: &mut *self.picked })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let wanted = self.node.inside.iter().filter_map(|(key, node)| Some((index(key)?, node)));
        let wanted: Vec<(usize, &Node)> = wanted.collect();
        for place in 0.. {
            let more = match wanted.iter().find(|(wanted, _)| *wanted == place) {
                Some((_, node)) => list.next_element_seed(Pick { node, picked: &mut *self.picked })?.is_some(),
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key of an object: the node of what is wanted under it.
struct Key<'a>(&'a Node);

impl<'de, 'a> DeserializeSeed<'de> for Key<'a> {
    type Value = Option<&'a Node>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a> {
    type Value = Option<&'a Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.inside(key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pick(text: &str, pointers: &[&str]) -> Vec<Option<Value>> {
        let mut wanted = Wanted::default();
        pointers.iter().for_each(|pointer| {
            wanted.add(pointer);
        });
        wanted.pick(text.as_bytes())
    }

    #[test]
    fn values_inside_each_other_are_both_picked() {
        let text = r#"{"a":{"b":[1,{"c":null}],"a/b~":2},"x":"y"}"#;
        let found = pick(text, &["/a/b/1/c", "/a/b/1", "/a/a~1b~0", "/x", "/x", "/a/b/01", "/a/b/2", "/x/y"]);
        let expected = [
            Some(Value::Null),
            Some(json!({"c": null})),
            Some(json!(2)),
            Some(json!("y")),
            Some(json!("y")),
            None,
            None,
            None,
        ];
        assert_eq!(found, expected);
        assert_eq!(pick("[1, 2]", &[""]), [Some(json!([1, 2]))]);
    }

    #[test]
    fn nothing_is_picked_from_what_is_no_json_to_its_end() {
        for text in ["", "{", "{\"a\":1", "{\"a\":1} x", "{\"a\":1,}", "<html>"] {
            assert_eq!(pick(text, &["/a"]), [None], "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_picked_is_what_a_pointer_finds(text in r#"(\{"a":|\{"b":|\[|\]|\}|,|"a":|"b":|"a"|1|-2.5|null|true){0,14}"#) {
            let pointers = ["", "/a", "/b/a", "/0", "/1/b", "/a/0/0"];
            let whole: Option<Value> = serde_json::from_str(&text).ok();
            let found = pick(&text, &pointers);
            for (pointer, found) in pointers.iter().zip(found) {
                prop_assert_eq!(found, whole.as_ref().and_then(|value| value.pointer(pointer)).cloned());
            }
        }
    }
}
