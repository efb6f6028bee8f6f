//! The law that sizes follow, in words and figures, or why there is none. Must not know: single rounds.

use bench_model::perf::Metric;
use bench_model::scale::{Estimated, FittedLaw, Law, LawKind, Peak, Scale};
use bench_model::{Direction, Finite, Unit};
use bench_stats::{NoScaling, Reason, Scaling, Why};

use super::{Figure, estimated, id, metric};
use crate::Problem;

/// The law, and what to know before trusting it.
pub(super) fn told(fitted: &Result<Scaling, NoScaling>, scale: &Scale) -> (Law, Vec<String>) {
    let mut notes = Vec::new();
    let law = match fitted {
        Ok(found) => match fitted_law(found, scale) {
            Some(law) => {
                notes.extend(doubts(found, scale));
                Law::Fitted(Box::new(law))
            }
            None => Law::Refused { why: "the fit gives numbers that cannot be written down".into() },
        },
        Err(refused) => Law::Refused { why: refusal(refused, scale) },
    };
    let most = scale.points.iter().map(|point| point.at).max().unwrap_or_default();
    if most > scale.cores {
        notes.push(format!(
            "this machine has {} processors for service and generator together: sizes beyond wait for a processor, and say nothing of a larger machine",
            scale.cores
        ));
    }
    (law, notes)
}

fn fitted_law(found: &Scaling, scale: &Scale) -> Option<FittedLaw> {
    let kind = match found.reason {
        Reason::NeitherShown { .. } => LawKind::Linear,
        Reason::ContentionShown { .. } => LawKind::Amdahl,
        Reason::CoherencyShown { .. } => LawKind::Universal,
    };
    Some(FittedLaw {
        kind,
        rate: estimated(found.lambda)?,
        contention: estimated(found.sigma)?,
        coherency: estimated(found.kappa)?,
        r_squared: Finite::try_from(found.r_squared?).ok()?,
        residual: Finite::try_from(found.residual_error).ok()?,
        peak: peak(found, scale)?,
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
                "the points do not show that throughput ever falls; if it does, not below {at_least:.0} {axis}"
            ),
        },
        bench_stats::Peak::NotShown { .. } => {
            Peak::Unknown { why: "the points do not show that throughput ever falls".into() }
        }
        bench_stats::Peak::BeyondSupport { supported, .. } => Peak::Unknown {
            why: format!(
                "it lies beyond {supported:.0} {axis}, which is as far as the points support: measure larger sizes"
            ),
        },
        bench_stats::Peak::BelowSupport { supported, .. } => Peak::Unknown {
            why: format!("it lies below {supported:.1} {axis}, where the points begin: measure smaller sizes"),
        },
    })
}

fn doubts(found: &Scaling, scale: &Scale) -> Vec<String> {
    let mut doubts = Vec::new();
    if found.lack_of_fit.p < 0.05 {
        let miss = found.lack_of_fit;
        doubts.push(format!(
            "the law passes {} {} by {:+.1} %, more than its rounds scatter: intervals are widened for it",
            miss.workers,
            scale.axis,
            miss.deviation * 100.0
        ));
    }
    for left_out in &found.left_out {
        let why = match left_out.why {
            Why::BeyondCores => "there are more than processors",
            Why::GeneratorLimited => "the generator was the limit there",
        };
        doubts.push(format!("{} {} have no say in the law: {why}", left_out.workers, scale.axis));
    }
    doubts
}

fn refusal(refused: &NoScaling, scale: &Scale) -> String {
    let axis = scale.axis;
    match refused {
        NoScaling::Unusable { workers } => format!("the throughput of {workers} {axis} cannot be used"),
        NoScaling::AllGeneratorLimited => "the generator was the limit at every size".into(),
        NoScaling::TooFew { distinct, least } => {
            format!("{distinct} sizes have a say, where {least} are the least for a law")
        }
        NoScaling::NoSpread { fewest, most } => format!("{fewest} to {most} {axis} lie too close together for a law"),
        NoScaling::NoReplicates { repeats, least } => {
            format!(
                "{repeats} repetitions beyond the first of each size, where {least} are the least to tell noise from shape"
            )
        }
        NoScaling::Superlinear { workers, fewest, efficiency } => format!(
            "{workers} {axis} give {efficiency:.2} times as much each as {fewest}: faster than the law allows; was the first size held back?"
        ),
        NoScaling::LackOfFit(miss) => format!(
            "no law of this form describes the points: it passes {} {axis} by {:+.0} %, and not by accident",
            miss.workers,
            miss.deviation * 100.0
        ),
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
