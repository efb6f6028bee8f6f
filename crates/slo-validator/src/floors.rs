//! Floors and margins of judged metrics. Must not know the baseline.

use bench_model::verdict::JudgedMetric;
use bench_model::{Direction, Finite};

/// One floor, checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FloorCheck<'a> {
    /// The metric with the floor.
    pub metric: &'a JudgedMetric,
    /// What came out.
    pub outcome: FloorOutcome,
}

/// Whether a floor is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloorOutcome {
    /// The value and its whole interval meet it.
    Met,
    /// The value meets it, but the interval reaches beyond.
    Undecided,
    /// The value does not meet it.
    Violated,
    /// There is no value.
    NotMeasured,
}

/// Checks every floor that is set: one entry per metric with a floor, in the order of `metrics`.
///
/// For a metric where lower is better the floor is a ceiling. A value equal to its floor meets it.
pub fn validate_performance_floors(metrics: &[JudgedMetric]) -> Vec<FloorCheck<'_>> {
    metrics.iter().filter_map(|metric| Some(FloorCheck { metric, outcome: floor_outcome(metric)? })).collect()
}

/// Whether a metric meets its floor; `None` when it has none.
pub(crate) fn floor_outcome(metric: &JudgedMetric) -> Option<FloorOutcome> {
    let floor = metric.floor?.get();
    let Some(value) = metric.value else { return Some(FloorOutcome::NotMeasured) };
    let meets = |value: f64| match metric.direction {
        Direction::HigherIsBetter => value >= floor,
        Direction::LowerIsBetter => value <= floor,
    };
    Some(if !meets(value.get()) {
        FloorOutcome::Violated
    } else if worse_end(metric).is_some_and(|end| !meets(end.get())) {
        FloorOutcome::Undecided
    } else {
        FloorOutcome::Met
    })
}

/// The end of a metric's interval that lies nearer to its floor.
pub(crate) fn worse_end(metric: &JudgedMetric) -> Option<Finite> {
    let interval = metric.interval?;
    Some(match metric.direction {
        Direction::HigherIsBetter => interval.lower,
        Direction::LowerIsBetter => interval.upper,
    })
}

/// How many times over a floor is met, against how many times are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SafetyMargin<'a> {
    /// The metric with the floor.
    pub metric: &'a JudgedMetric,
    /// Value over floor (where lower is better: floor over value); below 1 the floor is not met.
    pub margin: f64,
    /// Whether the margin reaches the multiplier.
    pub enough: bool,
}

/// The margin of every measured metric with a floor, against the wanted `multiplier`, in the order of `metrics`.
pub fn calculate_safety_margins(metrics: &[JudgedMetric], multiplier: f64) -> Vec<SafetyMargin<'_>> {
    metrics
        .iter()
        .filter_map(|metric| {
            let margin = margin(metric.value?, metric.floor?, metric.direction)?.get();
            Some(SafetyMargin { metric, margin, enough: margin >= multiplier })
        })
        .collect()
}

/// How many times over a floor is met; `None` where that is no finite number: a floor of 0, or a value of 0 or below
/// where lower is better.
pub(crate) fn margin(value: Finite, floor: Finite, direction: Direction) -> Option<Finite> {
    let (value, floor) = (value.get(), floor.get());
    let ratio = match direction {
        Direction::HigherIsBetter if floor > 0.0 => value / floor,
        Direction::LowerIsBetter if value > 0.0 => floor / value,
        _ => return None,
    };
    Finite::try_from(ratio).ok()
}
