//! Fitting the law to points, or saying why there is none to fit.
//! Must not know: how a minimum or the end of an interval is found.

use statrs::function::beta::checked_beta_reg;

use super::choice::{LawFit, Reason, choose};
use super::interval::Profile;
use super::law::{Measured, UNIVERSAL};
use super::peak::{self, NoPrediction, Peak};
use super::points::{LeftOut, Level, Reach, ScalePoint, Why, levels};
use super::solve::Coefficients;
use super::{Estimate, LEVEL};
use crate::spread::{student, student_tails};

/// Numbers of workers that a fit needs: one more than the law has numbers, so that it can be wrong.
pub const LEAST_WORKERS: usize = 4;

/// Repetitions beyond the first, over all points, that a fit needs to know the noise: two runs at each of four points.
pub const LEAST_REPEATS: usize = 4;

/// The most workers must be at least this many times the fewest.
pub const LEAST_SPREAD: u32 = 2;

/// What is less likely than this is taken to be no accident where a law would be refused for it.
const REFUSE: f64 = 0.01;

/// And where its intervals would be widened for it.
const WIDEN: f64 = 0.05;

/// What is closer to the law than this share of it does not matter, however surely it was measured.
const MATTERS: f64 = 0.05;

/// A law that describes the points.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// The throughput of one worker, in the throughputs' unit; of the universal law, as sigma and kappa are.
    pub lambda: Estimate,
    /// Contention: the share of the work that is done by one at a time, 0 to 1.
    pub sigma: Estimate,
    /// Coherency: what agreeing costs per pair of workers, as a share of the work; 0 or more.
    pub kappa: Estimate,
    /// The three laws: linear, Amdahl's, universal.
    pub laws: [LawFit; 3],
    /// Which of them the points ask for, and why. Intervals and predictions stay those of the universal law: not to have
    /// shown a term is not to have shown that it is absent.
    pub reason: Reason,
    /// The share of the scatter of the logarithms of throughputs that the universal law explains; `None` when all are
    /// equal. Close to 1 for most curves that rise: [`Scaling::lack_of_fit`] says more.
    pub r_squared: Option<f64>,
    /// The residual standard error, as a share of the throughput.
    pub residual_error: f64,
    /// How far the law passes the points by.
    pub lack_of_fit: LackOfFit,
    /// The most throughput, and where.
    pub peak: Peak,
    /// Points that had no say.
    pub left_out: Vec<LeftOut>,
    measured: Measured,
    best: Coefficients,
    allowed: f64,
}

/// How far a law passes the means of the points by, beyond what their repetitions scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LackOfFit {
    /// The probability of so much if the law held. Below 0.05, intervals come from the distances of the points
    /// from the law instead of the scatter of their repetitions.
    pub p: f64,
    /// The number of workers whose point lies furthest off.
    pub workers: u32,
    /// How far, as a share of the law's throughput; below 0 when the point lies below.
    pub deviation: f64,
}

/// Why no law is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoScaling {
    /// A point has no workers, no throughput, or one that is not finite and above 0.
    Unusable {
        /// How many workers it has.
        workers: u32,
    },
    /// The generator was the limit at every point: this is a measurement of the generator.
    AllGeneratorLimited,
    /// Too few numbers of workers, of those that have a say.
    TooFew {
        /// How many there are.
        distinct: usize,
        /// How many there must be, [`LEAST_WORKERS`].
        least: usize,
    },
    /// The numbers of workers lie too close together, by [`LEAST_SPREAD`].
    NoSpread {
        /// The fewest workers.
        fewest: u32,
        /// The most.
        most: u32,
    },
    /// Too few repetitions to tell noise from shape.
    NoReplicates {
        /// How many there are beyond the first of each point.
        repeats: usize,
        /// How many there must be, [`LEAST_REPEATS`].
        least: usize,
    },
    /// Throughput grows faster than the number of workers, which the law rules out: caches that fit once the work is split,
    /// or a first point that was held back.
    Superlinear {
        /// The number of workers that gains most per worker.
        workers: u32,
        /// Compared with this number, the fewest.
        fewest: u32,
        /// How many times the throughput per worker of the fewest, above 1.
        efficiency: f64,
    },
    /// No law of this form describes the points: they lie off by more than a twentieth, and not by accident.
    LackOfFit(LackOfFit),
}

