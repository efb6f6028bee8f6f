//! What a schema cannot say: how members of a document hang together.

use std::path::Path;

use bench_model::file::{self, FileError};
use bench_model::ledger::{Baseline, Incident, NoiseEntry, Promotion, Retention, RunEntry, WaiverEntry};
use bench_model::perf::{Interval, Report};
use bench_model::unit::WrittenUnit;
use bench_model::verdict::{Judgement, Status};
use serde::de::DeserializeOwned;

use crate::{Kind, Problem, problem};

/// The problems of a document that fits its schema.
pub(super) fn problems(path: &Path, bytes: &[u8], kind: Kind) -> Vec<Problem> {
    match kind {
        Kind::Run => check(path, bytes, problem::of_run),
        Kind::Perf => check(path, bytes, of_report),
        Kind::PerfSpec => Vec::new(),
        Kind::Verdict => check(path, bytes, of_judgement),
        Kind::Baseline => check(path, bytes, |_: &Baseline| Vec::new()),
        Kind::Audit => check(path, bytes, |_: &bench_model::audit::Audit| Vec::new()),
        Kind::Kpi => check(path, bytes, |_: &bench_model::kpi::KpiReport| Vec::new()),
        Kind::Assessment => check(path, bytes, |_: &bench_model::assessment::Assessment| Vec::new()),
        Kind::LedgerRun => check(path, bytes, |_: &RunEntry| Vec::new()),
        Kind::LedgerPromotion => check(path, bytes, |_: &Promotion| Vec::new()),
        Kind::LedgerWaiver => check(path, bytes, |_: &WaiverEntry| Vec::new()),
        Kind::LedgerNoise => check(path, bytes, |_: &NoiseEntry| Vec::new()),
        Kind::LedgerIncident => check(path, bytes, |_: &Incident| Vec::new()),
        Kind::LedgerRetention => check(path, bytes, |_: &Retention| Vec::new()),
    }
}

/// The type may refuse more than its schema: no document is called valid that a stage would not read.
fn check<T: DeserializeOwned>(path: &Path, bytes: &[u8], problems: impl Fn(&T) -> Vec<Problem>) -> Vec<Problem> {
    match file::parse_json::<T>(path, bytes) {
        Ok(record) => problems(&record),
        Err(FileError::Content { pointer, reason, .. }) => vec![Problem::at(pointer, reason)],
        Err(other) => vec![Problem::at("", other.to_string())],
    }
}

fn of_interval(interval: Option<&Interval>, place: &str) -> Option<Problem> {
    let interval = interval?;
    let (lower, upper) = (interval.lower.get(), interval.upper.get());
    (lower > upper).then(|| {
        Problem::at(format!("{place}/interval/lower"), format!("expected at most `upper` {upper}, found {lower}"))
    })
}

fn of_report(report: &Report) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut before = None;
    for (index, metric) in report.metrics.iter().enumerate() {
        let place = format!("/metrics/{index}");
        problems.extend(of_interval(metric.interval.as_ref(), &place));
        if before >= Some(&metric.name) {
            problems.push(Problem::at(format!("{place}/name"), "expected names in order, each once"));
        }
        before = Some(&metric.name);
        if metric.rounds.len() > report.plan.rounds as usize {
            let message =
                format!("expected at most {} rounds, as planned, found {}", report.plan.rounds, metric.rounds.len());
            problems.push(Problem::at(format!("{place}/rounds"), message));
        }
        match metric.benchmark.metric(&metric.measure) {
            Ok(name) if name == metric.name => {}
            Ok(name) => problems.push(Problem::at(
                format!("{place}/name"),
                format!("expected `{name}`, made of benchmark and measure"),
            )),
            Err(error) => problems.push(Problem::at(format!("{place}/benchmark"), error.to_string())),
        }
    }
    for name in report.headline_values.keys() {
        if !report.headline.iter().any(|line| line.name == *name) {
            problems
                .push(Problem::at(format!("/{name}"), "expected no member of this name, or its line in `headline`"));
        }
    }
    for line in &report.headline {
        let measured = report.metrics.iter().find(|metric| metric.name == line.metric);
        let unit = line.unit.parse::<WrittenUnit>().ok();
        let expected = measured.zip(unit).map(|(metric, unit)| metric.value.get() / unit.scale());
        let found = report.headline_values.get(&line.name).map(|value| value.get());
        let message = match (expected, found) {
            (Some(expected), Some(found)) if (expected - found).abs() <= 1e-9 * expected.abs() => continue,
            (None, None) => continue,
            (Some(expected), _) => format!("expected {expected}, the value of `{}` in {}", line.metric, line.unit),
            (None, Some(_)) => format!("expected no value, since there is no metric `{}`", line.metric),
        };
        problems.push(Problem::at(format!("/{}", line.name), message));
    }
    problems
}

fn of_judgement(judgement: &Judgement) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, metric) in judgement.metrics.iter().enumerate() {
        let place = format!("/metrics/{index}");
        problems.extend(of_interval(metric.interval.as_ref(), &place));
        let change = metric.change.as_ref().and_then(|change| change.interval.as_ref());
        problems.extend(of_interval(change, &format!("{place}/change")));
    }
    if !judgement.violations.is_empty() && judgement.status != Status::Fail {
        let message = format!("expected FAIL, since there are violations, found {}", judgement.status);
        problems.push(Problem::at("/status", message));
    }
    problems
}
