//! Many metrics at once: among a thousand, ten are beyond 99 % by chance.

use bench_cli::words::{count, unsigned_percent};
use bench_model::verdict::Rule;
use bench_stats::{Design, benjamini_hochberg, further_runs};

use crate::Levels;
use crate::case::Case;
use crate::evidence::paired::design;
use crate::evidence::{Reference, numbers};
use crate::regression::{beyond, practical};

/// Takes back what stands out alone, and does not among as many as were tested: of those called, at most the share of the
/// verdict's error may be false on average. Values without spread are no tests. A change within its threshold is one, and
/// is never called: were it to count as found, a thousand tiny true changes would excuse a few large ones that are noise.
pub(crate) fn withdraw_false_discoveries(cases: &mut [Case<'_>], levels: Levels) {
    let tested: Vec<(usize, f64)> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| !case.is_exact())
        .filter_map(|(at, case)| {
            let matters = case.change().is_some_and(|change| beyond(change.abs(), case.subject.limits.regression));
            case.finding.p.map(|p| (at, if matters { p } else { 1.0 }))
        })
        .collect();
    let p: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    let stands = benjamini_hochberg(&p, levels.error());
    for ((at, _), stands) in tested.iter().zip(stands) {
        let Some(case) = cases.get_mut(*at).filter(|case| !stands && case.is_called()) else { continue };
        let more = more_rounds(case, levels, tested.len());
        let advice = more.map_or(String::new(), |more| {
            format!("; about {} on each side would decide", count(more as usize, "more round", "more rounds"))
        });
        let tests = count(tested.len(), "test", "tests");
        let alone = unsigned_percent(levels.verdict);
        case.withdraw(Rule::FalseDiscovery, format!("beyond noise at {alone} alone, and not among {tests}{advice}"));
        case.finding.more_rounds = more;
    }
}

/// About how many more rounds make the change stand out among so many tests, if it is what it seems now.
fn more_rounds(case: &Case<'_>, levels: Levels, tests: usize) -> Option<u32> {
    let head = case.subject.measured?;
    let (before, design) = match case.reference {
        Reference::Base(base) => (&base.rounds, design(base, head)),
        Reference::Promotion(promoted) => (&promoted.rounds, Design::Independent),
        Reference::Earlier | Reference::Nothing => return None,
    };
    let level = 1.0 - (1.0 - levels.verdict) / tests as f64;
    let margin = case.change()?.ln_1p().abs().exp_m1();
    practical(further_runs(&numbers(before), &numbers(&head.rounds), design, level, margin))
}
