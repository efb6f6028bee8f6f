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
    /// A loss beyond the threshold, noise or not.
    pub(crate) is_loss: bool,
    pub(crate) chance: Chance,
}

/// Whether the change since the anchor may be noise.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chance {
    /// Neither side varies: it is what it is.
    None,
    /// The chance of a change at least as large without any cause.
    Of(f64),
    /// Too few rounds to say.
    Unknown,
}

/// What the anchor says about a metric; `None` when they are not comparable.
pub(crate) fn since(metric: &Metric, anchor: &LedgerMetric, threshold: f64, levels: Levels) -> Option<Since> {
    if (metric.unit, metric.direction) != (anchor.unit, anchor.direction) {
        return None;
    }
    let (change, chance) = match contrast(&numbers(&anchor.rounds), &numbers(&metric.rounds), Design::Independent) {
        Contrasted::Exact { change } => (point(change)?, Chance::None),
        Contrasted::Estimate(estimate) => (estimated(&estimate, levels.shown)?, Chance::Of(estimate.p())),
        Contrasted::TooFew { change } => (point(change?)?, Chance::Unknown),
        Contrasted::NotComparable => return None,
    };
    let size = change.value.get();
    let is_loss = beyond(size.abs(), threshold) && moved(size, metric.direction) == Verdict::Regressed;
    Some(Since { change, is_loss, chance })
}
