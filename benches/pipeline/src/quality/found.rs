//! The score of what was found in histories against the truth.

use std::collections::BTreeMap;

use super::histories::History;
use super::noise::Noise;
use super::share::Share;

/// How far from the truth a change may be found, in points.
const MARGIN: usize = 5;

/// What is counted over histories. Drifting ones are kept apart: they have no step, but are not quiet either.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) all: Counts,
    pub(super) by_noise: BTreeMap<Noise, Counts>,
    /// Quiet histories in which something was found.
    pub(super) alarmed: Share,
    pub(super) drift: PerPoint,
    /// Of the changes that were found: those in the very place.
    pub(super) exact: Share,
    /// Changes found, by their size in percent.
    pub(super) by_size: BTreeMap<u32, Share>,
    /// Changes found, by how many points come after them.
    pub(super) by_points_after: BTreeMap<usize, Share>,
}

/// What is counted over all histories and over those of one noise.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Counts {
    found: usize,
    invented: usize,
    missed: usize,
    pub(super) quiet: PerPoint,
}

/// Findings in histories that have nothing to find.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct PerPoint {
    findings: usize,
    points: usize,
}

impl PerPoint {
    fn add(&mut self, findings: usize, points: usize) {
        self.findings += findings;
        self.points += points;
    }

    /// Findings per 1000 points; NaN of no points.
    pub(super) fn per_thousand(self) -> f64 {
        1000.0 * self.findings as f64 / self.points as f64
    }
}

impl Counts {
    fn add(&mut self, history: &History, findings: usize, matched: usize) {
        self.found += matched;
        self.invented += findings - matched;
        self.missed += history.steps.len() - matched;
        if history.steps.is_empty() {
            self.quiet.add(findings, history.values.len());
        }
    }

    /// The share of the findings that are true.
    pub(super) fn precision(self) -> f64 {
        self.found as f64 / (self.found + self.invented) as f64
    }

    /// The share of the changes that are found.
    pub(super) fn recall(self) -> f64 {
        self.found as f64 / self.changes() as f64
    }

    /// The harmonic mean of precision and recall, over all changes together.
    pub(super) fn f1(self) -> f64 {
        2.0 * self.found as f64 / (2 * self.found + self.invented + self.missed) as f64
    }

    pub(super) fn changes(self) -> usize {
        self.found + self.missed
    }
}

impl Found {
    /// Counts what was found in a history, as indices without repetition.
    pub(super) fn add(&mut self, history: &History, findings: &[usize]) {
        let points = history.values.len();
        if history.drifts {
            return self.drift.add(findings.len(), points);
        }
        let matched = matched(history, findings);
        self.all.add(history, findings.len(), matched.len());
        self.by_noise.entry(history.noise).or_default().add(history, findings.len(), matched.len());
        if history.steps.is_empty() {
            self.alarmed.add(!findings.is_empty());
        }
        for step in &history.steps {
            let place = matched.get(&step.index);
            self.by_size.entry(step.percent).or_default().add(place.is_some());
            self.by_points_after.entry(points - step.index).or_default().add(place.is_some());
            if let Some(place) = place {
                self.exact.add(*place == step.index);
            }
        }
    }
}

/// The findings that belong to a change, by the place of the change: one to one, the nearest first.
fn matched(history: &History, findings: &[usize]) -> BTreeMap<usize, usize> {
    let near = |step: usize| move |finding: &usize| (step.abs_diff(*finding) <= MARGIN).then_some((step, *finding));
    let mut near: Vec<(usize, usize)> =
        history.steps.iter().flat_map(|step| findings.iter().filter_map(near(step.index))).collect();
    near.sort_by_key(|(step, finding)| (step.abs_diff(*finding), *step, *finding));
    let mut matched = BTreeMap::new();
    for (step, finding) in near {
        if !matched.contains_key(&step) && !matched.values().any(|taken| *taken == finding) {
            matched.insert(step, finding);
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::super::histories::Step;
    use super::*;

    fn history(steps: &[(usize, u32)], drifts: bool, noise: Noise) -> History {
        let steps = steps.iter().map(|(index, percent)| Step { index: *index, percent: *percent, factor: 1.0 });
        History { values: vec![1.0; 100], steps: steps.collect(), drifts, noise }
    }

    #[test]
    fn counts_what_a_hand_counts() {
        let mut score = Found::default();
        // Found in place, found 5 points off, missed by 6 points, and that finding is therefore invented.
        score.add(&history(&[(20, 5), (40, 2), (95, 5)], false, Noise::Gaussian), &[20, 45, 89]);
        // Quiet, with one alarm and without.
        score.add(&history(&[], false, Noise::Gaussian), &[50]);
        score.add(&history(&[], false, Noise::Skewed), &[]);
        // Drifting: counts nowhere else.
        score.add(&history(&[], true, Noise::Skewed), &[30, 60, 90]);
        assert_eq!((score.all.found, score.all.invented, score.all.missed), (2, 2, 1));
        assert_eq!((score.all.precision(), score.all.recall(), score.all.f1()), (0.5, 2.0 / 3.0, 4.0 / 7.0));
        assert_eq!(score.all.quiet.per_thousand(), 5.0);
        assert_eq!(score.alarmed, Share { hits: 1, of: 2 });
        assert_eq!(score.drift.per_thousand(), 30.0);
        assert_eq!(score.exact, Share { hits: 1, of: 2 });
        assert_eq!(score.by_size[&5], Share { hits: 1, of: 2 });
        assert_eq!(score.by_size[&2], Share { hits: 1, of: 1 });
        assert_eq!(score.by_points_after[&5], Share { hits: 0, of: 1 });
        assert_eq!(
            score.by_noise[&Noise::Skewed],
            Counts { quiet: PerPoint { findings: 0, points: 100 }, ..Counts::default() }
        );
    }

    #[test]
    fn one_finding_answers_for_one_change_the_nearest() {
        let one = history(&[(40, 5), (44, 5)], false, Noise::Gaussian);
        assert_eq!(matched(&one, &[43]), BTreeMap::from([(44, 43)]));
        assert_eq!(matched(&one, &[39, 41]), BTreeMap::from([(40, 39), (44, 41)]));
        assert_eq!(matched(&one, &[0, 34, 50]), BTreeMap::new());
    }
}
