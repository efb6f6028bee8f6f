//! Whether the capacity at hand fits the peak that is expected.
//! Must not know: where the prediction or the capacity come from.

use super::Estimate;

/// Above this share of the capacity, more of it is needed.
const UP: f64 = 1.2;

/// Below this share of the capacity, less of it suffices.
const DOWN: f64 = 0.8;

/// How much there is, in the unit of the peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// So much.
    Exactly(f64),
    /// So much was seen, and how much more there is nobody knows: something else ended first.
    AtLeast(f64),
}

/// What to do about the capacity; the ratio is the predicted peak times the safety margin, over the capacity, at the peak and at both ends
/// of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Every ratio is above 1.2: add capacity.
    Up(Estimate),
    /// Every ratio is below 0.8: take capacity away.
    Down(Estimate),
    /// Every ratio lies between, both ends included: leave the capacity as it is.
    Hold(Estimate),
    /// The ratios lead to different decisions, or do so for a larger capacity than the one that is known to be there.
    Open(Estimate),
    /// There is no ratio: a number is not finite or below 0, or the capacity is 0.
    Undefined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Down,
    Hold,
    Up,
}

/// Decides by `predicted_peak * safety_margin / capacity`, where the ends of the peak's interval agree. The peak and the capacity share a
/// unit (requests/s, say); the margin is a factor, 1.3 for three tenths more than predicted. A capacity that is at least so much makes
/// every ratio at most so large, which proves that less suffices and nothing else.
pub fn decision(predicted_peak: Estimate, safety_margin: f64, capacity: Capacity) -> Decision {
    let (carries, least) = match capacity {
        Capacity::Exactly(carries) => (carries, false),
        Capacity::AtLeast(carries) => (carries, true),
    };
    let Estimate { value, lower, upper } = predicted_peak;
    let ratios = [lower, value, upper].map(|peak| peak * safety_margin / carries);
    let [low, ratio, high] = ratios;
    let peaks = [lower, value, upper].iter().all(|peak| *peak >= 0.0);
    let usable = peaks && safety_margin >= 0.0 && carries > 0.0 && carries.is_finite();
    if !usable || !ratios.iter().all(|ratio| ratio.is_finite()) {
        return Decision::Undefined;
    }
    let found = Estimate { value: ratio, lower: low, upper: high };
    let side = |ratio: f64| match ratio {
        ratio if ratio > UP => Side::Up,
        ratio if ratio < DOWN => Side::Down,
        _ => Side::Hold,
    };
    let agree = ratios.iter().all(|one| side(*one) == side(ratio));
    match (side(ratio), agree, least) {
        (_, false, _) | (Side::Up | Side::Hold, true, true) => Decision::Open(found),
        (Side::Up, true, false) => Decision::Up(found),
        (Side::Hold, true, false) => Decision::Hold(found),
        (Side::Down, true, _) => Decision::Down(found),
    }
}
