//! Faults switched on through `/faults`, so that a load run can be shown to notice them. Owns what is on and the memory leaked on
//! purpose; `server` applies them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The faults and their strength; the zero of each is off. Absent keys are off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FaultSet {
    /// Milliseconds of each `stall_every_ms` in which nothing is answered.
    pub(crate) stall_ms: u64,
    /// Milliseconds from the start of one stall to the next, counted from the moment the fault was switched on. 0: one stall, at once.
    pub(crate) stall_every_ms: u64,
    /// Share of answers turned into 500, 0 to 1.
    pub(crate) error_rate: f64,
    /// Bytes kept for ever per request.
    pub(crate) leak_bytes: usize,
    /// Every look into a cache misses.
    pub(crate) cache_off: bool,
    /// Share of answers after which the connection is closed without a word, 0 to 1.
    pub(crate) close_rate: f64,
    /// Milliseconds added to each answer.
    pub(crate) slow_ms: u64,
    /// The upstream service cannot be reached.
    pub(crate) dependency_cut: bool,
}

impl FaultSet {
    fn check(&self) -> Result<(), ApiError> {
        for (name, share) in [("error_rate", self.error_rate), ("close_rate", self.close_rate)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(ApiError::BadInput(format!("{name} is a share from 0 to 1")));
            }
        }
        if self.leak_bytes > 1 << 20 {
            return Err(ApiError::BadInput("leak_bytes is at most 1 MiB per request".to_owned()));
        }
        if self.slow_ms > 60_000 || self.stall_ms > 60_000 {
            return Err(ApiError::BadInput("slow_ms and stall_ms are at most 60000".to_owned()));
        }
        Ok(())
    }

    /// How much longer a request that comes `since` the faults were set must wait for a stall to end.
    fn stall_left(&self, since: Duration) -> Duration {
        let stall = Duration::from_millis(self.stall_ms);
        let into = match self.stall_every_ms {
            0 => since,
            every => {
                Duration::from_nanos(u64::try_from(since.as_nanos() % (u128::from(every) * 1_000_000)).unwrap_or(0))
            }
        };
        stall.saturating_sub(into)
    }
}

/// The faults of this process.
#[derive(Debug)]
pub(crate) struct Faults {
    set: RwLock<(FaultSet, Instant)>,
    /// Requests counted per kind of share, so that a rate of 0.5 is every second request and not a matter of luck.
    errors: AtomicU64,
    closes: AtomicU64,
    leaked: Mutex<Vec<Vec<u8>>>,
}

impl Faults {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            set: RwLock::new((FaultSet::default(), now)),
            errors: AtomicU64::new(0),
            closes: AtomicU64::new(0),
            leaked: Mutex::default(),
        }
    }

    /// What is on.
    pub(crate) fn current(&self) -> FaultSet {
        self.set.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Replaces what is on; a stall starts its rhythm at `now`.
    ///
    /// # Errors
    /// A value is out of its range; then nothing changes.
    pub(crate) fn switch(&self, set: FaultSet, now: Instant) -> Result<(), ApiError> {
        set.check()?;
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = (set, now);
        self.errors.store(0, Ordering::Relaxed);
        self.closes.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Switches all off and gives leaked memory back.
    pub(crate) fn reset(&self, now: Instant) {
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = (FaultSet::default(), now);
        *self.leaked.lock().unwrap_or_else(PoisonError::into_inner) = Vec::new();
    }

    pub(crate) fn cache_off(&self) -> bool {
        self.current().cache_off
    }

    pub(crate) fn dependency_cut(&self) -> bool {
        self.current().dependency_cut
    }

    /// How long an answer due at `now` has to wait for a stall to end.
    pub(crate) fn stall_left(&self, now: Instant) -> Duration {
        let (set, since) = *self.set.read().unwrap_or_else(PoisonError::into_inner);
        set.stall_left(now.saturating_duration_since(since))
    }

    /// Whether this answer is to be a 500.
    pub(crate) fn errs(&self) -> bool {
        hits(self.current().error_rate, &self.errors)
    }

    /// Whether the connection is to be closed after this answer.
    pub(crate) fn closes(&self) -> bool {
        hits(self.current().close_rate, &self.closes)
    }

    /// Keeps the bytes the leak asks for.
    pub(crate) fn leak(&self) {
        let bytes = self.current().leak_bytes;
        if bytes > 0 {
            // Written, not only reserved: memory never touched is not resident.
            self.leaked.lock().unwrap_or_else(PoisonError::into_inner).push(vec![0xa5; bytes]);
        }
    }
}

/// Spreads `share` evenly: the n-th request is hit when `n * share` passes a whole number.
fn hits(share: f64, counter: &AtomicU64) -> bool {
    if share <= 0.0 {
        return false;
    }
    let number = counter.fetch_add(1, Ordering::Relaxed) as f64;
    ((number + 1.0) * share).floor() > (number * share).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_spread_evenly() {
        for (share, expected) in [(0.0, 0), (0.5, 500), (0.01, 10), (1.0, 1000)] {
            let counter = AtomicU64::new(0);
            let hit = (0..1000).filter(|_| hits(share, &counter)).count();
            assert_eq!(hit, expected, "share {share}");
        }
    }

    #[test]
    fn a_stall_takes_its_part_of_each_period() {
        let set = FaultSet { stall_ms: 500, stall_every_ms: 5000, ..FaultSet::default() };
        for (at, left) in [(0, 500), (100, 400), (499, 1), (500, 0), (4999, 0), (5000, 500), (10_250, 250)] {
            assert_eq!(set.stall_left(Duration::from_millis(at)), Duration::from_millis(left), "at {at} ms");
        }
        let once = FaultSet { stall_ms: 500, ..FaultSet::default() };
        assert_eq!(once.stall_left(Duration::from_millis(200)), Duration::from_millis(300));
        assert_eq!(once.stall_left(Duration::from_millis(5000)), Duration::ZERO);
    }

    #[test]
    fn a_share_above_one_is_refused_and_changes_nothing() {
        let faults = Faults::new(Instant::now());
        for bad in [1.5, -0.1, f64::NAN] {
            assert!(faults.switch(FaultSet { error_rate: bad, ..FaultSet::default() }, Instant::now()).is_err());
        }
        assert_eq!(faults.current(), FaultSet::default());
    }
}
