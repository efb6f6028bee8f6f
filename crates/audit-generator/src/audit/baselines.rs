//! Promotions: those of the period, and those in force when it began.
//! Must not know: what was measured.

use std::collections::BTreeMap;

use bench_model::audit::BaselineRecord;
use bench_model::ledger::{CarriedPromotion, Entry, Promotion};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;

use crate::Months;

type InForce = BTreeMap<(Epoch, Mode), BaselineRecord>;

/// The promotions seen so far.
#[derive(Debug, Default)]
pub(super) struct Baselines {
    in_force: InForce,
    anchors: InForce,
    in_period: Vec<BaselineRecord>,
}

impl Baselines {
    /// Takes a promotion's line.
    pub(super) fn promote(&mut self, entry: &Entry, promotion: &Promotion, period: Months) {
        let mut held = record(entry.seq, promotion);
        held.line = Some(entry.digest.clone());
        held.time = Some(entry.time);
        if period.contains(entry.time) {
            held.in_period = true;
            self.in_period.push(held);
        } else if entry.time < period.start() {
            let key = (held.epoch.clone(), held.mode);
            if held.anchor.is_some() {
                self.anchors.insert(key.clone(), held.clone());
            }
            self.in_force.insert(key, held);
        }
    }

    /// Takes a promotion that a retention marker carries: it was in force among the lines up to `last_seq`, which are gone.
    pub(super) fn carry(&mut self, carried: &CarriedPromotion, last_seq: u64) {
        let held = record(carried.seq, &carried.promotion);
        let tables = match held.anchor {
            Some(_) => vec![&mut self.anchors, &mut self.in_force],
            None => vec![&mut self.in_force],
        };
        for table in tables {
            let key = (held.epoch.clone(), held.mode);
            // One that still has its line, or was made since, stands.
            if table.get(&key).is_none_or(|known| known.seq < held.seq && known.seq <= last_seq) {
                table.insert(key, held.clone());
            }
        }
    }

    /// All of them, oldest first.
    pub(super) fn finish(self) -> Vec<BaselineRecord> {
        let before = self.in_force.into_values().chain(self.anchors.into_values());
        // The promotion in force may be the newest anchor, too.
        let all: BTreeMap<u64, _> = before.chain(self.in_period).map(|held| (held.seq, held)).collect();
        all.into_values().collect()
    }
}

fn record(seq: u64, promotion: &Promotion) -> BaselineRecord {
    BaselineRecord {
        seq,
        line: None,
        time: None,
        in_period: false,
        run_id: promotion.run_id.clone(),
        commit: promotion.commit.clone(),
        epoch: promotion.epoch.clone(),
        mode: promotion.mode,
        anchor: promotion.anchor.clone(),
        replaces: promotion.replaces,
        author: promotion.author.clone(),
        reason: promotion.reason.clone(),
        criteria: promotion.criteria.clone(),
        metrics: u32::try_from(promotion.metrics.len()).unwrap_or(u32::MAX),
    }
}
