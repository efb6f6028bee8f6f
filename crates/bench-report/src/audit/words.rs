//! Numbers, times and names as the audit and the site write them.
//! Must not know: where they stand.

use bench_model::audit::Period;
use bench_model::time::Timestamp;
use bench_model::unit::rounded;
use bench_model::{Finite, words};
use serde::Serialize;

pub(crate) use crate::visible::shown;
pub(crate) use bench_model::words::{amount, count, thousands};

/// A time for people, with the form that machines read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    /// As in the records: `2026-11-21T05:00:00Z`.
    pub(crate) exact: String,
    /// To the minute, UTC: `2026-11-21 05:00`.
    pub(crate) text: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        let exact = time.to_string();
        let text = exact.get(..16).unwrap_or(&exact).replace('T', " ");
        Self { exact, text }
    }
}

/// A name in at most `most` letters (at least 8), by leaving out its middle: both ends tell benchmarks apart.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return shown(name);
    }
    let tail = most * 3 / 5;
    let head: String = name.chars().take(most.saturating_sub(tail + 1)).collect();
    let rest: String = name.chars().skip(length - tail).collect();
    shown(&format!("{head}…{rest}"))
}

/// A change with its sign: `-12.1 %`.
pub(crate) fn change(ratio: Finite) -> String {
    words::percent(ratio.get())
}

/// A size without sign: `5 %`, `12.5 %`.
pub(crate) fn size(ratio: Finite) -> String {
    let percent = ratio.get().abs() * 100.0;
    match percent {
        percent if percent > 99_999.0 => "above 99999 %".into(),
        percent if percent > 0.0 && percent < 0.05 => format!("{} %", rounded(percent, 1)),
        percent => format!("{} %", (percent * 10.0).round() / 10.0),
    }
}

/// A share of time, rounded down so that only all of it is 100: `98.2`.
pub(crate) fn share(ratio: Finite) -> String {
    format!("{}", (ratio.get().clamp(0.0, 1.0) * 1000.0 + 1e-9).floor() / 10.0)
}

/// A margin, rounded down so that one below 1 never reads as met: `1.12×`.
pub(crate) fn times(margin: Finite) -> String {
    let value = margin.get();
    let text = rounded(value, 3);
    let met = |text: &str| text.parse::<f64>().is_ok_and(|read| read >= 1.0);
    if value < 1.0 && met(&text) { "0.999×".into() } else { format!("{text}×") }
}

/// A length of time in its two largest units: `3 d 4 h`.
pub(crate) fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{} d {hours} h", thousands(days)),
    }
}

/// `2026-11`, or `2023-12 to 2026-11`.
pub(crate) fn period(period: &Period) -> String {
    if period.first == period.last {
        shown(&period.first)
    } else {
        shown(&format!("{} to {}", period.first, period.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finite(value: f64) -> Finite {
        Finite::try_from(value).unwrap()
    }

    #[test]
    fn what_was_not_met_never_reads_as_met() {
        assert_eq!([share(finite(0.99999)), share(finite(1.0)), share(finite(0.982))], ["99.9", "100", "98.2"]);
        assert_eq!([times(finite(0.99999)), times(finite(1.0)), times(finite(1.234))], ["0.999×", "1.00×", "1.23×"]);
        assert_eq!([size(finite(0.05)), size(finite(0.0001)), size(finite(0.0))], ["5 %", "0.01 %", "0 %"]);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("abcdefghij0123456789", 11), "abcd…456789");
        assert_eq!(shortened("short", 11), "short");
        assert_eq!(shown("a\nb\u{1b}[2J"), "a b\u{fffd}[2J");
    }

    #[test]
    fn lengths_of_time_have_their_two_largest_units() {
        let shown: Vec<_> = [59, 3599, 7260, 90_000].into_iter().map(duration).collect();
        assert_eq!(shown, ["59 s", "59 min", "2 h 1 min", "1 d 1 h"]);
    }
}
