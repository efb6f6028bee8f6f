//! What the verbs print for people: tables and sentences that fit a terminal. Pure.
//! Must not know: where the figures come from.

mod history;
mod trends;

use bench_cli::words::{amount, count, narrow_percent, percent, thousands, unsigned_percent};
use bench_cli::{Cell, wrapped};
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::unit::rounded;
use bench_model::{Finite, Unit};

use crate::{Anchor, Counts, Findings, LevelChange, NoiseSummary, Pruned, Verified, When};

pub(crate) use history::history;
pub(crate) use trends::trends;

/// What a series says, indented: its newest values with a mark below each change point, and a sentence for each finding.
/// Nothing for a series that says nothing.
fn findings(found: &Findings, sparkline: &str, marks: &str, unit: Unit, width: usize) -> String {
    let Findings { changes, drift, suspect } = found;
    if changes.is_empty() && drift.is_none() && suspect.is_none() {
        return String::new();
    }
    let skipped = sparkline.chars().count().saturating_sub(width.saturating_sub(2));
    let newest = |line: &str| line.chars().skip(skipped).collect::<String>();
    let mut text = format!("  {}\n", newest(sparkline));
    let marks = newest(marks);
    if !marks.is_empty() {
        text += &format!("  {marks}\n");
    }
    let size = |change: Finite, absolute| match absolute {
        true => amount(change, unit),
        false => percent(change.get()),
    };
    for LevelChange { run_id, between, change, interval, strength, absolute, .. } in changes {
        let ends =
            interval.map(|[lower, upper]| format!(" ({} to {})", size(lower, *absolute), size(upper, *absolute)));
        let strength = strength.map_or("exact".into(), |s| format!("strength {}", rounded(s.get(), 2)));
        let (good, bad) = (between.good.short(), between.bad.short());
        let (size, ends) = (size(*change, *absolute), ends.unwrap_or_default());
        let line = format!("^ {size}{ends} in {good}..{bad}, run {run_id}, {strength}");
        text += &wrapped(&line, width, "  ", "    ");
    }
    if let Some(drift) = drift {
        let (change, runs) = (percent(drift.change.get()), counted(drift.runs, "run", "runs"));
        text += &wrapped(&format!("drift: {change} over {runs}, no commit to blame"), width, "  ", "    ");
    }
    if let Some(suspect) = suspect {
        let (change, commit) = (size(suspect.change, suspect.absolute), suspect.commit.short());
        let line = format!("suspect: {change} since {commit}, run {}: measure again", suspect.run_id);
        text += &wrapped(&line, width, "  ", "    ");
    }
    text
}

fn day(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
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

/// A ledger that holds.
pub(crate) fn verified(place: &str, verified: &Verified, width: usize) -> String {
    let Verified { head, lines, first_seq, last_seq, counts, markers, anchors, noise, head_found_at } = verified;
    let Counts { runs, promotions, waivers, noise: measurements, incidents, retentions } = *counts;
    let kinds = [
        (runs, "run", "runs"),
        (promotions, "promotion", "promotions"),
        (waivers, "use of a waiver", "uses of waivers"),
        (measurements, "noise measurement", "noise measurements"),
        (incidents, "incident line", "incident lines"),
        (retentions, "retention marker", "retention markers"),
    ];
    let kinds: Vec<_> =
        kinds.into_iter().filter(|kind| kind.0 > 0).map(|(number, one, many)| counted(number, one, many)).collect();
    let range = if *first_seq > 1 { format!(" ({first_seq} to {last_seq})") } else { String::new() };
    let mut text = wrapped(&format!("{place}: the chain holds"), width, "", "  ");
    text += &format!("head   {head}\n");
    let lines = format!("{}{range}: {}", thousands(usize::try_from(*lines).unwrap_or(usize::MAX)), kinds.join(", "));
    text += &wrapped(&lines, width, "lines  ", "       ");
    for Anchor { name, seq, run_id, commit, epoch, mode: measured } in anchors {
        let mode = mode(*measured).map_or(String::new(), |mode| format!(", {mode} mode"));
        let line = format!("anchor {name}: run {run_id}, {} (line {seq}, epoch {epoch}{mode})", commit.short());
        text += &wrapped(&line, width, "", "  ");
    }
    text.extend(noise.iter().map(|noise| noise_line(noise, width)));
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

/// The noise of an epoch and mode in a sentence.
fn noise_line(noise: &NoiseSummary, width: usize) -> String {
    let NoiseSummary { epoch, mode: measured, metrics, median_floor, largest_floor, comparisons, alarms, when } = noise;
    let (median, largest) = (unsigned_percent(median_floor.get()), unsigned_percent(largest_floor.get()));
    let (alarms, comparisons) =
        (counted(*alarms, "alarm", "alarms"), counted(*comparisons, "comparison", "comparisons"));
    let when = match when {
        When::Measured(time) => format!("on {}", day(*time)),
        When::MeasuredBefore(time) => format!("before {}", day(*time)),
    };
    let mode = mode(*measured).map_or(String::new(), |mode| format!(", {mode} mode"));
    let floors = match metrics {
        1 => format!("floor {largest}"),
        _ => format!("median floor {median}, largest {largest}"),
    };
    let metrics = counted(*metrics, "metric", "metrics");
    let line = format!("noise of {metrics}: {floors}, {alarms} in {comparisons}, {when} (epoch {epoch}{mode})");
    wrapped(&line, width, "", "  ")
}

/// Who did something and why, as far as they said: ` by NAME: TEXT`.
pub(crate) fn said(author: Option<&str>, reason: Option<&str>) -> String {
    let by = author.map_or(String::new(), |author| format!(" by {author}"));
    by + &reason.map_or(String::new(), |reason| format!(": {reason}"))
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
