//! The pages that people look at: the report of a run, the audit of a period, the trend of a metric, a static site.
//!
//! They are made from the files of a run and from the ledger's lines, and copy what those say.
//! Must not know: judging, where a ledger is kept (it reads lines that `baseline-manager export` wrote), or GitHub.

mod artifacts;
mod assess;
mod audit;
mod cli;
mod config;
mod controls;
mod error;
mod export;
#[cfg(feature = "pdf")]
pub mod pdf;
mod period;
mod releases;
mod series;
mod verbs;

pub use assess::{
    ASSESSMENT_FILE, AssessConfig, AssessRequest, Bound, ComponentOf, CostName, DemandOf, InputBy, InputOf, Measure,
    OperationsOf, PLAN_FILE, Part, ScaleName, ServiceLevel, TargetBy, TargetOf, Test, TestPlan, generate_assessment,
    missing_runs, parse_plan, plan_from,
};
pub use audit::{AuditRequest, generate_audit_report, generate_html_report};
pub use cli::{Cli, run};
pub use config::{AUDIT_CONFIG_FILE, AuditConfig, ExportFormat};
pub use controls::{
    CONTROLS_FILE, Facts, controls_from_folder, parse_controls, selected, validate_compliance_requirements,
};
pub use error::Error;
pub use export::{ExportAs, Wanted, export_historical_metrics};
pub use period::{Frequency, Months};
pub use releases::{Released, Tag, released};
