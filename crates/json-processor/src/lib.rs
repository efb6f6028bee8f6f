//! From `run.json` to `perf.json`: metrics with intervals, shards joined, schemas checked, reports exported.
//!
//! Owns: what a run's rounds amount to as metrics, and the JSON schemas of every record. Must not know where runs
//! come from or how metrics are judged.

mod cli;
mod error;
mod export;
mod extract;
mod input;
mod load;
mod merge;
mod problem;
mod scale;
mod schema;
mod score;
mod validate;

pub use cli::{Cli, run};
pub use error::Error;
pub use export::{Export, export};
pub use extract::{Extracted, extract_from_file, extract_performance_metrics, headline_values};
pub use merge::{Shard, merge};
pub use problem::Problem;
pub use schema::{Kind, check_schemas, schema_of, write_schemas};
pub use validate::{Validation, validate_json_schema};
