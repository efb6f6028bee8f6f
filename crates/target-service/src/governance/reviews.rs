//! Owns the queue of questions that wait for a person, and the reviewers who take them off it.
//! Must not know why something was put there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::metrics::Metrics;

/// Reviews that may wait; the next one is refused.
pub(crate) const CAPACITY: usize = 20_000;

/// The queue has no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// What `GET /api/v1/reviews/stats` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Stats {
    /// Reviews waiting.
    pub(crate) queue_depth: usize,
    /// The most that ever waited at once.
    pub(crate) queue_peak: usize,
    /// Reviews done.
    pub(crate) completed: u64,
    pub(crate) reviewers: u32,
    /// Reviews done, divided by the hours in which reviewers had something to do: each reviewer's time while reviews waited, and the time of
    /// those at work while none did. A review under way counts once it takes longer than those done did on average, so that a
    /// reviewer who is stuck, or leaves reviews waiting, lowers it. Absent until one is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reviews_per_hour_and_reviewer: Option<f64>,
    /// How long the oldest has waited, ms; absent if none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest_wait_ms: Option<u64>,
}

#[derive(Default)]
struct Queue {
    /// When each was put there; the oldest is first.
    waiting: VecDeque<Instant>,
    peak: usize,
    completed: u64,
    /// Time spent on the completed ones.
    spent: Duration,
    /// What each reviewer has under way.
    under_way: Vec<Option<Work>>,
    /// Reviewers' time with something to do, up to `changed`.
    engaged: Duration,
    /// When the queue or a reviewer's work last changed.
    changed: Option<Instant>,
}

/// A review under way.
#[derive(Clone, Copy)]
struct Work {
    /// When it was put into the queue.
    submitted: Instant,
    /// When a reviewer took it.
    taken: Instant,
}

impl Queue {
    /// Adds the time since the last change; called before each.
    fn advance(&mut self, now: Instant) {
        self.engaged += self.since_change(now);
        self.changed = Some(now);
    }

    fn since_change(&self, now: Instant) -> Duration {
        let reviewers =
            if self.waiting.is_empty() { self.under_way.iter().flatten().count() } else { self.under_way.len() };
        let passed = self.changed.map_or(Duration::ZERO, |changed| now.saturating_duration_since(changed));
        passed.saturating_mul(u32::try_from(reviewers).unwrap_or(u32::MAX))
    }

    /// Per hour and reviewer.
    fn rate(&self, now: Instant) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a count of reviews stays far below 2^53")]
        let completed = (self.completed > 0).then_some(self.completed as f64)?;
        let mean = self.spent.div_f64(completed);
        let begun = self.under_way.iter().flatten().map(|work| now.saturating_duration_since(work.taken));
        let not_yet: Duration = begun.filter(|taken| *taken <= mean).sum();
        let hours = (self.engaged + self.since_change(now)).saturating_sub(not_yet).as_secs_f64() / 3600.0;
        (hours > 0.0).then(|| completed / hours)
    }
}

/// The queue; shared by the routes and the reviewers.
pub(crate) struct Reviews {
    queue: Mutex<Queue>,
    arrived: Notify,
    capacity: usize,
    reviewers: u32,
    metrics: Arc<Metrics>,
}

impl Reviews {
    pub(crate) fn new(capacity: usize, reviewers: u32, metrics: Arc<Metrics>) -> Self {
        metrics.reviewers.set(i64::from(reviewers));
        let under_way = (0..reviewers).map(|_| None).collect();
        Self {
            queue: Mutex::new(Queue { under_way, ..Queue::default() }),
            arrived: Notify::new(),
            capacity,
            reviewers,
            metrics,
        }
    }

    /// Starts the reviewers as tasks of this runtime; each takes `review_time` for a review. They end with the runtime.
    pub(crate) fn start(reviews: &Arc<Self>, review_time: Duration) {
        for reviewer in 0..reviews.locked().under_way.len() {
            let reviews = Arc::clone(reviews);
            tokio::spawn(async move {
                loop {
                    reviews.take(reviewer).await;
                    tokio::time::sleep(review_time).await;
                    reviews.complete(reviewer);
                }
            });
        }
    }

    /// Puts a review at the end of the queue and says how many wait, this one included.
    ///
    /// # Errors
    /// The queue is full.
    pub(crate) fn submit(&self) -> Result<usize, Full> {
        let depth = {
            let mut queue = self.locked();
            if queue.waiting.len() >= self.capacity {
                return Err(Full);
            }
            let now = Instant::now();
            queue.advance(now);
            queue.waiting.push_back(now);
            queue.peak = queue.peak.max(queue.waiting.len());
            self.show_depth(&queue);
            queue.waiting.len()
        };
        self.arrived.notify_one();
        Ok(depth)
    }

