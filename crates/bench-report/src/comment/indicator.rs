//! The status as a word with a symbol.

use bench_model::Direction;
use bench_model::verdict::{Change, JudgedMetric, Judgement, Status, Verdict};

/// How a run came out, for people who glance. A symbol is never shown without its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indicator {
    /// Every floor met, nothing regressed.
    Pass,
    /// Degraded, but above every floor.
    Warn,
    /// Below a floor, or missing where it is required.
    Fail,
    /// Above every floor and nothing regressed, but something could not be told.
    Undecided,
}

impl Indicator {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Undecided => "undecided",
        }
    }

    /// The symbol, a single character that differs in shape and not only in colour.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Warn => "!",
            Self::Fail => "✗",
            Self::Undecided => "?",
        }
    }
}

/// The indicator of a judgement. It only sorts what the judge decided: a `WARN` is undecided when a change could not be told
/// or nothing was compared, unless a regression counts or something is worse than at the anchor.
pub fn determine_status_indicator(judgement: &Judgement) -> Indicator {
    let metrics = &judgement.metrics;
    let degraded = metrics
        .iter()
        .any(|metric| (metric.verdict == Verdict::Regressed && !metric.waived) || is_worse_than_anchor(metric));
    let open = metrics.iter().any(|metric| metric.verdict == Verdict::Inconclusive)
        || metrics.iter().all(|metric| metric.verdict == Verdict::New);
    match judgement.status {
        Status::Pass => Indicator::Pass,
        Status::Fail => Indicator::Fail,
        Status::Warn if open && !degraded => Indicator::Undecided,
        Status::Warn => Indicator::Warn,
    }
}

fn is_worse_than_anchor(metric: &JudgedMetric) -> bool {
    metric.anchor.is_some_and(|Change { value, .. }| {
        let loss = match metric.direction {
            Direction::HigherIsBetter => -value.get(),
            Direction::LowerIsBetter => value.get(),
        };
        loss > metric.threshold.get()
    })
}
