//! How throughput and latency follow size: the sizes measured, the law where there is one, and what as many times one would give.
//! Must not know: the backend, colours, or how a law is fitted.

mod words;

use bench_model::scale::{Axis, FittedLaw, Law, Peak, ScaleLevel, ScaleSummary};
use bench_model::{Finite, Unit};
use plotters::backend::DrawingBackend;

use super::axis::{self, Scale, ValueAxis};
use super::canvas::{Canvas, Hang, Ink, Px};
use super::{Refused, Theme, svg};
use crate::ReportError;

/// Rates below this are written out, and not as `5 k/s`.
const PLAIN: f64 = 1e5;
/// The height of a line of text, in pixels.
const LINE: f64 = 12.0;
/// A law's line has so many pieces.
const PIECES: u32 = 96;

/// Draws a scalability run as SVG, `width` by `height` pixels.
///
/// # Errors
/// [`ReportError::Chart`] when there is no size, or the backend refuses.
pub fn scaling_svg(summary: &ScaleSummary, size: (u32, u32), theme: Theme) -> Result<String, ReportError> {
    let (title, description) = (words::title(summary), words::description(summary));
    svg::draw(&svg::Head { title: &title, description: &description, size, theme }, |canvas| draw(canvas, summary))
}

/// Draws a scalability run as PNG, `width` by `height` pixels at a density of 2, with its title.
///
/// # Errors
/// As [`scaling_svg`].
#[cfg(feature = "png")]
pub fn scaling_png(summary: &ScaleSummary, size: (u32, u32)) -> Result<Vec<u8>, ReportError> {
    super::png::draw(&words::title(summary), size, |canvas| draw(canvas, summary))
}

/// What the law gives at a size, in requests per second: λN / (1 + σ(N - 1) + κN(N - 1)).
fn given(law: &FittedLaw, size: f64) -> Option<f64> {
    let [rate, contention, coherency] = [law.rate, law.contention, law.coherency].map(|it| it.value.get());
    let value = rate * size / (1.0 + contention * (size - 1.0) + coherency * size * (size - 1.0));
    value.is_finite().then_some(value)
}

/// What each of the size would give if they did not get in each other's way: the law's λ, or what the smallest size gives each.
fn linear(summary: &ScaleSummary) -> Option<f64> {
    let rate = match (&summary.law, summary.levels.first()) {
        (Law::Fitted(law), _) => law.rate.value.get(),
        (Law::Refused { .. }, Some(level)) => level.throughput.value.get() / f64::from(level.at.max(1)),
        (Law::Refused { .. }, None) => return None,
    };
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

/// Whether each of the axis wants a processor: connections wait for none of their own.
pub(crate) const fn wants_processors(axis: Axis) -> bool {
    match axis {
        Axis::Processes | Axis::Threads => true,
        Axis::Pool | Axis::Connections => false,
    }
}

fn ends(level: &ScaleLevel) -> (f64, f64) {
    let value = level.throughput.value.get();
    level.throughput.interval.map_or((value, value), |interval| (interval.lower.get(), interval.upper.get()))
}

/// Where things stand in a panel.
struct Panel {
    x: Scale,
    y: Scale,
}

impl Panel {
    fn px(&self, size: f64, value: f64) -> Px {
        (self.x.px(size), self.y.px(value))
    }

    const fn top(&self) -> f64 {
        self.y.pixels.1
    }

    const fn bottom(&self) -> f64 {
        self.y.pixels.0
    }
}

fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, summary: &ScaleSummary) -> Result<(), Refused> {
    let (Some(smallest), Some(largest)) = (summary.levels.first(), summary.levels.last()) else {
        return Err(Refused("no size was measured".into()));
    };
    let peak = match &summary.law {
        Law::Fitted(law) => match &law.peak {
            Peak::At { size, throughput } => Some((size.value.get(), throughput.value.get())),
            Peak::Unknown { .. } => None,
        },
        Law::Refused { .. } => None,
    };
    let highest = summary.levels.iter().map(|level| ends(level).1.max(level.throughput.value.get()));
    let highest = highest.chain(peak.map(|(_, throughput)| throughput)).fold(0.0, f64::max);
    let rates = rates(highest);
    let slow = summary.levels.iter().filter_map(|level| level.p95).map(Finite::get).fold(f64::NEG_INFINITY, f64::max);
    let waits = (slow > f64::NEG_INFINITY).then(|| axis::values((0.0, slow), &[], Unit::Nanoseconds));

    let lawless = match &summary.law {
        Law::Fitted(_) => "",
        Law::Refused { .. } => "; no law",
    };
    let caption_y = canvas.begin(&format!("answered per second{}{lawless}", of(rates.unit)))?;
    let legend_y = legend(canvas, summary, caption_y)?;
    let labels = rates.ticks.iter().chain(waits.iter().flat_map(|axis| &axis.ticks));
    let label = labels.map(|tick| canvas.width_of(&tick.label)).fold(0.0, f64::max);
    let beside = canvas.width_of("linear") + 6.0;
    let (left, right) = (canvas.inset() + label + 7.0, canvas.size.0 - canvas.inset() - beside);
    let farthest = peak.map_or(0.0, |(size, _)| size).max(f64::from(largest.at)) * 1.04;
    let x = Scale { values: (0.0, farthest.max(1.0)), pixels: (left, right) };
    let (top, foot) = (legend_y + 26.0, canvas.size.1 - 34.0);
    let second = if waits.is_some() { (foot - top) * 0.3 } else { 0.0 };
    let y = Scale { values: rates.range, pixels: (if second > 0.0 { foot - second - 32.0 } else { foot }, top) };
    let main = Panel { x, y };

    grid(canvas, &main, &rates)?;
    cores(canvas, summary, &main)?;
    let linear_ends = draw_linear(canvas, summary, &main)?;
    if let Law::Fitted(law) = &summary.law {
        draw_law(canvas, law, (smallest, largest), linear_ends, &main)?;
    }
    for level in &summary.levels {
        draw_level(canvas, level, &main)?;
    }
    if let Some(waits) = waits {
        let y = Scale { values: waits.range, pixels: (foot, foot - second) };
        let panel = Panel { x, y };
        canvas.text(
            Ink::Text,
            Hang::Left,
            (canvas.inset(), foot - second - 13.0),
            &format!("p95{}", of(waits.unit)),
        )?;
        grid(canvas, &panel, &waits)?;
        draw_waits(canvas, &summary.levels, &panel)?;
    }
    sizes(canvas, summary, &x, foot)
}

