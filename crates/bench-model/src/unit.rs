//! Quantities: finite numbers in base units, and their conversion to and from text.
//! Scaling happens in `Display` and in parsing only; everything between works in base units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A finite `f64`. NaN and the infinities are refused where a value enters, so that no record can
/// hold one.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "f64"))]
pub struct Finite(f64);

impl Finite {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A number that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("expected a finite number, found {0}")]
pub struct NotFinite(f64);

impl TryFrom<f64> for Finite {
    type Error = NotFinite;
    fn try_from(value: f64) -> Result<Self, NotFinite> {
        if value.is_finite() { Ok(Self(value)) } else { Err(NotFinite(value)) }
    }
}

impl From<Finite> for f64 {
    fn from(value: Finite) -> Self {
        value.0
    }
}

/// A base unit. Every stored value is in one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Unit {
    /// Time.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Memory or data.
    #[serde(rename = "B")]
    Bytes,
    /// Data rate.
    #[serde(rename = "B/s")]
    BytesPerSecond,
    /// Data rate of a link.
    #[serde(rename = "bit/s")]
    BitsPerSecond,
    /// Things per second.
    #[serde(rename = "1/s")]
    PerSecond,
    /// Things counted.
    #[serde(rename = "count")]
    Count,
    /// A dimensionless proportion; 1 is 100 %.
    #[serde(rename = "ratio")]
    Ratio,
}

impl Unit {
    /// The unit's symbol as written in files.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "B",
            Self::BytesPerSecond => "B/s",
            Self::BitsPerSecond => "bit/s",
            Self::PerSecond => "1/s",
            Self::Count => "count",
            Self::Ratio => "ratio",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// Which way a metric improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Direction {
    /// A larger value is better, such as a rate.
    HigherIsBetter,
    /// A smaller value is better, such as a time.
    LowerIsBetter,
}

/// A written unit: how people spell it, the base unit behind it, and base units per one of it.
const WRITTEN: &[(&str, Unit, f64)] = &[
    ("ns", Unit::Nanoseconds, 1.0),
    ("us", Unit::Nanoseconds, 1e3),
    ("µs", Unit::Nanoseconds, 1e3),
    ("ms", Unit::Nanoseconds, 1e6),
    ("s", Unit::Nanoseconds, 1e9),
    ("min", Unit::Nanoseconds, 6e10),
    ("h", Unit::Nanoseconds, 3.6e12),
    ("B", Unit::Bytes, 1.0),
    ("kB", Unit::Bytes, 1e3),
    ("MB", Unit::Bytes, 1e6),
    ("GB", Unit::Bytes, 1e9),
    ("TB", Unit::Bytes, 1e12),
    ("KiB", Unit::Bytes, 1024.0),
    ("MiB", Unit::Bytes, 1_048_576.0),
    ("GiB", Unit::Bytes, 1_073_741_824.0),
    ("TiB", Unit::Bytes, 1_099_511_627_776.0),
    ("B/s", Unit::BytesPerSecond, 1.0),
    ("kB/s", Unit::BytesPerSecond, 1e3),
    ("MB/s", Unit::BytesPerSecond, 1e6),
    ("GB/s", Unit::BytesPerSecond, 1e9),
    ("TB/s", Unit::BytesPerSecond, 1e12),
    ("KiB/s", Unit::BytesPerSecond, 1024.0),
    ("MiB/s", Unit::BytesPerSecond, 1_048_576.0),
    ("GiB/s", Unit::BytesPerSecond, 1_073_741_824.0),
    ("TiB/s", Unit::BytesPerSecond, 1_099_511_627_776.0),
    ("bit/s", Unit::BitsPerSecond, 1.0),
    ("kbit/s", Unit::BitsPerSecond, 1e3),
    ("Mbit/s", Unit::BitsPerSecond, 1e6),
    ("Gbit/s", Unit::BitsPerSecond, 1e9),
    ("1/s", Unit::PerSecond, 1.0),
    ("elem/s", Unit::PerSecond, 1.0),
    ("ops/s", Unit::PerSecond, 1.0),
    ("req/s", Unit::PerSecond, 1.0),
    ("k/s", Unit::PerSecond, 1e3),
    ("M/s", Unit::PerSecond, 1e6),
    ("G/s", Unit::PerSecond, 1e9),
    ("count", Unit::Count, 1.0),
    ("ratio", Unit::Ratio, 1.0),
    ("%", Unit::Ratio, 0.01),
];

