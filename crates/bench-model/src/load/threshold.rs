//! Thresholds: k6's grammar as it is, and what it cannot say.
//!
//! A key selects (`http_req_duration{phase:burst}`; without a metric, `{phase:burst}`, or empty: everything), an expression demands:
//! `p(95)<200`, `rate<0.005` as in k6, `rps > 1000`, `error_rate < 0.1 %`, `status(5xx) < 1`, `dropped == 0`, `lag < 1 ms`,
//! `samples >= 1000`, `recovery < 30 s`, `growth < 5 %`, against the baseline `p(95) < 110 % of baseline`, and against another phase
//! of the same run `p(95) < 120 % of {phase:normal} or 50 ms`.
//! Must not know: what was measured.

mod limit;
mod operator;
mod selector;
mod statistic;
#[cfg(test)]
mod tests;

use super::ThresholdText;
use crate::Unit;

use limit::in_base;
pub use limit::{Limit, PhaseShare};
use operator::OPERATORS;
pub use operator::Operator;
pub use selector::{Selector, Subject};
pub use statistic::Statistic;

/// A threshold, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What it looks at.
    pub selector: Selector,
    /// Which figure of that.
    pub statistic: Statistic,
    /// How the figure is to compare.
    pub operator: Operator,
    /// With what.
    pub limit: Limit,
}

/// A threshold that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("threshold `{expression}` of `{metric}`: {reason}")]
pub struct ThresholdError {
    /// Its metric as written.
    pub metric: String,
    /// Its expression as written.
    pub expression: String,
    /// What is wrong.
    pub reason: String,
}

