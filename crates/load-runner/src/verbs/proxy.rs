//! `load-runner proxy`.

use bench_cli::Context;
use bench_model::Exit;
use clap::Args;

use crate::Error;

/// The arguments of `proxy`.
#[derive(Debug, Args)]
pub(crate) struct ProxyArgs {}

/// Runs the verb.
pub(crate) fn proxy(_args: &ProxyArgs, _context: &Context) -> Result<Exit, bench_cli::Error> {
    Err(Error::Load { what: "not there yet".into(), hint: "wait".into() }.into())
}