fn of(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(", {unit}") }
}

/// The axis of throughput, which begins at 0.
fn rates(highest: f64) -> ValueAxis {
    match highest < PLAIN {
        true => axis::values_in((0.0, highest), &[], ("", 1.0)),
        false => axis::values((0.0, highest), &[], Unit::PerSecond),
    }
}

fn grid<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, panel: &Panel, axis: &ValueAxis) -> Result<(), Refused> {
    let (left, right) = panel.x.pixels;
    for tick in &axis.ticks {
        let y = panel.y.px(tick.at);
        canvas.line(Ink::Grid, 1.0, &[(left, y), (right, y)])?;
        canvas.text(Ink::Text, Hang::Right, (left - 6.0, y), &tick.label)?;
    }
    canvas.line(Ink::Axis, 1.0, &[(left, panel.bottom()), (right, panel.bottom())])
}

/// What the marks stand for, below the caption. Returns how far down it reaches.
fn legend<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    summary: &ScaleSummary,
    caption_y: f64,
) -> Result<f64, Refused> {
    let limited = summary.levels.iter().any(|level| level.limited_rounds > 0);
    if !limited {
        return Ok(caption_y);
    }
    let text = "the generator was the limit";
    let caption = canvas.inset() + canvas.width_of("answered per second, M/s; no law") + 24.0;
    let room = canvas.width_of(text) + 16.0;
    let right = canvas.size.0 - canvas.inset();
    let (x, y) = match caption + room <= right {
        true => (right - room, caption_y),
        false => (canvas.inset(), caption_y + 15.0),
    };
    hollow(canvas, (x + 5.0, y))?;
    canvas.text(Ink::Text, Hang::Left, (x + 14.0, y), text)?;
    Ok(y)
}

/// A line where sizes begin to wait for processors, when any size reaches there.
fn cores<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, summary: &ScaleSummary, panel: &Panel) -> Result<(), Refused> {
    let cores = f64::from(summary.cores);
    if !wants_processors(summary.axis) || cores <= 0.0 || !panel.x.holds(cores) {
        return Ok(());
    }
    let at = panel.x.px(cores);
    canvas.dashed_line(Ink::Baseline, 1.4, &[(at, panel.bottom()), (at, panel.top())])?;
    let text = words::count(summary.cores, "processor");
    let half = canvas.width_of(&text) / 2.0;
    let x = at.min(panel.x.pixels.1 - half).max(panel.x.pixels.0.min(at) + half - 20.0).max(half);
    canvas.text(Ink::Baseline, Hang::Centre, (x, panel.top() - 8.0), &text)
}

/// What would be answered if the size alone counted, up to the panel's top. Returns where its name stands.
fn draw_linear<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    summary: &ScaleSummary,
    panel: &Panel,
) -> Result<Option<Px>, Refused> {
    let Some(rate) = linear(summary) else { return Ok(None) };
    let end = panel.x.values.1.min(panel.y.values.1 / rate);
    let (from, to) = (panel.px(0.0, 0.0), panel.px(end, rate * end));
    canvas.line(Ink::Axis, 1.0, &[from, to])?;
    let at = (to.0 + 5.0, to.1.max(panel.top() + 5.0));
    // Not across the line of the processors.
    let cores = panel.x.px(f64::from(summary.cores));
    if wants_processors(summary.axis) && (at.0..at.0 + canvas.width_of("linear")).contains(&cores) {
        canvas.text(Ink::Text, Hang::Right, (to.0 - 6.0, at.1), "linear")?;
        return Ok(None);
    }
    canvas.text(Ink::Text, Hang::Left, at, "linear")?;
    Ok(Some(at))
}

