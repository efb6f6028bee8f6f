use std::collections::BTreeMap;

use bench_model::load::{Gauge, LoadModel};

use super::*;
use crate::engine::Totals;

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn phase(name: &str, start: f64, seconds: f64, warm_up: bool) -> LoadPhase {
    LoadPhase {
        name: name.into(),
        start_s: finite(start),
        planned_s: None,
        measured_s: finite(seconds),
        model: LoadModel::Closed { from: 4, to: 4 },
        warm_up,
        offered: None,
    }
}

fn buckets(values: &[u64]) -> Buckets {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(*value).or_insert(0) += 1;
    }
    Buckets {
        resolution: Finite::default(),
        min: values.iter().min().copied(),
        max: values.iter().max().copied(),
        sum: finite(values.iter().sum::<u64>() as f64),
        buckets: counts.into_iter().collect(),
    }
}

/// Answers of a phase, with these latencies in ns.
fn series(phase: &str, latencies: &[u64]) -> Series {
    let count = latencies.len() as u64;
    Series {
        request: "a".into(),
        phase: Some(phase.into()),
        tags: BTreeMap::new(),
        offered: None,
        sent: count,
        completed: count,
        failed: 0,
        unsent: 0,
        in_flight: 0,
        errors: BTreeMap::new(),
        statuses: BTreeMap::new(),
        checks: BTreeMap::new(),
        received_bytes: None,
        sent_bytes: None,
        latency: Some(Distribution::Buckets(buckets(latencies))),
        open: None,
        service: None,
        lag: None,
        parts: BTreeMap::new(),
        operations: BTreeMap::new(),
    }
}

/// A warm-up of 1 s, and 4 s that are measured.
fn outcome(series: Vec<Series>) -> Outcome {
    Outcome {
        phases: vec![phase("warm-up", 0.0, 1.0, true), phase("measured", 1.0, 4.0, false)],
        series,
        window: 0.1,
        windows: Vec::new(),
        tick_lag: None,
        totals: Totals::default(),
        cut: None,
    }
}

fn usage(of: Source, at: f64, cpu: Option<f64>, memory: u64) -> Usage {
    Usage {
        at_s: finite(at),
        of,
        cpu: cpu.map(finite),
        io_wait: None,
        memory: Some(memory),
        descriptors: None,
        threads: None,
        received: None,
        transmitted: None,
        read: None,
        written: None,
        restarts: (of == Source::Service).then_some(0),
    }
}

fn measured(latencies: &[u64], observed: &Observed) -> ScalePoint {
    point(3, 2, &outcome(vec![series("warm-up", &[1; 9_999]), series("measured", latencies)]), observed, 1).unwrap()
}

/// Why a point is no evidence; it must be none.
fn no_evidence_in(point: &ScalePoint) -> &str {
    let limited = point.limited.as_ref().unwrap();
    assert_eq!(limited.by, LimitedBy::NoEvidence, "{limited:?}");
    &limited.why
}

#[test]
fn a_point_is_of_the_measured_phase_alone() {
    let latencies: Vec<u64> = (1..=100).collect();
    let found = measured(&latencies, &Observed::default());
    assert_eq!((found.at, found.round, found.seconds.get()), (3, 2, 4.0));
    assert_eq!((found.completed, found.failed, found.throughput.get()), (100, 0, 25.0));
    let latency = found.latency.unwrap();
    assert_eq!([latency.p50, latency.p95, latency.p99].map(Finite::get), [50.0, 95.0, 99.0]);
    assert_eq!(
        (found.service_cpu, found.service_memory, found.generator_cpu, found.pool_wait),
        (None, None, None, None)
    );
    assert_eq!(found.limited, None);
}

#[test]
fn what_failed_and_what_nobody_answered_is_no_throughput() {
    let mut failing = series("measured", &[5; 100]);
    // 100 were answered, 40 of them with an error; 10 ran into their timeout, 4 were under way at the end.
    (failing.sent, failing.failed, failing.in_flight) = (114, 50, 4);
    let found = point(1, 1, &outcome(vec![failing.clone()]), &Observed::default(), 1).unwrap();
    assert_eq!((found.completed, found.failed, found.throughput.get()), (60, 54, 15.0));
    assert_eq!(found.limited, None);
    failing.failed = 80;
    let found = point(1, 1, &outcome(vec![failing]), &Observed::default(), 1).unwrap();
    assert!(no_evidence_in(&found).contains("of requests failed"));
}

#[test]
fn a_percentile_among_requests_that_were_never_answered_is_not_known() {
    let mut open = series("measured", &[5; 100]);
    open.open = Some(buckets(&[7; 50]));
    assert_eq!(point(1, 1, &outcome(vec![open]), &Observed::default(), 1).unwrap().latency, None);
}

#[test]
fn no_answer_is_a_point_without_throughput_and_no_evidence() {
    let found = measured(&[], &Observed::default());
    assert_eq!((found.completed, found.throughput.get(), found.latency), (0, 0.0, None));
    assert_eq!(no_evidence_in(&found), "0 answers in all, where 30 are the least");
    assert!(measured(&[1; 29], &Observed::default()).limited.is_some());
    assert!(measured(&[1; 30], &Observed::default()).limited.is_none());
    let mut early = outcome(Vec::new());
    early.phases.truncate(1);
    assert!(point(1, 1, &early, &Observed::default(), 1).is_none(), "the phase did not begin");
}

