//! What a score can be made of: a metric that is a score itself, or points for steps of what was measured.
//! Must not know: where values come from, or the limits of a score.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::super::ConfigError;
use super::super::thresholds::Source;
use super::visible;
use crate::kpi::HIGHEST;
use crate::unit::{Quantity, Unit, nearest, rounded};
use crate::{Finite, MetricName};

/// How a score is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// It cannot be made of what is measured here.
    None,
    /// It is a metric's value.
    Score(MetricName),
    /// The sum of points, at most 10.
    Points {
        /// What it has before any input.
        base: Finite,
        /// What earns points.
        points: Vec<Points>,
    },
}

/// What earns points.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// What it is, in words.
    pub what: String,
    /// What is measured.
    pub of: Measure,
    /// Which way its steps go.
    pub bound: Bound,
    /// The base unit of the steps.
    pub unit: Unit,
    /// The steps, that with the most points first.
    pub steps: Vec<Step>,
}

/// Something measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// A metric's value in the newest complete run that holds it.
    Metric(MetricName),
    /// A count over the ledger's lines.
    Ledger(LedgerMeasure),
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metric(name) => write!(f, "metric {name}"),
            Self::Ledger(measure) => write!(f, "ledger {}", measure.as_str()),
        }
    }
}

/// What is counted over the ledger's lines. Shares are those of the newest runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerMeasure {
    /// Runs.
    Runs,
    /// The share of runs in which every round ended by itself, and nothing was left out.
    CompleteRuns,
    /// The share of runs of a commit without changes beside it.
    CleanRuns,
    /// The share of runs in which a metric was held against earlier ones, and a verdict was reached.
    DecidedRuns,
    /// The share of runs with the status PASS.
    PassingRuns,
    /// Of the metrics that were reported or expected, the share that was reported.
    MetricsReported,
    /// Of the metrics that were reported, the share that is held against a floor.
    MetricsWithFloor,
    /// Incidents that are open.
    OpenIncidents,
    /// 1 when every line of the ledger holds, else 0.
    ChainHolds,
}

impl LedgerMeasure {
    /// Every measure.
    pub const ALL: [Self; 9] = [
        Self::Runs,
        Self::CompleteRuns,
        Self::CleanRuns,
        Self::DecidedRuns,
        Self::PassingRuns,
        Self::MetricsReported,
        Self::MetricsWithFloor,
        Self::OpenIncidents,
        Self::ChainHolds,
    ];

    /// The measure as written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::CompleteRuns => "complete_runs",
            Self::CleanRuns => "clean_runs",
            Self::DecidedRuns => "decided_runs",
            Self::PassingRuns => "passing_runs",
            Self::MetricsReported => "metrics_reported",
            Self::MetricsWithFloor => "metrics_with_floor",
            Self::OpenIncidents => "open_incidents",
            Self::ChainHolds => "chain_holds",
        }
    }

    /// The unit of its value.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Runs | Self::OpenIncidents => Unit::Count,
            Self::CompleteRuns
            | Self::CleanRuns
            | Self::DecidedRuns
            | Self::PassingRuns
            | Self::MetricsReported
            | Self::MetricsWithFloor
            | Self::ChainHolds => Unit::Ratio,
        }
    }
}

/// Which way steps go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A step is reached from its value on.
    AtLeast,
    /// A step is reached up to its value.
    AtMost,
}

/// Points for reaching a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The value, in the base unit.
    pub limit: f64,
    /// The points, above 0.
    pub points: Finite,
}

/// Shares of one are compared with this much tolerance: `70 %` is not exactly 7 of 10.
const TOLERANCE: f64 = 1e-9;

impl Points {
    /// The points for a value in the unit of the steps: those of the best step that it reaches, or 0.
    pub fn earned(&self, value: f64) -> Finite {
        let slack = |limit: f64| limit.abs() * TOLERANCE;
        let reached = |step: &&Step| match self.bound {
            Bound::AtLeast => value >= step.limit - slack(step.limit),
            Bound::AtMost => value <= step.limit + slack(step.limit),
        };
        self.steps.iter().find(reached).map_or(Finite::default(), |step| step.points)
    }

    /// The most points there are.
    pub fn most(&self) -> Finite {
        self.steps.first().map_or(Finite::default(), |step| step.points)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.bound {
            Bound::AtLeast => "at least",
            Bound::AtMost => "at most",
        };
        write!(f, "{} (", self.what)?;
        for (place, step) in self.steps.iter().enumerate() {
            let lead = if place == 0 { "" } else { ", " };
            let limit = Quantity { value: step.limit, unit: self.unit };
            write!(f, "{lead}{} for {bound} {limit:.3}", plain(step.points.get()))?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none: it cannot be made of what is measured here"),
            Self::Score(metric) => write!(f, "the value of `{metric}`"),
            Self::Points { base, points } => {
                let base = (base.get() > 0.0).then(|| plain(base.get()));
                let terms = base.into_iter().chain(points.iter().map(ToString::to_string));
                write!(f, "{}, at most {}", terms.collect::<Vec<_>>().join(" + "), plain(HIGHEST))
            }
        }
    }
}

/// A number of points without needless digits.
fn plain(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points}") } else { rounded(points, 3) }
}

const POINTS_KEYS: [&str; 4] = ["what", "of", "metric", "steps"];
const STEP_KEYS: [&str; 3] = ["at_least", "at_most", "points"];

