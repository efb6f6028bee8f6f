//! The matrix of metrics and months: one small cell each, so that three years are seen at once.
//! Must not know: the figures behind a cell, which stand in the metric's section.

use std::collections::BTreeMap;

use bench_model::audit::{Audit, MonthCompliance};
use bench_model::time::Month;
use serde::Serialize;

use super::{MetricRef, NAME, Names};
use crate::audit::words::{count, share, shortened, shown, times};

/// The longest period that is laid out by the calendar, in months; of a longer one only months with runs are shown.
const CALENDAR: u32 = 120;

/// A row for each metric, a column for each month.
#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    /// What most names begin with; an ellipsis stands for it.
    prefix: Option<String>,
    /// Years with the number of their months.
    years: Vec<(String, usize)>,
    /// Months without their year.
    months: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    metric: MetricRef,
    cells: Vec<Cell>,
}

/// One metric in one month.
#[derive(Debug, Serialize)]
struct Cell {
    state: State,
    /// How many values did not meet the floor, or how often the metric did not report.
    number: Option<u32>,
    /// The share of time in which the floor was met, in percent, where that is not all.
    share: Option<String>,
    /// The same in words, for those who point at the cell.
    words: String,
}

/// What a cell says at first sight.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Every value met its floor.
    Met,
    /// Some did not.
    Below,
    /// All met it, but the metric did not report in every run that expected it.
    Gaps,
    /// Measured, and held against nothing.
    Unjudged,
    /// Not measured.
    Idle,
}

impl Matrix {
    pub(super) fn of(audit: &Audit, names: &Names<'_>) -> Self {
        let months = months(audit);
        let prefix = common_folder(audit.compliance.iter().map(|metric| metric.metric.as_str()));
        let rows = audit.compliance.iter().map(|metric| {
            let known: BTreeMap<_, _> = metric.months.iter().map(|month| (month.month.as_str(), month)).collect();
            let cells = months.iter().map(|month| Cell::of(month, known.get(month.as_str()).copied())).collect();
            let mut named = names.of_metric(&metric.metric);
            if let Some(rest) = prefix.and_then(|prefix| metric.metric.as_str().strip_prefix(prefix)) {
                named.short = shortened(&format!("…{rest}"), NAME);
            }
            Row { metric: named, cells }
        });
        let rows = rows.collect();
        let mut years: Vec<(String, usize)> = Vec::new();
        for month in &months {
            let year = shown(month.split('-').next().unwrap_or(month));
            match years.last_mut().filter(|(last, _)| *last == year) {
                Some((_, number)) => *number += 1,
                None => years.push((year, 1)),
            }
        }
        let months = months.iter().map(|month| shown(month.split_once('-').map_or(month.as_str(), |(_, month)| month)));
        Self { prefix: prefix.map(shown), years, months: months.collect(), rows }
    }
}

/// What all names with a slash in them have in common, up to a slash; nothing for fewer than two such names.
fn common_folder<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names = names.filter(|name| name.contains('/'));
    let first = names.next()?;
    let mut common = first.get(..=first.rfind('/')?)?;
    let mut others = 0;
    for name in names {
        while !name.starts_with(common) {
            let shorter = common.strip_suffix('/')?.rfind('/')?;
            common = common.get(..=shorter)?;
        }
        others += 1;
    }
    (others > 0).then_some(common)
}

/// The months of the period, oldest first.
fn months(audit: &Audit) -> Vec<String> {
    let (first, last) = (audit.period.first.parse::<Month>(), audit.period.last.parse::<Month>());
    if let (Ok(first), Ok(last)) = (first, last)
        && first >= last.minus(CALENDAR - 1)
    {
        let all = (0..CALENDAR).map(|back| last.minus(back)).take_while(|month| *month >= first);
        let mut all: Vec<_> = all.map(|month| month.to_string()).collect();
        all.reverse();
        return all;
    }
    let mut known: Vec<_> =
        audit.compliance.iter().flat_map(|metric| &metric.months).map(|m| m.month.clone()).collect();
    known.sort();
    known.dedup();
    known
}

impl Cell {
    fn of(month: &str, found: Option<&MonthCompliance>) -> Self {
        let Some(found) = found else {
            return Self { state: State::Idle, number: None, share: None, words: format!("{month}: no run") };
        };
        let state = match found {
            MonthCompliance { violations: 1.., .. } => State::Below,
            MonthCompliance { missing: 1.., .. } => State::Gaps,
            MonthCompliance { judged: 1.., .. } => State::Met,
            MonthCompliance { runs: 1.., .. } => State::Unjudged,
            MonthCompliance { .. } => State::Idle,
        };
        let number = match state {
            State::Below => Some(found.violations),
            State::Gaps => Some(found.missing),
            State::Met | State::Unjudged | State::Idle => None,
        };
        let time = found.time_met.map(share);
        let mut words = format!("{month}: {}", count(u64::from(found.runs), "run", "runs"));
        if found.missing > 0 {
            words.push_str(&format!(", missing in {}", found.missing));
        }
        words.push_str(&match found.judged {
            0 => ", no floor".to_owned(),
            judged => format!(", floor not met in {} of {judged}", found.violations),
        });
        if let Some(time) = &time {
            words.push_str(&format!(", met {time} % of the time"));
        }
        if let Some(margin) = found.lowest_margin {
            words.push_str(&format!(", lowest margin {}", times(margin)));
        }
        Self { state, number, share: time.filter(|time| time != "100"), words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common<'a>(names: &[&'a str]) -> Option<&'a str> {
        common_folder(names.iter().copied())
    }

    #[test]
    fn names_are_shortened_by_whole_parts_that_all_of_them_share() {
        assert_eq!(common(&["headline", "p/a/x#time", "p/a/y#time"]), Some("p/a/"));
        assert_eq!(common(&["p/ab/x", "p/ac/y"]), Some("p/"));
        for names in [&["p/a/x", "q/a/y"][..], &["p/a/x", "plain"], &[]] {
            assert_eq!(common(names), None, "{names:?}");
        }
    }
}
