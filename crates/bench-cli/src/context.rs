//! What a running program knows of its edge: how to print, and what the command line set.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use bench_model::config::{Layer, Layers};
use bench_model::file::FileError;
use bench_model::{Code, Diagnostic, Exit, Failure};
use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::wrap::fitted;
use crate::{Color, Common, Format};

/// Any failure of a program, ready to be printed.
#[derive(Debug)]
pub struct Error(Box<dyn Failure + Send + Sync>);

impl<F: Failure + Send + Sync + 'static> From<F> for Error {
    fn from(failure: F) -> Self {
        Self(Box::new(failure))
    }
}

impl Error {
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        self.0.diagnostic()
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.exit()
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        let mut source: Option<&(dyn std::error::Error + 'static)> = self.0.source();
        while let Some(error) = source {
            if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
                return true;
            }
            source = error.source();
        }
        false
    }
}

/// How to print, and what the command line set.
pub struct Context {
    common: Common,
    matches: ArgMatches,
}

impl Context {
    pub(crate) fn new(common: Common, matches: ArgMatches) -> Self {
        let context = Self { common, matches };
        let level = match context.common.verbose {
            0 => tracing::Level::WARN,
            1 => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        };
        drop(
            tracing_subscriber::fmt()
                .with_max_level(level)
                .with_writer(io::stderr)
                .with_ansi(context.colour_on_stderr())
                .without_time()
                .with_target(false)
                .try_init(),
        );
        context
    }

    /// The flags that every program has.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// Whether results are wanted as JSON.
    pub fn json(&self) -> bool {
        self.common.format == Format::Json
    }

    /// Whether standard output may be coloured.
    pub fn colour(&self) -> bool {
        self.colour_for(io::stdout().is_terminal())
    }

    /// How many columns standard output has; where it is no terminal, what `COLUMNS` says, or 80.
    pub fn width(&self) -> usize {
        let stated = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let seen = comfy_table::Table::new().width().map(usize::from);
        // A terminal that nobody gave a size says 0.
        seen.filter(|width| *width > 0).or_else(stated).unwrap_or(80)
    }

    /// Talk as a terminal shows it: long lines broken at spaces. Elsewhere lines stay whole, for those who search them.
    fn fitted(&self, text: &str) -> String {
        if io::stderr().is_terminal() { fitted(text, self.width()) } else { text.to_owned() }
    }

    fn colour_on_stderr(&self) -> bool {
        self.colour_for(io::stderr().is_terminal())
    }

    fn colour_for(&self, terminal: bool) -> bool {
        match self.common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// Talks: a line on standard error, unless `--quiet`.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.common.quiet && !self.json() {
            drop(writeln!(io::stderr().lock(), "{}", self.fitted(line.as_ref())));
        }
    }

    /// Warns on standard error; not silenced by `--quiet`, left to the records with `--format json`.
    pub fn warn(&self, line: impl AsRef<str>) {
        if !self.json() {
            let (on, off) = if self.colour_on_stderr() { ("\x1b[33m", "\x1b[0m") } else { ("", "") };
            let line = self.fitted(&format!("warning: {}", line.as_ref()));
            let line = line.strip_prefix("warning:").unwrap_or(&line);
            drop(writeln!(io::stderr().lock(), "{on}warning:{off}{line}"));
        }
    }

    /// Reports a problem on standard error: code, what, where, what to do next.
    pub fn report(&self, problem: &Diagnostic) {
        if self.json() {
            print_json(problem);
            return;
        }
        let (red, bold, off) = if self.colour_on_stderr() { ("\x1b[31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
        let mut err = io::stderr().lock();
        let title = format!("error[{}]:", problem.code);
        let message = self.fitted(&format!("{title} {}", problem.message));
        let message = message.strip_prefix(&title).unwrap_or(&message);
        drop(writeln!(err, "{red}{title}{off}{bold}{message}{off}"));
        if let Some(place) = &problem.location {
            drop(writeln!(err, "  where: {place}"));
        }
        drop(writeln!(err, "{}", self.fitted(&format!("  next:  {}", problem.hint))));
    }

    /// Writes results to standard output.
    ///
    /// # Errors
    /// When standard output cannot be written; a closed pipe among them ends the program with exit 0.
    pub fn print(&self, text: impl AsRef<str>) -> Result<(), FileError> {
        let mut out = io::stdout().lock();
        let text = text.as_ref();
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        write!(out, "{text}{newline}")
            .and_then(|()| out.flush())
            .map_err(|source| FileError::Write { path: PathBuf::from("-"), source })
    }

    /// Where the value of a flag (by its clap id) comes from, when it was set at all.
    pub fn origin(&self, id: &str) -> Option<Layer> {
        let long = id.replace('_', "-");
        let source = self.matches.try_contains_id(id).ok().and_then(|_| self.matches.value_source(id));
        match source {
            Some(ValueSource::CommandLine) => Some(Layer::Flag(format!("--{long}"))),
            Some(ValueSource::EnvVariable) => Some(Layer::Environment(format!("PERFLEDGER_{}", id.to_uppercase()))),
            _ => None,
        }
    }

    /// The folder that configuration is read from, for a project in `project`.
    pub fn config_folder(&self, project: &Path) -> PathBuf {
        self.common.config.clone().unwrap_or_else(|| project.join("config"))
    }

    /// The settings for a project, before flags: compiled-in defaults and its file.
    ///
    /// # Errors
    /// As [`Layers::from_folder`], and `CBKB101` when `--config` names no folder.
    pub fn layers(&self, project: &Path) -> Result<Layers, Error> {
        if let Some(folder) = &self.common.config
            && !folder.is_dir()
        {
            return Err(NoFolder(folder.clone()).into());
        }
        Ok(Layers::from_folder(&self.config_folder(project))?)
    }

    /// Prints every setting with its origin when `--show-settings` asks for it, and tells whether it did.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub fn show_settings(&self, layers: &Layers) -> Result<bool, FileError> {
        if !self.common.show_settings {
            return Ok(false);
        }
        let entries = layers.entries();
        if self.json() {
            let all: serde_json::Map<_, _> = entries
                .into_iter()
                .map(|(key, value, origin)| (key, serde_json::json!({ "value": value, "origin": origin.to_string() })))
                .collect();
            self.print(serde_json::Value::Object(all).to_string())?;
        } else {
            let width = entries.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
            let lines: Vec<_> =
                entries.iter().map(|(key, value, origin)| format!("{key:width$} = {value}  # {origin}")).collect();
            self.print(lines.join("\n"))?;
        }
        Ok(true)
    }
}

pub(crate) fn print_json(problem: &Diagnostic) {
    let text = serde_json::to_string(problem).unwrap_or_else(|_| problem.to_string());
    drop(writeln!(io::stderr().lock(), "{text}"));
}

#[derive(Debug)]
struct NoFolder(PathBuf);

impl std::fmt::Display for NoFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no configuration folder {}", self.0.display())
    }
}

impl std::error::Error for NoFolder {}

impl Failure for NoFolder {
    fn code(&self) -> Code {
        Code::Config
    }
    fn hint(&self) -> String {
        "pass a folder that holds perfledger.toml or thresholds.toml, or leave --config out".into()
    }
}
