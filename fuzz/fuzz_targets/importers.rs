//! The importers of other load tools' results never panic, and what they accept can be written, read again and told in figures.
//!
//! Input: the files of one run, as they are, with a line of one zero byte between them. The format that is asked for follows from
//! the length, beside the one that the content tells.
#![no_main]

use bench_model::load::{Distribution, Load};
use libfuzzer_sys::fuzz_target;
use load_runner::import::{Format, import_all_bytes};

const BETWEEN: &[u8] = b"\n\0\n";
const FORMATS: [Format; 7] =
    [Format::K6Summary, Format::K6Ndjson, Format::Locust, Format::Vegeta, Format::Oha, Format::Wrk, Format::Hey];

fuzz_target!(|bytes: &[u8]| {
    let files = files(bytes);
    for format in [Format::Auto, FORMATS[bytes.len() % FORMATS.len()]] {
        if let Ok(imported) = import_all_bytes(&files, format) {
            holds(&imported.load);
        }
    }
});

fn files(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut files = Vec::new();
    while let Some(at) = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        files.push(&bytes[..at]);
        bytes = &bytes[at + BETWEEN.len()..];
    }
    files.push(bytes);
    files
}

fn holds(load: &Load) {
    let written = serde_json::to_vec(load).expect("a record can be written");
    let read: Load = serde_json::from_slice(&written).expect("a record can be read");
    assert!(&read == load, "a record is another one after it was written");
    assert!(load.windows.windows(2).all(|pair| pair[0].at_s.get() <= pair[1].at_s.get()), "{:?}", load.windows);
    for series in &load.series {
        assert!(series.completed <= series.sent && series.failed <= series.sent, "{series:?}");
        assert!(series.phase.iter().all(|name| load.phases.iter().any(|phase| phase.name == *name)), "{series:?}");
        let latency = match &series.latency {
            Some(Distribution::Buckets(buckets)) => Some(buckets),
            Some(Distribution::Summary(_)) | None => None,
        };
        for buckets in latency.into_iter().chain(&series.open).chain(series.parts.values()) {
            assert!(buckets.buckets.windows(2).all(|pair| pair[0].0 < pair[1].0), "{series:?}");
            assert!(buckets.buckets.iter().all(|(_, count)| *count > 0), "{series:?}");
        }
    }
}
