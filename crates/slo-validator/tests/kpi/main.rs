//! Indicators: what they may claim, what they lack, and what is decided on them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod program;
mod sample;
mod scoring;