/// A unit as a person writes it, such as `GiB/s`; it scales to its base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrittenUnit {
    text: &'static str,
    base: Unit,
    scale: f64,
}

impl WrittenUnit {
    /// The spelling.
    pub const fn text(self) -> &'static str {
        self.text
    }
    /// The base unit.
    pub const fn base(self) -> Unit {
        self.base
    }
    /// Base units in one of this unit.
    pub const fn scale(self) -> f64 {
        self.scale
    }
}

impl FromStr for WrittenUnit {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        WRITTEN
            .iter()
            .find(|(symbol, _, _)| *symbol == text)
            .map(|&(text, base, scale)| Self { text, base, scale })
            .ok_or_else(|| QuantityError::UnknownUnit {
                unit: text.to_owned(),
                nearest: nearest(text, WRITTEN.iter().map(|(symbol, _, _)| *symbol)),
            })
    }
}

/// The candidate closest to `text`, for "did you mean"; among equally close ones that with the fitting case.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance, strsim::damerau_levenshtein(text, candidate), candidate)
        })
        .min_by_key(|(distance, exact, _)| (*distance, *exact))
        .filter(|(distance, _, candidate)| *distance <= 2.max(candidate.len() / 3))
        .map(|(_, _, candidate)| candidate.to_owned())
}

/// A value with its base unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// The number, in `unit`.
    pub value: f64,
    /// The base unit.
    pub unit: Unit,
}

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// A number alone says nothing.
    #[error("`{text}` has no unit; write it with one, such as {accepted}")]
    NoUnit {
        /// The text as given.
        text: String,
        /// Accepted forms.
        accepted: &'static str,
    },
    /// No number stands in front.
    #[error("`{text}` does not start with a finite, non-negative number")]
    NoNumber {
        /// The text as given.
        text: String,
    },
    /// The unit is not one we know.
    #[error("unknown unit `{unit}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownUnit {
        /// The unit as given.
        unit: String,
        /// The closest known unit.
        nearest: Option<String>,
    },
    /// The unit measures something else.
    #[error("`{text}` is in {found}, where {expected} is wanted, such as {accepted}")]
    WrongUnit {
        /// The text as given.
        text: String,
        /// The base unit found.
        found: Unit,
        /// The base unit wanted.
        expected: Unit,
        /// Accepted forms.
        accepted: &'static str,
    },
}

/// Accepted forms of a quantity in `unit`, for error texts.
pub const fn accepted_forms(unit: Option<Unit>) -> &'static str {
    match unit {
        Some(Unit::Nanoseconds) => "\"30 min\", \"1.5 s\" or \"250 ms\"",
        Some(Unit::Bytes) => "\"64 MiB\" or \"80 MB\"",
        Some(Unit::BytesPerSecond) => "\"80 MB/s\", \"500 MiB/s\" or \"4.0 GiB/s\"",
        Some(Unit::BitsPerSecond) => "\"1 Gbit/s\" or \"100 Mbit/s\"",
        Some(Unit::PerSecond) => "\"1000 req/s\" or \"2 M/s\"",
        Some(Unit::Count) => "\"1000 count\"",
        Some(Unit::Ratio) => "\"5 %\" or \"0.05 ratio\"",
        None => "\"80 MB/s\", \"4.0 GiB/s\", \"1.5 ms\", \"64 MiB\" or \"5 %\"",
    }
}