/// Refuses keys that nothing reads.
pub(super) fn check_keys(file: &Source<'_>, points: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
    file.check_keys("kpi.points", points, &POINTS_KEYS)?;
    let DeValue::Array(all) = points.get_ref() else { return Ok(()) };
    for one in all.iter() {
        let DeValue::Table(table) = one.get_ref() else { continue };
        if let Some(steps) = table.get("steps") {
            file.check_keys("kpi.points.steps", steps, &STEP_KEYS)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
pub(super) struct RawPoints {
    what: Spanned<String>,
    of: Option<Spanned<String>>,
    metric: Option<Spanned<String>>,
    steps: Spanned<Vec<RawStep>>,
}

#[derive(Deserialize)]
struct RawStep {
    at_least: Option<Spanned<toml::Value>>,
    at_most: Option<Spanned<toml::Value>>,
    points: Spanned<f64>,
}

/// The formula of the contract whose name stands `at` a place.
pub(super) fn read(
    file: &Source<'_>,
    at: usize,
    score: Option<&Spanned<String>>,
    base: Option<&Spanned<f64>>,
    points: &[RawPoints],
) -> Result<Formula, ConfigError> {
    match (score, base, points) {
        (Some(score), None, []) => Ok(Formula::Score(metric(file, "kpi.score", score)?)),
        (Some(_), _, _) => Err(file.refuse(at, "kpi", "has either `score`, or `points` with or without `base`")),
        (None, None, []) => Ok(Formula::None),
        (None, Some(base), []) => {
            Err(file.refuse(base.span().start, "kpi.base", "stands beside `points`; nothing is earned by it alone"))
        }
        (None, base, points) => {
            let written = base.cloned();
            let base = super::score(file, "kpi.base", &written, 0.0)?;
            let points = points.iter().map(|points| points.read(file)).collect::<Result<_, _>>()?;
            Ok(Formula::Points { base: Finite::try_from(base).unwrap_or_default(), points })
        }
    }
}

fn metric(file: &Source<'_>, key: &str, written: &Spanned<String>) -> Result<MetricName, ConfigError> {
    let parsed = written.get_ref().parse::<MetricName>();
    parsed.map_err(|error| file.refuse(written.span().start, key, &format!("is not usable: {error}")))
}

impl RawPoints {
    fn read(&self, file: &Source<'_>) -> Result<Points, ConfigError> {
        let at = self.what.span().start;
        let of = match (&self.of, &self.metric) {
            (Some(of), None) => Measure::Ledger(measure(file, of)?),
            (None, Some(name)) => Measure::Metric(metric(file, "kpi.points.metric", name)?),
            (Some(_), Some(_)) | (None, None) => {
                return Err(file.refuse(at, "kpi.points", "has either `of` or `metric`"));
            }
        };
        let unit = match &of {
            Measure::Ledger(measure) => Some(measure.unit()),
            Measure::Metric(_) => None,
        };
        let (bound, unit, steps) = steps(file, &self.steps, unit)?;
        Ok(Points { what: visible(file, "kpi.points.what", &self.what)?, of, bound, unit, steps })
    }
}

fn measure(file: &Source<'_>, written: &Spanned<String>) -> Result<LedgerMeasure, ConfigError> {
    let name = written.get_ref();
    let found = LedgerMeasure::ALL.into_iter().find(|measure| measure.as_str() == name);
    found.ok_or_else(|| {
        let names = LedgerMeasure::ALL.map(LedgerMeasure::as_str);
        let hint = match nearest(name, names) {
            Some(near) => format!("is no measure of the ledger; did you mean `{near}`"),
            None => format!("is one of {}", names.join(", ")),
        };
        file.refuse(written.span().start, "kpi.points.of", &hint)
    })
}

/// The steps, that with the most points first: all of one kind and unit, and the harder the more points.
fn steps(
    file: &Source<'_>,
    raw: &Spanned<Vec<RawStep>>,
    unit: Option<Unit>,
) -> Result<(Bound, Unit, Vec<Step>), ConfigError> {
    const KEY: &str = "kpi.points.steps";
    let at = raw.span().start;
    let mut kind: Option<(Bound, Unit)> = unit.map(|unit| (Bound::AtLeast, unit));
    let mut steps = Vec::new();
    for (place, step) in raw.get_ref().iter().enumerate() {
        let (bound, written) = match (&step.at_least, &step.at_most) {
            (Some(written), None) => (Bound::AtLeast, written),
            (None, Some(written)) => (Bound::AtMost, written),
            (Some(_), Some(_)) | (None, None) => {
                return Err(file.refuse(
                    step.points.span().start,
                    KEY,
                    "has either `at_least` or `at_most` in each step",
                ));
            }
        };
        let limit = file.quantity(KEY, written, kind.map(|(_, unit)| unit))?;
        match kind {
            Some((before, _)) if place > 0 && before != bound => {
                return Err(file.refuse(written.span().start, KEY, "has `at_least` in all steps, or `at_most` in all"));
            }
            _ => kind = Some((bound, limit.unit)),
        }
        let points = *step.points.get_ref();
        if !(points > 0.0 && points <= HIGHEST) {
            return Err(file.refuse(step.points.span().start, KEY, "gives above 0 and at most 10 points"));
        }
        steps.push(Step { limit: limit.value, points: Finite::try_from(points).unwrap_or_default() });
    }
    steps.sort_by(|a, b| b.points.get().total_cmp(&a.points.get()));
    let Some((bound, unit)) = kind.filter(|_| !steps.is_empty()) else {
        return Err(file.refuse(at, KEY, "has no step, such as { at_least = \"90 %\", points = 3 }"));
    };
    let harder = |pair: &[Step]| match (pair, bound) {
        ([more, fewer], Bound::AtLeast) => more.points > fewer.points && more.limit > fewer.limit,
        ([more, fewer], Bound::AtMost) => more.points > fewer.points && more.limit < fewer.limit,
        _ => true,
    };
    if !steps.windows(2).all(harder) {
        return Err(file.refuse(at, KEY, "gives more points for what is harder to reach, and each number once"));
    }
    Ok((bound, unit, steps))
}
