//! Any JSON document as a value, refusing a key that stands twice. serde_json alone keeps the last one silently.

use std::fmt;
use std::path::Path;

use bench_model::file::FileError;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Parses a document that came from `path`.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Value, FileError> {
    let mut place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Once(&mut place)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| super::content(path, place.pointer(), &error))
}

/// Where the reader is. On an error it stays where that happened.
#[derive(Default)]
struct Place(Vec<Step>);

enum Step {
    Key(String),
    Index(usize),
}

impl Place {
    fn pointer(&self) -> String {
        let step = |step: &Step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        };
        self.0.iter().map(step).collect()
    }
}

struct Once<'p>(&'p mut Place);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("expected a finite number"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        self.0.0.push(Step::Index(0));
        while let Some(item) = items.next_element_seed(Once(self.0))? {
            list.push(item);
            if let Some(step) = self.0.0.last_mut() {
                *step = Step::Index(list.len());
            }
        }
        self.0.0.pop();
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let twice = map.contains_key(&key);
            self.0.0.push(Step::Key(key.clone()));
            if twice {
                return Err(A::Error::custom(format!("the key `{key}` stands there twice")));
            }
            map.insert(key, entries.next_value_seed(Once(self.0))?);
            self.0.0.pop();
        }
        Ok(Value::Object(map))
    }
}
