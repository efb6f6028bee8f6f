//! The ledger's keeper: the only writer of the history that every run is judged against.
//!
//! Owns: where a ledger lies, appending to it, promotion and anchors, incidents, retention, verification, reading it back, and
//! handing it out as it is.
//! Must not know: judging. What `verdict.json` says is taken as it is.

mod append;
mod baseline;
mod changes;
mod cli;
mod criteria;
mod error;
mod export;
mod fold;
mod git;
mod history;
mod incident_log;
mod incidents;
mod ledger;
mod names;
mod noise;
mod place;
mod promote;
mod proof;
mod prune;
mod range;
mod record;
mod refusal;
mod said;
mod segment;
mod series;
mod show;
mod sparkline;
mod store;
mod trends;
mod verbs;
mod verify;

pub use append::{Appended, Record, RunRecord, store_historical_data};
pub use baseline::{Earlier, EarlierValues, baseline_of};
pub use changes::{Between, Drift, Findings, LevelChange, Suspect, find_changes};
pub use cli::Cli;
pub use criteria::{Facts, Met, TestEvidence, validate_promotion_criteria};
pub use error::Error;
pub use export::{Exported, export};
pub use fold::check_ledger;
pub use git::Ancestry;
pub use history::{HistoryRow, Shown, Statement, newest_runs};
pub use incident_log::{Begin, End, IncidentRow};
pub use incidents::Mainline;
pub use ledger::{Counts, Held, Known, Ledger, Marker, OpenIncident, SegmentRange};
pub use names::MetricNames;
pub use noise::{Noise, NoiseSummary, When};
pub use place::{PRIVATE_REF, Place, Surroundings};
pub use promote::{AnchorName, FormerAnchor, Promoted, Promoting, promote_baseline};
pub use proof::{TestsProof, read_junit};
pub use prune::{Pruned, prune};
pub use range::{Range, RangeSource, find_range};
pub use record::JudgedRun;
pub use refusal::Refusal;
pub use said::{Author, Reason, Said};
pub use segment::Segment;
pub use series::{Past, PastRun, Point, Series, SeriesKey, collect_series};
pub use store::Store;
pub use trends::{Trend, calculate_performance_trends};
pub use verbs::run;
pub use verify::{Anchor, Verified, verify};
