//! From a load run to its report, through the program.

use bench_model::load::{LoadModel, Measured};
use bench_model::perf::Report;
use serde_json::Value;

use crate::fixture::{Place, exit, out, talk};
use crate::load_run::{finite, run_json, series, smoke, spread, threshold, times};

pub(crate) fn report(load: &bench_model::load::Load) -> Report {
    let place = Place::new();
    place.json("run.json", &run_json(load));
    let output = place.call(&["report", "run.json", "--out", "perf.json"]);
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    let checked = place.call(&["validate", "run.json", "perf.json"]);
    assert_eq!(exit(&checked), 0, "{}{}", out(&checked), talk(&checked));
    serde_json::from_str(&place.read("perf.json")).unwrap()
}

#[test]
fn a_load_run_has_its_own_headline_and_expects_no_benchmark() {
    let report = report(&smoke());
    let names: Vec<&str> = report.headline.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["requests_per_second", "latency_p95_ms", "latency_p99_ms", "error_rate_percent"]);
    assert_eq!(report.expected, Vec::<String>::new());
    assert_eq!(report.headline_values["requests_per_second"].get(), 48.0);
    assert_eq!(report.headline_values["error_rate_percent"].get(), 0.0);
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn judged_are_p95_rate_and_errors_of_all_and_p95_of_each_request() {
    let report = report(&smoke());
    let judged: Vec<&str> =
        report.metrics.iter().filter(|metric| metric.primary).map(|metric| metric.name.as_str()).collect();
    assert_eq!(
        judged,
        [
            "smoke/all/all#error_rate",
            "smoke/all/all#latency_p95",
            "smoke/all/all#rps",
            "smoke/evaluate/all#latency_p95",
            "smoke/stats/all#latency_p95",
        ]
    );
}

#[test]
fn a_warm_up_counts_only_where_it_is_named() {
    let mut load = smoke();
    load.series[0].latency = Some(bench_model::load::Distribution::Buckets(spread(240, 5000)));
    load.thresholds =
        vec![threshold("http_req_duration", "max<20"), threshold("http_req_duration{phase:warm-up}", "max>4000")];
    let report = report(&load);
    let load = report.load.unwrap();
    let observed: Vec<&Measured> = load.thresholds.iter().map(|threshold| &threshold.observed).collect();
    assert_eq!(observed, [&Measured::Known(finite(12e6)), &Measured::Known(finite(5000e6))]);
    assert_eq!(load.series[0].completed, 2880);
}

#[test]
fn a_bound_is_no_metric() {
    let mut load = smoke();
    load.series[1].open = Some(times(vec![400_000_000; 300]));
    let report = report(&load);
    assert!(report.metrics.iter().all(|metric| metric.name.as_str() != "smoke/all/all#latency_p95"));
    assert!(
        report.warnings.iter().any(|line| line.contains("only known to be at least 400 ms")),
        "{:?}",
        report.warnings
    );
}

#[test]
fn a_metric_that_a_threshold_holds_against_the_baseline_is_judged_and_so_kept() {
    let mut load = smoke();
    load.thresholds = vec![
        threshold("http_req_duration{phase:steady}", "p(95) < 110 % of baseline"),
        threshold("http_req_duration{name:stats}", "p(90) < 110 % of baseline"),
    ];
    let report = report(&load);
    for threshold in report.load.as_ref().unwrap().thresholds.iter() {
        let name = threshold.metric.as_ref().unwrap();
        assert!(report.metrics.iter().any(|metric| metric.name == *name && metric.primary), "{name}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let mut load = smoke();
    load.scenario = "a\nb".into();
    load.series.push(series("all", "steady", 200));
    load.series.push(series("GET /x/y\u{7}", "steady", 200));
    load.phases[1].model = LoadModel::Unknown;
    let names: Vec<String> = report(&load).metrics.iter().map(|metric| metric.name.to_string()).collect();
    assert!(names.iter().any(|name| name == "a?b/\"all\"/all#rps"), "{names:?}");
    assert!(names.iter().any(|name| name == "a?b/GET /x/y?/all#rps"), "{names:?}");
}

#[test]
fn what_contradicts_itself_is_refused_with_its_place() {
    let refused = |change: fn(&mut Value)| {
        let place = Place::new();
        let mut run = run_json(&smoke());
        change(&mut run);
        place.json("run.json", &run);
        let output = place.call(&["report", "run.json"]);
        assert_eq!((exit(&output), out(&output).as_str()), (2, ""));
        assert_eq!(exit(&place.call(&["validate", "run.json"])), 1);
        talk(&output)
    };
    let text = refused(|run| run["load"]["series"][0]["phase"] = "nowhere".into());
    assert!(text.contains("CBKB002") && text.contains("/load/series/0/phase"), "{text}");
    let text = refused(|run| run["load"]["series"][1]["completed"] = 5000.into());
    assert!(text.contains("expected at most `sent` 1920"), "{text}");
    let text = refused(|run| run["load"]["series"][1]["latency"]["buckets"] = serde_json::json!([[5, 1], [3, 1919]]));
    assert!(text.contains("ascending order"), "{text}");
}

#[test]
fn load_runs_are_not_joined_as_shards() {
    let place = Place::new();
    place.json("one.json", &run_json(&smoke()));
    place.json("two.json", &run_json(&smoke()));
    let output = place.call(&["merge", "one.json", "two.json"]);
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("a load run has no shards"), "{}", talk(&output));
}
