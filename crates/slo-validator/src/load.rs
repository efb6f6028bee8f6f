//! Load runs: guards and thresholds held against what was observed, and losses against the policy. Pure.
//! A load run is one round, so nothing here asks for an interval between rounds; what cannot be told is never a pass.

mod growth;
mod line;
mod policy;
mod table;
mod thresholds;

use bench_cli::words::{amount, count};
use bench_model::config::{LoadPolicy, Thresholds};
use bench_model::ledger::Promotion;
use bench_model::load::{Analysis, AnalysisOutcome, LoadSummary};
use bench_model::perf::Report;
use bench_model::verdict::{
    JudgedMetric, JudgedThreshold, LoadJudgement, LoadRegression, Severity, Status, ThresholdOutcome, Violation,
};
use bench_model::{Finite, MetricName, Unit};

pub(crate) use growth::{is_growth, leave_out_growth_that_is_not_told};
pub(crate) use line::line;
pub(crate) use policy::compare;
pub(crate) use table::render;

/// The analysis that says whether the generator was on time.
const GENERATOR: &str = "generator";

/// A load run and the policy that it is held against.
#[derive(Clone, Copy)]
pub(crate) struct Loaded<'a> {
    pub(crate) summary: &'a LoadSummary,
    pub(crate) policy: &'a LoadPolicy,
    thresholds: &'a Thresholds,
}

impl<'a> Loaded<'a> {
    /// `None` for any other run.
    pub(crate) fn of(report: &'a Report, thresholds: &'a Thresholds) -> Option<Self> {
        let summary = report.load.as_deref()?;
        Some(Self { summary, policy: &thresholds.load, thresholds })
    }

    /// The limit that a project's thresholds give a metric themselves.
    fn own_limit(&self, name: &MetricName, report_names: &[&str]) -> Option<f64> {
        let is_it = |entry: &&bench_model::config::MetricThreshold| {
            entry.name == name.as_str() || report_names.contains(&entry.name.as_str())
        };
        self.thresholds.metrics.iter().find(is_it).and_then(|entry| entry.regression)
    }

    /// Why the run is no measure of a figure in `unit`, when it is none: so its figures are no metrics.
    fn unsound(&self, unit: Unit) -> Option<&'static str> {
        let kept = |guard| thresholds::decide(guard, true, None).outcome == ThresholdOutcome::Met;
        let late = |analysis: &Analysis| analysis.name == GENERATOR && analysis.outcome == AnalysisOutcome::Found;
        if !self.summary.guards.iter().all(kept) {
            Some("the run is not evaluable")
        } else if unit == Unit::Nanoseconds && self.summary.analyses.iter().any(late) {
            Some("the generator was late, so that latencies are not compared")
        } else {
            None
        }
    }
}

/// The thresholds that mean a load run: what is set for the project's benchmarks is not expected in one.
pub(crate) fn own_thresholds(report: &Report, all: &Thresholds) -> Thresholds {
    // Work that the gate is for stays that when its rounds fail.
    let asked = |name: &str| report.plan.asks_for(name);
    let gated = all.gate.iter().flat_map(|gate| &gate.keep).any(|keep| asked(keep.metric.as_str()));
    if report.load.is_none() && report.proofs.is_empty() && report.scale.is_none() && !gated {
        return all.clone();
    }
    let prefix = report.load.as_ref().map(|load| format!("{}/", load.scenario));
    let mine = |name: &str| {
        prefix.as_ref().is_some_and(|prefix| name.starts_with(prefix))
            || report.headline.iter().any(|headline| headline.name == name)
            || report.metrics.iter().any(|metric| metric.name.as_str() == name)
            || asked(name)
    };
    let metrics = all.metrics.iter().filter(|entry| mine(&entry.name)).cloned().collect();
    Thresholds { metrics, ..all.clone() }
}

/// What was decided on a load run.
pub(crate) fn judge(
    loaded: Loaded<'_>,
    report: &Report,
    promotion: Option<&Promotion>,
    metrics: &[JudgedMetric],
) -> LoadJudgement {
    let summary = loaded.summary;
    let guards = summary.guards.iter().map(|guard| thresholds::decide(guard, true, promotion));
    let implied = policy::error_limit(loaded);
    let own = summary.thresholds.iter().chain(&implied).map(|it| thresholds::decide(it, false, promotion));
    let mut decided: Vec<JudgedThreshold> = guards.chain(own).collect();
    decided.sort_by_key(|threshold| (threshold.outcome, threshold.guard));
    let evaluable = decided.iter().all(|threshold| match threshold.outcome {
        ThresholdOutcome::Met | ThresholdOutcome::NothingToCompare => true,
        ThresholdOutcome::NotMet => !threshold.guard,
        ThresholdOutcome::NotEvaluable => false,
    });
    let mut regressions: Vec<LoadRegression> =
        metrics.iter().filter_map(|metric| policy::regression(metric, loaded)).collect();
    regressions.extend(growth::leak(loaded, report, metrics));
    regressions.sort_by(|a, b| (a.severity, &a.metric).cmp(&(b.severity, &b.metric)));
    LoadJudgement { scenario: summary.scenario.clone(), evaluable, thresholds: decided, regressions }
}

