//! A line of k6's `--out json`, borrowed from the buffer it was read into. Must not know: what becomes of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The longest tag that is kept, in characters.
const MAX_TAG: usize = 200;

/// A text, borrowed unless it holds escapes.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A line: the declaration of a metric, or a point of one. Members come in any order.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) metric: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) data: Data<'a>,
}

/// What either kind of line says.
#[derive(Debug, Deserialize)]
pub(super) struct Data<'a> {
    #[serde(borrow, default)]
    pub(super) time: Option<Text<'a>>,
    #[serde(default)]
    pub(super) value: Option<f64>,
    #[serde(borrow, default)]
    pub(super) tags: Option<Tags<'a>>,
    #[serde(rename = "type", borrow, default)]
    pub(super) sort: Option<Text<'a>>,
    #[serde(default)]
    pub(super) thresholds: Option<Vec<Value>>,
    #[serde(default)]
    pub(super) submetrics: Option<Vec<Value>>,
}

/// The tags of a point; those that no record needs are skipped.
#[derive(Debug, Default)]
pub(super) struct Tags<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) url: Option<Cow<'a, str>>,
    pub(super) method: Option<Cow<'a, str>>,
    pub(super) status: Option<Cow<'a, str>>,
    pub(super) error_code: Option<Cow<'a, str>>,
    pub(super) error: Option<Cow<'a, str>>,
    pub(super) expected_response: Option<Cow<'a, str>>,
    pub(super) group: Option<Cow<'a, str>>,
    pub(super) check: Option<Cow<'a, str>>,
    pub(super) scenario: Option<Cow<'a, str>>,
    pub(super) region: Option<Cow<'a, str>>,
    /// All others but the protocol's.
    pub(super) further: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Tags<'_> {
    /// A tag by its name.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let known = match key {
            "name" => &self.name,
            "url" => &self.url,
            "method" => &self.method,
            "status" => &self.status,
            "error_code" => &self.error_code,
            "error" => &self.error,
            "expected_response" => &self.expected_response,
            "group" => &self.group,
            "check" => &self.check,
            "scenario" => &self.scenario,
            "region" => &self.region,
            _ => return self.further.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref()),
        };
        known.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Tags<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tags")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Tags<'de>, M::Error> {
                let mut tags = Tags::default();
                while let Some(Text(key)) = map.next_key()? {
                    let known = match key.as_ref() {
                        // Shortened where they are used, as names are.
                        "name" | "url" => {
                            let Text(value) = map.next_value()?;
                            *(if key == "name" { &mut tags.name } else { &mut tags.url }) = Some(value);
                            continue;
                        }
                        "method" => &mut tags.method,
                        "status" => &mut tags.status,
                        "error_code" => &mut tags.error_code,
                        "error" => &mut tags.error,
                        "expected_response" => &mut tags.expected_response,
                        "group" => &mut tags.group,
                        "check" => &mut tags.check,
                        "scenario" => &mut tags.scenario,
                        "region" => &mut tags.region,
                        "proto" | "subproto" => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                        _ => {
                            let Text(value) = map.next_value()?;
                            tags.further.push((key, short(value)));
                            continue;
                        }
                    };
                    *known = Some(short(map.next_value::<Text<'de>>()?.0));
                }
                Ok(tags)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A tag as long as it is kept: series and windows hold it, and a script's tags may be of any length.
fn short(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(MAX_TAG) else { return text };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_cut_between_characters_and_names_are_left_to_who_uses_them() {
        let long = "\u{e9}".repeat(MAX_TAG + 1);
        let text = format!(
            r#"{{"type":"Point","metric":"m","data":{{"tags":{{"scenario":"{long}","own":"\n{long}","name":"{long}","group":"g"}}}}}}"#
        );
        let line: Line<'_> = serde_json::from_str(&text).unwrap();
        let tags = line.data.tags.unwrap();
        assert_eq!(tags.scenario.as_deref().map(|text| text.chars().count()), Some(MAX_TAG));
        assert_eq!(tags.get("own").map(|text| text.chars().count()), Some(MAX_TAG));
        assert_eq!((tags.get("name"), tags.get("group")), (Some(long.as_str()), Some("g")));
    }
}
