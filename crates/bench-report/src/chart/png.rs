//! Charts as PNG, for places that show no SVG: on light ground, at twice the pixels.
//! Must not know: what is drawn.

use std::io::Cursor;
use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::RGBAColor;

use super::canvas::{Canvas, Hang, Word, refused};
use super::{Refused, svg};
use crate::ReportError;

/// Pixels of the picture for one of the chart.
const DENSITY: u32 = 2;
/// The picture is drawn so many times larger and then shrunk, which smooths its edges.
const FINER: u32 = 2;

/// Draws a chart as PNG, `width` by `height` pixels at a density of 2, with its title.
pub(super) fn draw(
    title: &str,
    size: (u32, u32),
    fill: impl FnOnce(&mut Canvas<'_, BitMapBackend<'_>>) -> Result<(), Refused>,
) -> Result<Vec<u8>, ReportError> {
    picture(title, size, fill).map_err(|Refused(reason)| ReportError::Chart { what: title.to_owned(), reason })
}

fn picture(
    title: &str,
    (width, height): (u32, u32),
    fill: impl FnOnce(&mut Canvas<'_, BitMapBackend<'_>>) -> Result<(), Refused>,
) -> Result<Vec<u8>, Refused> {
    let scale = DENSITY * FINER;
    let mut pixels = vec![0xFF; (width * scale) as usize * (height * scale) as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (width * scale, height * scale));
        let mut canvas = Canvas {
            backend: &mut backend,
            size: (f64::from(width), f64::from(height)),
            scale: f64::from(scale),
            colour: svg::light,
            dash_colour: None,
            write,
            even: true,
            title: Some(title),
        };
        fill(&mut canvas)?;
        backend.present().map_err(refused)?;
    }
    let (width, height) = (width * DENSITY, height * DENSITY);
    let mut file = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(refused)?;
    writer.write_image_data(&shrunk(&pixels, (width as usize, height as usize))).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(file.into_inner())
}

/// The mean of each square of pixels.
fn shrunk(pixels: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let finer = FINER as usize;
    let row = width * finer * 3;
    let mut small = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let square = (0..finer).flat_map(|down| (0..finer).map(move |right| (down, right)));
                let sum: usize = square
                    .filter_map(|(down, right)| {
                        pixels.get((y * finer + down) * row + (x * finer + right) * 3 + channel)
                    })
                    .map(|value| usize::from(*value))
                    .sum();
                small.push((sum / (finer * finer)) as u8);
            }
        }
    }
    small
}

/// DejaVu Sans Mono, the only font without serifs in the crate that the audit's PDF takes its fonts from.
fn font() -> Result<FontRef<'static>, Refused> {
    static FOUND: OnceLock<Option<&'static [u8]>> = OnceLock::new();
    let has = |font: &[u8], name: &[u8]| font.windows(name.len()).any(|part| part == name);
    let plain = |font: &&[u8]| {
        let mono = font.starts_with(&[0, 1, 0, 0]) && has(font, b"DejaVuSansMono");
        mono && !has(font, b"DejaVuSansMono-Bold") && !has(font, b"DejaVuSansMono-Oblique")
    };
    let bytes =
        FOUND.get_or_init(|| typst_assets::fonts().find(plain)).ok_or_else(|| Refused("its font is missing".into()))?;
    FontRef::try_from_slice(bytes).map_err(refused)
}

/// Sets the letters one by one: plotters' own setting leaves out the room that a letter has to its left.
fn write(backend: &mut BitMapBackend<'_>, word: &Word<'_>) -> Result<(), Refused> {
    let font = font()?;
    // The height of a font spans more than its em; this is what makes the em as high as asked.
    let em = font.height_unscaled() / font.units_per_em().unwrap_or(1000.0);
    let scaled = font.as_scaled(PxScale::from(word.height as f32 * em));
    let letters: Vec<_> = word.text.chars().map(|letter| font.glyph_id(letter)).collect();
    let width: f32 = letters.iter().map(|letter| scaled.h_advance(*letter)).sum();
    let mut x = word.at.0 as f32
        - match word.hang {
            Hang::Left => 0.0,
            Hang::Centre => width / 2.0,
            Hang::Right => width,
        };
    // Figures and capitals are about 0.73 em high.
    let baseline = word.at.1 as f32 + word.height as f32 * 0.365;
    for letter in letters {
        let glyph = letter.with_scale_and_position(scaled.scale(), point(x, baseline));
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            let mut failed = None;
            outline.draw(|right, down, share| {
                let at = (bounds.min.x as i32 + right as i32, bounds.min.y as i32 + down as i32);
                let colour = RGBAColor(word.colour.0, word.colour.1, word.colour.2, f64::from(share.clamp(0.0, 1.0)));
                if let Err(error) = backend.draw_pixel(at, plotters::style::Color::to_backend_color(&colour)) {
                    failed = Some(refused(error));
                }
            });
            if let Some(failed) = failed {
                return Err(failed);
            }
        }
        x += scaled.h_advance(letter);
    }
    Ok(())
}
