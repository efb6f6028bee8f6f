//! How steady a series is.

use crate::spread::{Spread, is_sample};

/// The unbiased variance of values, in the square of their unit. `None` for fewer than two, or when one is not finite.
pub fn variance(values: &[f64]) -> Option<f64> {
    (values.len() > 1 && is_sample(values)).then(|| Spread::of(values).variance)
}

/// The variance by the squared mean, as a ratio: the square of the coefficient of variation. `None` as for [`variance`], and when
/// the mean is 0.
pub fn relative_variance(values: &[f64]) -> Option<f64> {
    let mean = Spread::of(values).mean;
    variance(values).filter(|_| mean != 0.0).map(|variance| variance / (mean * mean))
}
