//! Scores around a centre, with what each may be at most and the floor that all are held against.
//! Must not know: the backend, colours, or how a score is made.

use std::f64::consts::TAU;

use bench_model::unit::rounded;
use plotters::backend::DrawingBackend;

use super::canvas::{Canvas, Hang, Ink, Px};
use super::{Refused, Theme, svg};
use crate::ReportError;

/// Scores around a centre.
#[derive(Debug, Clone, PartialEq)]
pub struct Radar<'a> {
    /// What is shown; also the start of the description.
    pub title: &'a str,
    /// The highest score there is, above 0.
    pub most: f64,
    /// The least that each score should be.
    pub floor: f64,
    /// The scores, clockwise from the top.
    pub spokes: &'a [Spoke],
}

/// A score.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoke {
    /// What it is the score of.
    pub label: String,
    /// The score, 0 or more; absent when it was not measured.
    pub value: Option<f64>,
    /// What it can be at most with the evidence that there is.
    pub cap: Option<f64>,
}

/// The height of a line of a label, in pixels.
const LINE: f64 = 13.0;
/// The distance of labels from the outermost ring.
const AWAY: f64 = 9.0;
/// A name takes at most so many lines.
const LINES: usize = 2;
const UNKNOWN: &str = "not measured";

/// Draws scores as SVG, `width` by `height` pixels.
///
/// # Errors
/// [`ReportError::Chart`] when there is no spoke, the highest score is not above 0, or the backend refuses.
pub fn radar_svg(chart: &Radar<'_>, size: (u32, u32), theme: Theme) -> Result<String, ReportError> {
    let description = description(chart);
    svg::draw(&svg::Head { title: chart.title, description: &description, size, theme }, |canvas| draw(canvas, chart))
}

