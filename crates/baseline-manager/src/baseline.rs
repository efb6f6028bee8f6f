//! What the ledger holds for judging one run. Pure.

use bench_model::ledger::{BASELINE_SCHEMA, Baseline};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;

use crate::Ledger;

/// The baseline of an epoch and mode, out of a ledger that was read; without a ledger an empty one.
pub fn baseline_of(ledger: Option<&Ledger>, epoch: &Epoch, mode: Mode) -> Baseline {
    Baseline {
        schema: BASELINE_SCHEMA.to_owned(),
        ledger_head: ledger.map_or_else(bench_model::Sha256::zero, |ledger| ledger.summary.head.clone()),
        promotion: ledger.and_then(|ledger| ledger.promotion(epoch, mode)).map(|held| held.value.clone()),
        others: ledger.map(|ledger| ledger.other_baselines(epoch, mode)).unwrap_or_default(),
        waivers: ledger
            .map(|ledger| ledger.waivers.iter().map(|held| held.value.clone()).collect())
            .unwrap_or_default(),
    }
}
