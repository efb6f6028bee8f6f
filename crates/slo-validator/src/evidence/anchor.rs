//! The frozen anchor: many changes that are each too small to see add up to one that is not.

use bench_model::ledger::LedgerMetric;
use bench_model::perf::Metric;
use bench_model::verdict::{Change, Verdict};
use bench_stats::{Contrasted, Design, contrast};

use super::numbers;
use crate::Levels;
use crate::regression::{beyond, estimated, moved, point};

/// The change since the anchor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since {
    pub(crate) change: Change,
    /// A loss beyond the threshold that is no noise.
    pub(crate) is_loss: bool,
}

/// What the anchor says about a metric; `None` when they are not comparable.
pub(crate) fn since(metric: &Metric, anchor: &LedgerMetric, threshold: f64, levels: Levels) -> Option<Since> {
    if (metric.unit, metric.direction) != (anchor.unit, anchor.direction) {
        return None;
    }
    let is_loss = |change: f64, sure: bool| {
        sure && beyond(change.abs(), threshold) && moved(change, metric.direction) == Verdict::Regressed
    };
    match contrast(&numbers(&anchor.rounds), &numbers(&metric.rounds), Design::Independent) {
        Contrasted::Exact { change } => Some(Since { change: point(change)?, is_loss: is_loss(change, true) }),
        Contrasted::Estimate(estimate) => {
            let sure = estimate.p() < levels.error();
            let change = estimated(&estimate, levels.shown)?;
            Some(Since { change, is_loss: is_loss(estimate.change(), sure) })
        }
        Contrasted::TooFew { change } => Some(Since { change: point(change?)?, is_loss: false }),
        Contrasted::NotComparable => None,
    }
}
