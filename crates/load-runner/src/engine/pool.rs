//! The connections of one thread to one place, and who waits for one. First come, first served. Must not know: HTTP, or what is waited for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::lane::{Lane, Shared};
use super::pacer::Clock;
use super::recorder::{Place, Ticket};
use super::target::Target;
use crate::scenario::Protocol;

/// Requests at a time on one connection of HTTP/2: what RFC 9113 (6.5.2) asks services to permit at least.
const STREAMS: usize = 100;

/// A request that is to be sent.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) place: Place,
    /// Its number among all requests of the run.
    pub(crate) number: u64,
    pub(crate) ticket: Ticket,
    /// When it began to wait for a connection, if it had to.
    pub(crate) waits_since: Option<u64>,
}

#[derive(Debug)]
enum Waiting {
    Job(Job),
    User(oneshot::Sender<Lane>),
}

/// What becomes of a job.
#[derive(Debug)]
pub(crate) enum Offer {
    /// It is to be sent over this.
    Go(Lane, Job),
    /// It waits.
    Waits,
    /// Too many wait: it is never sent.
    TooMany(Job),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pool {
    target: Arc<Target>,
    clock: Clock,
    most: usize,
    most_waiting: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last is used next, so that few connections serve a low rate.
    idle: Vec<Lane>,
    made: usize,
    shared: Vec<Arc<Shared>>,
    waiting: VecDeque<Waiting>,
    over: bool,
}

impl Pool {
    /// `connections`: at most so many are open. `most_waiting`: at most so many jobs wait.
    pub(crate) fn new(target: Arc<Target>, clock: Clock, connections: usize, most_waiting: usize) -> Self {
        let most = match target.protocol {
            Protocol::Http1 => connections,
            Protocol::Http2 => connections.saturating_mul(STREAMS),
        };
        Self { target, clock, most: most.max(1), most_waiting, state: Mutex::default() }
    }

    /// A lane for the job; without one it waits, if few do.
    pub(crate) fn offer(&self, job: Job) -> Offer {
        let mut state = self.state();
        match self.free(&mut state) {
            Some(lane) => Offer::Go(lane, job),
            None if state.waiting.len() >= self.most_waiting => Offer::TooMany(job),
            None => {
                state.waiting.push_back(Waiting::Job(Job { waits_since: Some(self.clock.now()), ..job }));
                Offer::Waits
            }
        }
    }

    /// A lane, once one is free, and whether it had to be waited for; `None` when the run is over.
    pub(crate) async fn lane(&self) -> Option<(Lane, bool)> {
        let free = {
            let mut state = self.state();
            match self.free(&mut state) {
                Some(lane) => return Some((lane, false)),
                None if state.over => return None,
                None => {
                    let (sender, receiver) = oneshot::channel();
                    state.waiting.push_back(Waiting::User(sender));
                    receiver
                }
            }
        };
        free.await.ok().map(|lane| (lane, true))
    }

    /// A lane is free again: with the job that waited longest it goes on, otherwise it is kept.
    pub(crate) fn done(&self, mut lane: Lane) -> Option<(Lane, Job)> {
        let mut state = self.state();
        loop {
            match state.waiting.pop_front() {
                Some(Waiting::Job(job)) => return Some((lane, job)),
                Some(Waiting::User(user)) => match user.send(lane) {
                    Ok(()) => return None,
                    Err(back) => lane = back,
                },
                None => {
                    state.idle.push(lane);
                    return None;
                }
            }
        }
    }

    /// The run is over: what still waits is never sent.
    pub(crate) fn over(&self) {
        let mut state = self.state();
        state.over = true;
        state.waiting.clear();
    }

    fn free(&self, state: &mut State) -> Option<Lane> {
        if state.over {
            return None;
        }
        if let Some(lane) = state.idle.pop() {
            return Some(lane);
        }
        if state.made >= self.most {
            return None;
        }
        let shared = match self.target.protocol {
            Protocol::Http1 => None,
            Protocol::Http2 => {
                if state.made.is_multiple_of(STREAMS) {
                    state.shared.push(Arc::default());
                }
                state.shared.last().cloned()
            }
        };
        state.made += 1;
        Some(Lane::new(Arc::clone(&self.target), self.clock, shared))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
