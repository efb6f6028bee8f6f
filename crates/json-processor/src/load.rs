//! A load run in figures: per request and phase, per threshold, and what follows from its course over time.
//! Nothing is judged here: a figure that the record does not hold is "not known", with the reason, and never a number.
//! Must not know: baselines, or what passes.

mod analyses;
mod figures;
mod gauges;
mod growth;
mod guards;
mod metrics;
mod observe;
mod own;
mod phases;
mod pool;
mod problems;
mod select;
mod sound;
mod usage;
mod windows;
mod words;

use bench_model::load::{Load, LoadSummary, ObservedThreshold, ThresholdText};
use bench_model::perf::{Headline, Metric};
use bench_model::provenance::Machine;

use crate::Problem;

pub(crate) use problems::of_load;

/// What every latency of an engine without a schedule leaves out.
const FROM_THE_SEND: &str = "latency is timed from the send: a service that stalls can hide in it";

/// What a load run yields.
pub(crate) struct Summarised {
    pub(crate) summary: LoadSummary,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) headline: Vec<Headline>,
    pub(crate) warnings: Vec<String>,
}

/// A load record and the machine that it ran on.
#[derive(Clone, Copy)]
struct Facts<'a> {
    load: &'a Load,
    machine: &'a Machine,
}

/// A load run in figures.
///
/// # Errors
/// The first problem of the record, with a pointer inside it.
pub(crate) fn summarise(load: &Load, machine: &Machine) -> Result<Summarised, Problem> {
    if let Some(problem) = of_load(load).into_iter().next() {
        return Err(problem);
    }
    let facts = Facts { load, machine };
    let series = figures::series(&facts);
    let mut metrics = metrics::of(load, &series)?;
    metrics.extend(usage::metrics(&facts)?);
    let mut thresholds = Vec::new();
    for text in texts(load) {
        let mut observed = observe::observe(&facts, &text);
        metrics::for_baseline(load, &mut observed, &mut metrics)?;
        thresholds.push(observed.threshold);
    }
    let broken = windows::breaking_point(&facts);
    let guards = guards::all(&facts, &broken);
    let mut warnings: Vec<String> = load.doubts.clone();
    warnings.extend(sound::withhold(&facts, &guards, &mut metrics));
    let headline = metrics::headline(&metrics, &series, load)?;
    if !load.engine.times_from_due {
        warnings.push(FROM_THE_SEND.to_owned());
    }
    warnings.extend(metrics::without_latency(&series));
    let summary = LoadSummary {
        scenario: load.scenario.clone(),
        plan_sha256: load.plan_sha256.clone(),
        engine: load.engine.clone(),
        target: load.target.clone(),
        time_scale: load.time_scale,
        cut: load.cut.clone(),
        phases: figures::phases(&facts),
        usage: usage::summaries(&facts),
        gauges: gauges::summaries(load),
        guards,
        analyses: analyses::all(&facts, &series, &broken),
        disagreements: disagreements(load, &thresholds),
        series,
        thresholds,
    };
    Ok(Summarised { summary, metrics, headline, warnings })
}

/// The scenario's thresholds, and those that only the engine names: they are held against data again.
fn texts(load: &Load) -> Vec<ThresholdText> {
    let mut texts: Vec<ThresholdText> = Vec::new();
    for text in load.thresholds.iter().chain(load.engine_thresholds.iter().map(|engine| &engine.threshold)) {
        if !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    texts
}

/// Where the engine's own verdict is another one than its data.
fn disagreements(load: &Load, thresholds: &[ObservedThreshold]) -> Vec<String> {
    let differs = |engine: &bench_model::load::EngineThreshold| {
        let observed = thresholds.iter().find(|observed| observed.threshold == engine.threshold)?;
        let said = if engine.passed { "met" } else { "not met" };
        let name = words::threshold(&engine.threshold);
        let limit = observed.limit.map(bench_model::Finite::get);
        match (&observed.observed, limit) {
            (bench_model::load::Measured::Known(value), Some(limit)) => {
                let met = observed.operator.holds(value.get(), limit);
                let figure = bench_model::words::amount(*value, observed.unit);
                (met != engine.passed)
                    .then(|| format!("{} calls `{name}` {said}, and its data say {figure}", load.engine.name))
            }
            (bench_model::load::Measured::NotKnown(why), _) => {
                Some(format!("{} calls `{name}` {said}, which cannot be told from its data: {why}", load.engine.name))
            }
            (bench_model::load::Measured::AtLeast(_) | bench_model::load::Measured::Known(_), _) => None,
        }
    };
    load.engine_thresholds.iter().filter_map(differs).collect()
}
