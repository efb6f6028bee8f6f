//! A metric over time: a line with a band, the levels it is held against, and the runs that stand out.
//! Must not know: the backend, or colours.

use bench_model::Direction;
use plotters::backend::DrawingBackend;

use super::axis::{self, Scale, Tick};
use super::canvas::{Canvas, Hang, Ink, Px, width_of};
use super::{HistoryChart, HistoryPoint, Refused};

/// More points than this are merged: the eye sees no more in a chart of this size.
const MOST: usize = 400;
/// Up to so many points have a dot each.
const DOTTED: usize = 60;

/// A kind of mark; each has a shape, a place beside its point and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Promoted,
    Regressed,
    ThisRun,
}

impl Mark {
    const ALL: [Self; 3] = [Self::Promoted, Self::Regressed, Self::ThisRun];

    fn on(self, point: &HistoryPoint) -> bool {
        match self {
            Self::Promoted => point.marks.promoted,
            Self::Regressed => point.marks.regressed,
            Self::ThisRun => point.marks.this_run,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Regressed => "regressed",
            Self::ThisRun => "this run",
        }
    }

    /// Draws the shape on its own spot: a triangle below its point, a cross above it, a diamond on it.
    fn draw<B: DrawingBackend>(self, canvas: &mut Canvas<'_, B>, (x, y): Px) -> Result<(), Refused> {
        match self {
            Self::Promoted => {
                let triangle = |r: f64| [(x, y - r), (x + r, y + r * 0.8), (x - r, y + r * 0.8)];
                canvas.shape(Ink::Paper, 1.0, &triangle(6.0))?;
                canvas.shape(Ink::Promoted, 1.0, &triangle(4.2))
            }
            Self::Regressed => {
                let r = 3.4;
                canvas.line(Ink::Regressed, 2.0, &[(x - r, y - r), (x + r, y + r)])?;
                canvas.line(Ink::Regressed, 2.0, &[(x - r, y + r), (x + r, y - r)])
            }
            Self::ThisRun => {
                let diamond = |r: f64| [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
                canvas.shape(Ink::Paper, 1.0, &diamond(6.5))?;
                canvas.shape(Ink::Strong, 1.0, &diamond(4.8))
            }
        }
    }

    const fn offset(self) -> f64 {
        match self {
            Self::Promoted => 10.0,
            Self::Regressed => -10.0,
            Self::ThisRun => 0.0,
        }
    }
}

/// A point with its place on the time axis.
struct Placed<'a> {
    at: f64,
    point: &'a HistoryPoint,
}

