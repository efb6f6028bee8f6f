//! What a stream declares before and between its points: metrics' thresholds, and by which tags those keep requests apart.
//! A script may declare without end: what is kept is bounded. Must not know: points.

use std::collections::BTreeSet;

use bench_model::load::{Threshold, ThresholdText};
use serde_json::Value;

use super::super::super::draft::Draft;
use super::super::line::{Data, Line};
use super::super::summary::add_threshold;
use super::points::FAILED;

/// Thresholds beyond these are left out.
const MAX_THRESHOLDS: usize = 1000;
/// Tags beyond these keep no requests apart.
const MAX_TAGS: usize = 50;
/// How many thresholds that a stream hides are named.
const NAMED: usize = 5;

/// Everything declared so far.
#[derive(Debug, Default)]
pub(super) struct Declared {
    thresholds: Vec<ThresholdText>,
    /// Submetrics: thresholds are on them, but the stream does not tell which.
    hidden: BTreeSet<String>,
    split_by: BTreeSet<String>,
    left_out: bool,
}

impl Declared {
    /// Series are kept apart by the tags of these thresholds.
    pub(super) fn new(thresholds: &[ThresholdText]) -> Self {
        let mut declared = Self::default();
        for threshold in thresholds {
            if let Ok(threshold) = Threshold::parse(threshold) {
                declared.split_by(threshold.selector.tags.keys().map(String::as_str));
            }
        }
        declared
    }

    /// The tags by which requests are kept apart, beside scenario and region.
    pub(super) const fn tags(&self) -> &BTreeSet<String> {
        &self.split_by
    }

    /// The thresholds of the stream.
    pub(super) fn thresholds(&self) -> &[ThresholdText] {
        &self.thresholds
    }

    /// Learns from the declaration of a metric.
    pub(super) fn learn(&mut self, line: &Line<'_>) {
        let Data { thresholds, submetrics, .. } = &line.data;
        for threshold in thresholds.iter().flatten() {
            let expression = threshold.as_str().or_else(|| threshold.get("threshold")?.as_str());
            if let Some(expression) = expression {
                // What the scripts of load-runner count is what a record calls a failure.
                let metric = match line.metric.strip_prefix(FAILED) {
                    Some(rest) => format!("http_req_failed{rest}"),
                    None => line.metric.to_string(),
                };
                self.threshold(ThresholdText { metric, expression: expression.to_owned() });
            }
        }
        for submetric in submetrics.iter().flatten() {
            let name = submetric.get("name").and_then(Value::as_str).unwrap_or_default();
            // k6 makes this one by itself; others exist because a threshold names them.
            if name != "http_req_duration{expected_response:true}" && !name.is_empty() {
                if self.hidden.len() < NAMED {
                    self.hidden.insert(name.to_owned());
                }
                let tags = submetric.get("tags").and_then(Value::as_object);
                self.split_by(tags.into_iter().flat_map(|tags| tags.keys().map(String::as_str)));
            }
        }
    }

    fn threshold(&mut self, threshold: ThresholdText) {
        if self.thresholds.contains(&threshold) {
            return;
        }
        if self.thresholds.len() < MAX_THRESHOLDS {
            self.thresholds.push(threshold);
        } else {
            self.left_out = true;
        }
    }

    fn split_by<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        // The first ones are always kept apart or are no tags of a request; a tag with a value for each request would be a series each.
        let kept = ["name", "scenario", "region", "check", "phase", "url", "error"];
        for key in keys.filter(|key| !kept.contains(key)) {
            if self.split_by.len() < MAX_TAGS || self.split_by.contains(key) {
                self.split_by.insert(key.to_owned());
            } else {
                self.left_out = true;
            }
        }
    }

    /// Puts thresholds into the record, and what is not known of them.
    pub(super) fn finish(&self, draft: &mut Draft) {
        for threshold in &self.thresholds {
            add_threshold(draft, threshold);
        }
        if self.left_out {
            draft.warnings.push(format!(
                "only the first {MAX_THRESHOLDS} thresholds are kept, and their first {MAX_TAGS} tags keep requests apart"
            ));
        }
        if !self.hidden.is_empty() {
            let names: Vec<_> = self.hidden.iter().map(|name| format!("`{name}`")).collect();
            draft.warnings.push(format!(
                "the stream names thresholds on {} without saying what they demand; give them with --threshold or the run's summary",
                names.join(", ")
            ));
        }
    }
}
