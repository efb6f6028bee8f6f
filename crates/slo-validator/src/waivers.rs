//! Waivers: a regression that is permitted for a while is named, but does not turn the status.

use std::collections::{BTreeMap, BTreeSet};

use bench_cli::words::{percent, unsigned_percent};
use bench_model::MetricName;
use bench_model::ledger::Waiver;
use bench_model::perf::Report;
use bench_model::unit::nearest;
use bench_model::verdict::{JudgedMetric, Verdict, WaiverOutcome, WaiverUse};

use crate::regression::{beyond, loss};

/// How many unknown metrics are looked up for "did you mean"; a file with more is of another project.
const LOOKED_UP: usize = 10;

/// What waivers did.
#[derive(Default)]
pub(crate) struct Rulings<'a> {
    /// One for each waiver, in their order.
    pub(crate) uses: Vec<WaiverUse>,
    /// Permitted regressions, for people.
    pub(crate) permitted: Vec<String>,
    /// Regressions beyond what is permitted, or after the last day, for people; by metric.
    pub(crate) refused: BTreeMap<&'a MetricName, String>,
    /// Waivers without anything to permit, for people.
    pub(crate) unused: Vec<String>,
}

/// Holds each waiver against its metric. The day is the one on which measuring began. `left_out` are metrics that the
/// run was not asked for.
pub(crate) fn rule<'a>(
    waivers: &'a [Waiver],
    metrics: &[JudgedMetric],
    report: &Report,
    left_out: &BTreeSet<String>,
) -> Rulings<'a> {
    let judged: BTreeMap<&str, &JudgedMetric> = metrics.iter().map(|metric| (metric.name.as_str(), metric)).collect();
    let mut rulings = Rulings::default();
    let mut unknown = 0;
    for waiver in waivers {
        let metric = judged.get(waiver.metric.as_str()).copied();
        let regressed = metric.filter(|metric| metric.verdict == Verdict::Regressed);
        let in_force = waiver.in_force(report.provenance.started);
        let outcome = match regressed.and_then(|metric| Some((metric, metric.change?))) {
            None => WaiverOutcome::Unused,
            Some(_) if !in_force => WaiverOutcome::Expired,
            Some((metric, change)) if beyond(loss(change.value.get(), metric.direction), waiver.ceiling.get()) => {
                WaiverOutcome::Exceeded
            }
            Some(_) => WaiverOutcome::Used,
        };
        let change = metric.and_then(|metric| metric.change).map(|change| change.value);
        let moved = change.map_or(String::new(), |change| percent(change.get()));
        let (name, terms) = (&waiver.metric, terms(waiver));
        match outcome {
            WaiverOutcome::Used => {
                rulings.permitted.push(format!("`{name}` changed by {moved}, which does not count: {terms}"));
            }
            WaiverOutcome::Exceeded => {
                rulings.refused.insert(name, format!("`{name}` changed by {moved}, beyond its waiver: {terms}"));
            }
            WaiverOutcome::Expired => {
                let text = format!("`{name}` changed by {moved}, and its waiver has expired: {terms}");
                rulings.refused.insert(name, text);
            }
            WaiverOutcome::Unused if left_out.contains(name.as_str()) => {}
            WaiverOutcome::Unused => {
                let text = match metric {
                    Some(metric) => format!("`{name}`, which is {}", metric.verdict),
                    None if report.metrics.iter().any(|metric| metric.name == *name) => {
                        format!("`{name}`, which is not judged")
                    }
                    None => {
                        unknown += 1;
                        no_such_metric(name, report, unknown <= LOOKED_UP)
                    }
                };
                let expired = if in_force { "" } else { " and has expired" };
                rulings.unused.push(format!(
                    "the waiver of {issue} is unused{expired}: it permits a loss of {text}",
                    issue = waiver.issue
                ));
            }
        }
        rulings.uses.push(WaiverUse { waiver: waiver.clone(), change, outcome });
    }
    rulings
}

fn no_such_metric(name: &MetricName, report: &Report, look_up: bool) -> String {
    let names = || report.metrics.iter().map(|metric| metric.name.as_str());
    let near = if look_up { nearest(name.as_str(), names()) } else { None };
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`"));
    format!("`{name}`, which is no metric of this run{near}")
}

/// What is permitted, by whom, and until when.
fn terms(waiver: &Waiver) -> String {
    format!(
        "a loss of up to {} is waived until {} ({}, {}): {}",
        unsigned_percent(waiver.ceiling.get()),
        waiver.expires,
        waiver.issue,
        waiver.author,
        waiver.reason
    )
}
