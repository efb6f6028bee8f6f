//! Reports in the formats of others. Each format is one file that reads a report and knows nothing else.

mod bencher;
mod csv;
mod github;

use bench_model::Direction;
use bench_model::perf::Report;

/// A format to export to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Export {
    /// Comma-separated values (RFC 4180), a line per metric
    Csv,
    /// Bencher Metric Format
    Bencher,
    /// The custom JSON of github-action-benchmark
    GithubActionBenchmark,
}

impl Export {
    /// Whether all metrics of a file must improve the same way.
    pub const fn one_direction(self) -> bool {
        match self {
            Self::Csv | Self::Bencher => false,
            Self::GithubActionBenchmark => true,
        }
    }
}

/// A report in another format, with a final line break; of metrics that improve in `direction` alone when it is given.
///
/// # Errors
/// When a value has no JSON form, which no report's value lacks.
pub fn export(report: &Report, format: Export, direction: Option<Direction>) -> Result<String, serde_json::Error> {
    let metrics: Vec<_> =
        report.metrics.iter().filter(|metric| direction.is_none_or(|wanted| metric.direction == wanted)).collect();
    match format {
        Export::Csv => Ok(csv::text(report, &metrics)),
        Export::Bencher => bencher::text(&metrics),
        Export::GithubActionBenchmark => github::text(&metrics),
    }
}