impl Quantity {
    /// Reads a quantity of a given kind, such as a rate where a rate is wanted.
    ///
    /// # Errors
    /// As [`Quantity::from_str`], and [`QuantityError::WrongUnit`] for another kind.
    pub fn parse_as(text: &str, expected: Unit) -> Result<Self, QuantityError> {
        let quantity = text.parse::<Self>().map_err(|error| match error {
            QuantityError::NoUnit { text, .. } => {
                QuantityError::NoUnit { text, accepted: accepted_forms(Some(expected)) }
            }
            other => other,
        })?;
        if quantity.unit == expected {
            Ok(quantity)
        } else {
            Err(QuantityError::WrongUnit {
                text: text.to_owned(),
                found: quantity.unit,
                expected,
                accepted: accepted_forms(Some(expected)),
            })
        }
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;
    /// Reads `<number> <unit>`, such as `80 MB/s`; the space may be left out.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let trimmed = text.trim();
        let exponent_sign = |i: usize| matches!(trimmed.as_bytes().get(i.wrapping_sub(1)), Some(b'e' | b'E'));
        let is_exponent = |i: usize| matches!(trimmed.as_bytes().get(i + 1), Some(b'0'..=b'9' | b'+' | b'-')) && i > 0;
        let end = trimmed
            .char_indices()
            .find(|&(i, c)| match c {
                '0'..='9' | '.' | '_' => false,
                '+' | '-' => i != 0 && !exponent_sign(i),
                'e' | 'E' => !is_exponent(i),
                _ => true,
            })
            .map_or(trimmed.len(), |(i, _)| i);
        let (number, unit) = trimmed.split_at(end);
        let value = number
            .replace('_', "")
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite() && *value >= 0.0)
            .ok_or_else(|| QuantityError::NoNumber { text: text.to_owned() })?;
        let unit = unit.trim();
        if unit.is_empty() {
            return Err(QuantityError::NoUnit { text: text.to_owned(), accepted: accepted_forms(None) });
        }
        let unit: WrittenUnit = unit.parse()?;
        let scaled = value * unit.scale;
        if !scaled.is_finite() {
            return Err(QuantityError::NoNumber { text: text.to_owned() });
        }
        // Adding 0 turns -0 into 0.
        Ok(Self { value: scaled + 0.0, unit: unit.base })
    }
}

impl Quantity {
    /// The unit people read this quantity in: how it is spelled, and base units per one of it. Byte units are binary.
    pub fn reading_unit(self) -> (&'static str, f64) {
        let steps: &[(&str, f64)] = match self.unit {
            Unit::Nanoseconds => &[("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)],
            Unit::Bytes => &[
                ("TiB", 1_099_511_627_776.0),
                ("GiB", 1_073_741_824.0),
                ("MiB", 1_048_576.0),
                ("KiB", 1024.0),
                ("B", 1.0),
            ],
            Unit::BytesPerSecond => &[
                ("TiB/s", 1_099_511_627_776.0),
                ("GiB/s", 1_073_741_824.0),
                ("MiB/s", 1_048_576.0),
                ("KiB/s", 1024.0),
                ("B/s", 1.0),
            ],
            Unit::BitsPerSecond => &[("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1.0)],
            Unit::PerSecond => &[("G/s", 1e9), ("M/s", 1e6), ("k/s", 1e3), ("/s", 1.0)],
            Unit::Count => &[("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0)],
            Unit::Ratio => &[("%", 0.01)],
        };
        let magnitude = self.value.abs();
        steps.iter().find(|(_, scale)| magnitude >= *scale).or(steps.last()).copied().unwrap_or(("", 1.0))
    }
}

impl fmt::Display for Quantity {
    /// Scales for people, four significant digits, or as many as the precision says: `4.220 GiB/s`, and with
    /// `{:.3}` `4.22 GiB/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, scale) = self.reading_unit();
        let number = rounded(self.value / scale, f.precision().unwrap_or(4));
        if unit.is_empty() { f.write_str(&number) } else { write!(f, "{number} {unit}") }
    }
}

/// Four significant digits, as tables show them: [`rounded`].
pub fn significant(value: f64) -> String {
    rounded(value, 4)
}

/// A number with `digits` significant digits (at least 1): `4.22`, `571`, `0.0745`. More digits than that only before
/// the decimal point; an exponent only from 10^15 on and below 10^-6.
pub fn rounded(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{}", value + 0.0);
    }
    let digits = digits.clamp(1, 17);
    // The exponent after rounding: 9.996 has three digits as 10.0, not as 10.00.
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent = scientific.rsplit_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    if !(-6..15).contains(&exponent) {
        return scientific;
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}
