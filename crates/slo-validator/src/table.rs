//! A judgement as people read it in a terminal: table, reasons, warnings, status line. Must not know how it was made.

use bench_cli::words::{amount, amount_beside, count, narrow_percent, thousands, times};
use bench_cli::{Cell, Column, Tone, named_table, printable, wrapped};
use bench_model::perf::Interval;
use bench_model::verdict::{JudgedMetric, Judgement, Status};
use bench_model::{Direction, Finite};

use crate::floors::{FloorOutcome, floor_outcome};

/// How many metrics the table shows; the worst ones come first.
const ROWS: usize = 40;
/// How many reasons, and how many warnings, are shown.
const LINES: usize = 10;

/// Renders a judgement for a terminal of `width` columns, the status line last. `rest` says where to find what is left
/// out, such as `see verdict.json`. Everything that a colour says stands there in words.
pub fn render(judgement: &Judgement, width: usize, colour: bool, rest: &str) -> String {
    let mut text = String::new();
    let (shown, hidden) = judgement.metrics.split_at(judgement.metrics.len().min(ROWS));
    if !shown.is_empty() {
        text.push_str(&table(shown, width, colour));
        if !hidden.is_empty() {
            text.push_str(&wrapped(&format!("and {}; {rest}", grouped(hidden)), width, "", ""));
        }
        text.push('\n');
    }
    let title = if judgement.status == Status::Fail { "Why it fails:" } else { "Why it does not pass:" };
    text.push_str(&section(title, &judgement.reasons, width, rest));
    text.push_str(&section("Warnings:", &judgement.warnings, width, rest));
    text.push_str(&status_line(judgement, colour));
    text
}

/// The columns beside the names; those without any content are left out.
fn table(metrics: &[JudgedMetric], width: usize, colour: bool) -> String {
    let spreads: Vec<String> = metrics.iter().map(spread).collect();
    let spread_width = spreads.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let values = metrics.iter().zip(&spreads).map(|(metric, spread)| {
        let value = metric.value.map_or("-".into(), |value| amount(value, metric.unit));
        if spread_width == 0 { value } else { format!("{value} {spread:>spread_width$}") }
    });
    let columns = vec![
        Column::right("value", values),
        Column::right("baseline", metrics.iter().map(|metric| in_unit_of_value(metric, metric.baseline))),
        Column::right("change", metrics.iter().map(change)),
        Column::right("floor", metrics.iter().map(|metric| in_unit_of_value(metric, metric.floor))),
        Column::right("margin", metrics.iter().map(|m| m.margin.map_or(String::new(), |margin| times(margin.get())))),
        Column::left("verdict", metrics.iter().map(verdict).map(|(text, tone)| Cell::new(text, tone))),
    ];
    let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    named_table(&names, columns, width, colour)
}

/// Half the interval's width against the value: `±0.4%`.
fn spread(metric: &JudgedMetric) -> String {
    let relative = |value: Finite, Interval { lower, upper, .. }: Interval| {
        let half = (value.get() - lower.get()).max(upper.get() - value.get()) / value.get().abs();
        half.is_finite().then_some(half * 100.0)
    };
    match metric.value.zip(metric.interval).and_then(|(value, interval)| relative(value, interval)) {
        None => String::new(),
        Some(half) if half > 999.0 => "±>999%".into(),
        Some(half) if half >= 9.95 => format!("±{half:.0}%"),
        Some(half) => format!("±{half:.1}%"),
    }
}

fn in_unit_of_value(metric: &JudgedMetric, number: Option<Finite>) -> String {
    match (metric.value, number) {
        (_, None) => String::new(),
        (None, Some(number)) => amount(number, metric.unit),
        (Some(value), Some(number)) => amount_beside(value, number, metric.unit),
    }
}

fn change(metric: &JudgedMetric) -> String {
    metric.change.map_or(String::new(), |change| narrow_percent(change.value.get()))
}

fn verdict(metric: &JudgedMetric) -> (String, Tone) {
    if floor_outcome(metric) == Some(FloorOutcome::Violated) {
        let text = match metric.direction {
            Direction::HigherIsBetter => "below floor",
            Direction::LowerIsBetter => "over ceiling",
        };
        return (text.into(), Tone::Bad);
    }
    (metric.verdict.to_string(), metric.verdict.into())
}

/// Metrics counted by verdict: `9,950 more unchanged, 10 more improved`.
fn grouped(metrics: &[JudgedMetric]) -> String {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for metric in metrics {
        let (text, _) = verdict(metric);
        match groups.iter_mut().find(|(group, _)| *group == text) {
            Some((_, number)) => *number += 1,
            None => groups.push((text, 1)),
        }
    }
    groups.iter().map(|(group, number)| format!("{} more {group}", thousands(*number))).collect::<Vec<_>>().join(", ")
}

fn section(title: &str, lines: &[String], width: usize, rest: &str) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{title}\n");
    for line in lines.iter().take(LINES) {
        text.push_str(&wrapped(line, width, "- ", "  "));
    }
    if lines.len() > LINES {
        text.push_str(&wrapped(
            &format!("and {}; {rest}", count(lines.len() - LINES, "more line", "more lines")),
            width,
            "- ",
            "  ",
        ));
    }
    text + "\n"
}

fn status_line(judgement: &Judgement, colour: bool) -> String {
    let line = printable(&judgement.summary);
    let code = match judgement.status {
        Status::Pass => "32",
        Status::Warn => "33",
        Status::Fail => "31",
    };
    match line.rfind('[') {
        Some(at) if colour => {
            let (content, marker) = line.split_at(at);
            format!("{content}\x1b[1;{code}m{marker}\x1b[0m\n")
        }
        _ => line + "\n",
    }
}
