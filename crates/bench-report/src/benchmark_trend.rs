//! `benchmark_trend.md`, and the bars that go with it: each entry beside what it had to keep of the one before.
//! Must not know: the ledger's lines, files, or the clock.

use std::fmt::Write as _;

use bench_model::config::KeepBy;
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::words::{amount, count, percent, thousands, unsigned_percent};
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

use crate::chart::{Bar, Bars};
use crate::comment::markdown::{code, prose};

/// So many of the newest entries have a row.
const ROWS: usize = 50;
/// How much of a name is shown.
const NAME: usize = 200;

/// A metric's entries in one environment and mode.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkTrend {
    /// The metric.
    pub metric: MetricName,
    /// The base unit of every value.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// What an entry must keep of the one before.
    pub by: KeepBy,
    /// The least that an entry must prove for the next to be held against it.
    pub wanted: EvidenceLevel,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The entries, oldest first.
    pub entries: Vec<TrendEntry>,
    /// Other environments and modes that it was measured in, with their runs.
    pub others: Vec<(Epoch, Mode, usize)>,
    /// Runs of this environment and mode that worked on something else than the newest that says on what, and are no entries.
    pub elsewhere: usize,
    /// The ledger's head that this was read at.
    pub ledger_head: Sha256,
    /// What is wrong with the ledger, when its chain does not hold: nothing behind that was read.
    pub broken: Option<String>,
}

/// A metric's value in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendEntry {
    /// The run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    pub commit: Option<Commit>,
    /// When its line was appended.
    pub time: Timestamp,
    /// The typical value over its rounds.
    pub value: Finite,
    /// The interval of that, when its rounds give one.
    pub interval: Option<(f64, f64)>,
    /// How much the run's numbers prove.
    pub evidence: EvidenceLevel,
    /// Why later entries are not held against this one; absent when they are.
    pub aside: Option<&'static str>,
    /// The value of the entry before, which it is held against.
    pub before: Option<Finite>,
    /// What it had to reach (where lower is better: not to exceed); absent for the first.
    pub floor: Option<Finite>,
    /// Whether it did not.
    pub below: bool,
}

impl BenchmarkTrend {
    /// Shows its chart to `draw`.
    pub fn chart<T>(&self, draw: impl FnOnce(&Bars<'_>) -> T) -> T {
        let times: Vec<String> = self.entries.iter().map(|entry| entry.time.to_string()).collect();
        let day = |time: &String| time.get(..10).unwrap_or_default().to_owned();
        // Days where they tell entries apart, else the minute.
        let apart = times.windows(2).all(|pair| matches!(pair, [one, next] if day(one) != day(next)));
        let label = |time: String| match apart {
            true => day(&time),
            false => time.get(5..16).unwrap_or_default().replace('T', " "),
        };
        let bar = |(entry, time): (&TrendEntry, String)| Bar {
            label: label(time),
            value: entry.value,
            interval: entry.interval,
            floor: entry.floor,
            below: entry.below,
        };
        let bars: Vec<Bar> = self.entries.iter().zip(times.iter().cloned()).map(bar).collect();
        draw(&Bars { title: self.metric.as_str(), unit: self.unit, direction: self.direction, bars: &bars })
    }

    fn limit(&self) -> String {
        match (self.by, self.direction) {
            (KeepBy::Share(share), Direction::HigherIsBetter) => {
                format!("at least {} of the entry before", unsigned_percent(share))
            }
            (KeepBy::Share(share), Direction::LowerIsBetter) => {
                format!("at most the entry before divided by {}", unsigned_percent(share))
            }
            (KeepBy::Drop(drop), Direction::HigherIsBetter) => {
                format!("at most {} below the entry before", self.shown(drop))
            }
            (KeepBy::Drop(drop), Direction::LowerIsBetter) => {
                format!("at most {} above the entry before", self.shown(drop))
            }
        }
    }

    fn shown(&self, value: f64) -> String {
        Finite::try_from(value).map_or_else(|_| value.to_string(), |value| amount(value, self.unit))
    }
}

/// Writes `benchmark_trend.md`: a summary in words, and a table of the newest entries. It shows `picture`, the chart's file beside it.
pub fn benchmark_trend_markdown(trend: &BenchmarkTrend, picture: &str) -> String {
    let mut text = format!("# Benchmark trend of {}\n\n", prose(trend.metric.as_str()));
    if let Some(broken) = &trend.broken {
        let _ = writeln!(
            text,
            "> **The ledger's chain does not hold: {}.** Nothing behind that line is shown.\n",
            prose(broken)
        );
    }
    summary(&mut text, trend);
    let _ = writeln!(text, "![The bars of the values below]({picture})\n");
    rows(&mut text, trend);
    if !trend.others.is_empty() {
        let each = |(epoch, mode, runs): &(Epoch, Mode, usize)| {
            format!("{} in {} mode ({})", code(&epoch.0, NAME), mode.as_str().replace('_', " "), thousands(*runs))
        };
        let all: Vec<_> = trend.others.iter().map(each).collect();
        let _ =
            writeln!(text, "Left out, as values of two environments are not compared: runs of {}.\n", all.join(", "));
    }
    if trend.elsewhere > 0 {
        let runs = count(trend.elsewhere, "run", "runs");
        let _ = writeln!(
            text,
            "Left out, as only values of equal work are compared: {runs} on another file, or on none that they name.\n"
        );
    }
    let _ = writeln!(text, "Ledger head: `{}`", trend.ledger_head);
    text
}

fn summary(text: &mut String, trend: &BenchmarkTrend) {
    let Some(last) = trend.entries.last() else {
        text.push_str("No run measured it.\n\n");
        return;
    };
    let better = match trend.direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    };
    let entries = count(trend.entries.len(), "entry", "entries");
    let _ = write!(text, "**{}** in the newest of {entries}; {better}. ", amount(last.value, trend.unit));
    let held = trend.entries.iter().filter(|entry| entry.floor.is_some()).count();
    if held == 0 {
        text.push_str("No entry has one before it that it could be held against. ");
    } else {
        let missed = trend.entries.iter().filter(|entry| entry.below).count();
        let of = count(held, "entry that has one before it", "entries that have one before them");
        let _ = write!(text, "{} of {of} missed the line: {}. ", thousands(missed), trend.limit());
    }
    let _ = write!(
        text,
        "Entries are held against the newest before them that proves at least `{}`. ",
        trend.wanted.as_str()
    );
    let _ =
        write!(text, "Environment {}, {} mode.\n\n", code(&trend.epoch.0, NAME), trend.mode.as_str().replace('_', " "));
}

