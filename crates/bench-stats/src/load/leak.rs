//! Whether something in use grows for good. A straight line through every reading calls a sawtooth, a warm-up and a step a
//! leak; the lower envelope does not, because what is in use between two collections says nothing about what stays.

use crate::spread::is_sample;
use crate::{mann_kendall, theil_sen};

use super::median;

/// The share of the readings at the beginning that is left out: caches fill, pools grow.
const WARM_UP: f64 = 0.25;
/// The fewest blocks that a trend is told from.
const FEWEST_BLOCKS: usize = 8;
/// More blocks than these are not made: longer ones depend less on each other.
const MOST_BLOCKS: usize = 20;
/// How many readings a block has where nothing asks for more, and the fewest that have a lower envelope.
const USUAL_BLOCK: usize = 9;
const SHORTEST_BLOCK: usize = 3;
/// How much longer than the longest cycle a block is, so that each holds a low point of it.
const BEYOND_CYCLE: f64 = 1.25;
/// From which autocorrelation on a repetition counts as a cycle.
const CYCLE_FROM: f64 = 0.3;
/// The most points that a cycle is looked for in; more are thinned.
const CYCLE_POINTS: usize = 720;
/// The chance of calling a level without trend a leak, one-sided.
const ERROR: f64 = 0.01;
/// The first half must rise at least by this share of the whole's slope, or it is a late step.
const FIRST_HALF: f64 = 0.25;
/// The second half must rise at least by this share of the first one's slope, or it is a warm-up or an early step that ends.
const SECOND_HALF: f64 = 0.35;
/// Quantiles of the normal law: 99 % one-sided for the test, 80 % for the power, and 95 % two-sided for the interval.
const Z_99: f64 = 2.326_347_874_040_841;
const Z_80: f64 = 0.841_621_233_572_914_3;
const Z_95: f64 = 1.959_963_984_540_054;

/// What readings, evenly spaced in time, say about growth. Growths are per reading, in the readings' unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leak {
    /// What came out.
    pub growth: Growth,
    /// The slope of the lower envelope.
    pub slope: f64,
    /// The lower end of its 95 % confidence interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
    /// The slope over the second half alone: what still goes on after a warm-up or a step.
    pub late: f64,
    /// The one-sided probability of such a trend without growth.
    pub p: f64,
    /// The smallest slope that would have been found in 8 of 10 such runs.
    pub smallest: f64,
    /// The height of the envelope's line where it begins.
    pub level: f64,
    /// Blocks that were compared.
    pub blocks: usize,
    /// Readings in each.
    pub block: usize,
    /// The longest cycle that was found, in readings.
    pub cycle: Option<usize>,
}

/// What a series of readings does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// It grows throughout.
    Leak,
    /// It grew, and one half of it did not: a warm-up, or a step.
    Settled,
    /// No growth beyond chance.
    None,
}

/// Too few readings to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort {
    /// Blocks that there are.
    pub blocks: usize,
    /// Blocks that are needed.
    pub needed: usize,
    /// The longest cycle that was found, in readings.
    pub cycle: Option<usize>,
}

