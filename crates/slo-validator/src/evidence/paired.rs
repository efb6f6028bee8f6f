//! Base and head, measured in turns on one machine: the best evidence there is.

use bench_cli::words::count;
use bench_model::perf::Metric;
use bench_model::run::Pairing;
use bench_model::verdict::{Rule, Verdict};
use bench_stats::Design;

use super::{Evidence, Reference, incomparable, numbers};
use crate::Levels;
use crate::regression::{detect_performance_regression, undecided, verdict};

/// How the rounds of two sides belong together: round n of both shared a moment, unless a side lost one.
pub(crate) fn design(base: &Metric, head: &Metric) -> Design {
    if base.rounds.len() == head.rounds.len() { Design::Paired } else { Design::Independent }
}

/// What the two sides say about a metric.
pub(crate) fn judge<'a>(
    head: &Metric,
    base: &'a Metric,
    pairing: &Pairing,
    threshold: f64,
    levels: Levels,
) -> Evidence<'a> {
    let reference = Reference::Base(base);
    if let Some(why) = incomparable(head, base.unit, base.direction, "on the base side") {
        return Evidence { reference, finding: undecided(Rule::NotComparable), because: Some(why) };
    }
    let (before, now) = (numbers(&base.rounds), numbers(&head.rounds));
    let (design, direction) = (design(base, head), head.direction);
    let paying = levels.after_looks(&pairing.looks, before.len().min(now.len()));
    let finding = detect_performance_regression(&before, &now, design, direction, threshold, paying);
    // The interval that is shown may say otherwise, and people would wonder.
    let at_one_look = (finding.verdict == Verdict::Inconclusive && paying != levels)
        .then(|| verdict(&before, &now, design, direction, threshold, levels))
        .flatten();
    let because = at_one_look.filter(|at_one_look| *at_one_look != finding.verdict).map(|at_one_look| {
        let advice = finding.more_rounds.map_or(String::new(), |more| {
            format!("; about {} would decide", count(more as usize, "more pair", "more pairs"))
        });
        format!("{at_one_look} at a single look, and not sure enough after several{advice}")
    });
    Evidence { reference, finding, because }
}
