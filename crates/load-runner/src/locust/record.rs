//! A master's result as a record. Percentiles of series are never taken over: buckets are. Must not know: processes.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::{
    Buckets, CheckCount, Cut, Distribution, Engine, Load, LoadModel, LoadPhase, Series, Source, Usage, Window, Workers,
};

use super::outcome::{Outcome, Tally, Times};
use crate::scenario::{Model, Scenario, Spacing};
use crate::script::{Script, origin};

/// The largest relative error of a bucket: 1,024 of them at least for each doubling.
const RESOLUTION: f64 = 1.0 / 1024.0;
/// For how long fewer users than wanted are no fault: Locust tells its numbers every three seconds.
const USERS_LATE_S: f64 = 6.0;
const CLOSED: &str =
    "Locust is a closed model: an arrival whose user still waits for an answer is not sent, but counted as such";

/// Makes the record, and says what to know about it. `gone` are workers whose processes ended by themselves.
pub(crate) fn load(script: &Script, outcome: &Outcome, gone: u32) -> (Load, Vec<String>) {
    let scenario = &script.scenario;
    let lost = outcome.lost.max(gone);
    let workers = Workers { expected: outcome.expected, ready: outcome.ready, lost };
    let open = scenario.phases.iter().any(|phase| matches!(phase.model, Model::Open(_)));
    let mut series = series(scenario, outcome);
    let whole = outcome.cut.is_none() && lost == 0;
    if whole {
        add_never_due(scenario, outcome, &mut series);
    }
    let load = Load {
        scenario: scenario.name.clone(),
        plan_sha256: Some(script.digest.clone()),
        engine: Engine {
            name: "locust".into(),
            version: Some(outcome.locust.clone()),
            workers: Some(workers),
            times_from_due: false,
        },
        target: origin(&scenario.base_url),
        time_scale: finite(scenario.time_scale),
        seed: Some(script.seed),
        phases: phases(scenario, outcome, &series),
        window_s: finite(1.0),
        windows: windows(scenario, outcome),
        usage: usage(outcome),
        gauges: Vec::new(),
        thresholds: scenario.thresholds.clone(),
        engine_thresholds: Vec::new(),
        cut: cut(outcome, lost, &series),
        tick_lag: tick_lag(scenario, outcome),
        doubts: doubts(outcome, &series),
        series,
    };
    (load, warnings(outcome, open))
}

fn series(scenario: &Scenario, outcome: &Outcome) -> Vec<Series> {
    let one = |(phase, request, tally): &(usize, usize, Tally)| {
        let (phase, request) = (scenario.phases.get(*phase)?, scenario.requests.get(*request)?);
        let latency = tally.latency.as_ref().map(buckets);
        let open = matches!(phase.model, Model::Open(_));
        Some(Series {
            request: request.name.clone(),
            phase: Some(phase.name.clone()),
            tags: request.tags.clone(),
            offered: open.then_some(tally.offered),
            sent: tally.sent,
            completed: tally.completed,
            failed: tally.failed,
            unsent: tally.unsent,
            in_flight: tally.in_flight,
            errors: tally.errors.clone(),
            statuses: tally.statuses.clone(),
            checks: checks(tally),
            received_bytes: Some(tally.received),
            sent_bytes: Some(tally.sent_bytes),
            latency: latency.clone().map(Distribution::Buckets),
            open: tally.open.as_ref().map(buckets),
            service: latency,
            lag: tally.lag.as_ref().map(buckets),
            parts: BTreeMap::new(),
            operations: BTreeMap::new(),
        })
    };
    outcome.series.iter().filter_map(one).collect()
}

/// Arrivals of an even schedule that no user was there for: all that is known of them is that they were not sent.
fn add_never_due(scenario: &Scenario, outcome: &Outcome, series: &mut [Series]) {
    for (phase, (begin, end)) in scenario.phases.iter().zip(&outcome.phases) {
        let Model::Open(arrivals) = &phase.model else { continue };
        if arrivals.spacing == Spacing::Poisson {
            continue;
        }
        let planned = ((arrivals.from + arrivals.to) / 2.0 * (end - begin) - 1e-6).ceil().max(0.0) as u64;
        let mut of_phase: Vec<&mut Series> =
            series.iter_mut().filter(|it| it.phase.as_deref() == Some(phase.name.as_str())).collect();
        let counted: u64 = of_phase.iter().filter_map(|it| it.offered).sum();
        let missing = planned.saturating_sub(counted);
        // To the request that is drawn most: which ones they would have been was never drawn.
        let most = of_phase.iter_mut().max_by_key(|it| it.offered);
        if let (Some(most), true) = (most, missing > 0) {
            most.offered = most.offered.map(|offered| offered + missing);
            most.unsent += missing;
            let unknown = Buckets { min: Some(0), max: Some(0), buckets: vec![(0, missing)], ..Buckets::default() };
            most.open = Some(most.open.as_ref().map_or_else(|| unknown.clone(), |open| open.merged(&unknown)));
        }
    }
}

/// How late users woke up that had nothing else to do, warm-up left out.
fn tick_lag(scenario: &Scenario, outcome: &Outcome) -> Option<Buckets> {
    let counts = |phase: &usize| scenario.phases.get(*phase).is_some_and(|phase| !phase.warm_up);
    let late = outcome.series.iter().filter(|(phase, ..)| counts(phase)).filter_map(|(.., tally)| tally.tick.as_ref());
    late.map(buckets).reduce(|all, more| all.merged(&more))
}

