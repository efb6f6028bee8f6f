//! `load-runner locust`.

use bench_cli::Context;
use bench_model::Exit;
use clap::Args;

use crate::Error;

/// The arguments of `locust`.
#[derive(Debug, Args)]
pub(crate) struct LocustArgs {}

/// Runs the verb.
pub(crate) fn locust(_args: &LocustArgs, _context: &Context) -> Result<Exit, bench_cli::Error> {
    Err(Error::Load { what: "not there yet".into(), hint: "wait".into() }.into())
}
