//! Thresholds of a scenario: each is held against what the scenario sends, so that none can pass because nothing matches it.
//! Must not know: what passes.

use std::collections::BTreeSet;

use bench_model::load::{Limit, Selector, Statistic, Subject, Threshold, ThresholdText};
use bench_model::unit::nearest;

use super::file::Node;
use super::read::Layers;
use super::template::Scope;
use super::{Phase, Request, Scenario, ScrapeExpression};
use crate::Error;

/// What `service_…`, `machine_…` and `generator_…` can tell.
const USAGE: [&str; 11] = [
    "cpu",
    "descriptors",
    "io_wait",
    "memory",
    "memory_share",
    "read",
    "received",
    "restarts",
    "threads",
    "transmitted",
    "written",
];
const METRICS: [&str; 16] = [
    "checks",
    "data_received",
    "data_sent",
    "dropped_iterations",
    "http_req_connecting",
    "http_req_duration",
    "http_req_failed",
    "http_req_lag",
    "http_req_looking_up",
    "http_req_service",
    "http_req_tls_handshaking",
    "http_req_waiting",
    "http_reqs",
    "iterations",
    "vus",
    "service_restarts",
];

pub(super) fn thresholds(
    layers: &Layers<'_>,
    scope: &Scope<'_>,
    scenario: &Scenario,
) -> Result<Vec<ThresholdText>, Error> {
    let mut texts = Vec::new();
    for (metric, (table, node)) in layers.merged("thresholds")? {
        let wrong = || table.refuse(metric, "is an expression or a list of them, such as [\"p(95)<200\"]");
        let expressions = match node.list() {
            Some(items) => {
                items.iter().map(|item| item.text(scope).map_err(|_| wrong())).collect::<Result<Vec<_>, _>>()?
            }
            None => vec![node.text(scope).map_err(|_| wrong())?],
        };
        for expression in expressions {
            let text = ThresholdText { metric: metric.to_owned(), expression };
            check(&text, scenario, &node)?;
            texts.push(text);
        }
    }
    Ok(texts)
}

fn check(text: &ThresholdText, scenario: &Scenario, node: &Node<'_>) -> Result<(), Error> {
    let refuse = |reason: &str| node.refuse(format!("threshold `{}` of `{}`: {reason}", text.expression, text.metric));
    let threshold = Threshold::parse(text).map_err(|error| node.refuse(error.to_string()))?;
    subject(&threshold.selector.subject, scenario).map_err(|reason| refuse(&reason))?;
    matches_something(&threshold.selector, scenario).map_err(|reason| refuse(&reason))?;
    match &threshold.limit {
        // What it is compared with must be sent there, too.
        Limit::OfPhase(of) => matches_something(&threshold.in_phase(&of.phase).selector, scenario)
            .and_then(|()| fits(&threshold.in_phase(&of.phase), scenario))
            .map_err(|reason| refuse(&format!("what it is compared with: {reason}")))?,
        Limit::Number(_) | Limit::Quantity(..) | Limit::OfBaseline(_) => {}
    }
    fits(&threshold, scenario).map_err(|reason| refuse(&reason))
}

fn subject(subject: &Subject, scenario: &Scenario) -> Result<(), String> {
    match subject {
        Subject::Other(name) => {
            let scraped = || scenario.scrape.iter().map(|scrape| scrape.name.as_str());
            match scraped().any(|known| known == name) {
                true => Ok(()),
                false => Err(match nearest(name, METRICS.into_iter().chain(scraped())) {
                    Some(near) => format!("unknown metric; did you mean `{near}`"),
                    None => "unknown metric: no built-in one, and not under [scrape]".into(),
                }),
            }
        }
        Subject::Usage(name) => {
            let what = name.split_once('_').map_or("", |(_, what)| what);
            match USAGE.contains(&what) {
                true => Ok(()),
                false => Err(match nearest(what, USAGE) {
                    Some(near) => format!("`{what}` is not among what is sampled; did you mean `{near}`"),
                    None => format!("`{what}` is not among what is sampled: {}", USAGE.join(", ")),
                }),
            }
        }
        Subject::Everything
        | Subject::Duration
        | Subject::Service
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
        | Subject::Users => Ok(()),
    }
}

