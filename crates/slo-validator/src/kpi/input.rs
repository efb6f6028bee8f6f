//! From a contract to its inputs: each with its value and its points, or with why there is none.
//! Must not know: what the score is, or whether it is enough.

use bench_cli::words::count;
use bench_model::config::{Contract, Formula, LedgerMeasure, Measure, Points};
use bench_model::kpi::{HIGHEST, KpiInput};
use bench_model::{Finite, MetricName, Unit};

use super::evidence::{Found, FoundValue, LedgerEvidence, RunFacts};

/// A share of fewer runs than this is none.
const LEAST_RUNS: usize = 5;

/// The inputs of a contract, in its order, and behind them what it would need.
pub(super) fn all(contract: &Contract, evidence: &LedgerEvidence, intact: bool) -> Vec<KpiInput> {
    let mut inputs = match &contract.formula {
        Formula::None => Vec::new(),
        Formula::Score(name) => vec![direct(name, evidence)],
        Formula::Points { points, .. } => points.iter().map(|points| earned(points, evidence, intact)).collect(),
    };
    inputs.extend(
        contract
            .needs
            .iter()
            .map(|need| KpiInput { missing: Some(need.why.clone()), ..nothing(need.what.clone(), "outside".into()) }),
    );
    inputs
}

fn nothing(what: String, source: String) -> KpiInput {
    KpiInput {
        what,
        source,
        value: None,
        unit: None,
        level: None,
        points: None,
        most: None,
        evidence: None,
        missing: None,
    }
}

/// A metric that is a score itself.
fn direct(name: &MetricName, evidence: &LedgerEvidence) -> KpiInput {
    let mut input = KpiInput { most: finite(HIGHEST), ..nothing("the score".into(), format!("metric {name}")) };
    match value_of(name, Unit::Count, evidence) {
        Ok(found) => {
            put(&mut input, found);
            match found.value.get() {
                score if (0.0..=HIGHEST).contains(&score) => input.points = Some(found.value),
                other => input.missing = Some(format!("its value {other} is no score from 0 to 10")),
            }
        }
        Err(why) => input.missing = Some(why),
    }
    input
}

/// What earns points for steps.
fn earned(points: &Points, evidence: &LedgerEvidence, intact: bool) -> KpiInput {
    let mut input = KpiInput { most: Some(points.most()), ..nothing(points.what.clone(), points.of.to_string()) };
    match &points.of {
        Measure::Metric(name) => match value_of(name, points.unit, evidence) {
            Ok(found) => put(&mut input, found),
            Err(why) => input.missing = Some(why),
        },
        Measure::Ledger(measure) => match counted(*measure, evidence, intact) {
            Ok(value) => {
                input.value = finite(value);
                input.unit = Some(measure.unit());
                input.level = Some(evidence.level());
                input.evidence = evidence.lines();
            }
            Err(why) => input.missing = Some(why),
        },
    }
    input.points = input.value.map(|value| points.earned(value.get()));
    input
}

fn put(input: &mut KpiInput, found: &FoundValue) {
    if let Some(commit) = &found.commit {
        input.what = format!("{}, of commit {}", input.what, commit.short());
    }
    input.value = Some(found.value);
    input.unit = Some(found.unit);
    input.level = Some(found.level);
    input.evidence = Some(found.evidence.clone());
}

fn value_of<'a>(name: &MetricName, unit: Unit, evidence: &'a LedgerEvidence) -> Result<&'a FoundValue, String> {
    match evidence.metric(name) {
        Found::Nowhere => Err("no run of the ledger holds it".into()),
        Found::InSpoiltRuns => {
            Err("only runs that did not end by themselves, or with changes that were not committed, hold it".into())
        }
        Found::Value(found) if found.unit != unit => {
            Err(format!("it is in {}, where the contract has {unit}", found.unit))
        }
        Found::Value(found) => Ok(found),
    }
}

/// A count over the ledger, or why there is none.
fn counted(measure: LedgerMeasure, evidence: &LedgerEvidence, intact: bool) -> Result<f64, String> {
    if evidence.runs() == 0 {
        return Err("the ledger holds no run".into());
    }
    let newest = evidence.newest();
    let few = newest.len() < LEAST_RUNS;
    let too_few = || format!("the ledger holds {}, and a share needs {LEAST_RUNS}", count(newest.len(), "run", "runs"));
    let share = |part: fn(&RunFacts) -> bool| match few {
        true => Err(too_few()),
        false => Ok(newest.iter().filter(|run| part(run)).count() as f64 / newest.len() as f64),
    };
    let part_of = |part: f64, whole: f64, none: &str| match whole {
        _ if few => Err(too_few()),
        whole if whole > 0.0 => Ok(part / whole),
        _ => Err(none.to_owned()),
    };
    let sum = |part: fn(&RunFacts) -> usize| newest.iter().map(part).sum::<usize>() as f64;
    match measure {
        LedgerMeasure::Runs => Ok(evidence.runs() as f64),
        LedgerMeasure::CompleteRuns => share(|run| run.complete),
        LedgerMeasure::CleanRuns => share(|run| run.clean),
        LedgerMeasure::DecidedRuns => share(|run| run.decided),
        LedgerMeasure::PassingRuns => share(|run| run.passed),
        LedgerMeasure::MetricsReported => {
            let (reported, missing) = (sum(|run| run.reported), sum(|run| run.missing));
            part_of(reported, reported + missing, "none of the newest runs reported or expected a metric")
        }
        LedgerMeasure::MetricsWithFloor => {
            part_of(sum(|run| run.with_floor), sum(|run| run.reported), "none of the newest runs reported a metric")
        }
        LedgerMeasure::OpenIncidents => Ok(evidence.open_incidents() as f64),
        LedgerMeasure::ChainHolds => Ok(f64::from(u8::from(intact))),
    }
}

fn finite(value: f64) -> Option<Finite> {
    Finite::try_from(value).ok()
}
