//! Which numbers a metric's two charts are drawn from.
//! Must not know: how they are drawn.

use bench_model::verdict::{JudgedMetric, Verdict};

use super::ReportPage;
use super::samples::rounds;
use crate::ReportError;
use crate::chart::{DistributionChart, HistoryChart, HistoryPoint, Marks, Theme, distribution_svg, history_svg};

const HISTORY: (u32, u32) = (450, 210);
const DISTRIBUTION: (u32, u32) = (330, 210);

/// Whether earlier runs are known.
pub(super) fn has_history(page: &ReportPage<'_>, metric: &JudgedMetric) -> bool {
    page.baseline.is_some_and(|baseline| {
        baseline.history.iter().any(|history| history.name == metric.name && !history.points.is_empty())
    })
}

/// Earlier runs that the history shows, and the chart; `None` when there is no value at all.
pub(super) fn history(page: &ReportPage<'_>, metric: &JudgedMetric) -> Result<Option<(usize, String)>, ReportError> {
    let earlier =
        page.baseline.and_then(|baseline| baseline.history.iter().find(|history| history.name == metric.name));
    let mut points: Vec<_> = earlier
        .filter(|history| history.unit == metric.unit)
        .into_iter()
        .flat_map(|history| &history.points)
        .map(|point| {
            let marks = Marks {
                promoted: point.promoted,
                regressed: point.verdict == Some(Verdict::Regressed),
                this_run: point.run_id == page.report.run_id,
            };
            history_point(point.time.map(|time| time.unix()), point.value.get(), marks)
        })
        .collect();
    let earlier = points.len();
    if let Some(value) = metric.value {
        let marks = Marks { promoted: false, regressed: metric.verdict == Verdict::Regressed, this_run: true };
        // Among runs without a time this one has none either: it is the next.
        let timed = points.last().is_none_or(|last: &HistoryPoint| last.time.is_some());
        points.push(history_point(timed.then(|| page.report.provenance.started.unix()), value.get(), marks));
    }
    if points.is_empty() {
        return Ok(None);
    }
    let chart = HistoryChart {
        title: &format!("History of {}", metric.name),
        unit: metric.unit,
        direction: metric.direction,
        points: &points,
        floor: metric.floor.map(f64::from),
        target: metric.target.map(f64::from),
        baseline: metric.baseline.map(f64::from),
    };
    history_svg(&chart, HISTORY, Theme::Page).map(|svg| Some((earlier, svg)))
}

fn history_point(time: Option<i64>, value: f64, marks: Marks) -> HistoryPoint {
    HistoryPoint { time, lowest: value, typical: value, highest: value, marks }
}

/// This run's rounds; `None` when the metric did not report.
pub(super) fn distribution(page: &ReportPage<'_>, metric: &JudgedMetric) -> Result<Option<String>, ReportError> {
    let Some(measured) = page.report.metric(metric.name.as_str()) else { return Ok(None) };
    let rounds = rounds(page.run, measured);
    if rounds.is_empty() {
        return Ok(None);
    }
    let chart = DistributionChart {
        title: &format!("Rounds of {}", metric.name),
        unit: metric.unit,
        rounds: &rounds,
        value: metric.value.map(f64::from),
        interval: metric.interval.map(|interval| (interval.lower.get(), interval.upper.get())),
    };
    distribution_svg(&chart, DISTRIBUTION, Theme::Page).map(Some)
}
