//! `compare` and `detect` as people use them: through the program, with what other tools write.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that fails has failed its test")]

mod compare;
mod detect;
mod flow;
mod program;
mod tables;
