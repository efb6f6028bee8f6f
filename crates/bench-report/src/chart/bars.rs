//! Values side by side, each with its interval and the floor that it is held against.
//! Must not know: the backend, colours, or where a floor comes from.

use bench_model::unit::rounded;
use bench_model::{Direction, Finite, Quantity, Unit};
use plotters::backend::DrawingBackend;

use super::axis::{self, Scale};
use super::canvas::{Canvas, Hang, Ink, Px};
use super::describe::amount;
use super::{Refused, Theme, svg};
use crate::ReportError;

/// Values side by side, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars<'a> {
    /// What is shown; also the start of the description.
    pub title: &'a str,
    /// The base unit of every value.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The bars, from left to right.
    pub bars: &'a [Bar],
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is the value of, such as a day.
    pub label: String,
    /// The value, in the chart's unit.
    pub value: Finite,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// The floor (where lower is better: the ceiling) of this bar, such as a share of the bar before.
    pub floor: Option<Finite>,
    /// Whether it was found to miss its floor.
    pub below: bool,
}

/// A bar and the gap beside it take at least so many pixels; where there are more bars, the first are left out.
const SLOT: f64 = 4.0;
/// No label is wider than this, in pixels.
const LABEL: f64 = 96.0;

/// Draws bars as SVG, `width` by `height` pixels.
///
/// # Errors
/// [`ReportError::Chart`] when there is no bar, or the backend refuses.
pub fn bars_svg(chart: &Bars<'_>, size: (u32, u32), theme: Theme) -> Result<String, ReportError> {
    let description = description(chart, shown(chart, f64::from(size.0)));
    svg::draw(&svg::Head { title: chart.title, description: &description, size, theme }, |canvas| draw(canvas, chart))
}

/// Draws bars as PNG, `width` by `height` pixels at a density of 2, with their title.
///
/// # Errors
/// As [`bars_svg`].
#[cfg(feature = "png")]
pub fn bars_png(chart: &Bars<'_>, size: (u32, u32)) -> Result<Vec<u8>, ReportError> {
    super::png::draw(chart.title, size, |canvas| draw(canvas, chart))
}

/// The newest bars that fit.
fn shown<'a>(chart: &Bars<'a>, width: f64) -> &'a [Bar] {
    let most = ((width * 0.75 / SLOT) as usize).max(1);
    chart.bars.get(chart.bars.len().saturating_sub(most)..).unwrap_or_default()
}

/// How the floor is called, and how a bar that misses it.
const fn words(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::HigherIsBetter => ("floor", "below its floor"),
        Direction::LowerIsBetter => ("ceiling", "above its ceiling"),
    }
}

fn interval(bar: &Bar) -> Option<(f64, f64)> {
    bar.interval.filter(|(low, high)| low.is_finite() && high.is_finite() && low <= high)
}

fn description(chart: &Bars<'_>, bars: &[Bar]) -> String {
    let better = match chart.direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    };
    let (floor, missed) = words(chart.direction);
    let mut text = if bars.len() == 1 { "1 bar".to_owned() } else { format!("{} bars", bars.len()) };
    match chart.bars.len() - bars.len() {
        0 => {}
        more => text += &format!(", the newest; {more} before them are not shown"),
    }
    text += &format!(", {better}.");
    for bar in bars {
        text += &format!(" {}: {}", bar.label, amount(bar.value.get(), chart.unit));
        if let Some((low, high)) = interval(bar) {
            text += &format!(", interval {} to {}", amount(low, chart.unit), amount(high, chart.unit));
        }
        match (bar.floor, bar.below) {
            (Some(value), true) => text += &format!(", {missed} of {}", amount(value.get(), chart.unit)),
            (Some(value), false) => text += &format!(", {floor} {}", amount(value.get(), chart.unit)),
            (None, true) => text += &format!(", {missed}"),
            (None, false) => {}
        }
        text.push('.');
    }
    text
}

fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &Bars<'_>) -> Result<(), Refused> {
    let bars = shown(chart, canvas.size.0);
    if bars.is_empty() {
        return Err(Refused("there is no bar".into()));
    }
    let ends = |bar: &Bar| {
        let (low, high) = interval(bar).unwrap_or((bar.value.get(), bar.value.get()));
        [bar.value.get(), low, high, bar.floor.map_or(bar.value.get(), Finite::get)]
    };
    // A bar's length is its value, so the axis holds 0.
    let lowest = bars.iter().flat_map(ends).fold(0.0, f64::min);
    let highest = bars.iter().flat_map(ends).fold(0.0, f64::max);
    // The unit that the longest bar is read in: figures at the bars and on the axis are in the same.
    let longest = if highest >= -lowest { highest } else { lowest };
    let (unit, scale) = Quantity { value: longest, unit: chart.unit }.reading_unit();
    let axis = axis::values_in((lowest, highest), &[], (unit, scale));
    let better = match chart.direction {
        Direction::HigherIsBetter => "higher is better ↑",
        Direction::LowerIsBetter => "lower is better ↓",
    };
    let caption = if axis.unit.is_empty() { better.to_owned() } else { format!("{}, {better}", axis.unit) };
    let caption_y = canvas.begin(&caption)?;
    let legend_y = legend(canvas, chart, bars, caption_y, canvas.width_of(&caption))?;

    let label = axis.ticks.iter().map(|tick| canvas.width_of(&tick.label)).fold(0.0, f64::max);
    let left = canvas.inset() + label + 7.0;
    // The last label may reach beyond its bar.
    let widest = bars.iter().map(|bar| canvas.width_of(&bar.label)).fold(0.0, f64::max).min(LABEL);
    let room = canvas.size.0 - canvas.inset() - left;
    let right = left + room - ((widest - room / bars.len() as f64) / 2.0).max(6.0);
    let slot = (right - left) / bars.len() as f64;
    let figure = |bar: &Bar| rounded(bar.value.get() / scale, 3);
    let figured = bars.iter().all(|bar| canvas.width_of(&figure(bar)) + 4.0 <= slot);
    let above = if figured { 16.0 } else { 0.0 } + if bars.iter().any(|bar| bar.below) { 12.0 } else { 0.0 };
    let (top, bottom) = (legend_y + 12.0 + above, canvas.size.1 - 20.0);
    let y = Scale { values: axis.range, pixels: (bottom, top) };
    for tick in &axis.ticks {
        canvas.line(Ink::Grid, 1.0, &[(left, y.px(tick.at)), (right, y.px(tick.at))])?;
        canvas.text(Ink::Text, Hang::Right, (left - 6.0, y.px(tick.at)), &tick.label)?;
    }
    let slots = || bars.iter().enumerate().map(|(i, bar)| (left + slot * (i as f64 + 0.5), bar));
    for (middle, bar) in slots() {
        draw_bar(canvas, bar, (middle, (slot * 0.34).min(34.0)), &y)?;
    }
    canvas.line(Ink::Axis, 1.0, &[(left, y.px(0.0)), (right, y.px(0.0))])?;
    // Steps from bar to bar; a bar without a floor is a gap.
    for steps in slots().collect::<Vec<_>>().split(|(_, bar)| bar.floor.is_none()) {
        let step = |(middle, bar): &(f64, &Bar)| {
            let level = bar.floor.map(|floor| y.px(floor.get()))?;
            Some([(middle - slot / 2.0, level), (middle + slot / 2.0, level)])
        };
        let mut line: Vec<Px> = steps.iter().filter_map(step).flatten().collect();
        // Bars with one floor have one line.
        line.dedup_by(|a, b| a.1 == b.1 && (a.0 - b.0).abs() < 1e-6);
        if !line.is_empty() {
            canvas.dashed_line(Ink::Floor, 1.4, &line)?;
        }
    }
    for (middle, bar) in slots() {
        let mut over = ends(bar).into_iter().take(3).map(|end| y.px(end)).fold(y.px(0.0), f64::min) - 9.0;
        if figured {
            let (text, half) = (figure(bar), canvas.width_of(&figure(bar)) / 2.0);
            let (from, to) = ((middle - half, over - 7.0), (middle + half, over + 6.0));
            canvas.shape(Ink::Paper, 0.85, &[from, (to.0, from.1), to, (from.0, to.1)])?;
            canvas.text(Ink::Strong, Hang::Centre, (middle, over), &text)?;
            over -= 13.0;
        }
        if bar.below {
            cross(canvas, (middle, over))?;
        }
    }
    let middles: Vec<_> = slots().map(|(middle, bar)| (middle, bar.label.as_str())).collect();
    labels(canvas, &middles, slot, bottom + 11.0)
}

