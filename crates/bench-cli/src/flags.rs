//! Flags that every program has.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, ValueEnum};

/// Flags that every program has.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// How output and errors are written
    #[arg(long, value_enum, default_value_t = Format::Human, global = true, help_heading = "Output")]
    pub format: Format,
    /// Print results and errors only
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Say more; twice for everything
    #[arg(long, short, action = clap::ArgAction::Count, global = true, help_heading = "Output")]
    pub verbose: u8,
    /// When to use colour (NO_COLOR is obeyed, too)
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, help_heading = "Output")]
    pub color: Color,
    /// The folder with perfledger.toml and thresholds.toml [default: config in the project]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Print every setting with its origin, and end
    #[arg(long, global = true, help_heading = "Settings")]
    pub show_settings: bool,
}

/// How output and errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs: results as JSON on stdout, an error as one JSON object on stderr.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The command of a program, each of its flags also readable from `PERFLEDGER_<FLAG>`.
pub(crate) fn command<C: CommandFactory>() -> Command {
    with_environment(C::command())
}

fn with_environment(command: Command) -> Command {
    command
        .mut_args(|argument| match argument.get_long() {
            Some("help" | "version") | None => argument,
            Some(long) => {
                let name = format!("PERFLEDGER_{}", long.replace('-', "_").to_uppercase());
                argument.env(name).hide_env(true)
            }
        })
        .mut_subcommands(with_environment)
}
