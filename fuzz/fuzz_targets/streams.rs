//! Whatever `compare` and `detect` are fed, in any shape: they answer without a panic, and no answer claims what it cannot.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slo_validator::answer_anything;

fuzz_target!(|bytes: &[u8]| {
    for answer in answer_anything(bytes) {
        if let Some(ends) = answer.get("ci").and_then(|ci| ci.as_array()) {
            assert!(ends[0].as_f64() <= ends[1].as_f64(), "{answer}");
        }
        if answer.get("verdict").is_some_and(|verdict| verdict == "regressed" || verdict == "improved") {
            assert!(answer["runs"].as_array().is_some_and(|runs| runs.iter().all(|n| n.as_u64() >= Some(5))), "{answer}");
        }
    }
});
