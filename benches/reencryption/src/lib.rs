//! The re-encryption workload: a file of encrypted claims moves from old key versions to a new one.
//!
//! Owns: the record's format, keys and crypto policy, the job with its checkpoints, and the proof of what it did.
//! Must not know: gates, scores, or who reads the proof.

mod blocks;
mod checkpoint;
mod cli;
mod compare;
mod crypt;
mod error;
mod finish;
mod generate;
mod keys;
mod nonces;
mod pipeline;
mod place;
mod plan;
mod policy;
mod proof;
mod record;
mod reencrypt;
mod resume;
mod reused;
mod rotate;
mod sample;
mod usage;
mod verify;

pub use cli::{Cli, run};
pub use error::{Error, Step};
pub use generate::generate;
pub use keys::KeyRing;
pub use plan::{Plan, plan};
pub use policy::Policy;
pub use proof::Proof;
pub use record::{Reason, Record};
pub use rotate::{Outcome, Rotation, rotate};
pub use verify::{Verified, verify};
