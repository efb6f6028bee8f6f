//! From a run to its report.

use crate::fixture::{Place, benchmark, exit, out, reading, run, small_run, talk, timed};
use serde_json::{Value, json};

fn report(run: &Value) -> (Value, String) {
    let place = Place::new();
    place.json("run.json", run);
    let output = place.call(&["report", "run.json"]);
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    (serde_json::from_str(&out(&output)).unwrap(), talk(&output))
}

fn metric<'r>(report: &'r Value, name: &str) -> &'r Value {
    let metrics = report["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("no {name} in {metrics:#?}"))
}

fn refusal(run: &str) -> String {
    let place = Place::new();
    place.text("run.json", run);
    let output = place.call(&["report", "run.json"]);
    assert_eq!(exit(&output), 2);
    assert_eq!(out(&output), "", "nothing is written");
    talk(&output)
}

#[test]
fn a_small_run_becomes_this_report() {
    let place = Place::new();
    place.json("run.json", &small_run());
    assert_eq!(exit(&place.call(&["report", "run.json", "--out", "perf.json"])), 0);
    insta::assert_snapshot!(place.read("perf.json"), @r#"
    {
      "display_gibs": 3.90625,
      "warnings": [
        "the governor is `powersave`: clock rates change while measuring",
        "`pkg/decode/plain` reported in 1 of 2 rounds",
        "`comp3_mibs` was not measured: the run has no metric `pkg/decode/comp3#throughput`"
      ],
      "errors": [
        "CBKB002 truncated (new/sample.json)"
      ],
      "schema": "perfledger/perf/1",
      "run_id": "20261121T050000Z-1a2b3c4-9f8e",
      "evidence_level": "ci_benchmark",
      "complete": true,
      "plan": {
        "mode": "quick",
        "rounds": 2,
        "partial": false
      },
      "headline": [
        {
          "name": "display_gibs",
          "label": "DISPLAY",
          "metric": "pkg/decode/display#throughput",
          "unit": "GiB/s"
        },
        {
          "name": "comp3_mibs",
          "label": "COMP-3",
          "metric": "pkg/decode/comp3#throughput",
          "unit": "MiB/s"
        }
      ],
      "expected": [
        "pkg/decode/display"
      ],
      "provenance": {
        "tool": "bench-runner 0.1.0",
        "started": "2026-11-21T05:00:00Z",
        "duration_s": 12.5,
        "source": {
          "commit": "1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d",
          "branch": "main",
          "dirty": false
        },
        "machine": {
          "cpu_model": "Some CPU",
          "cpus": 2,
          "memory_bytes": 8589934592
        },
        "system": {
          "os": "linux-x86_64",
          "kernel": "6.1"
        },
        "toolchain": {
          "rustc": "rustc 1.95.0",
          "harness": {
            "criterion": "0.8.2"
          }
        },
        "epoch": "0123456789abcdef"
      },
      "metrics": [
        {
          "name": "pkg/decode/display#throughput",
          "benchmark": {
            "harness": "criterion",
            "target": "pkg/decode",
            "id": "display"
          },
          "measure": "throughput",
          "value": 4194304000.0,
          "unit": "B/s",
          "direction": "higher_is_better",
          "interval": {
            "lower": 4194304000.0,
            "upper": 4194304000.0,
            "level": 0.95,
            "from": "rounds"
          },
          "rounds": [
            4194304000.0,
            4194304000.0
          ],
          "samples": 4,
          "primary": true
        },
        {
          "name": "pkg/decode/display#time",
          "benchmark": {
            "harness": "criterion",
            "target": "pkg/decode",
            "id": "display"
          },
          "measure": "time",
          "value": 250000.0,
          "unit": "ns",
          "direction": "lower_is_better",
          "interval": {
            "lower": 250000.0,
            "upper": 250000.0,
            "level": 0.95,
            "from": "rounds"
          },
          "rounds": [
            250000.0,
            250000.0
          ],
          "samples": 4,
          "primary": false
        },
        {
          "name": "pkg/decode/plain#time",
          "benchmark": {
            "harness": "criterion",
            "target": "pkg/decode",
            "id": "plain"
          },
          "measure": "time",
          "value": 100.0,
          "unit": "ns",
          "direction": "lower_is_better",
          "interval": {
            "lower": 80.0,
            "upper": 125.0,
            "level": 0.95,
            "from": "samples"
          },
          "rounds": [
            100.0
          ],
          "samples": 2,
          "primary": true
        },
        {
          "name": "tool#rows",
          "benchmark": {
            "harness": "process",
            "target": "tool",
            "id": ""
          },
          "measure": "rows",
          "value": 500.0,
          "unit": "1/s",
          "direction": "higher_is_better",
          "interval": {
            "lower": 500.0,
            "upper": 500.0,
            "level": 0.95,
            "from": "rounds"
          },
          "rounds": [
            500.0,
            500.0
          ],
          "samples": 2,
          "primary": true
        },
        {
          "name": "tool#user",
          "benchmark": {
            "harness": "process",
            "target": "tool",
            "id": ""
          },
          "measure": "user",
          "value": 1000000000.0,
          "unit": "ns",
          "direction": "lower_is_better",
          "interval": {
            "lower": 1000000000.0,
            "upper": 1000000000.0,
            "level": 0.95,
            "from": "rounds"
          },
          "rounds": [
            1000000000.0,
            1000000000.0
          ],
          "samples": 2,
          "primary": false
        },
        {
          "name": "tool#wall",
          "benchmark": {
            "harness": "process",
            "target": "tool",
            "id": ""
          },
          "measure": "wall",
          "value": 2000000000.0,
          "unit": "ns",
          "direction": "lower_is_better",
          "interval": {
            "lower": 2000000000.0,
            "upper": 2000000000.0,
            "level": 0.95,
            "from": "rounds"
          },
          "rounds": [
            2000000000.0,
            2000000000.0
          ],
          "samples": 2,
          "primary": true
        }
      ]
    }
    "#);
}

#[test]
fn reads_the_run_from_standard_input() {
    let place = Place::new();
    let output = place.call_with_input(&["report", "-"], small_run().to_string().as_bytes());
    assert_eq!(exit(&output), 0, "{}", talk(&output));
    let output = place.call_with_input(&["report", "-"], b"{\"schema\": 1}");
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("- /schema"), "{}", talk(&output));
}

#[test]
fn a_rate_of_one_round_takes_the_harness_interval_with_its_ends_swapped() {
    let mut run = run(&[benchmark("one", json!({ "elements": 1000 }), &[timed(1, 500.0)])]);
    run["plan"]["rounds"] = json!(1);
    let (report, _) = report(&run);
    let rate = metric(&report, "pkg/decode/one#throughput");
    assert_eq!((&rate["value"], &rate["unit"], &rate["primary"]), (&json!(2e9), &json!("1/s"), &json!(true)));
    assert_eq!(rate["interval"], json!({ "lower": 1.6e9, "upper": 2.5e9, "level": 0.95, "from": "samples" }));
    let time = metric(&report, "pkg/decode/one#time");
    assert_eq!(time["interval"], json!({ "lower": 400.0, "upper": 625.0, "level": 0.95, "from": "samples" }));
    assert_eq!((&time["primary"], &time["samples"]), (&json!(false), &json!(2)));
}

#[test]
fn a_burst_in_a_few_samples_does_not_move_a_round() {
    let mut disturbed = timed(1, 100.0);
    disturbed["timing"]["iters"] = json!([10.0, 10.0, 10.0, 10.0, 10.0]);
    disturbed["timing"]["times"] = json!([1000.0, 1010.0, 9000.0, 990.0, 1000.0]);
    disturbed["timing"]["typical"]["value"] = json!(260.0);
    let (report, _) = report(&run(&[benchmark("a", json!(null), &[disturbed, timed(2, 100.0)])]));
    let rounds: Vec<f64> = metric(&report, "pkg/decode/a#time")["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    // Without the fastest and the slowest of five: (100 + 101 + 100) / 3.
    assert!((rounds[0] - 301.0 / 3.0).abs() < 1e-9 && (rounds[1] - 100.0).abs() < 1e-9, "{rounds:?}");
}

#[test]
fn each_declared_amount_has_its_rate() {
    let rounds = [timed(1, 1000.0), timed(2, 1000.0)];
    let (report, _) = report(&run(&[
        benchmark("bits", json!({ "bits": 8 }), &rounds),
        benchmark("both", json!({ "elements_and_bytes": { "elements": 2, "bytes": 64 } }), &rounds),
    ]));
    let facts = |name: &str| {
        let metric = metric(&report, name);
        (metric["value"].as_f64().unwrap(), metric["unit"].as_str().unwrap().to_owned(), metric["primary"] == true)
    };
    assert_eq!(facts("pkg/decode/bits#throughput"), (8e6, "bit/s".into(), true));
    assert_eq!(facts("pkg/decode/both#throughput"), (64e6, "B/s".into(), true));
    assert_eq!(facts("pkg/decode/both#elements"), (2e6, "1/s".into(), false));
    assert_eq!(facts("pkg/decode/both#time"), (1000.0, "ns".into(), false));
}

#[test]
fn a_time_of_zero_has_no_rate_and_says_so() {
    let rounds = [timed(1, 0.0), timed(2, 0.0)];
    let (report, talk) = report(&run(&[benchmark("nothing", json!({ "bytes": 8 }), &rounds)]));
    assert_eq!(report["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(metric(&report, "pkg/decode/nothing#time")["primary"], true);
    assert!(talk.contains("`pkg/decode/nothing` has no throughput: a round took no measurable time"), "{talk}");
}

#[test]
fn the_level_of_intervals_is_the_configured_one() {
    let place = Place::new();
    place.text("config/perfledger.toml", "[judge]\nconfidence = 0.8\n");
    place.json("run.json", &run(&[benchmark("x", Value::Null, &[timed(1, 90.0), timed(2, 110.0)])]));
    let output = place.call(&["report", "run.json"]);
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    let interval = &report["metrics"][0]["interval"];
    assert_eq!(interval["level"], 0.8);
    // t = 3.0777 with one degree of freedom, over logarithms 0.2007 apart.
    let expected = 9900_f64.sqrt() * (-3.077_683_537_f64 * 0.200_670_695 / 2.0).exp();
    assert!((interval["lower"].as_f64().unwrap() / expected - 1.0).abs() < 1e-6, "{interval} {expected}");
}

#[test]
fn a_run_without_a_measurement_was_no_dry_run_and_its_headline_is_absent() {
    let (report, talk) = report(&run(&[]));
    assert_eq!(report["evidence_level"], "unmeasured");
    assert!(report.get("display_gibs").is_none());
    assert!(talk.contains("`display_gibs` was not measured"), "{talk}");
    assert!(report["warnings"][0].as_str().unwrap().contains("powersave"));
    assert!(!talk.contains("powersave"), "what bench-runner said is not said again: {talk}");
}

#[test]
fn a_headline_in_a_unit_of_another_kind_is_refused() {
    let place = Place::new();
    place.text("config/perfledger.toml", crate::fixture::CONFIG.replace("GiB/s", "ms"));
    place.json("run.json", &small_run());
    let output = place.call(&["report", "run.json"]);
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("CBKB101"), "{}", talk(&output));
    assert!(talk(&output).contains("is shown in ms, and its metric `pkg/decode/display#throughput` is in B/s"));
}

#[test]
fn an_error_names_file_and_place() {
    let cases: [(&str, Value, &str); 9] = [
        ("/benchmarks/0/rounds/0/timing/times/1", json!("x"), "invalid type"),
        ("/benchmarks/0/rounds/1/timing/times/1", json!(-1.0), "at least 0"),
        ("/benchmarks/0/rounds/1/timing/times", json!([1.0]), "as many as `iters`"),
        ("/benchmarks/0/rounds/1/timing/typical/value", json!(-5.0), "at least 0"),
        ("/benchmarks/1/rounds/0/timing/typical/lower", json!(1e300), "at most `upper`"),
        ("/benchmarks/0/rounds/1/round", json!(1), "a round after 1"),
        ("/benchmarks/2/rounds/1/readings/2/measure", json!("wall"), "measured twice"),
        ("/provenance/toolchain/harness", json!(1), "invalid type"),
        ("/schema", json!("perfledger/run/9"), "perfledger/run/9"),
    ];
    for (pointer, value, reason) in cases {
        let mut run = small_run();
        *run.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        let talk = refusal(&run.to_string());
        assert!(talk.contains("CBKB002"), "{talk}");
        assert!(talk.contains(&format!("where: run.json {pointer}\n")), "{pointer}: {talk}");
        assert!(talk.contains(reason), "{talk}");
    }
}

#[test]
fn a_rate_beyond_all_numbers_is_refused() {
    let rounds = [timed(1, 1e-308), timed(2, 1e-308)];
    let talk = refusal(&run(&[benchmark("x", json!({ "bytes": u64::MAX }), &rounds)]).to_string());
    assert!(talk.contains("CBKB002") && talk.contains("run.json /benchmarks/0/rounds"), "{talk}");
}

#[test]
fn a_metric_that_exists_twice_is_refused() {
    let one = benchmark("x", Value::Null, &[timed(1, 1.0)]);
    let talk = refusal(&run(&[one.clone(), one]).to_string());
    assert!(talk.contains("/benchmarks/1/id") && talk.contains("twice"), "{talk}");
    // Other parts, the same name.
    let mut first = benchmark("c", Value::Null, &[timed(1, 1.0)]);
    first["id"] = json!({ "harness": "criterion", "target": "a/b", "id": "c" });
    let mut second = first.clone();
    second["id"] = json!({ "harness": "criterion", "target": "a", "id": "b/c" });
    assert!(refusal(&run(&[first, second]).to_string()).contains("metric `a/b/c#time` exists twice"));
}

#[test]
fn a_reading_keeps_its_direction_and_may_be_zero_or_negative() {
    let round = |round: u32, value: f64| {
        json!({ "round": round, "readings": [
        reading("balance", value, "count", "higher_is_better"),
    ] })
    };
    let (report, _) = report(&run(&[benchmark("x", Value::Null, &[round(1, -3.0), round(2, 3.0)])]));
    let metric = metric(&report, "pkg/decode/x#balance");
    assert_eq!((&metric["value"], &metric["direction"]), (&json!(0.0), &json!("higher_is_better")));
    assert!(metric["interval"]["lower"].as_f64().unwrap() < -3.0);
}

#[test]
fn broken_documents_are_refused_with_their_place() {
    let whole = small_run().to_string();
    let deep = format!("{{\"schema\":{}", "[".repeat(100_000));
    let cases: [(&str, String, &str); 9] = [
        ("empty", String::new(), "EOF"),
        ("truncated", whole[..whole.len() / 2].to_owned(), "EOF"),
        ("two documents", whole.clone() + "{}", "trailing characters"),
        ("a NaN token", whole.replace("12.5", "NaN"), "/provenance/duration_s"),
        ("beyond f64", whole.replace("12.5", "1e309"), "out of range"),
        ("nested deeply", deep, "/schema"),
        ("a list", "[]".to_owned(), "a run, as bench-runner writes it"),
        ("a key twice", whole.replace("\"complete\":true", "\"complete\":true,\"complete\":true"), "duplicate field"),
        (
            "a free key twice",
            whole.replace("\"criterion\":\"0.8.2\"", "\"criterion\":\"1\",\"criterion\":\"2\""),
            "twice",
        ),
    ];
    for (what, text, expected) in cases {
        assert_ne!(text, whole, "{what}");
        let talk = refusal(&text);
        assert!(talk.contains("CBKB002") && talk.contains(expected), "{what}: {talk}");
    }
}

#[test]
fn a_run_that_is_no_text_is_refused() {
    let place = Place::new();
    let mut bytes = small_run().to_string().into_bytes();
    let at = bytes.windows(4).position(|w| w == b"main").unwrap();
    bytes[at] = 0xff;
    place.text("run.json", bytes);
    let output = place.call(&["report", "run.json"]);
    assert_eq!(exit(&output), 2);
    let talk = talk(&output);
    assert!(talk.contains("CBKB002") && talk.contains("/provenance/source/branch"), "{talk}");
}

#[test]
fn a_file_that_is_absent_or_far_too_large_is_refused_unread() {
    let place = Place::new();
    let output = place.call(&["report", "absent.json"]);
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("CBKB102"), "{}", talk(&output));
    // Sparse: takes no space on the disk.
    std::fs::File::create(place.path().join("huge.json")).unwrap().set_len(1 << 30).unwrap();
    for verb in [&["report", "huge.json"][..], &["validate", "huge.json"], &["export", "huge.json", "--as", "csv"]] {
        let output = place.call(verb);
        assert_eq!(exit(&output), 2);
        assert!(talk(&output).contains("CBKB002") && talk(&output).contains("larger than"), "{}", talk(&output));
    }
}

#[test]
fn errors_are_one_json_object_when_asked_for() {
    let place = Place::new();
    place.text("run.json", "{");
    let output = place.call(&["report", "run.json", "--format", "json"]);
    let problem: Value = serde_json::from_str(&talk(&output)).unwrap();
    assert_eq!((&problem["code"], &problem["where"]["file"]), (&json!("CBKB002"), &json!("run.json")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_reader_that_went_away_is_none() {
    let place = Place::new();
    place.json("run.json", &small_run());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.call_into(&["report", "run.json"], full.into());
    assert_eq!(exit(&output), 2);
    assert!(talk(&output).contains("CBKB102"), "{}", talk(&output));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = place.call_into(&["report", "run.json", "--quiet"], writer.into());
    let warnings = talk(&output);
    assert_eq!(exit(&output), 0, "{warnings}");
    assert!(!warnings.contains("error"), "{warnings}");
}

#[test]
fn a_report_that_stood_there_survives_a_failure() {
    let place = Place::new();
    place.text("run.json", "{");
    place.text("perf.json", "before");
    assert_eq!(exit(&place.call(&["report", "run.json", "--out", "perf.json"])), 2);
    assert_eq!(place.read("perf.json"), "before");
}