/// Thresholds that are not met, as violations.
pub(crate) fn violations(load: &LoadJudgement) -> Vec<Violation> {
    let failed = |decided: &&JudgedThreshold| !decided.guard && decided.outcome == ThresholdOutcome::NotMet;
    let violation = |decided: &JudgedThreshold| {
        let text = written(decided);
        let fallback = || text.replace(char::is_control, "?").parse().ok();
        Some(Violation {
            metric: decided.observed.metric.clone().or_else(fallback)?,
            message: format!("`{text}` is not met: {}", decided.why),
            value: thresholds::value(&decided.observed.observed),
            floor: decided.limit,
            unit: decided.observed.unit,
        })
    };
    load.thresholds.iter().filter(failed).filter_map(violation).collect()
}

/// Reasons with the status that each gives: guards not met, what could not be told, losses.
pub(crate) fn reasons(load: &LoadJudgement) -> Vec<(Status, String)> {
    let mut reasons = Vec::new();
    for regression in load.regressions.iter().filter(|regression| !permits(regression)) {
        let status = match regression.severity {
            Severity::Critical | Severity::High => Status::Fail,
            Severity::Medium => Status::Warn,
            Severity::Low => continue,
        };
        let (metric, severity) = (&regression.metric, severity(regression.severity));
        reasons.push((status, format!("`{metric}` regressed ({severity}): {}", regression.why)));
    }
    for decided in &load.thresholds {
        let text = written(decided);
        let why = &decided.why;
        match (decided.outcome, decided.guard) {
            (ThresholdOutcome::NotMet, true) => {
                reasons.push((Status::Warn, format!("not evaluable: {why}; every load run must keep `{text}`")));
            }
            (ThresholdOutcome::NotEvaluable, _) => {
                reasons.push((Status::Warn, format!("not evaluable: `{text}`: {why}")));
            }
            (ThresholdOutcome::NotMet, false) | (ThresholdOutcome::Met | ThresholdOutcome::NothingToCompare, _) => {}
        }
    }
    reasons
}

/// What to know that changes no status.
pub(crate) fn warnings(load: &LoadJudgement, summary: &LoadSummary) -> Vec<String> {
    let alone = load.thresholds.iter().filter(|decided| decided.outcome == ThresholdOutcome::NothingToCompare);
    let mut warnings: Vec<String> = match alone.count() {
        0 => Vec::new(),
        number => vec![format!(
            "{} nothing to compare with: no baseline holds what they ask for; promote a run",
            count(number, "threshold against the baseline had", "thresholds against the baseline had")
        )],
    };
    let low = load.regressions.iter().filter(|regression| regression.severity == Severity::Low || permits(regression));
    warnings.extend(low.map(|regression| format!("`{}`: {}", regression.metric, regression.why)));
    warnings.extend(summary.disagreements.iter().cloned());
    warnings
}

/// Whether a waiver lets a loss pass. What is critical is not waived.
fn permits(regression: &LoadRegression) -> bool {
    regression.waived && regression.severity != Severity::Critical
}

/// Whether anything was set for this run to meet, guards left aside.
pub(crate) fn has_thresholds(load: &LoadJudgement) -> bool {
    load.thresholds.iter().any(|decided| !decided.guard && decided.outcome != ThresholdOutcome::NothingToCompare)
}

/// The names by which thresholds may mean a metric besides its own.
fn headline_names<'a>(report: &'a Report, name: &MetricName) -> Vec<&'a str> {
    report.headline.iter().filter(|line| line.metric == *name).map(|line| line.name.as_str()).collect()
}

/// A threshold as it was written, on one line.
fn written(decided: &JudgedThreshold) -> String {
    let text = &decided.observed.threshold;
    format!("{} {}", text.metric, text.expression).trim().to_owned()
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

/// A figure as people read it: shares as percent.
fn shown(value: Finite, unit: Unit) -> String {
    match unit {
        Unit::Count if value.get().fract() == 0.0 && value.get().abs() < 1e15 => {
            bench_cli::words::thousands(value.get() as i64)
        }
        _ => amount(value, unit),
    }
}
