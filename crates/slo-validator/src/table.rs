//! A judgement as people read it in a terminal: table, reasons, warnings, status line. Must not know how it was made.

use std::collections::BTreeMap;

use bench_cli::words::{amount, amount_beside, count, narrow_percent, thousands, times, unsigned_percent};
use bench_cli::{Cell, Column, Tone, named_table, printable, wrapped};
use bench_model::perf::Interval;
use bench_model::verdict::{JudgedMetric, Judgement, Rule, Status, Verdict};
use bench_model::{Direction, Finite, MetricName};

use crate::floors::{FloorOutcome, floor_outcome};
use crate::load;
use crate::self_checks::{self, is_noise_run};

/// How many metrics the table shows; the worst ones come first.
const ROWS: usize = 40;
/// How many reasons, and how many warnings, are shown.
const LINES: usize = 10;
/// From how many columns on there is room for noise floors and rules.
const WIDE: usize = 100;

/// Renders a judgement for a terminal of `width` columns, the status line last. `rest` says where to find what is left
/// out, such as `see verdict.json`. Everything that a colour says stands there in words.
pub fn render(judgement: &Judgement, width: usize, colour: bool, rest: &str) -> String {
    let mut text = String::new();
    if let Some(load) = &judgement.load {
        text.push_str(&load::render(load, width, colour));
    }
    let (shown, hidden) = judgement.metrics.split_at(judgement.metrics.len().min(ROWS));
    if !shown.is_empty() {
        let rounds = Rounds::of(shown);
        text.push_str(&table(shown, &rounds, measured_noise(judgement).as_ref(), width, colour));
        let pairs = if judgement.against.is_some() { "pairs of rounds" } else { "rounds a side" };
        text.push_str(&wrapped(&rounds.legend(shown, pairs, width), width, "", ""));
        if !hidden.is_empty() {
            text.push_str(&wrapped(&format!("and {}; {rest}", grouped(hidden)), width, "", ""));
        }
        text.push('\n');
    }
    let title = if judgement.status == Status::Fail { "Why it fails:" } else { "Why it does not pass:" };
    text.push_str(&section(title, &judgement.reasons, width, rest));
    text.push_str(&section("Warnings:", &judgement.warnings, width, rest));
    if let Some(line) = self_checks::line(judgement) {
        text.push_str(&(wrapped(&line, width, "", "  ") + "\n"));
    }
    text.push_str(&status_line(judgement, colour));
    text
}

/// The noise floors that the run itself measured, when that is what it is for.
type Noise<'a> = BTreeMap<&'a MetricName, Finite>;

fn measured_noise(judgement: &Judgement) -> Option<Noise<'_>> {
    is_noise_run(judgement).then(|| judgement.noise.iter().map(|noise| (&noise.name, noise.floor)).collect())
}

/// The columns beside the names; those without any content are left out. In a narrow terminal a comparison shows the
/// interval of the change and not that of the value, and what the sentences say is not said twice.
fn table(metrics: &[JudgedMetric], rounds: &Rounds, noise: Option<&Noise<'_>>, width: usize, colour: bool) -> String {
    let wide = width >= WIDE;
    let compared = metrics.iter().any(|metric| metric.change.is_some());
    let spreads = metrics.iter().map(|metric| if wide || !compared { spread(metric) } else { String::new() });
    let values = metrics.iter().map(|m| m.value.map_or("-".into(), |value| amount(value, m.unit)));
    let changes = metrics.iter().map(|m| m.change.map_or(String::new(), |c| narrow_percent(c.value.get())));
    let mut columns = vec![
        Column::right("value", beside(values, spreads)),
        Column::right("baseline", metrics.iter().map(|metric| in_unit_of_value(metric, metric.baseline))),
        Column::right("change", beside(changes, metrics.iter().map(uncertainty))),
    ];
    if rounds.need_column(width) {
        let rounds = metrics.iter().map(|m| m.value.map_or(String::new(), |_| m.rounds.to_string()));
        columns.push(Column::right(if wide { "rounds" } else { "n" }, rounds));
    }
    if wide || noise.is_some() {
        let floor = |m: &JudgedMetric| noise.map_or(m.noise_floor, |measured| measured.get(&m.name).copied());
        let floors = metrics.iter().map(|m| floor(m).map_or(String::new(), |floor| points(floor.get() * 100.0)));
        columns.push(Column::right("noise", floors));
    }
    columns.push(Column::right("floor", metrics.iter().map(|metric| in_unit_of_value(metric, metric.floor))));
    let margins = metrics.iter().map(|m| m.margin.map_or(String::new(), |margin| times(margin.get())));
    columns.push(Column::right("margin", margins));
    columns.push(Column::left("verdict", metrics.iter().map(verdict).map(|(text, tone)| Cell::new(text, tone))));
    if wide && compared {
        columns.push(Column::left("rule", metrics.iter().map(rule)));
    }
    let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    named_table(&names, columns, width, colour)
}

