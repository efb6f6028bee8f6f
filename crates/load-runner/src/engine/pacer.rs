//! Time: one clock for the whole run, and waiting for a moment more exactly than tokio's wheel of 1 ms can.
//! Must not know: what is due then.

use std::time::{Duration, Instant};

/// The clock of a run: ns since the first phase began, 0 before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
    #[cfg(target_os = "linux")]
    monotonic: rustix::time::Timespec,
}

impl Clock {
    /// A clock whose zero lies `ahead` of now.
    pub(crate) fn starting_in(ahead: Duration) -> Self {
        Self {
            epoch: Instant::now() + ahead,
            #[cfg(target_os = "linux")]
            monotonic: timer::after(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic), ahead),
        }
    }

    /// The zero.
    pub(crate) const fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Now, in ns.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(Instant::now().saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }

    /// A moment as others name it.
    pub(crate) fn instant(&self, at: u64) -> Instant {
        self.epoch + Duration::from_nanos(at)
    }
}

#[cfg(target_os = "linux")]
mod timer {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::Clock;

    pub(super) fn after(time: Timespec, ahead: Duration) -> Timespec {
        let nanos = time.tv_nsec + i64::from(ahead.subsec_nanos());
        let seconds = time.tv_sec + i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX / 2);
        Timespec { tv_sec: seconds + nanos / 1_000_000_000, tv_nsec: nanos % 1_000_000_000 }
    }

    /// So much earlier the timer is set after it was late, in ns.
    const EARLIER: u64 = 8_000;
    /// So much later it is set after it was not, in ns: it comes to be late once in nine times.
    const LATER: u64 = 1_000;
    /// It is set so much earlier at most, in ns.
    const EARLIEST: u64 = 100_000;
    /// And by such a part of the wait at most: whoever looks at the clock takes the processor from others.
    const PART: u64 = 8;

    /// Waits by a kernel timer set to absolute times (`timerfd_settime(2)`), so that no lateness adds up. A processor that sleeps takes tens
    /// of microseconds to wake, so the timer is set as much earlier as it was late lately, and the rest is waited for by looking at the clock.
    #[derive(Debug)]
    pub(crate) struct Pacer {
        clock: Clock,
        timer: AsyncFd<OwnedFd>,
        /// How much earlier it is set, in ns.
        ahead: u64,
    }

    impl Pacer {
        /// Must be called on the runtime that will wait.
        ///
        /// # Errors
        /// The system has no descriptor or timer left.
        #[expect(
            deprecated,
            reason = "unsound for descriptors that may be closed meanwhile; an owned one is not, and its successor is an unsafe function"
        )]
        pub(crate) fn new(clock: Clock) -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK.union(TimerfdFlags::CLOEXEC))?;
            Ok(Self { clock, timer: AsyncFd::with_interest(timer, Interest::READABLE)?, ahead: 0 })
        }

        /// Waits until `at`; not at all when it is past.
        pub(crate) async fn until(&mut self, at: u64) {
            if self.clock.now() >= at {
                return;
            }
            // What is to be sent goes first: setting the timer takes longer.
            tokio::task::yield_now().await;
            let now = self.clock.now();
            if now < at {
                self.sleep(at - self.ahead.min((at - now) / PART)).await;
                let late = self.clock.now() > at;
                self.ahead = if late { (self.ahead + EARLIER).min(EARLIEST) } else { self.ahead.saturating_sub(LATER) };
            }
            while self.clock.now() < at {
                // Answers that come meanwhile are taken.
                tokio::task::yield_now().await;
            }
        }

        /// Where the system refuses the timer, tokio's own serves.
        async fn sleep(&self, until: u64) {
            while self.clock.now() < until {
                if self.tick(until).await.is_err() {
                    tokio::time::sleep_until(self.clock.instant(until).into()).await;
                }
            }
        }

        async fn tick(&self, at: u64) -> io::Result<()> {
            let it_value = after(self.clock.monotonic, Duration::from_nanos(at));
            let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
            // Setting the timer also takes back an expiry that was not read.
            timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::ABSTIME, &Itimerspec { it_interval, it_value })?;
            self.timer.readable().await?.clear_ready();
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod timer {
    use std::io;
    use std::time::Duration;

    use super::Clock;

    /// Waits by tokio's timer until shortly before, and then by looking at the clock: exact, for more processor time.
    #[derive(Debug)]
    pub(crate) struct Pacer(Clock);

    impl Pacer {
        /// As on Linux.
        pub(crate) fn new(clock: Clock) -> io::Result<Self> {
            Ok(Self(clock))
        }

        /// Waits until `at`; not at all when it is past.
        pub(crate) async fn until(&mut self, at: u64) {
            let early = self.0.instant(at).checked_sub(Duration::from_millis(2));
            if let Some(early) = early {
                tokio::time::sleep_until(early.into()).await;
            }
            while self.0.now() < at {
                tokio::task::yield_now().await;
            }
        }
    }
}

pub(crate) use timer::Pacer;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_wakes_before_the_moment_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = Clock::starting_in(Duration::from_millis(3));
            let mut pacer = Pacer::new(clock).unwrap();
            // Backwards, too: a moment that is past is not waited for.
            let uneven = [0, 1_000_000, 1_050_000, 7_000_000, 2_000_000, 7_300_000];
            // As often as it takes to learn how late the timer is.
            let even = (1..400).map(|nth| 8_000_000 + nth * 500_000);
            for at in uneven.into_iter().chain(even) {
                pacer.until(at).await;
                assert!(clock.now() >= at);
            }
        });
    }
}
