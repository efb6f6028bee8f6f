//! Names for new rows: rising numbers, so that an index grows at its end, started from the clock so that two services on one
//! database do not meet.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Low bits that count within a millisecond; a random start keeps two services apart.
const COUNTER_BITS: u32 = 21;

/// Gives out numbers that rise within the process.
#[derive(Debug)]
pub(crate) struct Ids {
    last: AtomicI64,
    salt: i64,
}

impl Ids {
    /// `salt`: random bits of this process.
    pub(crate) fn new(salt: u32) -> Self {
        Self { last: AtomicI64::new(0), salt: i64::from(salt) & ((1 << COUNTER_BITS) - 1) }
    }

    /// The next number: positive, larger than all before.
    pub(crate) fn next(&self) -> i64 {
        let fresh = (now_ms() << COUNTER_BITS) | self.salt;
        let step = |last: i64| Some(fresh.max(last.saturating_add(1)));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|same| same);
        fresh.max(last.saturating_add(1))
    }

    /// `prefix-` and the next number as 16 hexadecimal digits.
    pub(crate) fn name(&self, prefix: &str) -> String {
        format!("{prefix}-{:016x}", self.next())
    }
}

/// Milliseconds since 1970 (UTC). For stamps in rows only, never for durations.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_differ_between_processes() {
        let (one, two) = (Ids::new(5), Ids::new(6));
        let mut last = 0;
        for _ in 0..10_000 {
            let id = one.next();
            assert!(id > last);
            last = id;
        }
        assert_ne!(one.next(), two.next());
        assert_eq!(two.name("ev").len(), 19);
    }
}
