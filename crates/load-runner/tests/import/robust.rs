//! Arbitrary and truncated bytes: an importer refuses or reads, and never panics.

use std::sync::LazyLock;

use load_runner::import::{Format, import_bytes};
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
            for series in &load.series {
                prop_assert!(series.completed <= series.sent, "{series:?}");
            }
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
