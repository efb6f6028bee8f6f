//! What a ledger holds of one metric over time: the values of its newest environment and mode, and what is left out.
//! Must not know: what is made of them.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::ledger::{Body, Entry, LedgerMetric, Promotion, RunEntry};
use bench_model::perf::EvidenceLevel;
use bench_model::proof::inputs;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Verdict;
use bench_model::{Commit, Finite, MetricName, RunId, Sha256, unit};

use crate::Error;

/// So many names an error tells.
const NAMED: usize = 5;

/// A metric's values in one environment and mode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) metric: MetricName,
    pub(crate) epoch: Epoch,
    pub(crate) mode: Mode,
    /// Oldest first, at least one.
    pub(crate) points: Vec<Point>,
    /// The newest run's own line of the metric.
    pub(crate) last: LedgerMetric,
    /// Its value in the promotion in force.
    pub(crate) baseline: Option<Finite>,
    /// Other environments and modes that it was measured in, with their runs.
    pub(crate) others: Vec<(Epoch, Mode, usize)>,
}

/// A metric's value in one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) run_id: RunId,
    pub(crate) commit: Option<Commit>,
    pub(crate) branch: Option<String>,
    /// Whether the run measured a commit as it is, to the end.
    pub(crate) whole: bool,
    /// When its line was appended.
    pub(crate) time: Timestamp,
    pub(crate) value: Finite,
    pub(crate) rounds: Vec<Finite>,
    pub(crate) verdict: Verdict,
    /// What the run's accounts bear out.
    pub(crate) evidence_level: EvidenceLevel,
    /// What it worked on; empty where it gave no account.
    pub(crate) inputs: Vec<Sha256>,
    /// Whether it became a baseline.
    pub(crate) promoted: bool,
}

impl Point {
    fn new(run: &RunEntry, metric: &LedgerMetric, time: Timestamp) -> Self {
        Self {
            run_id: run.run_id.clone(),
            commit: run.commit.clone(),
            branch: run.branch.clone(),
            whole: run.commit.is_some() && !run.dirty && run.complete,
            time,
            value: metric.value,
            rounds: metric.rounds.clone(),
            verdict: metric.verdict,
            evidence_level: run.evidence(),
            inputs: inputs(run.proofs()),
            promoted: false,
        }
    }
}

type Place = (Epoch, Mode);

/// What the ledger holds of the metrics whose name fits.
pub(crate) struct Collected {
    wanted: String,
    lower: String,
    /// Every name there is, for suggestions.
    names: BTreeSet<MetricName>,
    series: BTreeMap<MetricName, BTreeMap<Place, Collecting>>,
}

#[derive(Default)]
struct Collecting {
    points: Vec<Point>,
    newest: Option<LedgerMetric>,
    baseline: Option<Finite>,
}

impl Collected {
    /// Of metrics with that name, or with a name that it is a part of.
    pub(crate) fn new(wanted: &str) -> Self {
        Self { wanted: wanted.into(), lower: wanted.to_lowercase(), names: BTreeSet::new(), series: BTreeMap::new() }
    }

    fn fits(&self, name: &MetricName) -> bool {
        name.as_str() == self.wanted || name.as_str().to_lowercase().contains(&self.lower)
    }

    /// Looks at a line.
    pub(crate) fn absorb(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Run(run) => {
                for metric in &run.metrics {
                    if !self.names.contains(&metric.name) {
                        self.names.insert(metric.name.clone());
                    }
                    if !self.fits(&metric.name) {
                        continue;
                    }
                    let series = self.series(&metric.name, &run.epoch, run.mode);
                    if series.newest.as_ref().is_some_and(|before| before.unit != metric.unit) {
                        // In another unit it was another quantity.
                        *series = Collecting::default();
                    }
                    series.points.push(Point::new(run, metric, entry.time));
                    series.newest = Some(metric.clone());
                }
            }
            Body::Promotion(promotion) => self.promote(promotion),
            Body::Retention(retention) => {
                for carried in &retention.promotions {
                    self.promote(&carried.promotion);
                }
            }
            Body::Waiver(_) | Body::Noise(_) | Body::Incident(_) => {}
        }
    }

    fn promote(&mut self, promotion: &Promotion) {
        for metric in promotion.metrics.iter().filter(|metric| self.fits(&metric.name)).collect::<Vec<_>>() {
            let series = self.series(&metric.name, &promotion.epoch, promotion.mode);
            series.baseline = Some(metric.value);
            // A promotion comes soon after its run.
            if let Some(point) = series.points.iter_mut().rev().find(|point| point.run_id == promotion.run_id) {
                point.promoted = true;
            }
        }
    }

    fn series(&mut self, name: &MetricName, epoch: &Epoch, mode: Mode) -> &mut Collecting {
        self.series.entry(name.clone()).or_default().entry((epoch.clone(), mode)).or_default()
    }

    /// The series with the newest run, of the only metric that fits.
    pub(crate) fn newest(mut self) -> Result<Series, Error> {
        let metric = self.name()?;
        let mut all = self.series.remove(&metric).unwrap_or_default();
        all.retain(|_, series| !series.points.is_empty());
        let newest = |series: &Collecting| series.points.last().map(|point| point.time);
        let place = all.iter().max_by_key(|(_, series)| newest(series)).map(|(place, _)| place.clone());
        let found = place.and_then(|place| all.remove(&place).map(|series| (place, series)));
        let Some(((epoch, mode), Collecting { points, newest: Some(last), baseline })) = found else {
            return Err(self.unknown());
        };
        let others = all.into_iter().map(|((epoch, mode), series)| (epoch, mode, series.points.len())).collect();
        Ok(Series { metric, epoch, mode, points, last, baseline, others })
    }

    /// The only metric that fits.
    fn name(&self) -> Result<MetricName, Error> {
        if let Some(exact) = self.series.keys().find(|name| name.as_str() == self.wanted) {
            return Ok(exact.clone());
        }
        let mut fitting = self.series.keys();
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => Err(Error::AmbiguousMetric {
                text: self.wanted.clone(),
                first: self.series.keys().take(NAMED).map(ToString::to_string).collect(),
                more: self.series.len().saturating_sub(NAMED),
            }),
            (None, Some(_) | None) => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Error {
        let names = || self.names.iter().map(MetricName::as_str);
        Error::UnknownMetric {
            text: self.wanted.clone(),
            nearest: unit::nearest(&self.wanted, names()).or_else(|| {
                // Whole names are long; who mistypes one word of them means that word.
                unit::nearest(&self.wanted, names().flat_map(|name| name.split(['/', '#'])))
            }),
            known: self.names.len(),
        }
    }
}
