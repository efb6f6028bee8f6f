//! What other load tools leave behind, written by hand after what `load-runner import` makes of their files: views beside what they
//! count again, metrics of an engine's own, latencies timed from the send; and phases compared with each other.

use std::collections::BTreeMap;

use bench_model::load::{
    CheckCount, Distribution, Gauge, ITERATIONS, Load, Measured, ObservedThreshold, Series, SummaryStatistics, Told,
    VIEW,
};
use bench_model::perf::Report;

use crate::load::report;
use crate::load_run::{finite, phase, series, smoke, spread, threshold, times};

const MS: f64 = 1e6;

/// A percentile that a tool printed, in ms.
fn printed(count: u64, p95: f64) -> Option<Distribution> {
    let percentiles = BTreeMap::from([("95".to_owned(), finite(p95 * MS))]);
    Some(Distribution::Summary(SummaryStatistics {
        count: (count > 0).then_some(count),
        min: None,
        mean: None,
        max: None,
        percentiles,
    }))
}

/// A minute of one phase, of an engine that times from the send.
fn imported(engine: &str, series: Vec<Series>) -> Load {
    let mut load = smoke();
    load.engine.name = engine.into();
    load.engine.times_from_due = false;
    load.tick_lag = None;
    load.phases = vec![phase("run", 0.0, 60.0, (50.0, 50.0))];
    load.phases[0].model = bench_model::load::LoadModel::Unknown;
    load.phases[0].offered = None;
    load.windows.clear();
    load.thresholds.clear();
    load.series = series;
    load
}

fn one(request: &str, number: u64, p95: f64) -> Series {
    Series { offered: None, latency: printed(number, p95), lag: None, ..series(request, "run", number) }
}

fn view(selector: &str, request: &str, number: u64, p95: f64) -> Series {
    let mut view = one(request, number, p95);
    view.tags.insert(VIEW.to_owned(), selector.to_owned());
    view
}

/// Two requests whose percentiles cannot be merged, and Locust's own row for both.
fn locust() -> Load {
    imported("locust", vec![view("all", "Aggregated", 3000, 7.0), one("/a", 2000, 5.0), one("/b", 1000, 9.0)])
}

/// k6's end-of-test summary: everything, and what it selects, which it does not count.
fn k6() -> Load {
    let mut steady = view("scenario:steady", "all requests", 0, 4.0);
    steady.tags.insert("scenario".into(), "steady".into());
    steady.statuses.clear();
    imported("k6", vec![one("all requests", 3000, 6.0), steady])
}

fn gauge(name: &str, kind: &str, value: f64) -> Gauge {
    let metric = name.split('.').next().unwrap();
    let points = vec![(finite(60.0), finite(value))];
    Gauge { name: name.into(), from: format!("k6 {kind} {metric}"), counter: kind == "counter", points }
}

fn observed(load: &Load, metric: &str, expression: &str) -> ObservedThreshold {
    let mut load = load.clone();
    load.thresholds = vec![threshold(metric, expression)];
    let Report { load, .. } = report(&load);
    load.unwrap().thresholds.remove(0)
}

fn known(value: f64) -> Measured {
    Measured::Known(finite(value))
}

#[track_caller]
fn assert_not_known(observed: &ObservedThreshold, why: &str) {
    assert!(matches!(&observed.observed, Measured::NotKnown(text) if text.contains(why)), "{:?}", observed.observed);
}

