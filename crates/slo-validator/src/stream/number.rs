//! Numbers as other tools write them, and as we do: what counts as missing, and how many digits an answer has.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A value that was read. Missing and infinite ones are NaN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(pub(super) f64);

/// Texts that stand for a value that was not measured.
const MISSING: [&str; 6] = ["", "-", "na", "n/a", "none", "null"];

/// Reads a number, or NaN where the text says that there is none.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
        return Some(f64::NAN);
    }
    text.parse().ok()
}

/// Seven significant digits, which is more than any measurement has, and few enough for every machine's logarithms to
/// agree on them.
pub(super) fn rounded(value: f64) -> f64 {
    // Adding 0 turns -0 into 0.
    format!("{value:.6e}").parse().unwrap_or(value) + 0.0
}

/// As [`rounded`], for a number near 1 from which 1 was taken: digits below 10^-12 are what is left of the rounding.
pub(super) fn rounded_ratio(value: f64) -> f64 {
    if value.abs() < 1.0 { rounded(format!("{value:.12}").parse().unwrap_or(value)) } else { rounded(value) }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or null for a missing one")
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }
    fn visit_unit<E: Error>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        number(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

/// The samples of one run: a list, or one bare number.
#[derive(Debug, Clone)]
pub(super) struct Run(pub(super) Vec<f64>);

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RunVisitor)
    }
}

struct RunVisitor;

impl<'de> Visitor<'de> for RunVisitor {
    type Value = Run;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the samples of a run, or one number")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Run, A::Error> {
        let mut samples = Vec::new();
        while let Some(Number(sample)) = list.next_element()? {
            samples.push(sample);
        }
        Ok(Run(samples))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Run, E> {
        Ok(Run(vec![value]))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Run, E> {
        Ok(Run(vec![value as f64]))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Run, E> {
        Ok(Run(vec![value as f64]))
    }
    fn visit_unit<E: Error>(self) -> Result<Run, E> {
        Ok(Run(Vec::new()))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Run, E> {
        NumberVisitor.visit_str(text).map(|value| Run(vec![value]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_seven_digits_and_no_negative_zero() {
        assert_eq!([rounded(1.234_567_89), rounded(-2e-300 / 3.0)], [1.234_568, -6.666_667e-301]);
        assert_eq!([rounded_ratio(0.012_345_678_9), rounded_ratio(123.456_789_1)], [0.012_345_68, 123.4568]);
        assert!(rounded_ratio(-3e-16) == 0.0 && rounded_ratio(-3e-16).is_sign_positive());
    }

    #[test]
    fn missing_values_have_many_names_and_words_are_none() {
        for text in ["", " ", "-", "NaN", "nan", "null", "NA", "None"] {
            assert!(number(text).is_some_and(f64::is_nan), "{text:?}");
        }
        assert_eq!([number(" 1e3 "), number("-0.5"), number("12,5"), number("x")], [Some(1e3), Some(-0.5), None, None]);
    }
}
