//! `load-runner import`.

use std::path::PathBuf;

use bench_cli::Context;
use bench_model::Exit;
use bench_model::run::Mode;
use clap::Args;

use crate::import::{Format, Imported, Options, import as read, thresholds};
use crate::record::{Begun, Finished, Output};

/// The arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The files of one run, plain or gzip; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What they are
    #[arg(long = "from", value_enum, value_name = "FORMAT", default_value = "auto")]
    from: Format,
    /// The scenario's name [default: the first file's]
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// A file with thresholds: a scenario, or k6's options as JSON
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// A threshold, such as `http_req_duration{name:list}: p(95)<200`; may be given again
    #[arg(long, value_name = "METRIC: EXPRESSION")]
    threshold: Vec<String>,
    /// The status that the tool ended with: a summary is written by runs that were cut, too
    #[arg(long, value_name = "STATUS")]
    exit_code: Option<u8>,
    #[command(flatten)]
    output: Output,
}

/// Runs the verb.
pub(crate) fn import(args: &ImportArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    if args.scenario.as_ref().is_some_and(String::is_empty) {
        return Err(crate::Error::Flag { flag: "scenario", reason: "expected a name".to_owned() }.into());
    }
    let mut wanted = match &args.thresholds {
        Some(path) => thresholds::file(path)?,
        None => Vec::new(),
    };
    for text in &args.threshold {
        wanted.push(thresholds::flag(text)?);
    }
    let begun = Begun::new(&args.output, context)?;
    let options =
        Options { format: args.from, scenario: args.scenario.clone(), thresholds: wanted, exit_code: args.exit_code };
    let Imported { load, warnings, duration, .. } = read(&args.files, &options)?;
    begun.finish(Finished { load, mode: Mode::AsFound, duration, warnings, errors: Vec::new() }, context)
}
