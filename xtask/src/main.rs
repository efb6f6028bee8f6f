//! `cargo xtask`: chains the stages and does the repository's chores.
//!
//! Owns: the order of the stages and the files between them, what a test run consists of.
//! Must not know: what is in those files. It spawns programs and obeys their exits, nothing else, so that it
//! compiles in seconds.

mod bench;
mod bisect;
mod chain;
mod ledger;
mod load;
mod process;
mod scalability;
mod steps;
mod tell;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure, judge, keep: perfledger's stages in a row, and the repository's chores
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Measure a project, judge it, and append it to its ledger
    Bench(bench::Options),
    /// Say what this machine means for the numbers
    Doctor {
        /// The project to be measured
        #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
        project: Option<PathBuf>,
        /// Further flags for bench-runner doctor
        #[arg(last = true)]
        flags: Vec<String>,
    },
    /// Find the commit that made a metric worse
    Bisect(bisect::Options),
    /// Send load to a service, judge it, and append it to the ledger
    Load(load::Options),
    /// Re-encrypt claims under a new key, prove it, judge it, and append it to the ledger
    Benchmark(scalability::Benchmark),
    /// Hold a run of proven work against the entry before it
    ScalabilityGate(scalability::Gate),
    /// Draw the history of proven work as bars, with what each had to keep of the one before
    BenchmarkTrend(scalability::Trend),
    /// Send the same load to a service at several sizes, judge it, and append it to the ledger
    Scale(scalability::Scale),
    /// Score the project by its contracts in kpi.toml
    Kpi(scalability::Kpi),
    /// Assess how the project scales, from evidence in the ledger
    Assess(scalability::Assess),
    #[command(hide = true)]
    Decide(steps::Decide),
    /// Make the last run the baseline of its epoch
    Promote(ledger::Promote),
    /// Show the runs in the ledger, newest first
    History(ledger::Read),
    /// Check that nobody edited the ledger
    Verify(ledger::Read),
    /// Make the page of a run, and show it
    Report(tell::Report),
    /// Tell a pull request about a run
    Comment(tell::Comment),
    /// State the evidence of a month, as HTML, PDF and JSON
    Audit(tell::Audit),
    /// Draw the history of a metric
    Trend(tell::Trend),
    /// Make a static site of the ledger
    Site(tell::Site),
    /// Write the JSON schemas, or check that they are fresh
    Schema {
        /// Fail when a committed schema is stale
        #[arg(long)]
        check: bool,
    },
    /// Run every test, installing what the tests need
    Test(test::Options),
    /// As test, but a group that could not run is a failure
    Ci(test::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    process::forward_signals();
    let done = match cli.verb {
        Verb::Bench(options) => bench::run(&options),
        Verb::Doctor { project, flags } => bench::doctor(project.as_deref(), &flags),
        Verb::Bisect(options) => bisect::run(&options),
        Verb::Load(options) => load::run(&options),
        Verb::Benchmark(options) => scalability::benchmark(&options),
        Verb::ScalabilityGate(options) => scalability::gate(&options),
        Verb::BenchmarkTrend(options) => scalability::trend(&options),
        Verb::Scale(options) => scalability::scale(&options),
        Verb::Kpi(options) => scalability::kpi(&options),
        Verb::Assess(options) => scalability::assess(&options),
        Verb::Decide(options) => steps::decide(&options),
        Verb::Promote(options) => ledger::promote(&options),
        Verb::History(options) => ledger::read("history", &options),
        Verb::Verify(options) => ledger::read("verify", &options),
        Verb::Report(options) => tell::report(&options),
        Verb::Comment(options) => tell::comment(&options),
        Verb::Audit(options) => tell::audit(&options),
        Verb::Trend(options) => tell::trend(&options),
        Verb::Site(options) => tell::site(&options),
        Verb::Schema { check } => chain::schema(check),
        Verb::Test(options) => test::run(&options, std::env::var_os("CI").is_some_and(|ci| !ci.is_empty())),
        Verb::Ci(options) => test::run(&options, true),
    };
    match done {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            process::say(&error.to_string());
            ExitCode::from(2)
        }
    }
}
