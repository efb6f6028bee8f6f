//! The verdict on a pair of samples.

use bench_cli::words::{percent, unsigned_percent};
use bench_model::verdict::Verdict;
use bench_stats::{Contrast, Contrasted, Design, FEWEST_RUNS, contrast, further_runs, typical};
use serde::Serialize;

use super::args::CompareArgs;
use super::flow::{Items, Verb};
use super::number::{rounded, rounded_ratio};
use super::pair::{Defaults, Pair};
use super::pair_table;
use super::series::Id;

/// The level of the interval that is shown, and that `unchanged` is decided by.
const SHOWN: f64 = 0.95;
/// The margin where none is given.
const MARGIN: f64 = 0.03;

/// The verb `compare`.
pub(super) struct Compare {
    defaults: Defaults,
    min_effect: f64,
    margin: f64,
    confidence: f64,
}

/// One line of output. Shares are ratios, 0.03 is 3 %.
#[derive(Debug, Serialize)]
pub(super) struct PairAnswer {
    id: Id,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<f64>,
    runs: (usize, usize),
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    more_runs: Option<u32>,
}

/// What was found, before it is known which way is good.
struct Found {
    /// The sign of the change, where one was found.
    direction: Option<f64>,
    unchanged: bool,
    change: Option<f64>,
    ci: Option<(f64, f64)>,
    p: Option<f64>,
    why: String,
    more_runs: Option<u32>,
}

impl Found {
    /// Nothing but a reason.
    fn nothing(why: String) -> Self {
        Self { direction: None, unchanged: false, change: None, ci: None, p: None, why, more_runs: None }
    }
}

impl Compare {
    pub(super) fn new(args: &CompareArgs) -> Self {
        Self {
            defaults: Defaults { paired: args.paired, higher_is_better: args.stream.higher_is_better },
            min_effect: args.min_effect,
            margin: args.margin.unwrap_or(MARGIN.max(args.min_effect)),
            confidence: args.confidence,
        }
    }

    /// Without any flag.
    pub(super) fn usual() -> Self {
        let defaults = Defaults { paired: false, higher_is_better: false };
        Self { defaults, min_effect: 0.0, margin: MARGIN, confidence: 0.99 }
    }

    fn found(&self, baseline: &[f64], candidate: &[f64], design: Design) -> Found {
        let runs = baseline.len().min(candidate.len());
        let contrasted = contrast(baseline, candidate, design);
        if runs < FEWEST_RUNS {
            let change = match contrasted {
                Contrasted::Exact { change } => Some(change),
                Contrasted::Estimate(contrast) => Some(contrast.change()),
                Contrasted::TooFew { change } => change,
                Contrasted::NotComparable => None,
            };
            let (n, m) = (baseline.len(), candidate.len());
            let why = format!("{n} and {m} runs, where a verdict needs {FEWEST_RUNS} of each side");
            let more_runs = u32::try_from(FEWEST_RUNS - runs).ok();
            return Found { change, more_runs, ..Found::nothing(why) };
        }
        match contrasted {
            Contrasted::Exact { change } => self.exact(change),
            Contrasted::Estimate(contrast) => self.estimate(&contrast, baseline, candidate, design),
            Contrasted::TooFew { change } => Found { change, ..Found::nothing("too few runs".into()) },
            Contrasted::NotComparable => from_or_to_zero(baseline, candidate),
        }
    }

    fn exact(&self, change: f64) -> Found {
        let p = if change == 0.0 { 1.0 } else { 0.0 };
        let is_found = change != 0.0 && change.abs() > self.min_effect;
        let unchanged = !is_found && change.abs() <= self.margin;
        let why = match (change == 0.0, is_found, unchanged) {
            (true, ..) => "every run gave the same value".into(),
            (false, true, _) => format!("no run varies: exactly {}", percent(change)),
            (false, false, true) => {
                format!("no run varies: exactly {}, within {}", percent(change), unsigned_percent(self.margin))
            }
            (false, false, false) => "the change lies between --margin and --min-effect".into(),
        };
        let direction = is_found.then_some(change);
        Found {
            direction,
            unchanged,
            change: Some(change),
            ci: Some((change, change)),
            p: Some(p),
            why,
            more_runs: None,
        }
    }

