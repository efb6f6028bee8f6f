//! The Criterion reader never panics, and what it accepts is finite, positive and of equal lengths.
//!
//! Input: the three files of a benchmark with a zero byte between them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (benchmark, estimates, sample) = (next(), next(), next());
    if let Ok(record) = bench_runner::criterion::parse_benchmark(benchmark, estimates, sample) {
        assert_eq!(record.timing.iters.len(), record.timing.times.len());
        assert!(!record.timing.iters.is_empty());
        for value in record.timing.iters.iter().chain(&record.timing.times) {
            assert!(value.is_finite() && *value >= 0.0);
        }
        assert!(record.timing.typical.lower.get() <= record.timing.typical.upper.get());
    }
});
