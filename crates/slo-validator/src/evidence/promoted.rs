//! The promoted run of the same environment and mode, measured at another time.

use bench_model::ledger::LedgerMetric;
use bench_model::perf::Metric;
use bench_model::verdict::Rule;
use bench_stats::Design;

use super::{Evidence, Reference, incomparable, numbers};
use crate::Levels;
use crate::regression::{detect_performance_regression, undecided};

/// What the baseline says about a metric.
pub(crate) fn judge<'a>(metric: &Metric, promoted: &'a LedgerMetric, threshold: f64, levels: Levels) -> Evidence<'a> {
    let reference = Reference::Promotion(promoted);
    if let Some(why) = incomparable(metric, promoted.unit, promoted.direction, "in the baseline") {
        return Evidence { reference, finding: undecided(Rule::NotComparable), because: Some(why) };
    }
    let (before, now) = (numbers(&promoted.rounds), numbers(&metric.rounds));
    let finding =
        detect_performance_regression(&before, &now, Design::Independent, metric.direction, threshold, levels);
    Evidence { reference, finding, because: None }
}
