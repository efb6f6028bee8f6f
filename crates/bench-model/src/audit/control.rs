//! What standards ask for, and the evidence for it. The mapping is data: a company changes it without changing the program.

use serde::{Deserialize, Serialize};

/// `controls.toml`: requirements of standards, each with the kinds of evidence that answer it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controls {
    /// In the order of the report.
    #[serde(default)]
    pub control: Vec<Control>,
}

/// One requirement of a standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Control {
    /// The standard as `audit_config.yaml` names it, such as `PCI-DSS`.
    pub standard: String,
    /// The clause, with the standard's version where it has one, such as `4.0, 10.5.1`.
    pub clause: String,
    /// What it is about, in a few words.
    pub title: String,
    /// What it asks for, in words of our own.
    pub requirement: String,
    /// What of it a performance ledger can show, and what it cannot.
    pub scope: String,
    /// The kinds of evidence that answer it; all of them must be complete for the control to be.
    pub evidence: Vec<EvidenceKind>,
}

/// A kind of evidence that a ledger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EvidenceKind {
    /// The chain holds from its first line to its last.
    IntactLedger,
    /// What was removed was removed openly, and as much is kept as was promised.
    Retention,
    /// Baselines changed only by recorded promotions, each with its criteria, and with who promoted it.
    ApprovedBaselines,
    /// Each released commit has a run of its own.
    ReleaseEvidence,
    /// Performance was measured all through the period, without long gaps.
    ContinuousMeasurement,
    /// Values were held against floors.
    FloorsHeld,
    /// Regressions were recorded, and ended or were permitted by somebody.
    IncidentsHandled,
    /// Exceptions were reviewed: each waiver has an author, a reason, an issue and an end.
    ReviewedWaivers,
    /// How far measuring can be trusted was itself measured.
    MeasuredNoise,
}

/// How far evidence reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Coverage {
    /// There is none.
    None,
    /// There is some, and something is lacking.
    Partial,
    /// Nothing that the ledger could show is lacking.
    Complete,
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Complete => "complete",
        })
    }
}

/// A requirement with the evidence for it in this ledger. It is no statement that the requirement is fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ControlFinding {
    /// The requirement.
    pub control: Control,
    /// Complete where all its evidence is, none where there is none of any kind, else partial.
    pub coverage: Coverage,
    /// Each kind of evidence that it asks for, in its order.
    pub evidence: Vec<EvidenceFinding>,
}

/// What there is of one kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EvidenceFinding {
    /// The kind.
    pub kind: EvidenceKind,
    /// How far it reaches.
    pub coverage: Coverage,
    /// What was found, in one sentence, with its numbers.
    pub statement: String,
    /// Lines of the ledger that show it, by `seq`; at most the first ten.
    pub lines: Vec<u64>,
}
