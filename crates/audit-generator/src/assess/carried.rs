//! What a size keeps and carries: the service level, and the most throughput that keeps it.
//! Must not know: what is demanded, or what it costs.

use bench_model::Unit;
use bench_model::scale::ScaleLevel;
use bench_model::words::count;

use super::config::ServiceLevel;
use super::facts::{Facts, Scaled};
use super::measured::{Doubt, amount, of_line, side};
use super::names::ScaleName;

/// Why a size was not measured, when it was not: a round of it is no evidence.
pub(super) fn no_evidence(level: &ScaleLevel) -> Option<String> {
    let why = level.unusable_why.as_deref().unwrap_or("it is no measurement of this size");
    let rounds = count(level.rounds, "round", "rounds");
    (level.unusable_rounds > 0).then(|| format!("no evidence: {why}, in {} of {rounds}", level.unusable_rounds))
}

/// That the generator was the limit, when it was.
pub(super) fn generator(level: &ScaleLevel) -> Option<String> {
    let rounds = count(level.limited_rounds, "round", "rounds");
    (level.limited_rounds > 0).then(|| format!("the generator was the limit in {rounds}"))
}

/// Whether a size keeps the service level, and what there is to say about it: `Ok(Err)` with what breaks it, `Err` with what is not known.
/// What is bad where the generator was the limit, the service did not do.
pub(super) fn keeps(level: &ScaleLevel, wanted: &ServiceLevel) -> Result<Result<(), String>, String> {
    if let Some(why) = no_evidence(level) {
        return Err(why);
    }
    let broken = |why: String| match generator(level) {
        Some(generator) => Err(format!("{why}, and {generator}")),
        None => Ok(Err(why)),
    };
    let mut unknown = None;
    if let Some(most) = wanted.p95 {
        let time = |value| amount(value, Unit::Nanoseconds);
        let kept = level.p95.map(|p95| (p95, side(p95.value, p95.interval, |value| value <= most.get())));
        match kept {
            Some((_, Some(true))) => {}
            Some((p95, Some(false))) => {
                return broken(format!("p95 is {}, more than {}", time(p95.value), time(most)));
            }
            Some((p95, None)) => {
                let why = format!("its p95 is {}, with an interval on both sides of {}", time(p95.value), time(most));
                unknown = Some(why);
            }
            None => unknown = Some("its p95 was not measured".to_owned()),
        }
    }
    if let Some(most) = wanted.error_rate
        && level.error_rate > most
    {
        let (rate, most) = (amount(level.error_rate, Unit::Ratio), amount(most, Unit::Ratio));
        return broken(format!("{rate} of the requests failed, more than {most}"));
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

/// The most throughput that keeps the service level.
pub(super) struct Capacity<'a> {
    /// The size with it.
    pub(super) best: &'a ScaleLevel,
    /// Why there may be more, when there may.
    pub(super) more: Option<String>,
}

/// The size with the most throughput among those that keep the service level, or why there is none.
pub(super) fn capacity<'a>(scaled: &'a Scaled, wanted: &ServiceLevel) -> Result<Capacity<'a>, Doubt> {
    if let Some(doubt) = of_line(&scaled.line) {
        return Err(doubt);
    }
    let levels = &scaled.summary.levels;
    let keeping = levels.iter().filter(|level| matches!(keeps(level, wanted), Ok(Ok(()))));
    let best = keeping.max_by(|one, other| {
        // Of equal ones the smallest size.
        one.throughput.value.get().total_cmp(&other.throughput.value.get()).then(other.at.cmp(&one.at))
    });
    let best = best.ok_or_else(|| {
        let (scenario, axis) = (&scaled.summary.scenario, scaled.summary.axis);
        let why = format!("no size of {scenario} over {axis} is known to keep {}", level_text(wanted));
        match levels.iter().find_map(no_evidence) {
            Some(lacking) => Doubt::NoEvidence(format!("{why}; {lacking}")),
            None => Doubt::Other(why),
        }
    })?;
    let more = levels.iter().filter_map(|level| {
        let what = match (no_evidence(level), generator(level), keeps(level, wanted)) {
            (Some(lacking), _, _) => lacking,
            (None, Some(generator), _) => generator,
            // A size that carries less than the best one changes nothing.
            (None, None, Err(unknown)) if level.throughput.value > best.throughput.value => unknown,
            (None, None, _) => return None,
        };
        Some(format!("at {} {what}", scaled.summary.axis.counted(level.at)))
    });
    let more = more.collect::<Vec<_>>().join("; ");
    Ok(Capacity { best, more: (!more.is_empty()).then_some(more) })
}
