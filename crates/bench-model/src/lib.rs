//! The nouns of perfledger, shared by every stage.
//!
//! Owns: units, names, the records that travel between stages, provenance and the epoch key,
//! error codes and exits, how numbers are worded, configuration, canonical JSON and crash-safe file writing.
//! Must not know: command lines, terminals, HTTP, or what any stage does with a record.

pub mod assessment;
pub mod audit;
pub mod canonical;
pub mod code;
pub mod config;
pub mod file;
pub mod kpi;
pub mod ledger;
pub mod load;
pub mod name;
pub mod perf;
pub mod proof;
pub mod provenance;
pub mod run;
pub mod scale;
pub mod time;
mod unique;
pub mod unit;
pub mod verdict;
pub mod words;

pub use code::{Code, Diagnostic, Exit, Failure, Location};
pub use name::{BenchmarkId, Commit, KpiName, MetricName, RunId, Sha256, VersionName};
pub use unit::{Direction, Finite, Quantity, Unit};
