//! What stands around the engine in a run. Must not know: how load is sent.

use bench_model::load::Buckets;
use bench_model::words::count;

use crate::Error;
use crate::engine::{Outcome, Target};
use crate::observe::Observed;
use crate::proxy::Regions;
use crate::scenario::Scenario;

/// A proxy for each region, when there are any.
pub(super) fn regions(scenario: &Scenario, target: &Target, seed: u64) -> Result<Option<Regions>, Error> {
    if scenario.regions.is_empty() {
        return Ok(None);
    }
    let to = target.address().ok_or_else(|| Error::Load {
        what: format!("the host of {} cannot be resolved", target.origin()),
        hint: "name the service's address with --set base_url=...".into(),
    })?;
    Regions::start(&scenario.regions, to, seed).map(Some)
}

/// That users had to wait for connections, when they had.
pub(super) fn waited(outcome: &Outcome) -> Option<String> {
    let in_turn = |series: &&bench_model::load::Series| series.offered.is_none();
    let waits = |series: &bench_model::load::Series| series.parts.get("queue").map_or(0, Buckets::count);
    let waited: u64 = outcome.series.iter().filter(in_turn).map(waits).sum();
    let requests = count(waited, "request of users", "requests of users");
    let told =
        || format!("{requests} waited for a free connection: with at least as many `connections` as users, none would");
    (waited > 0).then(told)
}

/// What is worth knowing before the numbers are trusted.
pub(in crate::verbs) fn warnings(outcome: &Outcome, observed: &Observed, target: &Target) -> Vec<String> {
    let mut warnings = observed.warnings.clone();
    let sum = |figure: fn(&bench_model::load::Series) -> u64| outcome.series.iter().map(figure).sum::<u64>();
    let unconnected = sum(|series| ["connect", "dns", "tls"].iter().filter_map(|kind| series.errors.get(*kind)).sum());
    let (sent, completed, unsent) = (sum(|s| s.sent), sum(|s| s.completed), sum(|s| s.unsent));
    if sent > 0 && completed == 0 {
        warnings.push(format!("not one request was answered: is a service listening at {}?", target.origin()));
    } else if unconnected > 0 {
        let requests = count(unconnected, "request", "requests");
        warnings.push(format!("{requests} found no connection to {}", target.origin()));
    }
    if unsent > 0 {
        let requests = count(unsent, "request was", "requests were");
        warnings.push(format!(
            "{requests} due and never sent: every connection was busy until the end, or 100,000 others waited"
        ));
    }
    if outcome.totals.reconnects > 0 {
        let connections = count(outcome.totals.reconnects, "connection", "connections");
        warnings.push(format!(
            "the service closed {connections} between two requests, which is no failure; requests went over new ones"
        ));
    }
    warnings
}
