//! The part of the page that only a scalability run has. Must not know: how it is put into words, or drawn.

use serde::Serialize;

use super::ReportPage;
use crate::ReportError;
use crate::chart::{Theme, scaling_svg};
use crate::scaling::{ScalingView, scaling_view};

const SIZE: (u32, u32) = (560, 360);

#[derive(Debug, Serialize)]
pub(super) struct ScaleView {
    told: ScalingView,
    svg: String,
}

/// `None` for a run that is no scalability run.
pub(super) fn scale(page: &ReportPage<'_>) -> Result<Option<ScaleView>, ReportError> {
    let Some(summary) = page.report.scale.as_deref() else { return Ok(None) };
    // A run of which nothing was kept has its errors, and no picture.
    let svg = if summary.levels.is_empty() { String::new() } else { scaling_svg(summary, SIZE, Theme::Page)? };
    Ok(Some(ScaleView { told: scaling_view(summary), svg }))
}
