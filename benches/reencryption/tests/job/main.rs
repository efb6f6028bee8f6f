//! The program from outside: real files, real processes, real kills.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod clock;
mod files;
mod kill;
mod moments;
mod outputs;
mod policy;
mod refusals;
mod rotation;
mod secrets;
