//! Numbers as a reviewer reads them. Must not know what they belong to.

use bench_model::perf::Interval;
use bench_model::unit::rounded;
use bench_model::{Finite, Quantity, Unit};

/// A value with its unit, three significant digits: `4.22 GiB/s`.
pub(super) fn amount(value: Finite, unit: Unit) -> String {
    format!("{:.3}", Quantity { value: value.get(), unit })
}

/// A change with its sign: `-12.1 %`.
pub(super) fn percent(ratio: Finite) -> String {
    match ratio.get() * 100.0 {
        percent if percent > 99_999.0 => "above +99999 %".into(),
        percent if percent.abs() < 0.05 => "0.0 %".into(),
        percent if percent.abs() >= 1000.0 => format!("{percent:+.0} %"),
        percent => format!("{percent:+.1} %"),
    }
}

/// A size without sign: `5 %`, `12.5 %`.
pub(super) fn size(ratio: Finite) -> String {
    let tenths = (ratio.get().abs() * 1000.0).round() / 10.0;
    if tenths > 99_999.0 { "above 99999 %".into() } else { format!("{tenths} %") }
}

/// An interval of changes: `+4.7 to +14.8 %`.
pub(super) fn range(interval: Interval) -> String {
    let lower = percent(interval.lower);
    format!("{} to {}", lower.strip_suffix(" %").unwrap_or(&lower), percent(interval.upper))
}

/// A factor: `56.6x`.
pub(super) fn times(factor: Finite) -> String {
    if factor.get() >= 99_999.0 { ">99999x".into() } else { format!("{}x", rounded(factor.get(), 3)) }
}

/// `1 round`, `2 rounds`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// `9,960`.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
