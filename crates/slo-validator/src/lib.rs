//! The judge: floors, targets, margins, and the change of every metric against its baseline.
//!
//! [`judge()`] is the one pure function from a report to a judgement; the other functions are its parts. Two of
//! them, [`calculate_slo_compliance`] and [`detect_performance_regression`], the specification lists under
//! `json-processor`; judging belongs here.
//! Must not know: GitHub, HTML, where a ledger lies, or how a harness writes its results.

mod cli;
mod compliance;
mod error;
mod floors;
mod judge;
mod order;
mod regression;
mod selection;
mod status;
mod summary;
mod table;
mod violations;
mod waivers;

pub use cli::{Cli, run};
pub use compliance::{Compliance, calculate_slo_compliance};
pub use error::{Error, ThresholdProblem};
pub use floors::{FloorCheck, FloorOutcome, SafetyMargin, calculate_safety_margins, validate_performance_floors};
pub use judge::{judge, threshold_problems};
pub use order::worst_first;
pub use regression::{Finding, detect_performance_regression};
pub use status::{is_undecided, nothing_was_judged};
pub use table::render;
pub use violations::{detect_slo_violations, generate_violation_reports};
