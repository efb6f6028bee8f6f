//! k6: summaries in four shapes, and the stream.

use std::io::{Read, Write};

use bench_model::load::{CheckCount, Load, VIEW};
use load_runner::import::{Format, Options, import, import_bytes};

use super::{bound, known, options, path, read, refusal, series, threshold};

const STREAM: &str = "k6-1.1.ndjson.gz";
const EXPORT: &str = "k6-1.1-export.json";

fn stream() -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path(STREAM)).unwrap()).read_to_end(&mut text).unwrap();
    text
}

fn verdicts(load: &Load) -> Vec<(String, bool)> {
    load.engine_thresholds
        .iter()
        .map(|t| (format!("{} {}", t.threshold.metric, t.threshold.expression), t.passed))
        .collect()
}

#[test]
fn both_polarities_of_a_threshold_mean_the_same_afterwards() {
    // Of one script: `true` is failed in the first file and `ok: true` is met in the second.
    let expected = [
        ("checks{check:status is 200} rate>0.1", true),
        ("http_req_duration p(95)<200", true),
        ("http_req_duration p(99)<0.0001", false),
        ("http_req_duration{scenario:steady} p(95) < 500", true),
        ("http_req_failed rate<0.9", true),
        ("http_reqs count>10", true),
        ("queue_wait avg<100", true),
    ];
    for name in [EXPORT, "k6-1.1-data.json"] {
        let load = read(&[name]).load;
        let found = verdicts(&load);
        let found: Vec<(&str, bool)> = found.iter().map(|(text, passed)| (text.as_str(), *passed)).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(load.thresholds.len(), expected.len(), "they are judged again");
    }
}

#[test]
fn a_summary_counts_failures_and_keeps_what_it_selects_apart() {
    let load = read(&[EXPORT]).load;
    let all = series(&load, "all requests");
    // `passes` of http_req_failed are the failed ones.
    assert_eq!((all.sent, all.failed, all.unsent), (123, 50, 21));
    assert_eq!(all.checks.get("status is 200"), Some(&CheckCount { passed: 61, failed: 25 }), "over all groups");
    assert!(load.doubts.iter().any(|doubt| doubt.starts_with("21 iterations were dropped")));
    let steady = load.series.iter().find(|s| s.tags.get("scenario").is_some_and(|tag| tag == "steady")).unwrap();
    assert_eq!(steady.tags.get(VIEW).map(String::as_str), Some("scenario:steady"));
    assert_eq!(steady.sent, 0, "its requests are not told, and would be counted twice");
    assert_eq!(bound(steady, 95.0), Some(16.673317), "dropped iterations make it a bound");
    // The run's length is the quotient of a counter and its rate.
    assert!((load.phases.first().unwrap().measured_s.get() - 3.003).abs() < 0.001);
    let gauge = |name: &str| load.gauges.iter().find(|g| g.name == name).map(|g| g.points.last().unwrap().1.get());
    assert_eq!(gauge("jobs"), Some(122.0));
    assert_eq!(gauge("cache_hit.rate"), Some(43.0 / 61.0));
    assert_eq!(gauge("queue_depth"), Some(8.0));
    assert!(gauge("checks{check:status is 200}.rate").is_some_and(|rate| (rate - 61.0 / 86.0).abs() < 1e-9));
    assert!(gauge("queue_wait.p(95)").is_some() && gauge("queue_wait.p(97)").is_none());
}

#[test]
fn what_setup_returned_is_not_kept() {
    for name in [EXPORT, "k6-1.1-data.json"] {
        assert!(std::fs::read_to_string(path(name)).unwrap().contains("sekrit"), "the fixture has it");
        let text = serde_json::to_string(&read(&[name]).load).unwrap();
        assert!(!text.contains("sekrit") && !text.contains("setup_data"), "{name}");
    }
}

