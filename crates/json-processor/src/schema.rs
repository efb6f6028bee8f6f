//! The JSON schemas (draft 2020-12) of every record, made from their types. The committed files are derived from here.

mod shape;

use std::path::Path;
use std::str::FromStr;

use bench_model::file::{self, FileError};
use serde_json::Value;

use crate::Error;

/// The kinds of document there are schemas for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Kind {
    /// `run.json`.
    Run,
    /// `perf.json`.
    Perf,
    /// A `perf.json` with the specification's four keys alone.
    PerfSpec,
    /// `verdict.json`.
    Verdict,
    /// `baseline.json`.
    Baseline,
    /// `audit.json`.
    Audit,
    /// `kpi_<version>_merged.json`.
    Kpi,
    /// `assessment.json`.
    Assessment,
    /// The body of a ledger line of kind `run`.
    LedgerRun,
    /// The body of a ledger line of kind `promotion`.
    LedgerPromotion,
    /// The body of a ledger line of kind `waiver`.
    LedgerWaiver,
    /// The body of a ledger line of kind `noise`.
    LedgerNoise,
    /// The body of a ledger line of kind `incident`.
    LedgerIncident,
    /// The body of a ledger line of kind `retention`.
    LedgerRetention,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Run,
        Self::Perf,
        Self::PerfSpec,
        Self::Verdict,
        Self::Baseline,
        Self::Audit,
        Self::Kpi,
        Self::Assessment,
        Self::LedgerRun,
        Self::LedgerPromotion,
        Self::LedgerWaiver,
        Self::LedgerNoise,
        Self::LedgerIncident,
        Self::LedgerRetention,
    ];

    /// The kind's name on the command line and in its schema's file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Perf => "perf",
            Self::PerfSpec => "perf-spec",
            Self::Verdict => "verdict",
            Self::Baseline => "baseline",
            Self::Audit => "audit",
            Self::Kpi => "kpi",
            Self::Assessment => "assessment",
            Self::LedgerRun => "ledger-run",
            Self::LedgerPromotion => "ledger-promotion",
            Self::LedgerWaiver => "ledger-waiver",
            Self::LedgerNoise => "ledger-noise",
            Self::LedgerIncident => "ledger-incident",
            Self::LedgerRetention => "ledger-retention",
        }
    }

    /// The name of the schema's file.
    pub fn file_name(self) -> String {
        format!("{}.schema.json", self.name())
    }

    /// What a document's `schema` member says, for the kinds that have one.
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::Run => Some(bench_model::run::SCHEMA),
            Self::Perf => Some(bench_model::perf::SCHEMA),
            Self::Verdict => Some(bench_model::verdict::SCHEMA),
            Self::Baseline => Some(bench_model::ledger::BASELINE_SCHEMA),
            Self::Audit => Some(bench_model::audit::SCHEMA),
            Self::Kpi => Some(bench_model::kpi::SCHEMA),
            Self::Assessment => Some(bench_model::assessment::SCHEMA),
            Self::PerfSpec
            | Self::LedgerRun
            | Self::LedgerPromotion
            | Self::LedgerWaiver
            | Self::LedgerNoise
            | Self::LedgerIncident
            | Self::LedgerRetention => None,
        }
    }
}

impl FromStr for Kind {
    type Err = ();
    /// Reads a `schema` member.
    fn from_str(member: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.member() == Some(member)).ok_or(())
    }
}

/// The schema of a kind, its members ordered by name.
pub fn schema_of(kind: Kind) -> Value {
    let mut schema = shape::of(kind);
    // Another crate of the same build can turn on insertion order for every JSON object (`serde_json/preserve_order`).
    schema.sort_all_objects();
    schema
}

/// Writes every schema into a folder.
///
/// # Errors
/// [`FileError::Write`] for the first that cannot be written.
pub fn write_schemas(folder: &Path) -> Result<(), FileError> {
    for kind in Kind::ALL {
        file::write_json(&folder.join(kind.file_name()), &schema_of(kind))?;
    }
    Ok(())
}

/// Checks that a folder holds every schema as the types are now.
///
/// # Errors
/// [`Error::Stale`] (`CBKB003`, exit 1) naming every file that differs or is missing.
pub fn check_schemas(folder: &Path) -> Result<(), Error> {
    let fresh = |kind: &Kind| {
        let committed = file::read(&folder.join(kind.file_name()), 1 << 20).ok()?;
        let text = serde_json::to_string_pretty(&schema_of(*kind)).ok()?;
        // Git may check text files out with other line ends.
        let committed = String::from_utf8(committed).ok()?.replace("\r\n", "\n");
        (committed == text + "\n").then_some(())
    };
    let names: Vec<_> = Kind::ALL.iter().filter(|kind| fresh(kind).is_none()).map(|kind| kind.file_name()).collect();
    if names.is_empty() { Ok(()) } else { Err(Error::Stale { folder: folder.to_path_buf(), names }) }
}
