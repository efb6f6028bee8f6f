//! How throughput grows with workers (the Universal Scalability Law and its special cases), how a resource grows with
//! load, and what a predicted peak means for the capacity at hand.
//! Must not know: what a worker is (a process, a thread, a connection), or what growth is acceptable.

mod choice;
mod decision;
mod fit;
mod interval;
mod law;
mod peak;
mod points;
mod resource;
mod solve;

pub use choice::{Law, LawFit, Reason};
pub use decision::{Capacity, Decision, decision};
pub use fit::{LEAST_REPEATS, LEAST_SPREAD, LEAST_WORKERS, LackOfFit, NoScaling, Scaling, scaling};
pub use peak::{NoPrediction, Peak};
pub use points::{LeftOut, Reach, ScalePoint, Why};
pub use resource::{LEAST_LEVELS, NoLine, ResourceLine, resource_line};

/// A number and its 95 % confidence interval, all in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The most likely number.
    pub value: f64,
    /// The lower end of its interval.
    pub lower: f64,
    /// The upper end; infinite where the measurements set none.
    pub upper: f64,
}

impl Estimate {
    /// The same in another unit: so many of the old one are one of the new, such as 1,000 for what a single connection
    /// takes made what 1,000 of them take. Ends are swapped by a factor below 0.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let (one, other) = (self.lower * factor, self.upper * factor);
        Self { value: self.value * factor, lower: one.min(other), upper: one.max(other) }
    }
}

/// The level of every interval here.
pub(crate) const LEVEL: f64 = 0.95;
