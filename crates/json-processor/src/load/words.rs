//! Thresholds in words.

use bench_model::load::{Selector, Statistic, Subject, Threshold, ThresholdText};

/// A threshold as written, on one line: `http_req_duration{phase:burst} p(95)<200`.
pub(super) fn threshold(text: &ThresholdText) -> String {
    format!("{} {}", text.metric, text.expression).trim().to_owned()
}

/// What a threshold is about: `p95 of the latency in phase burst`.
pub(super) fn about(threshold: &Threshold) -> String {
    let Threshold { selector, statistic, .. } = threshold;
    let figure = match (statistic, &selector.subject) {
        (Statistic::Rate, Subject::Failed) => "error rate".into(),
        (Statistic::Rate, Subject::Checks) => "share of checks that held".into(),
        (Statistic::Rate | Statistic::Count, Subject::Dropped) => format!("{statistic} of requests not sent"),
        (Statistic::Rate, Subject::Requests) => "requests per second".into(),
        (Statistic::Count, Subject::Requests | Subject::Everything) => "requests".into(),
        (Statistic::Variance, Subject::Failed) => "variance of the error rate".into(),
        (Statistic::Variance, Subject::Requests) => "relative variance of the request rate".into(),
        (
            Statistic::Rps
            | Statistic::ErrorRate
            | Statistic::Status(_)
            | Statistic::NotSent
            | Statistic::LagP99
            | Statistic::Samples
            | Statistic::Recovery
            | Statistic::BreakingPoint,
            _,
        ) => statistic.to_string(),
        (Statistic::Growth, subject) => format!("{statistic} of {}", of(subject, "the service's memory")),
        (
            Statistic::Value
            | Statistic::Count
            | Statistic::Rate
            | Statistic::Average
            | Statistic::Min
            | Statistic::Median
            | Statistic::Max
            | Statistic::Percentile(_)
            | Statistic::Variance,
            subject,
        ) => format!("{statistic} of {}", of(subject, "the latency")),
    };
    figure + &place(selector)
}

fn of(subject: &Subject, everything: &str) -> String {
    match subject {
        Subject::Everything => everything.to_owned(),
        Subject::Duration => "the latency".into(),
        Subject::Service => "the service time".into(),
        Subject::Lag => "the send lag".into(),
        Subject::Part(part) => format!("the time for {}", part.replace('_', " ")),
        Subject::Operation(stage) => format!("the service's stage `{stage}`"),
        Subject::Failed => "failures".into(),
        Subject::Requests => "requests".into(),
        Subject::Checks => "checks".into(),
        Subject::Iterations => "iterations".into(),
        Subject::Dropped => "requests not sent".into(),
        Subject::Received => "bytes received".into(),
        Subject::Sent => "bytes sent".into(),
        Subject::Users => "users".into(),
        Subject::Usage(name) | Subject::Other(name) => format!("`{name}`"),
    }
}

fn place(selector: &Selector) -> String {
    let word = |(key, value): (&String, &String)| match key.as_str() {
        "name" => format!(" of request {value}"),
        "phase" => format!(" in phase {value}"),
        "region" => format!(" from region {value}"),
        "check" => format!(", check {value}"),
        _ => format!(", {key} {value}"),
    };
    selector.tags.iter().map(word).collect()
}
