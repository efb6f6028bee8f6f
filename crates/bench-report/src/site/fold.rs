//! From a ledger's lines to a [`Site`], in one pass.
//! Must not know: where lines come from, or how a page looks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use bench_model::audit::{Series, SeriesPoint};
use bench_model::ledger::{Body, Entry, Incident, IncidentState, LedgerMetric, Promotion, RunEntry};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Verdict;
use bench_model::{Direction, Finite, MetricName, RunId, Unit};

use super::names::slugs;
use super::{IncidentRow, LedgerState, NewestRun, PromotionRow, RunFacts, Site, SiteMetric, SiteSeries, ValueRow};

/// How many of the newest values a metric's page lists.
const LISTED: usize = 50;
/// How many promotions and ended incidents a metric's page lists.
const EVENTS: usize = 50;
/// The points of a chart.
const POINTS: usize = 400;
/// The values of the small picture.
const SPARKS: usize = 60;

/// The lines seen so far.
#[derive(Debug, Default)]
pub struct SiteFold {
    as_of: Option<Timestamp>,
    runs: u64,
    newest: Option<NewestRun>,
    lines_of_runs: HashMap<RunId, u64>,
    metrics: BTreeMap<MetricName, Metric>,
    /// Metrics of incidents, by the line that opened them.
    open: HashMap<u64, MetricName>,
}

#[derive(Debug, Default)]
struct Metric {
    series: BTreeMap<(Epoch, Mode, Unit), Values>,
    rows: VecDeque<ValueRow>,
    promotions: VecDeque<PromotionRow>,
    open: BTreeMap<u64, IncidentRow>,
    ended: VecDeque<IncidentRow>,
}

#[derive(Debug)]
struct Values {
    direction: Direction,
    points: Vec<SeriesPoint>,
    verdict: Verdict,
    run: Rc<RunFacts>,
    baseline: Option<(u64, Finite)>,
}

fn push<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(item);
}

impl SiteFold {
    /// Looks at a line. Lines come in the ledger's order.
    pub fn visit(&mut self, entry: &Entry) {
        self.as_of = Some(entry.time);
        match &entry.body {
            Body::Run(run) => self.run(entry, run),
            Body::Promotion(promotion) => self.promotion(entry.seq, Some(entry.time), promotion),
            Body::Incident(incident) => match incident.state {
                IncidentState::Opened => self.begin(entry.seq, entry.time, incident),
                IncidentState::Recovered | IncidentState::Waived | IncidentState::Accepted => self.end(entry, incident),
            },
            Body::Retention(marker) => {
                marker.promotions.iter().for_each(|carried| self.promotion(carried.seq, None, &carried.promotion));
                marker.incidents.iter().for_each(|carried| self.begin(carried.seq, carried.time, &carried.incident));
            }
            Body::Waiver(_) | Body::Noise(_) => {}
        }
    }

    fn run(&mut self, entry: &Entry, run: &RunEntry) {
        let facts = Rc::new(RunFacts {
            seq: entry.seq,
            time: entry.time,
            run_id: run.run_id.clone(),
            commit: run.commit.clone(),
            branch: run.branch.clone(),
            dirty: run.dirty,
            epoch: run.epoch.clone(),
            mode: run.mode,
            status: run.status,
        });
        self.runs += 1;
        self.lines_of_runs.insert(run.run_id.clone(), entry.seq);
        for metric in &run.metrics {
            if !self.metrics.contains_key(&metric.name) {
                self.metrics.insert(metric.name.clone(), Metric::default());
            }
            if let Some(known) = self.metrics.get_mut(&metric.name) {
                known.measured(metric, &facts);
            }
        }
        self.newest = Some(NewestRun { run: facts, metrics: run.metrics.len(), missing: run.missing.clone() });
    }

    fn promotion(&mut self, seq: u64, time: Option<Timestamp>, promotion: &Promotion) {
        let line = self.lines_of_runs.get(&promotion.run_id).copied();
        for held in &promotion.metrics {
            if let Some(metric) = self.metrics.get_mut(&held.name) {
                metric.promoted(seq, time, promotion, held, line);
            }
        }
    }

    fn begin(&mut self, seq: u64, time: Timestamp, incident: &Incident) {
        // A carried incident may stand in the lines that are left, too.
        let row = IncidentRow {
            seq,
            opened: time,
            commit: incident.commit.clone(),
            change: incident.change,
            epoch: incident.epoch.clone(),
            mode: incident.mode,
            end: None,
        };
        self.open.insert(seq, incident.metric.clone());
        self.metrics.entry(incident.metric.clone()).or_default().open.insert(seq, row);
    }

    fn end(&mut self, entry: &Entry, incident: &Incident) {
        let Some(opened) = incident.opened else { return };
        let Some(metric) = self.open.remove(&opened).and_then(|name| self.metrics.get_mut(&name)) else { return };
        if let Some(row) = metric.open.remove(&opened) {
            let end = Some((incident.state, entry.seq, entry.time));
            push(&mut metric.ended, IncidentRow { end, ..row }, EVENTS);
        }
    }

