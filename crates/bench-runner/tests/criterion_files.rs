//! Criterion's files: every form it writes, and every way they can be broken.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use bench_model::Code;
use bench_model::run::{Sampling, Throughput};
use bench_runner::criterion::{MAX_FILE, Part, RecordError, parse_benchmark};
use bench_runner::{Collected, collect_performance_data};
use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

const BENCHMARK: &str = r#"{"group_id":"g","function_id":"f","value_str":null,"throughput":null,"full_id":"g/f","directory_name":"g/f","title":"g/f"}"#;
const ESTIMATES: &str = r#"{"mean":MEAN,"median":MEAN,"median_abs_dev":MEAN,"slope":SLOPE,"std_dev":MEAN}"#;
const MEAN: &str = r#"{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.5,"upper_bound":2.5},"point_estimate":2.0,"standard_error":0.1}"#;
const SLOPE: &str = r#"{"confidence_interval":{"confidence_level":0.9,"lower_bound":0.5,"upper_bound":1.5},"point_estimate":1.0,"standard_error":0.1}"#;
const SAMPLE: &str = r#"{"sampling_mode":"Linear","iters":[1.0,2.0,3.0],"times":[10.5,20.5,30.5]}"#;

fn estimates() -> String {
    ESTIMATES.replace("MEAN", MEAN).replace("SLOPE", SLOPE)
}

fn parse(benchmark: &str, estimates: &str, sample: &str) -> Result<bench_runner::criterion::Record, RecordError> {
    parse_benchmark(benchmark.as_bytes(), estimates.as_bytes(), sample.as_bytes())
}