#[test]
fn a_row_for_all_answers_for_everything_and_is_counted_nowhere() {
    let load = locust();
    let p95 = |metric| observed(&load, metric, "p(95)<200").observed;
    assert_eq!(p95("http_req_duration"), known(7.0 * MS));
    assert_eq!(p95("http_req_duration{phase:run}"), known(7.0 * MS), "it is of that phase");
    assert_eq!(p95("http_req_duration{name:/a}"), known(5.0 * MS));
    assert_eq!(observed(&load, "http_reqs", "count>0").observed, known(3000.0));
    assert_eq!(observed(&load, "", "samples>0").observed, known(3000.0));
    assert_not_known(&observed(&load, "http_req_duration{name:Aggregated}", "p(95)<200"), "no series has the tag");
    let report = report(&load);
    let summary = report.load.unwrap();
    let whole = &summary.series[0];
    assert_eq!((whole.request.as_deref(), whole.completed, whole.rps), (None, 3000, Some(finite(50.0))));
    assert_eq!(whole.latency["p95"].known(), Some(7.0 * MS));
    assert!(summary.series.iter().all(|row| row.request.as_deref() != Some("Aggregated")));
    assert_eq!(summary.phases[0].figures.completed, 3000);
    assert_eq!(report.headline_values["latency_p95_ms"].get(), 7.0);
    let samples = summary.guards.iter().find(|guard| guard.threshold.expression.starts_with("samples")).unwrap();
    assert_eq!(samples.observed, known(3000.0));
}

#[test]
fn without_a_row_for_all_percentiles_of_several_requests_stay_unknown() {
    let mut load = locust();
    load.series.remove(0);
    assert_not_known(&observed(&load, "http_req_duration", "p(95)<200"), "cannot be merged");
}

#[test]
fn a_selection_that_a_tool_printed_answers_for_that_selection_alone() {
    let load = k6();
    assert_eq!(observed(&load, "http_req_duration{scenario:steady}", "p(95)<200").observed, known(4.0 * MS));
    assert_eq!(observed(&load, "http_req_duration", "p(95)<200").observed, known(6.0 * MS));
    assert_eq!(observed(&load, "http_reqs", "count>0").observed, known(3000.0), "it is not added");
    let other = observed(&load, "http_req_duration{scenario:steady, phase:run, name:x}", "p(95)<200");
    assert_not_known(&other, "no series has the tag");
    // What it does not count is no run without failures.
    for (metric, expression) in [
        ("http_req_failed{scenario:steady}", "rate<0.01"),
        ("{scenario:steady}", "rps>1"),
        ("http_reqs{scenario:steady}", "count>=0"),
    ] {
        assert_not_known(&observed(&load, metric, expression), "does not tell how many");
    }
    let mut failing = load.clone();
    failing.series[0].failed = 2000;
    assert_not_known(&observed(&failing, "http_req_duration{scenario:steady}", "p(95)<200"), "failed");
}

#[test]
fn figures_of_an_engines_own_metric_are_found_under_its_name() {
    let mut load = k6();
    load.gauges = vec![
        gauge("queue_wait.avg", "trend", 40.0),
        gauge("queue_wait.p(99.9)", "trend", 90.0),
        gauge("cache_hit.rate", "rate", 0.75),
        Gauge { name: "jobs{scenario:steady}".into(), ..gauge("jobs", "counter", 120.0) },
        gauge("queue_depth", "gauge", 8.0),
        gauge("http_req_waiting.p(95)", "trend", 3.0),
        gauge("iterations", "counter", 600.0),
        Gauge { name: "checks{check:held}.rate".into(), ..gauge("checks", "rate", 0.5) },
    ];
    let found = |metric: &str, expression: &str| observed(&load, metric, expression).observed;
    assert_eq!(found("queue_wait", "avg<100"), known(40.0));
    assert_eq!(found("queue_wait", "p(99.90)<100"), known(90.0));
    assert_eq!(found("cache_hit", "rate>0.5"), known(0.75));
    assert_eq!(found("jobs{scenario:steady}", "count>100"), known(120.0));
    assert_eq!(found("jobs{scenario:steady}", "rate>1"), known(2.0));
    assert_eq!(found("queue_depth", "value<10"), known(8.0));
    assert_eq!(found("iterations", "count>=600"), known(600.0));
    assert_eq!(found("iterations", "rate>=10"), known(10.0));
    assert_eq!(found("http_req_waiting", "p(95)<200"), known(3.0 * MS), "k6's times are ms");
    assert_eq!(found("checks{check:held}", "rate>0.9"), known(0.5));
    assert_not_known(&observed(&load, "queue_wait", "p(90)<100"), "was not recorded");
    assert_not_known(&observed(&load, "queue_wait{scenario:steady}", "avg<100"), "was not recorded");
    // 40 of whatever it is are not less than 100 ms.
    assert_not_known(&observed(&load, "queue_wait", "avg < 100 ms"), "does not tell the unit");
    // A dead port has such figures, too.
    load.series[0].completed = 0;
    load.series.iter_mut().for_each(|series| series.latency = None);
    assert_not_known(&observed(&load, "http_req_waiting", "p(95)<200"), "no request was answered");
}

