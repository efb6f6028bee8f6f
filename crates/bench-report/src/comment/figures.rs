//! Numbers as a reviewer reads them. Must not know what they belong to.

use bench_model::perf::Interval;
use bench_model::{Finite, words};

pub(super) use bench_model::words::{amount, count, thousands};

/// A change with its sign: `-12.1 %`.
pub(super) fn percent(ratio: Finite) -> String {
    words::percent(ratio.get())
}

/// A size without sign: `5 %`, `12.5 %`.
pub(super) fn size(ratio: Finite) -> String {
    words::unsigned_percent(ratio.get())
}

/// An interval of changes: `+4.7 to +14.8 %`.
pub(super) fn range(interval: Interval) -> String {
    let lower = percent(interval.lower);
    format!("{} to {}", lower.strip_suffix(" %").unwrap_or(&lower), percent(interval.upper))
}

/// A factor: `56.6x`.
pub(super) fn times(factor: Finite) -> String {
    words::times(factor.get())
}
