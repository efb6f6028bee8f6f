//! `audit-generator artifacts` as a program: which files it writes of a load run, and whether their readers could read them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const PERF: &str = include_str!("../../bench-report/tests/load/run/perf.json");
const VERDICT: &str = include_str!("../../bench-report/tests/load/run/verdict.json");
const RUN: &str = include_str!("../../bench-report/tests/load/run/run.json");
const SCENARIO: &str = "<script>alert('scenario')</script>";

fn artifacts(folder: &Path, flags: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_")) {
        program.env_remove(name);
    }
    program.arg("artifacts").arg(folder).args(flags).output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The files that are written, by name.
fn written(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let folder = folder(files);
    let out = folder.path().join("out");
    let output = artifacts(folder.path(), &["--out-dir", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let entries = std::fs::read_dir(out).unwrap().flatten();
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

fn all() -> BTreeMap<String, String> {
    written(&[("perf.json", PERF), ("verdict.json", VERDICT), ("run.json", RUN)])
}

/// The run again, with values of its `load` changed.
fn changed(change: impl Fn(&mut Value)) -> BTreeMap<String, String> {
    let mut run: Value = serde_json::from_str(RUN).unwrap();
    change(&mut run["load"]);
    written(&[("perf.json", PERF), ("verdict.json", VERDICT), ("run.json", &run.to_string())])
}

#[test]
fn every_file_has_a_name_that_a_folder_can_hold_and_none_stands_for_two() {
    let files = all();
    let of = |end: &str| files.keys().filter(|name| name.ends_with(end)).count();
    // Three requests from two regions whose names become the same letters.
    assert_eq!((of(".hgrm"), of(".svg")), (6, 8), "{:?}", files.keys());
    assert!(files.contains_key("results_summary.json") && files.contains_key("metrics.prom"));
    for name in files.keys() {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
    }
}

#[test]
fn pictures_show_names_of_strangers_as_text() {
    for (name, text) in all().iter().filter(|(name, _)| name.ends_with(".svg")) {
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{name}");
        assert!(!text.contains("<script"), "{name}: {text}");
    }
}

#[test]
fn without_the_record_of_the_run_figures_are_written_and_nothing_is_made_up() {
    let files = written(&[("perf.json", PERF), ("verdict.json", VERDICT)]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["metrics.prom", "results_summary.json"]);
    let summary: Value = serde_json::from_str(&files["results_summary.json"]).unwrap();
    let scenario = summary["results"][SCENARIO].as_object().unwrap();
    assert!(!scenario.contains_key("rps_max") && !scenario.contains_key("cache_hit_ratio"));
}

#[test]
fn equal_runs_give_equal_bytes() {
    assert_eq!(all(), all());
}

#[test]
fn the_folder_is_named_after_the_time_of_the_run_and_printed() {
    let folder = folder(&[("perf.json", PERF), ("verdict.json", VERDICT)]);
    let output = artifacts(folder.path(), &[]);
    let path = String::from_utf8(output.stdout).unwrap();
    let started = serde_json::from_str::<Value>(PERF).unwrap()["provenance"]["started"].clone();
    let compact: String = started.as_str().unwrap().chars().filter(|c| !"-:".contains(*c)).collect();
    let wanted = folder.path().join("artifacts/benchmarks").join(compact);
    assert_eq!(path.trim_end(), wanted.display().to_string());
    assert!(wanted.join("results_summary.json").is_file());
}

#[test]
fn a_run_at_several_sizes_gives_its_table_and_its_picture() {
    let level = |at: u32, throughput: f64| {
        serde_json::json!({
            "at": at, "rounds": 1, "throughput": { "value": throughput }, "error_rate": 0.0, "beyond_cores": false,
            "limited_rounds": 0, "unusable_rounds": 0,
        })
    };
    let mut perf: Value = serde_json::from_str(include_str!("../../bench-report/tests/page/run/perf.json")).unwrap();
    perf["scale"] = serde_json::json!({
        "scenario": SCENARIO, "axis": "pool", "cores": 2, "levels": [level(1, 512.0), level(2, 768.0)],
        "law": { "fit": "refused", "why": "two sizes" }, "notes": [],
    });
    let files = written(&[("perf.json", &perf.to_string())]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["scaling.md", "scaling.svg"]);
    assert!(files["scaling.md"].contains("| 2 | 1 | 768"), "{}", files["scaling.md"]);
    assert!(files["scaling.svg"].starts_with("<svg") && !files["scaling.svg"].contains("<script"));
    perf["scale"]["levels"] = serde_json::json!([]);
    let files = written(&[("perf.json", &perf.to_string())]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["scaling.md"], "there is nothing to draw");
}

#[test]
fn a_run_of_benchmarks_is_refused() {
    let folder = folder(&[
        ("perf.json", include_str!("../../bench-report/tests/page/run/perf.json")),
        ("verdict.json", include_str!("../../bench-report/tests/page/run/verdict.json")),
    ]);
    let output = artifacts(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("error[CBKB") && told.contains("next:"), "{told}");
    assert!(!folder.path().join("artifacts").exists());
}

/// In an order of their own: what the reader keeps hangs on how it was built.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn summary(files: &BTreeMap<String, String>) -> Value {
    serde_json::from_str(&files["results_summary.json"]).unwrap()
}

#[test]
fn results_have_the_plans_keys() {
    let files = changed(|load| {
        let point = serde_json::json!([[1.0, 0.5], [2.0, 0.875]]);
        load["gauges"] =
            serde_json::json!([{ "name": "cache_hit_ratio", "from": "x", "points": point, "counter": false }]);
    });
    let document = summary(&files);
    assert_eq!(keys(&document), ["acceptance", "resources", "results", "test_metadata"]);
    assert_eq!(keys(&document["results"]), [SCENARIO]);
    let scenario = &document["results"][SCENARIO];
    for key in ["rps_avg", "rps_max", "latency", "error_rate", "http_status", "cache_hit_ratio"] {
        assert!(scenario.get(key).is_some(), "{key}: {scenario}");
    }
    assert_eq!(scenario["cache_hit_ratio"], 0.875, "the last word");
    assert_eq!((&scenario["requests_sent"], &scenario["error_rate"]), (&480.into(), &0.025.into()));
    assert_eq!(scenario["http_status"], serde_json::json!({ "200": 468, "503": 8 }));
    assert!(scenario["rps_max"].as_f64().unwrap() >= scenario["rps_avg"].as_f64().unwrap());
    for key in ["run_id", "timestamp", "duration_seconds", "tool", "engine", "time_scale", "complete", "environment"] {
        assert!(document["test_metadata"].get(key).is_some(), "{key}");
    }
    assert_eq!(document["acceptance"]["status"], "FAIL");
    let criteria = document["acceptance"]["criteria"].as_array().unwrap();
    assert!(criteria.iter().any(|row| row["threshold"] == "rate<0.001" && row["outcome"] == "not_met"), "{criteria:?}");
}

#[test]
fn a_percentile_that_is_only_a_bound_is_kept_apart_from_those_that_are_known() {
    let document = summary(&all());
    let requests = document["results"][SCENARIO]["requests"].as_object().unwrap();
    assert_eq!(requests.len(), 6, "each request from each region");
    for request in requests.values() {
        assert!(request["latency_at_least"]["p95_ms"].is_number() && request["latency"].get("p95_ms").is_none());
    }
    assert!(!all()["metrics.prom"].contains("latency_seconds{"), "a bound is no value");
}

#[test]
fn a_run_without_figures_has_no_zeros_in_their_place() {
    let mut perf: Value = serde_json::from_str(PERF).unwrap();
    for series in perf["load"]["series"].as_array_mut().unwrap() {
        for key in ["rps", "error_rate", "latency"] {
            series.as_object_mut().unwrap().remove(key);
        }
    }
    let files = written(&[("perf.json", &perf.to_string()), ("verdict.json", VERDICT)]);
    let scenario = &summary(&files)["results"][SCENARIO];
    assert!(scenario.get("rps_avg").is_none() && scenario.get("error_rate").is_none(), "{scenario}");
    assert!(!files["metrics.prom"].contains("error_ratio{"));
}

/// A sample of Prometheus's text format: name, labels, value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (name, rest) = line.split_once('{').unwrap();
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    loop {
        let (label, after) = rest.split_once("=\"").unwrap();
        assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{label}");
        let (mut value, mut letters) = (String::new(), after.char_indices());
        let end = loop {
            match letters.next().unwrap() {
                (_, '\\') => {
                    let escaped = letters.next().unwrap().1;
                    assert!("n\"\\".contains(escaped), "\\{escaped} is no escape");
                    value.push(if escaped == 'n' { '\n' } else { escaped });
                }
                (at, '"') => break at,
                (_, c) => value.push(c),
            }
        };
        assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    (name.to_owned(), labels, rest.strip_prefix("} ").unwrap().parse().unwrap())
}

#[test]
fn prometheus_can_read_what_it_is_given() {
    let mut perf: Value = serde_json::from_str(PERF).unwrap();
    perf["load"]["scenario"] = "a \"b\" \\ c\nd".into();
    perf["load"]["series"][1]["latency"] = serde_json::json!({ "p99.9": { "known": 12_500_000.0 } });
    let text = &written(&[("perf.json", &perf.to_string()), ("verdict.json", VERDICT)])["metrics.prom"];
    assert!(text.ends_with('\n'));
    let (mut types, mut seen, mut current) = (Vec::new(), Vec::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            current = rest.strip_suffix(" gauge").unwrap().to_owned();
            assert!(!types.contains(&current), "{current} is announced twice");
            types.push(current.clone());
        } else if !line.starts_with("# HELP ") {
            let (name, labels, value) = sample(line);
            assert_eq!(name, current, "samples stand behind their type");
            assert_eq!(labels["scenario"], "a \"b\" \\ c\nd");
            assert!(value.is_finite());
            assert!(!seen.contains(&(name.clone(), labels.clone())), "{line} stands there twice");
            seen.push((name, labels));
        }
    }
    let latency = text.lines().find(|line| line.starts_with("perfledger_load_latency_seconds{")).map(sample).unwrap();
    assert_eq!((latency.1["quantile"].as_str(), latency.2), ("0.999", 0.0125));
    let sent = text.lines().find(|line| line.starts_with("perfledger_load_requests{")).map(sample).unwrap();
    assert_eq!(sent.2, 480.0);
}

#[test]
fn percentile_files_rise_and_end_with_every_value() {
    let run: Value = serde_json::from_str(RUN).unwrap();
    let counted: u64 = run["load"]["series"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|series| series["latency"]["buckets"].as_array())
        .flatten()
        .map(|bucket| bucket[1].as_u64().unwrap())
        .sum();
    let mut total = 0;
    for (name, text) in all().iter().filter(|(name, _)| name.ends_with(".hgrm")) {
        assert!(text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"), "{name}");
        let lines = text.lines().skip(2).take_while(|line| !line.starts_with('#'));
        let rows: Vec<Vec<f64>> =
            lines.map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect()).collect();
        assert!(rows.len() > 10, "{text}");
        for pair in rows.windows(2) {
            let rises = (0..4).all(|column| pair[0][column] <= pair[1][column]);
            assert!(rises, "{name}: {pair:?}");
        }
        let last = rows.last().unwrap();
        assert_eq!((last[1], last[3]), (1.0, f64::INFINITY), "{name}");
        total += last[2] as u64;
    }
    assert_eq!(total, counted, "no request is lost, and none is counted twice");
}

#[test]
fn what_a_tool_counted_twice_is_in_no_percentile_file() {
    let again = changed(|load| {
        let mut series = load["series"].as_array().unwrap().clone();
        series.iter_mut().for_each(|series| series["tags"]["view"] = "all".into());
        load["series"].as_array_mut().unwrap().extend(series);
    });
    let files = |all: &BTreeMap<String, String>| {
        let percentiles = all.iter().filter(|(name, _)| name.ends_with(".hgrm"));
        percentiles.map(|(name, text)| (name.clone(), text.clone())).collect::<Vec<_>>()
    };
    assert_eq!(files(&again), files(&all()));
}