/// The tag that phases are told apart by.
const PHASE: &str = "phase";

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// When the key or the expression is none, or asks a metric for a figure that it does not have.
    pub fn parse(text: &ThresholdText) -> Result<Self, ThresholdError> {
        Self::read(text).map_err(|reason| ThresholdError {
            metric: text.metric.clone(),
            expression: text.expression.clone(),
            reason,
        })
    }

    fn read(text: &ThresholdText) -> Result<Self, String> {
        let selector = Selector::read(&text.metric)?;
        let (left, operator, right) = OPERATORS
            .iter()
            .find_map(|(symbol, operator)| {
                let (left, right) = text.expression.split_once(symbol)?;
                Some((left.trim(), *operator, right.trim()))
            })
            .ok_or("expected a figure, one of < <= > >= == !=, and a limit, such as `p(95)<200`")?;
        let statistic = Statistic::read(left)?;
        let mut threshold = Self { selector, statistic, operator, limit: Limit::Number(0.0) };
        // A bare number is no time there.
        let bare = !matches!(threshold.statistic, Statistic::LagP99 | Statistic::Recovery);
        threshold.limit = Limit::read(right, threshold.unit().filter(|_| bare))?;
        threshold.check()?;
        Ok(threshold)
    }

    /// The base unit of the figure; `None` where only the measured metric knows.
    pub fn unit(&self) -> Option<Unit> {
        let time = Some(Unit::Nanoseconds);
        match &self.statistic {
            Statistic::Rps | Statistic::BreakingPoint => Some(Unit::PerSecond),
            Statistic::ErrorRate | Statistic::Growth | Statistic::Variance => Some(Unit::Ratio),
            Statistic::Status(_) | Statistic::NotSent | Statistic::Samples => Some(Unit::Count),
            Statistic::LagP99 | Statistic::Recovery => time,
            Statistic::Count => Some(Unit::Count),
            Statistic::Rate => match &self.selector.subject {
                Subject::Failed | Subject::Checks => Some(Unit::Ratio),
                Subject::Requests | Subject::Iterations | Subject::Dropped => Some(Unit::PerSecond),
                Subject::Received | Subject::Sent => Some(Unit::BytesPerSecond),
                _ => None,
            },
            Statistic::Value
            | Statistic::Average
            | Statistic::Min
            | Statistic::Median
            | Statistic::Max
            | Statistic::Percentile(_) => match &self.selector.subject {
                Subject::Everything
                | Subject::Duration
                | Subject::Service
                | Subject::Lag
                | Subject::Part(_)
                | Subject::Operation(_) => time,
                Subject::Users => Some(Unit::Count),
                Subject::Usage(name) => Some(usage_unit(name)),
                _ => None,
            },
        }
    }

    /// The limit in the base unit `unit`; `None` when it is a share of something else.
    pub fn limit_in(&self, unit: Unit) -> Option<f64> {
        match &self.limit {
            Limit::Number(number) => Some(in_base(*number, Some(unit))),
            Limit::Quantity(value, _) => Some(*value),
            Limit::OfBaseline(_) | Limit::OfPhase(_) => None,
        }
    }

    /// The same selection in another phase.
    #[must_use]
    pub fn in_phase(&self, phase: &str) -> Self {
        let mut other = self.clone();
        other.selector.tags.insert(PHASE.to_owned(), phase.to_owned());
        other
    }

    fn check(&self) -> Result<(), String> {
        use Statistic as S;
        let subject = &self.selector.subject;
        let trend = matches!(
            subject,
            Subject::Duration | Subject::Service | Subject::Lag | Subject::Part(_) | Subject::Operation(_)
        );
        let fits = match &self.statistic {
            S::Average | S::Min | S::Median | S::Max | S::Percentile(_) => {
                trend || matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Other(_) | Subject::Users)
            }
            S::Count => {
                !trend && !matches!(subject, Subject::Failed | Subject::Checks | Subject::Usage(_) | Subject::Users)
            }
            S::Rate => !trend && !matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Users),
            S::Value => matches!(subject, Subject::Users | Subject::Usage(_) | Subject::Other(_)),
            S::Growth => matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Other(_)),
            S::Variance => matches!(subject, Subject::Failed | Subject::Requests),
            S::Rps
            | S::ErrorRate
            | S::Status(_)
            | S::NotSent
            | S::LagP99
            | S::Samples
            | S::Recovery
            | S::BreakingPoint => true,
        };
        if !fits {
            return Err(format!("this metric has no {}", self.statistic));
        }
        match (&self.limit, self.unit()) {
            (Limit::Number(_), Some(Unit::Nanoseconds)) if matches!(self.statistic, S::LagP99 | S::Recovery) => {
                Err("a limit with its unit is expected, such as `30 s` or `1 ms`".into())
            }
            (Limit::Quantity(_, given), Some(unit)) if *given != unit => {
                Err(format!("its limit is in {given}, but the figure is in {unit}"))
            }
            (Limit::OfPhase(of), unit) => self.check_phases(of, unit),
            _ => Ok(()),
        }
    }

    fn check_phases(&self, of: &PhaseShare, unit: Option<Unit>) -> Result<(), String> {
        if matches!(self.statistic, Statistic::BreakingPoint | Statistic::Growth) {
            return Err(format!("the {} is no figure of a single phase", self.statistic));
        }
        match self.selector.tags.get(PHASE) {
            None => {
                return Err("it names no phase of its own to compare, as in `http_req_duration{phase:burst}`".into());
            }
            Some(own) if *own == of.phase => return Err(format!("it compares phase `{own}` with itself")),
            Some(_) => {}
        }
        match (of.or, unit, self.operator) {
            (Some((_, given)), Some(unit), _) if given != unit => {
                Err(format!("its limit is in {given}, but the figure is in {unit}"))
            }
            (Some(_), _, Operator::Equal | Operator::NotEqual) => {
                Err("two limits go with one of < <= > >= only".into())
            }
            _ => Ok(()),
        }
    }
}

/// The base unit of something in use. Memory is a ratio of the machine's in `…_memory_share`.
fn usage_unit(name: &str) -> Unit {
    match name.split_once('_').map_or(name, |(_, what)| what) {
        "cpu" | "io_wait" | "memory_share" => Unit::Ratio,
        "memory" => Unit::Bytes,
        "received" | "transmitted" | "read" | "written" => Unit::BytesPerSecond,
        _ => Unit::Count,
    }
}
