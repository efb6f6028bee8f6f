//! `artifacts` of proven work.

use bench_model::perf::EvidenceLevel;
use serde_json::{Value, json};

use crate::fixture::{Place, ledger, perf, run, told, verdict};

const SCALABILITY: [&str; 17] = [
    "schema_version",
    "metric_family",
    "execution_mode",
    "evidence_level",
    "kpi_eligible",
    "run_started_at",
    "run_completed_at",
    "records_targeted",
    "bytes_targeted",
    "wall_clock_seconds",
    "cpu_seconds",
    "rss_peak_bytes",
    "throughput_records_per_second",
    "throughput_mb_per_minute",
    "scalability_score",
    "dataset_sha256",
    "deterministic_seed",
];
const SECURITY: [&str; 17] = [
    "schema_version",
    "metric_family",
    "execution_mode",
    "evidence_level",
    "kpi_eligible",
    "tenant_id",
    "compromise_started_at",
    "rotation_completed_at",
    "recovery_completed_at",
    "mttr_seconds",
    "records_targeted",
    "bytes_targeted",
    "reencrypt_records_per_second",
    "reencrypt_mb_per_minute",
    "signing_mode",
    "signing_key_source",
    "signing_notice",
];
const ENTRY: [&str; 11] = [
    "run_started_at",
    "run_completed_at",
    "execution_mode",
    "evidence_level",
    "records_targeted",
    "wall_clock_seconds",
    "cpu_seconds",
    "rss_peak_bytes",
    "throughput_records_per_second",
    "throughput_mb_per_minute",
    "mttr_seconds",
];

/// The folder of the files of a run.
fn written(perf: &Value, flags: &[&str], ledger: &[u8]) -> Place {
    let place = Place::with(perf, verdict());
    place.write("ledger.jsonl", ledger);
    place.done(&[&["artifacts", ".", "--out-dir", "out"], flags].concat());
    place
}

fn of(perf: &Value) -> (Value, Value) {
    let place = written(perf, &[], b"");
    (place.json("out/scalability_metrics.json"), place.json("out/security_metrics.json"))
}

fn value(perf: &Value, measure: &str) -> f64 {
    let metrics = perf["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["measure"] == measure).unwrap()["value"].as_f64().unwrap()
}

fn near(found: &Value, expected: f64) {
    assert!((found.as_f64().unwrap() / expected - 1.0).abs() < 1e-12, "{found} {expected}");
}

/// The keys of an object in the order in which a file has them.
fn in_order(text: &str, keys: &[&str]) {
    let places: Vec<_> =
        keys.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key}"))).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn every_key_of_the_specification_is_there_in_its_order() {
    let place = written(&perf(), &["--ledger", "ledger.jsonl"], &ledger(&[run(1, 1000.0)]));
    in_order(&place.read("out/scalability_metrics.json"), &SCALABILITY);
    in_order(&place.read("out/security_metrics.json"), &SECURITY);
    in_order(
        &place.read("out/benchmark_history.json"),
        &[&["schema_version", "metric_family", "entries"][..], &ENTRY].concat(),
    );
    let summary = place.read("out/benchmark_summary.json");
    in_order(&summary, &["metrics", "security_metrics", "reencrypt_summary", "dataset_path"]);
}

