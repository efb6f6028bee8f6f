//! `load-runner import`.

use bench_cli::Context;
use bench_model::Exit;
use clap::Args;

use crate::Error;

/// The arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {}

/// Runs the verb.
pub(crate) fn import(_args: &ImportArgs, _context: &Context) -> Result<Exit, bench_cli::Error> {
    Err(Error::Load { what: "not there yet".into(), hint: "wait".into() }.into())
}
