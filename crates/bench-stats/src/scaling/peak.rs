//! What the law says of numbers of workers: those that were measured and, with care, others.
//! Must not know: how the law was found.

use super::Estimate;
use super::interval::Profile;
use super::law::Measured;
use super::solve::Coefficients;

/// So many times the most workers measured, or as small a part of the fewest, is as far as a law is trusted.
const SUPPORT: f64 = 2.0;

/// The most throughput that the law gives, at `sqrt((1 - sigma) / kappa)` workers but not below 1 (N. J. Gunther, Guerrilla
/// Capacity Planning, Springer 2007).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Peak {
    /// Within what the points support.
    At {
        /// The number of workers, 1 or more, as a real number.
        workers: Estimate,
        /// The throughput there, in the throughputs' unit.
        throughput: Estimate,
    },
    /// The points do not show that throughput ever falls: coherency may be 0.
    NotShown {
        /// If there is a peak, it lies at this many workers or more.
        at_least: f64,
    },
    /// There is a peak, further out than the points support.
    BeyondSupport {
        /// Where the law puts it. Take it for a direction, not for a number to plan with.
        workers: Estimate,
        /// The most workers that the points support: twice the most measured.
        supported: f64,
    },
    /// There is a peak, before the points begin.
    BelowSupport {
        /// Where the law puts it.
        workers: Estimate,
        /// The fewest workers that the points support: half the fewest measured.
        supported: f64,
    },
}

/// Why nothing is predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoPrediction {
    /// The points do not reach that far: from half the fewest to twice the most workers measured.
    BeyondSupport {
        /// The fewest workers that can be asked for.
        fewest: f64,
        /// The most.
        most: f64,
    },
    /// The points leave the throughput there without a bound.
    Unbounded,
}

fn support(measured: &Measured) -> (f64, f64) {
    let (fewest, most) = measured.ends;
    (f64::from(fewest) / SUPPORT, f64::from(most) * SUPPORT)
}

/// The peak, if the points show one.
pub(crate) fn find(profile: &Profile<'_>, measured: &Measured, best: &Coefficients) -> Peak {
    let (lower, upper) = profile.peak();
    let [u, _, w] = best;
    let value = (u / w).sqrt().max(1.0);
    let Some(upper) = upper.filter(|_| value.is_finite()) else { return Peak::NotShown { at_least: lower } };
    let workers = Estimate { value, lower: lower.min(value), upper: upper.max(value) };
    let (fewest, most) = support(measured);
    if value > most {
        return Peak::BeyondSupport { workers, supported: most };
    }
    if value < fewest {
        return Peak::BelowSupport { workers, supported: fewest };
    }
    // Close to its highest point a curve is flat: not to know exactly where it lies changes nothing to first order.
    Peak::At { workers, throughput: throughput(profile, measured, best, value) }
}

/// The throughput at so many workers.
pub(crate) fn predict(
    profile: &Profile<'_>,
    measured: &Measured,
    best: &Coefficients,
    workers: u32,
) -> Result<Estimate, NoPrediction> {
    let (fewest, most) = support(measured);
    let asked = f64::from(workers);
    if asked < 1.0 || asked < fewest || asked > most {
        return Err(NoPrediction::BeyondSupport { fewest: fewest.max(1.0), most });
    }
    let found = throughput(profile, measured, best, asked);
    (found.lower > 0.0 && found.upper.is_finite()).then_some(found).ok_or(NoPrediction::Unbounded)
}

/// The same without a limit; an end that the points do not set is 0 or infinite.
pub(crate) fn throughput(profile: &Profile<'_>, measured: &Measured, best: &Coefficients, workers: f64) -> Estimate {
    let (lower, upper) = profile.log_throughput(workers);
    let value = libm::exp(measured.log_throughput(best, workers));
    Estimate { value, lower: libm::exp(lower).min(value), upper: libm::exp(upper).max(value) }
}
