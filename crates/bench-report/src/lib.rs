//! What people see: the pull-request comment, the performance report, the audit report, the site, and their charts.
//!
//! Pure functions from records to text. Every string in a record is treated as hostile: a benchmark's name comes from
//! whoever wrote the benchmark, and in a pull request that is a stranger.
//! Must not know: files, the network, the clock, or how anything was judged.

mod template;
mod visible;

pub mod assessment;
pub mod audit;
pub mod benchmark_trend;
pub mod chart;
pub mod comment;
pub mod gate;
pub mod kpi;
pub mod load;
pub mod page;
pub mod scaling;
pub mod site;

pub use template::{ReportError, Template, render_template};
