//! Numbers, names and decided words as the page writes them.
//! Must not know: where they stand.

use bench_model::perf::Interval;
use bench_model::time::Timestamp;
use bench_model::unit::rounded;
use bench_model::verdict::{Change, Rule};
use bench_model::{Finite, Quantity, Unit, words};
use serde::Serialize;

pub(super) use crate::visible::shown;
pub(super) use bench_model::words::{amount, count, thousands};

/// A name with its value.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Whether the value is a digest, a name or the like, to be set in a fixed width.
    pub(super) code: bool,
}

pub(super) fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: shown(&value.into()), code: false }
}

pub(super) fn code(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: shown(&value.into()), code: true }
}

/// A sentence of a record: the judge sets names in backticks, as terminals and Markdown read them.
pub(super) fn said(text: &str) -> Vec<Said> {
    let clean = shown(text);
    let parts: Vec<&str> = clean.split('`').collect();
    // An odd backtick belongs to a name: then nobody knows which ones are the judge's.
    if parts.len().is_multiple_of(2) {
        return vec![Said { code: false, text: clean }];
    }
    let parts = parts.into_iter().enumerate().map(|(i, text)| Said { code: i % 2 == 1, text: text.to_owned() });
    parts.filter(|part| !part.text.is_empty()).collect()
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    /// Whether it is a name.
    code: bool,
    text: String,
}

/// An interval in one unit, that of its middle: `4.18 to 4.26 GiB/s`.
pub(super) fn amounts(interval: Interval, unit: Unit) -> String {
    let (symbol, scale) =
        Quantity { value: f64::midpoint(interval.lower.get(), interval.upper.get()), unit }.reading_unit();
    let [lower, upper] = [interval.lower, interval.upper].map(|end| rounded(end.get() / scale, 4));
    if symbol.is_empty() { format!("{lower} to {upper}") } else { format!("{lower} to {upper} {symbol}") }
}

/// A change with its sign: `-12.1 %`.
pub(super) fn percent(ratio: Finite) -> String {
    words::percent(ratio.get()).replace('-', "−")
}

/// A size without sign: `5 %`.
pub(super) fn size(ratio: Finite) -> String {
    words::unsigned_percent(ratio.get())
}

/// `−4.7 % to +14.8 %`.
pub(super) fn percents(interval: Interval) -> String {
    format!("{} to {}", percent(interval.lower), percent(interval.upper))
}

/// `+5.0 % (95 % interval +4.1 % to +6.0 %)`.
pub(super) fn change(change: &Change) -> String {
    match change.interval {
        Some(interval) => {
            format!("{} ({} interval {})", percent(change.value), size(interval.level), percents(interval))
        }
        None => percent(change.value),
    }
}

/// A factor: `56.6×`.
pub(super) fn times(factor: Finite) -> String {
    words::times(factor.get()).replace('x', "×")
}

/// `2026-11-21 05:00 UTC`.
pub(super) fn minute(time: Timestamp) -> String {
    let exact = time.to_string();
    format!("{} UTC", exact.get(..16).unwrap_or(&exact).replace('T', " "))
}

/// `42 s`, `3 min 20 s`, `1 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds.round() as u64 {
        0 => format!("{:.3}", Quantity { value: seconds * 1e9, unit: Unit::Nanoseconds }),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A rule in a few words for a column, and in a sentence.
pub(super) const fn rule(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::Expected => ("expected", "it was expected, and did not report"),
        Rule::NoBaseline => ("no baseline", "no baseline holds this metric"),
        Rule::OtherEpoch => ("other environment", "the baseline belongs to another environment"),
        Rule::OtherMode => ("other mode", "the baseline was measured in another mode"),
        Rule::TooFewRounds => ("too few rounds", "fewer than five rounds on a side: no interval means anything"),
        Rule::Paired => ("paired rounds", "the interval of the ratio of rounds that ran in turns on one machine"),
        Rule::History => ("history", "the last stable segment of earlier runs"),
        Rule::FalseDiscovery => {
            ("many metrics", "beyond chance for one metric, and not among as many as were looked at")
        }
        Rule::Unconfirmed => ("unconfirmed", "a second, independent pass did not show it"),
        Rule::SecondPassMissing => ("no second pass", "a second pass that was wanted had too few rounds, or none"),
        Rule::BelowNoise => ("below noise", "the threshold lies below the noise measured here"),
        Rule::MovedTogether => ("moved together", "it moved together with most others: one finding for all"),
        Rule::Interval => ("interval", "the interval of the change against zero and the threshold"),
        Rule::Policy => ("load policy", "what the policy for load runs permits: a single round has no interval"),
        Rule::Exact => ("exact", "values without spread are compared exactly"),
        Rule::NotComparable => ("not comparable", "a relative change of this value is not defined"),
    }
}
