//! The stage that measures services: runs load scenarios, imports what other load tools wrote, drives Locust and k6. It writes
//! `run.json`.
//!
//! Owns: scenario files, arrival schedules, the HTTP client, latency histograms, what the service used meanwhile, the proxy for delay,
//! loss and cuts. Must not know: judging. Thresholds are read to refuse a wrong one before any load, and carried along as written.

mod cli;
mod error;
mod record;
pub mod scenario;
mod verbs;

pub use cli::{Cli, run};
pub use error::Error;

/// The program as provenance names it.
pub const TOOL: &str = concat!("load-runner ", env!("CARGO_PKG_VERSION"));
