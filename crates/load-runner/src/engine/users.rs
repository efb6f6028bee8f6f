//! Closed phases: users that each send when the answer before it is there. Must not know: how requests are sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::course::Course;
use super::pacer::Pacer;
use super::pool::Job;
use super::random::Random;
use super::schedule::spans;
use super::send::{Sent, send};
use super::shard::{LOOK, Shard, carry, nanos, number_in};
use crate::scenario::{Phase, Users};

/// How long a user waits after a connection could not be opened, before trying again.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs one thread's share of a closed phase, and returns its end.
pub(crate) async fn closed(
    shard: &Arc<Shard>,
    pacer: &mut Pacer,
    (index, phase): (usize, &Phase),
    users: Users,
    start: u64,
    course: &Course,
) -> u64 {
    let end = start + nanos(phase.duration);
    let most = u64::from(users.from.max(users.to));
    let mut about = JoinSet::new();
    let mine = |user: &u64| user % shard.threads == shard.index;
    for (number, (begin, stop)) in (0..).zip(spans(users, phase.duration)).filter(|(user, _)| mine(user)) {
        if course.is_spent(index) || !shard.reach(pacer, start + begin).await {
            break;
        }
        let left = course.left(index);
        about.spawn(
            User { shard: Arc::clone(shard), phase: index, number, most, users, stop: start + stop, left }.go_about(),
        );
    }
    while shard.clock.now() < end && !shard.engine.interrupt.is_set() {
        let patience = Duration::from_nanos(LOOK.min(end.saturating_sub(shard.clock.now())));
        match tokio::time::timeout(patience, about.join_next()).await {
            Ok(None) if users.iterations.is_some() => break,
            // The last users may leave before the phase ends.
            Ok(None) => drop(shard.reach(pacer, end).await),
            Ok(Some(_)) | Err(_) => {}
        }
    }
    about.detach_all();
    let now = shard.clock.now().min(end);
    if users.iterations.is_none() {
        return now;
    }
    // The next phase begins for all threads when the last of them is done with this one.
    course.done(index, now);
    loop {
        match course.end_of(index, shard.threads) {
            Some(end) => return end,
            None if shard.engine.interrupt.is_set() => return now,
            None => pacer.until(shard.clock.now() + 1_000_000).await,
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
        let shard = &self.shard;
        let over = || shard.clock.now() >= self.stop || shard.engine.interrupt.is_set();
        for turn in 0.. {
            if over() {
                return;
            }
            let number = number_in(self.phase, turn * self.most + self.number);
            let place = shard.place(self.phase, number);
            let Some(pool) = shard.pools.get(place.region) else { return };
            let Some(mut lane) = pool.lane().await else { return };
            let goes_on = !over() && self.left.as_deref().is_none_or(take_one);
            let sent = if goes_on {
                Some(send(shard, &mut lane, Job { place, number, due: None, waits_since: None }).await)
            } else {
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