/// Whether the tags select a request that is sent at least sometimes.
fn matches_something(selector: &Selector, scenario: &Scenario) -> Result<(), String> {
    let own = |key: &str| selector.tags.get(key).map(String::as_str);
    known("phase", own("phase"), scenario.phases.iter().map(|phase| phase.name.as_str()))?;
    known("region", own("region"), scenario.regions.iter().map(|region| region.name.as_str()))?;
    known("request", own("name"), scenario.requests.iter().map(|request| request.name.as_str()))?;
    let phases = || scenario.phases.iter().filter(|phase| own("phase").is_none_or(|name| name == phase.name));
    let sent = |request: &&Request| phases().any(|phase: &Phase| phase.weight(request) > 0.0);
    let named: Vec<&Request> = scenario
        .requests
        .iter()
        .filter(|request| own("name").is_none_or(|name| name == request.name))
        .filter(sent)
        .collect();
    if named.is_empty() {
        return Err("nothing matches: this request is never sent in that phase".into());
    }
    let mut left = named;
    let label = label_of(selector, scenario);
    for (key, value) in &selector.tags {
        match key.as_str() {
            "name" | "phase" | "region" => {}
            // Which values a label has, only the service knows.
            key if label == Some(key) => {}
            "check" if selector.subject == Subject::Checks => {
                let checks: BTreeSet<&str> =
                    left.iter().flat_map(|request| request.checks.iter().map(|check| check.name.as_str())).collect();
                known("check", Some(value), checks.iter().copied())?;
                left.retain(|request| request.checks.iter().any(|check| check.name == *value));
            }
            "check" => return Err("the tag `check` belongs to the metric `checks`".into()),
            _ => {
                let keys: BTreeSet<&str> =
                    scenario.requests.iter().flat_map(|request| request.tags.keys().map(String::as_str)).collect();
                known("tag", Some(key), keys.iter().copied().chain(["name", "phase", "region"]))?;
                let values: BTreeSet<&str> =
                    left.iter().filter_map(|request| request.tags.get(key).map(String::as_str)).collect();
                known(key, Some(value), values.iter().copied())?;
                left.retain(|request| request.tags.get(key) == Some(value));
            }
        }
    }
    match (left.is_empty(), selector.subject == Subject::Checks) {
        (true, _) => Err("nothing matches: no request has all of these tags".into()),
        (false, true) if left.iter().all(|request| request.checks.is_empty()) => {
            Err("nothing matches: no such request has checks".into())
        }
        (false, _) => Ok(()),
    }
}

/// The label by which a gauge is many.
fn label_of<'a>(selector: &Selector, scenario: &'a Scenario) -> Option<&'a str> {
    let Subject::Other(name) = &selector.subject else { return None };
    scenario.scrape.iter().find_map(|scrape| match &scrape.expression {
        ScrapeExpression::By(label, _) if scrape.name == *name => Some(label.as_str()),
        _ => None,
    })
}

fn known<'a>(what: &str, value: Option<&str>, known: impl Iterator<Item = &'a str> + Clone) -> Result<(), String> {
    let Some(value) = value.filter(|value| !known.clone().any(|known| known == *value)) else { return Ok(()) };
    let near = nearest(value, known.clone()).map(|near| format!("; did you mean `{near}`"));
    let near = near.unwrap_or_else(|| match known.collect::<Vec<_>>().join(", ") {
        empty if empty.is_empty() => "; the scenario has none".into(),
        names => format!("; there are {names}"),
    });
    Err(format!("nothing matches: `{value}` is no {what}{near}"))
}

/// What a figure needs of its selector.
fn fits(threshold: &Threshold, scenario: &Scenario) -> Result<(), String> {
    let Threshold { selector, statistic, .. } = threshold;
    let sampled = matches!(selector.subject, Subject::Usage(_) | Subject::Other(_) | Subject::Users);
    let label = label_of(selector, scenario);
    if let (true, Some(key)) =
        (sampled, selector.tags.keys().find(|key| *key != "phase" && label != Some(key.as_str())))
    {
        return Err(match label {
            Some(label) => format!("`{key}` is no tag of it; there are {label}, phase"),
            None => "what is sampled has no tags but `phase`".into(),
        });
    }
    if let Some(label) = label.filter(|label| !selector.tags.contains_key(*label)) {
        return Err(format!("it is many, one for each value of a label: say of which one, as in `{{{label}:…}}`"));
    }
    let latency = matches!(
        statistic,
        Statistic::Average
            | Statistic::Min
            | Statistic::Median
            | Statistic::Max
            | Statistic::Percentile(_)
            | Statistic::Recovery
    );
    if latency && !sampled && !scenario.regions.is_empty() && !selector.tags.contains_key("region") {
        return Err("names no region: latencies of several regions are never pooled; add `region:NAME`".into());
    }
    let phase = selector.tags.get("phase");
    match statistic {
        Statistic::Recovery => {
            match phase.and_then(|name| scenario.phases.iter().position(|phase| phase.name == *name)) {
                Some(index) if index >= 2 => Ok(()),
                Some(_) => {
                    Err("recovery needs two phases before its own: how it was, and what it recovers from".into())
                }
                None => Err("names no phase: say in which one it recovers, as in `{phase:recovery}`".into()),
            }
        }
        Statistic::BreakingPoint if phase.is_some() => Err("a breaking point is looked for over all phases".into()),
        _ => Ok(()),
    }
}