pub(super) fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &HistoryChart<'_>) -> Result<(), Refused> {
    let placed = placed(chart.points);
    let (Some(first), Some(last)) = (placed.first(), placed.last()) else {
        return Err(Refused("there is no finite value".into()));
    };
    let lowest = placed.iter().map(|placed| placed.point.lowest).fold(f64::INFINITY, f64::min);
    let highest = placed.iter().map(|placed| placed.point.highest).fold(f64::NEG_INFINITY, f64::max);
    let levels: Vec<_> = [
        (Ink::Floor, if chart.direction == Direction::HigherIsBetter { "floor" } else { "ceiling" }, chart.floor),
        (Ink::Target, "target", chart.target),
        (Ink::Baseline, "baseline", chart.baseline),
    ]
    .into_iter()
    .filter_map(|(ink, word, value)| value.filter(|value| value.is_finite()).map(|value| (ink, word, value)))
    .collect();
    let wishes: Vec<_> = levels.iter().map(|(_, _, value)| *value).collect();
    let axis = axis::values((lowest, highest), &wishes, chart.unit);

    let better = match chart.direction {
        Direction::HigherIsBetter => "higher is better ↑",
        Direction::LowerIsBetter => "lower is better ↓",
    };
    let caption = if axis.unit.is_empty() { better.to_owned() } else { format!("{}, {better}", axis.unit) };
    let caption_y = canvas.begin(&caption)?;
    legend(canvas, caption_y, &placed)?;

    let label = axis.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max);
    let beside = levels.iter().map(|(_, word, _)| width_of(word) + 14.0).fold(6.0, f64::max);
    let (left, right) = (canvas.inset() + label + 7.0, canvas.size.0 - canvas.inset() - beside);
    let (top, bottom) = (caption_y + 14.0, canvas.size.1 - 20.0);
    let y = Scale { values: axis.range, pixels: (bottom, top) };
    let x = match first.at < last.at {
        true => Scale { values: (first.at, last.at), pixels: (left + 8.0, right - 8.0) },
        false => Scale { values: (first.at - 1.0, first.at + 1.0), pixels: (left, right) },
    };

    for tick in &axis.ticks {
        canvas.line(Ink::Grid, 1.0, &[(left, y.px(tick.at)), (right, y.px(tick.at))])?;
        canvas.text(Ink::Text, Hang::Right, (left - 6.0, y.px(tick.at)), &tick.label)?;
    }
    canvas.line(Ink::Axis, 1.0, &[(left, bottom), (right, bottom)])?;
    for tick in time_ticks(&placed, right - left) {
        let half = width_of(&tick.label) / 2.0;
        let at = x.px(tick.at);
        canvas.line(Ink::Axis, 1.0, &[(at, bottom), (at, bottom + 3.0)])?;
        let shown = at.clamp(half, canvas.size.0 - half);
        canvas.text(Ink::Text, Hang::Centre, (shown, bottom + 11.0), &tick.label)?;
    }
    draw_levels(canvas, &levels, &y, (left, right))?;
    draw_line(canvas, &placed, &x, &y)?;
    for mark in Mark::ALL {
        for spot in spots(mark, &placed, &x) {
            let height = (y.px(spot.point.typical) + mark.offset()).clamp(top + 4.0, bottom - 4.0);
            mark.draw(canvas, (x.px(spot.at), height))?;
        }
    }
    Ok(())
}

/// The finite points with their places. A point without a time is one typical step behind the one before.
fn placed(points: &[HistoryPoint]) -> Vec<Placed<'_>> {
    let times: Vec<_> = points.iter().filter_map(|point| point.time).collect();
    let step = match (times.first(), times.last()) {
        (Some(first), Some(last)) if last > first => (last - first) as f64 / (times.len() - 1) as f64,
        (Some(_) | None, Some(_) | None) => 1.0,
    };
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(points.len());
    let start = times.first().map_or(0.0, |first| *first as f64);
    for point in points {
        let before = placed.last().map(|placed| placed.at);
        let at = match (point.time, before) {
            // Clocks are set back now and then; the order is what is known.
            (Some(time), Some(before)) => (time as f64).max(before),
            (Some(time), None) => time as f64,
            (None, Some(before)) => before + step,
            (None, None) => start,
        };
        if [point.lowest, point.typical, point.highest].into_iter().all(f64::is_finite) {
            placed.push(Placed { at, point });
        }
    }
    placed
}

