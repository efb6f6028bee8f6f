//! Charts as SVG. Every chart has a title and a description for those who cannot see it, and nothing is told by colour alone.
//! Must not know: records, files, or the page around it.

use bench_model::{Direction, Unit};

use crate::ReportError;

/// Where a chart is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// In a page: colours are CSS variables with a fallback, so that they follow the page into the dark.
    Page,
    /// In a file of its own: it brings the style for light and dark along.
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

/// Draws a history as SVG, `width` by `height` pixels.
///
/// # Errors
/// [`ReportError::Chart`] when there is no finite value, or the backend refuses.
pub fn history_svg(
    chart: &HistoryChart<'_>,
    (width, height): (u32, u32),
    theme: Theme,
) -> Result<String, ReportError> {
    let _ = (width, height, theme);
    Err(ReportError::Chart { what: chart.title.to_owned(), reason: "not drawn yet".into() })
}