/// Tests readings for growth that does not end.
///
/// The first quarter is left out. The rest is cut into blocks longer than the longest cycle (found by autocorrelation around the
/// line), and of each the minimum is taken. It is a leak when the minima rise by the test of Mann and Kendall at 1 %
/// one-sided, the 95 % interval of Theil and Sen lies above 0 ([`mann_kendall`] and [`theil_sen`] cite both), and both halves rise:
/// the first by at least a quarter of the whole's slope, the second by at least 35 % of the first one's. With blocks as long as a
/// cycle, 8 of them hold more than 4 cycles.
///
/// The smallest slope that would have been found is (z .99 + z .80) standard errors, the error taken from the interval: what the
/// test at that level finds with a power of 80 % (J. Cohen, Statistical Power Analysis, 1988, section 1.5, for a normal estimate).
///
/// # Errors
/// [`TooShort`] with fewer than 8 blocks of 3 readings, or when a reading is not finite.
pub fn leak(values: &[f64]) -> Result<Leak, TooShort> {
    let kept = values.get((values.len() as f64 * WARM_UP).ceil() as usize..).unwrap_or_default();
    let short = |blocks, cycle| TooShort { blocks, needed: FEWEST_BLOCKS, cycle };
    if !is_sample(kept) {
        return Err(short(0, None));
    }
    let usual = (kept.len() / USUAL_BLOCK).clamp(FEWEST_BLOCKS, MOST_BLOCKS);
    let cycle = cycle(kept);
    let least = cycle.map_or(SHORTEST_BLOCK, |cycle| (cycle as f64 * BEYOND_CYCLE).ceil() as usize);
    let block = (kept.len() / usual).max(least).max(SHORTEST_BLOCK);
    // The newest readings are the ones that matter: what does not fill a block is left out at the beginning.
    let minima: Vec<f64> =
        kept.rchunks_exact(block).rev().map(|block| block.iter().copied().fold(f64::INFINITY, f64::min)).collect();
    if minima.len() < FEWEST_BLOCKS {
        return Err(short(minima.len(), cycle));
    }
    let (Some(trend), Some(line)) = (mann_kendall(&minima), theil_sen(&minima)) else {
        return Err(short(minima.len(), cycle));
    };
    let per = block as f64;
    let p = if trend.z > 0.0 { trend.p / 2.0 } else { 1.0 - trend.p / 2.0 };
    let rises = p < ERROR && line.per_point > 0.0 && line.lower > 0.0;
    let (first, second) = minima.split_at(minima.len() / 2);
    let half = |half: &[f64]| theil_sen(half).map_or(0.0, |slope| slope.per_point);
    let (first, second) = (half(first), half(second));
    let throughout = first >= FIRST_HALF * line.per_point && second >= SECOND_HALF * first;
    let growth = match (rises, throughout) {
        (true, true) => Growth::Leak,
        (true, false) => Growth::Settled,
        (false, _) => Growth::None,
    };
    let above = minima.iter().zip(0_u32..).map(|(minimum, at)| minimum - line.per_point * f64::from(at));
    Ok(Leak {
        growth,
        slope: line.per_point / per,
        lower: line.lower / per,
        upper: line.upper / per,
        late: second / per,
        p,
        smallest: (line.upper - line.lower) / (2.0 * Z_95) * (Z_99 + Z_80) / per,
        level: median(above).unwrap_or(f64::NAN),
        blocks: minima.len(),
        block,
        cycle,
    })
}

/// The slope of the least-squares line, per point: outliers may bend it, since it only takes a trend off.
fn straight(points: &[f64]) -> Option<f64> {
    let middle = (points.len() as f64 - 1.0) / 2.0;
    let mean = points.iter().map(|point| point / points.len() as f64).sum::<f64>();
    let along = |at: u32| f64::from(at) - middle;
    let squares: f64 = points.iter().zip(0_u32..).map(|(_, at)| along(at).powi(2)).sum();
    let slope = points.iter().zip(0_u32..).map(|(point, at)| (point - mean) * along(at)).sum::<f64>() / squares;
    slope.is_finite().then_some(slope)
}

/// The longest period with which readings repeat around their line, in readings: the highest autocorrelation after it first fell
/// below 0, when that is high enough.
fn cycle(values: &[f64]) -> Option<usize> {
    let thin = values.len().div_ceil(CYCLE_POINTS);
    let points: Vec<f64> =
        values.chunks_exact(thin).map(|chunk| chunk.iter().map(|value| value / thin as f64).sum()).collect();
    let slope = straight(&points)?;
    let flat: Vec<f64> = points.iter().zip(0_u32..).map(|(value, at)| value - slope * f64::from(at)).collect();
    let mean = flat.iter().map(|value| value / flat.len() as f64).sum::<f64>();
    let around: Vec<f64> = flat.iter().map(|value| value - mean).collect();
    let all: f64 = around.iter().map(|value| value * value).sum();
    if all <= 0.0 {
        return None;
    }
    let correlation = |lag: usize| {
        let later = around.iter().skip(lag);
        around.iter().zip(later).map(|(one, other)| one * other).sum::<f64>() / all
    };
    let correlations: Vec<f64> = (0..points.len() / 2).map(correlation).collect();
    let fell = correlations.iter().position(|correlation| *correlation < 0.0)?;
    let (lag, highest) =
        correlations.iter().enumerate().skip(fell).max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    (*highest >= CYCLE_FROM).then_some(lag * thin)
}