#[test]
fn a_dead_port_has_no_latency() {
    // k6 itself calls `p(95)<200` met here.
    let imported = read(&["k6-1.1-dead-port.json"]);
    assert!(verdicts(&imported.load).contains(&("http_req_duration p(95)<200".to_owned(), true)));
    assert!(imported.load.series.iter().all(|series| series.latency.is_none()));
    let all = series(&imported.load, "all requests");
    assert_eq!((all.sent, all.completed), (all.failed, 0));
    // k6 writes a trend without samples as zeros, which would meet any limit.
    assert!(imported.load.gauges.iter().all(|gauge| !gauge.name.starts_with("http_req_waiting")));
    // A tag that matches nothing has no samples: rate of nothing is no rate.
    let nothing =
        imported.load.series.iter().find(|s| s.tags.get("name").is_some_and(|name| name == "nosuch")).unwrap();
    assert_eq!((nothing.sent, nothing.completed), (0, 0));
}

#[test]
fn the_machine_readable_summary_has_a_version_and_no_thresholds() {
    let load = read(&["hand-k6-machine.json"]).load;
    // Nothing was dropped, and what failed took its time: latencies are what they are.
    assert_eq!(load.doubts, Vec::<String>::new());
    assert_eq!(load.engine.version.as_deref(), Some("1.5.0"));
    let all = series(&load, "all requests");
    assert_eq!((all.sent, all.failed), (100, 1));
    assert_eq!(
        (known(all, 95.0), known(all, 50.0), known(all, 99.0)),
        (Some(9.5), Some(4.0), None),
        "p99 is not recorded"
    );
    assert!(load.engine_thresholds.is_empty());
    assert_eq!(load.phases.first().unwrap().measured_s.get(), 10.5);
}

#[test]
fn a_summary_is_found_inside_markdown_and_other_json() {
    let load = read(&["hand-k6-wrapped.md"]).load;
    assert_eq!(
        verdicts(&load),
        [
            ("http_req_duration{name:GET http://shop/:id,page:a,b} p(99)<5".to_owned(), true),
            ("http_req_failed rate<0.01".to_owned(), false),
        ]
    );
    let all = series(&load, "all requests");
    assert_eq!((all.sent, all.failed, known(all, 95.0)), (50, 2, Some(4.0)));
    // The threshold names a percentile that nobody recorded.
    assert_eq!(known(all, 99.0), None);
}

#[test]
fn a_summary_that_does_not_count_failures_is_no_run_without_any() {
    let text = br#"{"metrics":{"http_reqs":{"count":10,"rate":1},"http_req_duration":{"avg":2,"p(95)":3}}}"#;
    let load = import_bytes(text, Format::Auto).unwrap();
    let all = series(&load, "all requests");
    assert_eq!((all.sent, all.failed), (0, 0));
    assert!(load.doubts.iter().any(|doubt| doubt.contains("refused requests")));
    // A smallest one above 0 ms leaves no room for a refused one.
    let text = br#"{"metrics":{"http_reqs":{"count":10,"rate":1},"http_req_duration":{"avg":2,"p(95)":3,"min":1}}}"#;
    assert_eq!(import_bytes(text, Format::Auto).unwrap().doubts, Vec::<String>::new());
}

#[test]
fn a_stream_gives_every_request_its_percentiles() {
    let load = read(&[STREAM]).load;
    let list = series(&load, "list");
    assert_eq!((list.sent, list.completed, list.failed), (61, 61, 0));
    // The nearest ranks, by sorting; a bucket is at most a thousandth wide.
    for (percent, millis) in [(50.0, 0.276725), (95.0, 16.673317), (99.0, 28.006511)] {
        let found = known(list, percent).unwrap();
        assert!(found >= millis && found <= millis * 1.001, "p{percent} {found}");
    }
    // k6's own summary of the same run interpolates: at most one rank off.
    let k6 = read(&[EXPORT]).load;
    let steady = k6.series.iter().find(|s| s.tags.get("scenario").is_some_and(|tag| tag == "steady")).unwrap();
    assert!((known(list, 95.0).unwrap() - bound(steady, 95.0).unwrap()).abs() < 0.02);
    let mean = list.latency.as_ref().unwrap().mean().unwrap();
    assert!((mean - 245.257038e6 / 61.0).abs() < 1.0);
    let busy = series(&load, "GET /err, \"busy\"");
    assert_eq!(
        (busy.completed, busy.failed, busy.statuses.get("503"), busy.errors.get("status")),
        (25, 25, Some(&25), Some(&25))
    );
    let dead = series(&load, "dead");
    assert_eq!((dead.sent, dead.completed, dead.errors.get("connect"), &dead.latency), (25, 0, Some(&25), &None));
}