#[test]
fn values_are_those_of_the_metrics_in_the_units_of_the_keys() {
    let perf = perf();
    let (scalability, security) = of(&perf);
    near(&scalability["wall_clock_seconds"], value(&perf, "wall") / 1e9);
    near(&scalability["cpu_seconds"], (value(&perf, "user") + value(&perf, "system")) / 1e9);
    assert_eq!(scalability["rss_peak_bytes"].as_u64().unwrap(), value(&perf, "peak_rss").round() as u64);
    near(&scalability["throughput_records_per_second"], value(&perf, "records_per_second"));
    near(&scalability["throughput_mb_per_minute"], value(&perf, "bytes_per_second") * 60.0 / 1e6);
    near(&scalability["scalability_score"], value(&perf, "scalability_score"));
    near(&security["mttr_seconds"], value(&perf, "mttr") / 1e9);
    for (one, other) in [
        ("reencrypt_records_per_second", "throughput_records_per_second"),
        ("reencrypt_mb_per_minute", "throughput_mb_per_minute"),
        ("records_targeted", "records_targeted"),
        ("bytes_targeted", "bytes_targeted"),
    ] {
        assert_eq!(security[one], scalability[other], "{one}");
    }
    let proof = &perf["proofs"][0];
    assert_eq!(scalability["records_targeted"], proof["planned"]);
    assert_eq!(scalability["bytes_targeted"], proof["input"]["bytes"]);
    assert_eq!(scalability["dataset_sha256"], proof["input"]["sha256"]);
    // The run began at 00:03:00 and took 10.891 s.
    assert_eq!(scalability["run_started_at"], "2026-11-22T00:03:00Z");
    assert_eq!(scalability["run_completed_at"], "2026-11-22T00:03:11Z");
}

#[test]
fn real_work_is_eligible_and_anything_less_is_not_whatever_the_file_claims() {
    let level = |perf: &Value| {
        let (scalability, security) = of(perf);
        let of = |value: &Value| ["execution_mode", "evidence_level", "kpi_eligible"].map(|key| value[key].clone());
        assert_eq!(of(&scalability), of(&security));
        of(&scalability)
    };
    assert_eq!(level(&perf()), [json!("real_workload"), json!("real_workload"), json!(true)]);
    let mut dry = perf();
    dry["proofs"][1]["dry_run"] = true.into();
    assert_eq!(dry["evidence_level"], "real_workload", "that is the claim");
    assert_eq!(level(&dry), [json!("dry_run"), json!("dry_run"), json!(false)]);
    let mut short = perf();
    short["proofs"][2]["verified"] = 0.into();
    assert_eq!(level(&short), [json!("ci_benchmark"), json!("ci_benchmark"), json!(false)]);
}

#[test]
fn what_was_not_measured_is_null_and_never_0() {
    let mut dry = perf();
    for proof in dry["proofs"].as_array_mut().unwrap() {
        proof["dry_run"] = true.into();
        proof["facts"].as_object_mut().unwrap().remove("recovered");
    }
    dry["metrics"].as_array_mut().unwrap().retain(|metric| metric["measure"] == "wall");
    let (scalability, security) = of(&dry);
    assert!(scalability["wall_clock_seconds"].is_number());
    for (document, keys) in [
        (
            &scalability,
            &[
                "cpu_seconds",
                "rss_peak_bytes",
                "throughput_records_per_second",
                "throughput_mb_per_minute",
                "scalability_score",
                "deterministic_seed",
            ][..],
        ),
        (
            &security,
            &[
                "compromise_started_at",
                "rotation_completed_at",
                "recovery_completed_at",
                "mttr_seconds",
                "reencrypt_records_per_second",
                "reencrypt_mb_per_minute",
                "signing_key_source",
            ],
        ),
    ] {
        for key in keys {
            assert_eq!(document.get(key), Some(&Value::Null), "{key}");
        }
    }
}

#[test]
fn a_recovery_is_that_of_the_round_nearest_to_the_value() {
    let mut perf = perf();
    for (round, (from, to)) in
        [("00:00:00", "00:00:09"), ("00:01:00", "00:01:02"), ("00:02:00", "00:02:05")].iter().enumerate()
    {
        let facts = &mut perf["proofs"][round]["facts"];
        (facts["started"], facts["recovered"]) =
            (format!("2026-11-22T{from}Z").into(), format!("2026-11-22T{to}Z").into());
    }
    // The median is 1.9 s.
    let (_, security) = of(&perf);
    assert_eq!(security["compromise_started_at"], "2026-11-22T00:01:00Z");
    assert_eq!(security["recovery_completed_at"], "2026-11-22T00:01:02Z");
    assert_eq!(security["rotation_completed_at"], security["recovery_completed_at"]);
    for proof in perf["proofs"].as_array_mut().unwrap() {
        proof["facts"]["started"] = "<yesterday>".into();
    }
    assert_eq!(of(&perf).1["compromise_started_at"], Value::Null, "a text that is no time");
}

