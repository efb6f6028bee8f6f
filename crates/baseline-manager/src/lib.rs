//! The ledger's keeper: the only writer of the history that every run is judged against.
//!
//! Owns: where a ledger lies, appending to it, promotion, waivers, retention, verification, and reading it back.
//! Must not know: judging. What `verdict.json` says is taken as it is.

mod baseline;
mod batch;
mod cli;
mod criteria;
mod error;
mod fold;
mod git;
mod history;
mod place;
mod promote;
mod proof;
mod prune;
mod record;
mod refusal;
mod segment;
mod show;
mod store;
mod trends;
mod verbs;
mod verify;
mod waive;

pub use baseline::baseline_of;
pub use cli::Cli;
pub use criteria::{Facts, Met, TestEvidence, validate_promotion_criteria};
pub use error::Error;
pub use fold::{Counts, Held, Known, Ledger, Marker, SegmentRange, check_ledger};
pub use git::Ancestry;
pub use history::{HistoryRow, newest_runs};
pub use place::{PRIVATE_REF, Place, Surroundings};
pub use promote::{Promoted, Promoting, promote_baseline};
pub use proof::{TestsProof, read_junit};
pub use prune::{Pruned, prune};
pub use record::{Appended, JudgedRun, store_historical_data};
pub use refusal::Refusal;
pub use segment::{MAX_LINE, Segment};
pub use store::Store;
pub use trends::{Series, SeriesKey, Trend, calculate_performance_trends, collect_series};
pub use verbs::run;
pub use verify::{Verified, verify};
pub use waive::{MetricNames, waive};
