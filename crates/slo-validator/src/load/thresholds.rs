//! One threshold: its limit, and whether what was observed meets it. A bound decides only where it lies beyond the limit.

use bench_model::Finite;
use bench_model::ledger::Promotion;
use bench_model::load::{Limit, Measured, ObservedThreshold, Operator, Threshold};
use bench_model::verdict::{JudgedThreshold, ThresholdOutcome};

use super::shown;

/// Decides a threshold.
pub(super) fn decide(observed: &ObservedThreshold, guard: bool, promotion: Option<&Promotion>) -> JudgedThreshold {
    let judged = |limit: Option<f64>, outcome, why| JudgedThreshold {
        observed: observed.clone(),
        guard,
        limit: limit.and_then(|limit| Finite::try_from(limit).ok()),
        outcome,
        why,
    };
    let limit = match limit(observed, promotion) {
        Ok(limit) => limit,
        // What is not known would not be decided with a baseline either.
        Err(why) => {
            let outcome = match &observed.observed {
                Measured::Known(_) | Measured::AtLeast(_) if observed.of_baseline.is_some() => {
                    ThresholdOutcome::NothingToCompare
                }
                Measured::Known(_) | Measured::AtLeast(_) | Measured::NotKnown(_) => ThresholdOutcome::NotEvaluable,
            };
            let why = if let Measured::NotKnown(why) = &observed.observed { why.clone() } else { why };
            return judged(None, outcome, why);
        }
    };
    let outcome = outcome(&observed.observed, observed.operator, limit);
    let about = &observed.about;
    let figure = |value: Finite| shown(value, observed.unit);
    let asked = match Finite::try_from(limit) {
        Ok(limit) => format!("{} {}", observed.operator, figure(limit)),
        Err(_) => format!("{} {limit}", observed.operator),
    };
    let of = observed.of_baseline.map_or(String::new(), |share| {
        format!(", {} of the baseline's", bench_cli::words::unsigned_percent(share.get()))
    });
    let why = match &observed.observed {
        Measured::Known(value) => format!("{about}: {}, asked is {asked}{of}", figure(*value)),
        Measured::AtLeast(value) if outcome == ThresholdOutcome::NotEvaluable => {
            format!(
                "{about} is only known to be at least {}, which does not decide whether it is {asked}{of}",
                figure(*value)
            )
        }
        Measured::AtLeast(value) => format!("{about}: at least {}, asked is {asked}{of}", figure(*value)),
        Measured::NotKnown(why) => format!("{about} is not known: {why}"),
    };
    judged(Some(limit), outcome, why)
}

/// The figure, or the bound, that was observed.
pub(super) const fn value(observed: &Measured) -> Option<Finite> {
    match observed {
        Measured::Known(value) | Measured::AtLeast(value) => Some(*value),
        Measured::NotKnown(_) => None,
    }
}

/// The limit in the base unit, also one that no record can hold, such as `Inf`.
fn limit(observed: &ObservedThreshold, promotion: Option<&Promotion>) -> Result<f64, String> {
    if let Some(limit) = observed.limit {
        return Ok(limit.get());
    }
    let Some(share) = observed.of_baseline else {
        let parsed = Threshold::parse(&observed.threshold).map_err(|error| error.reason)?;
        return match parsed.limit {
            Limit::Number(number) | Limit::Quantity(number, _) => Ok(number),
            Limit::OfBaseline(_) | Limit::OfPhase(_) => Err("it has no limit".into()),
        };
    };
    let name = observed.metric.as_ref().ok_or("no metric stands for it")?;
    let promotion = promotion.ok_or("there is no baseline of this plan and environment to compare with")?;
    let held = promotion.metrics.iter().find(|metric| metric.name == *name && metric.unit == observed.unit);
    let held = held.ok_or_else(|| format!("the baseline, run {}, does not hold `{name}`", promotion.run_id))?;
    Ok(share.get() * held.value.get())
}

fn outcome(observed: &Measured, operator: Operator, limit: f64) -> ThresholdOutcome {
    let decided = |met| if met { ThresholdOutcome::Met } else { ThresholdOutcome::NotMet };
    match observed {
        Measured::Known(value) => decided(operator.holds(value.get(), limit)),
        Measured::NotKnown(_) => ThresholdOutcome::NotEvaluable,
        Measured::AtLeast(bound) => {
            let bound = bound.get();
            match operator {
                // The value is the bound or more: it decides where every such value would decide the same.
                Operator::Below if bound >= limit => ThresholdOutcome::NotMet,
                Operator::AtMost | Operator::Equal if bound > limit => ThresholdOutcome::NotMet,
                Operator::AtLeast if bound >= limit => ThresholdOutcome::Met,
                Operator::Above | Operator::NotEqual if bound > limit => ThresholdOutcome::Met,
                Operator::Below
                | Operator::AtMost
                | Operator::Equal
                | Operator::AtLeast
                | Operator::Above
                | Operator::NotEqual => ThresholdOutcome::NotEvaluable,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_decides_only_beyond_the_limit() {
        let of = |bound: f64, operator| {
            outcome(
                &Finite::try_from(bound).map_or(Measured::NotKnown(String::new()), Measured::AtLeast),
                operator,
                200.0,
            )
        };
        use ThresholdOutcome as O;
        let table = [
            (100.0, Operator::Below, O::NotEvaluable),
            (200.0, Operator::Below, O::NotMet),
            (200.0, Operator::AtMost, O::NotEvaluable),
            (201.0, Operator::AtMost, O::NotMet),
            (200.0, Operator::AtLeast, O::Met),
            (200.0, Operator::Above, O::NotEvaluable),
            (100.0, Operator::AtLeast, O::NotEvaluable),
            (100.0, Operator::Equal, O::NotEvaluable),
            (300.0, Operator::Equal, O::NotMet),
            (300.0, Operator::NotEqual, O::Met),
        ];
        for (bound, operator, expected) in table {
            assert_eq!(of(bound, operator), expected, "{bound} {operator}");
        }
    }
}
