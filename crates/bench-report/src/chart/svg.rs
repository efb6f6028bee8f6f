//! A finished SVG: plotters' drawing with the theme's colours, a title and a description.
//! Must not know: what is drawn.
//!
//! plotters writes colours as `#RRGGBB`. Each ink is drawn in a colour that stands for it alone, and is replaced afterwards by
//! what the theme says. Text cannot be mistaken for it: plotters escapes quotation marks there.

use bench_model::Sha256;
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontStyle, RGBColor, TextStyle};

use super::canvas::{Canvas, Dash, Hang, Ink, Word, dash, refused};
use super::{Refused, Theme};
use crate::ReportError;

/// What stands around the drawing.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) size: (u32, u32),
    pub(super) theme: Theme,
}

/// An ink's name in CSS, and its colour on light and on dark ground. Okabe and Ito's palette, darkened or lightened to a contrast
/// of 3 to 1 and more.
struct Look {
    ink: Ink,
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn look(ink: Ink, name: &'static str, light: &'static str, dark: &'static str) -> Look {
    Look { ink, name, light, dark }
}

const LOOKS: [Look; 12] = [
    look(Ink::Line, "line", "#0072b2", "#56b4e9"),
    look(Ink::Band, "band", "#0072b2", "#56b4e9"),
    look(Ink::Grid, "grid", "#e3e8ed", "#262e37"),
    look(Ink::Axis, "axis", "#8a949e", "#77828d"),
    look(Ink::Text, "text", "#535c66", "#a3aeb9"),
    look(Ink::Strong, "ink", "#1b2027", "#f2f5f8"),
    look(Ink::Floor, "floor", "#c14a00", "#ff9a52"),
    look(Ink::Target, "target", "#00805d", "#3ad0a4"),
    look(Ink::Baseline, "baseline", "#7a5c8e", "#cba6e0"),
    look(Ink::Promoted, "promoted", "#00805d", "#3ad0a4"),
    look(Ink::Regressed, "regressed", "#c14a00", "#ff9a52"),
    look(Ink::Paper, "paper", "#ffffff", "#12161b"),
];

/// Pixels are cut in so many parts.
const SCALE: u32 = 4;
const SOLID: u8 = 0xF1;
const DASHED: u8 = 0xF2;

/// The colour of an ink on light ground.
#[cfg(feature = "png")]
pub(super) fn light(ink: Ink) -> RGBColor {
    let text = LOOKS.iter().find(|look| look.ink == ink).map_or("", |look| look.light);
    let part = |range| text.get(range).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
    RGBColor(part(1..3), part(3..5), part(5..7))
}

pub(super) fn draw(
    head: &Head<'_>,
    fill: impl FnOnce(&mut Canvas<'_, SVGBackend<'_>>) -> Result<(), Refused>,
) -> Result<String, ReportError> {
    let failed = |reason: String| ReportError::Chart { what: head.title.to_owned(), reason };
    let (width, height) = head.size;
    let mut drawn = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut drawn, (width * SCALE, height * SCALE));
        let mut canvas = Canvas {
            backend: &mut backend,
            size: (f64::from(width), f64::from(height)),
            scale: f64::from(SCALE),
            colour: |ink| RGBColor(SOLID, 0xC0, ink as u8),
            dash_colour: Some(|ink| RGBColor(DASHED, 0xC0, ink as u8)),
            write,
            even: false,
            title: (head.theme == Theme::Standalone).then_some(head.title),
        };
        fill(&mut canvas).map_err(|Refused(reason)| failed(reason))?;
        backend.present().map_err(|error| failed(error.to_string()))?;
    }
    let Some(inside) = drawn.split_once('\n').map(|(_, inside)| inside) else {
        return Err(failed("the drawing is empty".into()));
    };
    Ok(finished(head, inside))
}

fn write(backend: &mut SVGBackend<'_>, word: &Word<'_>) -> Result<(), Refused> {
    let h_pos = match word.hang {
        Hang::Left => HPos::Left,
        Hang::Centre => HPos::Center,
        Hang::Right => HPos::Right,
    };
    // plotters makes letters smaller than they are asked for by this factor.
    let font = (FontFamily::SansSerif, word.height * 1.24, FontStyle::Normal);
    let style = TextStyle::from(font).color(&word.colour).pos(Pos::new(h_pos, VPos::Center));
    backend.draw_text(word.text, &style, word.at).map_err(refused)
}

fn finished(head: &Head<'_>, inside: &str) -> String {
    // What says no more than the default does.
    let mut body = inside.to_owned();
    for idle in [" opacity=\"1\"", " font-family=\"sans-serif\"", " stroke=\"none\"", " stroke-width=\"1\""] {
        body = body.replace(idle, "");
    }
    for Look { ink, name, light, .. } in LOOKS {
        let colour = match head.theme {
            Theme::Page | Theme::Standalone => format!("var(--chart-{name},{light})"),
            Theme::Print => light.to_owned(),
        };
        let Dash(stroke, gap) = dash(ink);
        let scale = f64::from(SCALE);
        let dashes = format!("=\"{colour}\" stroke-dasharray=\"{} {}\"", stroke * scale, gap * scale);
        body = body
            .replace(&format!("=\"#{SOLID:02X}C0{:02X}\"", ink as u8), &format!("=\"{colour}\""))
            .replace(&format!("=\"#{DASHED:02X}C0{:02X}\"", ink as u8), &dashes);
    }
    let (width, height) = head.size;
    let digest =
        String::from(Sha256::of(format!("{width}x{height}\n{}\n{}\n{body}", head.title, head.description).as_bytes()));
    let id = digest.get(..12).unwrap_or_default();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"c{id}t c{id}d\"{}>\n<title id=\"c{id}t\">",
        width * SCALE,
        height * SCALE,
        match head.theme {
            Theme::Page => "",
            Theme::Standalone | Theme::Print => " font-family=\"sans-serif\"",
        }
    );
    escape(head.title, &mut text);
    text.push_str(&format!("</title>\n<desc id=\"c{id}d\">"));
    escape(head.description, &mut text);
    text.push_str("</desc>\n");
    if head.theme == Theme::Standalone {
        text.push_str(&style());
        text.push_str("<rect width=\"100%\" height=\"100%\" fill=\"var(--chart-paper,#ffffff)\"/>\n");
    }
    text.push_str(&body);
    text
}

fn style() -> String {
    let colours = |colour: fn(&Look) -> &'static str| {
        LOOKS.iter().map(|look| format!("--chart-{}:{}", look.name, colour(look))).collect::<Vec<_>>().join(";")
    };
    format!(
        "<style>svg{{{}}}@media (prefers-color-scheme:dark){{svg{{{}}}}}</style>\n",
        colours(|look| look.light),
        colours(|look| look.dark)
    )
}

/// Writes text as XML shows it; what XML cannot hold becomes a replacement character.
fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '&' => into.push_str("&amp;"),
            '"' => into.push_str("&quot;"),
            '\n' | '\t' | '\r' => into.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => into.push('\u{fffd}'),
            c => into.push(c),
        }
    }
}
