//! Marks of sizes that have no say, and what they stand for. Must not know: laws.

use bench_model::scale::ScaleLevel;
use plotters::backend::DrawingBackend;

use super::super::Refused;
use super::super::canvas::{Canvas, Hang, Ink, Px};

/// Why a size has no say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The generator was the limit: the service can do this much, or more.
    Limited,
    /// It was not measured: it stands on the axis of sizes, and has no height.
    NoEvidence,
}

impl Mark {
    const fn text(self) -> &'static str {
        match self {
            Self::Limited => "the generator was the limit",
            Self::NoEvidence => "no evidence",
        }
    }
}

/// Draws a mark.
pub(super) fn draw<B: DrawingBackend>(canvas: &mut Canvas<'_, B>, mark: Mark, at: Px) -> Result<(), Refused> {
    match mark {
        Mark::Limited => {
            canvas.dot(Ink::Floor, 1.0, at, 4.4)?;
            canvas.dot(Ink::Paper, 1.0, at, 2.8)
        }
        Mark::NoEvidence => {
            let ((x, y), r) = (at, 3.6);
            canvas.line(Ink::Floor, 1.8, &[(x - r, y - r), (x + r, y + r)])?;
            canvas.line(Ink::Floor, 1.8, &[(x - r, y + r), (x + r, y - r)])
        }
    }
}

/// What the marks stand for, beside the caption or below it. Returns how far down it reaches.
pub(super) fn legend<B: DrawingBackend>(
    canvas: &mut Canvas<'_, B>,
    levels: &[ScaleLevel],
    caption_y: f64,
) -> Result<f64, Refused> {
    let is_limited = |level: &ScaleLevel| level.limited_rounds > 0 && level.unusable_rounds == 0;
    let limited = levels.iter().any(is_limited).then_some(Mark::Limited);
    let no_evidence = levels.iter().any(|level| level.unusable_rounds > 0).then_some(Mark::NoEvidence);
    let marks: Vec<Mark> = limited.into_iter().chain(no_evidence).collect();
    if marks.is_empty() {
        return Ok(caption_y);
    }
    let rooms: Vec<f64> = marks.iter().map(|mark| canvas.width_of(mark.text()) + 28.0).collect();
    let room = rooms.iter().sum::<f64>() - 12.0;
    let caption = canvas.inset() + canvas.width_of("answered per second, M/s; no law") + 24.0;
    let right = canvas.size.0 - canvas.inset();
    let (mut x, y) = match caption + room <= right {
        true => (right - room, caption_y),
        false => (canvas.inset(), caption_y + 15.0),
    };
    for (mark, room) in marks.into_iter().zip(rooms) {
        draw(canvas, mark, (x + 5.0, y))?;
        canvas.text(Ink::Text, Hang::Left, (x + 14.0, y), mark.text())?;
        x += room;
    }
    Ok(y)
}
