//! What audit-generator makes of runs of proven work, as a program: artifacts, the gate's report, the benchmark trend.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test cannot set up fails it")]

mod artifacts;
mod fixture;
mod gate;
mod trend;