#[test]
fn what_the_service_says_of_itself_is_told_without_its_warm_up() {
    let mut load = smoke();
    let readings = |values: &[(f64, f64)]| values.iter().map(|(at, value)| (finite(*at), finite(*value))).collect();
    let told = |name: &str, counter, values: &[(f64, f64)]| Gauge {
        name: name.into(),
        from: format!("service_{name}"),
        counter,
        points: readings(values),
    };
    load.gauges = vec![
        // The first one just before the warm-up, which it belongs to; then the service begins anew.
        told("decisions", true, &[(-0.2, 0.0), (4.0, 70.0), (6.0, 100.0), (20.0, 140.0), (30.0, 25.0)]),
        told("queue", false, &[(-0.2, 90.0), (4.0, 80.0), (12.0, 2.0), (29.0, 4.0)]),
        told("per_hour", false, &[(30.0, 7200.0)]),
        told("seen once", true, &[(30.0, 7200.0)]),
        told("cold", false, &[(1.0, 1.0), (2.0, 1.0)]),
        Gauge { counter: true, ..gauge("jobs", "counter", 120.0) },
    ];
    load.engine.name = "k6".into();
    let found: Vec<_> = report(&load).load.unwrap().gauges.into_iter().map(|gauge| (gauge.name, gauge.told)).collect();
    let expected = [
        ("decisions", Told::Grown(finite(65.0))),
        ("queue", Told::Value { mean: finite(3.0), max: finite(4.0), last: finite(4.0) }),
        ("per_hour", Told::Once(finite(7200.0))),
        ("jobs", Told::Once(finite(120.0))),
    ];
    assert_eq!(found, expected.map(|(name, told)| (name.to_owned(), told)));
}

#[test]
fn what_is_counted_by_iteration_is_no_request() {
    let mut iterations = Series { latency: None, ..one(ITERATIONS, 0, 0.0) };
    iterations.statuses.clear();
    iterations.checks = BTreeMap::from([("held".to_owned(), CheckCount { passed: 9, failed: 1 })]);
    let mut eu = series("list", "run", 200);
    eu.tags.insert("region".into(), "eu".into());
    let load = imported("k6", vec![iterations, eu]);
    assert_eq!(observed(&load, "checks", "rate>0.5").observed, known(0.9));
    assert_eq!(observed(&load, "checks{check:held}", "rate>0.5").observed, known(0.9));
    // Without a region it makes no second one beside that of the requests.
    assert_eq!(observed(&load, "http_req_duration", "max<200").observed, known(12.0 * MS));
    assert_not_known(&observed(&load, &format!("http_reqs{{name:{ITERATIONS}}}"), "count>=0"), "no series has the tag");
    let summary = report(&load).load.unwrap();
    assert!(summary.series.iter().all(|row| row.request.as_deref() != Some(ITERATIONS)));
    let mut dropping = load.clone();
    dropping.series[0].unsent = 21;
    assert_eq!(observed(&dropping, "", "dropped==0").observed, known(21.0));
}

