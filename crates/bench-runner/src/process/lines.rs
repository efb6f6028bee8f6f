//! The lines that a command prints about itself: metrics, and an account of what it did. Pure. Must not know: which command.

use bench_model::proof::Proof;
use bench_model::run::Reading;
use bench_model::unit::{QuantityError, WrittenUnit, accepted_forms};
use bench_model::{BenchmarkId, Direction, Finite};
use serde::Deserialize;
use serde_json::Value;

/// What is wrong with a line, as the end of a sentence that begins with the line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineError {
    /// It looks like one of ours and is not JSON, or lacks something.
    #[error("cannot be read: {0}")]
    Syntax(String),
    /// A number alone says nothing.
    #[error("has no unit; give one, such as {}", accepted_forms(None))]
    NoUnit,
    /// The unit is not one we know.
    #[error("is not usable: {0}")]
    Unit(#[from] QuantityError),
    /// The value is negative, or too large once it is converted.
    #[error("has the value {0}, which is not a finite, non-negative number")]
    Value(f64),
    /// The name cannot be one.
    #[error("has the name `{0}`, which cannot name a measure")]
    Name(String),
}

#[derive(Deserialize)]
struct Raw {
    metric: String,
    value: f64,
    unit: Option<String>,
    direction: RawDirection,
}

#[derive(Deserialize)]
enum RawDirection {
    #[serde(rename = "lower", alias = "lower_is_better")]
    Lower,
    #[serde(rename = "higher", alias = "higher_is_better")]
    Higher,
}

/// Reads a line of standard output as an account of what was done: `None` when it is none, else what stands behind the key `proof` of
/// `{"proof":{"work":"...","dry_run":false,"planned":1,"done":1,"sampled":1,"verified":1,"input":{"sha256":"...","bytes":1}}}`.
///
/// # Errors
/// For a JSON object with the key `proof` that is no [`Proof`], and for a line that begins as one and is not JSON.
pub fn parse_proof_line(line: &[u8]) -> Option<Result<Proof, LineError>> {
    #[derive(Deserialize)]
    struct Raw {
        proof: Proof,
    }
    let line = line.trim_ascii();
    if !line.starts_with(b"{\"proof\"") {
        return None;
    }
    let raw = serde_json::from_slice::<Raw>(line).map_err(|error| LineError::Syntax(error.to_string()));
    Some(raw.and_then(
        |Raw { proof }| {
            if proof.work.is_empty() { Err(LineError::Syntax("`work` is empty".into())) } else { Ok(proof) }
        },
    ))
}

/// Reads a line of standard output: `None` when it is none of ours, a reading in base units when it is
/// `{"metric":"name","value":1.5,"unit":"ms","direction":"lower"}`. Unknown keys are ignored. Never panics.
///
/// # Errors
/// For a JSON object with the key `metric` that cannot be used, and for a line that begins as one and is not JSON.
pub fn parse_metric_line(line: &[u8]) -> Option<Result<Reading, LineError>> {
    let line = line.trim_ascii();
    if !line.starts_with(b"{") || !contains(line, b"\"metric\"") {
        return None;
    }
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return Some(Err(LineError::Syntax(error.to_string()))),
    };
    value.get("metric")?;
    Some(reading(value))
}

