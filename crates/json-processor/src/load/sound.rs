//! Which figures of a load run are metrics. A metric travels on: into the ledger's history, into other programs, into what later
//! runs are compared with. So what was not validly measured is none, and stays a figure of this run alone.
//! Must not know: the judge's policy, or what earlier runs measured.

use bench_model::Unit;
use bench_model::load::{Measured, ObservedThreshold};
use bench_model::perf::Metric;

use super::{Facts, guards, words};

/// Takes out what is no measurement, and says why; `None` where all of it is one.
///
/// A run that breaks a guard did not send the load that it stands for, so nothing of it can be compared. With two exceptions that
/// spoil the times alone: where most requests failed, how many failed is known all the same; and a generator that was late may have
/// been early enough for the thresholds.
pub(super) fn withhold(facts: &Facts<'_>, guards: &[ObservedThreshold], metrics: &mut Vec<Metric>) -> Option<String> {
    let before = metrics.len();
    let (failing, broken): (Vec<_>, Vec<_>) =
        guards.iter().filter(|guard| !guards::is_kept(guard)).partition(|guard| guards::is_of_failures(guard));
    let why = if let Some(first) = broken.first() {
        metrics.clear();
        let guard = words::threshold(&first.threshold);
        format!("no figure of this run is a metric, and none is compared or kept: it does not keep `{guard}`")
    } else {
        let why = match failing.first().map(|guard| &guard.observed) {
            Some(Measured::NotKnown(why)) => why.clone(),
            Some(Measured::Known(_) | Measured::AtLeast(_)) => "most requests failed".to_owned(),
            None => guards::too_late_to_compare(facts)?,
        };
        metrics.retain(|metric| metric.unit != Unit::Nanoseconds);
        format!("no time of this run is a metric, and none is compared or kept: {why}")
    };
    (metrics.len() < before).then_some(why)
}
