//! The stage that measures services: runs load scenarios, imports what other load tools wrote, drives Locust and k6. It writes
//! `run.json`.
//!
//! Owns: scenario files, arrival schedules, the HTTP client, latency histograms, what the service used meanwhile, the proxy for delay,
//! loss and cuts. Must not know: judging. Thresholds are read to refuse a wrong one before any load, and carried along as written.

mod cli;
mod engine;
mod error;
pub mod exchange;
pub mod import;
mod k6;
mod locust;
mod observe;
mod proxy;
mod record;
pub mod scenario;
mod script;
mod service;
mod verbs;
mod view;

pub use cli::{Cli, run};
pub use error::Error;

/// The program as provenance names it.
pub const TOOL: &str = concat!("load-runner ", env!("CARGO_PKG_VERSION"));
