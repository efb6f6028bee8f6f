//! json-processor through its program and its functions.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "functions beside the tests are tests, too"
)]

mod export;
mod fixture;
mod load;
mod load_other;
mod load_run;
mod load_sound;
mod merge;
mod properties;
mod proven;
mod report;
mod schemas;
mod validate;
