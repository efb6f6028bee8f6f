//! The command line: what each verb reads and writes.

use std::path::{Path, PathBuf};

use bench_cli::words::count;
use bench_cli::{Common, Context};
use bench_model::perf::Report;
use bench_model::{Diagnostic, Direction, Exit, Failure, Location, RunId, file};
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::{Error, Export, Kind, Problem, Shard, Validation};

/// Turns runs into reports, joins shards, checks documents, exports reports
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

impl AsRef<Common> for Cli {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make perf.json of a run.json
    Report {
        /// The run; `-` for standard input
        run: PathBuf,
        /// The measured project, whose config folder names headline metrics and expected benchmarks
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
        /// Where the report goes; `-` for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Check documents against their schemas; lists every violation
    Validate {
        /// The documents; `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What they are [default: what their `schema` member says]
        #[arg(long, value_enum)]
        kind: Option<Kind>,
    },
    /// Join the run.json files of CI shards
    Merge {
        /// The shards, in any order
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<PathBuf>,
        /// The id of the whole [default: that of the shard that began first]
        #[arg(long, value_name = "ID")]
        run_id: Option<RunId>,
        /// Declare that the shards together are everything, although each is a part
        #[arg(long)]
        whole: bool,
        /// Where the whole goes; `-` for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Write a perf.json in another tool's format
    Export {
        /// The report; `-` for standard input
        perf: PathBuf,
        /// The format
        #[arg(long = "as", value_enum, value_name = "FORMAT")]
        export: Export,
        /// Only metrics that improve this way
        #[arg(long, value_enum)]
        direction: Option<Way>,
        /// Where it goes; `-` for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Write the JSON schemas of all records, or check that they are fresh
    Schema {
        /// Only check
        #[arg(long)]
        check: bool,
        /// Their folder
        #[arg(long, value_name = "DIR", default_value = "schemas")]
        dir: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// Rates
    Higher,
    /// Times and sizes
    Lower,
}

/// Runs the program.
///
/// # Errors
/// What the verb's function refuses; see [`Error`].
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match cli.verb {
        Verb::Report { run, project, out } => report(context, &run, &project, &out),
        Verb::Validate { files, kind } => validate(context, &files, kind),
        Verb::Merge { runs, run_id, whole, out } => merge(context, &runs, run_id, whole, &out),
        Verb::Export { perf, export, direction, out } => write_export(context, &perf, export, direction, &out),
        Verb::Schema { check, dir } => schema(context, check, &dir),
    }
}

fn report(context: &Context, run: &Path, project: &Path, out: &Path) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let extracted = crate::extract_from_file(run, &layers.settings()?)?;
    for warning in extracted.new_warnings() {
        context.warn(warning);
    }
    let report = &extracted.report;
    file::write_json(out, report)?;
    context.say(format!("{} of run {}", count(report.metrics.len(), "metric", "metrics"), report.run_id));
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Checked<'f> {
    file: &'f Path,
    valid: bool,
    #[serde(flatten)]
    validation: Option<Validation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Diagnostic>,
}

fn validate(context: &Context, files: &[PathBuf], kind: Option<Kind>) -> Result<Exit, bench_cli::Error> {
    let mut all = Vec::new();
    for file in files {
        all.push(match crate::validate_json_schema(file, kind) {
            Ok(found) => Checked { file, valid: found.violations.is_empty(), validation: Some(found), error: None },
            Err(error) => {
                let error = error.diagnostic();
                context.report(&error);
                Checked { file, valid: false, validation: None, error: Some(error) }
            }
        });
    }
    let text = if context.json() {
        serde_json::to_string_pretty(&all).unwrap_or_default()
    } else {
        all.iter().flat_map(lines).collect::<Vec<_>>().join("\n")
    };
    if !text.is_empty() {
        context.print(text)?;
    }
    let violations = |checked: &Checked<'_>| checked.validation.as_ref().map_or(0, |found| found.violations.len());
    let unread = all.iter().any(|checked| checked.error.is_some());
    let first = all.iter().find_map(|checked| {
        let problem = checked.validation.as_ref()?.violations.first()?;
        Some(Location::pointer(checked.file, problem.pointer.clone()))
    });
    let Some(first) = first else {
        return Ok(if unread { Exit::Failed } else { Exit::Done });
    };
    let files = all.iter().filter(|checked| violations(checked) > 0).count();
    let invalid = Error::Invalid { first, files, violations: all.iter().map(violations).sum() };
    if unread {
        // What could not be read was reported before; it weighs more.
        context.report(&invalid.diagnostic());
        return Ok(Exit::Failed);
    }
    Err(invalid.into())
}

fn lines(checked: &Checked<'_>) -> Vec<String> {
    let file = checked.file.display();
    let Some(found) = &checked.validation else { return Vec::new() };
    if found.violations.is_empty() {
        return vec![format!("{file}: valid ({})", found.kind.name())];
    }
    let line = |Problem { pointer, message }: &Problem| {
        let place = if pointer.is_empty() { "(document root)" } else { pointer };
        format!("{file} {place}: {message}")
    };
    found.violations.iter().map(line).collect()
}

fn merge(
    context: &Context,
    runs: &[PathBuf],
    run_id: Option<RunId>,
    whole: bool,
    out: &Path,
) -> Result<Exit, bench_cli::Error> {
    let shards: Vec<_> = runs
        .iter()
        .map(|file| Ok(Shard { file: file.clone(), run: crate::input::read_whole_run(file)? }))
        .collect::<Result<_, Error>>()?;
    if let Some(run) = crate::merge(shards, run_id, whole)? {
        file::write_json_compact(out, &run)?;
        context.say(format!("{} benchmarks of {} shards as run {}", run.benchmarks.len(), runs.len(), run.run_id));
    }
    Ok(Exit::Done)
}

fn write_export(
    context: &Context,
    perf: &Path,
    format: Export,
    way: Option<Way>,
    out: &Path,
) -> Result<Exit, bench_cli::Error> {
    let report: Report = crate::input::read_record(perf)?;
    let count = |direction| report.metrics.iter().filter(|metric| metric.direction == direction).count();
    let (higher, lower) = (count(Direction::HigherIsBetter), count(Direction::LowerIsBetter));
    if format.one_direction() && way.is_none() && higher > 0 && lower > 0 {
        return Err(Error::Directions { path: perf.to_path_buf(), higher, lower }.into());
    }
    let (direction, left_out) = match way {
        None => (None, 0),
        Some(Way::Higher) => (Some(Direction::HigherIsBetter), lower),
        Some(Way::Lower) => (Some(Direction::LowerIsBetter), higher),
    };
    let text = crate::export(&report, format, direction)
        .map_err(|error| Error::content(perf, Problem { pointer: String::new(), message: error.to_string() }))?;
    file::write(out, text.as_bytes())?;
    if left_out > 0 {
        context.say(format!("{left_out} metrics that improve the other way are left out"));
    }
    Ok(Exit::Done)
}

fn schema(context: &Context, check: bool, dir: &Path) -> Result<Exit, bench_cli::Error> {
    if check {
        crate::check_schemas(dir)?;
        context.say(format!("{} schemas are fresh", Kind::ALL.len()));
    } else {
        crate::write_schemas(dir)?;
        context.say(format!("{} schemas written to {}", Kind::ALL.len(), dir.display()));
    }
    Ok(Exit::Done)
}