fn phases(scenario: &Scenario, outcome: &Outcome, series: &[Series]) -> Vec<LoadPhase> {
    let begun = scenario.phases.iter().zip(&outcome.phases).filter(|(_, (begin, _))| *begin < outcome.ended_s);
    begun
        .map(|(phase, (begin, end))| {
            let model = match &phase.model {
                Model::Open(arrivals) => LoadModel::Open {
                    from: finite(arrivals.from),
                    to: finite(arrivals.to),
                    poisson: arrivals.spacing == Spacing::Poisson,
                },
                Model::Closed(users) => LoadModel::Closed { from: users.from, to: users.to },
            };
            let of_phase = series.iter().filter(|it| it.phase.as_deref() == Some(phase.name.as_str()));
            LoadPhase {
                name: phase.name.clone(),
                start_s: finite(*begin),
                planned_s: Some(finite(phase.duration.as_secs_f64())),
                measured_s: finite((end.min(outcome.ended_s) - begin).max(0.0)),
                model,
                warm_up: phase.warm_up,
                offered: matches!(phase.model, Model::Open(_)).then(|| of_phase.filter_map(|it| it.offered).sum()),
            }
        })
        .collect()
}

fn windows(scenario: &Scenario, outcome: &Outcome) -> Vec<Window> {
    let one = |(second, tally): &(u64, Tally)| {
        let at = *second as f64;
        // A window belongs to the phase it begins in; what ends after the last phase belongs to that.
        let index = outcome.phases.iter().rposition(|(begin, _)| *begin <= at).unwrap_or_default();
        let phase = scenario.phases.get(index);
        let (p50, p95, p99) = tally.quantiles.unwrap_or_default();
        Window {
            at_s: finite(at),
            phase: phase.map(|phase| phase.name.clone()),
            region: None,
            offered: phase.filter(|phase| matches!(phase.model, Model::Open(_))).map(|_| tally.offered),
            sent: tally.sent,
            completed: tally.completed,
            failed: tally.failed,
            in_flight: None,
            users: outcome.users.iter().rfind(|(when, ..)| *when <= at + 1.0).map(|(_, users, _)| *users),
            errors: tally.errors.clone(),
            statuses: tally.statuses.clone(),
            p50: p50.map(finite),
            p95: p95.map(finite),
            p99: p99.map(finite),
        }
    };
    outcome.windows.iter().map(one).collect()
}

fn usage(outcome: &Outcome) -> Vec<Usage> {
    let told = outcome.usage.iter().filter(|(_, cpu, memory)| cpu.is_some() || memory.is_some());
    told.map(|(at, cpu, memory)| Usage {
        at_s: finite(*at),
        of: Source::Generator,
        cpu: cpu.map(finite),
        io_wait: None,
        memory: *memory,
        descriptors: None,
        threads: None,
        received: None,
        transmitted: None,
        read: None,
        written: None,
        restarts: None,
    })
    .collect()
}

fn cut(outcome: &Outcome, lost: u32, series: &[Series]) -> Option<Cut> {
    let at = |at_s: f64, reason: String| Some(Cut { at_s: finite(at_s), reason });
    if let Some((when, reason)) = &outcome.cut {
        return at(*when, reason.clone());
    }
    if lost > 0 {
        return at(outcome.ended_s, format!("{lost} of {} workers did not end as they should", outcome.expected));
    }
    if series.iter().all(|it| it.sent == 0) {
        return at(0.0, "no request was sent".into());
    }
    None
}

/// Why latencies are bounds: less load came than was planned.
fn doubts(outcome: &Outcome, series: &[Series]) -> Vec<String> {
    let mut doubts = Vec::new();
    let unsent: u64 = series.iter().map(|it| it.unsent).sum();
    if unsent > 0 {
        doubts.push(format!(
            "the rate was not held: {unsent} requests that were due were not sent, so latencies are bounds"
        ));
    }
    if let Some((since, short)) = users_missing(outcome) {
        doubts.push(format!(
            "from {since:.0} s on there were {short} users fewer than planned for more than {USERS_LATE_S} s"
        ));
    }
    doubts
}

/// What to know that makes no latency look better than it was.
fn warnings(outcome: &Outcome, open: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if open {
        warnings.push(CLOSED.to_owned());
    }
    for (worker, cpu) in &outcome.busy {
        let worker = worker.map_or_else(|| "a worker".to_owned(), |worker| format!("worker {worker}"));
        warnings.push(format!("{worker} used {cpu:.0} % of a processor: part of the latency may be Locust's own"));
    }
    warnings
}

/// Since when there were too few users for too long, and how many were missing at most.
fn users_missing(outcome: &Outcome) -> Option<(f64, u64)> {
    let mut since: Option<(f64, u64)> = None;
    let mut worst = None;
    for (at, users, wanted) in &outcome.users {
        let missing = wanted.saturating_sub(*users);
        since = match (since, missing) {
            (_, 0) => None,
            (Some((begin, most)), _) => Some((begin, most.max(missing))),
            (None, _) => Some((*at, missing)),
        };
        worst = since.filter(|(begin, _)| at - begin > USERS_LATE_S).or(worst);
    }
    worst
}

fn checks(tally: &Tally) -> BTreeMap<String, CheckCount> {
    let mut checks: BTreeMap<String, CheckCount> = BTreeMap::new();
    for (name, count) in &tally.passed {
        checks.entry(name.clone()).or_default().passed += count;
    }
    for (name, count) in &tally.refused {
        checks.entry(name.clone()).or_default().failed += count;
    }
    checks
}

fn buckets(times: &Times) -> Buckets {
    let Times(min, max, sum, buckets) = times;
    Buckets {
        resolution: finite(RESOLUTION),
        min: Some(*min),
        max: Some(*max),
        sum: finite(*sum),
        buckets: buckets.clone(),
    }
}

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap_or_default()
}
