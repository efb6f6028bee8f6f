//! A slow trend as the rival of steps: where a straight line explains a series as well, there is no point to blame.

use super::level::median;
use crate::theil_sen;

/// The most blocks that a line is fitted through.
const BLOCKS: usize = 64;

/// The slope per point of the line through a series, robust: [`theil_sen`] of the medians of blocks.
pub(super) fn slope(points: &[f64]) -> f64 {
    let size = points.len().div_ceil(BLOCKS).max(3);
    let medians: Vec<f64> = points.chunks_exact(size).map(median).collect();
    theil_sen(&medians).map_or(0.0, |slope| slope.per_point / size as f64)
}

/// The series without its slope.
pub(super) fn detrended(points: &[f64], slope: f64) -> Vec<f64> {
    (0..).zip(points).map(|(at, point): (u32, _)| point - slope * f64::from(at)).collect()
}
