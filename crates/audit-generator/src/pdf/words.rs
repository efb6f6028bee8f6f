//! Numbers, times and ids as the report writes them. Must not know what they belong to.

use bench_cli::words::{count, thousands, times};
use bench_model::Finite;
use bench_model::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// An enumeration's word as files write it, with spaces.
pub(super) fn word(value: &impl Serialize) -> String {
    let text = serde_json::to_value(value).ok();
    text.as_ref().and_then(Value::as_str).unwrap_or_default().replace('_', " ")
}

pub(super) fn lines(seqs: &[u64]) -> String {
    seqs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

pub(super) fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn large(number: u64) -> String {
    thousands(size(number))
}

pub(super) fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

pub(super) fn second(time: Timestamp) -> String {
    time.to_string().replace('T', " ").replace('Z', " UTC")
}

/// Rounded, but 100 % is said of nothing less.
pub(super) fn share(ratio: Finite) -> String {
    let percent = (ratio.get() * 10_000.0).round() / 100.0;
    if percent >= 100.0 && ratio.get() < 1.0 { "99.99 %".into() } else { format!("{percent} %") }
}

/// Rounded, but what missed its floor never looks as if it had met it.
pub(super) fn margin(factor: Finite) -> String {
    if (0.9995..1.0).contains(&factor.get()) { "0.999x".into() } else { times(factor.get()) }
}

pub(super) fn lasting(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => count(size(seconds / 86_400), "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(of: fn(Finite) -> String, value: f64) -> String {
        of(Finite::try_from(value).unwrap())
    }

    #[test]
    fn nothing_short_of_all_is_called_all() {
        let shares = [1.0, 0.999_99, 0.57, 0.0].map(|ratio| shown(share, ratio));
        assert_eq!(shares, ["100 %", "99.99 %", "57 %", "0 %"]);
        let margins = [1.0, 0.9999, 0.9994, 52.345, 0.0312].map(|factor| shown(margin, factor));
        assert_eq!(margins, ["1.00x", "0.999x", "0.999x", "52.3x", "0.0312x"]);
    }

    #[test]
    fn durations_are_in_the_unit_that_fits() {
        assert_eq!([90, 600, 86_400, 950_400].map(lasting), ["90 s", "10 min", "24 h", "11 days"]);
    }
}
