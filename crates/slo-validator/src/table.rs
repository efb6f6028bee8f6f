//! A judgement as people read it in a terminal: table, reasons, warnings, status line. Must not know how it was made.

use bench_cli::{Cell, Table, Tone};
use bench_model::perf::Interval;
use bench_model::unit::rounded;
use bench_model::verdict::{JudgedMetric, Judgement, Status, Verdict};
use bench_model::{Direction, Finite, Quantity};

use crate::floors::{FloorOutcome, floor_outcome};
use crate::short_names::{ShortNames, shorten};
use crate::words::{amount, count, thousands, times};

/// How many metrics the table shows; the worst ones come first.
const ROWS: usize = 40;
/// How many reasons, and how many warnings, are shown.
const LINES: usize = 10;
/// Between two columns.
const GAP: usize = 2;

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

/// The columns beside the name; those without any content are left out.
fn table(metrics: &[JudgedMetric], width: usize, colour: bool) -> String {
    let spreads: Vec<String> = metrics.iter().map(spread).collect();
    let spread_width = spreads.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let values = metrics.iter().zip(&spreads).map(|(metric, spread)| {
        let value = metric.value.map_or("-".into(), |value| amount(value, metric.unit));
        if spread_width == 0 { value } else { format!("{value} {spread:>spread_width$}") }
    });
    let columns: Vec<(&str, Vec<String>)> = vec![
        ("value", values.collect()),
        ("baseline", metrics.iter().map(|metric| in_unit_of_value(metric, metric.baseline)).collect()),
        ("change", metrics.iter().map(change).collect()),
        ("floor", metrics.iter().map(|metric| in_unit_of_value(metric, metric.floor)).collect()),
        ("margin", metrics.iter().map(|m| m.margin.map_or(String::new(), |margin| times(margin.get()))).collect()),
    ];
    let columns: Vec<_> = columns.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
    let verdicts: Vec<_> = metrics.iter().map(verdict).collect();
    let wide = |text: &str| text.chars().count();
    let column_width =
        |title: &str, cells: &[String]| cells.iter().map(|cell| wide(cell)).fold(wide(title), usize::max);
    let figures: usize = columns.iter().map(|(title, cells)| column_width(title, cells) + GAP).sum();
    let verdict_width = verdicts.iter().map(|(text, _)| wide(text)).fold(wide("verdict"), usize::max);
    let room = width.saturating_sub(figures + verdict_width + GAP);
    let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    let beside = shorten(&names, room);
    // Names that would be cut beyond recognition stand on lines of their own.
    let stacked = beside.longest > room * 2 || beside.shown.iter().any(|name| wide(name) > room);
    let names = if stacked { shorten(&names, width) } else { beside };

    let name_title = (!stacked).then(|| "metric".to_owned());
    let figure_titles = columns.iter().map(|(title, cells)| padded(title, column_width(title, cells)));
    let titles: Vec<String> = name_title.into_iter().chain(figure_titles).chain(["verdict".to_owned()]).collect();
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>(), colour);
    table.left(columns.len() + usize::from(!stacked));
    for (row, (name, (verdict, tone))) in names.shown.iter().zip(verdicts).enumerate() {
        let cells = columns.iter().map(|(title, cells)| {
            Cell::from(padded(cells.get(row).map_or("", String::as_str), column_width(title, cells)))
        });
        let name = (!stacked).then(|| Cell::from(name.as_str()));
        table.row(name.into_iter().chain(cells).chain([Cell::new(verdict, tone)]));
    }
    let mut text = wrapped(&caption(&names), width, "", "");
    if stacked {
        // The header has no name above it; every further line has its own.
        for (line, name) in table.render().lines().zip([None].into_iter().chain(names.shown.iter().map(Some))) {
            text.extend(name.map(|name| clean(name) + "\n"));
            text.push_str(&format!("  {line}\n"));
        }
    } else {
        text.push_str(&table.render());
    }
    text
}

fn padded(cell: &str, width: usize) -> String {
    format!("{cell:>width$}")
}

fn caption(names: &ShortNames) -> String {
    match (names.prefix.as_str(), names.suffix.as_str()) {
        ("", "") => String::new(),
        (prefix, "") => format!("Every metric starts with `{prefix}`."),
        ("", suffix) => format!("Every metric ends with `{suffix}`."),
        (prefix, suffix) => format!("Every metric starts with `{prefix}` and ends with `{suffix}`."),
    }
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

/// A number in the unit that the row's value is shown in, or with its own unit where it would be long.
fn in_unit_of_value(metric: &JudgedMetric, number: Option<Finite>) -> String {
    let Some(number) = number else { return String::new() };
    let Some(value) = metric.value else { return amount(number, metric.unit) };
    let (_, scale) = Quantity { value: value.get(), unit: metric.unit }.reading_unit();
    let text = rounded(number.get() / scale, 3);
    if text.len() <= 7 { text } else { amount(number, metric.unit) }
}

fn change(metric: &JudgedMetric) -> String {
    match metric.change.map(|change| change.value.get() * 100.0) {
        None => String::new(),
        Some(percent) if percent > 9999.0 => ">+9999%".into(),
        Some(percent) if percent.abs() < 0.05 => "0.0%".into(),
        Some(percent) if percent.abs() >= 99.95 => format!("{percent:+.0}%"),
        Some(percent) => format!("{percent:+.1}%"),
    }
}

fn verdict(metric: &JudgedMetric) -> (String, Tone) {
    if floor_outcome(metric) == Some(FloorOutcome::Violated) {
        let text = match metric.direction {
            Direction::HigherIsBetter => "below floor",
            Direction::LowerIsBetter => "over ceiling",
        };
        return (text.into(), Tone::Bad);
    }
    let tone = match metric.verdict {
        Verdict::Missing => Tone::Bad,
        Verdict::Regressed | Verdict::Inconclusive => Tone::Warn,
        Verdict::New | Verdict::Unchanged => Tone::Plain,
        Verdict::Improved => Tone::Good,
    };
    (metric.verdict.to_string(), tone)
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

/// Text broken at spaces, with what stands before the first line and before the others. Control characters are shown as
/// replacement characters; a word that is longer than a line stays whole.
fn wrapped(text: &str, width: usize, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    let text = clean(text);
    for word in phrases(&text) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push_str(&line);
            lines.push('\n');
            line.clear();
        }
        if line.is_empty() {
            line.push_str(if lines.is_empty() { first } else { others });
        } else {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if line.is_empty() { lines } else { lines + &line + "\n" }
}

/// Words, but a number together with what follows it: its unit, or what it counts.
fn phrases(text: &str) -> Vec<String> {
    let is_number = |word: &str| {
        let digits = word.trim_start_matches(['+', '-', '(']);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
    };
    let mut phrases: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match phrases.last_mut().filter(|last| is_number(last)) {
            Some(number) => {
                number.push(' ');
                number.push_str(word);
            }
            None => phrases.push(word.to_owned()),
        }
    }
    phrases
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn status_line(judgement: &Judgement, colour: bool) -> String {
    let line = clean(&judgement.summary);
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
