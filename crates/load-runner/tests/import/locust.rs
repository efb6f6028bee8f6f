//! Locust: CSV and JSON of several versions.

use bench_model::load::VIEW;
use load_runner::import::import;

use super::{bound, known, options, path, read, refusal, series};

const RUN: [&str; 4] = [
    "locust-2.47_stats.csv",
    "locust-2.47_stats_history.csv",
    "locust-2.47_failures.csv",
    "locust-2.47_exceptions.csv",
];

#[test]
fn the_files_of_one_run_are_one_record() {
    let imported = read(&RUN);
    let load = imported.load;
    let list = series(&load, "list, all");
    assert_eq!((list.sent, list.completed, list.failed), (281, 281, 0));
    assert_eq!((known(list, 95.0), known(list, 99.9), known(list, 97.0)), (Some(5.0), Some(19.0), None));
    assert_eq!(list.latency.as_ref().unwrap().mean(), Some(1222397.6762250466));
    let failing = series(&load, "/err");
    assert_eq!((failing.sent, failing.completed, failing.failed), (111, 111, 111), "a 503 is an answer");
    assert_eq!((failing.statuses.get("503"), failing.errors.get("status")), (Some(&111), Some(&111)));
    assert_eq!(series(&load, "post \"x\"").tags.get("method").map(String::as_str), Some("POST"));
    assert!(imported.warnings.iter().any(|warning| warning.contains("raised 7 exceptions")));
    assert_eq!(load.doubts, Vec::<String>::new(), "what is only to be known makes no latency a bound");
    assert_eq!(load.scenario, "locust-2.47");
    let text = serde_json::to_string(&load).unwrap();
    assert!(!text.contains("line one"), "an exception's text may hold anything");
    // 485 requests at 96.985 a second.
    assert!((load.phases.first().unwrap().measured_s.get() - 5.0007).abs() < 0.001);
}

#[test]
fn the_row_for_all_is_a_view() {
    let load = read(&RUN).load;
    let all = series(&load, "Aggregated");
    assert_eq!((all.sent, all.tags.get(VIEW).map(String::as_str)), (485, Some("all")));
    let others: u64 =
        load.series.iter().filter(|series| !series.tags.contains_key(VIEW)).map(|series| series.sent).sum();
    assert_eq!(others, 485);
}

#[test]
fn a_cumulative_history_gives_no_latencies() {
    let load = read(&RUN).load;
    let sent: Vec<u64> = load.windows.iter().map(|window| window.sent).collect();
    assert_eq!(sent, [95, 95, 100, 95, 100]);
    assert!(load.windows.iter().all(|window| window.p50.is_none() && window.p99.is_none()));
    assert!(load.windows.iter().all(|window| window.users == Some(5)));
}

#[test]
fn a_full_history_gives_latencies_but_for_rows_of_zeros() {
    let imported = read(&["locust-2.47-full_stats.csv", "locust-2.47-full_stats_history.csv"]);
    let windows = &imported.load.windows;
    assert_eq!(windows.iter().map(|window| window.sent).sum::<u64>(), 1270);
    assert_eq!(windows.first().unwrap().p50, None, "Locust writes zeros before it has anything");
    // The last row says 1, 1, 2 ms.
    let last = windows.last().unwrap();
    assert_eq!([last.p50, last.p95, last.p99].map(|p| p.unwrap().get()), [1e6, 1e6, 2e6]);
    assert!(imported.warnings.iter().any(|warning| warning.contains("last 10 s")));
}

#[test]
fn without_the_failures_nothing_says_that_a_failed_request_was_answered() {
    let load = read(&["locust-2.47_stats.csv"]).load;
    let failing = series(&load, "/err");
    assert_eq!((failing.completed, failing.failed), (0, 111));
    assert!(known(failing, 95.0).is_none() && bound(failing, 95.0).is_some());
}

