//! A script's own metrics, and k6's that are no request's: counters and gauges over time, the figures of rates and trends.
//! Must not know: requests.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::{Gauge, Statistic, Threshold, ThresholdText};

use super::super::counts::Counts;
use super::super::draft::{Draft, finite};
use super::stated::Sort;

/// Metrics beyond these are left out: memory must not grow with a script's imagination.
const MAX_METRICS: usize = 500;
/// So are those with longer names, in bytes; k6 itself permits 128 characters.
const MAX_NAME: usize = 512;
/// A trend's values are counted in millionths: nanoseconds for times.
const SCALE: f64 = 1e6;

/// All such metrics.
#[derive(Debug, Default)]
pub(super) struct Customs {
    metrics: BTreeMap<String, Custom>,
    left_out: bool,
}

#[derive(Debug)]
enum Custom {
    /// Sums by second.
    Counter(BTreeMap<i64, f64>),
    /// The last value of each second, with its moment.
    Gauge(BTreeMap<i64, (i64, f64)>),
    /// How many, and how many of them were not zero.
    Rate(u64, u64),
    Trend(Box<Trend>),
}

#[derive(Debug, Default)]
struct Trend {
    counts: Counts,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Customs {
    /// Learns of a metric. Repeated declarations change nothing.
    pub(super) fn declare(&mut self, name: &str, sort: Sort) {
        if self.metrics.contains_key(name) {
            return;
        }
        if self.metrics.len() >= MAX_METRICS || name.len() > MAX_NAME {
            self.left_out = true;
            return;
        }
        let custom = match sort {
            Sort::Counter => Custom::Counter(BTreeMap::new()),
            Sort::Gauge => Custom::Gauge(BTreeMap::new()),
            Sort::Rate => Custom::Rate(0, 0),
            Sort::Trend => Custom::Trend(Box::default()),
        };
        self.metrics.insert(name.to_owned(), custom);
    }

    /// Adds a point at a moment in ns. `false` when the metric was never declared.
    pub(super) fn point(&mut self, name: &str, time: i64, value: f64) -> bool {
        let second = time.div_euclid(1_000_000_000);
        match self.metrics.get_mut(name) {
            Some(Custom::Counter(sums)) => *sums.entry(second).or_default() += value,
            Some(Custom::Gauge(last)) => {
                let entry = last.entry(second).or_insert((time, value));
                if entry.0 <= time {
                    *entry = (time, value);
                }
            }
            Some(Custom::Rate(all, hits)) => {
                *all += 1;
                *hits += u64::from(value != 0.0);
            }
            Some(Custom::Trend(trend)) => trend.record(value),
            None => return self.left_out,
        }
        true
    }

    /// Writes them all, dated from `zero` (in ns), figures of a whole run at `end_s`.
    pub(super) fn finish(self, zero: i64, end_s: f64, thresholds: &[ThresholdText], draft: &mut Draft) {
        if self.left_out {
            draft
                .warnings
                .push(format!("only the first {MAX_METRICS} metrics are kept, with names of at most {MAX_NAME} bytes"));
        }
        let zero = zero.div_euclid(1_000_000_000);
        let at = |second: i64| finite(second.saturating_sub(zero).max(0) as f64);
        for (name, custom) in self.metrics {
            let from = |sort: Sort| format!("k6 {} {name}", sort.name());
            match custom {
                Custom::Counter(sums) => {
                    let mut total = 0.0;
                    let mut points = Vec::new();
                    for (second, sum) in sums {
                        total += sum;
                        // What was counted in a second is complete at its end.
                        points.extend(Finite::try_from(total).ok().map(|total| (at(second.saturating_add(1)), total)));
                    }
                    gauge(draft, &name, from(Sort::Counter), true, points);
                }
                Custom::Gauge(last) => {
                    let points = last.into_iter().filter_map(|(s, (_, v))| Some((at(s), Finite::try_from(v).ok()?)));
                    gauge(draft, &name, from(Sort::Gauge), false, points.collect());
                }
                Custom::Rate(0, _) => {}
                Custom::Rate(all, hits) => {
                    draft.figure(format!("{name}.rate"), from(Sort::Rate), false, end_s, hits as f64 / all as f64);
                }
                Custom::Trend(trend) => trend.finish(&name, end_s, thresholds, draft),
            }
        }
    }
}

fn gauge(draft: &mut Draft, name: &str, from: String, counter: bool, points: Vec<(Finite, Finite)>) {
    if !points.is_empty() {
        draft.load.gauges.push(Gauge { name: name.to_owned(), from, counter, points });
    }
}

impl Trend {
    fn record(&mut self, value: f64) {
        (self.min, self.max) =
            if self.count == 0 { (value, value) } else { (self.min.min(value), self.max.max(value)) };
        self.count += 1;
        self.sum += value;
        // A negative value has no bucket; `finish` then gives no percentiles.
        self.counts.record((value * SCALE).round().max(0.0) as u64);
    }

    /// Its figures, in the script's own unit; milliseconds for times.
    fn finish(&self, name: &str, end_s: f64, thresholds: &[ThresholdText], draft: &mut Draft) {
        let Some(buckets) = self.counts.buckets() else { return };
        let mut add = |figure: String, value: f64| {
            draft.figure(format!("{name}.{figure}"), format!("k6 trend {name}"), false, end_s, value);
        };
        add("avg".to_owned(), self.sum / self.count as f64);
        add("count".to_owned(), self.count as f64);
        add("max".to_owned(), self.max);
        add("min".to_owned(), self.min);
        if self.min < 0.0 {
            return;
        }
        let mut percents = vec![90.0, 95.0, 99.0];
        for threshold in thresholds.iter().filter(|threshold| threshold.metric == name) {
            if let Ok(Threshold { statistic: Statistic::Percentile(percent), .. }) = Threshold::parse(threshold) {
                percents.push(percent);
            }
        }
        percents.sort_by(f64::total_cmp);
        percents.dedup();
        for percent in percents {
            if let Some(value) = buckets.percentile(percent) {
                add(format!("p({percent})"), (value / SCALE).min(self.max));
            }
        }
        if let Some(value) = buckets.percentile(50.0) {
            add("med".to_owned(), (value / SCALE).min(self.max));
        }
    }
}
