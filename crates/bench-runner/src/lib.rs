//! The first stage: launches benchmark harnesses in rounds, reads the files they wrote, and writes `run.json`.
//!
//! Owns: building and running bench executables, Criterion's files, the process collector, provenance, and the check of
//! the environment. Must not know: judging, baselines, or who reads `run.json`.
//!
//! Unix only: process groups are what ends a harness with everything it started. `/proc` and `/sys` are read where they
//! exist; elsewhere the facts they hold are absent.

pub mod ab;
mod build;
mod child;
pub mod cli;
pub mod criterion;
mod environment;
mod error;
mod execute;
mod harness;
mod lock;
mod log;
pub mod process;
mod project;
mod report;
mod selection;

/// The program as provenance names it.
pub(crate) const TOOL: &str = concat!("bench-runner ", env!("CARGO_PKG_VERSION"));

pub use criterion::{Collected, Found, collect_performance_data};
pub use environment::{Finding, State, Surroundings, validate_execution_environment};
pub use error::RunnerError;
pub use execute::{Measured, Observer, Request, execute_benchmark};
pub use project::Project;
pub use report::generate_json_report;
pub use selection::Selection;
