//! The ledger reader never panics, and accepts no chain whose bytes were touched.
//!
//! The mutated bytes are read as a whole ledger; if they hold, flipping any one bit must make them fall.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ledger) = baseline_manager::check_ledger(bytes)
        && ledger.summary.lines > 0
        && let Some(at) = bytes.len().checked_sub(2)
    {
        for at in [0, at / 2, at] {
            let mut touched = bytes.to_vec();
            touched[at] ^= 1;
            assert!(baseline_manager::check_ledger(&touched).is_err(), "a flipped bit at {at} was not noticed");
        }
    }
});
