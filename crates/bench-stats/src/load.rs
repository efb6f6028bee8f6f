//! What a load did to a service over time: leaks, recovery, the breaking point, stability.
//! Must not know: what the numbers are of, or what is acceptable.

mod breaking;
mod leak;
mod recovery;
mod stability;

pub use breaking::{BreakingPoint, BreakingRule, Broken, Step, breaking_point};
pub use leak::{Growth, Leak, TooShort, leak};
pub use recovery::{Moment, Recovered, Recovery, RecoveryRule, recovery};
pub use stability::{relative_variance, variance};

use crate::ordered::ordered;

/// The middle value, of two their mean; `None` for nothing.
fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let ascending = ordered(values.into_iter());
    let upper = *ascending.get(ascending.len() / 2)?;
    let lower = *ascending.get((ascending.len().checked_sub(1)?) / 2)?;
    Some(lower / 2.0 + upper / 2.0)
}
