//! Points in time as the files write them: RFC 3339, UTC, whole seconds, such as `2026-11-21T05:00:00Z`.
//! The clock itself is read at the edge and passed in.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A second in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("format" = "date-time")))]
pub struct Timestamp(jiff::Timestamp);

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write it as 2026-11-21T05:00:00Z")]
pub struct NotATime(String);

impl Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z; a value outside jiff's range is clamped to 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self(jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Now, by the system's clock. For the edge only.
    pub fn now() -> Self {
        Self::from_unix(jiff::Timestamp::now().as_second())
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(self) -> i64 {
        self.0.as_second()
    }

    /// The month this lies in.
    pub fn month(self) -> Month {
        let date = self.0.to_zoned(TimeZone::UTC).date();
        Month { year: date.year(), month: date.month() }
    }

    /// The form used in run ids: `20261121T050000Z`.
    pub fn compact(self) -> String {
        self.to_string().replace(['-', ':'], "")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self::from_unix(time.as_second()))
            .map_err(|_| NotATime(text.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = NotATime;
    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

/// A calendar month in UTC, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month `count` months before this one; the earliest representable month when there is none.
    pub fn minus(self, count: u32) -> Self {
        let index = i64::from(self.year) * 12 + i64::from(self.month) - 1 - i64::from(count);
        let index = index.max(0);
        Self { year: (index / 12) as i16, month: (index % 12 + 1) as i8 }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        format!("{text}-01")
            .parse::<Date>()
            .map(|date| Self { year: date.year(), month: date.month() })
            .map_err(|_| NotATime(text.to_owned()))
    }
}
