//! Drawing in pixels of the finished chart, with inks instead of colours, on any of plotters' backends.
//! Must not know: what is drawn.

use plotters::backend::DrawingBackend;
use plotters::style::{RGBAColor, RGBColor, ShapeStyle};

use super::Refused;

/// What a stroke or a letter stands for; the theme gives it a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Line,
    Band,
    Grid,
    Axis,
    Text,
    /// The run that the page is about, and the title.
    Strong,
    Floor,
    Target,
    Baseline,
    Promoted,
    Regressed,
    /// The ground, for rims that set a mark off from a line.
    Paper,
}

/// A line drawn in dashes: lengths of stroke and gap in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dash(pub(super) f64, pub(super) f64);

/// The dashes of a reference line: each has its own.
pub(super) const fn dash(ink: Ink) -> Dash {
    match ink {
        Ink::Floor => Dash(9.0, 4.0),
        Ink::Target => Dash(2.0, 3.0),
        Ink::Baseline => Dash(5.0, 3.0),
        Ink::Line
        | Ink::Band
        | Ink::Grid
        | Ink::Axis
        | Ink::Text
        | Ink::Strong
        | Ink::Promoted
        | Ink::Regressed
        | Ink::Paper => Dash(3.0, 3.0),
    }
}

/// Where a text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hang {
    Left,
    Centre,
    Right,
}

/// A point in pixels, from the top left.
pub(super) type Px = (f64, f64);

/// A backend with a scale: it draws finer than pixels, because plotters counts in whole ones.
pub(super) struct Canvas<'a, B: DrawingBackend> {
    pub(super) backend: &'a mut B,
    pub(super) size: Px,
    pub(super) scale: f64,
    /// The colour of an ink.
    pub(super) colour: fn(Ink) -> RGBColor,
    /// The colour of an ink in a dashed line, where whoever finishes the drawing makes the dashes; else they are drawn one by
    /// one.
    pub(super) dash_colour: Option<fn(Ink) -> RGBColor>,
    /// Writes a text.
    pub(super) write: fn(&mut B, &Word<'_>) -> Result<(), Refused>,
    /// Whether all letters are equally wide, so that narrow ones save no room.
    pub(super) even: bool,
    /// A title to show above the drawing.
    pub(super) title: Option<&'a str>,
}

/// A text with its place, in the backend's own pixels; its middle is at that height.
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) hang: Hang,
    pub(super) at: (i32, i32),
    pub(super) height: f64,
    pub(super) colour: RGBColor,
}

/// The height of letters, in pixels.
pub(super) const LETTERS: f64 = 11.0;
/// The width of a typical letter; system fonts differ, and this is that of a wide one.
const LETTER: f64 = 6.7;

/// About how wide a text is.
pub(super) fn width_of(text: &str) -> f64 {
    let letter = |c| match c {
        '.' | ',' | ' ' | 'i' | 'l' | '/' | ':' | '\'' => 0.55,
        'm' | 'w' => 1.4,
        _ => 1.0,
    };
    text.chars().map(letter).sum::<f64>() * LETTER
}

