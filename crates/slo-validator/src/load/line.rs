//! The one line for people: `✅ smoke: p95 12.3 ms · 48 req/s · errors 0 % · 9 of 9 thresholds met [PASS]`.

use bench_cli::words::unsigned_percent;
use bench_model::Unit;
use bench_model::load::{Measured, Quantile, SeriesSummary};
use bench_model::perf::Report;
use bench_model::unit::rounded;
use bench_model::verdict::{JudgedThreshold, LoadJudgement, Severity, Status, ThresholdOutcome};

use super::permits;

/// The summary of a load run. Symbols are never alone: the words and the status say the same.
pub(crate) fn line(report: &Report, load: &LoadJudgement, status: Status) -> String {
    let symbol = match status {
        Status::Pass => "✅",
        Status::Warn => "⚠️",
        Status::Fail => "❌",
    };
    let mut parts = Vec::new();
    if !load.evaluable && status != Status::Fail {
        parts.push(format!("not evaluable ({})", first_cause(load)));
    }
    parts.extend(figures(report));
    parts.push(thresholds(load));
    let serious = |severity: Severity| severity != Severity::Low;
    let lost =
        load.regressions.iter().filter(|regression| serious(regression.severity) && !permits(regression)).count();
    if lost > 0 {
        parts.push(bench_cli::words::count(lost, "regression", "regressions"));
    }
    if !load.evaluable && status == Status::Fail {
        parts.push("not evaluable in parts".to_owned());
    }
    let scenario = load.scenario.replace(char::is_control, "?");
    format!("{symbol} {scenario}: {} [{status}]", parts.join(" · "))
}

/// The first thing that keeps a run from being evidence, in few words.
fn first_cause(load: &LoadJudgement) -> String {
    let open = |decided: &&JudgedThreshold| match decided.outcome {
        ThresholdOutcome::NotMet => decided.guard,
        ThresholdOutcome::NotEvaluable => true,
        ThresholdOutcome::NothingToCompare | ThresholdOutcome::Met => false,
    };
    let mut causes = load.thresholds.iter().filter(open);
    let first = causes.next().map_or_else(String::new, |decided| match &decided.observed.observed {
        Measured::NotKnown(why) => why.clone(),
        Measured::Known(value) => {
            format!("{}: {}", decided.observed.about, super::shown(*value, decided.observed.unit))
        }
        Measured::AtLeast(value) => {
            format!("{}: at least {}", decided.observed.about, super::shown(*value, decided.observed.unit))
        }
    });
    match causes.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Latency, rate and errors of everything; of several regions each with its latency.
fn figures(report: &Report) -> Vec<String> {
    let Some(load) = &report.load else { return Vec::new() };
    let whole: Vec<&SeriesSummary> =
        load.series.iter().filter(|row| row.request.is_none() && row.phase.is_none()).collect();
    let mut parts = Vec::new();
    for row in &whole {
        let place =
            row.region.as_ref().map_or(String::new(), |region| format!(" {}", region.replace(char::is_control, "?")));
        match row.latency.get("p95") {
            Some(Quantile::Known(value)) => {
                parts.push(format!("p95{place} {}", super::shown(*value, Unit::Nanoseconds)))
            }
            Some(Quantile::AtLeast(value)) => {
                parts.push(format!("p95{place} at least {}", super::shown(*value, Unit::Nanoseconds)));
            }
            None => {}
        }
    }
    if let Some(all) = whole.first() {
        parts.extend(all.rps.map(|rps| format!("{} req/s", rounded(rps.get(), 3))));
        parts.extend(all.error_rate.map(|rate| format!("errors {}", unsigned_percent(rate.get()))));
    }
    parts
}

fn thresholds(load: &LoadJudgement) -> String {
    let own = || load.thresholds.iter().filter(|decided| !decided.guard);
    let number = |outcome| own().filter(|decided| decided.outcome == outcome).count();
    let alone = number(ThresholdOutcome::NothingToCompare);
    let all = own().count() - alone;
    let mut text = match (all, number(ThresholdOutcome::Met), number(ThresholdOutcome::NotMet)) {
        (0, _, _) if alone == 0 => return "no thresholds".to_owned(),
        (all, met, 0) => format!("{met} of {all} thresholds met"),
        (all, _, failed) => format!("{failed} of {all} thresholds not met"),
    };
    if alone > 0 {
        text.push_str(&format!(", {alone} without a baseline"));
    }
    text
}
