//! The verdicts on pairs, and their score against the truth.

use std::collections::BTreeMap;

use bench_stats::{Contrasted, Design, contrast, typical};

use super::pairs::{Kind, Pair};
use super::share::{Share, mean};

/// A verdict is spoken when the interval of this level leaves out 0.
const SURE: f64 = 0.99;
/// The level of the interval whose coverage is counted.
const SHOWN: f64 = 0.95;

/// What is said of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Judgement {
    /// The change, where one was found.
    found: Option<f64>,
    interval: Option<(f64, f64)>,
}

pub(super) fn judge(pair: &Pair) -> Judgement {
    let typicals = |runs: &[Vec<f64>]| -> Vec<f64> { runs.iter().filter_map(|run| typical(run)).collect() };
    let design = if pair.kind == Kind::Duet { Design::Paired } else { Design::Independent };
    match contrast(&typicals(&pair.baseline), &typicals(&pair.candidate), design) {
        Contrasted::Exact { change } => {
            Judgement { found: (change != 0.0).then_some(change), interval: Some((change, change)) }
        }
        Contrasted::Estimate(contrast) => {
            let sure = contrast.interval(SURE).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
            Judgement { found: sure.then(|| contrast.change()), interval: contrast.interval(SHOWN) }
        }
        Contrasted::TooFew { .. } | Contrasted::NotComparable => Judgement::default(),
    }
}

/// What is counted over pairs.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Of all pairs but those of sticky machines: their runs are not independent, which every test of runs that were
    /// not measured in turns takes for granted.
    pub(super) all: Counts,
    pub(super) by_kind: BTreeMap<Kind, Counts>,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    /// A/A pairs in which a change was found.
    pub(super) false_positives: Share,
    /// Changes found, and to the right side, by their size in percent.
    pub(super) power: BTreeMap<u32, Share>,
    /// Changes found to the wrong side.
    pub(super) wrong_sign: Share,
    /// Intervals that hold the truth.
    pub(super) coverage: Share,
}

impl Counts {
    fn add(&mut self, pair: &Pair, judgement: Judgement) {
        if pair.percent == 0 {
            self.false_positives.add(judgement.found.is_some());
        } else {
            let right = judgement.found.map(|change| (change > 0.0) == (pair.shift > 0.0));
            self.power.entry(pair.percent).or_default().add(right == Some(true));
            self.wrong_sign.add(right == Some(false));
        }
        if let Some((low, high)) = judgement.interval {
            self.coverage.add(low <= pair.shift && pair.shift <= high);
        }
    }

    /// The mean of the power over the sizes.
    pub(super) fn mean_power(&self) -> f64 {
        mean(self.power.values())
    }
}

impl Judged {
    pub(super) fn add(&mut self, pair: &Pair, judgement: Judgement) {
        if pair.kind != Kind::StickyMachines {
            self.all.add(pair, judgement);
        }
        self.by_kind.entry(pair.kind).or_default().add(pair, judgement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(kind: Kind, percent: u32, shift: f64) -> Pair {
        Pair { baseline: Vec::new(), candidate: Vec::new(), kind, percent, shift }
    }

    fn said(found: Option<f64>, interval: (f64, f64)) -> Judgement {
        Judgement { found, interval: Some(interval) }
    }

    #[test]
    fn counts_what_a_hand_counts() {
        let mut score = Judged::default();
        score.add(&pair(Kind::Gaussian, 0, 0.0), said(None, (-0.1, 0.1)));
        score.add(&pair(Kind::WarmUp, 0, 0.0), said(Some(0.02), (0.01, 0.03)));
        score.add(&pair(Kind::Gaussian, 5, -0.05), said(Some(-0.04), (-0.06, -0.02)));
        score.add(&pair(Kind::Gaussian, 5, -0.05), said(Some(0.04), (0.02, 0.06)));
        score.add(&pair(Kind::Gaussian, 2, 0.02), said(None, (-0.01, 0.03)));
        score.add(&pair(Kind::Gaussian, 10, 0.1), Judgement::default());
        score.add(&pair(Kind::StickyMachines, 0, 0.0), said(Some(0.02), (0.01, 0.03)));
        assert_eq!(score.by_kind[&Kind::StickyMachines].false_positives, Share { hits: 1, of: 1 });
        assert_eq!(score.all.false_positives, Share { hits: 1, of: 2 });
        assert_eq!(score.by_kind[&Kind::WarmUp].false_positives, Share { hits: 1, of: 1 });
        assert_eq!(score.all.power[&5], Share { hits: 1, of: 2 });
        assert_eq!(score.all.mean_power(), 0.5 / 3.0);
        assert_eq!(score.all.wrong_sign, Share { hits: 1, of: 4 });
        assert_eq!(score.all.coverage, Share { hits: 3, of: 5 });
    }

    #[test]
    fn speaks_only_when_the_interval_leaves_out_no_change() {
        let side = |level: f64| (0..10).map(|run| vec![level + f64::from(run % 3); 10]).collect();
        let judged = |level| {
            let pair = pair(Kind::Gaussian, 0, 0.0);
            judge(&Pair { baseline: side(100.0), candidate: side(level), ..pair })
        };
        assert_eq!(judged(100.0).found, None);
        assert!(judged(110.0).found.is_some_and(|change| (change - 0.1).abs() < 0.01));
        assert!(judged(110.0).interval.is_some_and(|(low, high)| low < 0.1 && 0.09 < high));
    }
}