impl<B: DrawingBackend> Canvas<'_, B> {
    fn at(&self, (x, y): Px) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn style(&self, colour: RGBColor, alpha: f64, thick: f64, filled: bool) -> ShapeStyle {
        let stroke_width = (thick * self.scale).round().max(1.0) as u32;
        ShapeStyle { color: RGBAColor(colour.0, colour.1, colour.2, alpha), filled, stroke_width }
    }

    pub(super) fn line(&mut self, ink: Ink, thick: f64, points: &[Px]) -> Result<(), Refused> {
        let style = self.style((self.colour)(ink), 1.0, thick, false);
        let points: Vec<_> = points.iter().map(|point| self.at(*point)).collect();
        self.backend.draw_path(points, &style).map_err(refused)
    }

    /// A level line in the ink's own dashes.
    pub(super) fn dashed(&mut self, ink: Ink, y: f64, (from, to): Px) -> Result<(), Refused> {
        self.dashed_line(ink, 1.4, &[(from, y), (to, y)])
    }

    /// A line in the ink's own dashes.
    pub(super) fn dashed_line(&mut self, ink: Ink, thick: f64, points: &[Px]) -> Result<(), Refused> {
        if let Some(colour) = self.dash_colour {
            let style = self.style(colour(ink), 1.0, thick, false);
            let points: Vec<_> = points.iter().map(|point| self.at(*point)).collect();
            return self.backend.draw_path(points, &style).map_err(refused);
        }
        let Dash(stroke, gap) = dash(ink);
        // How far the line has come in its dash and the gap behind it.
        let mut gone = 0.0;
        for (&from, &to) in points.iter().zip(points.iter().skip(1)) {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let along = |far: f64| {
                let share = far / length;
                (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
            };
            let mut far = 0.0;
            while far < length {
                let drawn = gone < stroke;
                let step = (if drawn { stroke } else { stroke + gap } - gone).min(length - far).max(0.01);
                if drawn {
                    self.line(ink, thick, &[along(far), along(far + step)])?;
                }
                far += step;
                gone = (gone + step) % (stroke + gap);
            }
        }
        Ok(())
    }

    /// A filled shape.
    pub(super) fn shape(&mut self, ink: Ink, alpha: f64, points: &[Px]) -> Result<(), Refused> {
        let style = self.style((self.colour)(ink), alpha, 1.0, true);
        let points: Vec<_> = points.iter().map(|point| self.at(*point)).collect();
        self.backend.fill_polygon(points, &style).map_err(refused)
    }

    /// A filled dot.
    pub(super) fn dot(&mut self, ink: Ink, alpha: f64, centre: Px, radius: f64) -> Result<(), Refused> {
        let style = self.style((self.colour)(ink), alpha, 1.0, true);
        let radius = (radius * self.scale).round() as u32;
        self.backend.draw_circle(self.at(centre), radius, &style, true).map_err(refused)
    }

    /// A text whose middle is at the height of `point`.
    pub(super) fn text(&mut self, ink: Ink, hang: Hang, point: Px, text: &str) -> Result<(), Refused> {
        let word = Word { text, hang, at: self.at(point), height: LETTERS * self.scale, colour: (self.colour)(ink) };
        (self.write)(self.backend, &word)
    }

    /// About how wide a text is here.
    pub(super) fn width_of(&self, text: &str) -> f64 {
        if self.even { text.chars().count() as f64 * LETTER } else { width_of(text) }
    }

    /// A text as it may be drawn: on one line, and cut where it would be wider than `room`.
    pub(super) fn fitting(&self, text: &str, room: f64) -> String {
        let clean = |c: char| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c };
        // No text that fits has more letters than this.
        let most = (room / 3.0).max(0.0) as usize;
        let mut shown: String = text.chars().take(most + 1).map(clean).collect();
        if self.width_of(&shown) <= room {
            return shown;
        }
        while !shown.is_empty() && self.width_of(&shown) + LETTER > room {
            shown.pop();
        }
        shown + "…"
    }

    /// The place left for the drawing below the title, if there is one, and the line that says what the axis shows; `caption` goes
    /// there.
    pub(super) fn begin(&mut self, caption: &str) -> Result<f64, Refused> {
        let mut top = 8.0;
        if let Some(title) = self.title {
            let title = self.fitting(title, self.size.0 - 16.0);
            self.text(Ink::Strong, Hang::Left, (8.0, top + 4.0), &title)?;
            top += 20.0;
        }
        self.text(Ink::Text, Hang::Left, (self.inset(), top), caption)?;
        Ok(top)
    }

    /// The distance kept from the left and right edge: none in a page, which has its own.
    pub(super) fn inset(&self) -> f64 {
        if self.title.is_some() { 8.0 } else { 0.0 }
    }
}

pub(super) fn refused(error: impl std::fmt::Display) -> Refused {
    Refused(error.to_string())
}
