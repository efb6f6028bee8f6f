//! A slow trend as the rival of steps: where a straight line explains a series as well, there is no point to blame.

use super::level::median;

/// The most blocks that a line is fitted through.
const BLOCKS: usize = 64;

/// The slope per point of the line through a series, robust: the median of the slopes between the medians of blocks
/// (Theil 1950; Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63, 1968).
pub(super) fn slope(points: &[f64]) -> f64 {
    let size = points.len().div_ceil(BLOCKS).max(3);
    let blocks: Vec<(f64, f64)> = (0..)
        .zip(points.chunks(size))
        .filter(|(_, block)| block.len() == size)
        .map(|(at, block)| (at as f64 * size as f64, median(block)))
        .collect();
    let mut slopes = Vec::with_capacity(blocks.len() * blocks.len() / 2);
    for (at, (place, level)) in blocks.iter().enumerate() {
        slopes.extend(blocks.iter().skip(at + 1).map(|(other, later)| (later - level) / (other - place)));
    }
    if slopes.is_empty() { 0.0 } else { median(&slopes) }
}

/// The series without its slope.
pub(super) fn detrended(points: &[f64], slope: f64) -> Vec<f64> {
    (0..).zip(points).map(|(at, point): (u32, _)| point - slope * f64::from(at)).collect()
}
