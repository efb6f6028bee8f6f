//! Months as an audit counts them: which ones it covers, and when each begins and ends, in UTC.
//! Must not know: the clock.

use bench_model::audit::Period;
use bench_model::time::{Month, Timestamp};

/// How often an audit is made, and so how much one covers where nothing else is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// A month.
    Monthly,
    /// A quarter of a calendar year.
    Quarterly,
    /// A calendar year.
    Yearly,
}

/// Whole months in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    first: Month,
    last: Month,
}

impl Months {
    /// From one month to another, both included; `None` when they stand the wrong way round.
    pub fn new(first: Month, last: Month) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The last month, quarter or year that was over at `now`.
    pub fn over(frequency: Frequency, now: Timestamp) -> Self {
        let month = now.month();
        let begun = u32::try_from(parts(month).1).unwrap_or(1) - 1;
        let (before, length) = match frequency {
            Frequency::Monthly => (1, 1),
            Frequency::Quarterly => (begun % 3 + 1, 3),
            Frequency::Yearly => (begun + 1, 12),
        };
        let last = month.minus(before);
        Self { first: last.minus(length - 1), last }
    }

    /// The first second.
    pub fn start(self) -> Timestamp {
        start_of(self.first)
    }

    /// The first second behind.
    pub fn end(self) -> Timestamp {
        end_of(self.last)
    }

    /// Whether a moment lies in it.
    pub fn contains(self, time: Timestamp) -> bool {
        (self.start()..self.end()).contains(&time)
    }

    /// Each month, oldest first.
    pub fn each(self) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self.first), |month| Some(after(*month)))
            .take_while(move |month| *month <= self.last)
    }

    /// As the record writes it.
    pub fn record(self) -> Period {
        Period { first: self.first.to_string(), last: self.last.to_string() }
    }
}

/// The first second behind a month.
pub(crate) fn end_of(month: Month) -> Timestamp {
    start_of(after(month))
}

/// Days without a run from which on they are a gap: fewer are a weekend with a holiday.
pub(crate) const LONG_GAP: i64 = 7;

/// The day of a moment, counted from 1970-01-01.
pub(crate) fn day_of(time: Timestamp) -> i64 {
    time.unix().div_euclid(DAY)
}

/// A day as the record writes it, such as `2026-11-03`.
pub(crate) fn day_text(day: i64) -> String {
    Timestamp::from_unix(day * DAY).to_string().get(..10).unwrap_or_default().to_owned()
}

const DAY: i64 = 86_400;

fn start_of(month: Month) -> Timestamp {
    format!("{month}-01T00:00:00Z").parse().unwrap_or(Timestamp::from_unix(0))
}

fn after(month: Month) -> Month {
    let (year, number) = parts(month);
    let (year, number) = if number == 12 { (year + 1, 1) } else { (year, number + 1) };
    format!("{year:04}-{number:02}").parse().unwrap_or(month)
}

/// Year and number of a month.
fn parts(month: Month) -> (i32, i32) {
    let text = month.to_string();
    let (year, number) = text.rsplit_once('-').unwrap_or((&text, "1"));
    (year.parse().unwrap_or(1970), number.parse().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(frequency: Frequency, now: &str) -> (String, String) {
        let Period { first, last } = Months::over(frequency, now.parse().unwrap()).record();
        (first, last)
    }

    #[test]
    fn only_what_is_over_is_audited_by_itself() {
        let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(over(Frequency::Monthly, "2026-01-01T00:00:00Z"), pair("2025-12", "2025-12"));
        assert_eq!(over(Frequency::Monthly, "2026-11-30T23:59:59Z"), pair("2026-10", "2026-10"));
        assert_eq!(over(Frequency::Quarterly, "2026-11-30T23:59:59Z"), pair("2026-07", "2026-09"));
        assert_eq!(over(Frequency::Quarterly, "2026-01-01T00:00:00Z"), pair("2025-10", "2025-12"));
        assert_eq!(over(Frequency::Yearly, "2026-12-31T00:00:00Z"), pair("2025-01", "2025-12"));
    }

    #[test]
    fn a_period_ends_where_the_next_month_begins() {
        let months = Months::new("2024-02".parse().unwrap(), "2024-12".parse().unwrap()).unwrap();
        assert_eq!(months.start().to_string(), "2024-02-01T00:00:00Z");
        assert_eq!(months.end().to_string(), "2025-01-01T00:00:00Z");
        assert_eq!(months.each().count(), 11);
        assert!(!months.contains(months.end()));
        assert!(months.contains(Timestamp::from_unix(months.end().unix() - 1)));
    }
}
