//! What is judged, and all that it is held against. Must not know where any of it was read.

use bench_model::config::{Judge, Thresholds};
use bench_model::ledger::{Baseline, Waiver};
use bench_model::perf::Report;
use bench_model::run::{Pairing, Pass, Purpose, Side};
use bench_model::{RunId, Sha256};

/// Everything that a judgement is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What is judged.
    pub head: File<'a>,
    /// The other side, when two were measured in turns on one machine.
    pub base: Option<File<'a>>,
    /// The second, independent pass over what the first one found.
    pub confirm: Option<Second<'a>>,
    /// Whether a change counts only after a second pass; a check of the judge itself, by noise or a planted delay, alarms
    /// nobody and needs none.
    pub require_confirmation: bool,
    /// What the ledger held before this run.
    pub baseline: Option<&'a Baseline>,
    /// Floors, targets, and how large a change must be to matter.
    pub thresholds: &'a Thresholds,
    /// The waivers, whether in force or not.
    pub waivers: &'a [Waiver],
    /// How it is judged.
    pub settings: &'a Judge,
    /// The rounds a side of a usual run: what a noise floor is told for.
    pub rounds: u32,
}

/// A report and the digest of its file.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The report.
    pub report: &'a Report,
    /// SHA-256 of its file.
    pub sha256: &'a Sha256,
}

/// The second pass.
#[derive(Debug, Clone, Copy)]
pub struct Second<'a> {
    /// The head side, or the only one.
    pub head: &'a Report,
    /// The base side, when two were measured in turns.
    pub base: Option<&'a Report>,
}

impl<'a> Inputs<'a> {
    /// The base side with what is known of the comparison; `None` when there is none.
    pub(crate) fn comparison(&self) -> Option<(File<'a>, &'a Pairing)> {
        self.base.zip(self.head.report.plan.pairing.as_ref())
    }

    /// Whether every change that is called wants a second pass, and there is none.
    pub(crate) fn lacks_confirmation(&self) -> bool {
        let alarms = match self.purpose() {
            Some(Purpose::Noise | Purpose::Plant) => false,
            Some(Purpose::Change) | None => true,
        };
        alarms && self.require_confirmation && self.confirm.is_none()
    }

    /// What the comparison with the base side is for; `None` without one.
    pub(crate) fn purpose(&self) -> Option<Purpose> {
        self.comparison().map(|(_, pairing)| pairing.purpose)
    }
}

/// Why a report does not belong to the one that is judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It was not measured in turns with another side.
    #[error("it is no side of a comparison")]
    NoSide,
    /// It is the other side.
    #[error("it is the {found} side of its comparison, where the {wanted} side is wanted")]
    Side {
        /// What it is.
        found: &'static str,
        /// What is wanted.
        wanted: &'static str,
    },
    /// It is a side of another comparison.
    #[error("it belongs to the comparison of run {found}, and not to that of run {wanted}")]
    Comparison {
        /// Its comparison.
        found: RunId,
        /// That of the judged run.
        wanted: RunId,
    },
    /// It is of another pass, or for another purpose.
    #[error("it is of another {what} of the comparison")]
    Other {
        /// `pass` or `purpose`.
        what: &'static str,
    },
    /// It was measured under other conditions.
    #[error("it was measured in another {what} than the judged run")]
    Conditions {
        /// `mode` or `environment`.
        what: &'static str,
    },
    /// It is the judged run itself.
    #[error("it is the judged run itself, and no run confirms itself")]
    Itself,
    /// The first pass had two sides, and this one has none beside it.
    #[error("the first pass had a base side, and this one has none: pass it with --confirm-against")]
    BaseWanted,
}

/// Checks that `base` is the base side of what `head` is the head side of.
///
/// # Errors
/// [`Mismatch`], as a fact about `base` unless `head` is no head side.
pub fn check_sides(head: &Report, base: &Report) -> Result<(), Mismatch> {
    let pairing = head.plan.pairing.as_ref().ok_or(Mismatch::NoSide)?;
    check_side(head, pairing, Side::Head, pairing.pass)?;
    check_side(base, pairing, Side::Base, pairing.pass)?;
    same_mode(head, base)
}

/// Checks that a second pass confirms the run that `head` reports; `base` is the base side of the first pass.
///
/// # Errors
/// [`Mismatch`], as a fact about the head side of the second pass, or about its base side.
pub fn check_second(head: &Report, base: Option<&Report>, second: Second<'_>) -> Result<(), Mismatch> {
    if second.head.run_id == head.run_id {
        return Err(Mismatch::Itself);
    }
    same_mode(head, second.head)?;
    match (&head.plan.pairing, base, second.base) {
        (_, Some(_), None) => Err(Mismatch::BaseWanted),
        (Some(pairing), _, Some(other)) => {
            check_side(second.head, pairing, Side::Head, Pass::Confirm)?;
            check_side(other, pairing, Side::Base, Pass::Confirm)?;
            same_mode(head, other)
        }
        (None, _, Some(_)) => Err(Mismatch::NoSide),
        (_, None, None) if second.head.provenance.epoch != head.provenance.epoch => {
            Err(Mismatch::Conditions { what: "environment" })
        }
        (_, None, None) => Ok(()),
    }
}

fn same_mode(head: &Report, other: &Report) -> Result<(), Mismatch> {
    if head.plan.mode == other.plan.mode { Ok(()) } else { Err(Mismatch::Conditions { what: "mode" }) }
}

fn check_side(report: &Report, pairing: &Pairing, side: Side, pass: Pass) -> Result<(), Mismatch> {
    let found = report.plan.pairing.as_ref().ok_or(Mismatch::NoSide)?;
    if found.side != side {
        return Err(Mismatch::Side { found: side_name(found.side), wanted: side_name(side) });
    }
    if found.comparison != pairing.comparison {
        return Err(Mismatch::Comparison { found: found.comparison.clone(), wanted: pairing.comparison.clone() });
    }
    match (found.pass == pass, found.purpose == pairing.purpose) {
        (false, _) => Err(Mismatch::Other { what: "pass" }),
        (true, false) => Err(Mismatch::Other { what: "purpose" }),
        (true, true) => Ok(()),
    }
}

const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Base => "base",
        Side::Head => "head",
    }
}
