//! Closed phases: users that each send when the answer before it is there. Must not know: how requests are sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::course::Course;
use super::pacer::Pacer;
use super::pool::Job;
use super::random::Random;
use super::recorder::Step;
use super::schedule::spans;
use super::send::{Sent, send};
use super::shard::{Ended, LOOK, Shard, carry, nanos, number_in};
use crate::scenario::{Phase, Users};

/// How often is looked whether the other threads are done, in ns.
const SOON: u64 = 1_000_000;
/// How long a user waits after a connection could not be opened, before trying again.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs one thread's share of a closed phase.
pub(crate) async fn closed(
    shard: &Arc<Shard>,
    pacer: &mut Pacer,
    (index, phase): (usize, &Phase),
    users: Users,
    start: u64,
    course: &Course,
) -> Ended {
    let end = start + nanos(phase.duration);
    let most = u64::from(users.from.max(users.to));
    let mut about = JoinSet::new();
    let goes_on = || !course.is_spent(index) && !shard.engine.interrupt.is_set();
    for (number, (begin, stop)) in (0..).zip(spans(users, phase.duration)).filter(|(user, _)| shard.is_mine(*user)) {
        // The phase may be spent before its last users come.
        while goes_on() && shard.clock.now() < start + begin {
            pacer.until((start + begin).min(shard.clock.now() + LOOK)).await;
        }
        if !goes_on() {
            break;
        }
        let left = course.left(index);
        about.spawn(
            User { shard: Arc::clone(shard), phase: index, number, most, users, stop: start + stop, left }.go_about(),
        );
    }
    while shard.clock.now() < end && !shard.engine.interrupt.is_set() {
        let wake = end.min(shard.clock.now() + LOOK);
        if !about.is_empty() {
            let patience = Duration::from_nanos(wake.saturating_sub(shard.clock.now()));
            let _ = tokio::time::timeout(patience, about.join_next()).await;
        } else if users.iterations.is_none() {
            // The last users may leave before the phase ends.
            pacer.until(wake).await;
        } else if course.is_spent(index) {
            break;
        } else {
            // Users of other threads may still go about, and no user is left here to tell when they are done.
            pacer.until(end.min(shard.clock.now() + SOON)).await;
        }
    }
    let now = shard.clock.now().min(end);
    let whole = now == end || (course.is_spent(index) && about.is_empty());
    about.detach_all();
    if users.iterations.is_none() {
        return Ended { at: now, whole };
    }
    // The next phase begins for all threads when the last of them is done with this one.
    course.done(index, now);
    loop {
        match course.end_of(index, shard.threads) {
            Some(at) => return Ended { at, whole },
            None if shard.engine.interrupt.is_set() => return Ended { at: now, whole: false },
            None => pacer.until(shard.clock.now() + SOON).await,
        }
    }
}

struct User {
    shard: Arc<Shard>,
    phase: usize,
    number: u64,
    /// The most users that the phase has.
    most: u64,
    users: Users,
    stop: u64,
    /// Requests left for all users together, when the phase limits them.
    left: Option<Arc<AtomicU64>>,
}

impl User {
    async fn go_about(self) {
        self.shard.recorder().user(self.shard.clock.now(), Step::Comes);
        self.send_on().await;
        self.shard.recorder().user(self.shard.clock.now(), Step::Leaves);
    }

    async fn send_on(&self) {
        let shard = &self.shard;
        let over = || shard.clock.now() >= self.stop || shard.engine.interrupt.is_set();
        for turn in 0.. {
            if over() {
                return;
            }
            let number = number_in(self.phase, turn * self.most + self.number);
            let place = shard.place(self.phase, number);
            let Some(pool) = shard.pools.get(place.region) else { return };
            // What a user waits for a connection is part of what it waits for the answer.
            let wanted = shard.clock.now();
            let ticket = shard.recorder().wanted(place, wanted);
            let Some((mut lane, waited)) = pool.lane().await else { return };
            let goes_on = !over() && self.left.as_deref().is_none_or(take_one);
            let sent = if goes_on {
                let job = Job { place, number, ticket, waits_since: waited.then_some(wanted) };
                Some(send(shard, &mut lane, job).await)
            } else {
                shard.recorder().given_up(ticket);
                None
            };
            if let Some((lane, job)) = pool.done(lane) {
                tokio::spawn(carry(Arc::clone(shard), lane, job));
            }
            let pause = match sent {
                None => return,
                Some(Sent::Over) => self.think(number),
                Some(Sent::NoConnection) => self.think(number).max(PAUSE),
            };
            if !pause.is_zero() {
                let wake = (shard.clock.now() + nanos(pause)).min(self.stop);
                tokio::time::sleep_until(shard.clock.instant(wake).into()).await;
            }
        }
    }

    fn think(&self, number: u64) -> Duration {
        let (least, most) = self.users.think_time;
        if most.is_zero() {
            return Duration::ZERO;
        }
        let share = Random::new(Random::part(self.shard.engine.seed, number)).unit();
        least + most.saturating_sub(least).mul_f64(share)
    }
}

fn take_one(left: &AtomicU64) -> bool {
    left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
