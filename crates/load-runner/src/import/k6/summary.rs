//! A k6 summary as a record. Must not know: its shape.

use std::collections::BTreeMap;

use bench_model::load::{EngineThreshold, LoadModel, Selector, Series, Threshold, ThresholdText, VIEW};

use super::super::draft::{ALL, Draft, not_judged_again, printed, series, unanswered};
use super::super::fault::Fault;
use super::stated::{Metric, Sort, Stated};

/// One end-of-test summary.
#[derive(Debug)]
pub(in super::super) struct Summary {
    stated: Stated,
}

impl Summary {
    /// Reads a summary in any shape.
    pub(in super::super) fn read(text: &str) -> Result<Self, Fault> {
        Ok(Self { stated: Stated::read(text)? })
    }

    /// How many requests it counts, to tell whether two files are of one run.
    pub(in super::super) fn requests(&self) -> Option<u64> {
        self.metric("http_reqs", None)?.count("count")
    }

    /// How many figures it has.
    pub(in super::super) fn figures(&self) -> usize {
        self.stated.metrics.iter().map(|metric| metric.values.len()).sum()
    }

    /// What it adds to a record that another file of the same run was made into: thresholds and the version.
    pub(in super::super) fn add_to(&self, draft: &mut Draft) {
        for metric in &self.stated.metrics {
            for (expression, passed) in &metric.thresholds {
                let threshold = ThresholdText { metric: metric.written(), expression: expression.clone() };
                add_threshold(draft, &threshold);
                draft.load.engine_thresholds.push(EngineThreshold { threshold, passed: *passed });
            }
        }
        if self.stated.version.is_some() {
            draft.load.engine.version.clone_from(&self.stated.version);
        }
    }

    /// The record.
    pub(in super::super) fn into_draft(self) -> Draft {
        let mut draft = Draft::new("k6");
        self.add_to(&mut draft);
        draft.warnings.extend(self.stated.warnings.iter().cloned());
        let mut selectors: Vec<Option<&str>> = vec![None];
        for metric in self.stated.metrics.iter().filter(|metric| metric.name.starts_with("http_req")) {
            if !selectors.contains(&metric.selector.as_deref()) {
                selectors.push(metric.selector.as_deref());
            }
        }
        selectors.sort_unstable();
        for selector in selectors {
            let series = self.series(selector, &mut draft);
            draft.load.series.push(series);
        }
        let at_s = self.stated.duration_s.unwrap_or(0.0);
        for metric in &self.stated.metrics {
            figures(metric, at_s, &mut draft);
        }
        draft.one_phase(self.stated.duration_s, LoadModel::Unknown);
        draft
    }

    fn metric(&self, name: &str, selector: Option<&str>) -> Option<&Metric> {
        self.stated.metrics.iter().find(|metric| metric.name == name && metric.selector.as_deref() == selector)
    }

    /// The requests that a selector chooses; of all of them without one.
    fn series(&self, selector: Option<&str>, draft: &mut Draft) -> Series {
        let mut all = Series { tags: tags(selector), ..series(ALL) };
        let duration = self.metric("http_req_duration", selector);
        let failures = self.metric("http_req_failed", selector);
        let failed = failures.and_then(|metric| metric.count("passes"));
        let tried = failures.and_then(|metric| Some(metric.count("passes")? + metric.count("fails")?));
        let count = duration.and_then(|metric| metric.count("count"));
        let counted = self.metric("http_reqs", selector).and_then(|metric| metric.count("count"));
        let sent = counted.or(tried).or(count);
        let mut counts_failures = true;
        match (sent, failed) {
            // Without the failures a count of requests would read as a run without any.
            (Some(sent), Some(failed)) => {
                all.sent = sent;
                all.failed = failed.min(sent);
                // A failed one may have been answered, but the summary does not say which.
                all.completed = sent - all.failed;
                if failed > 0 && selector.is_none() {
                    draft.warnings.push(
                        "the summary's latencies include failed requests, also those that were never answered"
                            .to_owned(),
                    );
                }
            }
            (_, _) if selector.is_none() => {
                draft.warnings.push(
                    "the summary does not say how many requests were sent and how many failed: counts are left out"
                        .to_owned(),
                );
                counts_failures = false;
            }
            (_, _) => {}
        }
        // A request that was refused at once counts as 0 ms there; without those the percentiles would not be lower.
        let may_hold_refused = duration.is_some_and(|metric| metric.value("min").is_none_or(|min| min <= 0.0));
        all.latency = duration.filter(|metric| was_answered(metric)).and_then(|metric| {
            let percentiles = metric.values.iter().filter_map(|(key, value)| Some((percent(key)?, *value)));
            let value = |key| metric.value(key);
            printed(1e6, count.or(sent), [value("min"), value("avg"), value("max")], percentiles)
        });
        if duration.is_some() && all.latency.is_none() {
            let which = selector.map_or_else(String::new, |selector| format!("{{{selector}}}"));
            draft.warnings.push(format!("http_req_duration{which} has no answered request: its latency is not known"));
        }
        if may_hold_refused {
            all.open = unanswered(all.failed);
            if !counts_failures {
                draft.load.doubts.push("refused requests may be among the summary's latencies as 0 ms".to_owned());
            }
        }
        if selector.is_none() {
            all.checks.clone_from(&self.stated.checks);
            let dropped = self.metric("dropped_iterations", None).and_then(|metric| metric.count("count")).unwrap_or(0);
            if dropped > 0 {
                all.unsent = dropped;
                all.open = unanswered(all.open.map_or(0, |open| open.count()).saturating_add(dropped));
                draft.load.doubts.push(dropped_doubt(dropped));
            }
        } else if let Some(dropped) = self.metric("dropped_iterations", None).and_then(|metric| metric.count("count")) {
            // Which ones they were is not told, so each selection may have lost all of them.
            all.open = unanswered(all.open.map_or(0, |open| open.count()).saturating_add(dropped));
        }
        all
    }
}

