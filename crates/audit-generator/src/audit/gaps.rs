//! Days without a run.
//! Must not know: what a run measured.

use std::collections::BTreeSet;

use bench_model::audit::Gap;
use bench_model::time::Timestamp;

use crate::Months;
use crate::period::{LONG_GAP, day_of, day_text};

/// The gaps of a period: days without a run, seven or more in a row. The days before the first run of all do not count, nor those
/// after `generated`.
pub(super) fn gaps(run_days: &BTreeSet<i64>, period: Months, generated: Timestamp) -> Vec<Gap> {
    let Some(first) = run_days.first() else { return Vec::new() };
    let mut next = day_of(period.start()).max(*first);
    let end = day_of(period.end()).min(day_of(generated));
    let mut gaps = Vec::new();
    for day in run_days.range(next..).copied().take_while(|day| *day < end).chain([end]) {
        if day - next >= LONG_GAP {
            let days = u32::try_from(day - next).unwrap_or(u32::MAX);
            gaps.push(Gap { first: day_text(next), last: day_text(day - 1), days });
        }
        next = next.max(day + 1);
    }
    gaps
}
