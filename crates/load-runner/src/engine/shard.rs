//! One thread's share of the load: sends what its share of the schedule makes due, and lets its users go about.
//! Must not know: other threads, but for the count of requests that end a phase early.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Engine;
use super::course::Course;
use super::lane::Lane;
use super::pacer::{Clock, Pacer};
use super::pool::{Job, Pool};
use super::random::Random;
use super::recorder::{Place, Recorder};
use super::schedule::Schedule;
use super::send::send;
use super::users;
use crate::scenario::{Arrivals, Model, Phase};

/// How often a thread that waits looks whether the run is to stop, in ns.
pub(crate) const LOOK: u64 = 50_000_000;
/// So many late requests are sent before answers are looked at again.
const BREATH: u32 = 64;
/// How long is waited for answers at the end, at most; and at most as long as one may take.
const GRACE: Duration = Duration::from_secs(5);
/// The same, when the run is cut.
const CUT_GRACE: Duration = Duration::from_millis(500);

/// What the tasks of one thread share.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Clock,
    /// One for each region.
    pub(crate) pools: Vec<Pool>,
    recorder: Mutex<Recorder>,
    /// Which thread this is, from 0.
    pub(crate) index: u64,
    pub(crate) threads: u64,
}

impl Shard {
    pub(crate) fn new(engine: &Arc<Engine>, clock: Clock, index: usize, window: u64) -> Self {
        let threads = engine.threads.max(1);
        let lanes = engine.targets.len().max(1) * threads;
        // Shares that add up to what is permitted; every pool needs one connection.
        let share = |region: usize| {
            let part = region * threads + index;
            let connections = engine.scenario.connections as usize;
            (connections / lanes + usize::from(part < connections % lanes)).max(1)
        };
        let pool = |(region, target): (usize, &Arc<_>)| Pool::new(Arc::clone(target), clock, share(region));
        let warm_ups = engine.scenario.phases.iter().map(|phase| phase.warm_up);
        Self {
            clock,
            pools: engine.targets.iter().enumerate().map(pool).collect(),
            recorder: Mutex::new(Recorder::new(engine.shape(), window, warm_ups.collect())),
            engine: Arc::clone(engine),
            index: index as u64,
            threads: threads as u64,
        }
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        // Nothing panics while it holds the lock.
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_recorder(self) -> Recorder {
        self.recorder.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs all phases, and waits for the last answers.
    ///
    /// # Errors
    /// The system has no timer left.
    pub(crate) async fn run(self: &Arc<Self>, course: &Course) -> io::Result<()> {
        let mut pacer = Pacer::new(self.clock)?;
        // The clock stands at 0 until the first phase begins.
        pacer.until(1).await;
        let mut start = 0;
        for (index, phase) in self.engine.scenario.phases.iter().enumerate() {
            if !self.reach(&mut pacer, start).await {
                break;
            }
            if self.index == 0 {
                course.begins(index, start);
            }
            start = match &phase.model {
                Model::Open(arrivals) => self.open(&mut pacer, index, phase, *arrivals, start).await,
                Model::Closed(users) => users::closed(self, &mut pacer, (index, phase), *users, start, course).await,
            };
            if self.index == 0 {
                course.ends(start);
            }
        }
        self.last_answers().await;
        Ok(())
    }

    /// Waits until `at`; false when the run is to stop.
    pub(crate) async fn reach(&self, pacer: &mut Pacer, at: u64) -> bool {
        loop {
            if self.engine.interrupt.is_set() {
                return false;
            }
            let now = self.clock.now();
            if now >= at {
                return true;
            }
            pacer.until(at.min(now + LOOK)).await;
        }
    }

    /// An open phase: what is due is sent, or waits for a connection. What is late is sent at once; nothing is left out. Returns its end.
    async fn open(
        self: &Arc<Self>,
        pacer: &mut Pacer,
        index: usize,
        phase: &Phase,
        arrivals: Arrivals,
        start: u64,
    ) -> u64 {
        let seed = Random::part(self.engine.seed, index as u64);
        let mine = |number: &u64| number % self.threads == self.index;
        let schedule = Schedule::new(arrivals, phase.duration, seed);
        let mut at_once = 0;
        for (number, due) in (0..).zip(schedule).filter(|(number, _)| mine(number)) {
            let due = start + due;
            let mut now = self.clock.now();
            if now < due {
                if !self.reach(pacer, due).await {
                    return self.clock.now();
                }
                (at_once, now) = (0, self.clock.now());
            }
            at_once += 1;
            if at_once % BREATH == 0 {
                tokio::task::yield_now().await;
            }
            self.arrive(index, number_in(index, number), due, now);
        }
        let end = start + nanos(phase.duration);
        if self.reach(pacer, end).await { end } else { self.clock.now().min(end) }
    }

    fn arrive(self: &Arc<Self>, phase: usize, number: u64, due: u64, now: u64) {
        let place = self.place(phase, number);
        self.recorder().offered(place, due, now);
        let job = Job { place, number, due: Some(due), waits_since: None };
        if let Some(lane) = self.pools.get(place.region).and_then(|pool| pool.offer(job)) {
            drop(tokio::spawn(carry(Arc::clone(self), lane, job)));
        }
    }

    pub(crate) fn place(&self, phase: usize, number: u64) -> Place {
        let regions = self.pools.len().max(1) as u64;
        Place { phase, request: self.engine.exchanges.draw(phase, number), region: (number % regions) as usize }
    }

    /// Waits for what is under way, for a while; the rest is unsent or in flight.
    async fn last_answers(&self) {
        let grace = if self.engine.interrupt.is_set() { CUT_GRACE } else { GRACE };
        let limit = self.clock.now() + nanos(grace.min(self.engine.scenario.timeout));
        let drained = || self.recorder().totals().in_flight == 0 && self.pools.iter().all(Pool::is_drained);
        while self.clock.now() < limit && !drained() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let now = self.clock.now();
        let unsent = self.pools.iter().flat_map(Pool::over).collect::<Vec<_>>();
        let mut recorder = self.recorder();
        for job in unsent {
            recorder.unsent(job.place, job.due.unwrap_or(now), now);
        }
        recorder.over(now);
    }
}

/// Sends a request, and then those that waited for its connection.
pub(crate) async fn carry(shard: Arc<Shard>, mut lane: Lane, mut job: Job) {
    loop {
        send(&shard, &mut lane, job).await;
        match shard.pools.get(job.place.region).and_then(|pool| pool.done(lane)) {
            Some(next) => (lane, job) = next,
            None => return,
        }
    }
}

/// The number of a request, unique in the run, and the same in every run of the plan.
pub(crate) const fn number_in(phase: usize, number: u64) -> u64 {
    ((phase as u64) << 40) | number
}

/// A length of time in ns.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
