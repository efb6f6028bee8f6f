//! The law as a curve: through between the sizes with a say in it, in dashes a little further, and no further than that.
//! Must not know: how it is fitted, or where sizes without a say lie.

use bench_model::scale::{FittedLaw, Peak};
use plotters::backend::DrawingBackend;

use super::super::Refused;
use super::super::canvas::{Canvas, Hang, Ink, Px};
use super::{Panel, words};

/// The height of a line of text, in pixels.
const LINE: f64 = 12.0;
/// A law's line has so many pieces.
const PIECES: u32 = 96;
/// The law is drawn up to so many times the largest size with a say, as far as its predictions go.
const SUPPORTED: f64 = 2.0;

/// What the law gives at a size, in requests per second: λN / (1 + σ(N - 1) + κN(N - 1)).
fn given(law: &FittedLaw, size: f64) -> Option<f64> {
    let [rate, contention, coherency] = [law.rate, law.contention, law.coherency].map(|it| it.value.get());
    let value = rate * size / (1.0 + contention * (size - 1.0) + coherency * size * (size - 1.0));
    value.is_finite().then_some(value)
}

/// Where the law ends in the chart, whose largest size is given.
fn end(law: &FittedLaw, largest: f64) -> f64 {
    (f64::from(law.most) * SUPPORTED).min(largest)
}

/// The peak and its throughput, where the curve reaches it.
pub(super) fn peak(law: &FittedLaw, largest: f64) -> Option<(f64, f64)> {
    match &law.peak {
        Peak::At { size, throughput } if size.value.get() <= end(law, largest) => {
            Some((size.value.get(), throughput.value.get()))
        }
        Peak::At { .. } | Peak::Unknown { .. } => None,
    }
}

/// The curve between two sizes, in as many stretches as lie in the panel: where it leaves it, it is cut.
fn curve(law: &FittedLaw, (from, to): (f64, f64), panel: &Panel) -> Vec<Vec<Px>> {
    if from >= to {
        return Vec::new();
    }
    let size = |piece: u32| from + (to - from) * f64::from(piece) / f64::from(PIECES);
    let places: Vec<_> = (0..=PIECES).map(size).map(|size| Some((size, given(law, size)?))).collect();
    let mut stretches: Vec<Vec<Px>> = Vec::new();
    for both in places.windows(2) {
        let [Some(one), Some(other)] = both else { continue };
        let Some((begin, end)) = within(*one, *other, panel.y.values) else { continue };
        let (begin, end) = (panel.px(begin.0, begin.1), panel.px(end.0, end.1));
        match stretches.last_mut() {
            Some(stretch) if stretch.last() == Some(&begin) => stretch.push(end),
            Some(_) | None => stretches.push(vec![begin, end]),
        }
    }
    stretches
}

/// The part of a line from one place to the other, each a size and a value, whose values lie in the range.
fn within(one: (f64, f64), other: (f64, f64), (low, high): (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    if one.1.max(other.1) < low || one.1.min(other.1) > high {
        return None;
    }
    let part = |(size, value): (f64, f64)| {
        let edge = value.clamp(low, high);
        // Of two values that are equal none lies outside.
        let share = if edge == value { 0.0 } else { (edge - value) / (other.1 - one.1) };
        (size + share * (other.0 - one.0), edge)
    };
    Some((part(one), part(other)))
}

/// Draws the law, and its peak where the curve reaches it, in a chart whose largest size is given.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    law: &FittedLaw,
    largest: f64,
    linear_ends: Option<Px>,
    panel: &Panel,
) -> Result<(), Refused> {
    let most = f64::from(law.most).min(largest);
    let solid = curve(law, (f64::from(law.fewest).min(most), most), panel);
    for stretch in &solid {
        canvas.line(Ink::Line, 1.8, stretch)?;
    }
    let further = curve(law, (most, end(law, largest)), panel);
    for stretch in &further {
        canvas.dashed_line(Ink::Line, 1.4, stretch)?;
    }
    if let Some((size, throughput)) = peak(law, largest) {
        draw_peak(canvas, size, panel.px(size, throughput), panel)?;
    }
    let Some((x, y)) = solid.iter().chain(&further).last().and_then(|stretch| stretch.last().copied()) else {
        return Ok(());
    };
    // Beside the panel, or where the curve ends within it.
    let x = if x + canvas.width_of("law") + 12.0 < panel.x.pixels.1 { x } else { x.max(panel.x.pixels.1 - 4.0) } + 6.0;
    // Below the name of the line that it hardly differs from.
    let y = match linear_ends {
        Some((other, height)) if x - other < 40.0 && (y - height).abs() < LINE => height + LINE,
        Some(_) | None => y,
    };
    canvas.text(Ink::Line, Hang::Left, (x, y), "law")
}

fn draw_peak<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    size: f64,
    (x, y): Px,
    panel: &Panel,
) -> Result<(), Refused> {
    let shape = |r: f64| [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
    canvas.shape(Ink::Paper, 1.0, &shape(6.5))?;
    canvas.shape(Ink::Target, 1.0, &shape(4.8))?;
    // Above it and to the left: there the curve runs lower, and sizes beyond have their intervals to the right.
    let text = format!("peak {}", words::size(size));
    let right = (x + 4.0).max(panel.x.pixels.0 + canvas.width_of(&text));
    canvas.text(Ink::Target, Hang::Right, (right, y - 14.0), &text)
}
