//! How many of the service level objectives of a run are met.

use bench_model::verdict::{JudgedMetric, Rule, Verdict};

use crate::floors::{FloorOutcome, validate_performance_floors};

/// The objectives of a run, counted. An objective is a floor, or the demand that a metric reports at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compliance {
    /// Objectives there are.
    pub objectives: usize,
    /// Floors met by the value and by its whole interval.
    pub met: usize,
    /// Floors met by the value, but inside its interval.
    pub undecided: usize,
    /// Floors not met.
    pub violated: usize,
    /// Metrics that had to report and did not.
    pub missing: usize,
}

impl Compliance {
    /// The share of objectives met, from 0 to 1; `None` without objectives, which is not the same as 1.
    pub fn ratio(&self) -> Option<f64> {
        (self.objectives > 0).then(|| self.met as f64 / self.objectives as f64)
    }
}

/// Counts the objectives of judged metrics.
pub fn calculate_slo_compliance(metrics: &[JudgedMetric]) -> Compliance {
    let mut compliance = Compliance::default();
    for check in validate_performance_floors(metrics) {
        match check.outcome {
            FloorOutcome::Met => compliance.met += 1,
            FloorOutcome::Undecided => compliance.undecided += 1,
            FloorOutcome::Violated => compliance.violated += 1,
            // Counted below, with those that have no floor.
            FloorOutcome::NotMeasured => {}
        }
    }
    compliance.missing =
        metrics.iter().filter(|metric| metric.verdict == Verdict::Missing && metric.rule == Rule::Expected).count();
    compliance.objectives = compliance.met + compliance.undecided + compliance.violated + compliance.missing;
    compliance
}