    /// How things stand now.
    pub(crate) fn stats(&self) -> Stats {
        let queue = self.locked();
        let rate = queue.rate(Instant::now());
        let waited = queue.waiting.front().map(|since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        Stats {
            queue_depth: queue.waiting.len(),
            queue_peak: queue.peak,
            completed: queue.completed,
            reviewers: self.reviewers,
            reviews_per_hour_and_reviewer: rate,
            oldest_wait_ms: waited,
        }
    }

    /// Waits for a review and takes it off the queue for this reviewer.
    async fn take(&self, reviewer: usize) {
        loop {
            let more = {
                let mut queue = self.locked();
                let now = Instant::now();
                queue.advance(now);
                let submitted = queue.waiting.pop_front();
                if let (Some(work), Some(submitted)) = (queue.under_way.get_mut(reviewer), submitted) {
                    *work = Some(Work { submitted, taken: now });
                }
                self.show_depth(&queue);
                submitted.map(|_| !queue.waiting.is_empty())
            };
            match more {
                // Several may have arrived while only one notice could be kept: pass it on.
                Some(true) => return self.arrived.notify_one(),
                Some(false) => return,
                None => self.arrived.notified().await,
            }
        }
    }

    fn complete(&self, reviewer: usize) {
        let now = Instant::now();
        let mut queue = self.locked();
        queue.advance(now);
        let work = queue.under_way.get_mut(reviewer).and_then(Option::take);
        queue.completed += 1;
        if let Some(Work { submitted, taken }) = work {
            queue.spent += now.saturating_duration_since(taken);
            self.metrics.review.observe(now.saturating_duration_since(submitted));
        }
        self.metrics.reviews_completed.inc();
    }

    /// Called with the lock held, so that a later depth is never overwritten by an earlier one.
    fn show_depth(&self, queue: &Queue) {
        self.metrics.review_queue_depth.set(i64::try_from(queue.waiting.len()).unwrap_or(i64::MAX));
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Full, Reviews};
    use crate::metrics::Metrics;

    fn queue(capacity: usize, reviewers: u32) -> Arc<Reviews> {
        Arc::new(Reviews::new(capacity, reviewers, Arc::new(Metrics::new())))
    }

    #[tokio::test(start_paused = true)]
    async fn ten_reviewers_work_at_their_pace_and_the_rate_is_measured() {
        let reviews = queue(1_000, 10);
        Reviews::start(&reviews, Duration::from_millis(20_000));
        for depth in 1..=100 {
            assert_eq!(reviews.submit(), Ok(depth));
        }
        assert_eq!(reviews.stats().reviews_per_hour_and_reviewer, None);
        tokio::time::sleep(Duration::from_secs(101)).await;
        let stats = reviews.stats();
        assert_eq!((stats.completed, stats.queue_depth, stats.queue_peak, stats.reviewers), (50, 40, 100, 10));
        let rate = stats.reviews_per_hour_and_reviewer.unwrap_or(0.0);
        assert!((rate - 180.0).abs() < 0.5, "{rate}");
        assert_eq!(stats.oldest_wait_ms, Some(101_000));
        tokio::time::sleep(Duration::from_secs(200)).await;
        let stats = reviews.stats();
        assert_eq!((stats.completed, stats.queue_depth, stats.oldest_wait_ms), (100, 0, None));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_the_next_one_and_keeps_the_rest() {
        let reviews = queue(2, 0);
        assert_eq!((reviews.submit(), reviews.submit(), reviews.submit()), (Ok(1), Ok(2), Err(Full)));
        assert_eq!(reviews.stats().queue_depth, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reviewer_who_waits_takes_what_comes_later() {
        let reviews = queue(10, 3);
        Reviews::start(&reviews, Duration::from_secs(1));
        tokio::time::sleep(Duration::from_secs(5)).await;
        for _ in 0..3 {
            let _room = reviews.submit();
        }
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(reviews.stats().completed, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_without_work_does_not_lower_the_rate() {
        let reviews = queue(10, 4);
        Reviews::start(&reviews, Duration::from_secs(20));
        for _ in 0..3 {
            assert!(reviews.submit().is_ok());
            tokio::time::sleep(Duration::from_secs(1_000)).await;
        }
        let rate = reviews.stats().reviews_per_hour_and_reviewer.unwrap_or(0.0);
        assert!((rate - 180.0).abs() < 0.5, "{rate}");
    }

    #[tokio::test(start_paused = true)]
    async fn reviewers_who_are_stuck_or_do_not_come_lower_the_rate() {
        // One of two does ten reviews; the other has taken one and never ends, or takes none while some wait.
        for stuck in [true, false] {
            let reviews = queue(100, 2);
            for _ in 0..100 {
                assert!(reviews.submit().is_ok());
            }
            if stuck {
                reviews.take(1).await;
            }
            for _ in 0..10 {
                reviews.take(0).await;
                tokio::time::sleep(Duration::from_secs(20)).await;
                reviews.complete(0);
            }
            let rate = reviews.stats().reviews_per_hour_and_reviewer.unwrap_or(0.0);
            assert!((rate - 90.0).abs() < 0.5, "{stuck}: {rate}");
        }
    }
}
