//! Floors, by metric and month, from what each line says itself: the value, and the floor that it was held against then.
//! Must not know: today's floors.

use std::collections::BTreeMap;

use bench_model::audit::{MetricCompliance, MonthCompliance};
use bench_model::time::{Month, Timestamp};
use bench_model::{Direction, Finite, MetricName};

use super::values::{History, Run, Spread, Value, Values};
use crate::period::end_of;

/// Lines that a month names.
const NAMED_LINES: usize = 10;

/// How often a metric was expected and did not report, by month.
pub(super) type Missing = BTreeMap<MetricName, BTreeMap<Month, u32>>;

/// How each metric kept its floor. `newest` is the time of the ledger's last line: no value stands longer than that.
pub(super) fn compliance(values: &Values, missing: &Missing, newest: Timestamp) -> Vec<MetricCompliance> {
    let mut all = Vec::new();
    for (metric, histories) in values.by_metric() {
        let mut missing = missing.get(metric).cloned().unwrap_or_default();
        // One group, but for a metric that changed its unit: then each unit is a table of its own.
        let mut alike: Vec<Vec<&History>> = Vec::new();
        for history in histories {
            let same = |group: &&mut Vec<&History>| {
                group.iter().any(|known| known.unit == history.unit && known.direction == history.direction)
            };
            match alike.iter_mut().find(same) {
                Some(group) => group.push(history),
                None => alike.push(vec![history]),
            }
        }
        for group in alike {
            let Some(History { unit, direction, .. }) = group.first() else { continue };
            let months = months(values, &group, *direction, std::mem::take(&mut missing), newest);
            all.push(MetricCompliance { metric: metric.clone(), unit: *unit, direction: *direction, months });
        }
    }
    all
}

/// Whether a value meets a floor; equal values do.
pub(super) fn meets(value: Finite, floor: Finite, direction: Direction) -> bool {
    match direction {
        Direction::HigherIsBetter => value >= floor,
        Direction::LowerIsBetter => value <= floor,
    }
}

/// How many times over a floor is met; `None` where that is no finite number, as for the judge: a floor of 0, or a value of
/// 0 or below where lower is better.
fn margin(value: Finite, floor: Finite, direction: Direction) -> Option<f64> {
    let (value, floor) = (value.get(), floor.get());
    let ratio = match direction {
        Direction::HigherIsBetter => (floor > 0.0).then(|| value / floor),
        Direction::LowerIsBetter => (value > 0.0).then(|| floor / value),
    };
    ratio.filter(|ratio| ratio.is_finite())
}

/// What was seen of one metric in one month.
#[derive(Default)]
struct Tally {
    runs: u32,
    missing: u32,
    judged: u32,
    violations: u32,
    violating_lines: Vec<u64>,
    seconds: i64,
    seconds_met: i64,
    lowest_margin: Option<f64>,
    values: Vec<Finite>,
}

fn months(
    values: &Values,
    histories: &[&History],
    direction: Direction,
    missing: BTreeMap<Month, u32>,
    newest: Timestamp,
) -> Vec<MonthCompliance> {
    let mut tallies: BTreeMap<Month, Tally> = BTreeMap::new();
    for (month, missing) in missing {
        tallies.entry(month).or_default().missing = missing;
    }
    for history in histories {
        for value in &history.values {
            let Some(run) = values.run(value.run) else { continue };
            tallies.entry(run.time.month()).or_default().value(value, run, direction);
        }
        let judged =
            |value: &Value| value.floor.and_then(|floor| Some((values.run(value.run)?.time, value.value, floor)));
        let mut judged = history.values.iter().filter_map(judged).peekable();
        while let Some((from, value, floor)) = judged.next() {
            let month = from.month();
            let next = judged.peek().map_or(end_of(month), |(next, ..)| *next);
            let until = next.min(end_of(month)).min(newest.max(from));
            tallies.entry(month).or_default().stands(until.unix() - from.unix(), meets(value, floor, direction));
        }
    }
    tallies.into_iter().map(|(month, tally)| tally.finish(month)).collect()
}

impl Tally {
    fn value(&mut self, value: &Value, run: &Run, direction: Direction) {
        self.runs += 1;
        self.values.push(value.value);
        let Some(floor) = value.floor else { return };
        self.judged += 1;
        if !meets(value.value, floor, direction) {
            self.violations += 1;
            self.violating_lines.push(run.seq);
        }
        if let Some(margin) = margin(value.value, floor, direction) {
            self.lowest_margin = Some(self.lowest_margin.map_or(margin, |lowest| lowest.min(margin)));
        }
    }

    /// A judged value stood for so long, at the least a second: so the only value of a month counts, too.
    fn stands(&mut self, seconds: i64, met: bool) {
        let seconds = seconds.max(1);
        self.seconds += seconds;
        if met {
            self.seconds_met += seconds;
        }
    }

    fn finish(mut self, month: Month) -> MonthCompliance {
        self.violating_lines.sort_unstable();
        self.violating_lines.truncate(NAMED_LINES);
        let spread = Spread::of(self.values.into_iter());
        let share = (self.seconds > 0).then(|| self.seconds_met as f64 / self.seconds as f64);
        MonthCompliance {
            month: month.to_string(),
            runs: self.runs,
            missing: self.missing,
            judged: self.judged,
            violations: self.violations,
            violating_lines: self.violating_lines,
            time_met: share.and_then(|share| Finite::try_from(share).ok()),
            lowest_margin: self.lowest_margin.and_then(|margin| Finite::try_from(margin).ok()),
            lowest: spread.map(|spread| spread.lowest),
            median: spread.map(|spread| spread.median),
            highest: spread.map(|spread| spread.highest),
        }
    }
}
