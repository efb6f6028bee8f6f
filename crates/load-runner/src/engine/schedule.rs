//! When requests are due and when users come and go, as pure functions of a phase. Must not know: clocks, sending.

use std::time::Duration;

use crate::scenario::{Arrivals, Spacing, Users};

use super::random::Random;

/// The due times of an open phase, in ns since it began, ascending: where the integral of the rate reaches 0, 1, 2 and so on with even
/// spacing, and the points of a unit Poisson process with the other.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    from: f64,
    /// The growth of the rate, per second and second.
    slope: f64,
    /// The integral of the rate over the phase.
    total: f64,
    /// The integral at the next arrival.
    next: f64,
    spacing: Spacing,
    random: Random,
    last: u64,
    end: u64,
}

impl Schedule {
    /// The schedule of `arrivals` over `length`. `seed` is the phase's own; even spacing has no use for it.
    pub(crate) fn new(arrivals: Arrivals, length: Duration, seed: u64) -> Self {
        let Arrivals { from, to, spacing } = arrivals;
        let seconds = length.as_secs_f64();
        let slope = if seconds > 0.0 { (to - from) / seconds } else { 0.0 };
        let mut random = Random::new(seed);
        let next = match spacing {
            Spacing::Even => 0.0,
            Spacing::Poisson => random.exponential(),
        };
        let end = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        Self { from, slope, total: (from + to) / 2.0 * seconds, next, spacing, random, last: 0, end }
    }

    /// When the integral of the rate reaches `area`, in seconds: the root of `from t + slope t^2 / 2 = area` in the form that loses
    /// no digits for either sign of the slope.
    fn reaches(&self, area: f64) -> f64 {
        if area <= 0.0 {
            return 0.0;
        }
        let root = (self.from * self.from + 2.0 * self.slope * area).max(0.0).sqrt();
        2.0 * area / (self.from + root)
    }
}

impl Iterator for Schedule {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        // The integral is a product: a whole number may come out a hair above itself.
        if self.next >= self.total - self.total * 1e-12 - 1e-9 {
            return None;
        }
        let at = (self.reaches(self.next) * 1e9).round() as u64;
        self.last = at.clamp(self.last, self.end.max(self.last));
        self.next += match self.spacing {
            Spacing::Even => 1.0,
            Spacing::Poisson => self.random.exponential(),
        };
        Some(self.last)
    }
}