/// The rounds behind the changes of a table.
enum Rounds {
    /// Nothing was compared.
    None,
    /// As many for every one.
    Same(u32),
    /// Not as many for all.
    Different,
}

impl Rounds {
    fn of(metrics: &[JudgedMetric]) -> Self {
        let mut compared = metrics.iter().filter(|metric| metric.change.is_some()).map(|metric| metric.rounds);
        match compared.next() {
            None => Self::None,
            Some(first) if compared.all(|rounds| rounds == first) => Self::Same(first),
            Some(_) => Self::Different,
        }
    }

    /// Whether they take a column of their own. In a narrow terminal a sentence has to do where one number says it.
    fn need_column(&self, width: usize) -> bool {
        match self {
            Self::None => false,
            Self::Same(_) => width >= WIDE,
            Self::Different => true,
        }
    }

    /// What the figures beside a change mean; empty where there are none.
    fn legend(&self, metrics: &[JudgedMetric], pairs: &str, width: usize) -> String {
        let n = if width >= WIDE { "" } else { "n counts " };
        let level = metrics.iter().find_map(|metric| metric.change?.interval).map(|interval| interval.level.get());
        let interval = level.map(|level| format!("± is the {} interval of the change", unsigned_percent(level)));
        match (self, interval) {
            (Self::None, _) | (Self::Same(_), None) => String::new(),
            (Self::Same(rounds), Some(interval)) => format!("{interval} over {} {pairs}.", thousands(*rounds as usize)),
            (Self::Different, None) if n.is_empty() => String::new(),
            (Self::Different, None) => format!("{n}{pairs}."),
            (Self::Different, Some(interval)) if n.is_empty() => format!("{interval}."),
            (Self::Different, Some(interval)) => format!("{n}{pairs}; {interval}."),
        }
    }
}

/// Two figures in one column, the second ones below each other.
fn beside(first: impl Iterator<Item = String>, second: impl Iterator<Item = String>) -> Vec<String> {
    let second: Vec<String> = second.collect();
    let width = second.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let join = |(first, second): (String, String)| match (width, first.is_empty()) {
        (0, _) | (_, true) => first,
        _ => format!("{first} {second:>width$}"),
    };
    first.zip(second).map(join).collect()
}

/// The longer half of the interval around the value: `±0.4%`.
fn spread(metric: &JudgedMetric) -> String {
    let half = metric.value.zip(metric.interval).map(|(value, interval)| half(value, interval) / value.get().abs());
    half.filter(|half| half.is_finite()).map_or(String::new(), |half| format!("±{}", points(half * 100.0)))
}

/// The longer half of the interval around the change, in points: `±0.4`.
fn uncertainty(metric: &JudgedMetric) -> String {
    let half = metric.change.and_then(|change| Some(half(change.value, change.interval?)));
    half.map_or(String::new(), |half| format!("±{}", points(half * 100.0).trim_end_matches('%')))
}

fn half(value: Finite, Interval { lower, upper, .. }: Interval) -> f64 {
    (value.get() - lower.get()).max(upper.get() - value.get())
}

/// A percentage without sign, as narrow as a table's column.
fn points(percent: f64) -> String {
    match percent {
        percent if percent > 999.0 => ">999%".into(),
        percent if percent >= 9.95 => format!("{percent:.0}%"),
        percent => format!("{percent:.1}%"),
    }
}

/// The rule that decided, in words.
fn rule(metric: &JudgedMetric) -> &'static str {
    match metric.rule {
        Rule::Expected => "expected",
        Rule::NoBaseline => "no baseline",
        Rule::OtherEpoch => "other environment",
        Rule::OtherMode => "other mode",
        Rule::TooFewRounds => "too few rounds",
        Rule::Paired if metric.verdict == Verdict::Missing => "base side only",
        Rule::Paired => "paired rounds",
        Rule::History => "history",
        Rule::FalseDiscovery => "many tests",
        Rule::Unconfirmed => "unconfirmed",
        Rule::SecondPassMissing => "no second pass",
        Rule::BelowNoise => "below noise",
        Rule::MovedTogether => "moved together",
        Rule::Interval => "interval",
        Rule::Policy => "load policy",
        Rule::Exact => "exact",
        Rule::NotComparable => "not comparable",
    }
}

fn in_unit_of_value(metric: &JudgedMetric, number: Option<Finite>) -> String {
    match (metric.value, number) {
        (_, None) => String::new(),
        (None, Some(number)) => amount(number, metric.unit),
        (Some(value), Some(number)) => amount_beside(value, number, metric.unit),
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
    if metric.waived {
        return (format!("{}, waived", metric.verdict), Tone::Warn);
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
