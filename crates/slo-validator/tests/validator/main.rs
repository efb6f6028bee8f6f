//! The judge as others see it: its rules, its invariants, its table, its program.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails has failed its test"
)]

mod earlier;
mod gate;
mod judging;
mod load;
#[path = "../../../json-processor/tests/stage/load_run.rs"]
mod load_run;
mod load_sound;
mod many;
mod noise;
mod pictures;
mod program;
mod properties;
mod sample;
mod second_pass;
mod sides;
mod waivers;
