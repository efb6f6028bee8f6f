//! Which pictures there are, and what is in them.

use std::collections::BTreeSet;

use bench_report::chart::Theme;
use bench_report::load::{LoadPicture, load_pictures};
use serde_json::json;

use crate::Files;

fn pictures(files: &Files) -> Vec<LoadPicture> {
    load_pictures(files.run().load.as_deref().unwrap(), (640, 230), Theme::Standalone).unwrap()
}

fn names(files: &Files) -> Vec<String> {
    pictures(files).into_iter().map(|picture| picture.name).collect()
}

fn usage(cpu: Option<f64>, memory: Option<u64>) -> serde_json::Value {
    let mut reading = json!({ "at_s": 1.0, "of": "service" });
    if let Some(cpu) = cpu {
        reading["cpu"] = cpu.into();
    }
    if let Some(memory) = memory {
        reading["memory"] = memory.into();
    }
    json!([reading])
}

#[test]
fn there_is_a_picture_for_all_that_was_measured_and_none_for_what_was_not() {
    let mut files = Files::plain();
    assert_eq!(names(&files), ["latency", "throughput", "latency_distribution"]);

    files.run["load"]["usage"] = usage(Some(0.5), Some(1 << 20));
    assert_eq!(names(&files), ["latency", "throughput", "latency_distribution", "cpu", "memory"]);
    files.run["load"]["usage"] = usage(None, Some(1 << 20));
    assert_eq!(names(&files), ["latency", "throughput", "latency_distribution", "memory"]);

    files.run["load"]["windows"] = json!([]);
    assert_eq!(names(&files), ["latency_distribution", "memory"]);
    files.run["load"]["usage"] = json!([]);
    for series in files.run["load"]["series"].as_array_mut().unwrap() {
        series.as_object_mut().unwrap().remove("latency");
    }
    assert!(names(&files).is_empty());
}

#[test]
fn windows_in_which_nothing_was_answered_give_rates_and_no_latencies() {
    let mut files = Files::plain();
    for window in files.run["load"]["windows"].as_array_mut().unwrap() {
        for percentile in ["p50", "p95", "p99"] {
            window.as_object_mut().unwrap().remove(percentile);
        }
    }
    assert_eq!(names(&files), ["throughput", "latency_distribution"]);
}

#[test]
fn regions_are_compared_in_one_picture_and_keep_files_of_their_own() {
    let files = Files::hostile();
    let pictures = pictures(&files);
    let (regional, whole): (Vec<_>, Vec<_>) = pictures.iter().partition(|picture| picture.region.is_some());
    let whole: Vec<&str> = whole.iter().map(|picture| picture.name.as_str()).collect();
    assert_eq!(whole, ["latency", "throughput"], "latencies of regions are never pooled");
    assert_eq!(regional.len(), 6);
    // Both regions' names become the same letters in a file's name.
    let files: BTreeSet<String> = pictures.iter().map(|picture| picture.name.to_lowercase()).collect();
    assert_eq!(files.len(), pictures.len(), "{files:?}");
    let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    assert!(files.iter().all(plain), "{files:?}");
}

#[test]
fn names_of_strangers_are_text_in_a_drawing() {
    let mut files = Files::hostile();
    files.run["load"]["phases"][0]["name"] = "<script>x</script>&\u{202e}\u{0}".into();
    for picture in pictures(&files) {
        assert!(!picture.svg.contains("<script"), "{}", picture.svg);
        assert!(!picture.svg.contains('\0') && !picture.caption.contains('\0'));
        let lost = picture.svg.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").replace("&quot;", "");
        let lost = lost.replace("&apos;", "").replace("&#x27;", "").replace("&#39;", "");
        assert!(!lost.contains('&'), "{lost}");
    }
}

#[test]
fn percentiles_that_are_only_bounds_are_not_drawn() {
    let mut files = Files::plain();
    let drawn = |files: &Files| {
        let found = pictures(files).into_iter().find(|picture| picture.name == "latency_distribution");
        found.map(|picture| picture.svg).unwrap_or_default()
    };
    assert!(drawn(&files).contains("p99"));
    for series in files.run["load"]["series"].as_array_mut().unwrap() {
        if let Some(mut open) = series.get("latency").cloned() {
            // As many again that were never answered, since a moment ago.
            open.as_object_mut().unwrap().remove("kind");
            open["buckets"] = json!([[1, 60]]);
            series["open"] = open;
        }
    }
    assert!(!drawn(&files).contains("p99"), "{}", drawn(&files));
}

#[test]
fn what_a_tool_counted_twice_is_drawn_once() {
    let mut files = Files::plain();
    let before = pictures(&files);
    let again: Vec<_> = files.run["load"]["series"].as_array().unwrap().clone();
    for mut series in again {
        series["tags"]["view"] = "scenario:x".into();
        if let Some(latency) = series.get_mut("latency") {
            latency["buckets"] = json!([[9_000_000_000_u64, 1000]]);
            latency["max"] = 9_000_000_000_u64.into();
        }
        files.run["load"]["series"].as_array_mut().unwrap().push(series);
    }
    assert_eq!(before, pictures(&files));
}

#[test]
fn the_rate_of_a_last_window_that_is_cut_short_is_that_of_its_own_time() {
    let mut files = Files::plain();
    files.run["load"]["phases"] = json!([{ "name": "steady", "start_s": 0.0, "measured_s": 2.5, "model": { "kind": "unknown" }, "warm_up": false }]);
    let window = |at: f64, completed: u64| json!({ "at_s": at, "sent": 0, "completed": completed, "failed": 0 });
    // What came back after the end belongs to no load.
    files.run["load"]["windows"] = json!([window(0.0, 100), window(1.0, 100), window(2.0, 50), window(3.0, 7)]);
    let found = pictures(&files).into_iter().find(|picture| picture.name == "throughput").unwrap();
    assert!(found.svg.contains("answered: lowest 100 /s, median 100 /s, highest 100 /s."), "{}", found.svg);
}
