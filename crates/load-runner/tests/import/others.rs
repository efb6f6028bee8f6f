//! vegeta, oha, wrk, wrk2, hey.

use bench_model::load::LoadModel;
use load_runner::import::{Format, import_bytes};

use super::{bound, known, path, read, refusal, series};

const ALL: &str = "all requests";

#[test]
fn wrk_prints_four_percentiles_and_no_more() {
    let imported = read(&["wrk-4.1.txt"]);
    assert!(imported.warnings.iter().any(|warning| warning.contains("guess")));
    let load = imported.load;
    assert_eq!(load.doubts, Vec::<String>::new());
    let all = series(&load, ALL);
    assert_eq!((all.sent, all.completed, all.failed), (121_740, 121_740, 0));
    assert_eq!([50.0, 75.0, 90.0, 99.0].map(|p| known(all, p).unwrap()), [0.055, 0.061, 0.071, 0.13]);
    assert_eq!(known(all, 95.0), None);
    assert_eq!(load.target.as_deref(), Some("http://127.0.0.1:18471"));
    assert_eq!(load.phases.first().map(|phase| phase.model), Some(LoadModel::Closed { from: 4, to: 4 }));
    let busy = read(&["wrk-4.1-503.txt"]).load;
    assert_eq!(series(&busy, ALL).failed, 30_760);
}

#[test]
fn wrk2_times_from_the_due_moment() {
    let load = read(&["hand-wrk2.txt"]).load;
    assert_eq!((load.engine.name.as_str(), load.engine.times_from_due), ("wrk2", true));
    let all = series(&load, ALL);
    assert_eq!((all.completed, all.failed, all.sent), (60_018, 6, 60_024));
    assert_eq!(
        (all.errors.get("connect"), all.errors.get("closed"), all.errors.get("timeout")),
        (Some(&1), Some(&2), Some(&3))
    );
    let figures = [99.0, 99.99, 99.999, 95.0, 55.0].map(|percent| bound(all, percent).unwrap());
    assert_eq!(figures, [11.18, 1340.0, 90_000.0, 10.103, 6.9], "six were never answered");
}

#[test]
fn wrk_text_in_utf_16_is_read() {
    let text = std::fs::read_to_string(path("wrk-4.1.txt")).unwrap();
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(
        import_bytes(&wide, Format::Auto).unwrap().series,
        import_bytes(text.as_bytes(), Format::Auto).unwrap().series
    );
}

#[test]
fn a_wrk_that_did_not_end_is_refused() {
    let text = std::fs::read_to_string(path("wrk-4.1.txt")).unwrap();
    let half = text.split("121740").next().unwrap();
    assert!(import_bytes(half.as_bytes(), Format::Auto).unwrap_err().to_string().contains("did not end by itself"));
    let twice = text.repeat(2);
    assert!(import_bytes(twice.as_bytes(), Format::Auto).unwrap_err().to_string().contains("second run"));
}

#[test]
fn heys_text_and_rows_are_read() {
    let load = read(&["hey-0.1.4.txt"]).load;
    let all = series(&load, ALL);
    assert_eq!((all.sent, all.statuses.get("200"), all.received_bytes), (200, Some(&200), Some(2400)));
    // Printed as 0.0000, 0.0003 and 0.0007 s.
    assert_eq!([10.0, 95.0, 99.0].map(|p| known(all, p).unwrap()), [0.05, 0.3, 0.7]);
    let dead = read(&["hey-0.1.4-dead-port.txt"]).load;
    let none = series(&dead, ALL);
    assert_eq!((none.sent, none.completed, none.failed, none.errors.get("connect")), (20, 0, 20, Some(&20)));
    assert_eq!(none.latency, None);
    assert!(!serde_json::to_string(&dead).unwrap().contains("127.0.0.1"), "messages hold addresses");
    let rows = read(&["hey-0.1.4-503.csv"]).load;
    let rows = series(&rows, ALL);
    assert_eq!((rows.sent, rows.failed, rows.statuses.get("503")), (60, 60, Some(&60)));
    // The sorted column's 57th value of 60 is 0.0004 s; half a step is added, and a bucket's width.
    let p95 = known(rows, 95.0).unwrap();
    assert!((0.45..0.4505).contains(&p95), "{p95}");
}

