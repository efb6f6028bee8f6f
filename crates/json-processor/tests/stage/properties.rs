//! What holds for every run and every report.

use std::path::Path;
use std::sync::LazyLock;

use crate::fixture::{benchmark, reading, run, timed};
use bench_model::config::{Layers, Settings};
use bench_model::perf::Report;
use bench_model::run::Run;
use json_processor::{Kind, extract_performance_metrics, schema_of};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

static VALIDATOR: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&schema_of(Kind::Perf)).unwrap());

fn settings() -> Settings {
    let mut layers = Layers::compiled_in().unwrap();
    layers.merge_text(Path::new("perfledger.toml"), crate::fixture::CONFIG).unwrap();
    layers.settings().unwrap()
}

fn report(run: &Value) -> Report {
    let run: Run = serde_json::from_value(run.clone()).unwrap();
    extract_performance_metrics(Path::new("run.json"), run, &settings()).unwrap()
}

fn throughput() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<u32>().prop_map(|n| json!({ "bytes": n })),
        any::<u32>().prop_map(|n| json!({ "elements": n })),
        any::<u32>().prop_map(|n| json!({ "bits": n })),
        any::<(u32, u32)>().prop_map(|(e, b)| json!({ "elements_and_bytes": { "elements": e, "bytes": b } })),
    ]
}

fn a_benchmark(name: String) -> impl Strategy<Value = Value> {
    let times = vec(prop_oneof![Just(0.0), 1e-6..1e12_f64], 0..4);
    (throughput(), times, vec(-1e12..1e12_f64, 0..3)).prop_map(move |(throughput, times, readings)| {
        let mut rounds: Vec<_> = times.iter().zip(1..).map(|(time, round)| timed(round, *time)).collect();
        for (value, round) in readings.iter().zip(10..) {
            rounds.push(json!({ "round": round, "readings": [reading("x", *value, "count", "higher_is_better")] }));
        }
        // The headline made of it is in GiB/s.
        let fits = name != "display" || throughput.get("bytes").is_some();
        benchmark(&name, if fits { throughput } else { Value::Null }, &rounds)
    })
}

fn benchmarks() -> impl Strategy<Value = Vec<Value>> {
    let names = btree_set(prop_oneof![Just("display".to_owned()), "[ -~äß世]{1,12}"], 0..5);
    names.prop_flat_map(|names| names.into_iter().map(a_benchmark).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn the_report_does_not_depend_on_the_order_of_benchmarks(
        (straight, shuffled) in benchmarks().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(report(&run(&straight)), report(&run(&shuffled)));
    }

    #[test]
    fn every_report_fits_its_schema_and_reads_back_equal(all in benchmarks()) {
        let report = report(&run(&all));
        let text = serde_json::to_string(&report).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let violations: Vec<_> = VALIDATOR.iter_errors(&value).map(|error| error.to_string()).collect();
        prop_assert!(violations.is_empty(), "{violations:?}");
        prop_assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    #[test]
    fn each_benchmark_with_rounds_has_exactly_one_primary_time_or_rate(all in benchmarks()) {
        let report = report(&run(&all));
        for benchmark in &all {
            let timed = benchmark["rounds"].as_array().unwrap().iter().any(|round| round.get("timing").is_some());
            let id = benchmark["id"]["id"].as_str().unwrap();
            let primary = report.metrics.iter().filter(|m| m.benchmark.id == id && m.measure != "x" && m.primary);
            prop_assert_eq!(primary.count(), usize::from(timed));
        }
    }
}

#[test]
fn reading_from_a_file_gives_what_reading_from_memory_gives() {
    let place = crate::fixture::Place::new();
    let path = place.json("run.json", &crate::fixture::small_run());
    let streamed = json_processor::extract_from_file(&path, &settings()).unwrap();
    assert_eq!(streamed.report, report(&crate::fixture::small_run()));
}

#[test]
fn headline_values_are_read_from_any_report() {
    let place = crate::fixture::Place::new();
    let spec = json!({ "display_gibs": 4.22, "comp3_mibs": 571, "warnings": [], "errors": [] });
    let path = place.json("spec.json", &spec);
    let values = json_processor::headline_values(&path).unwrap();
    let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
    assert_eq!(values, [("comp3_mibs", 571.0), ("display_gibs", 4.22)]);
    let path = place.text("perf.json", serde_json::to_string(&report(&crate::fixture::small_run())).unwrap());
    let values = json_processor::headline_values(&path).unwrap();
    assert_eq!(values.keys().collect::<Vec<_>>(), ["display_gibs"]);
}
