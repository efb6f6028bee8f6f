//! How throughput and latency follow size: the sizes measured, the law where there is one, and what as many times one would give.
//! Must not know: the backend, colours, or how a law is fitted.

mod law;
mod marks;
mod words;

use bench_model::Unit;
use bench_model::scale::{Law, ScaleLevel, ScaleSummary};
use plotters::backend::DrawingBackend;

use super::axis::{self, Scale, ValueAxis};
use super::canvas::{Canvas, Hang, Ink, Px};
use super::{Refused, Theme, svg};
use crate::ReportError;
use marks::Mark;
pub(crate) use words::no_evidence;

/// Rates below this are written out, and not as `5 k/s`.
const PLAIN: f64 = 1e5;

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

/// What each of the size would give if they did not get in each other's way: the law's λ, or what the smallest size with a say gives each.
fn linear(summary: &ScaleSummary) -> Option<f64> {
    let smallest = summary.levels.iter().find(|level| level.limited_rounds == 0 && level.unusable_rounds == 0);
    let rate = match (&summary.law, smallest) {
        (Law::Fitted(law), _) => law.rate.value.get(),
        (Law::Refused { .. }, Some(level)) => level.throughput.value.get() / f64::from(level.at.max(1)),
        (Law::Refused { .. }, None) => return None,
    };
    (rate.is_finite() && rate > 0.0).then_some(rate)
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
    let Some(largest) = summary.levels.last().map(|level| f64::from(level.at)) else {
        return Err(Refused("no size was measured".into()));
    };
    let law = match &summary.law {
        Law::Fitted(law) => Some(&**law),
        Law::Refused { .. } => None,
    };
    let peak = law.and_then(|law| law::peak(law, largest));
    // What was answered where a round is no evidence is no throughput of that size.
    let usable = summary.levels.iter().filter(|level| level.unusable_rounds == 0);
    let highest = usable.map(|level| ends(level).1.max(level.throughput.value.get()));
    let highest = highest.chain(peak.map(|(_, throughput)| throughput)).fold(0.0, f64::max);
    let rates = rates(highest);
    let slow = summary
        .levels
        .iter()
        .filter_map(|level| level.p95)
        .map(|p95| p95.value.get())
        .fold(f64::NEG_INFINITY, f64::max);
    let waits = (slow > f64::NEG_INFINITY).then(|| axis::values((0.0, slow), &[], Unit::Nanoseconds));

    let lawless = if law.is_none() { "; no law" } else { "" };
    let caption_y = canvas.begin(&format!("answered per second{}{lawless}", of(rates.unit)))?;
    let legend_y = marks::legend(canvas, &summary.levels, caption_y)?;
    let labels = rates.ticks.iter().chain(waits.iter().flat_map(|axis| &axis.ticks));
    let label = labels.map(|tick| canvas.width_of(&tick.label)).fold(0.0, f64::max);
    let beside = canvas.width_of("linear") + 6.0;
    let (left, right) = (canvas.inset() + label + 7.0, canvas.size.0 - canvas.inset() - beside);
    let x = Scale { values: (0.0, (largest * 1.04).max(1.0)), pixels: (left, right) };
    let (top, foot) = (legend_y + 26.0, canvas.size.1 - 34.0);
    let second = if waits.is_some() { (foot - top) * 0.3 } else { 0.0 };
    let y = Scale { values: rates.range, pixels: (if second > 0.0 { foot - second - 32.0 } else { foot }, top) };
    let main = Panel { x, y };

    grid(canvas, &main, &rates)?;
    cores(canvas, summary, &main)?;
    let linear_ends = draw_linear(canvas, summary, &main)?;
    if let Some(law) = law {
        law::draw(canvas, law, largest, linear_ends, &main)?;
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

/// A line where sizes begin to wait for processors, when any size reaches there.
fn cores<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, summary: &ScaleSummary, panel: &Panel) -> Result<(), Refused> {
    let cores = f64::from(summary.cores);
    if !summary.axis.takes_processors() || cores <= 0.0 || !panel.x.holds(cores) {
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
    if summary.axis.takes_processors() && (at.0..at.0 + canvas.width_of("linear")).contains(&cores) {
        canvas.text(Ink::Text, Hang::Right, (to.0 - 6.0, at.1), "linear")?;
        return Ok(None);
    }
    canvas.text(Ink::Text, Hang::Left, at, "linear")?;
    Ok(Some(at))
}

fn draw_level<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, level: &ScaleLevel, panel: &Panel) -> Result<(), Refused> {
    if level.unusable_rounds > 0 {
        return marks::draw(canvas, Mark::NoEvidence, (panel.x.px(f64::from(level.at)), panel.bottom()));
    }
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
        return marks::draw(canvas, Mark::Limited, at);
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
            stretch.iter().filter_map(|level| Some(panel.px(f64::from(level.at), level.p95?.value.get()))).collect();
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
