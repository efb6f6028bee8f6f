//! Whether the capacity at hand fits the peak that is expected.
//! Must not know: where the prediction or the capacity come from.

/// Above this share of the capacity, more of it is needed.
const UP: f64 = 1.2;

/// Below this share of the capacity, less of it suffices.
const DOWN: f64 = 0.8;

/// What to do about the capacity; the ratio is the predicted peak times the safety margin, over the capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// The ratio is above 1.2: add capacity.
    Up(f64),
    /// The ratio is below 0.8: take capacity away.
    Down(f64),
    /// The ratio lies between, both ends included: leave the capacity as it is.
    Hold(f64),
    /// There is no ratio: a number is absent, not finite, below 0, or the capacity is 0.
    Undefined,
}

/// Decides by `predicted_peak * safety_margin / capacity`. The peak and the capacity share a unit (requests/s, say);
/// the margin is a factor, 1.3 for three tenths more than predicted.
pub fn decision(predicted_peak: Option<f64>, safety_margin: f64, capacity: Option<f64>) -> Decision {
    let (Some(peak), Some(capacity)) = (predicted_peak, capacity) else { return Decision::Undefined };
    let ratio = peak * safety_margin / capacity;
    let usable = peak >= 0.0 && safety_margin >= 0.0 && capacity > 0.0 && ratio.is_finite() && capacity.is_finite();
    match ratio {
        _ if !usable => Decision::Undefined,
        ratio if ratio > UP => Decision::Up(ratio),
        ratio if ratio < DOWN => Decision::Down(ratio),
        ratio => Decision::Hold(ratio),
    }
}
