//! Through the real program: real Cargo projects with Criterion benches, real processes, real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collect;
mod compare;
mod doctor;
mod fixture;
mod process;
mod run;
mod trouble;
