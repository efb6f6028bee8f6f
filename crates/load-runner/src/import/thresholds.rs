//! Thresholds for results that carry none: from flags, from a scenario, from k6's options. Must not know: results.

use std::path::Path;

use bench_model::file;
use bench_model::load::{Threshold, ThresholdText};
use serde_json::Value;

use super::fault::Fault;
use crate::Error;

/// What a file of thresholds may hold, in bytes.
const LIMIT: u64 = 4 << 20;

/// A flag, `metric: expression`, such as `http_req_duration{name:list}: p(95)<200`.
pub(crate) fn flag(text: &str) -> Result<ThresholdText, Error> {
    // The value of a tag may hold colons: the one after the braces counts.
    let after = text.find('{').and_then(|_| text.rfind('}')).unwrap_or(0);
    let (head, tail) = text.split_at(after);
    let Some((metric, expression)) = tail.split_once(':') else {
        return Err(Error::Flag {
            flag: "threshold",
            reason: format!("`{text}`: expected `metric: expression`, such as `http_req_duration: p(95)<200`"),
        });
    };
    checked(ThresholdText {
        metric: format!("{head}{metric}").trim().to_owned(),
        expression: expression.trim().to_owned(),
    })
}

/// The member `thresholds` of a scenario in TOML, or of k6's options in JSON.
pub(crate) fn file(path: &Path) -> Result<Vec<ThresholdText>, Error> {
    let bytes = file::read(path, LIMIT)?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::new("expected text in UTF-8").of(path))?;
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(|error| Fault::at(error.line() as u64, error.to_string()).of(path))?
    } else {
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            Fault::at(before.matches('\n').count() as u64 + 1, error.message().to_owned()).of(path)
        })?
    };
    let table = value.get("thresholds").and_then(Value::as_object);
    let table = table.ok_or_else(|| Fault::new("expected `thresholds`: metrics with their expressions").of(path))?;
    let mut all = Vec::new();
    for (metric, expressions) in table {
        let single = std::slice::from_ref(expressions);
        for expression in expressions.as_array().map_or(single, Vec::as_slice) {
            let text = expression.as_str().or_else(|| expression.get("threshold")?.as_str());
            let text = text.ok_or_else(|| {
                Fault::new(format!("threshold of `{metric}`: expected a text, or an object with `threshold`")).of(path)
            })?;
            all.push(checked(ThresholdText { metric: metric.clone(), expression: text.to_owned() })?);
        }
    }
    Ok(all)
}

fn checked(threshold: ThresholdText) -> Result<ThresholdText, Error> {
    Threshold::parse(&threshold)?;
    Ok(threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_split_behind_its_tags() {
        let read = |text| flag(text).map(|threshold| (threshold.metric, threshold.expression));
        let pair = |metric: &str, expression: &str| (metric.to_owned(), expression.to_owned());
        assert_eq!(read("http_req_duration: p(95)<200").unwrap(), pair("http_req_duration", "p(95)<200"));
        assert_eq!(
            read("http_reqs{name:GET http://x/:id}: count>1").unwrap(),
            pair("http_reqs{name:GET http://x/:id}", "count>1")
        );
        for wrong in ["p(95)<200", "http_req_duration: p95<200", ""] {
            assert!(flag(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn thresholds_come_from_a_scenario_and_from_k6_options_alike() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let toml =
            write("s.toml", "[thresholds]\nhttp_req_duration = [\"p(95)<200\"]\nhttp_req_failed = \"rate<0.1\"\n");
        let json = write(
            "o.json",
            r#"{"thresholds":{"http_req_duration":[{"threshold":"p(95)<200","abortOnFail":true}],"http_req_failed":["rate<0.1"]}}"#,
        );
        let read = file(&toml).unwrap();
        assert_eq!(read, file(&json).unwrap());
        assert_eq!(read.len(), 2);
        let Err(Error::Import { line, .. }) = file(&write("bad.toml", "a = 1\nb = \n")) else { panic!("it was read") };
        assert_eq!(line, Some(2));
        assert!(file(&write("none.json", "{}")).is_err());
    }
}
