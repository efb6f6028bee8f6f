//! What a size keeps and carries: the service level, and the most throughput that keeps it.
//! Must not know: what is demanded, or what it costs.

use bench_model::Unit;
use bench_model::scale::{Axis, ScaleLevel};

use super::config::ServiceLevel;
use super::facts::{Facts, Scaled};
use super::measured::amount;
use super::names::ScaleName;

/// Whether a size keeps the service level, and what there is to say about it: `Ok(false)` with what breaks it, `Err` with what is not known.
pub(super) fn keeps(level: &ScaleLevel, wanted: &ServiceLevel) -> Result<Result<(), String>, String> {
    let mut unknown = None;
    if let Some(most) = wanted.p95 {
        match level.p95 {
            Some(p95) if p95 > most => {
                let (p95, most) = (amount(p95, Unit::Nanoseconds), amount(most, Unit::Nanoseconds));
                return Ok(Err(format!("p95 is {p95}, more than {most}")));
            }
            Some(_) => {}
            None => unknown = Some("its p95 was not measured".to_owned()),
        }
    }
    if let Some(most) = wanted.error_rate
        && level.error_rate > most
    {
        let (rate, most) = (amount(level.error_rate, Unit::Ratio), amount(most, Unit::Ratio));
        return Ok(Err(format!("{rate} of the requests failed, more than {most}")));
    }
    unknown.map_or(Ok(Ok(())), Err)
}

/// The service level in words.
pub(super) fn level_text(wanted: &ServiceLevel) -> String {
    let p95 = wanted.p95.map(|most| format!("p95 at most {}", amount(most, Unit::Nanoseconds)));
    let errors = wanted.error_rate.map(|most| format!("errors at most {}", amount(most, Unit::Ratio)));
    [p95, errors].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The run of a name, or why there is none.
pub(super) fn scaled<'a>(facts: &'a Facts, name: &ScaleName) -> Result<&'a Scaled, String> {
    facts.scales.get(name).ok_or_else(|| format!("no run of the ledger measured {} over {}", name.scenario, name.axis))
}

/// The size with the most throughput among those that keep the service level, or why there is none.
pub(super) fn capacity<'a>(scaled: &'a Scaled, wanted: &ServiceLevel) -> Result<&'a ScaleLevel, String> {
    let keeping = scaled.summary.levels.iter().filter(|level| matches!(keeps(level, wanted), Ok(Ok(()))));
    let best = keeping.max_by(|one, other| {
        // Of equal ones the smallest size.
        one.throughput.value.get().total_cmp(&other.throughput.value.get()).then(other.at.cmp(&one.at))
    });
    best.ok_or_else(|| {
        format!(
            "no size of {} over {} is known to keep {}",
            scaled.summary.scenario,
            scaled.summary.axis,
            level_text(wanted)
        )
    })
}

/// A size with its axis: `1 process`, `3 connections`.
pub(super) fn size(at: u32, axis: Axis) -> String {
    let (one, many) = match axis {
        Axis::Processes => ("process", "processes"),
        Axis::Threads => ("thread", "threads"),
        Axis::Pool => ("connection to the database", "connections to the database"),
        Axis::Connections => ("connection", "connections"),
    };
    bench_model::words::count(at, one, many)
}
