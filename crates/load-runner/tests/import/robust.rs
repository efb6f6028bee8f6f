//! Arbitrary and truncated bytes: an importer refuses or reads, and never panics.

use std::sync::LazyLock;

use bench_model::load::Load;
use load_runner::import::{Format, import_all_bytes, import_bytes};
use proptest::prelude::*;

use super::path;

const FORMATS: [Format; 8] = [
    Format::Auto,
    Format::K6Summary,
    Format::K6Ndjson,
    Format::Locust,
    Format::Vegeta,
    Format::Oha,
    Format::Wrk,
    Format::Hey,
];

fn fixtures() -> &'static [Vec<u8>] {
    static FIXTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let mut names: Vec<_> = std::fs::read_dir(path("")).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        assert!(names.len() > 20, "the fixtures are there");
        names.iter().map(|name| std::fs::read(name).unwrap()).collect()
    });
    &FIXTURES
}

/// What the stages behind demand of a record, beyond its types.
fn hold_together(load: &Load) {
    for series in &load.series {
        assert!(series.completed <= series.sent && series.failed <= series.sent, "{series:?}");
        assert!(series.phase.iter().all(|name| load.phases.iter().any(|phase| phase.name == *name)), "{series:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), format in 0..FORMATS.len()) {
        drop(import_bytes(&bytes, FORMATS[format]));
    }

    #[test]
    fn truncated_and_altered_results_never_panic(
        which in any::<prop::sample::Index>(),
        end in 0.0..1.0_f64,
        at in any::<prop::sample::Index>(),
        patch in proptest::collection::vec(any::<u8>(), 0..4),
        format in 0..FORMATS.len(),
    ) {
        let all = fixtures();
        let mut bytes = which.get(all).clone();
        bytes.truncate((bytes.len() as f64 * end) as usize);
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            let until = (at + patch.len()).min(bytes.len());
            bytes.splice(at..until, patch);
        }
        drop(import_bytes(&bytes, FORMATS[format]));
        if let Ok(load) = import_bytes(&bytes, Format::Auto) {
            hold_together(&load);
        }
    }
}

#[test]
fn numbers_of_any_size_never_panic() {
    for number in ["-1", "0", "1e308", "-1e308", "18446744073709551615", "9e18", "1e-300", "null"] {
        for bytes in fixtures() {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            let altered: Vec<String> = text
                .split(':')
                .map(|part| {
                    let digits = part.find(|c: char| !c.is_ascii_digit() && c != ' ' && c != '.').unwrap_or(0);
                    if digits > 1 { format!(" {number}{}", &part[digits..]) } else { part.to_owned() }
                })
                .collect();
            drop(import_bytes(altered.join(":").as_bytes(), Format::Auto));
        }
    }
}

#[test]
fn a_piece_of_a_stream_is_a_record_that_holds_together() {
    let point = |metric: &str, tags: &str| {
        let time = "2026-11-21T10:00:00Z";
        format!(
            "{{\"type\":\"Point\",\"metric\":\"{metric}\",\"data\":{{\"time\":\"{time}\",\"value\":1,\"tags\":{{{tags}}}}}}}\n"
        )
    };
    // A part of a request without the request, and a refusal of one.
    let part = import_bytes(point("http_req_waiting", "\"status\":\"200\"").as_bytes(), Format::Auto).unwrap();
    assert_eq!((part.series.len(), part.phases.len()), (0, 0));
    let refused = import_bytes(point("perfledger_failed", "\"failure\":\"check\"").as_bytes(), Format::Auto).unwrap();
    assert_eq!(refused.phases.len(), 1);
    [part, refused].iter().for_each(hold_together);
}

#[test]
fn a_summary_row_without_a_rate_is_in_no_phase() {
    let text = "Type,Name,Request Count,Failure Count,Median Response Time,Requests/s\n\
                GET,/a,5,1,10,0\n,Aggregated,5,1,10,0\n";
    let load = import_bytes(text.as_bytes(), Format::Auto).unwrap();
    assert_eq!((load.series.len(), load.phases.len()), (2, 0));
    hold_together(&load);
}

#[test]
fn more_refused_statuses_than_answers_are_no_more_failures_than_requests() {
    let text = "Running 1s test @ http://127.0.0.1:1/\n  2 threads and 2 connections\n  10 requests in 1.00s, 1KB read\n  \
                Non-2xx or 3xx responses: 99\n";
    let load = import_bytes(text.as_bytes(), Format::Auto).unwrap();
    assert_eq!(load.series.first().map(|series| (series.sent, series.failed)), Some((10, 10)));
}

#[test]
fn the_files_of_a_run_are_read_from_bytes_as_from_disk() {
    let worker = |number| std::fs::read(path(&format!("hand-locust-worker-{number}.json"))).unwrap();
    let (one, other) = (worker(1), worker(2));
    let both = import_all_bytes(&[&one, &other], Format::Auto).unwrap().load;
    let sent = |load: &Load| load.series.iter().map(|series| series.sent).sum::<u64>();
    let apart = [&one, &other].map(|bytes| sent(&import_bytes(bytes, Format::Auto).unwrap()));
    assert_eq!(sent(&both), apart.iter().sum::<u64>());
}
