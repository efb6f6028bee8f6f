//! The judge: floors, targets, margins, and the change of every metric against its baseline.
//!
//! [`judge()`] is the one pure function from a report, and all that it is held against, to a judgement: each metric is
//! compared with the best there is (another side measured in turns, else the baseline, else earlier runs), and then all
//! are looked at together. The other functions are its parts. Two of
//! them, [`calculate_slo_compliance`] and [`detect_performance_regression`], the specification lists under
//! `json-processor`; judging belongs here.
//! Must not know: GitHub, HTML, where a ledger lies, or how a harness writes its results.

mod case;
mod cli;
mod compliance;
mod confirmation;
mod discovery;
mod drift;
mod error;
mod evidence;
mod floors;
mod gate;
mod grounds;
mod inputs;
mod judge;
mod kpi;
mod levels;
mod load;
mod names;
mod next;
mod noise;
mod order;
mod plant;
mod regression;
mod selection;
mod self_checks;
mod status;
mod stream;
mod summary;
mod table;
mod together;
mod violations;
mod waivers;
mod why;

pub use cli::{Cli, run};
pub use compliance::{Compliance, calculate_slo_compliance};
pub use error::{Error, ThresholdProblem};
pub use floors::{FloorCheck, FloorOutcome, SafetyMargin, calculate_safety_margins, validate_performance_floors};
pub use inputs::{File, Inputs, Mismatch, Second, check_second, check_sides};
pub use judge::{Judged, judge};
pub use kpi::{Before, LedgerEvidence, score_kpis};
pub use levels::Levels;
pub use next::{Measure, Step, next_steps};
pub use order::worst_first;
pub use regression::{Finding, detect_performance_regression};
pub use status::{is_undecided, nothing_was_judged};
pub use stream::answer_anything;
pub use table::render;
pub use violations::{detect_slo_violations, generate_violation_reports};