#[test]
fn files_of_two_runs_are_refused() {
    let reason = refusal(&["locust-2.47_stats.csv", "locust-2.47-full_stats_history.csv"]);
    assert!(reason.contains("another run"), "{reason}");
    let reason = refusal(&["hand-locust-worker-1.json", "hand-locust-later.json"]);
    assert!(reason.contains("not sent at the same time"), "{reason}");
    assert!(refusal(&["locust-2.47_stats.csv", "wrk-4.1.txt"]).contains("another run"));
    assert!(refusal(&["locust-2.47_stats_history.csv"]).contains("_stats.csv"));
}

#[test]
fn buckets_of_the_json_file_give_any_percentile() {
    let load = read(&["locust-2.47.json"]).load;
    let list = series(&load, "list, all");
    assert_eq!((list.sent, list.received_bytes), (327, Some(3924)));
    // Half a millisecond on either side of a whole one; the exact maximum bounds the last.
    assert_eq!(known(list, 100.0), Some(18.953092));
    assert!(known(list, 97.0).is_some());
    assert_eq!(load.windows.first().map(|window| (window.sent, window.failed, window.p50)), Some((55, 14, None)));
}

#[test]
fn workers_are_merged_by_their_buckets() {
    let load = read(&["hand-locust-worker-1.json", "hand-locust-worker-2.json"]).load;
    let one = series(&load, "/a");
    // 90 x 10, 90 x 20, 10 x 250 (245 to 255), 10 x 1200 (1150 to 1250, the largest was 1200).
    assert_eq!(one.sent, 200);
    let found: Vec<Option<f64>> = [45.0, 90.0, 95.0, 99.0].map(|percent| known(one, percent)).to_vec();
    assert_eq!(found, [Some(10.5), Some(20.5), Some(255.0), Some(1200.0)]);
    assert_eq!(load.phases.first().unwrap().measured_s.get(), 10.0);
    assert_eq!(
        one.latency.as_ref().unwrap().mean(),
        Some((90.0 * 10.0 + 90.0 * 20.0 + 2500.0 + 12000.0) / 200.0 * 1e6)
    );
}

#[test]
fn files_before_version_1_are_read_by_their_headers() {
    let load = read(&["hand-locust-0.12_requests.csv", "hand-locust-0.12_distribution.csv"]).load;
    assert_eq!(load.series.iter().filter(|series| series.request == "/a").count(), 2);
    let post =
        load.series.iter().find(|series| series.tags.get("method").is_some_and(|method| method == "POST")).unwrap();
    assert_eq!((post.sent, post.failed, bound(post, 95.0)), (10, 1, Some(75.0)));
    let get =
        load.series.iter().find(|series| series.tags.get("method").is_some_and(|method| method == "GET")).unwrap();
    assert_eq!((known(get, 95.0), known(get, 99.9)), (Some(55.0), None));
    assert_eq!(load.phases.first().unwrap().measured_s.get(), 10.0);
}

#[test]
fn odd_bytes_lines_in_names_and_missing_values_are_kept_apart() {
    let load = read(&["hand-locust-gbk_stats.csv"]).load;
    let odd = load.series.iter().find(|series| series.request.starts_with("/\\x")).unwrap();
    assert!(odd.request.contains("\r\n"));
    // The header asks for 99.5 and not for 99.
    assert_eq!((known(odd, 99.5), known(odd, 99.0)), (Some(12.0), None));
    assert_eq!(series(&load, "/idle").latency, None, "N/A is not zero");
}

#[test]
fn a_row_of_another_width_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p_stats.csv");
    let text = std::fs::read_to_string(path("locust-2.47_stats.csv")).unwrap();
    std::fs::write(&file, format!("{text}GET,/cut,1")).unwrap();
    let Err(load_runner::Error::Import { line, reason, .. }) = import(&[file], &options()) else {
        panic!("it was read")
    };
    assert_eq!(line, Some(6));
    assert!(reason.contains("3 cells"), "{reason}");
}
