//! Earlier runs of the same environment and mode: the newest value against the last stable segment.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use bench_model::ledger::MetricHistory;
use bench_model::perf::Metric;
use bench_model::verdict::{Change, HistoryFinding, HistoryState, Rule, Verdict};
use bench_model::{Direction, Finite};
use bench_stats::{History, Series, detect, robust_spread, student_quantile, student_tails, typical};

use crate::Levels;
use crate::regression::{Finding, beyond, exact, inside, moved, undecided, with_interval};

/// The fewest runs of a segment that decide anything: with fewer, their spread is a guess.
const FEWEST: usize = 10;
/// The newest runs that are looked at. What lies further back says nothing about the newest value.
const WINDOW: usize = 1000;
/// A level that began within so many of the newest values, this run's included, is news.
const NEWS: usize = 5;

/// What earlier runs say about a metric.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) finding: HistoryFinding,
    segment: Segment,
    /// Earlier values drift: there is no level that holds for all of them.
    drifts: bool,
}

/// The last stretch of earlier values without a change of level, as logarithms.
#[derive(Debug, Clone, Copy)]
struct Segment {
    level: f64,
    /// As a standard deviation.
    spread: f64,
    runs: usize,
}

/// One metric with its earlier values.
pub(crate) type Question<'a> = Option<(&'a MetricHistory, &'a Metric)>;