/// Draws scores as PNG, `width` by `height` pixels at a density of 2, with their title.
///
/// # Errors
/// As [`radar_svg`].
#[cfg(feature = "png")]
pub fn radar_png(chart: &Radar<'_>, size: (u32, u32)) -> Result<Vec<u8>, ReportError> {
    super::png::draw(chart.title, size, |canvas| draw(canvas, chart))
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// A score as it is written: with as many decimals as the tables beside it have.
fn figure(chart: &Radar<'_>, value: f64) -> String {
    let decimals = if chart.most < 50.0 { 2 } else { 1 };
    format!("{:.decimals$}", value + 0.0)
}

/// A score of a ring: no more digits than it needs.
fn plain(value: f64) -> String {
    let text = rounded(value, 3);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn description(chart: &Radar<'_>) -> String {
    let mut text = format!("{} scores of 0 to {}.", chart.spokes.len(), plain(chart.most));
    if chart.floor.is_finite() {
        text += &format!(" Floor {}.", figure(chart, chart.floor));
    }
    for spoke in chart.spokes {
        text += &match finite(spoke.value) {
            Some(value) => format!(" {}: {}", spoke.label, figure(chart, value)),
            None => format!(" {}: {UNKNOWN}", spoke.label),
        };
        if finite(spoke.value).is_some_and(|value| value < chart.floor) {
            text += ", below the floor";
        }
        if let Some(cap) = finite(spoke.cap) {
            text += &format!(", at most {} with the evidence that there is", figure(chart, cap));
        }
        text.push('.');
    }
    text
}

/// The rings' place: centre and outermost radius, with the way from scores to pixels.
struct Rings {
    centre: Px,
    radius: f64,
    most: f64,
    spokes: usize,
}

impl Rings {
    /// The direction of a spoke, as cosine and sine on a screen, whose heights grow downwards.
    fn way(&self, spoke: usize) -> Px {
        let angle = TAU * spoke as f64 / self.spokes as f64;
        (angle.sin(), -angle.cos())
    }

    fn at(&self, spoke: usize, score: f64) -> Px {
        let far = self.radius * (score / self.most).clamp(0.0, 1.0);
        let (right, down) = self.way(spoke);
        (self.centre.0 + far * right, self.centre.1 + far * down)
    }

    fn ring(&self, score: f64) -> Vec<Px> {
        (0..=self.spokes).map(|spoke| self.at(spoke % self.spokes, score)).collect()
    }
}

fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &Radar<'_>) -> Result<(), Refused> {
    if chart.spokes.is_empty() {
        return Err(Refused("there is no spoke".into()));
    }
    if !(chart.most.is_finite() && chart.most > 0.0) {
        return Err(Refused("its highest score is not above 0".into()));
    }
    let caption_y = canvas.begin(&format!("0 to {}, higher is better", plain(chart.most)))?;
    let legend_y = legend(canvas, chart, caption_y)?;
    let (rings, labels) = layout(canvas, chart, legend_y + 10.0);
    for part in 1..=5 {
        canvas.line(Ink::Grid, 1.0, &rings.ring(chart.most * f64::from(part) / 5.0))?;
    }
    for (i, spoke) in chart.spokes.iter().enumerate() {
        let line = [rings.centre, rings.at(i, chart.most)];
        match finite(spoke.value) {
            Some(_) => canvas.line(Ink::Grid, 1.0, &line)?,
            None => canvas.dashed_line(Ink::Axis, 1.0, &line)?,
        }
    }
    if chart.floor.is_finite() && chart.floor > 0.0 {
        canvas.dashed_line(Ink::Floor, 1.4, &rings.ring(chart.floor))?;
    }
    draw_scores(canvas, chart, &rings)?;
    // On the first spoke, above the scores' fill, so that they can be read there.
    for part in 1..=5 {
        let score = chart.most * f64::from(part) / 5.0;
        let at = rings.at(0, score);
        canvas.text(Ink::Text, Hang::Right, (at.0 - 4.0, at.1), &plain(score))?;
    }
    for label in labels {
        let ink = if label.known { Ink::Strong } else { Ink::Text };
        let last = label.lines.len().saturating_sub(1);
        for (line, text) in label.lines.iter().enumerate() {
            let ink = if line == last { ink } else { Ink::Text };
            canvas.text(ink, label.hang, (label.at.0, label.at.1 + LINE * line as f64), text)?;
        }
    }
    Ok(())
}

/// What the dashes and ticks stand for, at the right of the caption or below it. Returns how far down it reaches.
fn legend<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &Radar<'_>, caption_y: f64) -> Result<f64, Refused> {
    let floor = format!("floor {}", plain(chart.floor));
    let capped = chart.spokes.iter().any(|spoke| finite(spoke.cap).is_some());
    const CAP: &str = "most that its evidence allows";
    let floored = chart.floor.is_finite() && chart.floor > 0.0;
    let between = if floored && capped { 17.0 } else { 0.0 };
    let floor_room = if floored { canvas.width_of(&floor) + 27.0 + between } else { 0.0 };
    let cap_room = if capped { canvas.width_of(CAP) + 12.0 } else { 0.0 };
    let caption = canvas.width_of(&format!("0 to {}, higher is better", plain(chart.most)));
    let right = canvas.size.0 - canvas.inset();
    let beside = canvas.inset() + caption + 12.0 + floor_room + cap_room <= right;
    if floor_room + cap_room == 0.0 {
        return Ok(caption_y);
    }
    let y = if beside { caption_y } else { caption_y + 15.0 };
    let mut x = if beside { right - floor_room - cap_room } else { canvas.inset() };
    if floored {
        canvas.dashed(Ink::Floor, y, (x, x + 22.0))?;
        canvas.text(Ink::Text, Hang::Left, (x + 27.0, y), &floor)?;
        x += floor_room;
    }
    if capped {
        canvas.line(Ink::Target, 2.4, &[(x + 4.0, y - 5.0), (x + 4.0, y + 5.0)])?;
        canvas.text(Ink::Text, Hang::Left, (x + 12.0, y), CAP)?;
    }
    Ok(y)
}

/// The scores: joined where neighbours have one, and nothing where one was not measured.
fn draw_scores<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, chart: &Radar<'_>, rings: &Rings) -> Result<(), Refused> {
    let count = chart.spokes.len();
    let place = |i: usize| {
        let i = i % count;
        finite(chart.spokes.get(i)?.value).map(|value| rings.at(i, value))
    };
    // From behind the first gap once around, so that a stretch over the top stays one.
    let gap = (0..count).find(|i| place(*i).is_none());
    let around: Vec<_> = (0..count).map(|i| place(gap.map_or(i, |gap| gap + 1 + i))).collect();
    for stretch in around.split(Option::is_none) {
        let mut stretch: Vec<Px> = stretch.iter().copied().flatten().collect();
        if stretch.len() < 2 {
            continue;
        }
        let mut outline = stretch.clone();
        match gap {
            Some(_) => outline.push(rings.centre),
            None => stretch.extend(stretch.first().copied()),
        }
        canvas.shape(Ink::Band, 0.18, &outline)?;
        canvas.line(Ink::Line, 1.8, &stretch)?;
    }
    for (i, spoke) in chart.spokes.iter().enumerate() {
        if let Some(cap) = finite(spoke.cap) {
            let ((x, y), (right, down)) = (rings.at(i, cap), rings.way(i));
            canvas.line(Ink::Target, 2.4, &[(x - 6.0 * down, y + 6.0 * right), (x + 6.0 * down, y - 6.0 * right)])?;
        }
        if let Some(at) = place(i) {
            canvas.dot(Ink::Paper, 1.0, at, 4.2)?;
            canvas.dot(Ink::Line, 1.0, at, 3.2)?;
        }
    }
    Ok(())
}

