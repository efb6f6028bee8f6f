//! What the verbs print for people: tables and sentences that fit a terminal. Pure.
//! Must not know: where the figures come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bench_cli::words::{amount, amount_beside, count, narrow_percent, thousands};
use bench_cli::{Cell, Column, Table, named_table, printable, wrapped};
use bench_model::Finite;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;

use crate::{Counts, HistoryRow, Pruned, Trend, Verified};

/// The most blocks of a sparkline that stand beside names on 80 columns.
const SPARKS_OF_80: usize = 10;

/// Runs, newest first. With one metric: its value, change and verdict; else status, the metrics' count and the worst verdict.
pub(crate) fn history(rows: &[HistoryRow], one_metric: bool, colour: bool) -> String {
    // A run id that the runner made says when and of which commit; another one does not.
    let ids_say_all = rows.iter().all(says_when_and_what);
    let modes_differ = rows.windows(2).any(|pair| matches!(pair, [a, b] if a.run.mode != b.run.mode));
    let mut titles = vec!["run"];
    if !ids_say_all {
        titles.extend(["appended", "commit"]);
    }
    titles.extend(match one_metric {
        true => ["value", "change", "verdict"],
        false => ["status", "metrics", "worst verdict"],
    });
    let notes: Vec<_> = rows.iter().map(|row| notes(row, modes_differ)).collect();
    let noted = notes.iter().any(|notes| !notes.is_empty());
    titles.extend(noted.then_some("notes"));
    let mut table = Table::new(&titles, colour);
    for (place, title) in titles.iter().enumerate() {
        if !matches!(*title, "value" | "change" | "metrics") {
            table.left(place);
        }
    }
    for (row, notes) in rows.iter().zip(notes) {
        let mut cells = vec![Cell::from(row.run.run_id.as_str())];
        if !ids_say_all {
            cells.push(minute(row.time).into());
            cells.push(row.run.commit.as_ref().map_or("", |commit| commit.short()).into());
        }
        let worst = row.run.metrics.iter().map(|metric| metric.verdict).min();
        let worst = worst.map_or("-".into(), |verdict| Cell::new(verdict.to_string(), verdict.into()));
        cells.extend(match row.run.metrics.first().filter(|_| one_metric) {
            Some(metric) => [amount(metric.value, metric.unit).into(), change(row.change), worst],
            None => {
                let status = Cell::new(row.run.status.to_string(), row.run.status.into());
                [status, thousands(row.run.metrics.len()).into(), worst]
            }
        });
        cells.extend(noted.then(|| notes.into()));
        table.row(cells);
    }
    let metric = rows.first().and_then(|row| row.run.metrics.first()).filter(|_| one_metric);
    metric.map_or(String::new(), |metric| printable(metric.name.as_str()) + "\n") + &table.render()
}

fn says_when_and_what(row: &HistoryRow) -> bool {
    let (id, form) = (row.run.run_id.as_str(), row.time.compact());
    let alike = |(a, b): (char, char)| if b.is_ascii_digit() { a.is_ascii_digit() } else { a == b };
    id.len() > form.len()
        && id.chars().zip(form.chars()).all(alike)
        && row.run.commit.as_ref().is_none_or(|commit| id.contains(commit.short()))
}

fn minute(time: Timestamp) -> String {
    time.to_string().get(..16).unwrap_or_default().replace('T', " ")
}

fn day(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
}

/// What a reader should know of a run: `dirty`, `cut` (short), `partial`, `baseline`, and the mode where not all have the same.
fn notes(row: &HistoryRow, modes_differ: bool) -> String {
    let mode = if modes_differ { mode(row.run.mode) } else { None };
    let dirty = row.run.dirty.then_some("dirty");
    let cut = (!row.run.complete).then_some("cut");
    let partial = row.run.partial.then_some("partial");
    let baseline = row.promoted.then_some("baseline");
    [mode, dirty, cut, partial, baseline].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The mode's name, where the harness has one.
const fn mode(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Quick | Mode::Full => Some(mode.as_str()),
        Mode::AsFound => None,
    }
}

fn change(change: Option<Finite>) -> Cell {
    change.map_or(String::new(), |change| narrow_percent(change.get())).into()
}

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
    wrapped(&heading, width, "", "") + &named_table(&names, columns, width, colour)
}

/// A ledger that holds.
pub(crate) fn verified(place: &str, verified: &Verified, width: usize) -> String {
    let Verified { head, lines, first_seq, last_seq, counts, markers, head_found_at } = verified;
    let Counts { runs, promotions, waivers, retentions } = *counts;
    let kinds = [
        (runs, "run", "runs"),
        (promotions, "promotion", "promotions"),
        (waivers, "waiver", "waivers"),
        (retentions, "retention marker", "retention markers"),
    ];
    let kinds: Vec<_> =
        kinds.into_iter().filter(|kind| kind.0 > 0).map(|(number, one, many)| counted(number, one, many)).collect();
    let range = if *first_seq > 1 { format!(" ({first_seq} to {last_seq})") } else { String::new() };
    let mut text = wrapped(&format!("{place}: the chain holds"), width, "", "  ");
    text += &format!("head   {head}\n");
    let lines = format!("{}{range}: {}", thousands(usize::try_from(*lines).unwrap_or(usize::MAX)), kinds.join(", "));
    text += &wrapped(&lines, width, "lines  ", "       ");
    for marker in markers {
        let line = format!(
            "pruned lines up to {} on {} by {} (line {})",
            marker.last_seq,
            day(marker.time),
            marker.author,
            marker.seq
        );
        text += &wrapped(&line, width, "", "  ");
    }
    match head_found_at {
        Some(seq) => text + &format!("the noted head is line {seq}: history up to there was not rewritten\n"),
        None => text,
    }
}

/// What was removed from a ledger, in a sentence.
pub(crate) fn pruned(place: &str, pruned: &Pruned, keep_months: u32) -> String {
    let Some((first, last)) = pruned.removed.first().zip(pruned.removed.last()) else {
        let months = counted(u64::from(keep_months), "month", "months");
        return format!("nothing to prune: {place} holds no month older than {months}");
    };
    let which = if first == last { first.clone() } else { format!("{first} to {last}") };
    let lines = pruned.last_seq.map_or("without a line".into(), |seq| format!("up to line {seq}"));
    format!("removed {which} ({lines}) from {place}")
}

/// `1 run`, `2 runs`.
fn counted(number: u64, one: &str, many: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), one, many)
}
