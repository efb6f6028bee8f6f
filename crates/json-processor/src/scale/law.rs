//! The law that sizes follow, in words and figures, or why there is none. Must not know: single rounds.

use bench_model::perf::Metric;
use bench_model::scale::{AmdahlFit, Estimated, FittedLaw, Law, LawKind, Peak, Scale};
use bench_model::{Direction, Finite, Unit};
use bench_stats::{NoScaling, Reach, Reason, ScalePoint, Scaling, scaling};

use super::levels::no_evidence;
use super::words::about;
use super::{Figure, estimated, id, metric};
use crate::Problem;

/// The law over all sizes: on a machine of few processors those within them are too few for one. Where the end of the processors bends it
/// too far, it is the law of those within them, when they are enough.
pub(super) fn fit(points: &[ScalePoint], scale: &Scale) -> Result<Scaling, NoScaling> {
    let all = scaling(points, Reach::All);
    match all {
        Err(NoScaling::LackOfFit(_)) if ends_of_processors(scale) => {
            scaling(points, Reach::WithinCores(scale.cores)).or(all)
        }
        Ok(_) | Err(_) => all,
    }
}

/// Whether there are sizes for which there is no processor each.
fn ends_of_processors(scale: &Scale) -> bool {
    scale.axis.takes_processors() && scale.points.iter().any(|point| point.at > scale.cores)
}

/// The law, or why there is none.
pub(super) fn told(fitted: &Result<Scaling, NoScaling>, points: &[ScalePoint], scale: &Scale) -> Law {
    match fitted {
        Ok(found) => match fitted_law(found, points, scale) {
            Some(law) => Law::Fitted(Box::new(law)),
            None => Law::Refused { why: "the fit gives numbers that cannot be written down".into() },
        },
        Err(refused) => Law::Refused { why: refusal(refused, scale) },
    }
}

fn fitted_law(found: &Scaling, points: &[ScalePoint], scale: &Scale) -> Option<FittedLaw> {
    let left_out = |size: u32| found.left_out.iter().any(|out| out.workers == size);
    let with_a_say = || points.iter().map(|point| point.workers).filter(|size| !left_out(*size));
    let kind = match found.reason {
        Reason::NeitherShown { .. } => LawKind::Linear,
        Reason::ContentionShown { .. } => LawKind::Amdahl,
        Reason::CoherencyShown { .. } => LawKind::Universal,
    };
    Some(FittedLaw {
        kind,
        fewest: with_a_say().min()?,
        most: with_a_say().max()?,
        rate: estimated(found.lambda)?,
        contention: estimated(found.sigma)?,
        coherency: estimated(found.kappa)?,
        r_squared: found.r_squared.and_then(|share| Finite::try_from(share).ok()),
        residual: Finite::try_from(found.residual_error).ok()?,
        amdahl: amdahl(
            found,
            points.iter().filter(|point| !left_out(point.workers)).map(|point| point.throughputs.len()).sum(),
        ),
        peak: peak(found, scale)?,
    })
}

/// Amdahl's law through so many points. Of its two numbers, contention takes nothing from them when it lies at its bound.
fn amdahl(found: &Scaling, points: usize) -> Option<AmdahlFit> {
    let law = found.laws.iter().find(|fit| fit.law == bench_stats::Law::Amdahl)?;
    let numbers = 1 + usize::from(law.sigma > 0.0 && law.sigma < 1.0);
    let freedom = points.checked_sub(numbers).filter(|freedom| *freedom > 0)?;
    let finite = |value: f64| Finite::try_from(value).ok();
    Some(AmdahlFit {
        rate: finite(law.lambda)?,
        contention: finite(law.sigma)?,
        residual: finite((law.left / freedom as f64).sqrt())?,
    })
}

fn peak(found: &Scaling, scale: &Scale) -> Option<Peak> {
    let axis = scale.axis;
    Some(match &found.peak {
        bench_stats::Peak::At { workers, throughput } => {
            Peak::At { size: estimated(*workers)?, throughput: estimated(*throughput)? }
        }
        bench_stats::Peak::NotShown { at_least } if at_least.is_finite() => Peak::Unknown {
            why: format!(
                "the points do not show that throughput ever falls; if it does, not below {}",
                about(axis, at_least.floor())
            ),
        },
        bench_stats::Peak::NotShown { .. } => {
            Peak::Unknown { why: "the points do not show that throughput ever falls".into() }
        }
        bench_stats::Peak::BeyondSupport { supported, .. } => Peak::Unknown {
            why: format!(
                "it lies beyond {}, which is as far as the points support: measure larger sizes",
                about(axis, *supported)
            ),
        },
        bench_stats::Peak::BelowSupport { supported, .. } => Peak::Unknown {
            why: format!("it lies below {}, where the points begin: measure smaller sizes", about(axis, *supported)),
        },
    })
}

fn refusal(refused: &NoScaling, scale: &Scale) -> String {
    let axis = scale.axis;
    match refused {
        NoScaling::Unusable { workers } => format!("the throughput of {} cannot be used", axis.counted(*workers)),
        NoScaling::AllGeneratorLimited if scale.points.iter().any(|point| no_evidence(point).is_some()) => {
            "no size has a say: rounds of some are no evidence, and at all others the generator was the limit".into()
        }
        NoScaling::AllGeneratorLimited => "no size has a say: the generator was the limit at all of them".into(),
        NoScaling::TooFew { distinct, least } => {
            format!("{distinct} sizes have a say, where {least} are the least for a law")
        }
        NoScaling::NoSpread { fewest, most } => {
            format!("{fewest} to {} lie too close together for a law", axis.counted(*most))
        }
        NoScaling::NoReplicates { repeats, least } => {
            format!(
                "{repeats} repetitions beyond the first of each size, where {least} are the least to tell noise from shape"
            )
        }
        NoScaling::Superlinear { workers, fewest, efficiency } => format!(
            "{} give {efficiency:.2} times as much each as {fewest}: faster than the law allows; was the first size held back?",
            axis.counted(*workers)
        ),
        NoScaling::LackOfFit(miss) => {
            let bend =
                if ends_of_processors(scale) { ": it has no bend where the processors of a machine end" } else { "" };
            format!(
                "no law of this form describes the points, which pass it at {} by {:+.0} %, and not by accident{bend}",
                axis.counted(miss.workers),
                miss.deviation * 100.0
            )
        }
    }
}

/// Contention, coherency, peak and memory as metrics of the law.
pub(super) fn metrics(scale: &Scale, law: &Law, per_thousand: Option<&Estimated>) -> Result<Vec<Metric>, Problem> {
    let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
    let mut found = Vec::new();
    if let Law::Fitted(law) = law {
        found.push(("contention", Unit::Ratio, lower, law.contention));
        found.push(("coherency", Unit::Ratio, lower, law.coherency));
        if let Peak::At { size, throughput } = &law.peak {
            found.push(("peak_size", Unit::Count, higher, *size));
            found.push(("peak_throughput", Unit::PerSecond, higher, *throughput));
        }
    }
    found.extend(per_thousand.map(|memory| ("memory_per_thousand", Unit::Bytes, lower, *memory)));
    let make = |(measure, unit, direction, value): (&'static str, Unit, Direction, Estimated)| {
        metric(id(scale, "law"), Figure { measure, unit, direction, rounds: vec![value.value], value, primary: false })
    };
    found.into_iter().map(make).collect()
}
