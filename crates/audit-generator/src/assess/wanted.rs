//! Targets and components: what is measured of what is wanted, and of what the service is made of.
//! Must not know: scores.

use bench_model::assessment::{BenchmarkTarget, Bottleneck, Cell, Component};
use bench_model::scale::ScaleLevel;
use bench_model::unit::rounded;
use bench_model::{Finite, MetricName, Unit};

use super::bottleneck::bottleneck;
use super::carried::{capacity, keeps, level_text, scaled, size};
use super::config::{AssessConfig, ComponentOf, Part, ServiceLevel, TargetBy, TargetOf};
use super::facts::{Facts, Value};
use super::measured::{amount, measured};
use super::names::ScaleName;

/// Every target with what was measured of it.
pub(super) fn targets(facts: &Facts, config: &AssessConfig) -> Vec<BenchmarkTarget> {
    config.targets.iter().map(|target| of(facts, target, &config.service_level)).collect()
}

fn of(facts: &Facts, target: &TargetOf, level: &ServiceLevel) -> BenchmarkTarget {
    let unit = target.target.unit;
    let found = match &target.by {
        TargetBy::Throughput(name) => carried(facts, name, level).map(|(best, evidence)| {
            let at = size(best.at, name.axis);
            (best.throughput.value, evidence, format!("the most throughput that keeps {}: {at}", level_text(level)))
        }),
        TargetBy::Size(name) => largest(facts, name, level),
        TargetBy::Metric(name) => measured(facts, name).map_err(|lack| lack.why().to_owned()).and_then(|found| {
            if found.unit != unit {
                return Err(format!("it is measured in {}, and wanted in {unit}", found.unit));
            }
            Ok((found.value, facts.cite(found.line), name.to_string()))
        }),
        TargetBy::Regions(scenario) => regions(facts, scenario),
        TargetBy::Nothing(why) => Err(why.clone()),
    };
    let wanted = amount(Finite::try_from(target.target.value).unwrap_or_default(), unit);
    let (current, evidence, why) = match found {
        Ok((value, evidence, why)) => (Some(value), Some(evidence), why),
        Err(why) => (None, None, why),
    };
    let factor = current.filter(|current| current.get() > 0.0);
    let factor = factor.and_then(|current| Finite::try_from(target.target.value / current.get()).ok());
    let current = current.map(|value| amount(value, unit));
    BenchmarkTarget { name: target.name.clone(), current, target: wanted, factor, evidence, why }
}

fn carried<'a>(facts: &'a Facts, name: &ScaleName, level: &ServiceLevel) -> Result<(&'a ScaleLevel, String), String> {
    let run = scaled(facts, name)?;
    Ok((capacity(run, level)?, facts.cite(&run.line)))
}

/// The largest size that keeps the service level.
fn largest(facts: &Facts, name: &ScaleName, level: &ServiceLevel) -> Result<(Finite, String, String), String> {
    let run = scaled(facts, name)?;
    let keeping = run.summary.levels.iter().filter(|size| matches!(keeps(size, level), Ok(Ok(()))));
    let best = keeping.map(|size| size.at).max();
    let at = best.ok_or_else(|| format!("no size of {name} is known to keep {}", level_text(level)))?;
    let measured = run.summary.levels.iter().map(|size| size.at).max().unwrap_or(at);
    let text =
        format!("the largest size of {name} that keeps {}; the largest measured is {measured}", level_text(level));
    Ok((Finite::try_from(f64::from(at)).unwrap_or_default(), facts.cite(&run.line), text))
}