/// When each user of a phase begins and ends, in ns since the phase began, ordered by beginning: where the line from one number of users to the other
/// crosses each.
pub(crate) fn spans(users: Users, length: Duration) -> impl Iterator<Item = (u64, u64)> {
    let (from, to, end) = (f64::from(users.from), f64::from(users.to), length.as_nanos() as f64);
    (0..users.from.max(users.to)).map(move |user| {
        let middle = f64::from(user) + 0.5;
        // Where the line from `from` to `to` crosses this user.
        let crosses = ((middle - from) / (to - from) * end).round() as u64;
        match (middle < from, middle < to) {
            (true, false) => (0, crosses),
            (false, true) => (crosses, end as u64),
            (true, true) | (false, false) => (0, end as u64),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many users there are `elapsed` into a phase of `length`.
    fn users_at(users: Users, length: Duration, elapsed: Duration) -> u32 {
        let share = if length.is_zero() { 1.0 } else { (elapsed.as_secs_f64() / length.as_secs_f64()).min(1.0) };
        let (from, to) = (f64::from(users.from), f64::from(users.to));
        (from + (to - from) * share).round() as u32
    }

    fn arrivals(from: f64, to: f64, spacing: Spacing) -> Arrivals {
        Arrivals { from, to, spacing }
    }

    fn due(from: f64, to: f64, ms: u64) -> Vec<u64> {
        Schedule::new(arrivals(from, to, Spacing::Even), Duration::from_millis(ms), 0).collect()
    }

    #[test]
    fn a_constant_rate_is_due_at_multiples_of_its_period() {
        assert_eq!(due(4.0, 4.0, 1000), [0, 250_000_000, 500_000_000, 750_000_000]);
        assert_eq!(due(3.0, 3.0, 1000), [0, 333_333_333, 666_666_667]);
        assert_eq!(due(1000.0, 1000.0, 3_000).len(), 3_000);
        assert_eq!(due(0.3, 0.3, 10_000).len(), 3);
        assert_eq!(due(0.0, 0.0, 1000), [0_u64; 0]);
        assert_eq!(due(100.0, 100.0, 0), [0_u64; 0]);
    }

    #[test]
    fn a_ramp_is_due_where_the_integral_of_its_rate_is_whole() {
        // From 0 to 8 per second in one second: 4 t^2 = k.
        let root = |k: f64| ((k / 4.0).sqrt() * 1e9).round() as u64;
        assert_eq!(due(0.0, 8.0, 1000), [0.0, 1.0, 2.0, 3.0].map(root));
        // Downwards the same gaps, mirrored: 8 t - 4 t^2 = k.
        let down = |k: f64| ((1.0 - (1.0 - k / 4.0).sqrt()) * 1e9).round() as u64;
        assert_eq!(due(8.0, 0.0, 1000), [0.0, 1.0, 2.0, 3.0].map(down));
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_the_spread_of_an_exponential() {
        let schedule = Schedule::new(arrivals(1000.0, 1000.0, Spacing::Poisson), Duration::from_secs(100), 7);
        let times: Vec<u64> = schedule.collect();
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.02, "{variance}");
    }

    #[test]
    fn users_come_one_by_one_and_leave_in_the_same_way() {
        let users = |from, to| Users { from, to, think_time: (Duration::ZERO, Duration::ZERO), iterations: None };
        let second = Duration::from_secs(1);
        let spans = |from, to| super::spans(users(from, to), second).collect::<Vec<_>>();
        assert_eq!(spans(2, 2), [(0, 1_000_000_000), (0, 1_000_000_000)]);
        assert_eq!(spans(0, 2), [(250_000_000, 1_000_000_000), (750_000_000, 1_000_000_000)]);
        assert_eq!(spans(2, 0), [(0, 750_000_000), (0, 250_000_000)]);
        assert_eq!(spans(1, 2), [(0, 1_000_000_000), (500_000_000, 1_000_000_000)]);
        assert_eq!(users_at(users(10, 200), second, Duration::from_millis(500)), 105);
        assert_eq!(users_at(users(10, 200), second, second * 2), 200);
    }

    proptest! {
        #[test]
        fn as_many_are_due_as_the_integral_says(from in 0.0..5000.0_f64, to in 0.0..5000.0_f64, ms in 1..4000_u64) {
            let count = due(from, to, ms).len() as f64;
            let integral = (from + to) / 2.0 * ms as f64 / 1e3;
            prop_assert!((count - integral).abs() <= 1.0, "{count} {integral}");
        }

        #[test]
        fn due_times_ascend_within_the_phase_and_repeat(
            from in 0.0..5000.0_f64, to in 0.0..5000.0_f64, ms in 1..2000_u64, poisson: bool, seed: u64
        ) {
            let spacing = if poisson { Spacing::Poisson } else { Spacing::Even };
            let schedule = || Schedule::new(arrivals(from, to, spacing), Duration::from_millis(ms), seed);
            let times: Vec<u64> = schedule().collect();
            prop_assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(times.iter().all(|at| *at <= ms * 1_000_000));
            prop_assert!(schedule().eq(times));
        }

        #[test]
        fn as_many_users_are_within_their_spans_as_there_are(from in 0..300_u32, to in 0..300_u32, at in 0..1_000_000_u64) {
            let users = Users { from, to, think_time: (Duration::ZERO, Duration::ZERO), iterations: None };
            let length = Duration::from_millis(1);
            let within = super::spans(users, length).filter(|(begin, end)| *begin <= at && at < *end).count();
            let there = users_at(users, length, Duration::from_nanos(at));
            // At a crossing itself, rounding decides.
            prop_assert!(within.abs_diff(there as usize) <= 1 + usize::from(from.abs_diff(to) > 1) , "{within} {there}");
        }
    }
}
