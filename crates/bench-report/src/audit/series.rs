//! A metric's values in one environment and mode, as a chart.
//! Must not know: how a chart is drawn.

use bench_model::Direction;
use bench_model::audit::{Series, SeriesPoint};
use serde::Serialize;

use super::lines::Lines;
use super::words::{amount, count, shortened, shown};
use crate::ReportError;
use crate::chart::{HistoryChart, HistoryPoint, Marks, Theme, history_svg};

/// The points of all charts of a page together: they are most of its bytes.
const POINTS: usize = 8000;
/// The fewest points that still show a shape.
const FEWEST: usize = 24;
/// Width and height in pixels: half of a wide page, and still readable on a phone.
const SIZE: (u32, u32) = (640, 250);

/// A chart with what to know of it.
#[derive(Debug, Serialize)]
pub(crate) struct Chart {
    svg: String,
    environment: String,
    caption: String,
}

/// How many points each of `charts` charts may have.
pub(super) fn points_each(charts: usize) -> usize {
    (POINTS / charts.max(1)).clamp(FEWEST, 400)
}

/// The lines of single runs have their time here.
pub(super) fn date_lines(series: &Series, lines: &mut Lines) {
    series.points.iter().for_each(|point| lines.date(point.seq, point.time));
}

impl Chart {
    /// The chart of a series with at most that many points, and the baseline in force; nothing for a series without a point.
    pub(crate) fn of(series: &Series, most: usize, baseline: Option<f64>) -> Result<Option<Self>, ReportError> {
        let Some(newest) = series.points.last() else { return Ok(None) };
        let each = series.points.len().div_ceil(most.max(1)).max(1);
        let points: Vec<_> = series.points.chunks(each).filter_map(joined).collect();
        let environment = shown(&format!("{}, {}", series.epoch, series.mode.as_str()));
        let title = format!("{} in {environment}", shortened(series.metric.as_str(), 120));
        let svg = history_svg(
            &HistoryChart {
                title: &title,
                unit: series.unit,
                direction: series.direction,
                points: &points,
                floor: newest.floor.map(f64::from),
                target: newest.target.map(f64::from),
                baseline,
            },
            SIZE,
            Theme::Page,
        )?;
        let runs: u64 = series.points.iter().map(|point| u64::from(point.runs)).sum();
        let mut caption = count(runs, "run", "runs");
        let shared = series.points.chunks(each).any(|group| group.iter().map(|point| point.runs).sum::<u32>() > 1);
        if shared {
            caption.push_str(", neighbours sharing a point: the line runs through their middle, the band from the lowest to the highest");
        }
        if let Some(floor) = newest.floor {
            let word = match series.direction {
                Direction::HigherIsBetter => "floor",
                Direction::LowerIsBetter => "ceiling",
            };
            caption.push_str(&format!("; newest {word} {}", amount(floor, series.unit)));
        }
        if let Some(target) = newest.target {
            caption.push_str(&format!("; newest target {}", amount(target, series.unit)));
        }
        Ok(Some(Self { svg, environment, caption }))
    }
}

/// Neighbours as one point: its typical value is the middle one of theirs.
fn joined(group: &[SeriesPoint]) -> Option<HistoryPoint> {
    let last = group.last()?;
    let mut medians: Vec<f64> = group.iter().map(|point| point.median.get()).collect();
    medians.sort_by(f64::total_cmp);
    let typical = *medians.get(medians.len() / 2)?;
    let lowest = group.iter().map(|point| point.lowest.get()).fold(f64::INFINITY, f64::min);
    let highest = group.iter().map(|point| point.highest.get()).fold(f64::NEG_INFINITY, f64::max);
    let marks = Marks {
        promoted: group.iter().any(|point| point.promoted),
        regressed: group.iter().any(|point| point.regressed),
        this_run: false,
    };
    Some(HistoryPoint { time: Some(last.time.unix()), lowest, typical, highest, marks })
}