#[test]
fn one_tenant_is_named_and_several_are_counted() {
    let mut perf = perf();
    let (_, security) = of(&perf);
    assert_eq!((&security["tenant_id"], &security["tenants"]), (&Value::Null, &json!(16)));
    for proof in perf["proofs"].as_array_mut().unwrap() {
        (proof["facts"]["tenants"], proof["facts"]["tenant_id"]) = ("1".into(), "acme".into());
    }
    let (_, security) = of(&perf);
    assert_eq!((&security["tenant_id"], &security["tenants"]), (&json!("acme"), &json!(1)));
}

#[test]
fn nothing_is_signed_and_it_says_so() {
    let (_, security) = of(&perf());
    assert_eq!((&security["signing_mode"], &security["signing_key_source"]), (&json!("none"), &Value::Null));
    assert!(security["signing_notice"].as_str().unwrap().starts_with("nothing was signed"));
}

#[test]
fn rounds_that_worked_on_different_data_have_no_data_in_common() {
    let mut perf = perf();
    perf["proofs"][1]["input"]["sha256"] = "cd".repeat(32).into();
    perf["proofs"][1]["planned"] = 7.into();
    perf["proofs"][1]["facts"]["dataset"] = "other.jsonl".into();
    let (scalability, _) = of(&perf);
    assert_eq!((&scalability["dataset_sha256"], &scalability["records_targeted"]), (&Value::Null, &Value::Null));
    let place = written(&perf, &[], b"");
    let summary = place.json("out/benchmark_summary.json");
    assert_eq!(summary["dataset_path"], Value::Null);
    assert_eq!(summary["reencrypt_summary"]["rounds"][1]["records_planned"], 7);
    assert_eq!(summary["reencrypt_summary"]["facts"].get("dataset"), None);
}

