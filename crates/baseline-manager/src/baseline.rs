//! What the ledger holds for judging one run. Pure.

use bench_model::ledger::{BASELINE_SCHEMA, Baseline};
use bench_model::provenance::Epoch;

use crate::Ledger;

/// The baseline of an epoch, out of a ledger that was read; without a ledger an empty one.
pub fn baseline_of(ledger: Option<&Ledger>, epoch: &Epoch) -> Baseline {
    let promotions = ledger.map(|ledger| &ledger.promotions);
    Baseline {
        schema: BASELINE_SCHEMA.to_owned(),
        ledger_head: ledger.map_or_else(bench_model::Sha256::zero, |ledger| ledger.summary.head.clone()),
        promotion: promotions.and_then(|all| all.get(epoch)).map(|held| held.value.clone()),
        other_epochs: promotions
            .map(|all| all.keys().filter(|other| *other != epoch).cloned().collect())
            .unwrap_or_default(),
        waivers: ledger
            .map(|ledger| ledger.waivers.iter().map(|held| held.value.clone()).collect())
            .unwrap_or_default(),
    }
}