/// How many regions answered in the newest run of a scenario.
fn regions(facts: &Facts, scenario: &str) -> Result<(Finite, String, String), String> {
    let prefix = format!("{scenario}/all/all/");
    let of_region = |name: &MetricName| name.as_str().starts_with(&prefix) && name.measure() == "rps";
    let answered: Vec<&Value> = facts
        .metrics
        .iter()
        .filter(|(name, value)| of_region(name) && value.value.get() > 0.0)
        .map(|it| it.1)
        .collect();
    let newest = answered.iter().map(|value| value.line.seq).max();
    let newest = newest.ok_or_else(|| format!("no run of the ledger measured regions of {scenario}"))?;
    let here: Vec<_> = answered.into_iter().filter(|value| value.line.seq == newest).collect();
    let Some(first) = here.first() else { return Err(format!("no run of the ledger measured regions of {scenario}")) };
    let text = format!("regions that answered in scenario {scenario}, each with a delay of its own on one machine");
    Ok((Finite::try_from(here.len() as f64).unwrap_or_default(), facts.cite(&first.line), text))
}

/// Every component with what was measured of it.
pub(super) fn components(facts: &Facts, config: &AssessConfig) -> Vec<Component> {
    let component = |of: &ComponentOf| Component {
        name: of.name.clone(),
        horizontal: grows(facts, of.horizontal.as_ref()),
        vertical: grows(facts, of.vertical.as_ref()),
        performance: performs(facts, of.performance.as_ref()),
        bottleneck: held_back(facts, of.bottleneck.as_ref()),
    };
    config.components.iter().map(component).collect()
}

fn nothing() -> String {
    "nothing in assessment.toml measures it".to_owned()
}

/// How many times as much as the smallest size the best one gives.
fn grows(facts: &Facts, part: Option<&Part<ScaleName>>) -> Cell {
    let name = match part {
        Some(Part::By(name)) => name,
        Some(Part::NotApplicable(why)) => return Cell::NotApplicable { why: why.clone() },
        None => return Cell::NotMeasured { why: nothing() },
    };
    let run = match scaled(facts, name) {
        Ok(run) => run,
        Err(why) => return Cell::NotMeasured { why },
    };
    let levels = &run.summary.levels;
    let unlimited = || levels.iter().filter(|level| level.limited_rounds == 0 && level.throughput.value.get() > 0.0);
    let first = unlimited().min_by_key(|level| level.at);
    let best = unlimited().max_by(|one, other| {
        let (a, b) = (one.throughput.value.get(), other.throughput.value.get());
        a.total_cmp(&b).then(other.at.cmp(&one.at))
    });
    let (Some(first), Some(best)) = (first, best) else {
        return Cell::NotMeasured { why: "the generator was the limit at every size".into() };
    };
    if levels.len() < 2 {
        return Cell::NotMeasured { why: "only one size was measured".into() };
    }
    let Ok(times) = Finite::try_from(best.throughput.value.get() / first.throughput.value.get()) else {
        return Cell::NotMeasured { why: "its throughput cannot be compared".into() };
    };
    let text = match best.at == first.at {
        true => format!("nothing gained beyond {}", size(first.at, name.axis)),
        false => {
            let (best, first) = (size(best.at, name.axis), size(first.at, name.axis));
            format!("{}x with {best}, compared with {first}", rounded(times.get(), 3))
        }
    };
    Cell::Measured { text, value: amount(times, Unit::Ratio), evidence: facts.cite(&run.line) }
}

fn performs(facts: &Facts, part: Option<&Part<MetricName>>) -> Cell {
    match part {
        Some(Part::By(name)) => match measured(facts, name) {
            Ok(found) => {
                let text = format!("{} ({name})", found.amount());
                Cell::Measured { text, value: found.amount(), evidence: facts.cite(found.line) }
            }
            Err(lack) => Cell::NotMeasured { why: format!("{name}: {}", lack.why()) },
        },
        Some(Part::NotApplicable(why)) => Cell::NotApplicable { why: why.clone() },
        None => Cell::NotMeasured { why: nothing() },
    }
}

fn held_back(facts: &Facts, name: Option<&ScaleName>) -> Bottleneck {
    let lacking = |why: String| Bottleneck::NotMeasured { why, signals: Vec::new(), evidence: None };
    match name {
        Some(name) => match scaled(facts, name) {
            Ok(run) => bottleneck(facts, run),
            Err(why) => lacking(why),
        },
        None => lacking(nothing()),
    }
}
