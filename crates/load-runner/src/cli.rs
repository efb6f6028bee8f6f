//! The command line.

use bench_cli::{Common, Context};
use bench_model::Exit;
use clap::{Parser, Subcommand};

use crate::verbs;

/// Send load to an HTTP service, and write down what came back
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
enum Command {
    /// Run a scenario with the built-in engine: run.json
    Run(verbs::run::RunArgs),
    /// Run a scenario at several sizes of the service or of the load, in a balanced order: run.json
    Scale(verbs::scale::ScaleArgs),
    /// Read what k6, Locust, vegeta, oha, wrk or hey wrote: run.json
    Import(verbs::import::ImportArgs),
    /// Run a scenario with Locust's master and workers: run.json
    Locust(verbs::locust::LocustArgs),
    /// Write a scenario as a k6 script, and run it where k6 is installed: run.json
    K6(verbs::k6::K6Args),
    /// Relay TCP with delay, loss and cuts
    Proxy(verbs::proxy::ProxyArgs),
}

/// Runs the program.
///
/// # Errors
/// [`crate::Error`] for a scenario that cannot be used and load that could not be sent: exit 2.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match cli.command {
        Command::Run(args) => verbs::run::run(&args, context),
        Command::Scale(args) => verbs::scale::scale(&args, context),
        Command::Import(args) => verbs::import::import(&args, context),
        Command::Locust(args) => verbs::locust::locust(&args, context),
        Command::K6(args) => verbs::k6::k6(&args, context),
        Command::Proxy(args) => verbs::proxy::proxy(&args, context),
    }
}
