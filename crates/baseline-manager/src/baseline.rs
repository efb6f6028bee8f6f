//! What the ledger holds for judging one run. Pure.
//! Must not know: where the ledger lies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bench_model::ledger::{BASELINE_SCHEMA, Baseline, Body, Entry, HistoryPoint, MetricHistory, Promotion, RunEntry};
use bench_model::proof::inputs;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{MetricName, RunId, Unit};

use crate::{Ledger, Mainline};

/// The most earlier values of a metric that a judge gets.
const MOST_POINTS: usize = 500;

/// The baseline of an epoch and mode, out of a ledger that was read; without a ledger an empty one.
pub fn baseline_of(ledger: Option<&Ledger>, epoch: &Epoch, mode: Mode, earlier: Earlier) -> Baseline {
    let key = (epoch.clone(), mode);
    let anchor = ledger.and_then(|ledger| ledger.anchors.get(&key)).map(|held| held.value.clone());
    let promotion = ledger.and_then(|ledger| ledger.promotion(epoch, mode)).map(|held| held.value.clone());
    let others = ledger.map(|ledger| ledger.other_baselines(epoch, mode)).unwrap_or_default();
    // Runs may have been pruned: what was promoted was measured, too.
    let (here, elsewhere) = (earlier.here || promotion.is_some(), earlier.elsewhere || !others.is_empty());
    Baseline {
        schema: BASELINE_SCHEMA.to_owned(),
        ledger_head: ledger.map_or_else(bench_model::Sha256::zero, |ledger| ledger.summary.head.clone()),
        promotion,
        others,
        measured_elsewhere: elsewhere && !here,
        anchor,
        noise: ledger.map(|ledger| ledger.noise.of(epoch, mode)).unwrap_or_default(),
        history: earlier.history,
    }
}

/// What runs of the main branch left before one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// The values of each metric in the run's own epoch and mode, oldest first, at most the newest 500. Each with what was
    /// decided on it then, when its line was appended, and whether its run became a baseline.
    pub history: Vec<MetricHistory>,
    /// Whether there are such runs in its own epoch and mode.
    pub here: bool,
    /// Whether there are such runs in others.
    pub elsewhere: bool,
}

/// Collects the values that runs of the main branch had before one run, in its epoch and mode.
#[derive(Debug)]
pub struct EarlierValues<'a> {
    run_id: &'a RunId,
    epoch: &'a Epoch,
    mode: Mode,
    main: Mainline<'a>,
    metrics: BTreeMap<MetricName, (Unit, VecDeque<HistoryPoint>)>,
    promoted: BTreeSet<RunId>,
    here: bool,
    elsewhere: bool,
    reached: bool,
}

impl<'a> EarlierValues<'a> {
    /// Before the run `run_id`, which the ledger need not hold yet.
    pub fn new(run_id: &'a RunId, epoch: &'a Epoch, mode: Mode, main: Mainline<'a>) -> Self {
        let (metrics, promoted) = (BTreeMap::new(), BTreeSet::new());
        Self { run_id, epoch, mode, main, metrics, promoted, here: false, elsewhere: false, reached: false }
    }

    /// Looks at a line.
    pub fn visit(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Run(run) => self.run(run, entry.time),
            Body::Promotion(promotion) => self.promotion(promotion),
            Body::Retention(marker) => {
                marker.promotions.iter().for_each(|carried| self.promotion(&carried.promotion));
            }
            Body::Waiver(_) | Body::Noise(_) | Body::Incident(_) => {}
        }
    }

    /// A promotion stands behind its run. What was promoted after the run in question was not known when that was judged.
    fn promotion(&mut self, promotion: &Promotion) {
        if !self.reached && promotion.epoch == *self.epoch && promotion.mode == self.mode {
            self.promoted.insert(promotion.run_id.clone());
        }
    }

    fn run(&mut self, run: &RunEntry, time: Timestamp) {
        self.reached |= run.run_id == *self.run_id;
        if self.reached || !self.main.holds(run) {
            return;
        }
        if run.epoch != *self.epoch || run.mode != self.mode {
            self.elsewhere = true;
            return;
        }
        self.here = true;
        let evidence_level = (!run.proofs().is_empty()).then(|| run.evidence());
        let inputs = inputs(run.proofs());
        for metric in &run.metrics {
            if !self.metrics.contains_key(&metric.name) {
                self.metrics.insert(metric.name.clone(), (metric.unit, VecDeque::new()));
            }
            let Some((unit, points)) = self.metrics.get_mut(&metric.name) else { continue };
            if *unit != metric.unit {
                // Values of two units are no series.
                *unit = metric.unit;
                points.clear();
            }
            if points.len() == MOST_POINTS {
                points.pop_front();
            }
            let (run_id, commit) = (run.run_id.clone(), run.commit.clone());
            let (value, verdict) = (metric.value, Some(metric.verdict));
            let (time, promoted, inputs) = (Some(time), false, inputs.clone());
            points.push_back(HistoryPoint { run_id, commit, time, value, evidence_level, inputs, verdict, promoted });
        }
    }

    /// What was collected.
    pub fn finish(self) -> Earlier {
        let Self { metrics, promoted, here, elsewhere, .. } = self;
        let marked = |point: HistoryPoint| HistoryPoint { promoted: promoted.contains(&point.run_id), ..point };
        let history = metrics.into_iter().map(|(name, (unit, points))| {
            let points = points.into_iter().map(marked).collect();
            MetricHistory { name, unit, points }
        });
        Earlier { history: history.collect(), here, elsewhere }
    }
}
