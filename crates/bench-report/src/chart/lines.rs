//! Several lines over the seconds of a run, or over percentiles, each named at its end.
//! Must not know: the backend, or colours.

use bench_model::Unit;
use plotters::backend::DrawingBackend;

use super::axis::{self, Scale};
use super::canvas::{Canvas, Hang, Ink, width_of};
use super::{Across, LineChart, LineKind, Refused};

/// Rates below this are written out, and not as `5 k/s`.
const PLAIN: f64 = 1e5;
/// The least distance between the names of two lines, in pixels.
const APART: f64 = 12.0;

pub(super) fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &LineChart<'_>) -> Result<(), Refused> {
    let values = || {
        chart.lines.iter().flat_map(|line| line.points.iter()).filter_map(|(_, value)| value.filter(|v| v.is_finite()))
    };
    let lowest = values().fold(f64::INFINITY, f64::min);
    let highest = values().fold(f64::NEG_INFINITY, f64::max);
    if lowest > highest {
        return Err(Refused("there is no finite value".into()));
    }
    // Loads and latencies are read against nothing at all, so the axis begins there.
    let range = (lowest.min(0.0), highest);
    let axis = match chart.unit == Unit::PerSecond && highest < PLAIN {
        true => axis::values_in(range, &[], ("per second", 1.0)),
        false => axis::values(range, &[], chart.unit),
    };
    let caption_y = canvas.begin(axis.unit)?;
    let label = axis.ticks.iter().map(|tick| width_of(&tick.label)).fold(0.0, f64::max);
    let names = chart.lines.iter().map(|line| width_of(line.name)).fold(0.0, f64::max);
    let (left, right) = (canvas.inset() + label + 7.0, canvas.size.0 - canvas.inset() - names - 10.0);
    let bands = if chart.bands.is_empty() { 0.0 } else { 14.0 };
    let (top, bottom) = (caption_y + 14.0 + bands, canvas.size.1 - 20.0);
    let y = Scale { values: axis.range, pixels: (bottom, top) };
    let places = || chart.lines.iter().flat_map(|line| line.points.iter()).map(|(at, _)| chart.across.place(*at));
    // Charts of one run begin and end at the same moments, so that they can be read beside each other.
    let (begin, end) = (chart.bands.iter().map(|band| band.from), chart.bands.iter().map(|band| band.to));
    let ends =
        (places().chain(begin).fold(f64::INFINITY, f64::min), places().chain(end).fold(f64::NEG_INFINITY, f64::max));
    let ends = if ends.0 < ends.1 { ends } else { (ends.0 - 0.5, ends.0 + 0.5) };
    let x = Scale { values: ends, pixels: (left, right) };

    draw_bands(canvas, chart, &x, (top, bottom))?;
    for tick in &axis.ticks {
        canvas.line(Ink::Grid, 1.0, &[(left, y.px(tick.at)), (right, y.px(tick.at))])?;
        canvas.text(Ink::Text, Hang::Right, (left - 6.0, y.px(tick.at)), &tick.label)?;
    }
    canvas.line(Ink::Axis, 1.0, &[(left, bottom), (right, bottom)])?;
    for (at, label) in chart.across.ticks(ends, ((right - left) / 70.0) as usize) {
        let (px, half) = (x.px(at), width_of(&label) / 2.0);
        canvas.line(Ink::Axis, 1.0, &[(px, bottom), (px, bottom + 3.0)])?;
        canvas.text(Ink::Text, Hang::Centre, (px.clamp(half, canvas.size.0 - half), bottom + 11.0), &label)?;
    }
    for line in chart.lines {
        let ink = ink(line.kind);
        // A window without a value is a gap, and no zero.
        for piece in line.points.split(|(_, value)| value.is_none_or(|value| !value.is_finite())) {
            let piece: Vec<_> =
                piece.iter().filter_map(|(at, value)| Some((x.px(chart.across.place(*at)), y.px((*value)?)))).collect();
            match piece.as_slice() {
                [] => {}
                [alone] => canvas.dot(ink, 1.0, *alone, 1.8)?,
                many => canvas.line(ink, 1.6, many)?,
            }
        }
    }
    name_lines(canvas, chart, &y, (right, top, bottom))
}

/// Names at the lines' ends, moved apart where they would touch.
fn name_lines<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    chart: &LineChart<'_>,
    y: &Scale,
    (right, top, bottom): (f64, f64, f64),
) -> Result<(), Refused> {
    let mut names: Vec<_> = chart
        .lines
        .iter()
        .filter_map(|line| {
            let last = line.points.iter().rev().find_map(|(_, value)| *value)?;
            Some((y.px(last).clamp(top, bottom), line))
        })
        .collect();
    names.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut free = top - APART;
    for (at, _) in &mut names {
        *at = at.max(free + APART);
        free = *at;
    }
    // Those pushed below the axis, where its last label stands, take the ones above along.
    let mut limit = bottom - 5.0;
    for (at, _) in names.iter_mut().rev() {
        *at = at.min(limit);
        limit = *at - APART;
    }
    for (at, line) in names {
        canvas.text(ink(line.kind), Hang::Left, (right + 6.0, at), line.name)?;
    }
    Ok(())
}

