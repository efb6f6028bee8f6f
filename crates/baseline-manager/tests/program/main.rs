//! The program as its users meet it: real processes, real folders, real git repositories.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test cannot set up fails it")]

mod criteria;
mod damage;
mod fixture;
mod interrupted;
mod lifecycle;
mod pictures;
mod retention;
mod together;
