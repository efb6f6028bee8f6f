//! What machine, system, source and toolchain a measurement comes from: what every program that measures must know.
//!
//! Owns: provenance, where a run is written, reading `/proc` and `/sys`, asking git. Must not know: what is measured, or by whom.

mod files;
mod git;
mod id;
pub mod proc;
mod provenance;
mod redact;
mod sources;
mod toolchain;

pub use files::{RunFiles, target_directory};
pub use git::ask;
pub use id::new_run_id;
pub use provenance::{Facts, Places, cpus, output};
pub use redact::redact_environment;
pub use sources::Root;
pub use toolchain::{cargo, has_above, rustc};
