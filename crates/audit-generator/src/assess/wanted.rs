//! Targets and components: what is measured of what is wanted, and of what the service is made of.
//! Must not know: scores.

use bench_model::assessment::{BenchmarkTarget, Bottleneck, Cell, Component, TargetOutcome};
use bench_model::unit::rounded;
use bench_model::{Direction, Finite, MetricName, Quantity, Unit};

use super::bottleneck::bottleneck;
use super::carried::{generator, keeps, level_text, no_evidence, scaled};
use super::config::{AssessConfig, ComponentOf, Part, ServiceLevel, TargetBy, TargetOf};
use super::facts::{Facts, Value};
use super::measured::{Lack, amount, measured, most, of_line};
use super::names::ScaleName;

/// Every target with what was measured of it.
pub(super) fn targets(facts: &Facts, config: &AssessConfig) -> Vec<BenchmarkTarget> {
    config.targets.iter().map(|target| of(facts, target, &config.service_level)).collect()
}

/// What was measured of a target.
struct Found {
    value: Finite,
    direction: Direction,
    evidence: String,
    why: String,
    /// Why there may be more than that, when there may.
    more: Option<String>,
    /// Why it decides nothing, when it does not.
    doubt: Option<String>,
}

fn of(facts: &Facts, target: &TargetOf, level: &ServiceLevel) -> BenchmarkTarget {
    let Quantity { value: wanted, unit } = target.target;
    let found = match &target.by {
        TargetBy::Throughput(name) => throughput(facts, name, level),
        TargetBy::Size(name) => largest(facts, name, level, wanted),
        TargetBy::Metric(name) => metric(facts, name, target.target),
        TargetBy::Regions(scenario) => regions(facts, scenario),
        TargetBy::Nothing(why) => Err(why.clone()),
    };
    let (name, target) = (target.name.clone(), amount(Finite::try_from(wanted).unwrap_or_default(), unit));
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let (outcome, direction) = (TargetOutcome::NotMeasured, Direction::HigherIsBetter);
            let (current, at_least, factor, evidence) = (None, false, None, None);
            return BenchmarkTarget { name, current, at_least, target, direction, outcome, factor, evidence, why };
        }
    };
    let current = found.value.get();
    let reached = reaches(current, wanted, found.direction);
    let factor = match found.direction {
        Direction::HigherIsBetter => wanted / current,
        Direction::LowerIsBetter => current / wanted,
    };
    let outcome = match (reached, &found.doubt, &found.more) {
        (_, Some(_), _) | (false, None, Some(_)) => TargetOutcome::NotKnown,
        (true, None, _) => TargetOutcome::Met,
        (false, None, None) => TargetOutcome::Missed,
    };
    let parts = [Some(found.why), found.more.clone().filter(|_| !reached), found.doubt];
    BenchmarkTarget {
        name,
        current: Some(amount(found.value, unit)),
        at_least: found.more.is_some(),
        target,
        direction: found.direction,
        outcome,
        factor: if current > 0.0 { Finite::try_from(factor).ok() } else { None },
        evidence: Some(found.evidence),
        why: parts.into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

fn reaches(current: f64, wanted: f64, direction: Direction) -> bool {
    match direction {
        Direction::HigherIsBetter => current >= wanted,
        Direction::LowerIsBetter => current <= wanted,
    }
}

fn metric(facts: &Facts, name: &MetricName, Quantity { value: wanted, unit }: Quantity) -> Result<Found, String> {
    let found = measured(facts, name).map_err(|lack| lack.why().to_owned())?;
    if found.unit != unit {
        return Err(format!("it is measured in {}, and wanted in {unit}", found.unit));
    }
    Ok(Found {
        value: found.value,
        direction: found.direction,
        evidence: facts.cite(found.line),
        why: name.to_string(),
        more: None,
        // What is bad because of something else than the service may be better.
        doubt: found
            .doubt()
            .or_else(|| found.excuse().filter(|_| !reaches(found.value.get(), wanted, found.direction)))
            .map(|doubt| doubt.why().to_owned()),
    })
}

fn throughput(facts: &Facts, name: &ScaleName, level: &ServiceLevel) -> Result<Found, String> {
    let found = most(facts, name, level).map_err(|lack| match lack {
        Lack::NotRun(why) => why,
        Lack::NotKnown(line, doubt) => format!("{}: {}", facts.cite(line), doubt.why()),
    })?;
    let at = found.at().map(|at| name.axis.counted(at)).unwrap_or_default();
    Ok(Found {
        value: found.value,
        direction: Direction::HigherIsBetter,
        evidence: facts.cite(found.line),
        why: format!("the most throughput that keeps {}: {at}", level_text(level)),
        more: found.more.map(|more| format!("there may be more: {more}")),
        doubt: None,
    })
}

/// The largest size that keeps the service level. What larger ones would do, nobody knows without a size of at most what is wanted that
/// does not keep it.
fn largest(facts: &Facts, name: &ScaleName, level: &ServiceLevel, wanted: f64) -> Result<Found, String> {
    let run = scaled(facts, name)?;
    if let Some(doubt) = of_line(&run.line) {
        return Err(doubt.why().to_owned());
    }
    let levels = &run.summary.levels;
    let keeping = levels.iter().filter(|size| matches!(keeps(size, level), Ok(Ok(()))));
    let best = keeping.map(|size| size.at).max();
    let at = best.ok_or_else(|| format!("no size of {name} is known to keep {}", level_text(level)))?;
    let counted = |at: u32| name.axis.counted(at);
    let larger = || levels.iter().filter(|size| size.at > at);
    let broken = larger().filter(|size| matches!(keeps(size, level), Ok(Err(_)))).map(|size| size.at).min();
    let more = match broken {
        Some(broken) if f64::from(broken) <= wanted => None,
        Some(broken) => Some(format!("at least {}, not tested between that and {}", counted(at), counted(broken))),
        None if larger().next().is_some() => {
            let unknown = larger().find_map(|size| keeps(size, level).err()).unwrap_or_default();
            Some(format!("at least {}, not known beyond: {unknown}", counted(at)))
        }
        None => Some(format!("at least {}, not tested beyond", counted(at))),
    };
    Ok(Found {
        value: Finite::try_from(f64::from(at)).unwrap_or_default(),
        direction: Direction::HigherIsBetter,
        evidence: facts.cite(&run.line),
        why: format!("the largest size of {name} that is known to keep {}", level_text(level)),
        more,
        doubt: None,
    })
}

/// How many regions answered in the run of a scenario that counts first.
fn regions(facts: &Facts, scenario: &str) -> Result<Found, String> {
    let prefix = format!("{scenario}/all/all/");
    let of_region = |name: &MetricName| name.as_str().starts_with(&prefix) && name.measure() == "rps";
    let regions = facts.metrics.iter().filter(|(name, _)| of_region(name));
    let answered: Vec<&Value> = regions.map(|it| it.1).filter(|value| value.value.get() > 0.0).collect();
    let nothing = || format!("no run of the ledger measured regions of {scenario}");
    let first = answered.iter().max_by_key(|value| value.line.rank()).ok_or_else(nothing)?;
    let here = answered.iter().filter(|value| value.line.seq == first.line.seq).count();
    Ok(Found {
        value: Finite::try_from(here as f64).unwrap_or_default(),
        direction: Direction::HigherIsBetter,
        evidence: facts.cite(&first.line),
        why: format!("regions that answered in scenario {scenario}, each with a delay of its own on one machine"),
        more: None,
        doubt: of_line(&first.line).map(|doubt| doubt.why().to_owned()),
    })
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
    if let Some(doubt) = of_line(&run.line) {
        return Cell::NotMeasured { why: doubt.why().to_owned() };
    }
    let levels = &run.summary.levels;
    if levels.len() < 2 {
        return Cell::NotMeasured { why: "only one size was measured".into() };
    }
    let own = || levels.iter().filter(|level| no_evidence(level).is_none() && generator(level).is_none());
    let own = || own().filter(|level| level.throughput.value.get() > 0.0);
    let first = own().min_by_key(|level| level.at);
    let best = own().max_by(|one, other| {
        let (a, b) = (one.throughput.value.get(), other.throughput.value.get());
        a.total_cmp(&b).then(other.at.cmp(&one.at))
    });
    let (Some(first), Some(best)) = (first, best) else {
        let why = match levels.iter().find_map(no_evidence) {
            Some(why) => format!("no size shows what the service does alone: {why}"),
            None => "the generator was the limit at every size".to_owned(),
        };
        return Cell::NotMeasured { why };
    };
    let Ok(times) = Finite::try_from(best.throughput.value.get() / first.throughput.value.get()) else {
        return Cell::NotMeasured { why: "its throughput cannot be compared".into() };
    };
    let text = match best.at == first.at {
        true => format!("nothing gained beyond {}", name.axis.counted(first.at)),
        false => {
            let (best, first) = (name.axis.counted(best.at), name.axis.counted(first.at));
            format!("{}x with {best}, compared with {first}", rounded(times.get(), 3))
        }
    };
    Cell::Measured { text, value: amount(times, Unit::Ratio), evidence: facts.cite(&run.line) }
}

fn performs(facts: &Facts, part: Option<&Part<MetricName>>) -> Cell {
    match part {
        Some(Part::By(name)) => match measured(facts, name) {
            Ok(found) => {
                if let Some(doubt) = found.doubt() {
                    return Cell::NotMeasured { why: format!("{name}: {}", doubt.why()) };
                }
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