    fn estimate(&self, contrast: &Contrast, baseline: &[f64], candidate: &[f64], design: Design) -> Found {
        let change = contrast.change();
        let (Some(shown), Some(sure)) = (contrast.interval(SHOWN), contrast.interval(self.confidence)) else {
            return Found::nothing("there is no interval of that confidence".into());
        };
        let large = change.abs() > self.min_effect;
        let certain = sure.0 > 0.0 || sure.1 < 0.0;
        let unchanged = !(certain && large) && -self.margin <= shown.0 && shown.1 <= self.margin;
        let more = |level, margin| further_runs(baseline, candidate, design, level, margin);
        let more_runs = || {
            // If the estimate stays where it is: enough to leave out zero, or enough to stay inside the margin.
            let leaves_zero = large.then(|| more(self.confidence, change.abs())).flatten();
            let stays_inside = more(SHOWN, self.margin - change.abs());
            leaves_zero.into_iter().chain(stays_inside).filter(|more| *more > 0).min()
        };
        let interval = |(low, high), level| {
            format!("the {} interval from {} to {}", unsigned_percent(level), percent(low), percent(high))
        };
        let (why, more_runs) = match (certain, large, unchanged) {
            (true, true, _) => (format!("{} leaves out 0", interval(sure, self.confidence)), None),
            (.., true) => (format!("{} lies within {}", interval(shown, SHOWN), unsigned_percent(self.margin)), None),
            (true, false, false) => {
                let why = format!("a change, but no larger than {}", unsigned_percent(self.min_effect));
                (why, more_runs())
            }
            (false, _, false) => {
                let beyond = unsigned_percent(self.margin);
                (format!("{} holds 0, and more than {beyond}", interval(shown, SHOWN)), more_runs())
            }
        };
        let direction = (certain && large).then_some(change);
        Found { direction, unchanged, change: Some(change), ci: Some(shown), p: Some(contrast.p()), why, more_runs }
    }
}

/// A ratio says nothing about values of 0 and below. Counters that rose from 0 have changed, all the same.
fn from_or_to_zero(baseline: &[f64], candidate: &[f64]) -> Found {
    let constant = |values: &[f64]| {
        let first = values.first().copied()?;
        values.iter().all(|value| *value == first).then_some(first)
    };
    match (constant(baseline), constant(candidate)) {
        (Some(from), Some(to)) if from != to => Found {
            direction: Some(to - from),
            p: Some(0.0),
            ..Found::nothing(format!("no run varies: from {} to {}, which has no ratio", rounded(from), rounded(to)))
        },
        _ => Found::nothing("a value of 0 or below, or beyond all bounds, has no ratio".into()),
    }
}

impl Verb for Compare {
    type Question = Pair;
    type Answer = PairAnswer;

    fn read_json(&self, number: u64, json: &[u8]) -> Result<Pair, String> {
        Pair::from_json(number, json, self.defaults)
    }

    fn read_csv(&self, bytes: &[u8]) -> Result<Items<Pair>, String> {
        pair_table::from_csv(bytes, self.defaults)
    }

    fn read_columns(&self, bytes: &[u8]) -> Items<Pair> {
        pair_table::from_columns(bytes, self.defaults)
    }

    fn answer(&self, pair: Pair) -> PairAnswer {
        let measured = |samples: Vec<f64>| {
            let samples: Vec<f64> = samples.into_iter().filter(|sample| sample.is_finite()).collect();
            typical(&samples)
        };
        let baseline: Vec<Option<f64>> = pair.baseline.into_iter().map(measured).collect();
        let candidate: Vec<Option<f64>> = pair.candidate.into_iter().map(measured).collect();
        let (baseline, candidate, design): (Vec<f64>, Vec<f64>, _) = if pair.paired {
            // A run without a value takes its partner with it.
            let (b, c) = baseline.into_iter().zip(candidate).filter_map(|(b, c)| b.zip(c)).unzip();
            (b, c, Design::Paired)
        } else {
            (baseline.into_iter().flatten().collect(), candidate.into_iter().flatten().collect(), Design::Independent)
        };
        let found = self.found(&baseline, &candidate, design);
        let verdict = match found.direction {
            Some(direction) if (direction > 0.0) == pair.higher_is_better => Verdict::Improved,
            Some(_) => Verdict::Regressed,
            None if found.unchanged => Verdict::Unchanged,
            None => Verdict::Inconclusive,
        };
        PairAnswer {
            id: pair.id,
            verdict,
            change: found.change.map(rounded_ratio),
            ci: found.ci.map(|(low, high)| (rounded_ratio(low), rounded_ratio(high))),
            p: found.p.map(rounded),
            runs: (baseline.len(), candidate.len()),
            why: found.why,
            more_runs: found.more_runs,
        }
    }
}
