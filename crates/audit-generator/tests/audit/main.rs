//! The audit of a period and the export of a history, from ledgers sealed line by line.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test cannot set up fails it")]

mod compliance;
mod controls;
mod export;
mod fixture;
mod history;
mod integrity;
mod program;
mod releases;
mod settings;