/// A label with its place: the middle of its first line.
struct Label {
    lines: Vec<String>,
    known: bool,
    hang: Hang,
    at: Px,
}

/// The largest rings around which all labels fit whole; where none of a third of the height does, labels are cut.
fn layout<B: DrawingBackend>(canvas: &Canvas<'_, B>, chart: &Radar<'_>, top: f64) -> (Rings, Vec<Label>) {
    let (width, bottom) = (canvas.size.0, canvas.size.1 - 4.0);
    let block = LINE * (LINES + 1) as f64;
    let centre = (width / 2.0, f64::midpoint(top, bottom));
    let tallest = ((bottom - top) / 2.0 - block - AWAY).max((bottom - top) / 6.0);
    let rings = |radius| Rings { centre, radius, most: chart.most, spokes: chart.spokes.len() };
    let mut found = None;
    for step in 0..=24 {
        let rings = rings(tallest * (1.0 - f64::from(step) * 0.025));
        let (labels, whole) = labels(canvas, chart, &rings);
        if whole {
            return (rings, labels);
        }
        found = found.or(Some((rings, labels)));
    }
    // Nothing is won by small rings when labels are cut anyway.
    found.unwrap_or_else(|| (rings(tallest), Vec::new()))
}

/// The labels around rings, and whether all are whole.
fn labels<B: DrawingBackend>(canvas: &Canvas<'_, B>, chart: &Radar<'_>, rings: &Rings) -> (Vec<Label>, bool) {
    let mut whole = true;
    let edge = canvas.inset() + 2.0;
    let label = |(i, spoke): (usize, &Spoke)| {
        let (right, down) = rings.way(i);
        let far = rings.radius + AWAY;
        let (x, y) = (rings.centre.0 + far * right, rings.centre.1 + far * down);
        let (hang, room) = match right {
            right if right > 0.2 => (Hang::Left, canvas.size.0 - edge - x),
            right if right < -0.2 => (Hang::Right, x - edge),
            // At the top and the bottom, up to where the neighbours begin.
            _ => {
                let aside = rings.way((i + 1) % rings.spokes).0.abs().max(0.3);
                (Hang::Centre, (canvas.size.0 - 2.0 * edge).min(2.0 * far * aside))
            }
        };
        let (mut lines, fits) = wrapped(canvas, &spoke.label, room);
        whole &= fits;
        let value = finite(spoke.value);
        let figure = value.map_or_else(|| UNKNOWN.to_owned(), |value| self::figure(chart, value));
        whole &= canvas.width_of(&figure) <= room;
        lines.push(canvas.fitting(&figure, room));
        // Above the point at the top, below it at the bottom, and around it at the sides.
        let up = (lines.len() - 1) as f64 * LINE * (1.0 - down) / 2.0 + 4.0 * -down;
        Label { lines, known: value.is_some(), hang, at: (x, y - up) }
    };
    (chart.spokes.iter().enumerate().map(label).collect(), whole)
}

/// A name on as few lines as it needs, broken behind spaces and signs; and whether all of it is there.
fn wrapped<B: DrawingBackend>(canvas: &Canvas<'_, B>, text: &str, room: f64) -> (Vec<String>, bool) {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_inclusive([' ', '-', '_', '/']) {
        let last = lines.len() == LINES;
        match lines.last_mut() {
            Some(line) if last || canvas.width_of((line.clone() + word).trim_end()) <= room => line.push_str(word),
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    let fitted: Vec<_> = lines.iter().map(|line| canvas.fitting(line.trim(), room)).collect();
    let whole = lines.iter().all(|line| canvas.width_of(line.trim()) <= room);
    (fitted, whole)
}