fn time_ticks(placed: &[Placed<'_>], width: f64) -> Vec<Tick> {
    let (Some(first), Some(last)) = (placed.first(), placed.last()) else { return Vec::new() };
    if placed.iter().any(|placed| placed.point.time.is_none())
        && placed.iter().all(|placed| placed.point.time.is_none())
    {
        let step = placed.len().div_ceil((width / 60.0).max(2.0) as usize);
        let label = |(i, placed): (usize, &Placed<'_>)| Tick { at: placed.at, label: format!("run {}", i + 1) };
        return placed.iter().enumerate().step_by(step.max(1)).map(label).collect();
    }
    axis::dates((first.at as i64, last.at as i64), (width / 84.0).max(2.0) as usize)
}

fn legend<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, y: f64, placed: &[Placed<'_>]) -> Result<(), Refused> {
    let mut right = canvas.size.0 - canvas.inset();
    for mark in Mark::ALL.into_iter().rev().filter(|mark| placed.iter().any(|placed| mark.on(placed.point))) {
        right -= width_of(mark.word());
        canvas.text(Ink::Text, Hang::Left, (right, y), mark.word())?;
        right -= 9.0;
        mark.draw(canvas, (right, y))?;
        right -= 15.0;
    }
    Ok(())
}

/// Lines for floor, target and baseline, each with its word at the right end; one that is off the axis has an arrow there.
fn draw_levels<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    levels: &[(Ink, &str, f64)],
    y: &Scale,
    (left, right): Px,
) -> Result<(), Refused> {
    let mut labels = Vec::new();
    for &(ink, word, value) in levels {
        let at = y.px(value);
        let text = match value {
            value if y.holds(value) => {
                canvas.dashed(ink, at, (left, right))?;
                word.to_owned()
            }
            value if value < y.values.0 => format!("{word} ↓"),
            _ => format!("{word} ↑"),
        };
        labels.push((at, ink, text));
    }
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::NEG_INFINITY;
    for label in &mut labels {
        label.0 = label.0.max(free);
        free = label.0 + 12.0;
    }
    let mut free = y.pixels.0;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(free);
        free = label.0 - 12.0;
    }
    for (at, ink, text) in labels {
        canvas.text(ink, Hang::Left, (right + 4.0, at), &text)?;
    }
    Ok(())
}

fn draw_line<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    placed: &[Placed<'_>],
    x: &Scale,
    y: &Scale,
) -> Result<(), Refused> {
    // More than one point for two pixels is a smear.
    let most = MOST.min(((x.pixels.1 - x.pixels.0) / 2.0) as usize).max(1);
    let groups = placed.chunks(placed.len().div_ceil(most).max(1));
    let mut upper = Vec::new();
    let mut lower = Vec::new();
    let mut line = Vec::new();
    for group in groups {
        let mut typical: Vec<_> = group.iter().map(|placed| placed.point.typical).collect();
        typical.sort_by(f64::total_cmp);
        let Some(middle) = typical.get(typical.len() / 2) else { continue };
        let at = x.px(group.iter().map(|placed| placed.at).sum::<f64>() / group.len() as f64);
        line.push((at, y.px(*middle)));
        upper.push((at, y.px(group.iter().map(|placed| placed.point.highest).fold(f64::NEG_INFINITY, f64::max))));
        lower.push((at, y.px(group.iter().map(|placed| placed.point.lowest).fold(f64::INFINITY, f64::min))));
    }
    if line.len() > 1 {
        if upper != lower {
            let outline: Vec<_> = upper.into_iter().chain(lower.into_iter().rev()).collect();
            canvas.shape(Ink::Band, 0.18, &outline)?;
        }
        canvas.line(Ink::Line, 1.6, &line)?;
    } else if let ([(at, high)], [(_, low)]) = (upper.as_slice(), lower.as_slice())
        && high != low
    {
        canvas.line(Ink::Band, 1.6, &[(*at, *high), (*at, *low)])?;
    }
    if line.len() <= DOTTED {
        for point in line {
            canvas.dot(Ink::Line, 1.0, point, 2.2)?;
        }
    }
    Ok(())
}

/// The points with a mark, at most one for each few pixels: the newest.
fn spots<'a, 'b>(mark: Mark, placed: &'a [Placed<'b>], x: &Scale) -> Vec<&'a Placed<'b>> {
    let mut spots: Vec<&Placed<'_>> = Vec::new();
    for spot in placed.iter().filter(|placed| mark.on(placed.point)) {
        if spots.last().is_some_and(|last| x.px(spot.at) - x.px(last.at) < 4.0) {
            spots.pop();
        }
        spots.push(spot);
    }
    spots
}
