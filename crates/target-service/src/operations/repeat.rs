//! Repeating an operation for a time, on one connection or on several at once, and what comes of it.
//! Must not know: which operation it is.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Figure, OperationsError};

/// The longest latency that is told from longer ones, in nanoseconds: a minute.
const LONGEST: u64 = 60_000_000_000;
/// The part of the time that is spent before anything counts.
const WARM_UP: f64 = 0.1;

/// For how long, on how many connections.
pub(super) struct Repeat<'a> {
    /// For each operation, on each connection.
    pub(super) time: Duration,
    /// The most connections.
    pub(super) connections: u32,
    /// Set when all of it has to end.
    pub(super) stop: &'a AtomicBool,
}

/// What one connection did.
struct Tally {
    operations: u64,
    elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Repeat<'_> {
    /// Repeats a call of `per_call` operations on each of these connections at once. A call fails with its first wrong answer.
    ///
    /// # Errors
    /// The first error of any call, or [`OperationsError::Interrupted`].
    pub(super) fn figure<C: Send>(
        &self,
        name: String,
        per_call: u32,
        connections: &mut [C],
        call: impl Fn(&mut C) -> Result<(), OperationsError> + Sync,
    ) -> Result<Figure, OperationsError> {
        let barrier = Barrier::new(connections.len());
        let tallies: Vec<_> = match connections {
            // Nothing to wait for, and no thread to start.
            [only] => vec![self.tally(per_call, &barrier, || call(only))],
            several => thread::scope(|scope| {
                let (barrier, call) = (&barrier, &call);
                let running: Vec<_> = several
                    .iter_mut()
                    .map(|connection| scope.spawn(move || self.tally(per_call, barrier, || call(connection))))
                    .collect();
                let ended = |thread: thread::ScopedJoinHandle<'_, _>| {
                    thread.join().unwrap_or_else(|_| Err(OperationsError::System("a thread ended early".into())))
                };
                running.into_iter().map(ended).collect()
            }),
        };
        let tallies = tallies.into_iter().collect::<Result<Vec<Tally>, _>>()?;
        let mut all = histogram()?;
        let mut rate = 0.0;
        for Tally { operations, elapsed, latencies } in &tallies {
            rate += *operations as f64 / elapsed.as_secs_f64();
            all.add(latencies).map_err(|error| OperationsError::System(error.to_string()))?;
        }
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(OperationsError::System(format!("no {name} ended within the time")));
        }
        let [p50, p95, p99] = [0.50, 0.95, 0.99].map(|quantile| all.value_at_quantile(quantile));
        Ok(Figure { name, rate, p50, p95, p99 })
    }

    fn tally(
        &self,
        per_call: u32,
        barrier: &Barrier,
        mut call: impl FnMut() -> Result<(), OperationsError>,
    ) -> Result<Tally, OperationsError> {
        let mut latencies = histogram()?;
        // A connection that fails early must not keep the others waiting.
        let warm = self.warm_up(&mut call);
        barrier.wait();
        warm?;
        let mut operations = 0;
        let begun = Instant::now();
        let mut before = begun;
        while before.duration_since(begun) < self.time {
            self.going()?;
            call()?;
            let after = Instant::now();
            let took = u64::try_from(after.duration_since(before).as_nanos()).unwrap_or(LONGEST);
            latencies.saturating_record(took.clamp(1, LONGEST));
            operations += u64::from(per_call);
            before = after;
        }
        Ok(Tally { operations, elapsed: begun.elapsed(), latencies })
    }

    fn warm_up(&self, call: &mut impl FnMut() -> Result<(), OperationsError>) -> Result<(), OperationsError> {
        let begun = Instant::now();
        while begun.elapsed() < self.time.mul_f64(WARM_UP) {
            self.going()?;
            call()?;
        }
        Ok(())
    }

    /// # Errors
    /// [`OperationsError::Interrupted`] when all of it has to end.
    pub(super) fn going(&self) -> Result<(), OperationsError> {
        if self.stop.load(Ordering::Relaxed) { Err(OperationsError::Interrupted) } else { Ok(()) }
    }
}

fn histogram() -> Result<Histogram<u64>, OperationsError> {
    Histogram::new_with_bounds(1, LONGEST, 3).map_err(|error| OperationsError::System(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(stop: &AtomicBool) -> Repeat<'_> {
        Repeat { time: Duration::from_millis(30), connections: 4, stop }
    }

    #[test]
    fn operations_of_all_connections_are_added_and_each_of_a_batch_counts() {
        let stop = AtomicBool::new(false);
        let sleep = |_: &mut u64| {
            thread::sleep(Duration::from_millis(3));
            Ok(())
        };
        let figure =
            |connections: usize| repeat(&stop).figure("a/b".into(), 100, &mut vec![0_u64; connections], sleep).unwrap();
        let (one, four) = (figure(1), figure(4));
        // At most one call in 3 ms on each connection, however slow the machine is.
        assert!(one.rate > 0.0 && one.rate <= 100.0 / 0.003, "{one:?}");
        assert!(four.rate > 0.0 && four.rate <= 400.0 / 0.003, "{four:?}");
        assert!(one.p50 >= 3_000_000 && one.p50 <= one.p95 && one.p95 <= one.p99, "{one:?}");
    }

    #[test]
    fn a_connection_that_fails_ends_all_and_keeps_none_waiting() {
        let stop = AtomicBool::new(false);
        let mut connections = [false, true, false];
        let fail = |fails: &mut bool| match fails {
            true => Err(OperationsError::Wrong { server: "it", what: "no".into() }),
            false => Ok(()),
        };
        let error = repeat(&stop).figure("a/b".into(), 1, &mut connections, fail).unwrap_err();
        assert!(matches!(error, OperationsError::Wrong { .. }), "{error}");
    }

    #[test]
    fn it_ends_when_it_is_told_to() {
        let stop = AtomicBool::new(false);
        let told = |_: &mut ()| {
            stop.store(true, Ordering::Relaxed);
            Ok(())
        };
        let long = Repeat { time: Duration::from_secs(3600), connections: 1, stop: &stop };
        let error = long.figure("a/b".into(), 1, &mut [()], told).unwrap_err();
        assert!(matches!(error, OperationsError::Interrupted), "{error}");
    }
}
