//! The reader of scenario files never panics, and what it accepts has a plan, in lines that a terminal shows whole.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use load_runner::scenario::{Overrides, Scenario};

/// Beside the shipped ones: what they extend is there.
const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scenarios/fuzzed.toml");

fuzz_target!(|text: &str| {
    let variable = |name: &str| Some(format!("secret-of-{name}"));
    let overrides = Overrides { set: Vec::new(), time_scale: 0.5, variable: &variable };
    if let Ok(scenario) = Scenario::of(Path::new(PLACE), text.to_owned(), &overrides) {
        assert!(scenario.phases.iter().any(|phase| !phase.warm_up) && !scenario.requests.is_empty());
        assert!(scenario.offered().is_none_or(f64::is_finite));
        assert!(!scenario.plan_text(2).contains("secret-of-"));
        // A reader that is right once is right twice.
        let again = Scenario::of(Path::new(PLACE), text.to_owned(), &overrides);
        assert!(again.is_ok_and(|again| again == scenario));
    }
});
