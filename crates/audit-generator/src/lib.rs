//! The pages that people look at: the report of a run, the audit of a period, the trend of a metric, a static site.
//!
//! They are made from the files of a run and from the ledger's lines, and copy what those say.
//! Must not know: judging, where a ledger is kept (it reads lines that `baseline-manager export` wrote), or GitHub.

mod cli;
mod error;
mod ledger;
mod verbs;

pub use cli::{Cli, run};
pub use error::Error;
pub use ledger::{Broken, ReadLedger, read_ledger};
