//! The thresholds parser never panics, and what it accepts is usable: finite, non-negative, with a unit.
#![no_main]

use std::path::Path;

use bench_model::config::Thresholds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(thresholds) = Thresholds::parse(Path::new("thresholds.toml"), text) {
        assert!((0.0..1.0).contains(&thresholds.regression));
        assert!(thresholds.safety_margin.is_finite() && thresholds.safety_margin >= 1.0);
        for metric in &thresholds.metrics {
            for quantity in [metric.floor, metric.target].into_iter().flatten() {
                assert!(quantity.value.is_finite() && quantity.value >= 0.0);
            }
        }
    }
});
