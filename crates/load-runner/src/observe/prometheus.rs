//! Instant queries to a Prometheus server (Prometheus HTTP API, "Instant queries": `/api/v1/query`).

use serde::Deserialize;

use crate::exchange::percent::encoded;

/// Why a query gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoValue {
    #[error("the answer is none of the query API")]
    Format,
    #[error("the server refused the query")]
    Refused,
    #[error("{0} series answer it; make them one, as with sum(…)")]
    Several(usize),
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Series>),
    Scalar(Value),
    Matrix(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Series {
    value: Value,
}

/// Time, and the value as text.
#[derive(Deserialize)]
struct Value(serde::de::IgnoredAny, String);

/// The value of an answer; `Ok(None)` when nothing answers the query now, or with no finite number.
pub(super) fn value(answer: &str) -> Result<Option<f64>, NoValue> {
    let answer: Answer = serde_json::from_str(answer).map_err(|_| NoValue::Format)?;
    if answer.status != "success" {
        return Err(NoValue::Refused);
    }
    let Value(_, text) = match answer.data.ok_or(NoValue::Format)? {
        Data::Scalar(value) => value,
        Data::Vector(mut series) => match (series.pop(), series.len()) {
            (None, _) => return Ok(None),
            (Some(one), 0) => one.value,
            (Some(_), further) => return Err(NoValue::Several(further + 1)),
        },
        Data::Matrix(_) | Data::String(_) => return Err(NoValue::Format),
    };
    let value = super::exposition::number(&text).ok_or(NoValue::Format)?;
    Ok(Some(value).filter(|value| value.is_finite()))
}

/// The address of a query to the server at `base`.
pub(super) fn address(base: &str, query: &str) -> String {
    let query: String = encoded(query).map(char::from).collect();
    format!("{}/api/v1/query?query={query}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vector(inside: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{inside}]}}}}"#)
    }

    #[test]
    fn one_series_or_a_scalar_is_a_value() {
        let series = r#"{"metric":{"job":"x"},"value":[1700000000.123,"0.25"]}"#;
        assert_eq!(value(&vector(series)), Ok(Some(0.25)));
        let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"3"]},"warnings":["w"]}"#;
        assert_eq!(value(scalar), Ok(Some(3.0)));
    }

    #[test]
    fn nothing_and_no_number_are_no_value() {
        assert_eq!(value(&vector("")), Ok(None));
        assert_eq!(value(&vector(r#"{"metric":{},"value":[1,"NaN"]}"#)), Ok(None));
    }

    #[test]
    fn several_series_are_not_summed_in_silence() {
        let series = r#"{"metric":{},"value":[1,"1"]}"#;
        assert_eq!(value(&vector(&format!("{series},{series}"))), Err(NoValue::Several(2)));
    }

    #[test]
    fn errors_and_other_answers_are_told_apart() {
        let refused = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        assert_eq!(value(refused), Err(NoValue::Refused));
        for text in [
            "<html>",
            "{}",
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
        ] {
            assert_eq!(value(text), Err(NoValue::Format), "{text}");
        }
    }

    #[test]
    fn a_query_is_escaped_whole() {
        let query = "sum(rate(a{b=\"ö&c\"}[5m]))";
        let expected = "http://h:1/p/api/v1/query?query=sum%28rate%28a%7Bb%3D%22%C3%B6%26c%22%7D%5B5m%5D%29%29";
        assert_eq!(address("http://h:1/p/", query), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_judged(text in "(?s).{0,200}") {
            let _ = value(&text);
        }
    }
}
