//! The command line. Must not know: how anything is measured.

mod ab;
mod collect;
mod doctor;
mod finish;
mod measure;
mod talk;

use std::ffi::OsString;
use std::path::PathBuf;

use bench_cli::{Common, Context, Error};
use bench_model::{Commit, Exit, RunId};
use clap::{Parser, Subcommand, ValueEnum};

const METRIC_LINE: &str = r#"A line of its own on the command's standard output is a metric:
  {"metric":"parse","value":1.5,"unit":"ms","direction":"lower"}
The unit is needed; the direction that is better is "lower" or "higher"."#;

/// Measures: runs benchmarks in rounds and writes run.json
#[derive(Debug, Parser)]
#[command(name = "bench-runner", version)]
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
    /// Build the Criterion benches of a Cargo project and run them in rounds
    Run(Run),
    /// Measure two commits in turns: the project and --against, or the project and itself
    Ab(Box<Ab>),
    /// Run any command again and again: times, memory, and the metrics it prints
    #[command(after_help = METRIC_LINE)]
    Process(Process),
    /// Read results that Criterion wrote before; each folder is one round
    Collect(Collect),
    /// Check whether this machine can measure, and what disturbs it
    Doctor(Doctor),
}

#[derive(Debug, clap::Args)]
struct Run {
    #[command(flatten)]
    what: Narrow,
}

/// What is measured, and how thoroughly.
#[derive(Debug, clap::Args)]
struct Narrow {
    /// The Cargo project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The package whose benches run [default: as `cargo bench` chooses]
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// A bench target by name; may be repeated [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    bench: Vec<String>,
    /// A Cargo feature; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    features: Vec<String>,
    /// A regular expression over benchmark ids
    #[arg(long, value_name = "REGEX")]
    filter: Option<String>,
    /// A benchmark by its exact name, PACKAGE/TARGET/ID, whatever filter is set; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "filter")]
    only: Vec<String>,
    /// Processes per bench target, for `ab` on each side [default of `ab`: until all is decided]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Short rounds, or the harness's own lengths with PERF=1 set
    #[arg(long)]
    mode: Option<ModeFlag>,
    /// For all rounds together, such as "30 min"; building is not part of it
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    #[command(flatten)]
    output: Output,
    /// Further arguments for each bench executable
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Ab {
    /// The base, a git revision [default: in a pull request, where it left its target branch]
    #[arg(long, value_name = "REF", conflicts_with_all = ["noise", "plant"])]
    against: Option<String>,
    /// The head, a git revision [default: the project as it stands]
    #[arg(long, value_name = "REF", conflicts_with_all = ["noise", "plant"])]
    head: Option<String>,
    /// Compare head with itself, to learn what noise looks like
    #[arg(long, conflicts_with_all = ["plant", "decide"])]
    noise: bool,
    /// Compare head with itself, slowed down by a share of its time, such as "5 %"
    #[arg(long, value_name = "SHARE")]
    plant: Option<String>,
    #[command(flatten)]
    what: Narrow,
    /// For the rounds that are run until all is decided, such as "10 min"; half of it again may go into confirming
    #[arg(long, value_name = "TIME")]
    time_budget: Option<String>,
    /// A program that is given the run's folder, and prints `more NAME` for each benchmark that is undecided and
    /// `confirm NAME` for each that came out changed
    #[arg(long, value_name = "PROGRAM")]
    decide: Option<OsString>,
    /// An argument for it, before the folder; may be repeated
    #[arg(long, value_name = "ARG", requires = "decide", allow_hyphen_values = true)]
    decide_arg: Vec<OsString>,
    /// Do not measure again what came out changed
    #[arg(long)]
    no_confirm: bool,
    /// Keep each process on one core, another one each round; threads of a bench then share it
    #[arg(long)]
    pin: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeFlag {
    Quick,
    Full,
}

#[derive(Debug, clap::Args)]
struct Process {
    /// What the results are called
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Measured runs
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Runs before, unmeasured
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=1000))]
    warmup: u32,
    /// A program that runs before each run, unmeasured, such as one that puts a file back
    #[arg(long, value_name = "PROGRAM")]
    prepare: Option<OsString>,
    /// An argument for it; may be repeated
    #[arg(long, value_name = "ARG", requires = "prepare", allow_hyphen_values = true)]
    prepare_arg: Vec<OsString>,
    /// For all runs together, such as "30 min"
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    #[command(flatten)]
    output: Output,
    /// The command with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
struct Collect {
    /// Folders that Criterion wrote, such as target/criterion; each is one round
    #[arg(required = true, value_name = "CRITERION_DIR")]
    folders: Vec<PathBuf>,
    /// The project that was measured, for settings and toolchain
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The package that was measured
    #[arg(long, value_name = "NAME", default_value = "unknown")]
    package: String,
    /// The bench target that was measured
    #[arg(long, value_name = "NAME", default_value = "unknown")]
    target: String,
    /// The commit that was measured, in full; taken at your word, as is that nothing was changed [default: not recorded]
    #[arg(long, value_name = "SHA")]
    commit: Option<Commit>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
struct Doctor {
    /// The project that will be measured
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Output {
    /// The run's id [default: time, commit and a number]
    #[arg(long, value_name = "ID")]
    run_id: Option<RunId>,
    /// Where run.json goes; - is standard output [default: target/perf/RUN-ID/run.json]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the harness's output goes [default: harness.log beside run.json]
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// Runs the program.
///
/// # Errors
/// Whatever kept it from writing a result. Exit 2 without an error here means that the result was written and holds the
/// errors: a timeout, an interrupt, a harness that failed, a file that could not be read.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, Error> {
    match cli.verb {
        Verb::Run(run) => measure::run(run.what, context),
        Verb::Ab(ab) => ab::ab(*ab, context),
        Verb::Process(process) => measure::process(process, context),
        Verb::Collect(collect) => collect::collect(collect, context),
        Verb::Doctor(doctor) => doctor::doctor(&doctor, context),
    }
}
