//! A load run to change: five seconds of warm-up, a minute at 48 requests a second, two requests, nothing wrong.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::{
    Buckets, Distribution, Engine, Load, LoadModel, LoadPhase, Series, Source, ThresholdText, Usage, Window,
};
use serde_json::{Value, json};

pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn finite(value: f64) -> Finite {
    value.try_into().unwrap()
}

/// Counted times, in ns.
pub(crate) fn times(values: impl IntoIterator<Item = u64>) -> Buckets {
    let mut buckets: BTreeMap<u64, u64> = BTreeMap::new();
    let mut sum = 0.0;
    for value in values {
        *buckets.entry(value).or_default() += 1;
        sum += value as f64;
    }
    let (min, max) = (buckets.keys().next().copied(), buckets.keys().next_back().copied());
    Buckets { resolution: finite(0.001), min, max, sum: finite(sum), buckets: buckets.into_iter().collect() }
}

/// So many times from 1 to `slowest` ms, evenly.
pub(crate) fn spread(number: u64, slowest: u64) -> Buckets {
    times((1..=number).map(|at| MS + (slowest - 1) * MS * at / number))
}

pub(crate) fn threshold(metric: &str, expression: &str) -> ThresholdText {
    ThresholdText { metric: metric.to_owned(), expression: expression.to_owned() }
}

/// A request in a phase: all sent, all answered well, at up to 12 ms.
pub(crate) fn series(request: &str, phase: &str, number: u64) -> Series {
    Series {
        request: request.to_owned(),
        phase: Some(phase.to_owned()),
        tags: BTreeMap::new(),
        offered: Some(number),
        sent: number,
        completed: number,
        failed: 0,
        unsent: 0,
        in_flight: 0,
        errors: BTreeMap::new(),
        statuses: BTreeMap::from([("200".to_owned(), number)]),
        checks: BTreeMap::new(),
        received_bytes: Some(number * 612),
        sent_bytes: None,
        latency: Some(Distribution::Buckets(spread(number, 12))),
        open: None,
        service: None,
        lag: Some(times(vec![30_000; number as usize])),
        parts: BTreeMap::new(),
        operations: BTreeMap::new(),
    }
}

pub(crate) fn phase(name: &str, start: f64, seconds: f64, rate: (f64, f64)) -> LoadPhase {
    let number = (rate.0 + rate.1) / 2.0 * seconds;
    LoadPhase {
        name: name.to_owned(),
        start_s: finite(start),
        planned_s: Some(finite(seconds)),
        measured_s: finite(seconds),
        model: LoadModel::Open { from: finite(rate.0), to: finite(rate.1), poisson: false },
        warm_up: false,
        offered: Some(number as u64),
    }
}

pub(crate) fn window(at: f64, phase: &str, due: u64, p95_ms: f64) -> Window {
    Window {
        at_s: finite(at),
        phase: Some(phase.to_owned()),
        offered: Some(due),
        sent: due,
        completed: due,
        p50: Some(finite(p95_ms * 0.5e6)),
        p95: Some(finite(p95_ms * 1e6)),
        p99: Some(finite(p95_ms * 1.1e6)),
        ..Window::default()
    }
}

pub(crate) fn smoke() -> Load {
    let warm_up = LoadPhase { warm_up: true, ..phase("warm-up", 0.0, 5.0, (48.0, 48.0)) };
    Load {
        scenario: "smoke".into(),
        plan_sha256: None,
        engine: Engine { name: "perfledger".into(), version: None, workers: None, times_from_due: true },
        target: Some("http://127.0.0.1:8080".into()),
        time_scale: finite(1.0),
        seed: Some(1),
        phases: vec![warm_up, phase("steady", 5.0, 60.0, (48.0, 48.0))],
        series: vec![
            series("stats", "warm-up", 240),
            series("stats", "steady", 1920),
            series("evaluate", "steady", 960),
        ],
        window_s: finite(1.0),
        windows: (0..65).map(|at| window(f64::from(at), if at < 5 { "warm-up" } else { "steady" }, 48, 11.0)).collect(),
        usage: Vec::new(),
        gauges: Vec::new(),
        thresholds: vec![
            threshold("http_req_duration", "p(95)<500"),
            threshold("http_req_duration{name:stats}", "p(99) < 200 ms"),
            threshold("http_req_failed", "rate<0.01"),
            threshold("", "rps > 40"),
        ],
        engine_thresholds: Vec::new(),
        cut: None,
        tick_lag: Some(times(vec![30_000; 2880])),
        doubts: Vec::new(),
    }
}

/// The service's memory every ten seconds of so many minutes, growing by this share in two hours, with the noise of each reading in bytes.
pub(crate) fn soak(minutes: u32, growth: f64, noise: impl Fn(u32) -> f64) -> Load {
    let mut load = smoke();
    load.phases = vec![phase("hold", 0.0, f64::from(minutes) * 60.0, (48.0, 48.0))];
    load.series = vec![series("stats", "hold", u64::from(minutes) * 60 * 48)];
    load.windows = Vec::new();
    let reading = |at: u32| {
        let time = f64::from(at) * 10.0;
        let memory = 1e8 * (1.0 + growth * time / 7200.0) + noise(at);
        Usage {
            at_s: finite(time),
            of: Source::Service,
            cpu: Some(finite(0.5)),
            io_wait: None,
            memory: Some(memory as u64),
            descriptors: None,
            threads: None,
            received: None,
            transmitted: None,
            read: None,
            written: None,
            restarts: None,
        }
    };
    load.usage = (0..minutes * 6).map(reading).collect();
    load
}

/// The `run.json` around it.
pub(crate) fn run_json(load: &Load) -> Value {
    json!({
        "schema": "perfledger/run/1",
        "run_id": "20261121T050000Z-1a2b3c4-9f8e",
        "provenance": {
            "tool": "load-runner 0.1.0",
            "started": "2026-11-21T05:00:00Z",
            "duration_s": 65.0,
            "source": { "commit": "1a2b3c4d".repeat(5), "branch": "main", "dirty": false },
            "machine": { "cpu_model": "Some CPU", "cpus": 2, "memory_bytes": 8_589_934_592_u64 },
            "system": { "os": "linux-x86_64", "kernel": "6.1" },
            "toolchain": { "harness": { "load": "0.1.0" } },
            "epoch": "0123456789abcdef"
        },
        "plan": { "mode": "as_found", "rounds": 1, "partial": false },
        "complete": load.cut.is_none(),
        "warnings": [],
        "errors": [],
        "benchmarks": [],
        "load": load
    })
}