/// What earlier runs say about each metric, in the order of the questions. Histories do not depend on each other, and
/// are looked at on all cores.
pub(crate) fn look_back(questions: &[Question<'_>], shown: f64) -> Vec<Option<Past>> {
    let one = |question: &Question<'_>| question.and_then(|(history, metric)| Past::of(history, metric, shown));
    let asked = questions.iter().flatten().count();
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(asked);
    if workers < 2 {
        return questions.iter().map(one).collect();
    }
    let share = questions.len().div_ceil(workers);
    thread::scope(|scope| {
        let parts: Vec<_> =
            questions.chunks(share).map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

impl Past {
    /// `None` without earlier values above 0 in the metric's unit: a ratio to anything else means nothing.
    pub(crate) fn of(history: &MetricHistory, metric: &Metric, shown: f64) -> Option<Self> {
        let newest = metric.value.get();
        let points = history.points.get(history.points.len().saturating_sub(WINDOW)..)?;
        let mut values: Vec<f64> = points.iter().map(|point| point.value.get()).collect();
        if history.unit != metric.unit || newest <= 0.0 || values.is_empty() || values.iter().any(|v| *v <= 0.0) {
            return None;
        }
        let earlier = detect(Series { values: &values, groups: None });
        let start = earlier.changes.last().map_or(0, |change| change.index).min(values.len() - 1);
        let drifts = earlier.drift.is_some();
        // The newest of them are the nearest to a level that there is.
        let start = if drifts { start.max(values.len().saturating_sub(FEWEST)) } else { start };
        let logs: Vec<f64> = values.get(start..)?.iter().map(|value| value.ln()).collect();
        let level = typical(&logs)?;
        let segment = Segment { level, spread: spread(&logs, level, earlier.noise), runs: logs.len() };
        let earlier_runs = values.len();
        values.push(newest);
        let finding = HistoryFinding {
            runs: u32::try_from(earlier_runs).ok()?,
            segment: u32::try_from(segment.runs).ok()?,
            level: if segment.spread > 0.0 {
                Finite::try_from(segment.level.exp()).ok()?
            } else {
                points.get(start)?.value
            },
            since: points.get(start)?.run_id.clone(),
            change: segment.change(newest, shown)?,
            state: if drifts {
                HistoryState::Drift
            } else {
                state(&detect(Series { values: &values, groups: None }), values.len())
            },
        };
        Some(Self { finding, segment, drifts })
    }

    /// Whether there are enough runs to say something of a verdict.
    pub(crate) const fn decides(&self) -> bool {
        self.segment.runs >= FEWEST
    }

    /// Why it decides nothing, though there is enough.
    pub(crate) fn doubt(&self) -> Option<String> {
        self.drifts
            .then(|| "but earlier runs are drifting, and have no level to hold it against; --against decides".into())
    }

    /// The verdict on a value against the segment, under the rules that hold for two sides. More rounds of one run would
    /// not settle it: the spread is that between runs.
    pub(crate) fn judge(&self, value: f64, direction: Direction, threshold: f64, levels: Levels) -> Finding {
        let segment = &self.segment;
        if self.drifts {
            return Finding { change: Some(self.finding.change), ..undecided(Rule::History) };
        }
        let ratio = segment.distance(value).exp_m1();
        if segment.spread == 0.0 {
            // Not through logarithms, which round.
            let level = self.finding.level.get();
            return exact(if value == level { 0.0 } else { value / level - 1.0 }, direction, threshold, Rule::History);
        }
        let p = segment.p(value);
        let verdict = if beyond(ratio.abs(), threshold) {
            if p < levels.error() { moved(ratio, direction) } else { Verdict::Inconclusive }
        } else if segment.interval(value, levels.shown).is_some_and(|ends| inside(ends, threshold)) {
            Verdict::Unchanged
        } else {
            Verdict::Inconclusive
        };
        let change = segment.change(value, levels.shown);
        Finding { verdict, rule: Rule::History, change, more_rounds: None, p: Some(p) }
    }
}

impl Segment {
    /// From the level to a value, as a logarithm.
    fn distance(&self, value: f64) -> f64 {
        // Equal values have equal logarithms, and a distance of exactly 0.
        value.ln() - self.level
    }

    /// The standard error of a single further value around the level: sqrt(1 + 1/n) spreads, as for any prediction from
    /// n values (G. J. Hahn and W. Q. Meeker, Statistical Intervals, 1991, section 4.6).
    fn error(&self) -> f64 {
        self.spread * (1.0 + 1.0 / self.runs as f64).sqrt()
    }

    fn freedom(&self) -> Option<f64> {
        self.runs.checked_sub(1).filter(|freedom| *freedom > 0).map(|freedom| freedom as f64)
    }

    /// The interval of the change to a value.
    fn interval(&self, value: f64, level: f64) -> Option<(f64, f64)> {
        let half = student_quantile(level, self.freedom()?)? * self.error();
        let at = self.distance(value);
        Some(((at - half).exp_m1(), (at + half).exp_m1().min(f64::MAX)))
    }

    fn change(&self, value: f64, level: f64) -> Option<Change> {
        let ends = if self.spread > 0.0 { self.interval(value, level) } else { None };
        with_interval(self.distance(value).exp_m1(), ends, level)
    }

    /// The chance that a further value of the segment lies at least as far away.
    fn p(&self, value: f64) -> f64 {
        self.freedom().map_or(1.0, |freedom| student_tails(self.distance(value) / self.error(), freedom))
    }
}

/// How many spreads a value may lie from the level before it counts as that many: outliers must not widen what is usual.
const CLIP: f64 = 3.0;

/// The spread of a segment around its level: its standard deviation with outliers clipped, and no less than that of the
/// whole history, for a short quiet stretch proves no quiet benchmark; 0 only where nothing varies.
fn spread(logs: &[f64], level: f64, noise: f64) -> f64 {
    if logs.iter().all(|log| Some(log) == logs.first()) {
        return 0.0;
    }
    let noise = if noise.is_finite() { noise } else { 0.0 };
    let usual = robust_spread(logs).unwrap_or(0.0).max(noise);
    // Where most values are equal, what is robust sees no spread at all.
    let clip = if usual > 0.0 { CLIP * usual } else { f64::INFINITY };
    let squares: f64 = logs.iter().map(|log| (log - level).clamp(-clip, clip).powi(2)).sum();
    (squares / (logs.len() - 1) as f64).sqrt().max(noise)
}

/// What a series looks like at its newest end.
fn state(history: &History, length: usize) -> HistoryState {
    if history.suspect.is_some() {
        HistoryState::Suspect
    } else if history.changes.last().is_some_and(|change| change.index + NEWS >= length) {
        HistoryState::Changed
    } else if history.drift.is_some() {
        HistoryState::Drift
    } else {
        HistoryState::Stable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_is_wider_than_the_spread_by_what_is_not_known_of_the_level() {
        let segment = Segment { level: 100_f64.ln(), spread: 0.01, runs: 10 };
        // 2.262157 is Student's quantile (.975, 9), and 0.01 * sqrt(1 + 1/10) = 0.01048809.
        let half = 2.262_157 * 0.010_488_09;
        let (lower, upper) = segment.interval(100.0, 0.95).unwrap();
        assert!((upper.ln_1p() - half).abs() < 1e-7 && (lower.ln_1p() + half).abs() < 1e-7, "{lower} {upper}");
        let edge = 100.0 * half.exp();
        assert!((segment.p(edge) - 0.05).abs() < 1e-6, "{}", segment.p(edge));
    }

    #[test]
    fn one_run_predicts_nothing() {
        let segment = Segment { level: 0.0, spread: 0.01, runs: 1 };
        assert_eq!((segment.interval(2.0, 0.95), segment.p(2.0)), (None, 1.0));
    }
}
