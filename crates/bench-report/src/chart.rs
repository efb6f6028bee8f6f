//! Charts as SVG and PNG. Every chart has a title and a description for those who cannot see it, and nothing is told by colour alone.
//! Must not know: records, files, or the page around it.

mod axis;
mod bars;
mod canvas;
mod describe;
mod distribution;
mod history;
mod lines;
#[cfg(feature = "png")]
mod png;
mod radar;
mod scaling;
mod svg;
#[cfg(test)]
mod tests;

use bench_model::{Direction, Unit};

use crate::ReportError;

pub use bars::{Bar, Bars, bars_svg};
pub use radar::{Radar, Spoke, radar_svg};
pub(crate) use scaling::no_evidence;
pub use scaling::scaling_svg;
#[cfg(feature = "png")]
pub use {bars::bars_png, radar::radar_png, scaling::scaling_png};

/// Where a chart is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// In a page: colours are CSS variables with a fallback, so that they follow the page into the dark.
    Page,
    /// In a file of its own: it brings the style for light and dark along, and shows its title.
    Standalone,
    /// On paper: plain colours.
    Print,
}

/// What a point of a history stands for besides its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// It became a baseline.
    pub promoted: bool,
    /// It regressed.
    pub regressed: bool,
    /// It is the run that the page is about.
    pub this_run: bool,
}

/// A run, or several in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPoint {
    /// When, in seconds since 1970; `None` puts it at an equal distance behind the point before.
    pub time: Option<i64>,
    /// The lowest value, in base units.
    pub lowest: f64,
    /// The typical value.
    pub typical: f64,
    /// The highest value.
    pub highest: f64,
    /// What it stands for.
    pub marks: Marks,
}

/// A metric's values, oldest first, with what they are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryChart<'a> {
    /// What is shown; also the start of the description.
    pub title: &'a str,
    /// The base unit of every value.
    pub unit: Unit,
    /// Which way it improves.
    pub direction: Direction,
    /// The values.
    pub points: &'a [HistoryPoint],
    /// The floor (for a metric where lower is better: the ceiling).
    pub floor: Option<f64>,
    /// What is wanted.
    pub target: Option<f64>,
    /// The baseline's value.
    pub baseline: Option<f64>,
}

/// One round: its samples, and what they amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundSamples {
    /// The round's typical value, in base units.
    pub typical: f64,
    /// Its samples; empty when only the typical value is known.
    pub samples: Vec<f64>,
}

/// The samples of one run. Rounds are the replicates, so they stand side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionChart<'a> {
    /// What is shown; also the start of the description.
    pub title: &'a str,
    /// The base unit of every value.
    pub unit: Unit,
    /// The rounds in order.
    pub rounds: &'a [RoundSamples],
    /// The value over all rounds.
    pub value: Option<f64>,
    /// The interval of that value.
    pub interval: Option<(f64, f64)>,
}

/// Draws a history as SVG, `width` by `height` pixels. The ids in it come from its content, so that many charts can stand in
/// one page as long as no two are the same.
///
/// # Errors
/// [`ReportError::Chart`] when there is no finite value, or the backend refuses.
pub fn history_svg(chart: &HistoryChart<'_>, (width, height): (u32, u32), theme: Theme) -> Result<String, ReportError> {
    let description = describe::history(chart);
    let head = svg::Head { title: chart.title, description: &description, size: (width, height), theme };
    svg::draw(&head, |canvas| history::draw(canvas, chart))
}

/// Draws a history as PNG, `width` by `height` pixels at a density of 2, with its title.
///
/// # Errors
/// As [`history_svg`].
#[cfg(feature = "png")]
pub fn history_png(chart: &HistoryChart<'_>, size: (u32, u32)) -> Result<Vec<u8>, ReportError> {
    png::draw(chart.title, size, |canvas| history::draw(canvas, chart))
}

/// Draws the samples of a run as SVG, `width` by `height` pixels.
///
/// # Errors
/// As [`history_svg`].
pub fn distribution_svg(
    chart: &DistributionChart<'_>,
    (width, height): (u32, u32),
    theme: Theme,
) -> Result<String, ReportError> {
    let description = describe::distribution(chart);
    let head = svg::Head { title: chart.title, description: &description, size: (width, height), theme };
    svg::draw(&head, |canvas| distribution::draw(canvas, chart))
}

/// What a chart of lines goes across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// Seconds since the run began.
    Seconds,
    /// Percentiles, 0 to 100, each nine as wide as the one before.
    Percent,
}

/// What a line stands for; each kind has a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// What happened, or the median.
    Main,
    /// Between the median and the worst.
    Middle,
    /// The worst.
    High,
    /// What was asked for.
    Wanted,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// Its name, which stands at its end.
    pub name: &'a str,
    /// What it stands for.
    pub kind: LineKind,
    /// Its points, from left to right: the place, and the value in base units where there is one.
    pub points: Vec<(f64, Option<f64>)>,
}

/// A stretch of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// Lines beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart<'a> {
    /// What is shown; also the start of the description.
    pub title: &'a str,
    /// The base unit of every value.
    pub unit: Unit,
    /// What it goes across.
    pub across: Across,
    /// The lines.
    pub lines: &'a [Line<'a>],
    /// Stretches of the axis, such as phases.
    pub bands: &'a [Span<'a>],
}

/// Draws lines as SVG, `width` by `height` pixels.
///
/// # Errors
/// As [`history_svg`].
pub fn line_svg(chart: &LineChart<'_>, (width, height): (u32, u32), theme: Theme) -> Result<String, ReportError> {
    let description = describe::lines(chart);
    let head = svg::Head { title: chart.title, description: &description, size: (width, height), theme };
    svg::draw(&head, |canvas| lines::draw(canvas, chart))
}

/// Why a chart cannot be drawn, before it is known which one it is.
#[derive(Debug)]
struct Refused(String);
