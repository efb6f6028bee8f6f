//! What the verbs print for people: tables and sentences. Pure.
//! Must not know: where the figures come from.

use bench_cli::{Cell, Table, Tone};
use bench_model::unit::{Quantity, significant};
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Unit};

use crate::{HistoryRow, Trend, Verified};

fn quantity(value: Finite, unit: Unit) -> String {
    Quantity { value: value.get(), unit }.to_string()
}

fn status(status: Status) -> Cell {
    let tone = match status {
        Status::Pass => Tone::Good,
        Status::Warn => Tone::Warn,
        Status::Fail => Tone::Bad,
    };
    Cell::new(status.to_string(), tone)
}

fn verdict(verdict: Verdict) -> Cell {
    let tone = match verdict {
        Verdict::Improved => Tone::Good,
        Verdict::Unchanged => Tone::Plain,
        Verdict::New => Tone::Faint,
        Verdict::Inconclusive => Tone::Warn,
        Verdict::Missing | Verdict::Regressed => Tone::Bad,
    };
    Cell::new(verdict.to_string(), tone)
}

fn change(change: Option<Finite>, direction: Direction) -> Cell {
    let Some(change) = change else { return "-".into() };
    let better = match direction {
        Direction::HigherIsBetter => change.get() > 0.0,
        Direction::LowerIsBetter => change.get() < 0.0,
    };
    let tone = match change.get() == 0.0 {
        true => Tone::Plain,
        false if better => Tone::Good,
        false => Tone::Warn,
    };
    let sign = if change.get() > 0.0 { "+" } else { "" };
    Cell::new(format!("{sign}{} %", significant(change.get() * 100.0)), tone)
}

/// Runs, newest first. With one metric: its value and verdict; else the metrics' count and the worst verdict.
pub(crate) fn history(rows: &[HistoryRow], one_metric: bool, colour: bool) -> String {
    let (what, judged) = if one_metric { ("value", "verdict") } else { ("metrics", "worst verdict") };
    let mut table = Table::new(&["time", "commit", "run", "status", what, judged, "baseline"], colour);
    for column in [1, 2, 3, 5, 6] {
        table.left(column);
    }
    for row in rows {
        let commit = row.run.commit.as_ref().map_or("-", |commit| commit.short());
        let dirty = if row.run.dirty { "+" } else { "" };
        let shown = match (one_metric, row.run.metrics.first()) {
            (true, Some(metric)) => quantity(metric.value, metric.unit),
            _ => row.run.metrics.len().to_string(),
        };
        table.row([
            row.time.to_string().into(),
            format!("{commit}{dirty}").into(),
            row.run.run_id.to_string().into(),
            status(row.run.status),
            shown.into(),
            row.run.metrics.iter().map(|metric| metric.verdict).min().map_or("-".into(), verdict),
            if row.promoted { "promoted" } else { "" }.into(),
        ]);
    }
    table.render()
}

/// Trends, one line for each metric and environment.
pub(crate) fn trends(trends: &[Trend], colour: bool) -> String {
    let columns =
        ["metric", "epoch", "runs", "first", "last", "median", "min", "max", "change", "to baseline", "newest"];
    let mut table = Table::new(&columns, colour);
    table.left(1);
    table.left(10);
    for trend in trends {
        let shown = |value: Finite| Cell::from(quantity(value, trend.unit));
        table.row([
            trend.metric.to_string().into(),
            Cell::new(trend.epoch.to_string(), Tone::Faint),
            trend.runs.to_string().into(),
            shown(trend.first),
            shown(trend.last),
            shown(trend.median),
            shown(trend.min),
            shown(trend.max),
            change(trend.change, trend.direction),
            change(trend.change_to_baseline, trend.direction),
            trend.sparkline.clone().into(),
        ]);
    }
    table.render()
}

/// A ledger that holds.
pub(crate) fn verified(place: &str, verified: &Verified) -> String {
    let Verified { head, lines, first_seq, last_seq, counts, markers, head_found_at } = verified;
    let mut text = format!(
        "{place}: the chain holds\nhead   {head}\nlines  {lines} (line {first_seq} to {last_seq}): {} runs, {} promotions, \
         {} waivers, {} retention markers\n",
        counts.runs, counts.promotions, counts.waivers, counts.retentions
    );
    for marker in markers {
        text += &format!(
            "pruned lines up to {} on {} by {} (line {})\n",
            marker.last_seq,
            marker.time,
            marker.author.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>(),
            marker.seq
        );
    }
    match head_found_at {
        Some(seq) => text + &format!("the noted head is line {seq}: history up to there was not rewritten\n"),
        None => text,
    }
}
