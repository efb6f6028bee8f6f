//! Locust and k6 as they are installed, driven against a service on this machine.
//!
//! They run where PERFLEDGER_LOCUST and PERFLEDGER_K6 name the programs (deploy/requirements.txt has the versions), and say that they did
//! not where those are unset.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "drivers/bench.rs"]
mod bench;
#[path = "drivers/k6.rs"]
mod k6;
#[path = "drivers/locust.rs"]
mod locust;
#[path = "drivers/manifests.rs"]
mod manifests;
#[path = "drivers/server.rs"]
mod server;
#[path = "drivers/service.rs"]
mod service;