fn put(home: &Path, folder: &str, id: &str) {
    let new = home.join(folder).join("new");
    fs::create_dir_all(&new).unwrap();
    fs::write(new.join("benchmark.json"), BENCHMARK.replace(r#""full_id":"g/f""#, &format!(r#""full_id":"{id}""#)))
        .unwrap();
    fs::write(new.join("estimates.json"), estimates()).unwrap();
    fs::write(new.join("sample.json"), SAMPLE).unwrap();
}

fn ids(collected: &Collected) -> Vec<&str> {
    collected.benchmarks.iter().map(|found| found.id.id.as_str()).collect()
}

/// One good benchmark and one with a file of this content.
fn with(file: &str, content: &[u8]) -> (TempDir, Collected) {
    let home = tempdir().unwrap();
    put(home.path(), "good", "good");
    put(home.path(), "bad/one", "bad/one");
    fs::write(home.path().join("bad/one/new").join(file), content).unwrap();
    let collected = collect_performance_data(home.path(), "p/t");
    (home, collected)
}

/// The only error of a folder whose other benchmark was read.
fn only_error(file: &str, content: &[u8]) -> (String, String) {
    let (_home, collected) = with(file, content);
    assert_eq!(ids(&collected), ["good"], "{file}: {:?}", String::from_utf8_lossy(&content[..content.len().min(200)]));
    assert_eq!(collected.errors.len(), 1);
    let error = &collected.errors[0];
    assert_eq!(error.code, Code::Parse);
    let place = error.location.clone().unwrap();
    assert_eq!(place.file.unwrap(), Path::new("bad/one/new").join(file));
    (place.pointer.unwrap(), error.message.clone())
}

#[test]
fn reads_every_kind_of_throughput() {
    let kinds = [
        ("null", None),
        (r#"{"Bytes":1}"#, Some(Throughput::Bytes(1))),
        (r#"{"BytesDecimal":2}"#, Some(Throughput::Bytes(2))),
        (r#"{"Elements":3}"#, Some(Throughput::Elements(3))),
        (r#"{"Bits":18446744073709551615}"#, Some(Throughput::Bits(u64::MAX))),
        (
            r#"{"ElementsAndBytes":{"elements":4,"bytes":5}}"#,
            Some(Throughput::ElementsAndBytes { elements: 4, bytes: 5 }),
        ),
    ];
    for (text, expected) in kinds {
        let benchmark = BENCHMARK.replace(r#""throughput":null"#, &format!(r#""throughput":{text}"#));
        assert_eq!(parse(&benchmark, &estimates(), SAMPLE).unwrap().throughput, expected);
    }
    let unknown = BENCHMARK.replace(r#""throughput":null"#, r#""throughput":{"Furlongs":1}"#);
    let error = parse(&unknown, &estimates(), SAMPLE).unwrap_err();
    assert_eq!((error.part, error.pointer.as_str()), (Part::Benchmark, "/throughput"));
}

#[test]
fn the_typical_iteration_is_the_slope_else_the_mean() {
    let linear = parse(BENCHMARK, &estimates(), SAMPLE).unwrap().timing;
    assert_eq!((linear.sampling, linear.typical.value.get(), linear.typical.level.get()), (Sampling::Linear, 1.0, 0.9));
    assert_eq!((linear.iters, linear.times), (vec![1.0, 2.0, 3.0], vec![10.5, 20.5, 30.5]));
    let flat = ESTIMATES.replace("MEAN", MEAN).replace("SLOPE", "null");
    let flat = parse(BENCHMARK, &flat, &SAMPLE.replace("Linear", "Flat")).unwrap().timing;
    assert_eq!((flat.sampling, flat.typical.value.get(), flat.typical.lower.get()), (Sampling::Flat, 2.0, 1.5));
}

#[test]
fn unknown_fields_and_deep_nesting_in_them_do_no_harm() {
    let deep = format!(r#"{{"new_field":{}{},"#, "[".repeat(100_000), "]".repeat(100_000));
    for text in [&deep, r#"{"new_field":{"a":[1,null,"x"]},"#] {
        let add = |json: &str| json.replacen('{', text, 1);
        assert!(parse(&add(BENCHMARK), &add(&estimates()), &add(SAMPLE)).is_ok());
    }
}

#[test]
fn walks_one_to_three_levels_and_skips_what_lies_beside() {
    let home = tempdir().unwrap();
    put(home.path(), "one", "one");
    put(home.path(), "g/f", "g/f");
    put(home.path(), "g/f/v", "g/f/v");
    put(home.path(), "g/new", "g/new");
    put(home.path(), "g/report", "g/report");
    put(home.path(), "g/f/base", "g/f/base");
    put(home.path(), "too/deep/by/far", "too/deep/by/far");
    fs::create_dir_all(home.path().join("g/f/change")).unwrap();
    fs::create_dir_all(home.path().join("report")).unwrap();
    fs::write(home.path().join("report/index.html"), "").unwrap();
    // What restored caches leave behind.
    fs::create_dir_all(home.path().join("stale/base")).unwrap();
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(ids(&collected), ["g/f", "g/f/base", "g/f/v", "g/new", "g/report", "one"]);
    assert!(collected.errors.is_empty(), "{:?}", collected.errors);
    assert_eq!(collected.benchmarks[0].id.target, "p/t");
    assert!(collect_performance_data(&home.path().join("missing"), "p/t").errors.is_empty());
}

#[test]
fn groups_and_functions_may_be_called_as_criterions_own_folders() {
    let home = tempdir().unwrap();
    let all = ["base/x", "change", "new", "new/f", "ok/f", "report/x", "vec/change/7", "vec/new/1024"];
    for id in all {
        put(home.path(), id, id);
    }
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(ids(&collected), all);
    assert!(collected.errors.is_empty(), "{:?}", collected.errors);
}

#[test]
fn a_result_without_its_last_file_is_unfinished() {
    let home = tempdir().unwrap();
    put(home.path(), "a", "a");
    put(home.path(), "b", "b");
    fs::remove_file(home.path().join("b/new/benchmark.json")).unwrap();
    for file in ["benchmark.json", "estimates.json"] {
        put(home.path(), "c", "c");
        fs::remove_file(home.path().join("c/new").join(file)).unwrap();
    }
    fs::remove_file(home.path().join("c/new/benchmark.json")).unwrap();
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(ids(&collected), ["a"]);
    let places: Vec<String> =
        collected.errors.iter().map(|error| error.location.clone().unwrap().to_string()).collect();
    assert_eq!(places, ["b/new/benchmark.json (document root)", "c/new/benchmark.json (document root)"]);
    assert!(collected.errors[0].message.contains("before it finished this benchmark"));
}

#[test]
fn two_benchmarks_with_one_id_are_both_refused() {
    let home = tempdir().unwrap();
    put(home.path(), "a", "same");
    put(home.path(), "a_2", "same");
    put(home.path(), "a_3", "same");
    put(home.path(), "b", "other");
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(ids(&collected), ["other"]);
    assert_eq!(collected.errors.len(), 2);
    assert!(collected.errors[0].message.contains("have the id `same`"), "{:?}", collected.errors[0]);
    assert_eq!(collected.errors[0].location.as_ref().unwrap().pointer.as_deref(), Some("/full_id"));
}

#[test]
fn broken_files_are_named_with_the_place() {
    let times = |times: &str| SAMPLE.replace("[10.5,20.5,30.5]", times).into_bytes();
    let iters = |iters: &str| SAMPLE.replace("[1.0,2.0,3.0]", iters).into_bytes();
    let slope = |from: &str, to: &str| estimates().replace(from, to).into_bytes();
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("sample.json", b"".to_vec(), "", "is empty"),
        ("sample.json", SAMPLE.as_bytes()[..SAMPLE.len() - 9].to_vec(), "/times", "EOF"),
        ("sample.json", times("[10.5,20.5,NaN]"), "/times/2", "expected"),
        ("sample.json", times("[10.5,20.5,1e999]"), "/times/2", "number out of range"),
        ("sample.json", times("[1e308,1e308,1e308]"), "/times/1", "too large"),
        ("sample.json", times("[10.5,-20.5,30.5]"), "/times/1", "-20.5 is not a positive time"),
        ("sample.json", times("[10.5,0,30.5]"), "/times/1", "not a positive time"),
        ("sample.json", times("[10.5,20.5]"), "/times", "has 2 entries, where iters has 3"),
        ("sample.json", times("[10.5,null,30.5]"), "/times/1", "null"),
        ("sample.json", iters("[1,0,3]"), "/iters/1", "0 is not a positive count"),
        ("sample.json", iters("[1,-2,3]"), "/iters/1", "not a positive count"),
        ("sample.json", iters("[1e-308,2,3]"), "/times/0", "too large"),
        ("sample.json", br#"{"sampling_mode":"Flat","iters":[],"times":[]}"#.to_vec(), "/iters", "is empty"),
        ("sample.json", SAMPLE.replace("Linear", "Auto").into_bytes(), "/sampling_mode", "unknown variant `Auto`"),
        ("sample.json", SAMPLE.replace("\"times\"", "\"tijd\"").into_bytes(), "", "missing field `times`"),
        ("sample.json", vec![b'['; 1_000_000], "/0", "expected value"),
        ("sample.json", times(&"[".repeat(100_000)), "/times/0", "invalid type"),
        ("sample.json", vec![0xff; 100], "", "expected value"),
        ("sample.json", b"{}".to_vec(), "", "missing field"),
        ("sample.json", b"null".to_vec(), "", "invalid type"),
        ("estimates.json", b"".to_vec(), "", "is empty"),
        (
            "estimates.json",
            slope(r#""point_estimate":1.0"#, r#""point_estimate":0.0"#),
            "/slope/point_estimate",
            "not a positive time",
        ),
        (
            "estimates.json",
            slope(r#""point_estimate":1.0"#, r#""point_estimate":1e400"#),
            "/slope/point_estimate",
            "out of range",
        ),
        ("estimates.json", slope("0.5", "9.0"), "/slope/confidence_interval/lower_bound", "above the upper"),
        ("estimates.json", slope("0.9,", "95,"), "/slope/confidence_interval/confidence_level", "between 0 and 1"),
        ("estimates.json", slope(r#""mean""#, r#""Mean""#), "", "missing field `mean`"),
        ("benchmark.json", b"".to_vec(), "", "is empty"),
        ("benchmark.json", b"\xef\xbb\xbf{}".to_vec(), "", "expected value"),
        (
            "benchmark.json",
            BENCHMARK.replace(r#""full_id":"g/f""#, r#""full_id":"""#).into_bytes(),
            "/full_id",
            "is empty",
        ),
        (
            "benchmark.json",
            BENCHMARK.replace(r#""full_id":"g/f""#, r#""full_id":"a\nb""#).into_bytes(),
            "/full_id",
            "control",
        ),
        (
            "benchmark.json",
            BENCHMARK.replace(r#""full_id":"g/f""#, r#""full_id":7"#).into_bytes(),
            "/full_id",
            "invalid type",
        ),
        ("benchmark.json", [&br#"{"full_id":""#[..], &[0xc3, 0x28], &br#""}"#[..]].concat(), "/full_id", "unicode"),
        (
            "benchmark.json",
            BENCHMARK.replace("null,\"full", "{\"Bytes\":-1},\"full").into_bytes(),
            "/throughput/Bytes",
            "invalid value",
        ),
    ];
    let mut wrong = Vec::new();
    for (file, content, pointer, reason) in cases {
        let (found, message) = only_error(file, &content);
        if found != pointer || !message.contains(reason) {
            let shown = String::from_utf8_lossy(&content[..content.len().min(120)]).into_owned();
            wrong.push(format!("{file} {found} {message}, where {pointer} {reason} was expected: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_larger_than_any_real_one_is_not_read() {
    let home = tempdir().unwrap();
    put(home.path(), "good", "good");
    put(home.path(), "bad", "bad");
    // Sparse: takes no disk.
    fs::File::create(home.path().join("bad/new/sample.json")).unwrap().set_len(1 << 30).unwrap();
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(ids(&collected), ["good"]);
    assert!(collected.errors[0].message.contains(&format!("larger than {MAX_FILE} bytes")), "{:?}", collected.errors);
}

#[test]
fn a_folder_in_a_files_place_is_named() {
    let home = tempdir().unwrap();
    put(home.path(), "bad", "bad");
    fs::remove_file(home.path().join("bad/new/sample.json")).unwrap();
    let missing = collect_performance_data(home.path(), "p/t");
    assert!(missing.errors[0].message.contains("cannot be read"), "{:?}", missing.errors);
    fs::create_dir(home.path().join("bad/new/sample.json")).unwrap();
    let folder = collect_performance_data(home.path(), "p/t");
    assert!(folder.benchmarks.is_empty());
    assert_eq!(folder.errors[0].code, Code::Parse);
}

#[test]
fn many_benchmarks_come_back_in_order() {
    let home = tempdir().unwrap();
    for group in 0..100 {
        for function in 0..20 {
            put(home.path(), &format!("g{group}/f{function}"), &format!("g{group}/f{function}"));
        }
    }
    let collected = collect_performance_data(home.path(), "p/t");
    assert_eq!(collected.benchmarks.len(), 2000);
    assert!(collected.benchmarks.is_sorted_by(|a, b| a.id < b.id));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(
        benchmark in proptest::collection::vec(any::<u8>(), 0..100),
        estimates in proptest::collection::vec(any::<u8>(), 0..100),
        sample in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assert!(parse_benchmark(&benchmark, &estimates, &sample).is_err());
        drop(parse_benchmark(BENCHMARK.as_bytes(), &estimates, &sample));
    }

    #[test]
    fn what_is_accepted_can_be_calculated_with(
        iters in proptest::collection::vec(proptest::num::f64::ANY, 1..6),
        times in proptest::collection::vec(proptest::num::f64::ANY, 1..6),
    ) {
        let list = |numbers: &[f64]| numbers.iter().map(|n| format!("{n:e}")).collect::<Vec<_>>().join(",");
        let sample = format!(r#"{{"sampling_mode":"Flat","iters":[{}],"times":[{}]}}"#, list(&iters), list(&times));
        if let Ok(record) = parse(BENCHMARK, &self::estimates(), &sample) {
            prop_assert_eq!(&record.timing.iters, &iters);
            prop_assert_eq!(&record.timing.times, &times);
            prop_assert!(record.timing.times.iter().sum::<f64>().is_finite());
            let each = record.timing.times.iter().zip(&record.timing.iters).map(|(time, count)| time / count);
            prop_assert!(each.into_iter().all(|time| time.is_finite() && time >= 0.0));
        }
    }

    #[test]
    fn a_file_cut_short_is_never_taken_for_a_result(cut in 0usize..200) {
        let whole = estimates();
        for (part, text) in [BENCHMARK, whole.as_str(), SAMPLE].into_iter().enumerate() {
            let short = &text[..cut.min(text.len() - 1)];
            let parts: Vec<&str> = [BENCHMARK, whole.as_str(), SAMPLE]
                .into_iter()
                .enumerate()
                .map(|(index, full)| if index == part { short } else { full })
                .collect();
            prop_assert!(parse(parts[0], parts[1], parts[2]).is_err());
        }
    }
}
