//! A known delay, planted from outside into any process: it is stopped for slices so short that every sample of a harness
//! gets its share. Must not know: what runs, or what is made of its times.
//!
//! What a stop really costs cannot be read off the signals: to stop and to wake up takes a process tens of microseconds more,
//! and where others compete for the processor it loses its turn. So the delay is measured on whole processes: the time that
//! one takes for each second of work, with stops against without. What it sleeps by itself is in both and cancels. Of all
//! rounds the median counts, because others' work falls on one side or the other by chance.

use std::time::{Duration, Instant};

use bench_model::Finite;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::child::{LOOK, Scheduled};
use crate::harness::Took;

/// The shortest slice. Stopping and waking up cost 10 to 50 us more, which must stay the smaller part.
const SHORTEST: Duration = Duration::from_micros(150);

/// A delay as large as the running time comes in slices of this length; a smaller one in proportion.
const PERIOD: Duration = Duration::from_millis(1);

/// How long the system is asked whether the process has stopped: one that waits for a processor does not stop before it
/// gets one.
const PATIENCE: Duration = Duration::from_millis(5);

/// The longest that waking up is taken to last, which a stop costs, too. Beyond it a process sleeps by itself.
const WAKING: Duration = Duration::from_micros(100);

/// How long asking does without a pause.
const SPIN: Duration = Duration::from_micros(200);

/// A pause between two questions.
const NAP: Duration = Duration::from_micros(50);

/// A delay with what became of it.
#[derive(Debug)]
pub(super) struct Plant {
    asked: f64,
    /// Of each pair of processes.
    delays: Vec<f64>,
}

/// One process that is slowed down.
#[derive(Debug)]
pub(super) struct Slowed<'a> {
    plant: &'a Plant,
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    at: Instant,
    /// When it last stood still, and what the scheduler had counted then; the beginning at first.
    seen: Instant,
    counted: Option<Scheduled>,
    /// How long it was kept from running until then.
    delayed: Duration,
}

impl Plant {
    /// A delay of `asked` times the running time, above 0.
    pub(super) fn new(asked: f64) -> Self {
        // Pauses end up to 50 us late by default, which is as long as a slice.
        #[cfg(target_os = "linux")]
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
        Self { asked, delays: Vec::new() }
    }

    /// Notes what the processes of a pair took.
    pub(super) fn ended(&mut self, base: Took, head: Took) {
        let ratio = |took: Took| took.time.as_secs_f64() / took.working.as_secs_f64();
        let delay = ratio(head) / ratio(base) - 1.0;
        // One that did no work at all tells nothing.
        self.delays.extend(Some(delay).filter(|delay| delay.is_finite()));
    }

    /// The delay so far: how much longer head took for the same work, the median of all pairs; 0 while there is none.
    pub(super) fn measured(&self) -> Finite {
        let mut delays = self.delays.clone();
        delays.sort_by(f64::total_cmp);
        let half = delays.len() / 2;
        let middle = delays.get(delays.len().saturating_sub(1) / 2).zip(delays.get(half));
        let median = middle.map_or(0.0, |(low, high)| (low + high) / 2.0);
        Finite::try_from(median.max(0.0)).unwrap_or_default()
    }

    /// Begins with a process that is about to start.
    pub(super) fn slow(&self) -> Slowed<'_> {
        Slowed { plant: self, begun: None }
    }

    fn slice(&self) -> Duration {
        PERIOD.mul_f64(self.asked.min(1.0)).max(SHORTEST)
    }
}

impl Slowed<'_> {
    /// Stops the process when it is due; returns when to look again.
    pub(super) fn look(&mut self, group: Pid) -> Duration {
        let (asked, slice) = (self.plant.asked, self.plant.slice());
        let now = Instant::now();
        let Some(begun) = &mut self.begun else {
            self.begun = Some(Begun { at: now, seen: now, counted: Scheduled::of(group), delayed: Duration::ZERO });
            return slice.div_f64(asked).min(LOOK);
        };
        let running = (now - begun.at).saturating_sub(begun.delayed);
        let owed = running.mul_f64(asked).saturating_sub(begun.delayed);
        if owed < slice {
            return (slice - owed).div_f64(asked).min(LOOK);
        }
        // Never much longer than a slice at once: what was missed is caught up with step by step.
        begun.stop(group, owed.min(slice * 2));
        slice.div_f64(asked).min(LOOK)
    }
}

impl Begun {
    /// Stops the process group for `slice`.
    fn stop(&mut self, group: Pid, slice: Duration) {
        let sent = Instant::now();
        if kill_process_group(group, Signal::STOP).is_err() {
            return;
        }
        let mut confirmed = None;
        while confirmed.is_none() && sent.elapsed() < PATIENCE {
            match waitid(WaitId::Pid(group), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG) {
                Ok(Some(_)) => confirmed = Some(Instant::now()),
                Ok(None) if sent.elapsed() < SPIN => std::hint::spin_loop(),
                Ok(None) => std::thread::sleep(NAP),
                Err(_) => break,
            }
        }
        let now = confirmed.and_then(|_| Scheduled::of(group));
        while confirmed.is_some() && sent.elapsed() < slice {
            std::hint::spin_loop();
        }
        let last = Instant::now();
        let _ = kill_process_group(group, Signal::CONT);
        let end = Instant::now();
        // One that waited for a processor all the time was not kept from running.
        let Some(confirmed) = confirmed else { return };
        let (least, most) = (last - confirmed, end - sent);
        self.delayed += match (self.counted, now) {
            (Some(before), Some(now)) => {
                let waited = now.waiting.saturating_sub(before.waiting);
                let ran = now.running.saturating_sub(before.running);
                (end - self.seen).saturating_sub(ran + waited).clamp(least, most + WAKING)
            }
            _ => (least + most) / 2,
        };
        self.counted = now;
        self.seen = end;
    }
}
