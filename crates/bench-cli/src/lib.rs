//! The edge of every program: common flags, printing, colour, progress, Ctrl-C, and exits.
//! Must not know what any stage does.

mod context;
mod flags;
mod interrupt;
mod named_table;
mod progress;
mod short_names;
mod table;
mod wrap;

pub use context::{Context, Error};
pub use flags::{Color, Common, Format};
pub use interrupt::Interrupt;
pub use named_table::{Column, named_table};
pub use progress::Progress;
pub use short_names::{ShortNames, shorten};
pub use table::{Cell, Table, Tone};
pub use wrap::{printable, wrapped};

/// Numbers and lists as people read them.
pub use bench_model::words;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use bench_model::{Code, Diagnostic, Exit};
use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

/// Parses the command line, runs the program, prints its error, and ends it with the right status.
///
/// Every flag can also be set by `PERFLEDGER_<FLAG>`. Usage errors are `CBKB101` with exit 2. A reader that
/// closes the pipe early is no error: exit 0.
pub fn main<C, F>(run: F) -> ExitCode
where
    C: CommandFactory + FromArgMatches + AsRef<Common>,
    F: FnOnce(C, &Context) -> Result<Exit, Error>,
{
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = match flags::command::<C>().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage(&error, &arguments),
    };
    let cli = match C::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments),
    };
    let context = Context::new(cli.as_ref().clone(), innermost(matches));
    let exit = match run(cli, &context) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Done,
        Err(error) => {
            context.report(&error.diagnostic());
            error.exit()
        }
    };
    ExitCode::from(exit as u8)
}

/// The matches of the subcommand that was named, where its flags are.
fn innermost(matches: ArgMatches) -> ArgMatches {
    match matches.subcommand() {
        Some((_, inner)) => innermost(inner.clone()),
        None => matches,
    }
}

fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        drop(error.print());
        return ExitCode::from(Exit::Done as u8);
    }
    let json = std::env::var_os("PERFLEDGER_FORMAT").is_some_and(|format| format == "json")
        || arguments.windows(2).any(|pair| matches!(pair, [flag, value] if flag == "--format" && value == "json"))
        || arguments.iter().any(|argument| argument == "--format=json");
    if json {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let hint = "run the program with --help for its flags".to_owned();
        context::print_json(&Diagnostic { code: Code::Config, message, location: None, hint });
    } else {
        let styled =
            std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let text = if styled { error.render().ansi().to_string() } else { error.render().to_string() };
        drop(write!(std::io::stderr().lock(), "{} {text}", Code::Config));
    }
    ExitCode::from(Exit::Failed as u8)
}