/// What stands for floors and for bars that miss them, at the right of the caption or, where that has no room, below it. Returns
/// how far down it reaches.
fn legend<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    chart: &Bars<'_>,
    bars: &[Bar],
    caption_y: f64,
    caption: f64,
) -> Result<f64, Refused> {
    let (floor, missed) = words(chart.direction);
    let (floors, misses) = (bars.iter().any(|bar| bar.floor.is_some()), bars.iter().any(|bar| bar.below));
    let between = if floors && misses { 17.0 } else { 0.0 };
    let floor_room = if floors { canvas.width_of(floor) + 27.0 + between } else { 0.0 };
    let room = floor_room + if misses { canvas.width_of(missed) + 14.0 } else { 0.0 };
    if room == 0.0 {
        return Ok(caption_y);
    }
    let right = canvas.size.0 - canvas.inset();
    let beside = canvas.inset() + caption + 12.0 + room <= right;
    let y = if beside { caption_y } else { caption_y + 15.0 };
    let mut x = if beside { right - room } else { canvas.inset() };
    if floors {
        canvas.dashed(Ink::Floor, y, (x, x + 22.0))?;
        canvas.text(Ink::Text, Hang::Left, (x + 27.0, y), floor)?;
        x += floor_room;
    }
    if misses {
        cross(canvas, (x + 5.0, y))?;
        canvas.text(Ink::Text, Hang::Left, (x + 14.0, y), missed)?;
    }
    Ok(y)
}

fn draw_bar<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    bar: &Bar,
    (middle, half): (f64, f64),
    y: &Scale,
) -> Result<(), Refused> {
    let (top, foot) = (y.px(bar.value.get()), y.px(0.0));
    let ink = if bar.below { Ink::Regressed } else { Ink::Line };
    canvas.shape(
        ink,
        0.8,
        &[(middle - half, top), (middle + half, top), (middle + half, foot), (middle - half, foot)],
    )?;
    if let Some((low, high)) = interval(bar) {
        let cap = (half * 0.5).min(4.0);
        canvas.line(Ink::Strong, 1.2, &[(middle, y.px(low)), (middle, y.px(high))])?;
        for end in [low, high] {
            canvas.line(Ink::Strong, 1.2, &[(middle - cap, y.px(end)), (middle + cap, y.px(end))])?;
        }
    }
    Ok(())
}

fn cross<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, (x, y): Px) -> Result<(), Refused> {
    let r = 3.4;
    canvas.line(Ink::Regressed, 2.0, &[(x - r, y - r), (x + r, y + r)])?;
    canvas.line(Ink::Regressed, 2.0, &[(x - r, y + r), (x + r, y - r)])
}

/// As many labels as have room, the newest bar's among them.
fn labels<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    bars: &[(f64, &str)],
    slot: f64,
    y: f64,
) -> Result<(), Refused> {
    let widest = bars.iter().map(|(_, label)| canvas.width_of(label)).fold(0.0, f64::max);
    let step = (((widest.min(LABEL) + 8.0) / slot).ceil() as usize).max(1);
    for (middle, label) in bars.iter().rev().step_by(step) {
        let label = canvas.fitting(label, (slot * step as f64 - 6.0).max(LABEL.min(widest)));
        let half = canvas.width_of(&label) / 2.0;
        canvas.text(Ink::Text, Hang::Centre, (middle.max(half), y), &label)?;
    }
    Ok(())
}
