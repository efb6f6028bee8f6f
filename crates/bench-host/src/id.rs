//! Ids of new runs.

use std::time::{SystemTime, UNIX_EPOCH};

use bench_model::RunId;
use bench_model::time::Timestamp;

/// A new run's id: `<time>-<commit>-<number>`, the number from this process and the clock.
pub fn new_run_id(commit: Option<&str>) -> RunId {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    let number = (nanos ^ std::process::id().rotate_left(7)) & 0xffff;
    let text = format!("{}-{}-{number:04x}", Timestamp::now().compact(), commit.unwrap_or("nogit"));
    text.parse().unwrap_or_else(|_| new_run_id(None))
}
