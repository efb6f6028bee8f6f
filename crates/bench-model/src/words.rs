//! Numbers and lists as people read them. Must not know what they belong to.

use std::fmt::Display;

use crate::unit::rounded;
use crate::{Finite, Quantity, Unit};

/// How many things of one kind a text names before it counts the rest.
pub const NAMED: usize = 5;

/// A value with its unit, three significant digits: `4.22 GiB/s`.
pub fn amount(value: Finite, unit: Unit) -> String {
    format!("{:.3}", Quantity { value: value.get(), unit })
}

/// A value in the unit that another one is shown in, such as `4.18` beside `4.22 GiB/s`; with a unit of its own where it
/// would be long.
pub fn amount_beside(other: Finite, value: Finite, unit: Unit) -> String {
    let (_, scale) = Quantity { value: other.get(), unit }.reading_unit();
    let text = rounded(value.get() / scale, 3);
    if text.len() <= 7 { text } else { amount(value, unit) }
}

/// A change with its sign: `-12.1 %`.
pub fn percent(ratio: f64) -> String {
    match ratio * 100.0 {
        percent if percent > 99_999.0 => "above +99999 %".into(),
        percent if percent.abs() < 0.05 => "0.0 %".into(),
        percent if percent.abs() >= 1000.0 => format!("{percent:+.0} %"),
        percent => format!("{percent:+.1} %"),
    }
}

/// A change with its sign, as narrow as a table's column: `-12.1%`.
pub fn narrow_percent(ratio: f64) -> String {
    match ratio * 100.0 {
        percent if percent > 9999.0 => ">+9999%".into(),
        percent if percent.abs() < 0.05 => "0.0%".into(),
        percent if percent.abs() >= 99.95 => format!("{percent:+.0}%"),
        percent => format!("{percent:+.1}%"),
    }
}

/// A size without sign: `5 %`, `12.5 %`.
pub fn unsigned_percent(ratio: f64) -> String {
    let tenths = (ratio.abs() * 1000.0).round() / 10.0;
    if tenths > 99_999.0 { "above 99999 %".into() } else { format!("{tenths} %") }
}

/// A factor: `56.6x`, `0.931x`.
pub fn times(factor: f64) -> String {
    if factor >= 99_999.0 { ">99999x".into() } else { format!("{}x", rounded(factor, 3)) }
}

/// A whole number of things: `1 round`, `2 rounds`.
pub fn count(number: impl Display, one: &str, many: &str) -> String {
    let number = thousands(number);
    let word = if number == "1" { one } else { many };
    format!("{number} {word}")
}

/// A whole number from 0 on: `9,960`.
pub fn thousands(number: impl Display) -> String {
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

/// The first few names in backticks, and how many more there are.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let first: Vec<_> = names.by_ref().take(NAMED).map(|name| format!("`{name}`")).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {} more", first.join(", "), thousands(more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_have_a_sign_and_never_a_negative_zero() {
        let shown: Vec<_> = [-0.121, 0.0004, -0.0004, 0.05, 12.0, f64::MAX].into_iter().map(percent).collect();
        assert_eq!(shown, ["-12.1 %", "0.0 %", "0.0 %", "+5.0 %", "+1200 %", "above +99999 %"]);
        let narrow: Vec<_> = [-0.121, -0.0004, 0.05, 0.9999, f64::MAX].into_iter().map(narrow_percent).collect();
        assert_eq!(narrow, ["-12.1%", "0.0%", "+5.0%", "+100%", ">+9999%"]);
        assert_eq!([unsigned_percent(0.05), unsigned_percent(-0.125)], ["5 %", "12.5 %"]);
    }

    #[test]
    fn a_value_beside_another_has_its_unit_unless_that_makes_it_long() {
        let beside = |value: f64| {
            let [other, value] = [4.0 * 1_073_741_824.0, value].map(|value| Finite::try_from(value).unwrap());
            amount_beside(other, value, Unit::BytesPerSecond)
        };
        assert_eq!([beside(4.18 * 1_073_741_824.0), beside(1.0)], ["4.18", "1.00 B/s"]);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1000, 9960, 1_234_567].into_iter().map(thousands).collect();
        assert_eq!(shown, ["0", "999", "1,000", "9,960", "1,234,567"]);
    }

    #[test]
    fn long_lists_are_counted() {
        assert_eq!(list(["a", "b"]), "`a`, `b`");
        assert_eq!(list(["a"; 7]), "`a`, `a`, `a`, `a`, `a` and 2 more");
    }
}
