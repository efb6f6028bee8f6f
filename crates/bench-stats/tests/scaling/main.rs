//! What is said of growth whose truth is known: the law of scaling, resource lines, decisions and forecasts.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod coverage;
mod decisions;
mod forecasts;
mod laws;
mod properties;
mod random;
mod reference;
mod refusals;
mod resources;