fn reading(value: Value) -> Result<Reading, LineError> {
    let raw = Raw::deserialize(value).map_err(|error| LineError::Syntax(error.to_string()))?;
    let id = BenchmarkId { harness: String::new(), target: String::new(), id: String::new() };
    if raw.metric.is_empty() || raw.metric.contains('#') || id.metric(&raw.metric).is_err() {
        return Err(LineError::Name(raw.metric.chars().take(80).collect()));
    }
    let unit: WrittenUnit = raw.unit.filter(|unit| !unit.is_empty()).ok_or(LineError::NoUnit)?.parse()?;
    let value = Finite::try_from(raw.value * unit.scale())
        .ok()
        .filter(|value| value.get() >= 0.0)
        .ok_or(LineError::Value(raw.value))?;
    let direction = match raw.direction {
        RawDirection::Lower => Direction::LowerIsBetter,
        RawDirection::Higher => Direction::HigherIsBetter,
    };
    Ok(Reading { measure: raw.metric, value, unit: unit.base(), direction })
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Option<Result<Reading, LineError>> {
        parse_metric_line(line.as_bytes())
    }

    #[test]
    fn converts_a_metric_to_its_base_unit() {
        let line = r#" {"metric":"parse","value":1.5,"unit":"ms","direction":"lower","note":1}"#;
        let reading = read(line).unwrap().unwrap();
        assert_eq!(reading.value.get(), 1.5e6);
        assert_eq!(reading.unit, bench_model::Unit::Nanoseconds);
        assert_eq!(reading.direction, Direction::LowerIsBetter);
    }

    #[test]
    fn leaves_lines_alone_that_are_no_metrics() {
        for line in ["", "done", "{}", r#"{"msg":"metric"}"#, r#"{"a":{"metric":1}}"#, r#"["metric"]"#, "{ \"other\""] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn refuses_a_metric_without_a_unit_or_direction() {
        assert_eq!(read(r#"{"metric":"a","value":1,"direction":"lower"}"#).unwrap(), Err(LineError::NoUnit));
        let missing = read(r#"{"metric":"a","value":1,"unit":"ms"}"#).unwrap().unwrap_err();
        assert!(missing.to_string().contains("direction"), "{missing}");
        let unknown = read(r#"{"metric":"a","value":1,"unit":"mb","direction":"lower"}"#).unwrap().unwrap_err();
        assert!(unknown.to_string().contains("unknown unit `mb`; did you mean"), "{unknown}");
    }

    #[test]
    fn refuses_values_and_names_that_cannot_be_stored() {
        for line in [
            r#"{"metric":"a","value":-1,"unit":"ms","direction":"lower"}"#,
            r#"{"metric":"a","value":1e308,"unit":"s","direction":"lower"}"#,
            r#"{"metric":"a","value":"1","unit":"s","direction":"lower"}"#,
            r#"{"metric":"a","value":1,"unit":"s","direction":"down"}"#,
            r#"{"metric":"","value":1,"unit":"s","direction":"lower"}"#,
            r#"{"metric":"a#b","value":1,"unit":"s","direction":"lower"}"#,
            r#"{"metric":"a\u0000","value":1,"unit":"s","direction":"lower"}"#,
            r#"{"metric":"a","value":1,"unit":"s","direc"#,
        ] {
            assert!(read(line).unwrap().is_err(), "{line}");
        }
    }

    #[test]
    fn an_account_is_read_whole_and_a_broken_one_is_told() {
        let digest = "0".repeat(64);
        let line = format!(
            r#"{{"proof":{{"work":"reencryption","dry_run":false,"planned":3,"done":3,"sampled":3,"verified":3,"input":{{"sha256":"{digest}","bytes":9}}}}}}"#
        );
        let proof = parse_proof_line(line.as_bytes()).unwrap().unwrap();
        assert_eq!((proof.work.as_str(), proof.done, proof.output), ("reencryption", 3, None));
        let whole = line.len();
        for broken in [
            &line[..whole - 1],
            r#"{"proof":1}"#,
            r#"{"proof":{"work":"x"}}"#,
            &line.replace("\"done\"", "\"made\""),
            &line.replace("reencryption", ""),
            &line.replace("\"done\":3", "\"done\":-3"),
            // What stands there twice says two things, and an unknown key something that nobody checks.
            &line.replace("\"done\":3", "\"done\":3,\"done\":4"),
            &line.replace("\"done\":3", "\"done\":3,\"evidence_level\":\"production\""),
        ] {
            assert!(matches!(parse_proof_line(broken.as_bytes()), Some(Err(LineError::Syntax(_)))), "{broken}");
        }
        assert_eq!(parse_proof_line(br#"{"metric":"proof"}"#), None);
    }

    proptest! {
        #[test]
        fn reads_any_bytes_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(parse_metric_line(&bytes));
            drop(parse_metric_line(&[br#"{"metric":"#.as_slice(), &bytes].concat()));
            drop(parse_proof_line(&[br#"{"proof":"#.as_slice(), &bytes].concat()));
        }
    }
}