#[test]
fn a_stream_keeps_setup_and_dropped_iterations_apart() {
    let load = read(&[STREAM]).load;
    let phases: Vec<(&str, bool)> = load.phases.iter().map(|phase| (phase.name.as_str(), phase.warm_up)).collect();
    assert_eq!(phases, [("setup", true), ("run", false), ("teardown", true)]);
    assert_eq!(series(&load, "prepare").phase.as_deref(), Some("setup"));
    let starved = load.series.iter().find(|series| series.unsent > 0).unwrap();
    assert_eq!((starved.unsent, starved.tags.get("scenario").map(String::as_str)), (21, Some("starved")));
    assert!(known(series(&load, "slowly"), 50.0).is_none(), "its scenario dropped iterations");
    assert!(known(series(&load, "list"), 50.0).is_some(), "that of this one dropped none");
}

#[test]
fn windows_are_dated_by_the_start_of_requests_and_kept_by_region() {
    let load = read(&[STREAM]).load;
    let sent: Vec<(f64, &str, u64)> =
        load.windows.iter().map(|w| (w.at_s.get(), w.region.as_deref().unwrap_or("-"), w.sent)).collect();
    let expected = [
        (0.0, "-", 1),
        (0.0, "eu", 2),
        (0.0, "us", 4),
        (1.0, "-", 9),
        (1.0, "eu", 20),
        (1.0, "us", 24),
        (2.0, "eu", 20),
        (2.0, "us", 22),
        (3.0, "eu", 19),
    ];
    assert_eq!(sent, expected);
    assert!(load.windows.iter().filter(|w| w.completed > 0).all(|w| w.p95.is_some()));
}

#[test]
fn plain_compressed_and_piped_streams_are_the_same() {
    let compressed = read(&[STREAM]).load;
    let mut plain = import_bytes(&stream(), Format::Auto).unwrap();
    plain.scenario.clone_from(&compressed.scenario);
    assert_eq!(plain, compressed);
}

#[test]
fn a_stream_that_was_cut_is_a_run_that_was_cut() {
    let whole = stream();
    let cut = import_bytes(&whole[..300_000], Format::Auto).unwrap();
    assert!(cut.cut.as_ref().is_some_and(|cut| cut.at_s.get() > 2.0 && cut.reason.contains("middle of a line")));
    assert_eq!(series(&cut, "list").sent, 34);
    let compressed = std::fs::read(path(STREAM)).unwrap();
    let cut = import_bytes(&compressed[..compressed.len() / 2], Format::Auto).unwrap();
    assert!(cut.cut.is_some());
    // An end at the end of a line cannot be told from a whole run.
    let line_end = whole[..300_000].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    assert!(import_bytes(&whole[..line_end], Format::Auto).unwrap().cut.is_none());
}

#[test]
fn a_broken_line_in_the_middle_is_named() {
    let mut text = stream();
    text.truncate(20_000);
    let line = text.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    text.extend(b"\n{}\n");
    let Err(load_runner::Error::Import { line: Some(found), reason, .. }) = import_bytes(&text, Format::Auto) else {
        panic!("it was read")
    };
    assert!(found == line && reason.contains("expected a line of k6's JSON output"), "{found} {line} {reason}");
}

#[test]
fn a_summary_beside_the_stream_of_its_run_brings_the_verdicts() {
    let imported = read(&[STREAM, EXPORT]);
    assert_eq!(imported.load.engine_thresholds.len(), 7);
    assert!(imported.load.thresholds.contains(&threshold("http_req_duration{scenario:steady}", "p(95) < 500")));
    assert_eq!(series(&imported.load, "list").sent, 61);
    assert!(refusal(&[STREAM, "k6-1.1-data.json"]).contains("they are of two runs"));
}

