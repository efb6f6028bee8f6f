//! Pure statistics over slices: no files, no clocks, no randomness.
//!
//! Owns: what a handful of rounds says about a metric ([`summarise`]), and what two handfuls say about a change
//! ([`compare`]). Must not know: records, units, thresholds or verdicts. Every function is total: input that has
//! no answer gives `None` or a variant that says so, never a panic.

mod comparison;
mod history;
mod spread;
mod summary;

pub use history::{ChangePoint, Drift, History, Series, Suspect, detect};
pub use comparison::{Comparison, compare, more_rounds};
pub use summary::{Summary, summarise};
