//! One thread's share of the load: sends what its share of the schedule makes due, and lets its users go about.
//! Must not know: other threads, but for the count of requests that end a phase early.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Engine;
use super::course::Course;
use super::lane::Lane;
use super::pacer::{Clock, Pacer};
use super::pool::{Job, Offer, Pool};
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

/// So many requests of one thread wait for a connection at most; those that are due beyond are unsent.
const MOST_WAITING: usize = 100_000;

/// The end of a phase, as one thread saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) at: u64,
    /// Whether it ended by itself.
    pub(crate) whole: bool,
}

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
        let regions = engine.targets.len().max(1);
        let lanes = regions * threads;
        // Shares that add up to what is permitted; there is at least one for every pool, or the run was refused. What is left over goes
        // where users are dealt first.
        let share = |region: usize| {
            let part = index * regions + region;
            let connections = engine.scenario.connections as usize;
            connections / lanes + usize::from(part < connections % lanes)
        };
        let pool = |(region, target): (usize, &Arc<_>)| {
            Pool::new(Arc::clone(target), clock, share(region), MOST_WAITING / regions)
        };
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
        let mut whole = true;
        for (index, phase) in self.engine.scenario.phases.iter().enumerate() {
            if !whole || !self.reach(&mut pacer, start).await {
                whole = false;
                break;
            }
            if self.index == 0 {
                course.begins(index, start);
            }
            let ended = match &phase.model {
                Model::Open(arrivals) => self.open(&mut pacer, index, phase, *arrivals, start).await,
                Model::Closed(users) => users::closed(self, &mut pacer, (index, phase), *users, start, course).await,
            };
            Ended { at: start, whole } = ended;
            if self.index == 0 {
                course.ends(start);
            }
        }
        if !whole {
            course.cut();
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

    /// An open phase: what is due is sent, or waits for a connection. What is late is sent at once; nothing is left out.
    async fn open(
        self: &Arc<Self>,
        pacer: &mut Pacer,
        index: usize,
        phase: &Phase,
        arrivals: Arrivals,
        start: u64,
    ) -> Ended {
        let seed = Random::part(self.engine.seed, index as u64);
        let schedule = Schedule::new(arrivals, phase.duration, seed);
        let end = start + nanos(phase.duration);
        let mut at_once = 0;
        for (number, due) in (0..).zip(schedule).filter(|(number, _)| self.is_mine(*number)) {
            let due = start + due;
            let mut now = self.clock.now();
            if now < due {
                if !self.reach(pacer, due).await {
                    return Ended { at: self.clock.now().min(end), whole: false };
                }
                (at_once, now) = (0, self.clock.now());
            }
            at_once += 1;
            if at_once % BREATH == 0 {
                tokio::task::yield_now().await;
                // Whoever is late does not come to wait, and is to stop all the same.
                if self.engine.interrupt.is_set() {
                    return Ended { at: self.clock.now().min(end), whole: false };
                }
            }
            self.arrive(index, number_in(index, number), due, now);
        }
        let whole = self.reach(pacer, end).await;
        Ended { at: if whole { end } else { self.clock.now().min(end) }, whole }
    }

    fn arrive(self: &Arc<Self>, phase: usize, number: u64, due: u64, now: u64) {
        let place = self.place(phase, number);
        let ticket = self.recorder().offered(place, due, now);
        let Some(pool) = self.pools.get(place.region) else { return };
        match pool.offer(Job { place, number, ticket, waits_since: None }) {
            Offer::Go(lane, job) => drop(tokio::spawn(carry(Arc::clone(self), lane, job))),
            Offer::Waits => {}
            Offer::TooMany(job) => self.recorder().turned_away(job.ticket),
        }
    }

    /// Whether a request or user, by its number in the phase, is this thread's: numbers are dealt in rounds of all regions, so that each
    /// thread meets every region.
    pub(crate) fn is_mine(&self, number: u64) -> bool {
        let regions = self.pools.len().max(1) as u64;
        number / regions % self.threads == self.index
    }

    pub(crate) fn place(&self, phase: usize, number: u64) -> Place {
        let regions = self.pools.len().max(1) as u64;
        Place { phase, request: self.engine.exchanges.draw(phase, number), region: (number % regions) as usize }
    }

    /// Waits for what is under way, for a while; the rest is unsent or in flight.
    async fn last_answers(&self) {
        let grace = if self.engine.interrupt.is_set() { CUT_GRACE } else { GRACE };
        let limit = self.clock.now() + nanos(grace.min(self.engine.scenario.timeout));
        while self.clock.now() < limit && !self.recorder().is_idle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // From here on nothing is awaited: no task sends anything more.
        self.pools.iter().for_each(Pool::over);
        let now = self.clock.now();
        self.recorder().over(now);
    }
}

/// Sends a request, and then those that waited for its connection.
pub(crate) async fn carry(shard: Arc<Shard>, mut lane: Lane, mut job: Job) {
    loop {
        let region = job.place.region;
        send(&shard, &mut lane, job).await;
        match shard.pools.get(region).and_then(|pool| pool.done(lane)) {
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
