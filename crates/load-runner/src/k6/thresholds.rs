//! The thresholds that k6 can judge by itself, in its words, and back. What it cannot say, or would count differently, is left to the
//! judge alone. Must not know: verdicts.

use std::collections::BTreeMap;

use bench_model::Unit;
use bench_model::load::{Limit, Statistic, Subject, Threshold, ThresholdText};
use serde_json::{Map, Value, json};

use crate::scenario::Scenario;

/// k6's `thresholds` option.
pub(super) fn options(scenario: &Scenario) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for (metric, expression) in translated(scenario).into_keys() {
        let list = all.entry(metric).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!(expression));
        }
    }
    Value::Object(all)
}

/// k6's metric and expression, and the threshold that they stand for.
pub(super) fn translated(scenario: &Scenario) -> BTreeMap<(String, String), ThresholdText> {
    let warm_up = scenario.phases.iter().any(|phase| phase.warm_up);
    let one = |text: &ThresholdText| {
        let threshold = Threshold::parse(text).ok()?;
        // k6 counts the warm-up where no phase is named; the judge does not.
        if warm_up && !threshold.selector.tags.contains_key("phase") {
            return None;
        }
        Some(((metric(&threshold)?, expression(&threshold)?), text.clone()))
    };
    scenario.thresholds.iter().filter_map(one).collect()
}

fn metric(threshold: &Threshold) -> Option<String> {
    let name = match (&threshold.selector.subject, &threshold.statistic) {
        // k6's own `http_req_failed` knows of no failed check; the script's metric does.
        (Subject::Everything, Statistic::ErrorRate) | (Subject::Failed, Statistic::Rate) => "perfledger_failed",
        (Subject::Checks, Statistic::Rate) => "checks",
        (subject, statistic) if is_trend(statistic) => match subject {
            Subject::Everything | Subject::Duration => "http_req_duration",
            Subject::Part("connect") => "http_req_connecting",
            Subject::Part("tls") => "http_req_tls_handshaking",
            Subject::Part("first_byte") => "http_req_waiting",
            Subject::Service
            | Subject::Lag
            | Subject::Part(_)
            | Subject::Operation(_)
            | Subject::Failed
            | Subject::Requests
            | Subject::Checks
            | Subject::Iterations
            | Subject::Dropped
            | Subject::Received
            | Subject::Sent
            | Subject::Users
            | Subject::Usage(_)
            | Subject::Other(_) => return None,
        },
        (Subject::Requests, Statistic::Count) => "http_reqs",
        (Subject::Iterations, Statistic::Count) => "iterations",
        (Subject::Dropped, Statistic::Count) => "dropped_iterations",
        _ => return None,
    };
    let tags: Vec<String> = threshold.selector.tags.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    Some(if tags.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", tags.join(",")) })
}

const fn is_trend(statistic: &Statistic) -> bool {
    matches!(
        statistic,
        Statistic::Average | Statistic::Min | Statistic::Median | Statistic::Max | Statistic::Percentile(_)
    )
}

fn expression(threshold: &Threshold) -> Option<String> {
    let figure = match &threshold.statistic {
        // The script's own metric is a rate.
        Statistic::ErrorRate => "rate".to_owned(),
        // A gauge's last value: none of the metrics above is a gauge.
        Statistic::Value => return None,
        statistic => statistic.k6_name()?,
    };
    let limit = match &threshold.limit {
        Limit::Number(number) => *number,
        Limit::Quantity(value, Unit::Nanoseconds) => value / 1e6,
        Limit::Quantity(value, _) => *value,
        // k6 compares with numbers alone.
        Limit::OfBaseline(_) | Limit::OfPhase(_) => return None,
    };
    Some(format!("{figure}{}{limit}", threshold.operator))
}