#[test]
fn a_threshold_on_a_tag_keeps_series_apart_by_it() {
    let wanted = threshold("http_req_duration{method:GET}", "p(95)<200");
    let options = Options { thresholds: vec![wanted.clone()], ..options() };
    let load = import(&[path(STREAM)], &options).unwrap().load;
    assert_eq!(series(&load, "list").tags.get("method").map(String::as_str), Some("GET"));
    assert!(load.thresholds.contains(&wanted));
    assert_eq!(series(&read(&[STREAM]).load, "list").tags.get("method"), None);
}

#[test]
fn an_exit_status_marks_a_summary_of_a_run_that_was_cut() {
    let with = |exit_code| import(&[path(EXPORT)], &Options { exit_code: Some(exit_code), ..options() }).unwrap().load;
    for (code, word) in [(105, "signal"), (107, "exception")] {
        let load = with(code);
        assert!(load.cut.as_ref().is_some_and(|cut| cut.reason.contains(word)), "{code}");
        assert!(load.doubts.iter().any(|doubt| doubt.contains(word)), "{code}");
    }
    assert!(with(99).cut.is_none() && with(0).cut.is_none());
}

#[test]
fn custom_metrics_come_out_as_k6_has_them() {
    let (ours, k6) = (read(&[STREAM]).load, read(&[EXPORT]).load);
    let gauge = |load: &Load, name: &str| {
        let gauge = load.gauges.iter().find(|gauge| gauge.name == name).unwrap_or_else(|| panic!("no gauge {name}"));
        gauge.points.last().unwrap().1.get()
    };
    for name in ["jobs", "cache_hit.rate", "queue_depth", "queue_wait.count", "iteration_duration.max", "iterations"] {
        assert_eq!(gauge(&ours, name), gauge(&k6, name), "{name}");
    }
    // 61 values: k6 interpolates between two of them.
    let (ours, k6) = (gauge(&ours, "queue_wait.med"), gauge(&k6, "queue_wait.med"));
    assert!((ours - k6).abs() <= k6 * 0.001, "{ours} {k6}");
}

#[test]
fn a_timeout_bounds_the_tail() {
    let point = |took: f64, status: &str, more: &str| {
        format!(
            r#"{{"type":"Point","data":{{"time":"2026-01-01T00:02:00.5+02:00","value":{took},"tags":{{"name":"a","scenario":"s","status":"{status}"{more}}}}},"metric":"http_req_duration"}}"#
        )
    };
    let mut text: String = (0..90).map(|_| point(10.0, "200", "") + "\n").collect();
    for _ in 0..10 {
        text += &(point(60000.0, "0", r#","error_code":"1050","expected_response":"false""#) + "\n");
    }
    let load = import_bytes(text.as_bytes(), Format::Auto).unwrap();
    let one = series(&load, "a");
    assert_eq!((one.sent, one.completed, one.errors.get("timeout")), (100, 90, Some(&10)));
    assert!(known(one, 50.0).is_some());
    assert!(bound(one, 95.0).is_some_and(|bound| bound >= 60_000.0));
    // It began a minute before its line says.
    assert_eq!(load.windows.first().map(|window| (window.sent, window.completed)), Some((10, 0)));
}

#[test]
fn streams_of_several_instances_are_counted_together_and_of_two_runs_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, second: u32| {
        let line = format!(
            "{{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-01-01T00:00:{second:02}Z\",\"value\":2000,\
             \"tags\":{{\"name\":\"a\",\"status\":\"200\",\"scenario\":\"s\"}}}}}}\n"
        );
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(line.as_bytes()).unwrap();
        path
    };
    let (one, two, late) = (write("1.ndjson", 10), write("2.ndjson", 11), write("3.ndjson", 50));
    assert_eq!(series(&import(&[one.clone(), two], &options()).unwrap().load, "a").sent, 2);
    assert!(import(&[one, late], &options()).unwrap_err().to_string().contains("two runs"));
}