#[test]
fn requests_without_a_region_stand_beside_those_of_regions() {
    let of = |request: &str, region: &str| {
        let mut one = Series { offered: None, ..series(request, "run", 200) };
        one.tags.insert("region".into(), region.into());
        one
    };
    let nowhere = Series { offered: None, ..series("b", "run", 100) };
    let summary = report(&imported("k6", vec![of("a", "eu"), of("a", "us"), nowhere])).load.unwrap();
    let rows: Vec<(Option<&str>, Option<&str>, u64)> = summary
        .series
        .iter()
        .filter(|row| row.phase.is_none())
        .map(|row| (row.request.as_deref(), row.region.as_deref(), row.completed))
        .collect();
    let expected = [
        (None, None, 500),
        (Some("b"), None, 100),
        (None, Some("eu"), 200),
        (Some("a"), Some("eu"), 200),
        (None, Some("us"), 200),
        (Some("a"), Some("us"), 200),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn timing_from_the_send_is_said_once_and_makes_no_latency_a_bound() {
    let from_the_send = "latency is timed from the send: a service that stalls can hide in it";
    let said = |report: &Report| report.warnings.iter().filter(|line| *line == from_the_send).count();
    let load = k6();
    assert_eq!(said(&report(&load)), 1);
    assert_eq!(said(&report(&smoke())), 0);
    let mut doubtful = load;
    doubtful.doubts = vec!["5 iterations were dropped".into()];
    let bound = observed(&doubtful, "http_req_duration", "p(95)<200").observed;
    assert_eq!(bound, Measured::AtLeast(finite(6.0 * MS)));
    assert!(report(&doubtful).warnings.contains(&doubtful.doubts[0]));
}

/// Up to 10 ms before, up to 18 ms at twice the load.
fn twice() -> Load {
    let mut load = smoke();
    load.phases = vec![phase("before", 0.0, 20.0, (48.0, 48.0)), phase("twice", 20.0, 20.0, (96.0, 96.0))];
    load.windows.clear();
    load.series = vec![series("a", "before", 960), series("a", "twice", 1920)];
    load.series[0].latency = Some(Distribution::Buckets(spread(960, 10)));
    load.series[1].latency = Some(Distribution::Buckets(spread(1920, 18)));
    load
}

#[test]
fn a_share_of_another_phase_becomes_a_limit() {
    let load = twice();
    let at = |expression: &str| observed(&load, "http_req_duration{phase:twice}", expression);
    let plain = at("max < 120 % of {phase:before}");
    assert_eq!((plain.observed, plain.limit, plain.of_baseline), (known(18.0 * MS), Some(finite(12.0 * MS)), None));
    assert_eq!(at("max < 120 % of {phase:before} or 50 ms").limit, Some(finite(50.0 * MS)), "of two the wider one");
    assert_eq!(at("max > 120 % of {phase:before} or 5 ms").limit, Some(finite(5.0 * MS)));
    let rate = observed(&load, "{phase:twice}", "rps > 150 % of {phase:before}");
    assert_eq!((rate.observed, rate.limit), (known(96.0), Some(finite(72.0))));
}

#[test]
fn a_share_of_what_is_not_known_is_not_known() {
    let mut load = twice();
    let at = |load: &Load, expression: &str| observed(load, "http_req_duration{phase:twice}", expression);
    let nowhere = at(&load, "p(95) < 120 % of {phase:nowhere} or 50 ms");
    assert_not_known(&nowhere, "compared with, phase nowhere: no series has the tag");
    assert_eq!(nowhere.limit, None);
    // A tenth was never answered: the p95 before is 10 ms or more, so the limit is 12 ms or more.
    load.series[0].open = Some(times(vec![10_000_000; 96]));
    assert_not_known(&at(&load, "p(95) < 120 % of {phase:before}"), "only a lower bound");
    let below = at(&load, "p(50) < 120 % of {phase:before} or 20 ms");
    assert_eq!(below.limit, Some(finite(20.0 * MS)));
    let well_below = at(&load, "p(95) < 200 % of {phase:before}");
    assert_eq!((matches!(well_below.observed, Measured::Known(_)), well_below.limit), (true, Some(finite(20.0 * MS))));
}
