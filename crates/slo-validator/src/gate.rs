//! What a run of proven work kept of the entry before it: the gate of `thresholds.toml`, judged from the same baseline file as everything.
//! Must not know: what work it was.

use bench_cli::words::{amount, unsigned_percent};
use bench_model::config::{Gate, Keep, KeepBy};
use bench_model::ledger::HistoryPoint;
use bench_model::perf::{Metric, Report};
use bench_model::verdict::{GateCheck, GateJudgement, GateOutcome, PreviousValue, Slide, Status};
use bench_model::{Direction, Finite};

use crate::grounds::Grounds;

/// Judges a run by the gate; `None` where there is none, or the run is none that it is for.
pub(crate) fn judge(report: &Report, gate: Option<&Gate>, grounds: &Grounds<'_>) -> Option<GateJudgement> {
    let gate = gate?;
    let measured = |keep: &Keep| report.metrics.iter().find(|metric| metric.name == keep.metric);
    if report.proofs.is_empty() && !gate.keep.iter().any(|keep| measured(keep).is_some()) {
        return None;
    }
    let check = |keep: &Keep| {
        let history = grounds.history(&keep.metric).map_or(&[][..], |history| &history.points);
        check(keep, measured(keep), history)
    };
    Some(GateJudgement {
        evidence: report.evidence_level,
        wanted: gate.evidence,
        checks: gate.keep.iter().map(check).collect(),
    })
}

fn check(keep: &Keep, measured: Option<&Metric>, history: &[HistoryPoint]) -> GateCheck {
    let before = history.last().map(|point| PreviousValue { run_id: point.run_id.clone(), value: point.value });
    let metric = keep.metric.clone();
    let Some(found) = measured else {
        let why = "it was not measured".to_owned();
        let outcome = GateOutcome::NotMet;
        return GateCheck { metric, unit: None, value: None, previous: before, limit: None, outcome, why, slide: None };
    };
    let (value, unit) = (found.value, found.unit);
    let shown = |value: f64| Finite::try_from(value).map_or_else(|_| value.to_string(), |value| amount(value, unit));
    let (limit, outcome, why) = match &before {
        None => {
            let why = "the ledger holds no earlier entry to hold it against: no verdict".to_owned();
            (None, GateOutcome::NoPrevious, why)
        }
        Some(before) => {
            let limit = limit(keep.by, before.value.get(), found.direction);
            let kept = no_worse(value.get(), limit, found.direction);
            let of = match keep.by {
                KeepBy::Share(share) => format!("{} of the entry before", unsigned_percent(share)),
                KeepBy::Drop(drop) => format!("a drop of {} from the entry before", shown(drop)),
            };
            let relation = match (kept, found.direction) {
                (true, _) => "keeps",
                (false, Direction::HigherIsBetter) => "lies below",
                (false, Direction::LowerIsBetter) => "lies above",
            };
            let why =
                format!("{} {relation} {}: {of} ({})", shown(value.get()), shown(limit), shown(before.value.get()));
            (Finite::try_from(limit).ok(), if kept { GateOutcome::Met } else { GateOutcome::NotMet }, why)
        }
    };
    let slide = slide(keep.by, value.get(), history, found.direction);
    GateCheck { metric, unit: Some(unit), value: Some(value), previous: before, limit, outcome, why, slide }
}

/// What a value must reach after this one.
fn limit(by: KeepBy, before: f64, direction: Direction) -> f64 {
    match (by, direction) {
        (KeepBy::Share(share), Direction::HigherIsBetter) => before * share,
        (KeepBy::Share(share), Direction::LowerIsBetter) => before / share,
        (KeepBy::Drop(drop), Direction::HigherIsBetter) => before - drop,
        (KeepBy::Drop(drop), Direction::LowerIsBetter) => before + drop,
    }
}

fn no_worse(value: f64, limit: f64, direction: Direction) -> bool {
    match direction {
        Direction::HigherIsBetter => value >= limit,
        Direction::LowerIsBetter => value <= limit,
    }
}

/// A value that would not pass after the best that three entries in a row held in the median: many steps, each within its limit, have
/// led further down than one may. Single entries are not looked at, for one lucky run is no level. The median of the newest three must
/// lie there as well, so that one unlucky run is no slide.
fn slide(by: KeepBy, value: f64, history: &[HistoryPoint], direction: Direction) -> Option<Slide> {
    let values: Vec<f64> = history.iter().map(|point| point.value.get()).chain([value]).collect();
    let medians: Vec<f64> = values.windows(3).filter_map(|three| median(three.try_into().ok()?)).collect();
    let (newest, earlier) = medians.split_last()?;
    let better = |one: f64, other: f64| match direction {
        Direction::HigherIsBetter => one > other,
        Direction::LowerIsBetter => one < other,
    };
    let (index, best) =
        earlier.iter().copied().enumerate().reduce(|best, next| if better(next.1, best.1) { next } else { best })?;
    let limit = limit(by, best, direction);
    if no_worse(value, limit, direction) || no_worse(*newest, limit, direction) {
        return None;
    }
    let share = match direction {
        Direction::HigherIsBetter => value / best,
        Direction::LowerIsBetter => best / value,
    };
    Some(Slide {
        best: Finite::try_from(best).ok()?,
        share: Finite::try_from(share).ok()?,
        entries: u32::try_from(values.len() - 2 - index).ok()?,
    })
}

fn median(mut three: [f64; 3]) -> Option<f64> {
    three.sort_by(f64::total_cmp);
    three.get(1).copied()
}

/// What the gate adds to the reasons of a status.
pub(crate) fn reasons(gate: &GateJudgement) -> Vec<(Status, String)> {
    let mut reasons = Vec::new();
    if gate.evidence < gate.wanted {
        let (is, wanted) = (gate.evidence.as_str(), gate.wanted.as_str());
        reasons.push((Status::Fail, format!("the gate asks for evidence of {wanted}, and the run's is {is}")));
    }
    for check in &gate.checks {
        let status = match check.outcome {
            GateOutcome::Met => None,
            GateOutcome::NotMet => Some(Status::Fail),
            GateOutcome::NoPrevious => Some(Status::Warn),
        };
        reasons.extend(status.map(|status| (status, format!("gate: `{}`: {}", check.metric, check.why))));
        if let (Some(slide), Some(unit)) = (&check.slide, check.unit) {
            let lost = unsigned_percent(1.0 - slide.share.get());
            let text = format!(
                "gate: `{}` lost {lost} over {} entries, from {}, though no single step lost that much",
                check.metric,
                slide.entries,
                amount(slide.best, unit)
            );
            reasons.push((Status::Warn, text));
        }
    }
    reasons
}

/// Whether the gate could not decide on something.
pub(crate) fn is_open(gate: &GateJudgement) -> bool {
    gate.checks.iter().any(|check| check.outcome == GateOutcome::NoPrevious)
}
