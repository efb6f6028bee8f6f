//! What a run may be compared with, and what is known about its noise. Must not know verdicts.

use std::collections::BTreeMap;

use bench_model::MetricName;
use bench_model::ledger::{Baseline, LedgerMetric, MetricHistory, NoiseMetric, Promotion};
use bench_model::perf::Report;
use bench_model::run::{Mode, Pairing};
use bench_model::verdict::{Against, BaselineRef};

use crate::inputs::{File, Inputs};

/// The fewest comparisons from which a noise floor is believed: one made in a busy minute must not disarm a gate.
const ENOUGH_COMPARISONS: u32 = 5;

/// Everything that values of a run may be held against.
pub(crate) struct Grounds<'a> {
    /// The other side, measured in turns on the same machine.
    pub(crate) base: Option<(File<'a>, &'a Pairing)>,
    /// The promotion of the run's own epoch and mode.
    pub(crate) promotion: Option<&'a Promotion>,
    /// There are baselines or earlier runs of the main branch, but none for this epoch, and there is no other side.
    pub(crate) is_other_epoch: bool,
    /// There are baselines for other epochs or modes, and not only earlier runs.
    pub(crate) is_baseline_elsewhere: bool,
    /// There are baselines of this epoch, but none of this mode, and there is no other side: the mode of the first.
    pub(crate) other_mode: Option<Mode>,
    /// The newest anchor of the run's own epoch and mode.
    pub(crate) anchor: Option<&'a Promotion>,
    noise: BTreeMap<&'a MetricName, &'a NoiseMetric>,
    histories: BTreeMap<&'a MetricName, &'a MetricHistory>,
}

impl<'a> Grounds<'a> {
    pub(crate) fn of(inputs: &Inputs<'a>) -> Self {
        let (report, base) = (inputs.head.report, inputs.comparison());
        let own = |promotion: &&Promotion| is_own(promotion, report);
        let found = inputs.baseline.and_then(|baseline| baseline.promotion.as_ref());
        let anchor = inputs.baseline.and_then(|baseline| baseline.anchor.as_ref());
        // A file made for another run holds that run's noise and history.
        let foreign = found.into_iter().chain(anchor).any(|promotion| !is_own(promotion, report));
        let baseline = inputs.baseline.filter(|_| !foreign);
        let (promotion, anchor) = (found.filter(own), anchor.filter(own));
        let (is_baseline_elsewhere, other_mode) = match (promotion, &base) {
            (None, None) => elsewhere(report, inputs.baseline),
            _ => (false, None),
        };
        let are_runs_elsewhere = promotion.is_none()
            && base.is_none()
            && inputs.baseline.is_some_and(|baseline| baseline.measured_elsewhere && baseline.history.is_empty());
        Self {
            base,
            promotion,
            is_other_epoch: other_mode.is_none() && (is_baseline_elsewhere || are_runs_elsewhere),
            is_baseline_elsewhere,
            other_mode,
            anchor,
            noise: baseline.into_iter().flat_map(|b| &b.noise).map(|noise| (&noise.name, noise)).collect(),
            histories: baseline.into_iter().flat_map(|b| &b.history).map(|history| (&history.name, history)).collect(),
        }
    }

    /// Whether the base side did not report all that it had to.
    pub(crate) fn base_failed(&self) -> bool {
        self.base.is_some_and(|(base, _)| !base.report.complete || !base.report.errors.is_empty())
    }

    /// What is known about the noise of a metric.
    pub(crate) fn noise(&self, name: &MetricName) -> Option<&'a NoiseMetric> {
        self.noise.get(name).copied().filter(|noise| noise.comparisons >= ENOUGH_COMPARISONS)
    }

    /// The earlier values of a metric.
    pub(crate) fn history(&self, name: &MetricName) -> Option<&'a MetricHistory> {
        self.histories.get(name).copied()
    }

    /// The metrics of the anchor.
    pub(crate) fn anchors(&self) -> BTreeMap<&'a MetricName, &'a LedgerMetric> {
        self.anchor.into_iter().flat_map(|anchor| &anchor.metrics).map(|metric| (&metric.name, metric)).collect()
    }

    /// The promotion that values were compared with. With another side it is not compared with, but for the commit that
    /// was promoted being that other side.
    pub(crate) fn baseline_ref(&self, baseline: Option<&Baseline>) -> Option<BaselineRef> {
        let promotion = self.promotion.filter(|promotion| match &self.base {
            None => true,
            Some((base, _)) => {
                base.report.provenance.source.as_ref().is_some_and(|s| !s.dirty && s.commit == promotion.commit)
            }
        });
        reference(promotion, baseline)
    }

    /// The anchor that values were compared with.
    pub(crate) fn anchor_ref(&self, baseline: Option<&Baseline>) -> Option<BaselineRef> {
        reference(self.anchor, baseline)
    }

    /// The other side; `pairs` is the most rounds that a metric has on each.
    pub(crate) fn against(&self, pairs: u32) -> Option<Against> {
        let (base, pairing) = self.base.as_ref()?;
        Some(Against {
            purpose: pairing.purpose,
            reference: pairing.against.clone(),
            commit: base.report.provenance.source.as_ref().map(|source| source.commit.clone()),
            run_id: base.report.run_id.clone(),
            perf_sha256: base.sha256.clone(),
            pairs,
            looks: u32::try_from(pairing.looks.iter().filter(|look| **look <= pairs).count()).unwrap_or(u32::MAX),
            bench_source: pairing.bench_source,
        })
    }
}

/// A baseline file made for another run must not be compared with silently.
fn is_own(promotion: &Promotion, report: &Report) -> bool {
    promotion.epoch == report.provenance.epoch && promotion.mode == report.plan.mode
}

/// Whether all baselines are of other epochs, and the mode of the first that is of this one.
fn elsewhere(report: &Report, baseline: Option<&Baseline>) -> (bool, Option<Mode>) {
    let found = baseline.and_then(|baseline| baseline.promotion.as_ref());
    let listed = baseline.into_iter().flat_map(|baseline| &baseline.others).map(|other| (&other.epoch, other.mode));
    let mut others = found.map(|promotion| (&promotion.epoch, promotion.mode)).into_iter().chain(listed).peekable();
    let any = others.peek().is_some();
    let other_mode = others.find(|(other, _)| **other == report.provenance.epoch).map(|(_, mode)| mode);
    (any && other_mode.is_none(), other_mode)
}

fn reference(promotion: Option<&Promotion>, baseline: Option<&Baseline>) -> Option<BaselineRef> {
    let (promotion, baseline) = promotion.zip(baseline)?;
    Some(BaselineRef {
        run_id: promotion.run_id.clone(),
        commit: Some(promotion.commit.clone()),
        epoch: promotion.epoch.clone(),
        ledger_head: baseline.ledger_head.clone(),
    })
}
