//! Trends as tables. Pure.
//! Must not know: where the figures come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bench_cli::words::{amount, amount_beside};
use bench_cli::{Column, named_table, printable, wrapped};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;

use super::{change, counted, day, findings, mode};
use crate::Trend;

/// The most blocks of a sparkline that stand beside names on 80 columns.
const SPARKS_OF_80: usize = 10;

/// Trends, a table for each environment and mode, the one with the newest run first. Newest values are written in the
/// unit of the median.
pub(crate) fn trends(trends: &[Trend], width: usize, colour: bool) -> String {
    let mut groups: BTreeMap<(&Epoch, Mode), Vec<&Trend>> = BTreeMap::new();
    for trend in trends {
        groups.entry((&trend.epoch, trend.mode)).or_default().push(trend);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, trends)| Reverse(trends.iter().map(|trend| trend.last_time).max()));
    let tables = groups.into_iter().map(|((epoch, mode), trends)| group(epoch, mode, &trends, width, colour));
    tables.collect::<Vec<_>>().join("\n")
}

fn group(epoch: &Epoch, measured: Mode, trends: &[&Trend], width: usize, colour: bool) -> String {
    let most = trends.iter().map(|trend| trend.runs).max().unwrap_or(0);
    let runs_differ = trends.iter().any(|trend| trend.runs != most);
    let first = trends.iter().map(|trend| trend.first_time).min().map(day).unwrap_or_default();
    let last = trends.iter().map(|trend| trend.last_time).max().map(day).unwrap_or_default();
    let heading = format!(
        "epoch {epoch}{}, {}{}, {first}{}",
        mode(measured).map_or(String::new(), |mode| format!(", {mode} mode")),
        if runs_differ { "up to " } else { "" },
        counted(most, "run", "runs"),
        if first == last { String::new() } else { format!(" to {last}") },
    );
    let sparks = SPARKS_OF_80 + width.saturating_sub(80);
    let spark = |trend: &&Trend| {
        let all = trend.sparkline.chars();
        let skipped = all.clone().count().saturating_sub(sparks);
        all.skip(skipped).collect::<String>()
    };
    // Where every metric has as many runs, the heading says how many.
    let runs = |trend: &&Trend| if runs_differ { trend.runs.to_string() } else { String::new() };
    let columns = vec![
        Column::right("runs", trends.iter().map(runs)),
        Column::right("median", trends.iter().map(|trend| amount(trend.median, trend.unit))),
        Column::right("newest", trends.iter().map(|trend| amount_beside(trend.median, trend.last, trend.unit))),
        Column::right("change", trends.iter().map(|trend| change(trend.change.filter(|_| trend.runs > 1)))),
        Column::right("to baseline", trends.iter().map(|trend| change(trend.change_to_baseline))),
        Column::left("trend", trends.iter().map(spark)),
    ];
    let names: Vec<_> = trends.iter().map(|trend| trend.metric.as_str()).collect();
    let mut text = wrapped(&heading, width, "", "") + &named_table(&names, columns, width, colour);
    for trend in trends {
        let said = findings(&trend.findings, &trend.sparkline, &trend.marks, trend.unit, width);
        if !said.is_empty() {
            text += &format!("{}\n{said}", printable(trend.metric.as_str()));
        }
    }
    text
}
