//! The assessment of how a service scales, from ledgers sealed line by line.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot set up fails it")]

mod bottlenecks;
mod capacity;
mod configuration;
mod evidence;
mod fixture;
mod nothing;
mod program;
mod scores;
mod targets;
mod tests_of_the_plan;
