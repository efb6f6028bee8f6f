//! Retention: whole month segments go, a marker line stays and carries what is still in force.
//! The marker is kept first, so that an interruption in between leaves a ledger that verifies.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::Sha256;
use bench_model::ledger::{Body, CarriedPromotion, Retention};
use bench_model::time::Timestamp;

use crate::store::{Change, Store};
use crate::{Error, Ledger, Segment};

/// What became of a prune.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// The segments removed, oldest first; empty when none was old enough.
    pub removed: Vec<String>,
    /// The last line removed, by `seq`.
    pub last_seq: Option<u64>,
    /// The ledger's head afterwards.
    pub head: Sha256,
    /// What to know.
    pub warnings: Vec<String>,
}

/// Removes every segment of a month more than `keep_months` before the present one, signed off by `author`.
/// Promotions in force, anchors, the noise measured last and open incidents are carried on.
///
/// # Errors
/// [`Error::Flag`] for an empty author or no month kept, [`Error::Broken`] when the chain does not hold, and what
/// storage can fail with.
pub fn prune(store: &Store, keep_months: u32, author: &str, now: Timestamp) -> Result<Pruned, Error> {
    if author.trim().is_empty() {
        return Err(Error::Flag { flag: "author", reason: "a name must sign off the removal".into() });
    }
    if keep_months == 0 {
        return Err(Error::Flag { flag: "keep-months", reason: "at least 1 month is kept".into() });
    }
    let cut = Segment(now.month().minus(keep_months));
    let (mut removed, mut last_seq) = (Vec::new(), None);
    let changed = store.update(now, None, &mut |ledger| {
        let old: Vec<_> = ledger.segments.iter().filter(|range| range.segment < cut).collect();
        let remove: BTreeSet<_> = old.iter().map(|range| range.segment).collect();
        removed = remove.iter().map(Segment::to_string).collect();
        let last = old.iter().rev().find_map(|range| range.last.clone());
        last_seq = last.as_ref().map(|(seq, _)| *seq);
        let append = last.and_then(|(seq, digest)| marker(ledger, seq, digest, keep_months, author));
        Ok(Change { append: append.into_iter().map(Body::Retention).collect(), remove })
    })?;
    Ok(Pruned { removed, last_seq, head: changed.head, warnings: changed.warnings })
}

/// The marker for removing everything up to a line; `None` when one stands there already, from a prune that was interrupted.
fn marker(ledger: &Ledger, last_seq: u64, last_line: Sha256, keep_months: u32, author: &str) -> Option<Retention> {
    if ledger.markers.iter().any(|marker| marker.last_seq >= last_seq) {
        return None;
    }
    // An anchor that is the promotion in force, too, is carried once.
    let promotions: BTreeMap<_, _> = (ledger.promotions.values().chain(ledger.anchors.values()))
        .filter(|held| held.line <= last_seq)
        .map(|held| (held.seq, &held.value))
        .collect();
    let incidents = ledger.incidents.values().filter(|open| open.line <= last_seq);
    Some(Retention {
        last_seq,
        last_line,
        keep_months,
        author: author.to_owned(),
        promotions: promotions
            .into_iter()
            .map(|(seq, promotion)| CarriedPromotion { seq, promotion: promotion.clone() })
            .collect(),
        noise: ledger.noise.up_to(last_seq),
        incidents: incidents.map(|open| open.opened.clone()).collect(),
    })
}
