//! The points of a driven k6 as a record of the scenario: k6 scenarios become the phases they stand for, and k6's own verdicts stand beside
//! the thresholds they belong to. Must not know: k6's formats, or processes.

use std::collections::BTreeMap;
use std::path::Path;

use bench_model::file;
use bench_model::load::{Cut, EngineThreshold, Load, LoadModel, LoadPhase, ThresholdText};
use bench_model::{Finite, Sha256};
use serde::Deserialize;

use super::options::index;
use super::thresholds::translated;
use crate::scenario::{Model, Phase, Spacing};
use crate::script::{Script, origin};

const SCHEMA: &str = "perfledger-k6/1";
const ALONE: &str = "each user of k6 knows only the values that it captured itself, so requests that need one came less often than their weights";
const EVEN: &str = "k6 spaces arrivals evenly: a phase with Poisson arrivals was not run as planned";

/// A verdict of k6's on a threshold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    metric: String,
    expression: String,
    passed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdicts {
    schema: String,
    thresholds: Vec<Verdict>,
}

/// k6's verdicts as its script wrote them; `None` when it did not come so far.
pub(crate) fn verdicts(path: &Path) -> Option<Vec<Verdict>> {
    let verdicts: Verdicts = file::read_json(path).ok()?;
    (verdicts.schema == SCHEMA).then_some(verdicts.thresholds)
}

/// Makes an imported run one of the scenario, and says what to know about it.
pub(crate) fn load(
    script: &Script,
    imported: Load,
    ends: &BTreeMap<String, f64>,
    verdicts: &[Verdict],
    version: Option<String>,
) -> (Load, Vec<String>) {
    let scenario = &script.scenario;
    let mut load = imported;
    load.scenario.clone_from(&scenario.name);
    load.plan_sha256 = Some(Sha256::clone(&script.digest));
    load.target = load.target.or_else(|| origin(&scenario.base_url));
    load.engine.version = version;
    load.time_scale = finite(scenario.time_scale);
    load.seed = Some(script.seed);
    load.thresholds.clone_from(&scenario.thresholds);
    let known = translated(scenario);
    load.engine_thresholds = verdicts
        .iter()
        .map(|verdict| {
            let key = (verdict.metric.clone(), verdict.expression.clone());
            let own = || ThresholdText { metric: key.0.clone(), expression: key.1.clone() };
            EngineThreshold { threshold: known.get(&key).cloned().unwrap_or_else(own), passed: verdict.passed }
        })
        .collect();
    name_series(script, &mut load);
    name_phases(script, &mut load, ends);
    let mut warnings = Vec::new();
    if scenario.requests.iter().any(|request| !request.capture.is_empty()) {
        warnings.push(ALONE.to_owned());
    }
    if scenario.phases.iter().any(|phase| matches!(&phase.model, Model::Open(it) if it.spacing == Spacing::Poisson)) {
        warnings.push(EVEN.to_owned());
    }
    if load.cut.is_none() && load.series.iter().all(|series| series.sent == 0) {
        load.cut = Some(Cut { at_s: finite(0.0), reason: "no request was sent".into() });
    }
    (load, warnings)
}

/// Gives each series the phase that its k6 scenario stands for, and the tags of its request.
fn name_series(script: &Script, load: &mut Load) {
    let scenario = &script.scenario;
    for series in &mut load.series {
        let phase = series.tags.get("scenario").and_then(|key| index(key)).and_then(|index| scenario.phases.get(index));
        let Some(phase) = phase else { continue };
        series.tags.remove("scenario");
        series.phase = Some(phase.name.clone());
        if let Some(request) = scenario.requests.iter().find(|request| request.name == series.request) {
            series.tags.extend(request.tags.clone());
        }
        // An iteration is one request: a dropped one was due, too.
        if matches!(phase.model, Model::Open(_)) {
            series.offered = Some(series.sent + series.unsent);
        }
    }
}

/// Replaces the single phase of the points by the scenario's, one after the other.
/// The run's begin is k6's own, which the script told; a scenario begins as long after it as its `startTime` says.
fn name_phases(script: &Script, load: &mut Load, ends: &BTreeMap<String, f64>) {
    let end = load.phases.iter().map(|phase| phase.start_s.get() + phase.measured_s.get()).fold(0.0, f64::max);
    let run = load.phases.iter().position(|phase| !phase.warm_up);
    let mut start = run.and_then(|run| load.phases.get(run)).map_or(0.0, |phase| phase.start_s.get());
    load.phases.retain(|phase| phase.warm_up && phase.start_s.get() < start);
    let mut windows = Vec::new();
    let last = |number| ends.iter().find(|(key, _)| index(key) == Some(number)).map(|(_, end)| *end);
    for (number, phase) in script.scenario.phases.iter().enumerate() {
        if start >= end {
            break;
        }
        let length = phase.duration.as_secs_f64();
        let offered: u64 = load
            .series
            .iter()
            .filter(|series| series.phase.as_deref() == Some(phase.name.as_str()))
            .filter_map(|series| series.offered)
            .sum();
        load.phases.push(LoadPhase {
            name: phase.name.clone(),
            start_s: finite(start),
            planned_s: Some(finite(length)),
            measured_s: finite(measured(phase, length.min(end - start), last(number).map(|last| last - start))),
            model: model(phase),
            warm_up: phase.warm_up,
            offered: matches!(phase.model, Model::Open(_)).then_some(offered),
        });
        windows.push((start, phase.name.clone()));
        start += length;
    }
    for window in &mut load.windows {
        // A window belongs to the phase that most of it lies in.
        let middle = window.at_s.get() + load.window_s.get() / 2.0;
        if let Some((_, phase)) = windows.iter().rfind(|(start, _)| *start <= middle).or(windows.first()) {
            window.phase = Some(phase.clone());
        }
    }
}

/// How long a phase lasted: one with a number of iterations is over when the last of them is.
fn measured(phase: &Phase, length: f64, last: Option<f64>) -> f64 {
    match (&phase.model, last) {
        (Model::Closed(users), Some(last)) if users.iterations.is_some() => last.clamp(0.0, length),
        (Model::Closed(_) | Model::Open(_), _) => length,
    }
}

fn model(phase: &Phase) -> LoadModel {
    match &phase.model {
        Model::Open(arrivals) => {
            LoadModel::Open { from: finite(arrivals.from), to: finite(arrivals.to), poisson: false }
        }
        Model::Closed(users) => LoadModel::Closed { from: users.from, to: users.to },
    }
}

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap_or_default()
}
