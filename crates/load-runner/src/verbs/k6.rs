//! `load-runner k6`.

use bench_cli::Context;
use bench_model::Exit;
use clap::Args;

use crate::Error;

/// The arguments of `k6`.
#[derive(Debug, Args)]
pub(crate) struct K6Args {}

/// Runs the verb.
pub(crate) fn k6(_args: &K6Args, _context: &Context) -> Result<Exit, bench_cli::Error> {
    Err(Error::Load { what: "not there yet".into(), hint: "wait".into() }.into())
}
