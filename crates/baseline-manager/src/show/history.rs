//! Runs and incidents as people read them. Pure.
//! Must not know: where they come from.

use bench_cli::words::{amount, percent, thousands};
use bench_cli::{Cell, Table, printable, wrapped};
use bench_model::ledger::IncidentState;
use bench_model::time::Timestamp;

use super::{change, counted, day, findings, mode, noise_line, said};
use crate::sparkline::{marks, sparkline};
use crate::{HistoryRow, IncidentRow, Shown, Statement};

/// Runs, newest first, and below them change points, incidents and noise.
pub(crate) fn history(shown: &Shown, one_metric: bool, width: usize, colour: bool) -> String {
    let mut text = if shown.runs.is_empty() { String::new() } else { runs(&shown.runs, one_metric, colour) };
    for (key, series, found) in &shown.findings {
        let values: Vec<_> = series.points.iter().map(|point| point.value).collect();
        let marks = marks(values.len(), found.changes.iter().map(|change| change.point));
        let said = findings(found, &sparkline(&values), &marks, key.unit, width);
        if !said.is_empty() {
            let mode = mode(key.mode).map_or(String::new(), |mode| format!(", {mode} mode"));
            text += &format!("\n{}{said}", wrapped(&format!("epoch {}{mode}", key.epoch), width, "", ""));
        }
    }
    let mut promotions =
        shown.runs.iter().flat_map(|row| row.said.iter().map(|said| promotion(row, said, width))).peekable();
    if promotions.peek().is_some() {
        text += "\n";
    }
    text.extend(promotions);
    let mut incidents = shown.incidents.iter().map(|row| incident(row, width)).peekable();
    if incidents.peek().is_some() {
        text += "\n";
    }
    text.extend(incidents);
    if !text.is_empty() && !shown.noise.is_empty() {
        text += "\n";
    }
    text.extend(shown.noise.iter().map(|noise| noise_line(noise, width)));
    text
}

/// What was said of a promotion, in a sentence.
fn promotion(row: &HistoryRow, of: &Statement, width: usize) -> String {
    let anchor = of.anchor.as_ref().map_or(String::new(), |name| format!(" as anchor {name}"));
    let said = said(of.author.as_deref(), of.reason.as_deref());
    wrapped(&format!("run {} promoted{anchor}{said} (line {})", row.run.run_id, of.seq), width, "", "  ")
}

/// An incident in a sentence; the word says whether it is open.
fn incident(row: &IncidentRow, width: usize) -> String {
    let state = match row.state {
        IncidentState::Opened => "OPEN incident",
        IncidentState::Recovered => "recovered incident",
        IncidentState::Waived => "waived incident",
        IncidentState::Accepted => "accepted incident",
    };
    let size = row.opened.as_ref().and_then(|begin| begin.change);
    let size = size.map_or(String::new(), |change| format!(" {}", percent(change.get())));
    let began = row.opened.as_ref().map_or(format!("since line {}, which was pruned", row.opened_seq), |begin| {
        let good = begin.good.as_ref().map_or(String::new(), |good| format!("{}..", good.short()));
        format!("since {} in {good}{}, run {}", day(begin.time), begin.commit.short(), begin.run_id)
    });
    let ended = row.closed.as_ref().map_or(String::new(), |end| {
        let word = match row.state {
            IncidentState::Waived => "waived",
            IncidentState::Accepted => "accepted",
            IncidentState::Opened | IncidentState::Recovered => "over",
        };
        format!("; {word} on {} with {}, run {}", day(end.time), end.commit.short(), end.run_id)
    });
    let lasted = row.duration_s.map_or(String::new(), |seconds| match row.closed {
        Some(_) => format!("; it lasted {}", span(seconds)),
        None => format!("; open for {} at the newest line", span(seconds)),
    });
    let mode = mode(row.mode).map_or(String::new(), |mode| format!(", {mode} mode"));
    let text = format!("{state}:{size} {began}{ended}{lasted} (epoch {}{mode})", row.epoch);
    format!("{}\n{}", printable(row.metric.as_str()), wrapped(&text, width, "  ", "    "))
}

/// A time span in its largest whole unit.
fn span(seconds: i64) -> String {
    const UNITS: [(i64, &str, &str); 3] = [(86_400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")];
    let seconds = seconds.max(0);
    let fitting = UNITS.into_iter().find(|(length, ..)| seconds >= *length);
    let (length, one, many) = fitting.unwrap_or((1, "second", "seconds"));
    counted(seconds.unsigned_abs() / length.unsigned_abs(), one, many)
}

/// Runs, newest first. With one metric: its value, change and verdict; else status, the metrics' count and the worst verdict.
fn runs(rows: &[HistoryRow], one_metric: bool, colour: bool) -> String {
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

/// What a reader should know of a run: `dirty`, `cut` (short), `partial`, `baseline` or the name of
/// an anchor, the mode where not all have the same, and `^` where a new level begins.
fn notes(row: &HistoryRow, modes_differ: bool) -> String {
    let mode = if modes_differ { mode(row.run.mode) } else { None };
    let dirty = row.run.dirty.then_some("dirty");
    let cut = (!row.run.complete).then_some("cut");
    let partial = row.run.partial.then_some("partial");
    let anchor = row.anchor.as_ref().map(|name| format!("anchor {}", printable(name)));
    let baseline = anchor.as_deref().or(row.promoted.then_some("baseline"));
    let level = row.change_point.as_ref().map(|_| "^");
    [mode, dirty, cut, partial, baseline, level].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_largest_whole_unit() {
        let shown: Vec<_> = [-5, 1, 59, 60, 7199, 86_399, 86_400, 200_000].into_iter().map(span).collect();
        assert_eq!(shown, ["0 seconds", "1 second", "59 seconds", "1 minute", "1 hour", "23 hours", "1 day", "2 days"]);
    }
}
