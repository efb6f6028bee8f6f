//! When a phase was, and how much load it planned.

use bench_model::load::{Load, LoadModel, LoadPhase};

/// The planned load at the beginning and the end: requests per second, or users. `None` when an engine did not say.
pub(super) fn planned(phase: &LoadPhase) -> Option<(f64, f64)> {
    match phase.model {
        LoadModel::Open { from, to, .. } => Some((from.get(), to.get())),
        LoadModel::Closed { from, to } => Some((f64::from(from), f64::from(to))),
        LoadModel::Unknown => None,
    }
}

/// Whether the load does not change.
pub(super) fn is_level(phase: &LoadPhase) -> bool {
    planned(phase).is_none_or(|(from, to)| from == to)
}

/// The end of a phase, in seconds since the first one began.
pub(super) fn end(phase: &LoadPhase) -> f64 {
    phase.start_s.get() + phase.measured_s.get()
}

/// The phase at a time; where two share it, the later one.
pub(super) fn at(load: &Load, time: f64) -> Option<&LoadPhase> {
    load.phases.iter().rev().find(|phase| phase.start_s.get() <= time)
}

/// Whether a time belongs to a warm-up. What was read just before the first phase began belongs to that one.
pub(super) fn is_warm_up(load: &Load, time: f64) -> bool {
    at(load, time).or(load.phases.first()).is_some_and(|phase| phase.warm_up)
}

/// Whether a time counts: in the named phase, or outside warm-ups without a name.
pub(super) fn counts(load: &Load, phase: Option<&str>, time: f64) -> bool {
    match phase {
        Some(name) => at(load, time).is_some_and(|phase| phase.name == name),
        None => !is_warm_up(load, time),
    }
}

/// The planned load at a time inside a phase.
pub(super) fn load_at(phase: &LoadPhase, time: f64) -> Option<f64> {
    let (from, to) = planned(phase)?;
    let length = phase.planned_s.unwrap_or(phase.measured_s).get();
    let share = if length > 0.0 { ((time - phase.start_s.get()) / length).clamp(0.0, 1.0) } else { 1.0 };
    Some(from + (to - from) * share)
}
