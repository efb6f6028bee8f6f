//! `load-runner run`.

use bench_cli::Context;
use bench_model::Exit;
use clap::Args;

use crate::Error;

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {}

/// Runs the verb.
pub(crate) fn run(_args: &RunArgs, _context: &Context) -> Result<Exit, bench_cli::Error> {
    Err(Error::Load { what: "not there yet".into(), hint: "wait".into() }.into())
}
