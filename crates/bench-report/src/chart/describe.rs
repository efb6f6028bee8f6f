//! Charts in words and numbers, for those who cannot see them.
//! Must not know: how they are drawn.

use bench_model::time::Timestamp;
use bench_model::{Direction, Quantity, Unit};

use super::distribution::quantile;
use super::{Across, DistributionChart, HistoryChart, HistoryPoint, LineChart};

/// So many marked runs are named one by one.
const NAMED: usize = 5;

pub(super) fn amount(value: f64, unit: Unit) -> String {
    format!("{:.3}", Quantity { value, unit })
}

fn day(time: i64) -> String {
    Timestamp::from_unix(time).to_string().get(..10).unwrap_or_default().to_owned()
}

fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

pub(super) fn lines(chart: &LineChart<'_>) -> String {
    let what = match chart.across {
        Across::Seconds => "over time",
        Across::Percent => "by percentile",
    };
    let line = |line: &super::Line<'_>| {
        let values = || line.points.iter().filter_map(|(_, value)| *value);
        let (lowest, highest) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        match median(values()) {
            Some(median) => format!(
                " {}: lowest {}, median {}, highest {}.",
                line.name,
                amount(lowest, chart.unit),
                amount(median, chart.unit),
                amount(highest, chart.unit)
            ),
            None => format!(" {}: no value.", line.name),
        }
    };
    let lines: String = chart.lines.iter().map(line).collect();
    let phases: Vec<_> = chart.bands.iter().map(|band| band.name).collect();
    let phases = if phases.is_empty() { String::new() } else { format!(" Phases: {}.", phases.join(", ")) };
    format!("{} {what}.{lines}{phases}", chart.title)
}

pub(super) fn history(chart: &HistoryChart<'_>) -> String {
    let shown = |value| amount(value, chart.unit);
    let points = chart.points;
    let better = match chart.direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    };
    let mut text = match points.len() {
        1 => "1 value".to_owned(),
        many => format!("{many} values"),
    };
    match (points.first().and_then(|point| point.time), points.last().and_then(|point| point.time)) {
        (Some(first), Some(last)) if first != last => text += &format!(" from {} to {}", day(first), day(last)),
        (Some(first), Some(_)) => text += &format!(" on {}", day(first)),
        (Some(_) | None, None) | (None, Some(_)) => {}
    }
    text += &format!(", {better}.");
    let lowest = points.iter().map(|point| point.lowest).fold(f64::INFINITY, f64::min);
    let highest = points.iter().map(|point| point.highest).fold(f64::NEG_INFINITY, f64::max);
    if let (Some(median), Some(newest)) = (median(points.iter().map(|point| point.typical)), points.last()) {
        text += &match points.len() {
            1 => format!(" It is {}.", shown(newest.typical)),
            _ => format!(
                " Lowest {}, median {}, highest {}, newest {}.",
                shown(lowest),
                shown(median),
                shown(highest),
                shown(newest.typical)
            ),
        };
    }
    let floor = if chart.direction == Direction::HigherIsBetter { "Floor" } else { "Ceiling" };
    for (word, value) in [(floor, chart.floor), ("Target", chart.target), ("Baseline", chart.baseline)] {
        if let Some(value) = value {
            text += &format!(" {word} {}.", shown(value));
        }
    }
    text += &marked(chart, "Promoted", |point| point.marks.promoted);
    text += &marked(chart, "Regressed", |point| point.marks.regressed);
    text += &marked(chart, "This run", |point| point.marks.this_run);
    text
}

/// ` Promoted: 4.22 GiB/s on 2026-11-03, …`, the newest few.
fn marked(chart: &HistoryChart<'_>, word: &str, on: impl Fn(&HistoryPoint) -> bool) -> String {
    let all: Vec<_> = chart.points.iter().filter(|point| on(point)).collect();
    if all.is_empty() {
        return String::new();
    }
    let named: Vec<_> = all
        .iter()
        .rev()
        .take(NAMED)
        .map(|point| {
            let on = point.time.map(|time| format!(" on {}", day(time))).unwrap_or_default();
            format!("{}{on}", amount(point.typical, chart.unit))
        })
        .collect();
    let more = match all.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} earlier"),
    };
    format!(" {word}: {}{more}.", named.join(", "))
}

pub(super) fn distribution(chart: &DistributionChart<'_>) -> String {
    let shown = |value| amount(value, chart.unit);
    let samples: usize = chart.rounds.iter().map(|round| round.samples.len()).sum();
    let mut text = match chart.rounds.len() {
        1 => "1 round".to_owned(),
        many => format!("{many} rounds"),
    };
    if samples > 0 {
        text += &format!(" with {samples} samples");
    }
    text.push('.');
    let rounds = || chart.rounds.iter().map(|round| round.typical).filter(|value| value.is_finite());
    if chart.rounds.len() > 1 {
        let (low, high) = (rounds().fold(f64::INFINITY, f64::min), rounds().fold(f64::NEG_INFINITY, f64::max));
        text += &format!(" Values of the rounds between {} and {}.", shown(low), shown(high));
    }
    let mut all: Vec<_> = chart.rounds.iter().flat_map(|round| round.samples.iter().copied()).collect();
    all.sort_by(f64::total_cmp);
    if let (Some(q1), Some(q3)) = (quantile(&all, 0.25), quantile(&all, 0.75))
        && all.len() > 3
    {
        text += &format!(" The middle half of the samples lies between {} and {}.", shown(q1), shown(q3));
    }
    if let Some(value) = chart.value {
        text += &format!(" Value of the run {}", shown(value));
        if let Some((low, high)) = chart.interval {
            text += &format!(", interval {} to {}", shown(low), shown(high));
        }
        text.push('.');
    }
    text
}
