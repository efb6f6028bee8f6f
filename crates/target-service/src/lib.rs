//! The HTTP service that load scenarios run against by default: the trust engine (`/api/phase6`) and the governance API
//! (`/api/v1`), doing real work on a real store, so that what a load run measures is a service and not a sleep.
//!
//! It owns its HTTP contract, its tables and its metrics' names, and depends on no other crate of this workspace: a scenario knows
//! it only through HTTP, as it would know any other service.
//!
//! From the outside in:
//! - `cli` reads the command line into `settings`; `serve` opens everything below, prints `listening http://ADDRESS` and ends on
//!   SIGTERM or SIGINT after the requests under way.
//! - `server` owns connections and the guard every request passes: the limit of requests at once, the API key, `faults`, metrics and
//!   `Server-Timing` (`timing`). `extract` and `error` are how routes read requests and refuse them.
//! - `trust` and `governance` are the two APIs; neither knows the other. Their rules (gates, Merkle tree, records, policies,
//!   detection) are pure and take the clock as an argument.
//! - `store` keeps rows: the embedded SQLite by default, PostgreSQL by `DATABASE_URL`, with one set of statements. Writes are
//!   committed in groups and answered only after their commit. `cache` keeps results that may be forgotten, and counters per user
//!   and hour, in the process or in Redis (`REDIS_URL`).
//! - `operations` is apart from all of it: a verb that measures what single operations of Redis and PostgreSQL take.
//! - `upstream` is the one dependency, another service of this kind, behind a time limit and a circuit breaker.
//!
//! Faults are switched on through `/faults` and only with `--allow-faults`; without `--allow-remote` it listens on loopback only.
#![forbid(unsafe_code)]

mod cache;
mod cli;
mod error;
mod extract;
mod faults;
mod governance;
mod ids;
mod metrics;
mod operations;
mod redis_link;
mod serve;
mod server;
mod settings;
mod state;
mod store;
mod timing;
mod trust;
mod upstream;

pub use cli::run;
