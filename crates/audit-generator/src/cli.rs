//! The command line.

use bench_cli::{Common, Context};
use bench_model::Exit;
use clap::{Parser, Subcommand};

use crate::verbs;

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
enum Command {
    /// Make the page of a run: report.html
    Report(verbs::report::ReportArgs),
    /// Write what other programs read of a run: of a load run results, Prometheus text, percentiles, pictures; of proven work its metrics and history
    Artifacts(verbs::artifacts::ArtifactsArgs),
    /// State the evidence of a period: audit.json, audit.html, audit.pdf
    Audit(verbs::audit::AuditArgs),
    /// State how far a service scales, what it costs and what was not tested: assessment.json, assessment.html, assessment.pdf
    Assess(verbs::assess::AssessArgs),
    /// Show proven work over time as bars, with what each had to keep of the one before: benchmark_trend.svg, .png, .md
    BenchmarkTrend(verbs::benchmark::BenchmarkTrendArgs),
    /// Write every value of a ledger, for spreadsheets and programs
    Export(verbs::export::ExportArgs),
    /// Show indicators: kpi_VERSION.md, kpi_radar.svg, kpi_radar.png
    Kpi(verbs::kpi::KpiArgs),
    /// Say what a run of proven work kept of the entry before it: SCALABILITY_GATE_REPORT.md
    Gate(verbs::gate::GateArgs),
    /// Show one metric over time: trend.svg, trend.png, trend.md
    Trend(verbs::trend::TrendArgs),
    /// Make a static site of a ledger: an index and a page for each metric
    Site(verbs::site::SiteArgs),
}

/// Runs the program.
///
/// # Errors
/// [`crate::Error`] for inputs that cannot be used: exit 2.
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match cli.command {
        Command::Report(args) => Ok(verbs::report::report(&args, context)?),
        Command::Artifacts(args) => Ok(verbs::artifacts::write(&args, context)?),
        Command::Trend(args) => verbs::trend::trend(&args, context),
        Command::Audit(args) => verbs::audit::audit(&args, context),
        Command::Assess(args) => verbs::assess::assess(&args, context),
        Command::Kpi(args) => Ok(verbs::kpi::kpi(&args, context)?),
        Command::BenchmarkTrend(args) => verbs::benchmark::trend(&args, context),
        Command::Gate(args) => Ok(verbs::gate::gate(&args, context)?),
        Command::Export(args) => Ok(verbs::export::export(&args, context)?),
        Command::Site(args) => Ok(verbs::site::site(&args, context)?),
    }
}