fn rows(text: &mut String, trend: &BenchmarkTrend) {
    text.push_str("| when | run | commit | value | since the entry before | line | evidence | |\n");
    text.push_str("|---|---|---|---:|---:|---:|---|---|\n");
    let skipped = trend.entries.len().saturating_sub(ROWS);
    for entry in trend.entries.iter().skip(skipped).rev() {
        let before = entry.before.map(Finite::get);
        let change = before.filter(|before| *before != 0.0).map(|before| percent(entry.value.get() / before - 1.0));
        let said = match (entry.below, entry.aside) {
            (true, None) => "**misses the line**".to_owned(),
            (true, Some(aside)) => format!("**misses the line**; {aside}"),
            (false, aside) => aside.unwrap_or_default().to_owned(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {said} |",
            minute(entry.time),
            code(entry.run_id.as_str(), NAME),
            entry.commit.as_ref().map(|commit| format!("`{}`", commit.short())).unwrap_or_default(),
            amount(entry.value, trend.unit),
            change.unwrap_or_default(),
            entry.floor.map(|floor| amount(floor, trend.unit)).unwrap_or_default(),
            entry.evidence.as_str(),
        );
    }
    text.push('\n');
    if skipped > 0 {
        let _ = writeln!(text, "{} earlier are in the chart only.\n", count(skipped, "entry", "entries"));
    }
}

/// `2026-11-21 05:00 UTC`.
fn minute(time: Timestamp) -> String {
    let exact = time.to_string();
    format!("{} UTC", exact.get(..16).unwrap_or(&exact).replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(times: [i64; 3]) -> Vec<String> {
        let entry = |time: i64| TrendEntry {
            run_id: "run".parse().unwrap(),
            commit: None,
            time: Timestamp::from_unix(time),
            value: Finite::try_from(1.0).unwrap(),
            interval: None,
            evidence: EvidenceLevel::RealWorkload,
            aside: None,
            before: None,
            floor: None,
            below: false,
        };
        let trend = BenchmarkTrend {
            metric: "a#b".parse().unwrap(),
            unit: Unit::PerSecond,
            direction: Direction::HigherIsBetter,
            by: KeepBy::Share(0.8),
            wanted: EvidenceLevel::RealWorkload,
            epoch: Epoch("here".into()),
            mode: Mode::AsFound,
            entries: times.map(entry).into(),
            others: Vec::new(),
            elsewhere: 0,
            ledger_head: Sha256::zero(),
            broken: None,
        };
        trend.chart(|chart| chart.bars.iter().map(|bar| bar.label.clone()).collect())
    }

    #[test]
    fn bars_are_named_by_day_unless_two_are_of_one_day() {
        let day = 86_400;
        assert_eq!(labels([0, day, 2 * day]), ["1970-01-01", "1970-01-02", "1970-01-03"]);
        assert_eq!(labels([0, day, day + 60]), ["01-01 00:00", "01-02 00:00", "01-02 00:01"]);
    }
}