/// Fits the Universal Scalability Law to points by least squares over the logarithms of throughputs: noise multiplies, so
/// that one run counts as much at 10 workers as at 1. Lambda is therefore a typical throughput, not a mean one.
///
/// Intervals are 95 % each, by profile likelihood; in simulations of 5 points of 3 runs they cover 93 to 99 %, also where
/// sigma or kappa is 0. Points that the generator limited, or beyond `reach`, have no say.
pub fn scaling(points: &[ScalePoint], reach: Reach) -> Result<Scaling, NoScaling> {
    let (kept, left_out) = divide(points, reach);
    let all_limited = left_out.iter().any(|out| out.why == Why::GeneratorLimited) && kept.is_empty();
    if all_limited {
        return Err(NoScaling::AllGeneratorLimited);
    }
    let measured = usable(&kept)?;
    superlinear(&kept, &measured)?;
    let (best, sum) = measured.best(&UNIVERSAL);
    // A number at its bound takes nothing from the points.
    let numbers = best.iter().filter(|coefficient| **coefficient > 0.0).count() as f64;
    let shape_freedom = kept.len() as f64 - numbers;
    let lack_of_fit = lack_of_fit(&kept, &measured, &best, sum, shape_freedom);
    if lack_of_fit.p < REFUSE && lack_of_fit.deviation.abs() > MATTERS {
        return Err(NoScaling::LackOfFit(lack_of_fit));
    }
    let freedom = measured.repetitions() - numbers;
    let error = (sum + measured.pure) / freedom;
    let (variance, known) = if lack_of_fit.p < WIDEN { (sum / shape_freedom, shape_freedom) } else { (error, freedom) };
    let (laws, reason) = choose(&measured, variance, known);
    let t = student(LEVEL, known).unwrap_or(f64::INFINITY);
    let allowed = variance * t * t;
    let profile = Profile::new(&measured, best, allowed);
    let found = measured.parameters(best);
    let estimate = |value: f64, (lower, upper): (f64, f64)| Estimate { value, lower, upper };
    let all = measured.between + measured.pure;
    Ok(Scaling {
        lambda: peak::throughput(&profile, &measured, &best, 1.0),
        sigma: estimate(found.sigma, profile.sigma()),
        kappa: estimate(found.kappa, profile.kappa()),
        laws,
        reason,
        r_squared: (all > 0.0).then(|| 1.0 - (sum + measured.pure) / all),
        residual_error: error.sqrt(),
        lack_of_fit,
        peak: peak::find(&profile, &measured, &best),
        left_out,
        measured,
        best,
        allowed,
    })
}

impl Scaling {
    /// The throughput that the law gives at so many workers, in the throughputs' unit; a single run scatters around it.
    ///
    /// Only from half the fewest workers that were measured to twice the most.
    pub fn predict(&self, workers: u32) -> Result<Estimate, NoPrediction> {
        peak::predict(&Profile::new(&self.measured, self.best, self.allowed), &self.measured, &self.best, workers)
    }
}

/// The levels that have a say, and those that have none.
fn divide(points: &[ScalePoint], reach: Reach) -> (Vec<Level>, Vec<LeftOut>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for level in levels(points) {
        let beyond = match reach {
            Reach::WithinCores(cores) => level.workers > cores,
            Reach::All => false,
        };
        let why = match (beyond, level.limited) {
            (true, _) => Why::BeyondCores,
            (false, true) => Why::GeneratorLimited,
            (false, false) => {
                kept.push(level);
                continue;
            }
        };
        left_out.push(LeftOut { workers: level.workers, why });
    }
    (kept, left_out)
}

fn usable(levels: &[Level]) -> Result<Measured, NoScaling> {
    if let Some(level) = levels.iter().find(|level| level.workers == 0 || level.mean().is_none()) {
        return Err(NoScaling::Unusable { workers: level.workers });
    }
    let too_few = NoScaling::TooFew { distinct: levels.len(), least: LEAST_WORKERS };
    let measured = Measured::of(levels).filter(|_| levels.len() >= LEAST_WORKERS).ok_or(too_few)?;
    let (fewest, most) = measured.ends;
    if most < fewest.saturating_mul(LEAST_SPREAD) {
        return Err(NoScaling::NoSpread { fewest, most });
    }
    let repeats = levels.iter().map(|level| level.logs.len().saturating_sub(1)).sum();
    if repeats < LEAST_REPEATS {
        return Err(NoScaling::NoReplicates { repeats, least: LEAST_REPEATS });
    }
    Ok(measured)
}

/// Whether a point does more per worker than the first: by more than a twentieth, and not by accident, with as
/// many chances of one as there are points.
fn superlinear(levels: &[Level], measured: &Measured) -> Result<(), NoScaling> {
    let (Some(first), variance) = (levels.first(), measured.pure / measured.pure_freedom) else { return Ok(()) };
    let per_worker = |level: &Level| level.mean().map(|mean| mean - libm::log(f64::from(level.workers)));
    let best = levels.iter().filter_map(|level| Some((level, per_worker(level)? - per_worker(first)?)));
    let Some((level, gain)) = best.max_by(|(_, one), (_, other)| one.total_cmp(other)) else { return Ok(()) };
    let error = (variance * (1.0 / level.logs.len() as f64 + 1.0 / first.logs.len() as f64)).sqrt();
    let chance = student_tails(gain / error.max(1e-12), measured.pure_freedom) / 2.0 * (levels.len() - 1) as f64;
    let efficiency = libm::exp(gain);
    if efficiency > 1.0 + MATTERS && chance < REFUSE {
        return Err(NoScaling::Superlinear { workers: level.workers, fewest: first.workers, efficiency });
    }
    Ok(())
}

/// The F test of the distances between law and means against the scatter of the repetitions (N. R. Draper and H. Smith,
/// Applied Regression Analysis, 3rd edition, Wiley 1998).
fn lack_of_fit(levels: &[Level], measured: &Measured, best: &Coefficients, sum: f64, freedom: f64) -> LackOfFit {
    let deviation = |level: &Level| {
        let law = measured.log_throughput(best, f64::from(level.workers));
        (level.workers, libm::expm1(level.mean().unwrap_or(law) - law))
    };
    let furthest = levels.iter().map(deviation).max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    let (workers, deviation) = furthest.unwrap_or_default();
    // What rounding leaves is no lack, and no scatter.
    let pure = measured.pure.max(1e-22 * measured.repetitions());
    // P(F > f) by the regularised incomplete beta function (Abramowitz and Stegun, 26.6.2).
    let p = checked_beta_reg(measured.pure_freedom / 2.0, freedom / 2.0, pure / (pure + sum));
    LackOfFit { p: p.unwrap_or(f64::NAN), workers, deviation }
}