    /// The site of the lines seen. Metrics that no line measured have no page.
    pub fn finish(self, title: String, tool: String, ledger: LedgerState) -> Site {
        let Self { as_of, runs, newest, metrics, .. } = self;
        let metrics: Vec<_> = metrics.into_iter().filter(|(_, metric)| !metric.series.is_empty()).collect();
        let slugs = slugs(metrics.iter().map(|(name, _)| name));
        let metrics = metrics.into_iter().zip(slugs).map(|((name, metric), slug)| metric.finish(name, slug)).collect();
        Site { title, tool, as_of, ledger, runs, newest, metrics }
    }
}

impl Metric {
    fn measured(&mut self, metric: &LedgerMetric, run: &Rc<RunFacts>) {
        let point = SeriesPoint {
            time: run.time,
            seq: run.seq,
            runs: 1,
            lowest: metric.value,
            median: metric.value,
            highest: metric.value,
            floor: metric.floor,
            target: metric.target,
            promoted: false,
            regressed: metric.verdict == Verdict::Regressed,
        };
        let key = (run.epoch.clone(), run.mode, metric.unit);
        let values = self.series.entry(key).or_insert_with(|| Values {
            direction: metric.direction,
            points: Vec::new(),
            verdict: metric.verdict,
            run: run.clone(),
            baseline: None,
        });
        values.points.push(point);
        (values.direction, values.verdict, values.run) = (metric.direction, metric.verdict, run.clone());
        let row = ValueRow {
            run: run.clone(),
            value: metric.value,
            unit: metric.unit,
            verdict: metric.verdict,
            floor: metric.floor,
            promoted: false,
        };
        push(&mut self.rows, row, LISTED);
    }

    fn promoted(
        &mut self,
        seq: u64,
        time: Option<Timestamp>,
        promotion: &Promotion,
        held: &LedgerMetric,
        line: Option<u64>,
    ) {
        let key = (promotion.epoch.clone(), promotion.mode, held.unit);
        if let Some(values) = self.series.get_mut(&key) {
            if values.baseline.is_none_or(|(before, _)| before < seq) {
                values.baseline = Some((seq, held.value));
            }
            let place = line.and_then(|line| values.points.binary_search_by_key(&line, |point| point.seq).ok());
            if let Some(point) = place.and_then(|place| values.points.get_mut(place)) {
                point.promoted = true;
            }
        }
        if let Some(row) = line.and_then(|line| self.rows.iter_mut().find(|row| row.run.seq == line)) {
            row.promoted = true;
        }
        if self.promotions.iter().any(|row| row.seq == seq) {
            return;
        }
        let row = PromotionRow {
            seq,
            time,
            commit: promotion.commit.clone(),
            epoch: promotion.epoch.clone(),
            mode: promotion.mode,
            value: held.value,
            unit: held.unit,
            anchor: promotion.anchor.clone(),
            author: promotion.author.clone(),
        };
        push(&mut self.promotions, row, EVENTS);
    }

    fn finish(self, name: MetricName, slug: String) -> SiteMetric {
        let mut series: Vec<_> =
            self.series.into_iter().map(|(key, values)| values.finish(name.clone(), key)).collect();
        series.sort_by_key(|series| std::cmp::Reverse(series.run.seq));
        let mut promotions: Vec<_> = self.promotions.into();
        promotions.sort_by_key(|row| std::cmp::Reverse(row.seq));
        SiteMetric {
            name,
            slug,
            series,
            runs: self.rows.into_iter().rev().collect(),
            promotions,
            incidents: self.open.into_values().rev().chain(self.ended.into_iter().rev()).collect(),
        }
    }
}

impl Values {
    fn finish(self, metric: MetricName, (epoch, mode, unit): (Epoch, Mode, Unit)) -> SiteSeries {
        let newest = self.points.iter().rev().take(SPARKS).rev().map(|point| point.median).collect();
        let each = self.points.len().div_ceil(POINTS).max(1);
        let points = self.points.chunks(each).filter_map(joined).collect();
        let series = Series { metric, unit, direction: self.direction, epoch, mode, points };
        SiteSeries { series, newest, verdict: self.verdict, run: self.run, baseline: self.baseline }
    }
}

/// Single runs in a row as one point.
fn joined(group: &[SeriesPoint]) -> Option<SeriesPoint> {
    let last = group.last()?;
    let mut values: Vec<_> = group.iter().map(|point| point.median).collect();
    values.sort_by(|a, b| a.get().total_cmp(&b.get()));
    Some(SeriesPoint {
        runs: u32::try_from(group.len()).unwrap_or(u32::MAX),
        lowest: *values.first()?,
        median: *values.get(values.len() / 2)?,
        highest: *values.last()?,
        promoted: group.iter().any(|point| point.promoted),
        regressed: group.iter().any(|point| point.regressed),
        ..*last
    })
}
