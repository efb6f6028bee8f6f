//! Waivers: a regression that is permitted for a while is named, but does not turn the status.

use std::collections::BTreeMap;

use bench_cli::words::{percent, unsigned_percent};
use bench_model::MetricName;
use bench_model::ledger::Waiver;
use bench_model::verdict::{JudgedMetric, Verdict};

use crate::regression::{beyond, loss};

/// The waivers in force, by metric. The newest one of a metric holds.
pub(crate) struct Waivers<'a>(BTreeMap<&'a MetricName, &'a Waiver>);

/// What a waiver says about a regression.
pub(crate) enum Ruling {
    /// Nothing is waived.
    NotWaived,
    /// Permitted; the text says by whom, and until when.
    Waived(String),
    /// Beyond what is permitted; the text says so.
    Exceeded(String),
}

impl<'a> Waivers<'a> {
    /// From oldest to newest.
    pub(crate) fn new(waivers: &'a [Waiver]) -> Self {
        Self(waivers.iter().map(|waiver| (&waiver.metric, waiver)).collect())
    }

    /// What holds for a metric.
    pub(crate) fn ruling(&self, metric: &JudgedMetric) -> Ruling {
        let (Some(waiver), Some(change)) = (self.0.get(&metric.name), metric.change) else {
            return Ruling::NotWaived;
        };
        if metric.verdict != Verdict::Regressed {
            return Ruling::NotWaived;
        }
        let ceiling = waiver.ceiling.get();
        let terms = format!(
            "a loss of up to {} is waived until {} ({}, {}): {}",
            unsigned_percent(ceiling),
            waiver.expires,
            waiver.issue,
            waiver.author,
            waiver.reason
        );
        let text =
            |outcome: &str| format!("`{}` changed by {}, {outcome} {terms}", metric.name, percent(change.value.get()));
        if !beyond(loss(change.value.get(), metric.direction), ceiling) {
            Ruling::Waived(text("which does not count:"))
        } else {
            Ruling::Exceeded(text("beyond its waiver:"))
        }
    }
}