#[test]
fn the_summary_holds_both_documents_and_what_each_round_did() {
    let place = written(&perf(), &[], b"");
    let summary = place.json("out/benchmark_summary.json");
    assert_eq!(summary["metrics"], place.json("out/scalability_metrics.json"));
    assert_eq!(summary["security_metrics"], place.json("out/security_metrics.json"));
    assert_eq!(summary["dataset_path"], "work.jsonl", "without the folder it lay in");
    let rounds = summary["reencrypt_summary"]["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 3);
    assert_eq!((&rounds[0]["records_reencrypted"], &rounds[0]["sample_verified"]), (&json!(20_000), &json!(1_000)));
    assert_eq!(summary["reencrypt_summary"]["shortfalls"], json!([]));
}

fn history(lines: &[u8]) -> Vec<Value> {
    let place = written(&perf(), &["--ledger", "ledger.jsonl"], lines);
    place.json("out/benchmark_history.json")["entries"].as_array().unwrap().clone()
}

#[test]
fn the_history_has_an_entry_for_each_run_of_the_same_work_in_the_ledgers_order() {
    let mut other = run(3, 1.0);
    other.account.as_mut().unwrap().proofs.iter_mut().for_each(|proof| proof.work = "compaction".into());
    let mut plain = run(4, 1.0);
    plain.account = None;
    let mut dry = run(2, 0.0);
    dry.evidence_level = EvidenceLevel::DryRun;
    dry.metrics.retain(|metric| metric.name.measure() == "wall");
    dry.account.as_mut().unwrap().proofs.iter_mut().for_each(|proof| proof.dry_run = true);
    let lines = ledger(&[run(1, 1000.0), dry, other, plain, run(5, 900.0)]);
    let entries = history(&lines);
    let ids: Vec<_> = entries.iter().map(|entry| entry["run_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["run-1", "run-2", "run-5"]);
    let first = &entries[0];
    assert_eq!(
        (&first["execution_mode"], &first["evidence_level"]),
        (&json!("real_workload"), &json!("real_workload"))
    );
    assert_eq!((&first["throughput_records_per_second"], &first["mttr_seconds"]), (&json!(1000.0), &json!(2.0)));
    // Processor times are not judged, and stand in the account.
    assert_eq!((&first["wall_clock_seconds"], &first["cpu_seconds"]), (&json!(3.0), &json!(1.5)));
    assert_eq!((&first["rss_peak_bytes"], &first["environment"]), (&Value::Null, &json!("here")));
    assert_eq!(first["run_completed_at"], "2026-11-18T11:08:10Z");
    assert_eq!((&entries[1]["evidence_level"], &entries[1]["mttr_seconds"]), (&json!("dry_run"), &Value::Null));
}

#[test]
fn a_longer_ledger_only_adds_to_the_history() {
    let runs: Vec<_> = (1..=4).map(|number| run(number, 1000.0)).collect();
    let (short, long) = (history(&ledger(&runs[..2])), history(&ledger(&runs)));
    assert_eq!((short.len(), long.len()), (2, 4));
    assert_eq!(long[..2], short);
}

#[test]
fn a_run_that_the_ledger_does_not_hold_is_said() {
    let place = Place::with(&perf(), verdict());
    place.write("ledger.jsonl", ledger(&[run(1, 1000.0)]));
    let arguments = ["artifacts", ".", "--out-dir", "out", "--ledger", "ledger.jsonl"];
    assert!(told(&place.call(&arguments)).contains("the ledger does not hold run run-5"));
    place.write("ledger.jsonl", ledger(&[run(5, 1000.0)]));
    assert_eq!(told(&place.call(&arguments)), "");
}

#[test]
fn a_broken_chain_ends_with_1_after_what_holds_is_written() {
    let lines = ledger(&[run(1, 1000.0), run(2, 1000.0), run(5, 1000.0)]);
    let broken = String::from_utf8(lines).unwrap().replace("\"run_id\":\"run-2\"", "\"run_id\":\"run-3\"");
    let place = Place::with(&perf(), verdict());
    place.write("ledger.jsonl", broken);
    let output = place.call(&["artifacts", ".", "--out-dir", "out", "--ledger", "ledger.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("error[CBKB103]"), "{}", told(&output));
    assert_eq!(place.json("out/benchmark_history.json")["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn a_run_without_an_account_has_no_history() {
    let mut plain = perf();
    plain.as_object_mut().unwrap().remove("proofs");
    let place = Place::with(&plain, verdict());
    place.write("ledger.jsonl", ledger(&[run(1, 1000.0)]));
    for (arguments, words) in [
        (&["artifacts", "."][..], "is no run of load, of proven work or of several sizes"),
        (&["artifacts", ".", "--ledger", "ledger.jsonl"], "--ledger: run run-5 gave no account of work"),
    ] {
        let output = place.call(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(told(&output).contains("error[CBKB101]") && told(&output).contains(words), "{}", told(&output));
        assert!(told(&output).contains("next:") && !place.path().join("artifacts").exists());
    }
}

#[test]
fn no_verdict_is_needed() {
    let place = Place::new();
    place.write("perf.json", perf().to_string());
    let folder = place.done(&["artifacts", "."]);
    assert_eq!(folder.trim_end(), "./artifacts/benchmarks/20261122T000300Z");
    assert!(place.path().join(folder.trim_end()).join("scalability_metrics.json").is_file());
}

#[test]
fn equal_runs_give_equal_bytes() {
    let names = ["scalability_metrics", "security_metrics", "benchmark_summary", "benchmark_history"];
    let all = || {
        let place = written(&perf(), &["--ledger", "ledger.jsonl"], &ledger(&[run(1, 1000.0), run(5, 900.0)]));
        names.map(|name| place.read(&format!("out/{name}.json")))
    };
    assert_eq!(all(), all());
}

#[test]
fn a_run_that_lost_rounds_is_not_eligible_whatever_its_file_claims() {
    let mut lossy = perf();
    assert_eq!(of(&lossy).0["kpi_eligible"], true);
    lossy["complete"] = false.into();
    let (scalability, security) = of(&lossy);
    for found in [scalability, security] {
        assert_eq!((&found["kpi_eligible"], &found["evidence_level"]), (&false.into(), &"ci_benchmark".into()));
    }
}