/// Why latencies beside dropped iterations are too good.
pub(super) fn dropped_doubt(dropped: u64) -> String {
    format!(
        "{dropped} iterations were dropped because no user was free: what they would have waited is missing from the latencies"
    )
}

/// Adds a threshold that is to be judged again, if this project's grammar has it.
pub(super) fn add_threshold(draft: &mut Draft, threshold: &ThresholdText) {
    match Threshold::parse(threshold) {
        Ok(_) => draft.load.thresholds.push(threshold.clone()),
        Err(error) => draft.warnings.push(not_judged_again(&error)),
    }
}

/// A selector's tags, and that they choose from what others count.
fn tags(selector: Option<&str>) -> BTreeMap<String, String> {
    let Some(selector) = selector else { return BTreeMap::new() };
    let mut tags = Selector::tags_of(selector).unwrap_or_default();
    tags.insert(VIEW.to_owned(), selector.to_owned());
    tags
}

/// Whether a trend has samples: k6 writes one without any, and refused connections, as zeros.
fn was_answered(metric: &Metric) -> bool {
    metric.value("count") != Some(0.0) && metric.values.iter().any(|(key, value)| key != "count" && *value > 0.0)
}

/// The percent of `p(95)` or `med`.
fn percent(key: &str) -> Option<f64> {
    match key {
        "med" => Some(50.0),
        _ => key.strip_prefix("p(")?.strip_suffix(')')?.trim().parse().ok(),
    }
}

/// What is no latency of a request, under its own name: counters and gauges as such, and a rate's or a trend's figures each as
/// `name.figure`, because no percentile can be had from a gauge's points.
fn figures(metric: &Metric, at_s: f64, draft: &mut Draft) {
    let in_series = match metric.name.as_str() {
        "http_req_duration" | "http_req_failed" => true,
        "checks" | "dropped_iterations" => metric.selector.is_none(),
        _ => false,
    };
    if in_series {
        return;
    }
    // k6 writes a rate and a trend without samples as zeros.
    let nothing = match metric.sort {
        Sort::Rate => metric.value("passes") == Some(0.0) && metric.value("fails") == Some(0.0),
        Sort::Trend => !was_answered(metric),
        Sort::Counter | Sort::Gauge => false,
    };
    if nothing {
        return;
    }
    let name = metric.written();
    let from = format!("k6 {} {name}", metric.sort.name());
    let mut add = |key: &str, name: String, counter| {
        if let Some(value) = metric.value(key) {
            draft.figure(name, from.clone(), counter, at_s, value);
        }
    };
    match metric.sort {
        Sort::Counter => add("count", name, true),
        Sort::Gauge => add("value", name, false),
        Sort::Rate => {
            add(if metric.values.contains_key("rate") { "rate" } else { "value" }, format!("{name}.rate"), false)
        }
        Sort::Trend => {
            for key in metric.values.keys() {
                add(key, format!("{name}.{key}"), false);
            }
        }
    }
}