#[test]
fn oha_has_seconds_and_milliseconds_in_one_file() {
    let imported = read(&["oha-1.16.json"]);
    let load = imported.load;
    let all = series(&load, ALL);
    assert_eq!((all.sent, all.completed, all.received_bytes), (300, 300, Some(3600)));
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path("oha-1.16.json")).unwrap()).unwrap();
    let millis = value.pointer("/metrics/latency_ms/p95").unwrap().as_f64().unwrap();
    assert!((known(all, 95.0).unwrap() - millis).abs() < 0.001, "both units say the same");
    assert!(!load.engine.times_from_due);
    assert!(imported.warnings.iter().any(|warning| warning.contains("--latency-correction")));
    let only = format!(
        "{{\"statusCodeDistribution\":{{\"200\":5}},\"latencyPercentiles\":{{}},\"metrics\":{}}}",
        value["metrics"]
    );
    let load = import_bytes(only.as_bytes(), Format::Oha).unwrap();
    assert_eq!(known(series(&load, ALL), 95.0), Some(millis));
}

#[test]
fn oha_counts_what_it_cut_and_what_was_refused() {
    let cut = read(&["oha-1.16-deadline.json"]).load;
    let all = series(&cut, ALL);
    assert_eq!((all.sent, all.completed, all.in_flight, all.failed), (24_146, 24_143, 3, 0));
    assert!(known(all, 95.0).is_none() && bound(all, 95.0).is_some());
    let dead = read(&["oha-1.16-dead-port.json"]).load;
    let none = series(&dead, ALL);
    assert_eq!((none.sent, none.failed, none.errors.get("connect"), &none.latency), (20, 20, Some(&20), &None));
    assert_eq!(series(&read(&["oha-1.16-503.json"]).load, ALL).failed, 40);
}

#[test]
fn vegetas_report_is_read() {
    let load = read(&["hand-vegeta-report.json"]).load;
    let all = series(&load, ALL);
    assert_eq!((all.sent, all.completed, all.failed), (100, 97, 5));
    assert_eq!((all.errors.get("connect"), all.errors.get("status")), (Some(&3), Some(&2)));
    assert_eq!(bound(all, 95.0), Some(3.478629), "three were never answered");
    assert_eq!(load.phases.first().unwrap().measured_s.get(), 0.99);
}

#[test]
fn vegetas_hits_are_counted_one_by_one() {
    let load = read(&["hand-vegeta.jsonl"]).load;
    let one = series(&load, "GET /a");
    assert_eq!((one.sent, one.completed, one.failed), (101, 100, 6));
    assert_eq!(
        (one.errors.get("status"), one.errors.get("timeout"), one.statuses.get("503")),
        (Some(&5), Some(&1), Some(&5))
    );
    // 1 to 100 ms, and one that took 30 s and was never answered: rank 51 of 101.
    let median = known(one, 50.0).unwrap();
    assert!((51.0..=51.051).contains(&median), "{median}");
    assert!(bound(one, 100.0).is_some_and(|bound| bound >= 30_000.0));
    assert_eq!(
        load.windows.iter().map(|window| window.sent).collect::<Vec<_>>().get(..3),
        Some([50, 50, 1].as_slice())
    );
    let text = serde_json::to_string(&load).unwrap();
    assert!(
        !text.contains("token") && !text.contains("me:pw") && load.target.as_deref() == Some("http://127.0.0.1:8080")
    );
}

#[test]
fn two_runs_and_unknown_files_are_refused() {
    assert!(refusal(&["wrk-4.1.txt", "hey-0.1.4.txt"]).contains("another run"));
    assert!(refusal(&["oha-1.16.json", "oha-1.16-503.json"]).contains("another run"));
    assert!(import_bytes(b"", Format::Auto).unwrap_err().to_string().contains("empty"));
    assert!(import_bytes(b"hello\n", Format::Auto).unwrap_err().to_string().contains("it is none of"));
    assert!(
        import_bytes(b"{\"a\":1}", Format::Auto).unwrap_err().to_string().contains("it is none of")
            || import_bytes(b"{\"a\":1}", Format::Auto).is_err()
    );
}
