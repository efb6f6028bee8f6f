//! What machine, system, source and toolchain a measurement comes from: what every program that measures must know.
//!
//! Owns: provenance, reading `/proc` and `/sys`, asking git. Must not know: what is measured, or by whom.

mod git;
mod id;
mod provenance;
mod redact;
mod sources;
mod toolchain;

pub use git::ask;
pub use id::new_run_id;
pub use provenance::{Facts, Places, cpus, output};
pub use redact::redact_environment;
pub use sources::Root;
pub use toolchain::{cargo, has_above, rustc};
