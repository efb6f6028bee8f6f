//! The program as its users meet it: real processes, real folders, real git repositories.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test cannot set up fails it")]

mod anchors;
mod changes;
mod criteria;
mod damage;
mod earlier;
mod export;
mod fixture;
mod incidents;
mod interrupted;
mod lifecycle;
mod noise;
mod pictures;
mod retention;
mod said;
mod together;