/// The law: drawn through between the sizes measured, in dashes on to its peak when the points support one further out.
fn draw_law<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    law: &FittedLaw,
    (smallest, largest): (&ScaleLevel, &ScaleLevel),
    linear_ends: Option<Px>,
    panel: &Panel,
) -> Result<(), Refused> {
    let (from, to) = (f64::from(smallest.at), f64::from(largest.at));
    let curve = |from: f64, to: f64| -> Vec<Px> {
        let at = |piece: u32| from + (to - from) * f64::from(piece) / f64::from(PIECES);
        (0..=PIECES).filter_map(|piece| Some(panel.px(at(piece), given(law, at(piece))?))).collect()
    };
    let solid = curve(from, to);
    if from < to {
        canvas.line(Ink::Line, 1.8, &solid)?;
    }
    let mut end = solid.last().copied();
    if let Peak::At { size, throughput } = &law.peak {
        let size = size.value.get();
        if size > to && panel.x.holds(size) {
            let further = curve(to, size);
            canvas.dashed_line(Ink::Line, 1.4, &further)?;
            end = further.last().copied();
        }
        let (x, y) = panel.px(size, throughput.value.get());
        let shape = |r: f64| [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
        canvas.shape(Ink::Paper, 1.0, &shape(6.5))?;
        canvas.shape(Ink::Target, 1.0, &shape(4.8))?;
        // Above it and to the left: there the curve runs lower, and sizes beyond have their intervals to the right.
        let text = format!("peak {}", words::size(size));
        let right = (x + 4.0).max(panel.x.pixels.0 + canvas.width_of(&text));
        canvas.text(Ink::Target, Hang::Right, (right, y - 14.0), &text)?;
    }
    let Some((x, y)) = end else { return Ok(()) };
    let x = x.max(panel.x.pixels.1 - 4.0) + 6.0;
    // Below the name of the line that it hardly differs from.
    let y = match linear_ends {
        Some((other, height)) if x - other < 40.0 && (y - height).abs() < LINE => height + LINE,
        Some(_) | None => y,
    };
    canvas.text(Ink::Line, Hang::Left, (x, y), "law")
}

fn hollow<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, at: Px) -> Result<(), Refused> {
    canvas.dot(Ink::Floor, 1.0, at, 4.4)?;
    canvas.dot(Ink::Paper, 1.0, at, 2.8)
}

fn draw_level<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, level: &ScaleLevel, panel: &Panel) -> Result<(), Refused> {
    let (low, high) = ends(level);
    let at = panel.px(f64::from(level.at), level.throughput.value.get());
    if low < high {
        let (top, bottom) = (panel.y.px(high), panel.y.px(low));
        canvas.line(Ink::Strong, 1.2, &[(at.0, bottom), (at.0, top)])?;
        for end in [top, bottom] {
            canvas.line(Ink::Strong, 1.2, &[(at.0 - 3.5, end), (at.0 + 3.5, end)])?;
        }
    }
    if level.limited_rounds > 0 {
        return hollow(canvas, at);
    }
    canvas.dot(Ink::Paper, 1.0, at, 4.4)?;
    canvas.dot(Ink::Line, 1.0, at, 3.4)
}

/// Latency by size; a size where nothing was answered is a gap.
fn draw_waits<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    levels: &[ScaleLevel],
    panel: &Panel,
) -> Result<(), Refused> {
    for stretch in levels.split(|level| level.p95.is_none()) {
        let line: Vec<_> =
            stretch.iter().filter_map(|level| Some(panel.px(f64::from(level.at), level.p95?.get()))).collect();
        if line.len() > 1 {
            canvas.line(Ink::Floor, 1.6, &line)?;
        }
        for point in line {
            canvas.dot(Ink::Floor, 1.0, point, 2.6)?;
        }
    }
    Ok(())
}

/// The sizes measured, as many as have room, and what they are sizes of.
fn sizes<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    summary: &ScaleSummary,
    x: &Scale,
    foot: f64,
) -> Result<(), Refused> {
    let mut taken = f64::INFINITY;
    // From the largest: small ones crowd.
    for level in summary.levels.iter().rev() {
        let (at, text) = (x.px(f64::from(level.at)), level.at.to_string());
        canvas.line(Ink::Axis, 1.0, &[(at, foot), (at, foot + 3.0)])?;
        let half = canvas.width_of(&text) / 2.0;
        if at + half + 5.0 <= taken {
            canvas.text(Ink::Text, Hang::Centre, (at, foot + 11.0), &text)?;
            taken = at - half;
        }
    }
    canvas.text(Ink::Text, Hang::Centre, (f64::midpoint(x.pixels.0, x.pixels.1), foot + 25.0), summary.axis.as_str())
}
