//! A circuit breaker as a pure state machine: the clock comes in as an argument, nothing is asked of the network here.

use std::time::{Duration, Instant};

/// Failures in a row after which nothing is asked any more.
const FAILURES: u32 = 5;
/// How long nothing is asked; then one request tries.
const REST: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Requests pass; so many failed in a row.
    Closed(u32),
    /// Nothing passes until then.
    Open(Instant),
    /// One request is out to try, since then; the others wait for how it ends.
    Trying(Instant),
}

/// Keeps requests from a service that has stopped answering.
#[derive(Debug)]
pub(super) struct Breaker(State);

impl Breaker {
    pub(super) fn new() -> Self {
        Self(State::Closed(0))
    }

    /// Whether a request may be sent now. A `true` must be followed by `succeeded` or `failed`.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        match self.0 {
            State::Closed(_) => true,
            State::Open(until) if now >= until => {
                self.0 = State::Trying(now);
                true
            }
            // A caller that went away never reports how its try ended; after another rest somebody else may.
            State::Trying(since) if now.saturating_duration_since(since) >= REST => {
                self.0 = State::Trying(now);
                true
            }
            State::Open(_) | State::Trying(_) => false,
        }
    }

    pub(super) fn succeeded(&mut self) {
        // A late answer to a request sent before the circuit opened does not close it: only the try may.
        match self.0 {
            State::Closed(_) | State::Trying(_) => self.0 = State::Closed(0),
            State::Open(_) => {}
        }
    }

    pub(super) fn failed(&mut self, now: Instant) {
        self.0 = match self.0 {
            State::Closed(failures) if failures + 1 < FAILURES => State::Closed(failures + 1),
            State::Closed(_) | State::Trying(_) => State::Open(now + REST),
            State::Open(until) => State::Open(until),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Step {
        Allowed,
        Refused,
        Ok,
        Fail,
    }
    use Step::{Allowed, Fail, Ok, Refused};

    fn play(name: &str, steps: &[(u64, Step)]) {
        let start = Instant::now();
        let mut breaker = Breaker::new();
        for (at, (millis, step)) in steps.iter().enumerate() {
            let now = start + Duration::from_millis(*millis);
            match step {
                Allowed => assert!(breaker.allows(now), "{name}: step {at} should pass"),
                Refused => assert!(!breaker.allows(now), "{name}: step {at} should be held back"),
                Ok => breaker.succeeded(),
                Fail => breaker.failed(now),
            }
        }
    }

    #[test]
    fn follows_its_table() {
        play(
            "opens after five failures in a row",
            &[(0, Fail), (0, Fail), (0, Fail), (0, Fail), (0, Allowed), (0, Fail), (0, Refused), (999, Refused)],
        );
        play(
            "a success starts the count anew",
            &[
                (0, Fail),
                (0, Fail),
                (0, Fail),
                (0, Fail),
                (1, Ok),
                (2, Fail),
                (2, Fail),
                (2, Fail),
                (2, Fail),
                (3, Allowed),
            ],
        );
        let open = [(0, Fail), (0, Fail), (0, Fail), (0, Fail), (0, Fail)];
        play(
            "lets one request try after a second",
            &[&open[..], &[(1000, Allowed), (1000, Refused), (1500, Refused)]].concat(),
        );
        play(
            "closes when the try succeeds",
            &[&open[..], &[(1000, Allowed), (1100, Ok), (1100, Allowed), (1100, Allowed)]].concat(),
        );
        play(
            "rests again when the try fails",
            &[&open[..], &[(1000, Allowed), (1100, Fail), (2099, Refused), (2100, Allowed)]].concat(),
        );
        play("a late answer does not close it", &[&open[..], &[(500, Ok), (600, Refused)]].concat());
        play("a late failure does not lengthen the rest", &[&open[..], &[(900, Fail), (1000, Allowed)]].concat());
        play(
            "a try that never reports gives way to another",
            &[&open[..], &[(1000, Allowed), (1999, Refused), (2000, Allowed)]].concat(),
        );
    }
}
