//! Memory that grows for good. It is held against the policy's own limit, and against no baseline: a leak is one in the first run, too.

use bench_cli::words::{percent, unsigned_percent};
use bench_model::load::{Analysis, AnalysisOutcome, SERVICE_MEMORY_GROWTH};
use bench_model::perf::{Metric, Report};
use bench_model::verdict::{JudgedMetric, LoadRegression, Rule, Severity, Verdict};
use bench_model::{BenchmarkId, Direction, Finite, MetricName, Unit};

use super::policy::permitted;
use super::{Loaded, shown};
use crate::evidence::{Evidence, Reference};
use crate::regression::{Finding, beyond, point, undecided};
use crate::selection::{Demand, Subject};

/// Whether a metric is the growth of the service's memory.
pub(crate) fn is_growth(name: &MetricName) -> bool {
    name.measure() == SERVICE_MEMORY_GROWTH
}

/// Nobody has to tell a growth but the project's thresholds: a run may be too short for it, whatever an earlier one was.
pub(crate) fn leave_out_growth_that_is_not_told(subjects: &mut Vec<Subject<'_>>) {
    subjects.retain(|subject| {
        subject.measured.is_some() || subject.demand == Demand::Thresholds || !is_growth(&subject.name)
    });
}

/// The verdict on a growth. What was not found, and might not have been, is no growth within the limit.
pub(super) fn judge<'a>(metric: &Metric, limit: f64, loaded: Loaded<'_>) -> Evidence<'a> {
    let growth = metric.value.get();
    let leak = analysis(loaded);
    let is_leak = leak.is_some_and(|leak| leak.outcome == AnalysisOutcome::Found);
    let smallest = leak.and_then(|leak| figure(leak, "smallest"));
    let at_most = metric.interval.map_or(growth, |interval| interval.upper.get());
    let seen = leak.is_some() && (at_most <= limit || smallest.is_some_and(|smallest| smallest <= limit));
    let permits = unsigned_percent(limit);
    let (verdict, because) = match (is_leak, beyond(growth, limit), seen) {
        (true, true, _) => (Verdict::Regressed, format!("beyond the {permits} in two hours that the policy permits")),
        (true, false, _) => (Verdict::Unchanged, format!("within the {permits} in two hours that the policy permits")),
        (false, _, true) => {
            (Verdict::Unchanged, format!("no growth beyond the {permits} in two hours that the policy permits"))
        }
        (false, _, false) => (
            Verdict::Inconclusive,
            format!("too little to tell one of the {permits} in two hours that the policy permits"),
        ),
    };
    // By what the service held when it began: the change of this run against itself.
    let finding = Finding { verdict, change: point(growth), ..undecided(Rule::Policy) };
    let because = leak.map_or(because.clone(), |leak| format!("the service's memory {}: {because}", leak.text));
    Evidence { reference: Reference::Nothing, finding, because: Some(because) }
}

/// A growth beyond what the policy permits, as a loss: also that of a run whose figures are no metrics, for a leak is one under any load.
pub(super) fn leak(loaded: Loaded<'_>, report: &Report, metrics: &[JudgedMetric]) -> Option<LoadRegression> {
    let found = analysis(loaded).filter(|leak| leak.outcome == AnalysisOutcome::Found)?;
    let (growth, level) = (figure(found, "growth")?, figure(found, "level")?);
    let id = BenchmarkId { harness: "load".into(), target: loaded.summary.scenario.clone(), id: "all/all".into() };
    let judged = metrics.iter().find(|metric| is_growth(&metric.name));
    let metric = judged.map_or_else(|| id.metric(SERVICE_MEMORY_GROWTH).ok(), |judged| Some(judged.name.clone()))?;
    let limit = permitted(loaded, report, &metric, Unit::Ratio, Direction::LowerIsBetter)?;
    if !beyond(growth, limit) {
        return None;
    }
    let why = format!(
        "the service's memory grows from {} by {} in two hours, beyond the {} that the policy permits: it {}",
        shown(Finite::try_from(level).ok()?, Unit::Bytes),
        percent(growth),
        unsigned_percent(limit),
        found.text
    );
    let (value, waived) = (Finite::try_from(growth).ok()?, judged.is_some_and(|judged| judged.waived));
    Some(LoadRegression { metric, severity: Severity::Medium, baseline: None, value, why, waived })
}

/// What the leak test says of the service's memory.
fn analysis(loaded: Loaded<'_>) -> Option<&Analysis> {
    let memory = |analysis: &&Analysis| analysis.name == "leak" && analysis.about.as_deref() == Some("service_memory");
    loaded.summary.analyses.iter().find(memory)
}

fn figure(leak: &Analysis, name: &str) -> Option<f64> {
    leak.figures.get(name).map(|(value, _)| value.get())
}