#[test]
fn processors_and_memory_are_those_of_the_measured_phase() {
    use Source::{Generator, Machine, Service};
    let seen = |of, rates: [f64; 3]| {
        let [first, second, third] = rates.map(Some);
        // Before it, within it, and after it; the first reading within it counts from one before.
        vec![
            usage(of, 0.5, Some(9.0), 900),
            usage(of, 1.0, Some(9.0), 10),
            usage(of, 2.0, first, 20),
            usage(of, 4.0, second, 30),
            usage(of, 5.0, third, 25),
            usage(of, 5.5, Some(9.0), 900),
        ]
    };
    let mut observed = Observed::default();
    observed.usage.extend(seen(Service, [1.0, 1.5, 2.0]));
    observed.usage.extend(seen(Generator, [0.2, 0.2, 0.2]));
    observed.usage.extend(seen(Machine, [2.0, 2.0, 2.0]));
    observed.usage.sort_by(|one, other| one.at_s.get().total_cmp(&other.at_s.get()));
    let found = measured(&[1; 100], &observed);
    assert_eq!((found.service_cpu.unwrap().get(), found.service_memory.unwrap().get()), (1.5, 30.0));
    assert!((found.generator_cpu.unwrap().get() - 0.2).abs() < 1e-12);
    assert!((busy_others(&outcome(Vec::new()), &observed).unwrap() - 0.3).abs() < 1e-12);
    // A rate that is not known is left out, with its time.
    observed.usage.iter_mut().filter(|usage| usage.at_s.get() == 4.0).for_each(|usage| usage.cpu = None);
    assert_eq!(measured(&[1; 100], &observed).service_cpu.unwrap().get(), 1.5);
    observed.usage.retain(|usage| usage.of != Machine);
    assert_eq!(busy_others(&outcome(Vec::new()), &observed), None);
}

#[test]
fn a_generator_without_time_left_and_a_process_that_is_gone_have_no_say() {
    let busy = |cpu: f64| {
        let readings = [1.5, 2.5].map(|at| usage(Source::Generator, at, Some(cpu), 1));
        Observed { usage: readings.to_vec(), ..Observed::default() }
    };
    assert_eq!(measured(&[1; 100], &busy(0.9)).limited, None);
    let limited = measured(&[1; 100], &busy(0.95)).limited.unwrap();
    assert_eq!(limited.by, LimitedBy::Generator);
    assert!(limited.why.contains("0.95 processors busy with 1 thread,"), "{limited:?}");
    let two = point(1, 1, &outcome(vec![series("measured", &[1; 100])]), &busy(1.7), 2).unwrap();
    assert_eq!(two.limited, None);
    let gone = Usage { restarts: Some(1), ..usage(Source::Service, 2.0, None, 1) };
    let mut gone = Observed { usage: vec![gone], ..Observed::default() };
    assert!(no_evidence_in(&measured(&[1; 100], &gone)).contains("ended while it was measured"));
    // Where both hold, nothing is known of this size at all.
    gone.usage.extend(busy(0.95).usage);
    assert!(no_evidence_in(&measured(&[1; 100], &gone)).contains("ended while it was measured"));
}

#[test]
fn the_wait_for_a_pool_is_told_in_ns() {
    let gauge = |name: &str, value| Gauge {
        name: name.into(),
        from: "x".into(),
        counter: false,
        points: vec![(finite(4.0), finite(value))],
    };
    let observed = Observed { gauges: vec![gauge("other", 9.0), gauge(POOL_WAIT, 0.25)], ..Observed::default() };
    assert_eq!(measured(&[1; 100], &observed).pool_wait.unwrap().get(), 0.25e9);
}

#[test]
fn others_are_told_of_where_they_had_more_than_a_tenth_of_the_machine() {
    assert_eq!(others(&[0.0, 0.2, -0.1], 2), None);
    assert_eq!(others(&[], 2), None);
    let told = others(&[0.1, 0.9, 0.3], 2).unwrap();
    assert!(told.starts_with("at 2 of 3 points something else kept up to 0.9 of 2 processors busy"), "{told}");
}

#[test]
fn a_line_says_what_was_measured_and_nothing_that_was_not() {
    let found = measured(&[2_000_000; 40], &Observed::default());
    assert_eq!(line(&found), "10 req/s, p95 2.00 ms");
    let limited = |by| Some(Limited { by, why: "why".into() });
    let slow = ScalePoint { failed: 1_234, limited: limited(LimitedBy::Generator), latency: None, ..found };
    assert_eq!(line(&slow), "10 req/s, 1,234 failed (no say: why)");
    let ended = ScalePoint { limited: limited(LimitedBy::NoEvidence), ..slow };
    assert_eq!(line(&ended), "10 req/s, 1,234 failed (no evidence: why)");
}
