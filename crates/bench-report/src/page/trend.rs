//! The trend of one metric: its chart, and `trend.md` with the numbers.
//! Must not know: the ledger's lines, files, or the clock.

use std::fmt::Write as _;

use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::Verdict;
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

use super::words::{amount, count, minute, percent, thousands};
use crate::chart::{HistoryChart, HistoryPoint, Marks};
use crate::visible::markdown as escaped;

/// So many of the newest runs have a row.
const ROWS: usize = 30;
/// So many of the newest runs are in the line of blocks.
const BLOCKS: usize = 60;

/// A metric's values in one environment and mode.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// The metric.
    pub metric: MetricName,
    /// The base unit of every value.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// Its runs, oldest first.
    pub points: Vec<TrendPoint>,
    /// The newest run's floor (for a metric where lower is better: the ceiling).
    pub floor: Option<Finite>,
    /// The newest run's target.
    pub target: Option<Finite>,
    /// Its value in the promotion in force.
    pub baseline: Option<Finite>,
    /// Other environments and modes that it was measured in, with their runs.
    pub others: Vec<(Epoch, Mode, usize)>,
    /// The ledger's head that this was read at.
    pub ledger_head: Sha256,
    /// What is wrong with the ledger, when its chain does not hold: nothing behind that was read.
    pub broken: Option<String>,
}

/// A metric's value in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendPoint {
    /// The run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    pub commit: Option<Commit>,
    /// When its line was appended.
    pub time: Timestamp,
    /// The typical value over its rounds.
    pub value: Finite,
    /// What was decided on it.
    pub verdict: Verdict,
    /// Whether it became a baseline.
    pub promoted: bool,
}

impl Trend {
    /// Shows its chart to `draw`.
    pub fn chart<T>(&self, draw: impl FnOnce(&HistoryChart<'_>) -> T) -> T {
        let point = |point: &TrendPoint| {
            let value = point.value.get();
            let regressed = point.verdict == Verdict::Regressed;
            HistoryPoint {
                time: Some(point.time.unix()),
                lowest: value,
                typical: value,
                highest: value,
                marks: Marks { promoted: point.promoted, regressed, this_run: false },
            }
        };
        let points: Vec<_> = self.points.iter().map(point).collect();
        draw(&HistoryChart {
            title: self.metric.as_str(),
            unit: self.unit,
            direction: self.direction,
            points: &points,
            floor: self.floor.map(f64::from),
            target: self.target.map(f64::from),
            baseline: self.baseline.map(f64::from),
        })
    }
}

/// Writes `trend.md`: a summary in words, and a table of the newest runs. It shows `picture`, the chart's file beside it.
pub fn trend_markdown(trend: &Trend, picture: &str) -> String {
    let mut text = format!("# Trend of {}\n\n", escaped(trend.metric.as_str()));
    if let Some(broken) = &trend.broken {
        let _ = writeln!(
            text,
            "> **The ledger's chain does not hold: {}.** Nothing behind that line is shown.\n",
            escaped(broken)
        );
    }
    summary(&mut text, trend);
    let _ = writeln!(text, "![The chart of the values below]({picture})\n");
    rows(&mut text, trend);
    text.push_str(&others(trend));
    let _ = writeln!(text, "Ledger head: `{}`", trend.ledger_head);
    text
}

fn summary(text: &mut String, trend: &Trend) {
    let (Some(first), Some(last)) = (trend.points.first(), trend.points.last()) else {
        text.push_str("No run measured it.\n\n");
        return;
    };
    let shown = |value| amount(value, trend.unit);
    let better = match trend.direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    };
    let mut sorted: Vec<_> = trend.points.iter().map(|point| point.value).collect();
    sorted.sort_by(|a, b| a.get().total_cmp(&b.get()));
    let _ = write!(text, "**{}** in the newest of {}", shown(last.value), count(sorted.len(), "run", "runs"));
    if let (Some(lowest), Some(median), Some(highest)) = (sorted.first(), sorted.get(sorted.len() / 2), sorted.last())
        && sorted.len() > 1
    {
        let _ = write!(text, " ({} to {})", minute(first.time), minute(last.time));
        let _ = write!(text, "; lowest {}, median {}, highest {}", shown(*lowest), shown(*median), shown(*highest));
    }
    let _ = write!(text, "; {better}.");
    let floor = if trend.direction == Direction::HigherIsBetter { "Floor" } else { "Ceiling" };
    for (word, value) in [(floor, trend.floor), ("Target", trend.target), ("Baseline", trend.baseline)] {
        if let Some(value) = value {
            let _ = write!(text, " {word} {}.", shown(value));
        }
    }
    for (word, number) in [
        ("Promoted", trend.points.iter().filter(|point| point.promoted).count()),
        ("Regressed", trend.points.iter().filter(|point| point.verdict == Verdict::Regressed).count()),
    ] {
        if number > 0 {
            let _ = write!(text, " {word}: {}.", count(number, "run", "runs"));
        }
    }
    let _ = write!(text, " Environment `{}`, {} mode.\n\n", trend.epoch, trend.mode.as_str().replace('_', " "));
    if sorted.len() > 1 {
        let newest = trend.points.len().saturating_sub(BLOCKS);
        let values: Vec<_> = trend.points.iter().skip(newest).map(|point| point.value.get()).collect();
        let _ = writeln!(text, "`{}` (oldest to newest, lowest to highest)\n", blocks(&values));
    }
}

/// Values as a line of blocks, one for each.
fn blocks(values: &[f64]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = |value: &f64| match highest > lowest {
        true => ((value - lowest) / (highest - lowest) * 7.0).round() as usize,
        false => 3,
    };
    values.iter().filter_map(|value| STEPS.get(step(value))).collect()
}

fn rows(text: &mut String, trend: &Trend) {
    text.push_str("| when | run | commit | value | since the run before | verdict |\n|---|---|---|---:|---:|---|\n");
    let skipped = trend.points.len().saturating_sub(ROWS);
    for (place, point) in trend.points.iter().enumerate().skip(skipped).rev() {
        let before = place.checked_sub(1).and_then(|before| trend.points.get(before)).map(|point| point.value.get());
        let change = before
            .filter(|before| *before != 0.0)
            .and_then(|before| Finite::try_from(point.value.get() / before - 1.0).ok())
            .map(percent)
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {change} | {}{} |",
            minute(point.time),
            escaped(point.run_id.as_str()),
            point.commit.as_ref().map(|commit| commit.short()).unwrap_or_default(),
            amount(point.value, trend.unit),
            point.verdict,
            if point.promoted { ", promoted" } else { "" }
        );
    }
    text.push('\n');
    if skipped > 0 {
        let _ = writeln!(text, "{} earlier are in the chart only.\n", count(skipped, "run", "runs"));
    }
}

fn others(trend: &Trend) -> String {
    if trend.others.is_empty() {
        return String::new();
    }
    let each = |(epoch, mode, runs): &(Epoch, Mode, usize)| {
        format!("`{epoch}` in {} mode ({})", mode.as_str().replace('_', " "), thousands(*runs))
    };
    let all: Vec<_> = trend.others.iter().map(each).collect();
    format!("Runs of other environments and modes, which are not compared with these: {}.\n\n", all.join(", "))
}
