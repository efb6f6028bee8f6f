//! A scalability run in words and figures: each size, the law that they follow, and what to know before trusting it. For pages, the
//! assessment's PDF, and `scaling.md`. Must not know: how a law is fitted, or where this stands.

mod law;
mod markdown;
mod sizes;

use bench_model::Unit;
use bench_model::scale::{Estimated, ScaleSummary};
use bench_model::words::{amount, count, unsigned_percent};
use serde::Serialize;

use crate::visible::shown;
pub use law::{LawFact, LawView};
pub use markdown::scaling_markdown;
pub use sizes::SizeRow;

/// What there is to say of a scalability run. Its names are a stranger's text, with nothing in it that a page would obey but markup.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScalingView {
    /// The scenario.
    pub scenario: String,
    /// What was varied, such as `processes`.
    pub axis: &'static str,
    /// What it was measured on: `2 processors`.
    pub machine: String,
    /// Each size, ascending.
    pub sizes: Vec<SizeRow>,
    /// Which columns hold a figure anywhere.
    pub columns: Columns,
    /// What no size has a figure of, in a sentence; absent when there is no such thing.
    pub unknown: Option<String>,
    /// How throughput follows size.
    pub law: LawView,
    /// What each further thousand of the axis costs the service in memory, where that is known.
    pub memory: Option<String>,
    /// What to know before trusting the law.
    pub notes: Vec<String>,
}

/// Which columns hold a figure anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// The 95th percentile of latency.
    pub p95: bool,
    /// The wait for a database connection.
    pub pool_wait: bool,
    /// Processors that the service kept busy.
    pub cpu: bool,
    /// The service's memory.
    pub memory: bool,
    /// Throughput by what as many of size 1 would give.
    pub efficiency: bool,
    /// Whether any size has a remark.
    pub notes: bool,
}

/// Puts a run into words.
pub fn scaling_view(summary: &ScaleSummary) -> ScalingView {
    let sizes: Vec<SizeRow> = summary.levels.iter().map(|level| sizes::row(level, summary.axis)).collect();
    let any = |has: fn(&SizeRow) -> bool| sizes.iter().any(has);
    let columns = Columns {
        p95: any(|row| row.p95.is_some()),
        pool_wait: any(|row| row.pool_wait.is_some()),
        cpu: any(|row| row.cpu.is_some()),
        memory: any(|row| row.memory.is_some()),
        efficiency: any(|row| row.efficiency.is_some()),
        notes: any(|row| !row.notes.is_empty()),
    };
    ScalingView {
        scenario: shown(&summary.scenario),
        axis: summary.axis.as_str(),
        machine: count(summary.cores, "processor", "processors"),
        unknown: unknown(columns),
        columns,
        sizes,
        law: law::view(&summary.law),
        memory: summary
            .memory_per_thousand
            .as_ref()
            .map(|memory| estimated(memory, |value| amount(value, Unit::Bytes)))
            .map(|text| format!("{text} for each further 1,000 {}", summary.axis)),
        notes: summary.notes.iter().map(|note| sentence(note)).collect(),
    }
}

fn unknown(columns: Columns) -> Option<String> {
    let names: Vec<_> = [
        (columns.p95, "latency"),
        (columns.pool_wait, "the wait for a database connection"),
        (columns.cpu, "the service's use of processors"),
        (columns.memory, "its memory"),
    ]
    .into_iter()
    .filter_map(|(known, name)| (!known).then_some(name))
    .collect();
    (!names.is_empty()).then(|| format!("Not measured at any size: {}.", names.join(", ")))
}

/// A value with its interval.
pub(crate) fn estimated(it: &Estimated, shown: impl Fn(bench_model::Finite) -> String) -> String {
    let value = shown(it.value);
    match it.interval {
        Some(interval) => format!(
            "{value} ({} interval {} to {})",
            unsigned_percent(interval.level.get()),
            shown(interval.lower),
            shown(interval.upper)
        ),
        None => format!("{value}, without an interval"),
    }
}

/// A record's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let text = shown(text);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