/// The stretches of a run, with a line where each begins and its name where there is room.
fn draw_bands<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    chart: &LineChart<'_>,
    x: &Scale,
    (top, bottom): (f64, f64),
) -> Result<(), Refused> {
    for (i, band) in chart.bands.iter().enumerate() {
        let (from, to) = (x.px(band.from), x.px(band.to));
        if i % 2 == 1 {
            canvas.shape(Ink::Band, 0.07, &[(from, top - 14.0), (to, top - 14.0), (to, bottom), (from, bottom)])?;
        }
        if i > 0 {
            canvas.line(Ink::Grid, 1.0, &[(from, top - 14.0), (from, bottom)])?;
        }
        if width_of(band.name) + 4.0 <= to - from {
            canvas.text(Ink::Text, Hang::Centre, (f64::midpoint(from, to), top - 8.0), band.name)?;
        }
    }
    Ok(())
}

const fn ink(kind: LineKind) -> Ink {
    match kind {
        LineKind::Main => Ink::Line,
        LineKind::High => Ink::Floor,
        LineKind::Middle => Ink::Baseline,
        LineKind::Wanted => Ink::Target,
    }
}

impl Across {
    /// Where a value stands on the axis.
    fn place(self, at: f64) -> f64 {
        match self {
            Self::Seconds => at,
            // Each nine takes as much room as the one before: the tail is what matters.
            Self::Percent => -(1.0 - (at / 100.0).min(0.999_999)).log10(),
        }
    }

    fn ticks(self, (from, to): (f64, f64), most: usize) -> Vec<(f64, String)> {
        match self {
            Self::Seconds => seconds((from, to), most),
            Self::Percent => [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999]
                .into_iter()
                .map(|percent| (self.place(percent), format!("p{percent}")))
                .filter(|(at, _)| (from..=to).contains(at))
                .collect(),
        }
    }
}

fn seconds((from, to): (f64, f64), most: usize) -> Vec<(f64, String)> {
    const STEPS: [f64; 16] =
        [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 21600.0];
    let span = to - from;
    let step = STEPS.into_iter().find(|step| span / step <= most.max(2) as f64).unwrap_or(43_200.0);
    let first = (from / step).ceil() as i64;
    (first..first + 60)
        .map(|i| i as f64 * step)
        .take_while(|at| *at <= to + 1e-9)
        .map(|at| {
            let label = match step {
                step if step < 60.0 => format!("{at} s"),
                step if step < 3600.0 => format!("{} min", at / 60.0),
                _ => format!("{} h", at / 3600.0),
            };
            (at, label)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Line, Span, Theme, line_svg};
    use bench_model::Unit;

    fn chart(lines: &[Line<'_>], across: Across) -> String {
        let bands = [Span { name: "steady", from: 0.0, to: 5.0 }, Span { name: "burst", from: 5.0, to: 10.0 }];
        let bands: &[_] = if across == Across::Seconds { &bands } else { &[] };
        let chart = LineChart { title: "Latency", unit: Unit::Nanoseconds, across, lines, bands };
        line_svg(&chart, (640, 220), Theme::Page).unwrap_or_default()
    }

    #[test]
    fn a_window_without_a_value_is_a_gap_in_the_line() {
        let whole: Vec<_> = (0..10).map(|i| (f64::from(i), Some(1e6))).collect();
        let mut holed = whole.clone();
        if let Some(point) = holed.get_mut(5) {
            point.1 = None;
        }
        let lines = |points| [Line { name: "p95", kind: LineKind::High, points }];
        let strokes = |svg: &str| svg.matches("--chart-floor").count();
        let (one, two) = (chart(&lines(whole), Across::Seconds), chart(&lines(holed), Across::Seconds));
        assert_eq!(strokes(&two), strokes(&one) + 1, "{two}");
    }

    #[test]
    fn phases_are_named_and_the_tail_has_its_nines() {
        let points: Vec<_> = [0.0, 50.0, 90.0, 99.0, 99.9].map(|p| (p, Some(p * 1e5))).to_vec();
        let svg = chart(&[Line { name: "all", kind: LineKind::Main, points }], Across::Percent);
        assert!(["p0", "p50", "p90", "p99", "p99.9"].iter().all(|label| svg.contains(label)), "{svg}");
        let points = vec![(0.0, Some(1.0)), (10.0, Some(2.0))];
        let svg = chart(&[Line { name: "x", kind: LineKind::Main, points }], Across::Seconds);
        assert!(svg.contains("steady") && svg.contains("burst") && svg.contains("10 s"), "{svg}");
    }

    #[test]
    fn rates_are_written_out_and_the_axis_reaches_as_far_as_the_phases() {
        let points = vec![(1.0, Some(1000.0)), (4.0, Some(5000.0))];
        let lines = [Line { name: "answered", kind: LineKind::Main, points }];
        let bands = [Span { name: "burst", from: 0.0, to: 10.0 }];
        let chart =
            LineChart { title: "", unit: Unit::PerSecond, across: Across::Seconds, lines: &lines, bands: &bands };
        let svg = line_svg(&chart, (640, 220), Theme::Page).unwrap_or_default();
        assert!(["4000", "per second", "10 s", "0 s"].iter().all(|label| svg.contains(label)), "{svg}");
    }

    #[test]
    fn a_chart_of_nothing_is_refused() {
        let chart = LineChart { title: "", unit: Unit::Count, across: Across::Seconds, lines: &[], bands: &[] };
        assert!(line_svg(&chart, (640, 220), Theme::Page).is_err());
    }
}
