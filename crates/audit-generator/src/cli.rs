//! The command line.

use bench_cli::{Common, Context};
use bench_model::Exit;
use clap::{Parser, Subcommand};

/// Make the pages that people look at
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

impl AsRef<Common> for Cli {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

/// Each verb's arguments and work are in a file of its own in `verbs`.
#[derive(Debug, Subcommand)]
enum Command {}

/// Runs the program.
///
/// # Errors
/// [`crate::Error`] for inputs that cannot be used: exit 2.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    let _ = context;
    match cli.command {}
}
