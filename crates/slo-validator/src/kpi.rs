//! Indicators: scores from 0 to 10 by the contracts of `kpi.toml`, from the ledger's lines alone.
//!
//! What an indicator may claim follows from the weakest of its inputs ([`Tier`]). An input that is missing earns nothing, is named,
//! and lowers the tier. An indicator without any input has no score, and nothing is averaged over several.
//! Must not know: where a ledger lies, or how a report looks.

mod evidence;
mod input;
mod status;

use bench_model::config::{Contract, Contracts, Formula};
use bench_model::kpi::{
    Eligibility, HIGHEST, Kpi, KpiInput, KpiLedger, KpiPrevious, KpiReport, KpiStatus, SCHEMA, Tier,
};
use bench_model::{Finite, Sha256, VersionName};

pub use evidence::LedgerEvidence;
pub(crate) use status::lost;

/// Earlier scores, and the digest of their file.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// What the file says.
    pub report: &'a KpiReport,
    /// The SHA-256 of the file.
    pub sha256: &'a Sha256,
}

/// Scores every contract by what the lines of a ledger amount to.
pub fn score_kpis(
    contracts: &Contracts,
    evidence: &LedgerEvidence,
    ledger: KpiLedger,
    version: VersionName,
    before: Option<Before<'_>>,
) -> KpiReport {
    let intact = ledger.broken.is_none();
    let one = |contract: &Contract| score(contract, evidence, intact, &version, before.map(|before| before.report));
    let kpis: Vec<Kpi> = contracts.kpis.iter().map(one).collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    KpiReport {
        schema: SCHEMA.into(),
        version,
        ledger,
        previous: before
            .map(|before| KpiPrevious { version: before.report.version.clone(), sha256: before.sha256.clone() }),
        total: count(kpis.len()),
        measured: count(kpis.iter().filter(|kpi| kpi.score.is_some()).count()),
        kpis,
    }
}

/// The newest score that is known from before, and what it is about: a report without one keeps that of the report before it, so that
/// a gap in measuring hides no drop. Earlier scores of the same version stand beside what that was held against: the higher counts,
/// or to score once more would make a drop unseen.
fn last_score(before: &KpiReport, contract: &Contract, version: &VersionName) -> Option<(Finite, Option<VersionName>)> {
    let kpi = before.kpis.iter().find(|kpi| kpi.name == contract.name)?;
    let own = kpi.score.map(|score| (score, Some(before.version.clone())));
    let held = kpi.previous.map(|score| (score, kpi.previous_version.clone()));
    match (own, held) {
        (Some(own), Some(held)) if before.version == *version && held.0 > own.0 => Some(held),
        (own, held) => own.or(held),
    }
}

fn score(
    contract: &Contract,
    evidence: &LedgerEvidence,
    intact: bool,
    version: &VersionName,
    before: Option<&KpiReport>,
) -> Kpi {
    let inputs = input::all(contract, evidence, intact);
    let made = raw_score(&contract.formula, &inputs);
    let tier = tier(&inputs, intact);
    let score = made.map(|made| Finite::try_from(made.get().min(tier.cap())).unwrap_or(made));
    let (previous, previous_version) = match before.and_then(|before| last_score(before, contract, version)) {
        Some((score, about)) => (Some(score), about),
        None => (None, None),
    };
    let drop = score.zip(previous).and_then(|(now, then)| Finite::try_from(then.get() - now.get()).ok());
    let finite = |value: f64| Finite::try_from(value).unwrap_or_default();
    let mut kpi = Kpi {
        name: contract.name.clone(),
        about: contract.about.clone(),
        formula: contract.formula.to_string(),
        score,
        capped_from: made.filter(|made| made.get() > tier.cap()),
        tier: score.map(|_| Eligibility { tier, cap: finite(tier.cap()), confidence: finite(tier.confidence()) }),
        floor: contract.floor,
        max_drop: contract.max_drop,
        yellow: contract.yellow,
        green: contract.green,
        previous,
        previous_version,
        drop,
        status: KpiStatus::NotMeasured,
        why: Vec::new(),
        inputs,
    };
    (kpi.status, kpi.why) = status::decide(&kpi);
    kpi
}

/// What the formula gives, before the tier; `None` when no input of it was measured.
fn raw_score(formula: &Formula, inputs: &[KpiInput]) -> Option<Finite> {
    let mut earned = inputs.iter().filter_map(|input| input.points).peekable();
    earned.peek()?;
    let base = match formula {
        Formula::None | Formula::Score(_) => 0.0,
        Formula::Points { base, .. } => base.get(),
    };
    let sum: f64 = earned.map(Finite::get).sum();
    Finite::try_from((base + sum).min(HIGHEST)).ok()
}

/// What the weakest input allows.
fn tier(inputs: &[KpiInput], intact: bool) -> Tier {
    let of = |input: &KpiInput| match (&input.missing, input.level) {
        (None, Some(level)) => Tier::of(level),
        (Some(_), _) | (None, None) => Tier::Unverified,
    };
    match intact {
        true => inputs.iter().map(of).min().unwrap_or(Tier::Unverified),
        false => Tier::Unverified,
    }
}
